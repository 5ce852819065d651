//! `draftkeep drill`: a version comes back as a new draft of a sandbox account, is read back and compared, and the draft is deleted again.

use serde_json::{Value, json};

use super::errors::explain;
use super::output::plan_in_words;
use super::{nothing_done, session};
use crate::archive::Reader;
use crate::cli::accounts;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, Exit};
use crate::cli::list;
use crate::config::{Account, Config};
use crate::drill::{self, Drill, DrillResult, LeftDraft, NoDrill};
use crate::json;
use crate::lookup::{self, VersionRef};
use crate::model::AccountName;
use crate::restore::{RestoreContext, RestoreError, Source};
use crate::sanitize;

/// Prove that a version comes back: as a new draft of a sandbox account, deleted again
///
/// A version is restored as a new draft, read back and compared, and the draft is deleted. What a drill that was interrupted left in the
/// draft box is deleted first. Without --apply, it says what it would do. Pictures that it uploads stay in the account's library.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Any account will do; readers never see a draft. One for tests is best: for some
seconds its draft box holds one draft more, which a poll may keep and tell.
Without DRAFT, a version is chosen at random, each time another.
Somebody edited the draft meanwhile: then it stays.
Exits with 3 if the draft came back different or could not be deleted.

Examples:
  draftkeep drill --account sandbox
  draftkeep drill --account sandbox --apply
  draftkeep drill 3@2 --account sandbox --apply")]
pub(in crate::cli) struct DrillCommand {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part); with @N, that version
    #[arg(value_name = "DRAFT[@N]", allow_hyphen_values = true)]
    version: Option<VersionRef>,
    /// The account whose draft box is written to
    #[arg(long, value_name = "ACCOUNT", value_parser = list::account)]
    account: AccountName,
    /// Do it
    #[arg(long)]
    apply: bool,
}

/// What a drill did.
struct Done {
    left: Vec<LeftDraft>,
    result: DrillResult,
}

impl DrillCommand {
    pub(in crate::cli) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        context.rename_accounts(&Config::load_without_secrets(&context.config)?)?;
        let config = context.configuration()?;
        let account = accounts::find_account(&config, self.account.as_str())?;
        let reader = context.reader_at(&config.archive)?;
        let drill = self.plan(&reader, account)?;
        if !context.ui.json {
            context.ui.text(&in_words(&drill, &reader, account)?)?;
        }
        let explained =
            |failure| explain(failure, "no draft was made", Some(&drill.restore.plan), &drill.restore.source);
        check_obstacles(&reader, account, context)?;
        drill.check().map_err(explained)?;
        if !self.apply {
            nothing_done(context);
            if self.version.is_none() {
                context.ui.hint(&format!("It chooses again then. To take this version: {}", command(&drill, account)));
            }
            return print(&drill, account, None, context).map(|()| Exit::Done);
        }
        let archive = &config.archive;
        let work = async |target: &RestoreContext<'_>| {
            let left = drill::take_away_left(&Reader::open(archive)?, target).await?;
            Ok(Done { left, result: run_and_record(&drill, target).await? })
        };
        let done = session::run(account, &config, context, work)?.map_err(explained)?;
        self.tell(&drill, account, &done, context)
    }

    fn plan(&self, reader: &Reader, account: &Account) -> Result<Drill, CommandError> {
        let Some(named) = &self.version else {
            let random = getrandom::u64().map_err(|error| {
                CommandError::new(Exit::Failed, format!("the system gives no random numbers: {error}"))
            })?;
            return Ok(drill::choose(reader, account, random)?);
        };
        let (draft, version) = lookup::find_version(reader, named)?;
        Ok(drill::of_version(Source::read(reader, draft, version)?, account)?)
    }

    fn tell(
        &self,
        drill: &Drill,
        account: &Account,
        done: &Done,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        for left in &done.left {
            match left {
                LeftDraft::Deleted(undo) => context.ui.status(&format!(
                    "What an earlier drill left is gone: {}",
                    sanitize::line(undo.media_id.as_str())
                )),
                LeftDraft::Edited(media_id) => context.ui.warning(&format!(
                    "somebody edited the draft {} of an earlier drill, so it stays; it can be deleted at mp.weixin.qq.com",
                    sanitize::line(media_id.as_str())
                )),
            }
        }
        print(drill, account, Some(done), context)?;
        let Some(fault) = done.result.fault(account) else {
            context.ui.status("The version came back as it was sent, and the draft is deleted again");
            return Ok(Exit::Done);
        };
        context.ui.warning(&sanitize::line(&fault.text()));
        if done.result.deleted.is_err() {
            context.ui.hint(&format!("The next drill deletes it: draftkeep drill --account {} --apply", self.account));
        }
        Ok(Exit::Partly)
    }
}

async fn run_and_record(drill: &Drill, target: &RestoreContext<'_>) -> Result<DrillResult, RestoreError> {
    let (began_at, account) = (target.clock.now(), target.account.clone());
    let outcome = drill.run(target).await;
    let fault = match &outcome {
        Ok(result) => result.fault(&account),
        Err(error) => Some(drill::not_made(error, &account)),
    };
    target.archive.run(move |writer| drill::record(writer, &account, began_at, fault.as_ref())).await?;
    outcome
}

/// Refuses an account whose calls are used up, or to which the platform has closed what a drill needs.
fn check_obstacles(reader: &Reader, account: &Account, context: &CommandContext) -> Result<(), CommandError> {
    let obstacles = drill::obstacles(reader, account, context.clock.now())?;
    let Some(first) = obstacles.first() else { return Ok(()) };
    let refused = CommandError::new(Exit::Refused, format!("no drill is possible now: {}", first.kind));
    Err(obstacles[1..]
        .iter()
        .fold(refused, |error, issue| error.hint(issue.kind.to_string()))
        .hint(format!("See when calls are left again: draftkeep status {}", account.name)))
}

fn in_words(planned: &Drill, reader: &Reader, account: &Account) -> Result<String, CommandError> {
    let left = match drill::left_at(reader, account)?.len() {
        0 => "",
        _ => "  First, what an interrupted drill left there is deleted\n",
    };
    let plan = plan_in_words(&planned.restore);
    Ok(format!("{plan}{left}  Then the draft is read back and compared, and deleted again\n"))
}

fn command(drill: &Drill, account: &Account) -> String {
    let source = &drill.restore.source;
    let (draft, version) = (&source.draft, source.version.number);
    format!("draftkeep drill {}/{}@{version} --account {} --apply", draft.account, draft.id, account.name)
}

fn print(drill: &Drill, account: &Account, done: Option<&Done>, context: &CommandContext) -> Result<(), CommandError> {
    if !context.ui.json {
        return Ok(());
    }
    let mut document = json::restored_as_new(&drill.restore, done.map(|done| &done.result.restored));
    document["deleted"] = json!(done.is_some_and(|done| done.result.deleted.is_ok()));
    document["trouble"] = json!(done.and_then(|done| done.result.fault(account)).map(|fault| fault.text()));
    let left = |left: &LeftDraft| match left {
        LeftDraft::Deleted(undo) => json!({"media_id": undo.media_id, "deleted": true}),
        LeftDraft::Edited(media_id) => json!({"media_id": media_id, "deleted": false}),
    };
    document["left"] = done.map_or(Value::Null, |done| done.left.iter().map(left).collect());
    context.ui.document(&document)
}

impl From<NoDrill> for CommandError {
    fn from(error: NoDrill) -> Self {
        match error {
            NoDrill::NothingToRestore(_) => {
                CommandError::of(Exit::NotFound, &error).hint("See why versions cannot be restored: draftkeep list")
            }
            NoDrill::NotNow(reason) => CommandError::new(Exit::Refused, reason),
            NoDrill::Left(error) | NoDrill::Restore(error) => match error {
                RestoreError::Archive(error) => error.into(),
                error => error.into(),
            },
        }
    }
}
