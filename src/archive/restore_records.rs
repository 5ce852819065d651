//! The restores on record, and what became of them.

use std::collections::HashSet;
use std::fmt;
use std::str::FromStr;

use rusqlite::{Connection, Row};

use super::error::Error;
use super::reader::{Reader, Version};
use super::{decode, migrate};
use crate::model::{AccountName, MediaId, Timestamp};

/// The first schema that knows restores.
const MIN_SCHEMA: i64 = 2;

/// The first schema that knows their kinds and steps.
pub(super) const MIN_SCHEMA_WITH_KINDS: i64 = 4;

/// A restore's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreId(pub i64);

impl fmt::Display for RestoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Where a restore goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreKind {
    /// Into a new draft.
    AsNew,
    /// Over what its draft says.
    InPlace,
    /// Back to before another restore.
    Undo,
}

impl RestoreKind {
    /// Returns the word that the archive has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AsNew => "as-new",
            Self::InPlace => "in-place",
            Self::Undo => "undo",
        }
    }
}

impl FromStr for RestoreKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::AsNew, Self::InPlace, Self::Undo].into_iter().find(|kind| kind.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is no kind of restore that this program knows"))
    }
}

/// How far a restore has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreState {
    /// It runs, or was interrupted.
    Begun,
    Done,
    /// Nothing was written.
    Failed,
    /// Some articles were written.
    Partly,
    /// The platform's answer was lost, and the draft was not found.
    Unknown,
}

impl RestoreState {
    const ALL: [Self; 5] = [Self::Begun, Self::Done, Self::Failed, Self::Partly, Self::Unknown];

    /// Returns the word that the archive has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Partly => "partly",
            Self::Unknown => "unknown",
        }
    }
}

impl FromStr for RestoreState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is no state of a restore that this program knows"))
    }
}

/// A restore that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreRecord {
    pub id: RestoreId,
    pub kind: RestoreKind,
    /// What went back out, as `ACCOUNT/#ID@N` names it.
    pub draft: i64,
    pub version: u64,
    /// Whose draft box it went into.
    pub account: String,
    pub started_at: Timestamp,
    /// `None` while it runs, and where it was cut off.
    pub finished_at: Option<Timestamp>,
    pub state: RestoreState,
    /// What the operator decided, as JSON.
    pub choices: String,
    /// The draft that says it now.
    pub media_id: Option<MediaId>,
    /// The number of the version that the draft had before, where it went in place.
    pub before: Option<u64>,
    /// The draft that was made, and the number of its version that the platform made of it.
    pub result: Option<(i64, u64)>,
    pub undoes: Option<RestoreId>,
}

impl RestoreRecord {
    /// Returns whether it was interrupted, or ended without being complete: it can be resumed or undone.
    pub fn is_open(&self) -> bool {
        matches!(self.state, RestoreState::Begun | RestoreState::Partly | RestoreState::Unknown)
    }

    /// Returns whether it is a drill, whose draft is deleted again.
    pub fn is_drill(&self) -> bool {
        is_of_drill(&self.choices)
    }

    /// Returns it as one that may have made a draft.
    pub fn unfinished(&self) -> UnfinishedRestore {
        let Self { id, started_at, finished_at, .. } = *self;
        let last_activity_at = finished_at.unwrap_or(started_at);
        UnfinishedRestore { id, started_at, last_activity_at, is_drill: self.is_drill() }
    }
}

/// What became of the wish to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BeginRestore {
    /// It is written down; the platform may be asked.
    Started(RestoreId),
    /// The same content was to go into the same draft box before, and nobody knows whether it did.
    Unfinished(UnfinishedRestore),
}

/// A restore that may have made a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnfinishedRestore {
    pub id: RestoreId,
    pub started_at: Timestamp,
    /// When it ended without an answer of the platform's; where it was cut off, when it began.
    pub last_activity_at: Timestamp,
    /// Whether it was a drill, whose draft is deleted again.
    pub is_drill: bool,
}

/// How a restore ended.
#[derive(Clone, Debug)]
pub enum RestoreOutcome {
    /// The draft was made.
    Done(MediaId),
    /// None was.
    Failed,
    /// Some articles were written, and the others not.
    Partial {
        /// What that left in the draft, where nobody else has saved it since.
        left: Option<Version>,
    },
    /// Some articles were written by an earlier attempt, and none by this one.
    StillPartial,
    /// The platform's answer was lost, and the draft was not found.
    Unknown,
}

/// A restore that made a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CompletedRestore {
    pub media_id: MediaId,
    pub finished_at: Timestamp,
}

impl Reader {
    /// Returns the drafts that restores of the same content made in the box of an account, and that are in it for all we
    /// know, the latest first.
    pub fn restored(&self, version: &Version, account: &AccountName) -> Result<Vec<CompletedRestore>, Error> {
        let schema = migrate::version(&self.connection, &self.path)?;
        if schema < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        // A draft that an undo deleted is not in the box, though no poll has seen that yet.
        let kind = if schema < MIN_SCHEMA_WITH_KINDS {
            ""
        } else {
            "restore.kind = 'as-new'
             AND NOT EXISTS (SELECT 1 FROM restore undo WHERE undo.undoes = restore.id AND undo.outcome = 'done') AND"
        };
        let restored = || -> rusqlite::Result<Vec<CompletedRestore>> {
            self.connection
                .prepare(&format!(
                    "SELECT restore.media_id, finished_at FROM restore
                     JOIN account ON account.id = restore.account AND account.name = ?2
                     JOIN version restored ON restored.id = restore.version
                     JOIN version this ON this.id = ?1 AND this.draft = restored.draft AND this.hash = restored.hash
                     WHERE outcome = 'done' AND {kind} NOT EXISTS (
                         SELECT 1 FROM draft
                         WHERE draft.account = restore.account AND draft.media_id = restore.media_id
                           AND state IN ('published', 'deleted', 'gone'))
                     ORDER BY restore.id DESC",
                ))?
                .query_map((version.id, account.as_str()), |row| {
                    Ok(CompletedRestore {
                        media_id: MediaId::new(row.get::<_, String>(0)?),
                        finished_at: decode::instant(row, 1)?,
                    })
                })?
                .collect()
        };
        restored().map_err(|error| Error::of(&self.path, &error))
    }
}

/// The columns of a [`RestoreRecord`].
const RECORD: &str =
    "SELECT restore.id, restore.kind, draft.id, version.number, target.name, restore.started_at, restore.outcome,
            restore.choices, restore.media_id, before.number, result.draft, result.number, restore.undoes,
            restore.finished_at
     FROM restore
     JOIN version ON version.id = restore.version
     JOIN draft ON draft.id = version.draft
     JOIN account target ON target.id = restore.account
     LEFT JOIN version before ON before.id = restore.before
     LEFT JOIN version result ON result.id = restore.result";

impl Reader {
    /// Returns a restore by its number.
    pub fn restore(&self, id: RestoreId) -> Result<Option<RestoreRecord>, Error> {
        Ok(self.records(&format!("restore.id = {id}"))?.pop())
    }

    /// Returns the restores that were cut off, or are not complete, the latest last.
    pub fn open_restores(&self) -> Result<Vec<RestoreRecord>, Error> {
        self.records(OPEN)
    }

    /// Returns the restore that has undone this one.
    pub fn undo_of(&self, restore: RestoreId) -> Result<Option<RestoreRecord>, Error> {
        Ok(self.records(&format!("restore.undoes = {restore} AND restore.outcome = 'done'"))?.pop())
    }

    /// Returns the restores that made a version of a draft, the latest last.
    pub fn restores_into(&self, draft: i64) -> Result<Vec<RestoreRecord>, Error> {
        self.records(&format!("result.draft = {draft}"))
    }

    /// Returns the drafts that restores made and their undos deleted.
    pub fn drafts_taken_back(&self) -> Result<HashSet<i64>, Error> {
        let condition = "restore.kind = 'as-new' AND EXISTS
             (SELECT 1 FROM restore AS undo WHERE undo.undoes = restore.id AND undo.outcome = 'done')";
        Ok(self.records(condition)?.into_iter().filter_map(|made| Some(made.result?.0)).collect())
    }

    /// Returns the drills whose draft may be in the box of their account still, the first of them first.
    pub fn drills_left(&self) -> Result<Vec<RestoreRecord>, Error> {
        let condition = "restore.kind = 'as-new' AND restore.outcome <> 'failed' AND NOT EXISTS
             (SELECT 1 FROM restore AS undo WHERE undo.undoes = restore.id AND undo.outcome = 'done')";
        Ok(self.records(condition)?.into_iter().filter(RestoreRecord::is_drill).collect())
    }

    fn records(&self, condition: &str) -> Result<Vec<RestoreRecord>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA_WITH_KINDS {
            return Ok(Vec::new());
        }
        records(&self.connection, condition).map_err(|error| Error::of(&self.path, &error))
    }
}

/// Returns whether these choices are those of a drill. What cannot be read says nothing.
pub(super) fn is_of_drill(choices: &str) -> bool {
    serde_json::from_str::<serde_json::Value>(choices).is_ok_and(|choices| choices["drill"] == true)
}

/// Which restores were cut off, or are not complete.
const OPEN: &str = "restore.outcome IN ('begun', 'partly', 'unknown')";

/// Returns the restores that were cut off, or are not complete, the latest last.
pub(super) fn open(connection: &Connection) -> rusqlite::Result<Vec<RestoreRecord>> {
    records(connection, OPEN)
}

fn records(connection: &Connection, condition: &str) -> rusqlite::Result<Vec<RestoreRecord>> {
    connection
        .prepare_cached(&format!("{RECORD} WHERE {condition} ORDER BY restore.id"))?
        .query_map((), record)?
        .collect()
}

fn record(row: &Row<'_>) -> rusqlite::Result<RestoreRecord> {
    let result: (Option<i64>, Option<u64>) = (row.get(10)?, row.get(11)?);
    Ok(RestoreRecord {
        id: RestoreId(row.get(0)?),
        kind: decode::word(row, 1)?,
        draft: row.get(2)?,
        version: row.get(3)?,
        account: row.get(4)?,
        started_at: decode::instant(row, 5)?,
        state: decode::word(row, 6)?,
        choices: row.get(7)?,
        media_id: row.get::<_, Option<String>>(8)?.map(MediaId::new),
        before: row.get(9)?,
        result: result.0.zip(result.1),
        undoes: row.get::<_, Option<i64>>(12)?.map(RestoreId),
        finished_at: decode::instant_or_null(row, 13)?,
    })
}
