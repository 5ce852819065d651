//! `draftkeep restore --undo` and `--resume`: restores that are on record.

use std::str::FromStr;

use serde_json::{Value, json};

use super::errors::explained;
use super::in_place::InPlaceArgs;
use super::session::at;
use super::{Restore, document, nothing_done};
use crate::archive::{Draft, Filter, Reader, RestoreId, RestoreKind, RestoreRecord, Version};
use crate::cli::times::local;
use crate::cli::{CommandContext, CommandError, Exit, accounts};
use crate::lookup;
use crate::model::AccountName;
use crate::restore::{self, CurrentDraft, NewDraftPlan, RestoreContext, RestoreOptions, Source};

/// A restore as typed: its number, with its account before it or not. Another archive has other restores by the same
/// numbers; the account makes sure that it is the one that was meant.
#[derive(Clone, Debug)]
pub(super) struct RestoreRef {
    account: Option<AccountName>,
    id: i64,
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
        meant: &RestoreRef,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        self.take_back(&record(reader, meant)?, reader, context)
    }

    fn take_back(
        &self,
        record: &RestoreRecord,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let id = record.id;
        match (record.before, record.result) {
            (Some(before), _) => {
                let source = source(reader, record.draft, before)?;
                let expected = left_by(record, &source, reader)?;
                let over = InPlaceArgs {
                    source: &source,
                    choices: RestoreOptions::default(),
                    undoes: Some(record.id),
                    expected,
                };
                self.over(&over, reader, context)
            }
            _ if self.plan.is_some() => {
                Err(CommandError::new(Exit::NotFound, format!("there is no plan to take restore {id} back in place"))
                    .hint(format!("See what would be done: draftkeep restore --undo {}/{id}", record.account)))
            }
            (None, Some((draft, number))) if record.kind == RestoreKind::AsNew => {
                let made = source(reader, draft, number)?;
                self.delete_again(record, &made, context)
            }
            (None, None) if record.media_id.is_some() && record.kind == RestoreKind::AsNew => Err(unread(record)),
            (None, _) if record.kind == RestoreKind::AsNew && record.is_open() => self.give_up(record, reader, context),
            (None, _) if record.kind == RestoreKind::AsNew => Err(CommandError::new(
                Exit::Failed,
                format!("restore {id} made no draft; there is nothing to take back"),
            )),
            _ => Err(CommandError::new(Exit::Failed, format!("restore {id} deleted a draft, which never comes back"))
                .hint(format!("What it said can: draftkeep restore {}@{} --as-new", record.draft, record.version))),
        }
    }

    /// Takes back what was cut off before the platform was asked for a draft: no more than the record of it.
    fn give_up(&self, record: &RestoreRecord, reader: &Reader, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let account = accounts::find_account(&config, &record.account)?;
        let source = source(reader, record.draft, record.version)?;
        let id = record.id;
        let plan = json!({"kind": "undo", "undoes": id.0, "account": record.account, "deletes": null});
        if !self.apply {
            nothing_done(context);
            return tell(&plan, &Value::Null, false, None, context);
        }
        let work = async |target: &RestoreContext<'_>| restore::abandon_new(id, &source, target).await;
        let draft = NewDraftPlan::new(&source, &account.name, &RestoreOptions::default())?;
        let ended = at(account, &config, context, work)?;
        if ended.map_err(|failure| explained(failure, "nothing was taken back", &draft, &source))? {
            context.ui.status(&format!("Restore {id} has ended: it had made no draft"));
            return tell(&plan, &Value::Null, true, None, context);
        }
        Err(CommandError::new(Exit::Failed, format!("nobody knows whether restore {id} made its draft"))
            .hint(format!("Find out first: draftkeep restore --resume {}/{id}", record.account)))
    }

    /// Deletes the draft that a restore made.
    fn delete_again(
        &self,
        record: &RestoreRecord,
        made: &Source,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let config = context.configuration()?;
        let account = accounts::find_account(&config, &record.account)?;
        let (id, media_id, name) = (record.id, &made.draft.media_id, &record.account);
        let told = format!(
            "Plan: the draft {media_id} of {name}, which restore {id} made, is deleted from the draft box; {} keeps what it says\n",
            lookup::version_label(&made.draft, made.version.number)
        );
        let plan = json!({"kind": "undo", "undoes": id.0, "account": record.account, "deletes": media_id});
        if !context.ui.json {
            context.ui.text(&told)?;
        }
        if !self.apply {
            nothing_done(context);
            return tell(&plan, &Value::Null, false, None, context);
        }
        let work = async |target: &RestoreContext<'_>| restore::undo_new(id, made, target).await;
        let draft = NewDraftPlan::new(made, &account.name, &RestoreOptions::default())?;
        let deleted = at(account, &config, context, work)?
            .map_err(|failure| explained(failure, "nothing was deleted", &draft, made))?;
        context.ui.status(&format!("Deleted: {} of {}", deleted.media_id, record.account));
        tell(&plan, &json!(deleted.media_id), true, Some(deleted.id), context)
    }

    pub(super) fn resume(
        &self,
        meant: &RestoreRef,
        reader: &Reader,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let record = record(reader, meant)?;
        let id = record.id;
        if !record.is_open() {
            let message = format!("restore {id} has ended: {}", record.outcome);
            return Err(CommandError::new(Exit::Failed, message).hint("There is nothing to resume"));
        }
        if !context.ui.json {
            context.ui.text(&format!("Plan: {}, goes on\n", in_words(&record)))?;
        }
        let choices = RestoreOptions::from_json(&record.choices).map_err(|error| {
            CommandError::new(
                Exit::Damaged,
                format!("what restore {id} was told to do cannot be read, so it does not go on"),
            )
            .because(&error)
            .hint(format!("Take it back: draftkeep restore --undo {}/{id}; then begin it anew", record.account))
        })?;
        match (record.kind, record.before) {
            (RestoreKind::AsNew, _) => {
                let source = source(reader, record.draft, record.version)?;
                self.resume_new_draft(&source, &choices, &record.account, context)
            }
            (_, Some(before)) => {
                let source = source(reader, record.draft, record.version)?;
                let version = reader.version(record.draft, before)?;
                let before = CurrentDraft { document: reader.document(&version)?, version };
                let over = InPlaceArgs { source: &source, choices, undoes: record.undoes, expected: None };
                over.resume(record.id, &before, self.apply, context)
            }
            (_, None) => match record.undoes {
                Some(undoes) => self.take_back(&by_number(reader, undoes)?, reader, context),
                None => Err(CommandError::new(Exit::Failed, format!("restore {id} cannot be resumed"))),
            },
        }
    }
}

/// Returns what a restore in place left in its draft, as far as that is known. One that was cut off may have written nothing yet.
/// After one that ended without a look at the draft, a version may be what somebody else has saved.
fn left_by(record: &RestoreRecord, before: &Source, reader: &Reader) -> Result<Option<Version>, CommandError> {
    match record.result {
        Some((draft, number)) => Ok(Some(reader.version(draft, number)?)),
        None if record.finished_at.is_none() => Ok(Some(before.version.clone())),
        None => Ok(None),
    }
}

/// A draft is deleted only where it says still what the restore left, and here nobody knows what that was.
fn unread(record: &RestoreRecord) -> CommandError {
    let made = record.media_id.as_ref().map_or("", |media_id| media_id.as_str());
    let message = format!("the draft {made} that restore {} made was never read back", record.id);
    CommandError::new(Exit::Failed, message)
        .hint("Nobody knows whether somebody has worked on it, so it is not deleted; delete it at mp.weixin.qq.com")
}

fn tell(
    plan: &Value,
    media_id: &Value,
    applied: bool,
    id: Option<RestoreId>,
    context: &CommandContext,
) -> Result<Exit, CommandError> {
    if context.ui.json {
        let mut told = document(plan, applied, media_id, &Value::Null);
        told["restore"] = json!(id.map(|id| id.0));
        context.ui.document(&told)?;
    }
    Ok(Exit::Done)
}

fn record(reader: &Reader, meant: &RestoreRef) -> Result<RestoreRecord, CommandError> {
    let record = by_number(reader, RestoreId(meant.id))?;
    match &meant.account {
        Some(account) if account.as_str() != record.account => {
            let message =
                format!("restore {} of this archive is one of {}, not of {account}", record.id, record.account);
            Err(CommandError::new(Exit::NotFound, message)
                .hint("Where another configuration was meant, name it: --config PATH"))
        }
        _ => Ok(record),
    }
}

fn by_number(reader: &Reader, id: RestoreId) -> Result<RestoreRecord, CommandError> {
    reader.restore(id)?.ok_or_else(|| {
        CommandError::new(Exit::NotFound, format!("there is no restore {id}"))
            .hint("See which there are: draftkeep sql 'SELECT * FROM restore_view'")
    })
}

fn source(reader: &Reader, draft: i64, number: u64) -> Result<Source, CommandError> {
    let filter = Filter { id: Some(draft), ..Filter::default() };
    let found: Option<Draft> = reader.drafts(&filter)?.pop();
    let draft = found.ok_or_else(|| CommandError::new(Exit::NotFound, format!("there is no draft {draft}")))?;
    let version = lookup::read_version(reader, &draft, number)?;
    Ok(Source::read(reader, draft, version)?)
}

/// Names a restore that is on record.
pub(in crate::cli) fn in_words(record: &RestoreRecord) -> String {
    let RestoreRecord { id, draft, version, account, .. } = record;
    let what = match record.kind {
        RestoreKind::AsNew => format!("of {draft}@{version} as a new draft of {account}"),
        RestoreKind::InPlace => format!("of {draft}@{version} in place"),
        RestoreKind::Undo => format!("of {draft}@{version}, which takes another back"),
    };
    format!("restore {id} {what}, begun at {}", local(record.started_at))
}

/// Says which restores were cut off, and what to do about them.
pub(super) fn warn_of_open(reader: &Reader, context: &CommandContext) -> Result<(), CommandError> {
    for record in reader.open_restores()? {
        let RestoreRecord { id, account, .. } = &record;
        context.ui.warning(&format!(
            "{} is not complete; to complete it: draftkeep restore --resume {account}/{id}; to take it back: draftkeep restore --undo {account}/{id}",
            in_words(&record)
        ));
    }
    Ok(())
}
