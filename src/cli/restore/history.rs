//! `draftkeep restore --undo` and `--resume`: restores that are on record.

use std::str::FromStr;

use serde_json::Value;

use super::errors::explain;
use super::in_place::InPlaceCommand;
use super::{Restore, nothing_done, session};
use crate::archive::{Reader, RestoreId, RestoreRecord};
use crate::cli::accounts;
use crate::cli::context::CommandContext;
use crate::cli::error::{CommandError, Exit};
use crate::cli::times::local;
use crate::json;
use crate::lookup;
use crate::model::AccountName;
use crate::restore::{self, InPlaceRestore, RestoreContext, RestoreError, Resume, Source, Undo, UndoResult};

/// A restore as typed: its number, with its account before it or not. Another archive has other restores by the same
/// numbers; the account makes sure that it is the one that was meant.
#[derive(Clone, Debug)]
pub(super) struct RestoreRef {
    pub(super) account: Option<AccountName>,
    pub(super) id: i64,
}

impl FromStr for RestoreRef {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (account, id) = match text.split_once('/') {
            Some((account, id)) => (Some(account.parse().map_err(|rule| format!("before the /: {rule}"))?), id),
            None => (None, text),
        };
        let id = id.parse().map_err(|_| "a restore is named by its number, such as 7 or mag/7".to_owned())?;
        Ok(Self { account, id })
    }
}

impl Restore {
    pub(super) fn undo(
        &self,
        named: &RestoreRef,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        self.undo_record(&find(reader, named)?, reader, context)
    }

    fn undo_record(
        &self,
        record: &RestoreRecord,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let RestoreRecord { id, account: name, .. } = record;
        if record.before.is_none() && self.plan.is_some() {
            let message = format!("there is no plan to take restore {id} back in place");
            return Err(CommandError::new(Exit::NotFound, message)
                .hint(format!("See what would be done: draftkeep restore --undo {name}/{id}")));
        }
        let undo = Undo::of(record, reader)?;
        let config = context.configuration()?;
        let account = accounts::find_account(&config, name)?;
        match undo {
            Undo::PutBack { before, left } => {
                let restore = InPlaceRestore::undo(*id, before, left, account, reader, context.clock.now())?;
                self.over(&InPlaceCommand { restore, account, config: &config }, context)
            }
            Undo::Delete { made } => {
                if !context.ui.json {
                    context.ui.text(&deletion_in_words(record, &made))?;
                }
                let delete = async |target: &RestoreContext<'_>| restore::delete_new(*id, &made, target).await;
                let run = || session::run(account, &config, context, delete);
                self.delete_again(record, &made, run, context)
            }
            Undo::Abandon { source } => {
                let abandon = async |target: &RestoreContext<'_>| restore::abandon_new(*id, &source, target).await;
                let run = || session::run(account, &config, context, abandon);
                self.abandon(record, &source, run, context)
            }
        }
    }

    /// Deletes the draft that a restore made.
    fn delete_again(
        &self,
        record: &RestoreRecord,
        made: &Source,
        run: impl FnOnce() -> Result<Result<UndoResult, RestoreError>, CommandError>,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let media_id = Some(made.draft.media_id.as_str());
        if !self.apply {
            nothing_done(context);
            return print(&json::undone(record, media_id, false, None), context);
        }
        let deleted = run()?.map_err(|failure| explain(failure, "nothing was deleted", None, made))?;
        context.ui.status(&format!("Deleted: {} of {}", deleted.media_id, record.account));
        print(&json::undone(record, media_id, true, Some(&deleted)), context)
    }

    /// Ends what was cut off before the platform was asked for a draft: no more than the record of it.
    fn abandon(
        &self,
        record: &RestoreRecord,
        source: &Source,
        run: impl FnOnce() -> Result<Result<bool, RestoreError>, CommandError>,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let RestoreRecord { id, account, .. } = record;
        if !self.apply {
            nothing_done(context);
            return print(&json::undone(record, None, false, None), context);
        }
        if run()?.map_err(|failure| explain(failure, "nothing was taken back", None, source))? {
            context.ui.status(&format!("Restore {id} has ended: it had made no draft"));
            return print(&json::undone(record, None, true, None), context);
        }
        Err(CommandError::new(Exit::Failed, format!("nobody knows whether restore {id} made its draft"))
            .hint(format!("Find out first: draftkeep restore --resume {account}/{id}")))
    }

    pub(super) fn resume(
        &self,
        named: &RestoreRef,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let record = find(reader, named)?;
        let resume = Resume::of(&record, reader)?;
        if !context.ui.json {
            context.ui.text(&format!("Plan: {}, goes on\n", restore::describe(&record, &local)))?;
        }
        match resume {
            Resume::NewDraft { source, options } => self.resume_new_draft(source, options, &record.account, context),
            Resume::InPlace { source, options, before } => {
                let config = context.configuration()?;
                let account = accounts::find_account(&config, &record.account)?;
                let now = context.clock.now();
                let restore = match record.undoes {
                    Some(undone) => InPlaceRestore::undo(undone, source, None, account, reader, now)?,
                    None => InPlaceRestore::new(source, options, account, reader, now)?,
                };
                let command = InPlaceCommand { restore, account, config: &config };
                command.resume(record.id, &before, self.apply, context)
            }
            Resume::Undo(undone) => self.undo_record(&undone, reader, context),
        }
    }
}

fn deletion_in_words(record: &RestoreRecord, made: &Source) -> String {
    let (RestoreRecord { id, account, .. }, media_id) = (record, &made.draft.media_id);
    format!(
        "Plan: the draft {media_id} of {account}, which restore {id} made, is deleted from the draft box; {} keeps what it says\n",
        lookup::version_label(&made.draft, made.version.number)
    )
}

fn print(document: &Value, context: &CommandContext) -> Result<Exit, CommandError> {
    if context.ui.json {
        context.ui.document(document)?;
    }
    Ok(Exit::Done)
}

fn find(reader: &Reader, named: &RestoreRef) -> Result<RestoreRecord, CommandError> {
    let record = restore::find_record(reader, RestoreId(named.id))?;
    match &named.account {
        Some(account) if account.as_str() != record.account => {
            let message =
                format!("restore {} of this archive is one of {}, not of {account}", record.id, record.account);
            Err(CommandError::new(Exit::NotFound, message)
                .hint("Where another configuration was meant, name it: --config PATH"))
        }
        _ => Ok(record),
    }
}

/// Says which restores were cut off, and what to do about them.
pub(super) fn warn_of_open(reader: &Reader, context: &CommandContext) -> Result<(), CommandError> {
    for record in reader.open_restores()? {
        let RestoreRecord { id, account, .. } = &record;
        if record.is_drill() {
            let what = restore::describe(&record, &local);
            let command = format!("draftkeep drill --account {account} --apply");
            context.ui.warning(&format!("{what} is not complete; to take away what it left: {command}"));
            continue;
        }
        context.ui.warning(&format!(
            "{} is not complete; to complete it: draftkeep restore --resume {account}/{id}; to take it back: draftkeep restore --undo {account}/{id}",
            restore::describe(&record, &local)
        ));
    }
    Ok(())
}
