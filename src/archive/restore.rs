//! What was restored to a draft box: a row before the platform is asked, its end afterwards.

use rusqlite::{OptionalExtension, Transaction};

use super::fault::Fault;
use super::record::{AccountId, Writer, count};
use super::sighting::Sighting;
use super::{Error, Version, row, version};
use crate::model::{Calls, MediaId, Timestamp, rfc3339};

/// A restore's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreId(i64);

/// What became of the wish to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is written down; the platform may be asked.
    New(RestoreId),
    /// The same version was to go into the same draft box before, and nobody knows whether it did.
    Open(OpenRestore),
}

/// A restore that may have made a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRestore {
    pub id: RestoreId,
    pub started_at: Timestamp,
    /// Whether it never ended: it is at work, or was cut off. Else the platform's answer was lost.
    pub has_no_end: bool,
}

/// How a restore ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RestoreOutcome {
    /// The draft was made.
    Done(MediaId),
    /// None was.
    Failed,
    /// The platform's answer was lost, and the draft was not found.
    Unknown,
}

impl Writer {
    /// Writes down that a version is about to go into the draft box of an account, unless an earlier restore of it there
    /// is still open: of two that are begun at once, only one is new.
    pub fn begin_restore(&mut self, version: &Version, account: AccountId, now: Timestamp) -> Result<Begun, Error> {
        self.transaction(|transaction| {
            if let Some(open) = open(transaction, version, account)? {
                return Ok(Begun::Open(open));
            }
            transaction
                .prepare_cached("INSERT INTO restore (version, account, started_at) VALUES (?1, ?2, ?3)")?
                .execute((version.id, account.0, rfc3339(now)))?;
            Ok(Begun::New(RestoreId(transaction.last_insert_rowid())))
        })
    }

    /// Writes down how a restore ended, with what was read back of the draft that it made and the calls that it took.
    pub fn end_restore(
        &mut self,
        restore: RestoreId,
        account: AccountId,
        outcome: &RestoreOutcome,
        read_back: Option<&Sighting>,
        calls: &[Calls],
        now: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            count(transaction, account, calls)?;
            if let Some(sighting) = read_back {
                version::add(transaction, account, sighting)?;
            }
            let (word, media_id) = match outcome {
                RestoreOutcome::Done(media_id) => ("done", Some(media_id.as_str())),
                RestoreOutcome::Failed => ("failed", None),
                RestoreOutcome::Unknown => ("unknown", None),
            };
            transaction
                .prepare_cached("UPDATE restore SET outcome = ?2, media_id = ?3, finished_at = ?4 WHERE id = ?1")?
                .execute((restore.0, word, media_id, rfc3339(now)))?;
            Ok(())
        })
    }

    /// Returns the drafts of an account that were seen at an instant or before.
    pub fn seen_by(&mut self, account: AccountId, instant: Timestamp) -> Result<Vec<MediaId>, Error> {
        self.transaction(|transaction| {
            let ids = transaction
                .prepare_cached("SELECT media_id FROM draft WHERE account = ?1 AND first_seen <= ?2")?
                .query_map((account.0, rfc3339(instant)), |row| Ok(MediaId::new(row.get::<_, String>(0)?)))?
                .collect::<rusqlite::Result<_>>()?;
            Ok(ids)
        })
    }
}

fn open(transaction: &Transaction<'_>, version: &Version, account: AccountId) -> Result<Option<OpenRestore>, Fault> {
    let found = transaction
        .prepare_cached(
            "SELECT id, started_at, outcome = 'begun' FROM restore
             WHERE version = ?1 AND account = ?2 AND outcome IN ('begun', 'unknown') ORDER BY id LIMIT 1",
        )?
        .query_row((version.id, account.0), |row| {
            Ok(OpenRestore { id: RestoreId(row.get(0)?), started_at: row::instant(row, 1)?, has_no_end: row.get(2)? })
        })
        .optional()?;
    Ok(found)
}
