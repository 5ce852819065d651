//! What was restored to a draft box: a row before the platform is asked, its end afterwards.

use rusqlite::{OptionalExtension, Transaction};

use super::fault::Fault;
use super::record::{AccountId, Writer, count};
use super::sighting::Sighting;
use super::{Error, Reader, Version, document, migrate, row, version};
use crate::model::{AccountName, Calls, MediaId, Timestamp, rfc3339};

/// The first schema that knows restores.
const SCHEMA: i64 = 2;

/// A restore's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RestoreId(i64);

/// What became of the wish to restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// It is written down; the platform may be asked.
    New(RestoreId),
    /// The same content was to go into the same draft box before, and nobody knows whether it did.
    Open(OpenRestore),
}

/// A restore that may have made a draft.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpenRestore {
    pub id: RestoreId,
    pub started_at: Timestamp,
    /// When it ended without an answer of the platform's; where it was cut off, when it began.
    pub last_heard_of: Timestamp,
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

/// A restore that made a draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRestore {
    pub media_id: MediaId,
    pub finished_at: Timestamp,
}

impl Reader {
    /// Returns the drafts that restores of the same content made in the box of an account, and that are in it for all we
    /// know, the latest first.
    pub fn restored(&self, version: &Version, account: &AccountName) -> Result<Vec<PastRestore>, Error> {
        if migrate::version(&self.connection, &self.path)? < SCHEMA {
            return Ok(Vec::new());
        }
        let restored = || -> rusqlite::Result<Vec<PastRestore>> {
            self.connection
                .prepare(
                    "SELECT restore.media_id, finished_at FROM restore
                     JOIN account ON account.id = restore.account AND account.name = ?2
                     JOIN version restored ON restored.id = restore.version
                     JOIN version this ON this.id = ?1 AND this.draft = restored.draft AND this.hash = restored.hash
                     WHERE outcome = 'done' AND NOT EXISTS (
                         SELECT 1 FROM draft
                         WHERE draft.account = restore.account AND draft.media_id = restore.media_id
                           AND state IN ('published', 'deleted', 'gone'))
                     ORDER BY restore.id DESC",
                )?
                .query_map((version.id, account.as_str()), |row| {
                    Ok(PastRestore {
                        media_id: MediaId::new(row.get::<_, String>(0)?),
                        finished_at: row::instant(row, 1)?,
                    })
                })?
                .collect()
        };
        restored().map_err(|error| Error::of(&self.path, &error))
    }
}

impl Writer {
    /// Writes down that a version is about to go into the draft box of an account, unless an earlier restore of the same
    /// content there is still open.
    pub fn begin_restore(&mut self, version: &Version, account: AccountId, now: Timestamp) -> Result<Begun, Error> {
        self.transaction(|transaction| {
            if let Some(open) = open(transaction, version, account)? {
                return Ok(Begun::Open(open));
            }
            transaction
                .prepare_cached(
                    "INSERT INTO restore (kind, version, account, started_at) VALUES ('as-new', ?1, ?2, ?3)",
                )?
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

    /// Finds a draft of an account, first seen after an instant, of which `is_it` knows a version by its document.
    pub fn find_since(
        &mut self,
        account: AccountId,
        instant: Timestamp,
        is_it: impl Fn(&MediaId, &[u8]) -> bool,
    ) -> Result<Option<MediaId>, Error> {
        self.transaction(|transaction| {
            let mut versions = transaction.prepare_cached(
                "SELECT draft.media_id, version.id FROM draft JOIN version ON version.draft = draft.id
                 WHERE draft.account = ?1 AND draft.first_seen > ?2 ORDER BY version.id",
            )?;
            let mut rows = versions.query((account.0, rfc3339(instant)))?;
            while let Some(row) = rows.next()? {
                let media_id = MediaId::new(row.get::<_, String>(0)?);
                if is_it(&media_id, &document::load_received(transaction, row.get(1)?)?) {
                    return Ok(Some(media_id));
                }
            }
            Ok(None)
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
            "SELECT restore.id, started_at, coalesce(finished_at, started_at) FROM restore
             JOIN version restored ON restored.id = restore.version
             JOIN version this ON this.id = ?1 AND this.draft = restored.draft AND this.hash = restored.hash
             WHERE restore.account = ?2 AND outcome IN ('begun', 'unknown') ORDER BY restore.id LIMIT 1",
        )?
        .query_row((version.id, account.0), |row| {
            Ok(OpenRestore {
                id: RestoreId(row.get(0)?),
                started_at: row::instant(row, 1)?,
                last_heard_of: row::instant(row, 2)?,
            })
        })
        .optional()?;
    Ok(found)
}
