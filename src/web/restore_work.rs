//! What a form on a page asks for, prepared as the command line does it, and carried out.

use serde_json::Value;

use super::restore_failure::{Failure, FailureKind};
use crate::archive::{PlanId, Reader, RestoreId, RestoreRecord};
use crate::config::Account;
use crate::json;
use crate::lookup;
use crate::model::Timestamp;
use crate::restore::{
    self, CurrentDraft, InPlaceRestore, NewDraftRestore, Report, RestoreContext, RestoreError, RestoreOptions,
    RestoreResult, Resume, Source, Undo,
};

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub(super) enum Action {
    NewDraft { draft: i64, version: u64, again: bool },
    InPlace { draft: i64, version: u64, plan: PlanId },
    Undo(RestoreId),
    Resume(RestoreId),
}

/// What is to be done, read from the archive.
pub(super) enum Work {
    NewDraft(NewDraftRestore, bool),
    ResumeNewDraft(NewDraftRestore),
    InPlace(InPlaceRestore, Option<PlanId>),
    ResumeInPlace(InPlaceRestore, RestoreId, CurrentDraft),
    Delete(RestoreRecord, Source),
    Abandon(RestoreRecord, Source),
}

/// What was done.
#[derive(Default)]
pub(super) struct Done {
    /// For programs.
    pub(super) document: Value,
    /// What was read back.
    pub(super) report: Option<Report>,
}

impl Done {
    fn new(document: Value, result: RestoreResult) -> Self {
        Self { document, report: result.report.ok() }
    }
}

/// Reads a version to restore.
pub(super) fn source(reader: &Reader, draft: i64, version: u64) -> Result<Source, Failure> {
    let filter = crate::archive::Filter { id: Some(draft), ..Default::default() };
    let draft = reader.drafts(&filter)?.pop();
    let draft = draft.ok_or_else(|| Failure::new(FailureKind::NotPossible, "there is no such draft"))?;
    let version = lookup::read_version(reader, &draft, version)?;
    Ok(Source::read(reader, draft, version)?)
}

/// Finds a configured account.
pub(super) fn account<'a>(accounts: &'a [Account], name: &str) -> Result<&'a Account, Failure> {
    let found = accounts.iter().find(|account| account.name.as_str() == name);
    found.ok_or_else(|| Failure::new(FailureKind::NotWatched, format!("the configuration has no account {name}")))
}

impl Work {
    /// Reads what an action needs, and the account that it goes to. Calls nothing.
    pub(super) fn prepare(
        action: Action,
        accounts: &[Account],
        reader: &Reader,
        now: Timestamp,
    ) -> Result<(Self, Account), Failure> {
        match action {
            Action::NewDraft { draft, version, again } => {
                let source = source(reader, draft, version)?;
                let target = account(accounts, &source.draft.account)?;
                let restore = NewDraftRestore::new(source, RestoreOptions::default(), target, reader, now)?;
                Ok((Self::NewDraft(restore, again), target.clone()))
            }
            Action::InPlace { draft, version, plan } => {
                let source = source(reader, draft, version)?;
                let target = account(accounts, &source.draft.account)?;
                let restore = InPlaceRestore::new(source, RestoreOptions::default(), target, reader, now)?;
                Ok((Self::InPlace(restore, Some(plan)), target.clone()))
            }
            Action::Undo(id) => Self::undo(restore::find_record(reader, id)?, accounts, reader, now),
            Action::Resume(id) => Self::resume(&restore::find_record(reader, id)?, accounts, reader, now),
        }
    }

    fn undo(
        record: RestoreRecord,
        accounts: &[Account],
        reader: &Reader,
        now: Timestamp,
    ) -> Result<(Self, Account), Failure> {
        let target = account(accounts, &record.account)?;
        let work = match Undo::of(&record, reader)? {
            Undo::PutBack { before, left } => {
                Self::InPlace(InPlaceRestore::undo(record.id, before, left, target, reader, now)?, None)
            }
            Undo::Delete { made } => Self::Delete(record, made),
            Undo::Abandon { source } => Self::Abandon(record, source),
        };
        Ok((work, target.clone()))
    }

    fn resume(
        record: &RestoreRecord,
        accounts: &[Account],
        reader: &Reader,
        now: Timestamp,
    ) -> Result<(Self, Account), Failure> {
        let target = account(accounts, &record.account)?;
        let work = match Resume::of(record, reader)? {
            Resume::NewDraft { source, options } => {
                Self::ResumeNewDraft(NewDraftRestore::for_resume(source, options, target)?)
            }
            Resume::InPlace { source, options, before } => {
                let restore = match record.undoes {
                    Some(undone) => InPlaceRestore::undo(undone, source, None, target, reader, now)?,
                    None => InPlaceRestore::new(source, options, target, reader, now)?,
                };
                Self::ResumeInPlace(restore, record.id, before)
            }
            Resume::Undo(undone) => return Self::undo(undone, accounts, reader, now),
        };
        Ok((work, target.clone()))
    }

    /// Carries it out.
    pub(super) async fn carry_out(self, context: &RestoreContext<'_>) -> Result<Done, Failure> {
        Ok(match self {
            Self::NewDraft(restore, again) => {
                let result = restore.apply(again, context).await?;
                Done::new(json::restored_as_new(&restore, Some(&result)), result)
            }
            Self::ResumeNewDraft(restore) => {
                let result = restore.resume(context).await?;
                Done::new(json::restored_as_new(&restore, Some(&result)), result)
            }
            Self::InPlace(restore, plan) => {
                let failed: fn(RestoreError) -> Failure =
                    if restore.undoes.is_some() { Failure::of_put_back } else { Failure::from };
                let result = restore.apply(plan, context).await.map_err(failed)?;
                Done::new(json::restored_in_place(&restore, Some(&result)), result)
            }
            Self::ResumeInPlace(restore, id, before) => {
                let result = restore.resume(id, &before, context).await.map_err(Failure::of_completion)?;
                Done::new(json::restored_in_place(&restore, Some(&result)), result)
            }
            Self::Delete(record, made) => {
                let result = restore::delete_new(record.id, &made, context).await.map_err(Failure::of_delete)?;
                Done { document: json::undone(&record, Some(&made.draft.media_id), true, Some(&result)), report: None }
            }
            Self::Abandon(record, source) => match restore::abandon_new(record.id, &source, context).await? {
                true => Done { document: json::undone(&record, None, true, None), report: None },
                false => {
                    let detail = format!("nobody knows whether restore {} made its draft", record.id);
                    return Err(Failure::new(FailureKind::CompleteFirst, detail));
                }
            },
        })
    }
}
