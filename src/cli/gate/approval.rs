//! `draftkeep gate approve` and `gate deny`: somebody decides on a write that waits.

use super::super::accounts::find_account;
use super::super::caller;
use super::super::context::{ArchivePath, CommandContext};
use super::super::diff;
use super::super::error::{CommandError, Exit};
use super::super::runtime::{block_on, interrupted};
use super::writes::find;
use crate::archive::{GateRecord, Reader, WriteId, Writer};
use crate::compare;
use crate::config::{Account, Config};
use crate::gate::{self, GateContext, GateError, Written};
use crate::json;
use crate::lookup::{DraftKey, DraftRef, VersionKey, VersionRef};
use crate::model::GateAction;
use crate::restore::{RestoreContext, with_context};
use crate::sanitize;

/// Say yes to a write that waits, and carry it out
///
/// The draft is read first. If somebody changed it since the program asked, nothing is written, and what changed is shown.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep gate show 12              what would it change?
  draftkeep gate approve 12")]
pub(in super::super) struct Approve {
    /// The number of the write
    #[arg(value_name = "NUMBER")]
    number: i64,
}

/// Say no to a write that waits
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep gate deny 12")]
pub(in super::super) struct Deny {
    /// The number of the write
    #[arg(value_name = "NUMBER")]
    number: i64,
}

impl Approve {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        context.rename_accounts(&config)?;
        let reader = context.reader(&ArchivePath { archive: None })?;
        let write = find(self.number, &reader)?;
        let account = find_account(&config, &write.account)?;
        match carry_out(&write, account, &config, context)? {
            Ok(written) => report(&write, &written, context),
            Err(error) => Err(refused(&write, error, &reader, context)?),
        }
    }
}

/// Carries the write out in this process; the outer error is about the program, the inner one about the write.
fn carry_out(
    write: &GateRecord,
    account: &Account,
    config: &Config,
    context: &CommandContext,
) -> Result<Result<Written, GateError>, CommandError> {
    context.ui.log()?;
    let by = caller::user_name();
    let work = async |restore: &RestoreContext<'_>| {
        let context = GateContext { restore: RestoreContext { ..*restore }, path: &config.archive };
        Ok(gate::approve(write, &by, &context).await)
    };
    match block_on(with_context(account, &config.archive, &context.clock, interrupted(), work))? {
        Ok(Some(done)) => Ok(done),
        Ok(None) => Err(CommandError::new(Exit::Failed, "interrupted: something may have been written")
            .hint(format!("See how far it came: draftkeep gate show {}", write.id))),
        Err(error) => Err(error.into()),
    }
}

/// Says what was written, and how to take it back.
fn report(write: &GateRecord, written: &Written, context: &CommandContext) -> Result<Exit, CommandError> {
    if context.ui.json {
        context.ui.document(&json::written(written))?;
    } else {
        let account = &write.account;
        let named = match written.kept {
            Some((draft, version)) => format!("{account}/{draft}@{version}"),
            None => format!("{} of {account}", sanitize::line(written.media_id.as_str())),
        };
        let line = match (write.action, written.id) {
            (_, None) => format!("Nothing differed: {named}\n"),
            (GateAction::Delete, Some(id)) => {
                format!("Deleted: {named}\n  To take it back: draftkeep undo {id} --apply\n")
            }
            (_, Some(id)) => format!("Written: {named}\n  To take it back: draftkeep undo {id} --apply\n"),
        };
        context.ui.text(&line)?;
    }
    match &written.report {
        Err(reason) => {
            context.ui.warning(&format!("it is written, but could not be read back: {reason}"));
            Ok(Exit::Partly)
        }
        Ok(report) if !report.is_complete() => {
            context.ui.warning("not everything came through as it was sent; see the newest version");
            Ok(Exit::Partly)
        }
        Ok(_) => Ok(Exit::Done),
    }
}

/// Says why it was not written; where somebody changed the draft meanwhile, shows what.
fn refused(
    write: &GateRecord,
    error: GateError,
    reader: &Reader,
    context: &CommandContext,
) -> Result<CommandError, CommandError> {
    match (&error, write.before) {
        (GateError::Stale { draft, now, .. }, Some(before)) if before < *now => {
            let named = format!("{}/{draft}", write.account);
            if !context.ui.json {
                let key = |number: u64| VersionKey::Number(u32::try_from(number).unwrap_or(u32::MAX));
                let meant = DraftRef { account: None, draft: DraftKey::Id(*draft) };
                let from = VersionRef { draft: meant, version: key(before) };
                if let Ok(compared) = compare::compare(reader, &from, Some(key(*now))) {
                    context.ui.status(&format!("Since {} asked, {named} was changed:", write.origin.in_words()));
                    diff::print(&compared.diff, context)?;
                }
            }
            Ok(CommandError::of(Exit::Failed, &error)
                .hint("Nothing was written. The program may read the draft and ask again")
                .hint(format!("See what changed: draftkeep diff {named}@{before} @{now}")))
        }
        (GateError::NotHeld(_), _) => {
            let state = reader.gate_write(write.id)?.map_or(write.state, |write| write.state);
            Ok(not_held(write.id, state.as_str()))
        }
        _ => Ok(error.into()),
    }
}

fn not_held(id: WriteId, state: &str) -> CommandError {
    CommandError::new(Exit::Failed, format!("write {id} does not wait any more: {state}"))
        .hint("See which do: draftkeep gate list --held")
}

impl Deny {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        let reader = context.reader_at(&config.archive)?;
        let write = find(self.number, &reader)?;
        let mut writer = Writer::open(&config.archive)?;
        let is_denied = gate::deny(&mut writer, &write, &caller::user_name(), context.clock.now())?;
        let now = find(self.number, &reader)?;
        if !is_denied {
            return Err(not_held(write.id, now.state.as_str()));
        }
        if context.ui.json {
            context.ui.document(&json::gate_record(&now))?;
        } else {
            context.ui.status(&format!("Write {} is denied. Nothing was written.", write.id));
        }
        Ok(Exit::Done)
    }
}
