//! Restores that are on record: what undoing or resuming one means.

use super::draft_box::CurrentDraft;
use super::payload::RestoreOptions;
use super::source::Source;
use crate::archive::{self, Filter, Reader, RestoreId, RestoreKind, RestoreRecord, RestoreState, Version};
use crate::lookup::{self, LookupError};
use crate::model::{MediaId, Timestamp};

/// What undoes a restore.
#[derive(Debug)]
pub enum Undo {
    /// The content from before goes over the draft again; see [`InPlaceRestore::undo`](super::InPlaceRestore::undo).
    PutBack {
        before: Source,
        /// What the restore left in the draft, as far as that is known.
        left: Option<Version>,
    },
    /// The draft that it made is deleted; see [`delete_new`](super::delete_new).
    Delete { made: Source },
    /// It was interrupted before the platform was called: only its record is ended; see [`abandon_new`](super::abandon_new).
    Abandon { source: Source },
}

/// What completes an interrupted restore.
#[derive(Debug)]
pub enum Resume {
    /// See [`NewDraftRestore::resume`](super::NewDraftRestore::resume).
    NewDraft { source: Source, options: RestoreOptions },
    /// See [`InPlaceRestore::resume`](super::InPlaceRestore::resume).
    InPlace { source: Source, options: RestoreOptions, before: CurrentDraft },
    /// It was the undo of this restore, which is undone again.
    Undo(RestoreRecord),
}

/// Why a restore on record cannot be undone or resumed.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    #[error("there is no restore {0}")]
    NoSuchRestore(RestoreId),
    #[error("there is no draft {0}")]
    NoSuchDraft(i64),
    #[error("restore {0} made no draft; there is nothing to take back")]
    NothingMade(RestoreId),
    /// A draft is deleted only if it still has what the restore left, and that is not known.
    #[error("the draft {media_id} that restore {id} made was never read back")]
    NeverReadBack { id: RestoreId, media_id: MediaId },
    /// A deleted draft cannot be brought back; its content can.
    #[error("restore {id} deleted a draft, which never comes back")]
    DraftDeleted { id: RestoreId, draft: i64, version: u64 },
    #[error("restore {id} has ended: {}", .state.as_str())]
    HasEnded { id: RestoreId, state: RestoreState },
    #[error("what restore {id} was told to do cannot be read, so it does not go on")]
    UnreadableOptions { id: RestoreId, account: String, source: serde_json::Error },
    #[error("restore {0} cannot be resumed")]
    NotResumable(RestoreId),
    #[error(transparent)]
    Lookup(#[from] LookupError),
}

impl From<archive::Error> for RecordError {
    fn from(error: archive::Error) -> Self {
        Self::Lookup(error.into())
    }
}

/// Finds a restore by its number.
///
/// # Errors
///
/// [`RecordError::NoSuchRestore`]; or if the archive cannot be read.
pub fn find_record(reader: &Reader, id: RestoreId) -> Result<RestoreRecord, RecordError> {
    reader.restore(id)?.ok_or(RecordError::NoSuchRestore(id))
}

impl Undo {
    /// Returns what undoes a restore. Calls nothing.
    ///
    /// # Errors
    ///
    /// If it cannot be undone; see [`RecordError`].
    pub fn of(record: &RestoreRecord, reader: &Reader) -> Result<Self, RecordError> {
        let id = record.id;
        match (record.before, record.kind, record.result, &record.media_id) {
            (Some(before), ..) => {
                let before = read_source(reader, record.draft, before)?;
                let left = left_by(record, &before, reader)?;
                Ok(Self::PutBack { before, left })
            }
            (None, RestoreKind::AsNew, Some((draft, number)), _) => {
                Ok(Self::Delete { made: read_source(reader, draft, number)? })
            }
            (None, RestoreKind::AsNew, None, Some(media_id)) => {
                Err(RecordError::NeverReadBack { id, media_id: media_id.clone() })
            }
            (None, RestoreKind::AsNew, None, None) if record.is_open() => {
                Ok(Self::Abandon { source: read_source(reader, record.draft, record.version)? })
            }
            (None, RestoreKind::AsNew, None, None) => Err(RecordError::NothingMade(id)),
            (None, RestoreKind::InPlace | RestoreKind::Undo, ..) => {
                Err(RecordError::DraftDeleted { id, draft: record.draft, version: record.version })
            }
        }
    }
}

impl Resume {
    /// Returns what completes an interrupted restore. Calls nothing.
    ///
    /// # Errors
    ///
    /// If it has ended, or its record cannot be read; see [`RecordError`].
    pub fn of(record: &RestoreRecord, reader: &Reader) -> Result<Self, RecordError> {
        if !record.is_open() {
            return Err(RecordError::HasEnded { id: record.id, state: record.state });
        }
        let options = options(record)?;
        let source = || read_source(reader, record.draft, record.version);
        match (record.kind, record.before, record.undoes) {
            (RestoreKind::AsNew, ..) => Ok(Self::NewDraft { source: source()?, options }),
            (_, Some(before), _) => {
                let version = reader.version(record.draft, before)?;
                let before = CurrentDraft { draft: record.draft, document: reader.document(&version)?, version };
                Ok(Self::InPlace { source: source()?, options, before })
            }
            (_, None, Some(undone)) => Ok(Self::Undo(find_record(reader, undone)?)),
            (_, None, None) => Err(RecordError::NotResumable(record.id)),
        }
    }
}

/// Returns the version that a restore sends, and what the operator decided.
///
/// # Errors
///
/// If its record cannot be read; see [`RecordError`].
pub fn restored_source(record: &RestoreRecord, reader: &Reader) -> Result<(Source, RestoreOptions), RecordError> {
    Ok((read_source(reader, record.draft, record.version)?, options(record)?))
}

fn options(record: &RestoreRecord) -> Result<RestoreOptions, RecordError> {
    RestoreOptions::from_json(&record.choices).map_err(|source| RecordError::UnreadableOptions {
        id: record.id,
        account: record.account.clone(),
        source,
    })
}

/// Returns what a restore in place left in its draft, as far as that is known. An interrupted one may have written nothing yet.
/// After one that ended without reading the draft, a version may be what somebody else has saved.
fn left_by(record: &RestoreRecord, before: &Source, reader: &Reader) -> Result<Option<Version>, RecordError> {
    match record.result {
        Some((draft, number)) => Ok(Some(reader.version(draft, number)?)),
        None if record.finished_at.is_none() => Ok(Some(before.version.clone())),
        None => Ok(None),
    }
}

fn read_source(reader: &Reader, draft: i64, number: u64) -> Result<Source, RecordError> {
    let filter = Filter { id: Some(draft), ..Filter::default() };
    let draft = reader.drafts(&filter)?.pop().ok_or(RecordError::NoSuchDraft(draft))?;
    let version = lookup::read_version(reader, &draft, number)?;
    Ok(Source::read(reader, draft, version)?)
}

/// Names a restore that is on record; `time` formats a time.
pub fn describe(record: &RestoreRecord, time: &dyn Fn(Timestamp) -> String) -> String {
    let RestoreRecord { id, draft, version, account, .. } = record;
    let what = match record.kind {
        RestoreKind::AsNew => format!("of {draft}@{version} as a new draft of {account}"),
        RestoreKind::InPlace => format!("of {draft}@{version} in place"),
        RestoreKind::Undo => format!("of {draft}@{version}, which takes another back"),
    };
    let restore = if record.is_drill() { "drill" } else { "restore" };
    format!("{restore} {id} {what}, begun at {}", time(record.started_at))
}
