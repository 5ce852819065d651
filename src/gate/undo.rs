//! Takes a write back, by its number.

use super::request::{Caller, GateRequest, Rights};
use crate::archive::{
    Filter, GateRecord, GateState, Reader, RestoreId, RestoreRecord, RestoreState, Version, WriteId, WriteOrigin,
};
use crate::config::Account;
use crate::lookup::{self, LookupError};
use crate::model::{GateAction, MediaId, Timestamp};
use crate::restore::{InPlaceRestore, NewDraftRestore, RestoreError, RestoreOptions, Source};

/// What takes a write back.
#[derive(Debug)]
pub enum Undo {
    /// It is a restore, or began one; see [`restore::Undo`](crate::restore::Undo).
    Restore(RestoreRecord),
    /// An update: what the draft said before goes over it again.
    PutBack(GateRecord, Box<InPlaceRestore>),
    /// A new draft: it is deleted, if it is what was read back then. The request is for [`write`](super::write()), with [`Caller::operator`].
    Delete(GateRecord, GateRequest),
    /// A deletion: the content comes back as a new draft, for a deleted one never does.
    NewDraft(GateRecord, Box<NewDraftRestore>),
}

/// Why a write cannot be taken back.
#[derive(Debug, thiserror::Error)]
pub enum UndoError {
    #[error("there is no write and no restore {0}")]
    NoSuchWrite(i64),
    #[error("write {id} wrote nothing: {}", .state.as_str())]
    NothingWritten { id: WriteId, state: GateState },
    #[error("write {id} was taken back already, by restore {by}")]
    TakenBack { id: WriteId, by: RestoreId },
    /// A draft is deleted only if it still is what the write made, and that is not known.
    #[error("the draft that write {0} made was never read back")]
    NeverReadBack(WriteId),
    #[error("what write {0} was about is not in the archive any more")]
    NotKept(WriteId),
    #[error("the configuration has no account {0}")]
    NoAccount(String),
    #[error(transparent)]
    Plan(#[from] RestoreError),
    #[error(transparent)]
    Lookup(#[from] LookupError),
}

impl From<crate::archive::Error> for UndoError {
    fn from(error: crate::archive::Error) -> Self {
        Self::Lookup(error.into())
    }
}

impl Caller {
    /// A person who takes a write back.
    pub fn operator(user: String) -> Self {
        let origin = WriteOrigin { who: user, program: "draftkeep".to_owned(), note: "undo".to_owned() };
        Self { origin, rights: Rights::Operator }
    }
}

impl Undo {
    /// Returns what takes a write or a restore back. Calls nothing.
    ///
    /// # Errors
    ///
    /// If it cannot be taken back; see [`UndoError`].
    pub fn of(id: i64, accounts: &[Account], reader: &Reader, now: Timestamp) -> Result<Self, UndoError> {
        let Some(record) = reader.gate_write(WriteId(id))? else {
            let restore = reader.restore(RestoreId(id))?;
            return restore.map(Self::Restore).ok_or(UndoError::NoSuchWrite(id));
        };
        let (id, state) = (record.id, record.state);
        if let (GateAction::Restore, Some(restore)) = (record.action, record.restore) {
            let restore = reader.restore(restore)?.ok_or(UndoError::NoSuchWrite(id.0))?;
            return Ok(Self::Restore(restore));
        }
        if let Some(by) = record.restore
            && reader.restore(by)?.is_some_and(|restore| restore.state == RestoreState::Done)
        {
            return Err(UndoError::TakenBack { id, by });
        }
        let may_be_there = matches!(state, GateState::Begun | GateState::Done | GateState::Partly | GateState::Unknown);
        if !may_be_there || record.action == GateAction::Restore {
            return Err(UndoError::NothingWritten { id, state });
        }
        let account = accounts.iter().find(|account| account.name.as_str() == record.account);
        let account = account.ok_or_else(|| UndoError::NoAccount(record.account.clone()))?;
        match record.action {
            GateAction::Create => delete(record, reader),
            GateAction::Update => {
                let before = before(&record, reader)?;
                let left = left(&record, reader)?;
                let restore = InPlaceRestore::put_back(id, before, left, account, reader, now)?;
                Ok(Self::PutBack(record, Box::new(restore)))
            }
            GateAction::Delete | GateAction::Restore => {
                let before = before(&record, reader)?;
                let mut restore = NewDraftRestore::new(before, RestoreOptions::default(), account, reader, now)?;
                restore.takes_back = Some(id);
                Ok(Self::NewDraft(record, Box::new(restore)))
            }
        }
    }
}

/// Returns the content from before a write.
fn before(record: &GateRecord, reader: &Reader) -> Result<Source, UndoError> {
    let (draft, number) = record.draft.zip(record.before).ok_or(UndoError::NotKept(record.id))?;
    let filter = Filter { id: Some(draft), ..Filter::default() };
    let draft = reader.drafts(&filter)?.pop().ok_or(UndoError::NotKept(record.id))?;
    let version = lookup::read_version(reader, &draft, number)?;
    Ok(Source::read(reader, draft, version)?)
}

/// Returns what an update left in the draft, as far as that is known. An interrupted one may have written nothing yet.
fn left(record: &GateRecord, reader: &Reader) -> Result<Option<Version>, UndoError> {
    let number = record.result.or(record.before.filter(|_| record.state == GateState::Begun));
    let Some((draft, number)) = record.draft.zip(number) else { return Ok(None) };
    Ok(Some(reader.version(draft, number)?))
}

fn delete(record: GateRecord, reader: &Reader) -> Result<Undo, UndoError> {
    let made = record.draft.zip(record.result).zip(record.media_id.clone());
    let Some(((draft, number), media_id)) = made else { return Err(UndoError::NeverReadBack(record.id)) };
    let expected = Some(reader.version(draft, number)?.hash);
    let request = GateRequest::Delete { media_id: MediaId::new(media_id.as_str()), expected };
    Ok(Undo::Delete(record, request))
}
