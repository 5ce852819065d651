//! `draftkeep poll`: one poll of each account, now; then the pictures, for a little while.

mod pictures;

use std::pin::pin;

use serde_json::{Value, json};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::pictures::Pictures;
use super::accounts;
use super::context::CommandContext;
use super::error::ways_out;
use super::error::{CommandError, Exit};
use super::list::title;
use crate::archive::{self, Failure, MergeLock, MissingDraft, WriterHandle};
use crate::clock::Clock;
use crate::conditions::{self, AccountCheck};
use crate::config::{Account, Config};
use crate::model::{AccountName, Condition, ConditionReport, FailureKind, counted};
use crate::poll::{self, Allowance, NewVersion, Note, Options, Report};
use crate::sanitize;
use crate::wechat::{self, Client};

/// Poll accounts once: read their drafts, keep changed versions, then download pictures for at most 30 seconds
#[derive(Debug, clap::Args)]
#[command(
    name = "poll",
    after_help = "\
Where more than a fifth of a draft box vanishes at once, nothing is concluded:
those drafts are held back, and the poll ends with 3. They are believed to be
gone once draft/get has confirmed each of them in two polls ten minutes apart.
Look into the draft box first if you use --believe. No version is lost by it,
and a draft that comes back is live again.

Ctrl-C ends the polls after the write at hand: what was read is kept, and the
command ends with 3. A second one waits for nothing.

Each account is reported as soon as its drafts are kept. Pictures are collected
beside the polls, and for up to 30 seconds more after the last one; what is left
is collected by the daemon or by the next poll.

Examples:
  draftkeep poll                     every account of the configuration
  draftkeep poll mag --json
  draftkeep poll mag --all           also with what quota_share leaves to others
  draftkeep poll --no-pictures       drafts alone, and the end at once
  draftkeep poll --believe mag       they are gone indeed: I have looked"
)]
pub(super) struct PollCommand {
    /// Accounts to poll; all if none is given
    #[arg(value_parser = super::list::account)]
    accounts: Vec<AccountName>,
    /// Use all calls that are left today, not only the share that quota_share allows, and call blocked endpoints again
    #[arg(long)]
    all: bool,
    /// Believe that drafts are gone even if too many disappeared at once; each is still confirmed separately
    #[arg(long)]
    believe: bool,
    /// Do not download pictures; the daemon or another poll does
    #[arg(long)]
    no_pictures: bool,
}

impl PollCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let accounts = self.chosen(&config)?;
        context.ui.log()?;
        let _kept_out = MergeLock::keep_out(&config.archive)?;
        context.rename_accounts(&config)?;
        let archive = WriterHandle::open(&config.archive)?;
        if archive.is_new() {
            let path = config.archive.display().to_string();
            context.ui.status(&format!("There was no archive at {}, so a new one is begun", sanitize::line(&path)));
        }
        let polled = async {
            let polled = self.poll(accounts, &archive, context).await;
            archive.close().await;
            polled
        };
        Ok(exit(&super::runtime::block_on(polled)??))
    }

    /// Polls the accounts and reports, without waiting for pictures.
    async fn poll(
        &self,
        accounts: Vec<Account>,
        archive: &WriterHandle,
        context: &CommandContext,
    ) -> Result<Polled, CommandError> {
        let allowance = if self.all { Allowance::All } else { Allowance::Share };
        let options = Options { allowance, accept_absences: self.believe };
        let mut pictures = (!self.no_pictures).then(|| Pictures::new(archive, &context.clock));
        let polled = poll_all(accounts, archive, context, options, pictures.as_mut()).await?;
        let printed = match context.ui.json {
            true => context.ui.document(&polled.reports.iter().map(document).collect::<Vec<_>>()),
            false => Ok(()),
        };
        if polled.interrupted {
            interruption(context, &polled.reports);
        }
        if is_damaged(&polled.reports) {
            ways_out().iter().for_each(|hint| context.ui.hint(hint));
        }
        if let Some(pictures) = pictures.filter(|_| !polled.interrupted) {
            pictures.finish(context).await;
        }
        printed.map(|()| polled)
    }

    /// Returns the accounts to poll, in the configuration's order.
    fn chosen(&self, config: &Config) -> Result<Vec<Account>, CommandError> {
        for name in &self.accounts {
            accounts::find_account(config, name.as_str())?;
        }
        let is_meant = |account: &&Account| self.accounts.is_empty() || self.accounts.contains(&account.name);
        Ok(config.accounts.iter().filter(is_meant).cloned().collect())
    }
}

/// The outcome of all polls.
struct Polled {
    /// In the order of the accounts.
    reports: Vec<Report>,
    /// Whether a signal stopped the polls.
    interrupted: bool,
    /// Whether an account's name belongs to another appid in the archive.
    misconfigured: bool,
}

/// A poll that has ended: the account's place, the account, its client, and what came of it.
type PollSummary = (usize, Account, Option<Client>, Result<Report, archive::Error>);

/// Polls the accounts concurrently and reports each when it ends. A signal stops the polls; a second one stops them at once.
/// Downloads of an account's pictures start after its poll; this function does not wait for them.
///
/// # Errors
///
/// The first error of the archive or the output, after all polls have ended: an account's error does not stop the others.
async fn poll_all(
    accounts: Vec<Account>,
    archive: &WriterHandle,
    context: &CommandContext,
    options: Options,
    mut pictures: Option<&mut Pictures>,
) -> Result<Polled, CommandError> {
    let stop = CancellationToken::new();
    let mut polls: JoinSet<PollSummary> = JoinSet::new();
    for (place, account) in accounts.into_iter().enumerate() {
        let (archive, clock, stop) = (archive.clone(), context.clock.clone(), stop.clone());
        polls.spawn(async move {
            let client = Client::new(&account, clock.clone());
            let polled = poll_one(&account, client.as_ref(), &archive, &clock, &stop, options).await;
            check_conditions(&account, &archive, &clock).await;
            (place, account, client.ok(), polled)
        });
    }
    let (mut reports, mut failures, mut misconfigured) = (Vec::new(), Vec::new(), false);
    let mut interrupted = pin!(super::runtime::interrupted());
    loop {
        let ended = tokio::select! {
            ended = polls.join_next() => ended,
            () = &mut interrupted => {
                if stop.is_cancelled() {
                    return Err(CommandError::new(
                        Exit::Failed,
                        "interrupted twice: the polls were cut off; what was recorded before is kept",
                    ));
                }
                // The polls end after the write at hand.
                stop.cancel();
                interrupted.set(super::runtime::interrupted());
                continue;
            }
        };
        match ended {
            None => break,
            Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
            Some(Ok((place, account, client, Ok(report)))) => {
                failures.extend(print_report(context, &report).err());
                // Where nothing could be read, pictures would fail for the same reason.
                if let (Some(pictures), Some(client)) = (&mut pictures, client.filter(|_| report.seen > 0)) {
                    pictures.begin(&account, client);
                }
                reports.push((place, report));
            }
            Some(Ok((place, account, _, Err(error @ archive::Error::OtherAppid { .. })))) => {
                misconfigured = true;
                let report = not_begun(&account, Failure::new(None, FailureKind::Broken, error.to_string()));
                failures.extend(print_report(context, &report).err());
                reports.push((place, report));
            }
            Some(Ok((_, _, _, Err(error)))) => failures.push(error.into()),
        }
    }
    // A reader who left is the least of them.
    failures.sort_by_key(|failure: &CommandError| failure.exit == Exit::Done);
    if let Some(first) = failures.into_iter().next() {
        return Err(first);
    }
    reports.sort_by_key(|(place, _)| *place);
    let reports = reports.into_iter().map(|(_, report)| report).collect();
    Ok(Polled { reports, interrupted: stop.is_cancelled(), misconfigured })
}

/// Writes down what is wrong now, and what is over. A poll does not fail because of that.
async fn check_conditions(account: &Account, archive: &WriterHandle, clock: &Clock) {
    let (check, now) = (AccountCheck::new(account.clone()), clock.now());
    // The daemon alone knows whether polls of other accounts can use the archive, and how its mirror stands.
    let unknown = vec![Condition::ArchiveTrouble.into(), Condition::MirrorFailed.into()];
    let known = ConditionReport { active: Vec::new(), unknown };
    let written = archive
        .run(move |writer| {
            check.run(writer, now)?;
            conditions::check_service(writer, known, now)
        })
        .await;
    if let Err(error) = written {
        tracing::debug!(account = %account.name, %error, "what is wrong cannot be written down as an event yet");
    }
}

async fn poll_one(
    account: &Account,
    client: Result<&Client, &wechat::Error>,
    archive: &WriterHandle,
    clock: &Clock,
    stop: &CancellationToken,
    options: Options,
) -> Result<Report, archive::Error> {
    let client = match client {
        Ok(client) => client,
        Err(error) => return Ok(not_begun(account, poll::call_failure(None, error))),
    };
    poll::poll(account, client, archive, clock, clock.now(), stop, options).await
}

/// Reports an account that could not be polled at all; the others go on.
fn not_begun(account: &Account, failure: Failure) -> Report {
    Report {
        account: account.name.clone(),
        strategy: account.drafts.strategy(),
        calls: 0,
        seen: 0,
        in_box: 0,
        new_versions: 0,
        missing: 0,
        absences: Vec::new(),
        held_back: 0,
        failures: vec![failure],
        versions: Vec::new(),
        notes: Vec::new(),
        refused: false,
    }
}

fn document(report: &Report) -> Value {
    let error =
        |failure: &Failure| json!({"media_id": failure.media_id, "code": failure.code, "message": failure.message});
    let note = |note: &Note| json!({"media_id": note.media_id, "message": note.message});
    let absence = |absence: &MissingDraft| json!({"media_id": absence.media_id, "state": absence.state.as_str()});
    let version = |new: &NewVersion| json!({"media_id": new.media_id, "id": new.draft, "version": new.version, "title": new.title});
    json!({
        "account": report.account,
        "strategy": report.strategy.as_str(),
        "calls": report.calls,
        "seen": report.seen,
        "new_versions": report.new_versions,
        "missing": report.missing,
        "absences": report.absences.iter().map(absence).collect::<Vec<_>>(),
        "held_back": report.held_back,
        "errors": report.failures.iter().map(error).collect::<Vec<_>>(),
        "versions": report.versions.iter().map(version).collect::<Vec<_>>(),
        "notes": report.notes.iter().map(note).collect::<Vec<_>>(),
    })
}

/// Tells people of a poll that has ended: a line, a line for each new version, and what failed to stderr.
fn print_report(context: &CommandContext, report: &Report) -> Result<(), CommandError> {
    if !context.ui.json {
        context.ui.content(&lines(report, context.ui.verbosity > 0))?;
    }
    let failures = report.failures.iter().map(|failure| (&failure.media_id, &failure.message));
    for (media_id, message) in failures.chain(report.notes.iter().map(|note| (&note.media_id, &note.message))) {
        let about =
            media_id.as_ref().map_or_else(String::new, |media_id| format!("{}: ", sanitize::line(media_id.as_str())));
        context.ui.warning(&format!("{}: {about}{}", report.account, sanitize::line(message)));
    }
    Ok(())
}

/// Names each new version as other commands take it; its media_id beside it where that is wanted.
fn lines(report: &Report, with_media_ids: bool) -> String {
    let missing = if report.missing > 0 { format!(", {} missing", report.missing) } else { String::new() };
    let (seen, new) = (counted(report.seen, "draft"), counted(report.new_versions, "new version"));
    let first = format!("{}: {seen} read, {new}{missing}, {}\n", report.account, counted(report.calls, "call"));
    let version = |new: &NewVersion| {
        let media_id =
            if with_media_ids { format!("{} ", sanitize::line(new.media_id.as_str())) } else { String::new() };
        format!("  {}/{}@{} {media_id}{}\n", report.account, new.draft, new.version, sanitize::line(&title(&new.title)))
    };
    first + &report.versions.iter().map(version).collect::<String>()
}

/// Tells what an interrupted poll leaves.
fn interruption(context: &CommandContext, reports: &[Report]) {
    let sum = |count: fn(&Report) -> u64| reports.iter().map(count).sum::<u64>();
    let versions = counted(sum(|report| report.new_versions), "new version");
    let calls = counted(sum(|report| report.calls), "call");
    context.ui.warning(&format!("interrupted: {versions} kept, {calls} counted; not every draft was looked at"));
    context.ui.hint("To go on: draftkeep poll");
}

/// Returns whether a poll met damage in the archive.
fn is_damaged(reports: &[Report]) -> bool {
    reports.iter().any(|report| report.failures.iter().any(Failure::is_damage))
}

/// Tells how it ended: damage first, as of every command that meets it and does the rest; partly where something failed and something did not, else by what nothing came of.
fn exit(Polled { reports, interrupted, misconfigured }: &Polled) -> Exit {
    match () {
        () if *interrupted => Exit::Partly,
        () if reports.iter().all(|report| report.failures.is_empty()) => Exit::Done,
        () if is_damaged(reports) => Exit::Damaged,
        () if !reports.iter().all(Report::came_to_nothing) => Exit::Partly,
        () if reports.iter().any(|report| report.refused) => Exit::Refused,
        () if *misconfigured => Exit::Usage,
        () => Exit::Failed,
    }
}
