//! `draftkeep restore --undo` and `--resume`: restores that are on record.

use serde_json::{Value, json};

use super::failed::explained;
use super::over::Over;
use super::target::at;
use super::{Restore, document, nothing_done};
use crate::archive::{Draft, Filter, Reader, RestoreId, RestoreKind, RestoreRecord, Version};
use crate::cli::output::local;
use crate::cli::{Call, CommandError, Exit, lookup};
use crate::model::Hash;
use crate::restore::{self, Choices, DraftPlan, Source, Target};

impl Restore {
    pub(super) fn undo(&self, id: i64, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        let record = record(reader, id)?;
        match (record.before, record.result) {
            (Some(before), _) => {
                let source = source(reader, record.draft, before)?;
                let expected = left_by(&record, &source, reader)?;
                let over = Over { source: &source, choices: Choices::default(), undoes: Some(record.id), expected };
                self.over(&over, reader, call)
            }
            _ if self.plan.is_some() => {
                Err(CommandError::new(Exit::NotFound, format!("there is no plan to take restore {id} back in place"))
                    .hint(format!("See what would be done: draftkeep restore --undo {id}")))
            }
            (None, Some((draft, number))) if record.kind == RestoreKind::AsNew => {
                let made = source(reader, draft, number)?;
                let expected = made.version.hash;
                self.delete_again(&record, &made, expected, call)
            }
            (None, None) if record.media_id.is_some() && record.kind == RestoreKind::AsNew => Err(unread(&record)),
            (None, _) if record.kind == RestoreKind::AsNew && record.is_open() => self.give_up(&record, reader, call),
            (None, _) if record.kind == RestoreKind::AsNew => Err(CommandError::new(
                Exit::Failed,
                format!("restore {id} made no draft; there is nothing to take back"),
            )),
            _ => Err(CommandError::new(Exit::Failed, format!("restore {id} deleted a draft, which never comes back"))
                .hint(format!("What it said can: draftkeep restore '#{}@{}' --as-new", record.draft, record.version))),
        }
    }

    /// Takes back what was cut off before the platform was asked for a draft: no more than the record of it.
    fn give_up(&self, record: &RestoreRecord, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let account = lookup::configured(&config, &record.account)?;
        let source = source(reader, record.draft, record.version)?;
        let id = record.id;
        let plan = json!({"kind": "undo", "undoes": id.0, "account": record.account, "deletes": null});
        if !self.apply {
            nothing_done(call);
            return tell(&plan, &Value::Null, None, call);
        }
        let work = async |target: &Target<'_>| restore::give_up_new(id, &source, target).await;
        let draft = DraftPlan::new(&source, &account.name, &Choices::default())?;
        let ended = at(account, &config, call, work)?;
        if ended.map_err(|failure| explained(failure, "nothing was taken back", &draft, &source))? {
            call.ui.status(&format!("Restore {id} has ended: it had made no draft"));
            return tell(&plan, &Value::Null, None, call);
        }
        Err(CommandError::new(Exit::Failed, format!("nobody knows whether restore {id} made its draft"))
            .hint(format!("Find out first: draftkeep restore --resume {id} --apply")))
    }

    /// Deletes the draft that a restore made.
    fn delete_again(
        &self,
        record: &RestoreRecord,
        made: &Source,
        expected: Hash,
        call: &Call,
    ) -> Result<Exit, CommandError> {
        let config = call.configuration()?;
        let account = lookup::configured(&config, &record.account)?;
        let (id, media_id) = (record.id, &made.draft.media_id);
        let told = format!(
            "Plan: the draft {media_id} of {}, which restore {id} made, is deleted from the draft box; #{}@{} keeps what it says\n",
            record.account, made.draft.id, made.version.number
        );
        let plan = json!({"kind": "undo", "undoes": id.0, "account": record.account, "deletes": media_id});
        if !call.ui.json {
            call.ui.text(&told)?;
        }
        if !self.apply {
            nothing_done(call);
            return tell(&plan, &Value::Null, None, call);
        }
        let work = async |target: &Target<'_>| restore::undo_new(id, made, expected, target).await;
        let draft = DraftPlan::new(made, &account.name, &Choices::default())?;
        let deleted = at(account, &config, call, work)?
            .map_err(|failure| explained(failure, "nothing was deleted", &draft, made))?;
        call.ui.status(&format!("Deleted: {} of {}", deleted.media_id, record.account));
        tell(&plan, &json!(deleted.media_id), Some(deleted.id), call)
    }

    pub(super) fn resume(&self, id: i64, reader: &Reader, call: &Call) -> Result<Exit, CommandError> {
        let record = record(reader, id)?;
        if !record.is_open() {
            let message = format!("restore {id} has ended: {}", record.outcome);
            return Err(CommandError::new(Exit::Failed, message).hint("There is nothing to resume"));
        }
        if !call.ui.json {
            call.ui.text(&format!("Plan: {}, goes on\n", in_words(&record)))?;
        }
        let choices = Choices::from_json(&record.choices).map_err(|error| {
            CommandError::new(
                Exit::Damaged,
                format!("what restore {id} was told to do cannot be read, so it does not go on"),
            )
            .because(&error)
            .hint(format!("Take it back: draftkeep restore --undo {id}; then begin it anew"))
        })?;
        match (record.kind, record.before) {
            (RestoreKind::AsNew, _) => {
                let source = source(reader, record.draft, record.version)?;
                self.resume_new_draft(&source, &choices, &record.account, call)
            }
            (_, Some(before)) if self.apply => {
                let source = source(reader, record.draft, record.version)?;
                let before = reader.document(&reader.version(record.draft, before)?)?;
                let over = Over { source: &source, choices, undoes: record.undoes, expected: None };
                over.resume(record.id, &before, call)
            }
            (_, None) if self.apply => match record.undoes {
                Some(undoes) => self.undo(undoes.0, reader, call),
                None => Err(CommandError::new(Exit::Failed, format!("restore {id} cannot be resumed"))),
            },
            _ => {
                nothing_done(call);
                Ok(Exit::Done)
            }
        }
    }
}

/// Returns what a restore in place left in its draft, as far as that was read back. Where it was cut off, nothing was: then it
/// is what the draft said before.
fn left_by(record: &RestoreRecord, source: &Source, reader: &Reader) -> Result<Option<Version>, CommandError> {
    if let Some((draft, number)) = record.result {
        return Ok(Some(reader.version(draft, number)?));
    }
    let ended = record.finished_at.unwrap_or(record.started_at);
    for number in reader.version_numbers(record.draft)? {
        let version = lookup::version(reader, &source.draft, number)?;
        if version.observed_at <= ended {
            return Ok(Some(version));
        }
    }
    Ok(None)
}

/// A draft is deleted only where it says still what the restore left, and here nobody knows what that was.
fn unread(record: &RestoreRecord) -> CommandError {
    let made = record.media_id.as_ref().map_or("", |media_id| media_id.as_str());
    let message = format!("the draft {made} that restore {} made was never read back", record.id);
    CommandError::new(Exit::Failed, message)
        .hint("Nobody knows whether somebody has worked on it, so it is not deleted; delete it at mp.weixin.qq.com")
}

fn tell(plan: &Value, media_id: &Value, id: Option<RestoreId>, call: &Call) -> Result<Exit, CommandError> {
    if call.ui.json {
        let mut told = document(plan, id.is_some(), media_id, &Value::Null);
        told["restore"] = json!(id.map(|id| id.0));
        call.ui.document(&told)?;
    }
    Ok(Exit::Done)
}

fn record(reader: &Reader, id: i64) -> Result<RestoreRecord, CommandError> {
    reader.restore(RestoreId(id))?.ok_or_else(|| {
        CommandError::new(Exit::NotFound, format!("there is no restore {id}"))
            .hint("See which there are: draftkeep sql 'SELECT * FROM restore_view'")
    })
}

fn source(reader: &Reader, draft: i64, number: u64) -> Result<Source, CommandError> {
    let filter = Filter { id: Some(draft), ..Filter::default() };
    let found: Option<Draft> = reader.drafts(&filter)?.pop();
    let draft = found.ok_or_else(|| CommandError::new(Exit::NotFound, format!("there is no draft #{draft}")))?;
    let version = lookup::version(reader, &draft, number)?;
    Ok(Source::read(reader, draft, version)?)
}

/// Names a restore that is on record.
pub(in crate::cli) fn in_words(record: &RestoreRecord) -> String {
    let RestoreRecord { id, draft, version, account, .. } = record;
    let what = match record.kind {
        RestoreKind::AsNew => format!("of #{draft}@{version} as a new draft of {account}"),
        RestoreKind::InPlace => format!("of #{draft}@{version} in place"),
        RestoreKind::Undo => format!("of #{draft}@{version}, which takes another back"),
    };
    format!("restore {id} {what}, begun at {}", local(record.started_at))
}

/// Says which restores were cut off, and what to do about them.
pub(super) fn warn_of_open(reader: &Reader, call: &Call) -> Result<(), CommandError> {
    for record in reader.open_restores()? {
        let id = record.id;
        call.ui.warning(&format!(
            "{} is not complete; to complete it: draftkeep restore --resume {id} --apply; to take it back: --undo {id}",
            in_words(&record)
        ));
    }
    Ok(())
}
