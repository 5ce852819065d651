//! `draftkeep restore --as-new`: the plan, the deed, and what came through.

use serde_json::{Value, json};

use super::told::{plan_in_json, plan_in_words, report_in_json, restored_in_words};
use super::{Restore, document, nothing_done};
use crate::archive::{Archive, PastRestore, Reader, RestoreLock};
use crate::cli::output::local;
use crate::cli::terminal::safe;
use crate::cli::{Call, CommandError, Exit, block_on, interrupted, lookup};
use crate::config::{Account, Config};
use crate::restore::{self, DraftPlan, Failure, PlanError, Restored, Source, Target, Weight};
use crate::wechat::{self, Client};

/// A plan, and what was made of the same content before.
struct Planned<'a> {
    source: &'a Source,
    plan: DraftPlan,
    before: Vec<PastRestore>,
}

impl Restore {
    pub(super) fn to_new_draft(&self, source: &Source, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let name = self.account.as_ref().map_or(source.draft.account.as_str(), |account| account.as_str());
        let account = lookup::configured(&config, name)?;
        let plan = DraftPlan::new(source, &account.name, &self.choices())?;
        let planned = Planned { source, plan, before: reader.restored(&source.version, &account.name)? };
        if !call.ui.json {
            call.ui.data(plan_in_words(source, &planned.plan, &planned.before).as_bytes())?;
        }
        if !self.apply {
            self.not_applied(&planned, call);
            return planned.tell(call, None).map(|()| Exit::Done);
        }
        if planned.plan.is_stopped() {
            return Err(stopped(&planned.plan));
        }
        if let (Some(made), false) = (planned.before.first(), self.again) {
            return Err(made_before(made));
        }
        call.ui.log()?;
        let restored = block_on(apply(&planned.plan, source, account, &config, call))??;
        planned.tell(call, Some(&restored))?;
        Ok(match &restored.report {
            Ok(_) => Exit::Done,
            Err(reason) => {
                call.ui.warning(&format!("the new draft could not be read back: {}", safe(reason)));
                Exit::Partly
            }
        })
    }

    fn not_applied(&self, planned: &Planned<'_>, call: &Call) {
        if planned.plan.is_stopped() {
            call.ui.status("Nothing was done; the platform would refuse what the plan says stop to.");
        } else if !planned.before.is_empty() && !self.again {
            call.ui.status("Nothing was done. To make another draft, type the same with --again --apply");
        } else {
            nothing_done(call);
        }
    }
}

impl Planned<'_> {
    fn tell(&self, call: &Call, restored: Option<&Restored>) -> Result<(), CommandError> {
        if call.ui.json {
            let media_id = restored.map_or(Value::Null, |restored| json!(restored.media_id));
            let report =
                restored.and_then(|restored| restored.report.as_ref().ok()).map_or(Value::Null, report_in_json);
            let plan = plan_in_json(self.source, &self.plan, &self.before);
            return call.ui.document(&document(&plan, restored.is_some(), &media_id, &report));
        }
        match restored {
            Some(restored) => call.ui.data(restored_in_words(restored, &self.plan).as_bytes()),
            None => Ok(()),
        }
    }
}

async fn apply(
    plan: &DraftPlan,
    source: &Source,
    account: &Account,
    config: &Config,
    call: &Call,
) -> Result<Restored, CommandError> {
    let client = Client::new(account, call.clock.clone()).map_err(|error| CommandError::of(Exit::Failed, &error))?;
    let archive = Archive::open(&config.archive)?;
    let lock = RestoreLock::take(&config.archive)?;
    let target = Target { account, client: &client, archive: &archive, clock: &call.clock, lock: &lock };
    let restored = tokio::select! {
        restored = restore::as_new(plan, source, &target) => restored.map_err(|failure| explained(failure, plan)),
        () = interrupted() => Err(CommandError::new(Exit::Failed, "interrupted: a draft may have been made")
            .hint("Type the same again: it is searched for before another one is made")),
    };
    archive.close().await;
    restored
}

fn stopped(plan: &DraftPlan) -> CommandError {
    let stops = plan.findings.iter().filter(|finding| finding.weight == Weight::Stop);
    let error = CommandError::new(Exit::Failed, "the platform would refuse this draft, so it was not asked");
    let told = stops.fold(error, |error, finding| match finding.position {
        Some(position) => error.hint(format!("Article {position}: {}", finding.message)),
        None => error.hint(format!("The draft: {}", finding.message)),
    });
    told.hint("To paste it by hand at mp.weixin.qq.com, restore it to files: --to DIR instead of --as-new")
}

fn made_before(made: &PastRestore) -> CommandError {
    let when = local(made.finished_at);
    CommandError::new(Exit::Failed, format!("this content was restored already, at {when}, as {}", made.media_id))
        .hint("Look into the draft box; to make another draft all the same: --again")
}

impl From<PlanError> for CommandError {
    fn from(error: PlanError) -> Self {
        match &error {
            PlanError::Malformed(_) => Self::of(Exit::Damaged, &error),
            PlanError::NoSuchArticle { .. } | PlanError::NoCover(_) => Self::of(Exit::Usage, &error),
        }
    }
}

/// Says what became of the draft, and what to do.
fn explained(failure: Failure, plan: &DraftPlan) -> CommandError {
    match failure {
        Failure::NotMade(error) => {
            let told = CommandError::new(exit(&error), "no draft was made").because(&error);
            restore::advice(&error, plan).into_iter().fold(told, CommandError::hint)
        }
        Failure::Unknown { error, search } => {
            let told =
                CommandError::new(search.as_ref().map_or(Exit::Failed, exit), "nobody knows whether a draft was made");
            let told = told.because(&error);
            let told = match &search {
                Some(search) => told.because(search).hint("The draft box could not be searched for it."),
                None => told.hint("It was not found in the draft box; it may still appear there."),
            };
            told.hint("Type the same again in five minutes: it is searched for before another one is made")
        }
        Failure::NotSearched(error) => CommandError::new(
            exit(&error),
            "the draft box cannot be searched for what an earlier restore may have made",
        )
        .because(&error)
        .hint("Type the same again once it can be: nothing is made before"),
        Failure::Unsettled { began_at, until } => {
            let message = format!("the restore that began at {} may have made this draft already", local(began_at));
            CommandError::new(Exit::Failed, message)
                .hint("It is not in the draft box, but it may still appear there.")
                .hint(format!("Type the same again after {}: only then another one is made", local(until)))
        }
        Failure::Archive(error) => error.into(),
        Failure::NotWritten { .. } => CommandError::of(Exit::Partly, &failure)
            .hint("Do not make another: it is in the draft box, and the same command finds it there"),
    }
}

/// Tells refusals of the platform from trouble on the way to it.
fn exit(error: &wechat::Error) -> Exit {
    use wechat::Kind::{Refused, Request};
    let is_refused = error.is_platform_refusal() || matches!(error.kind, Refused | Request);
    if is_refused { Exit::Refused } else { Exit::Failed }
}
