//! What was restored to a draft box: a row before the platform is asked, its end afterwards.

use std::fmt;

use rusqlite::{OptionalExtension, Row, Transaction};

use super::error::Error;
use super::fault::Fault;
use super::observation::Observation;
use super::reader::{Reader, Version};
use super::usage::add_usage;
use super::writer::{AccountId, Writer};
use super::{decode, document, migrate, reader, version};
use crate::model::{AccountName, ApiUsage, MediaId, Timestamp, rfc3339};

/// The first schema that knows restores.
const MIN_SCHEMA: i64 = 2;

/// The first schema that knows their kinds and steps.
const MIN_SCHEMA_WITH_KINDS: i64 = 4;

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
    /// `begun`, `done`, `failed`, `partly` or `unknown`.
    pub outcome: String,
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
    /// Tells whether it was cut off, or ended without being complete: it can be resumed, or taken back.
    pub fn is_open(&self) -> bool {
        ["begun", "partly", "unknown"].contains(&self.outcome.as_str())
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
        let kind = if schema < MIN_SCHEMA_WITH_KINDS { "" } else { "restore.kind = 'as-new' AND" };
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
        self.records("restore.outcome IN ('begun', 'partly', 'unknown')")
    }

    /// Returns the restores that made a version of a draft, the latest last.
    pub fn restores_into(&self, draft: i64) -> Result<Vec<RestoreRecord>, Error> {
        self.records(&format!("result.draft = {draft}"))
    }

    fn records(&self, condition: &str) -> Result<Vec<RestoreRecord>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA_WITH_KINDS {
            return Ok(Vec::new());
        }
        let records = || -> rusqlite::Result<Vec<RestoreRecord>> {
            self.connection
                .prepare_cached(&format!("{RECORD} WHERE {condition} ORDER BY restore.id"))?
                .query_map((), record)?
                .collect()
        };
        records().map_err(|error| Error::of(&self.path, &error))
    }
}

fn record(row: &Row<'_>) -> rusqlite::Result<RestoreRecord> {
    let kinds = [RestoreKind::AsNew, RestoreKind::InPlace, RestoreKind::Undo];
    let kind: String = row.get(1)?;
    let result: (Option<i64>, Option<u64>) = (row.get(10)?, row.get(11)?);
    Ok(RestoreRecord {
        id: RestoreId(row.get(0)?),
        kind: kinds
            .into_iter()
            .find(|each| each.as_str() == kind)
            .ok_or_else(|| decode::not_a_word(1, format!("{kind:?} is no kind of restore that this program knows")))?,
        draft: row.get(2)?,
        version: row.get(3)?,
        account: row.get(4)?,
        started_at: decode::instant(row, 5)?,
        outcome: row.get(6)?,
        choices: row.get(7)?,
        media_id: row.get::<_, Option<String>>(8)?.map(MediaId::new),
        before: row.get(9)?,
        result: result.0.zip(result.1),
        undoes: row.get::<_, Option<i64>>(12)?.map(RestoreId),
        finished_at: decode::instant_or_null(row, 13)?,
    })
}

impl Writer {
    /// Writes down that a version is about to go into the draft box of an account, unless an earlier restore of the same
    /// content there is still open.
    pub fn begin_restore(
        &mut self,
        version: &Version,
        account: AccountId,
        choices: &str,
        now: Timestamp,
    ) -> Result<BeginRestore, Error> {
        self.transaction(|transaction| {
            if let Some(open) = open(transaction, version, account)? {
                return Ok(BeginRestore::Unfinished(open));
            }
            transaction
                .prepare_cached(
                    "INSERT INTO restore (id, kind, version, account, choices, started_at)
                     VALUES ((SELECT coalesce(max(id), 0) + 1 FROM restore), 'as-new', ?1, ?2, ?3, ?4)",
                )?
                .execute((version.id, account.0, choices, rfc3339(now)))?;
            Ok(BeginRestore::Started(RestoreId(transaction.last_insert_rowid())))
        })
    }

    /// Writes down that a version is about to go over what a draft says, which is the version `before`; or that another
    /// restore is about to be taken back.
    pub fn begin_overwrite(
        &mut self,
        version: &Version,
        account: AccountId,
        before: Option<&Version>,
        (choices, undoes): (&str, Option<RestoreId>),
        now: Timestamp,
    ) -> Result<RestoreId, Error> {
        let kind = if undoes.is_some() { RestoreKind::Undo } else { RestoreKind::InPlace };
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO restore (id, kind, version, account, choices, before, undoes, started_at)
                     VALUES ((SELECT coalesce(max(id), 0) + 1 FROM restore), ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .execute((
                    kind.as_str(),
                    version.id,
                    account.0,
                    choices,
                    before.map(|before| before.id),
                    undoes.map(|undoes| undoes.0),
                    rfc3339(now),
                ))?;
            Ok(RestoreId(transaction.last_insert_rowid()))
        })
    }

    /// Returns the newest version of a draft; `None` where the draft is not known.
    pub fn newest_version(&mut self, account: AccountId, media_id: &MediaId) -> Result<Option<Version>, Error> {
        self.connection
            .prepare_cached(
                "SELECT version.id, version.number, hash, observed_at, version.update_time, articles, title, canon
                 FROM version JOIN draft ON draft.id = version.draft
                 WHERE draft.account = ?1 AND media_id = ?2 AND typeof(number) = 'integer' AND number >= 1
                 ORDER BY version.number DESC LIMIT 1",
            )
            .and_then(|mut query| query.query_row((account.0, media_id.as_str()), reader::version).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Writes down how a restore ended, with what was read back of the draft that it made and the calls that it took. Returns the
    /// draft that was read back, and the number of its version.
    pub fn end_restore(
        &mut self,
        restore: RestoreId,
        account: AccountId,
        outcome: &RestoreOutcome,
        read_back: Option<&Observation>,
        calls: &[ApiUsage],
        now: Timestamp,
    ) -> Result<Option<(i64, u64)>, Error> {
        let ended = self.transaction_beside_damage(|transaction, older| {
            add_usage(transaction, account, calls)?;
            if let Some(sighting) = read_back {
                version::add(transaction, account, sighting, older)?;
            }
            let (word, media_id) = match outcome {
                RestoreOutcome::Done(media_id) => ("done", Some(media_id.as_str())),
                RestoreOutcome::Failed => ("failed", None),
                RestoreOutcome::Partial { .. } | RestoreOutcome::StillPartial => ("partly", None),
                RestoreOutcome::Unknown => ("unknown", None),
            };
            let result = match outcome {
                RestoreOutcome::Done(media_id) if read_back.is_some() => newest(transaction, account, media_id)?,
                RestoreOutcome::Partial { left } => left.as_ref().map(|left| left.id),
                RestoreOutcome::StillPartial => result_of(transaction, restore)?,
                _ => None,
            };
            transaction
                .prepare_cached(
                    "UPDATE restore SET outcome = ?2, media_id = ?3, finished_at = ?4, result = ?5 WHERE id = ?1",
                )?
                .execute((restore.0, word, media_id, rfc3339(now), result))?;
            if media_id.is_some() {
                close_undone(transaction, restore, now)?;
            }
            Ok(kept_as(transaction, restore)?)
        });
        let (result, damage) = ended?;
        if let Some(damage) = damage {
            tracing::warn!(%damage, "the version before the one that was read back is damaged");
        }
        Ok(result)
    }

    /// Finds a draft of an account, first seen after an instant, of which `is_it` knows a version by its document.
    pub fn find_draft_created_after(
        &mut self,
        account: AccountId,
        instant: Timestamp,
        is_it: impl Fn(&MediaId, &[u8]) -> bool,
    ) -> Result<Option<MediaId>, Error> {
        let find = || -> Result<Option<MediaId>, Fault> {
            let mut versions = self.connection.prepare_cached(
                "SELECT draft.media_id, version.id FROM draft JOIN version ON version.draft = draft.id
                 WHERE draft.account = ?1 AND draft.first_seen > ?2 ORDER BY version.id",
            )?;
            let mut rows = versions.query((account.0, rfc3339(instant)))?;
            while let Some(row) = rows.next()? {
                let media_id = MediaId::new(row.get::<_, String>(0)?);
                if is_it(&media_id, &document::load_raw(&self.connection, row.get(1)?)?) {
                    return Ok(Some(media_id));
                }
            }
            Ok(None)
        };
        find().map_err(|fault| fault.into_error(&self.path))
    }

    /// Returns the drafts of an account that were seen at an instant or before.
    pub fn drafts_first_seen_before(&mut self, account: AccountId, instant: Timestamp) -> Result<Vec<MediaId>, Error> {
        let seen = || -> rusqlite::Result<Vec<MediaId>> {
            self.connection
                .prepare_cached("SELECT media_id FROM draft WHERE account = ?1 AND first_seen <= ?2")?
                .query_map((account.0, rfc3339(instant)), |row| Ok(MediaId::new(row.get::<_, String>(0)?)))?
                .collect()
        };
        seen().map_err(|error| Error::of(&self.path, &error))
    }
}

/// Returns the newest version of a draft.
fn newest(transaction: &Transaction<'_>, account: AccountId, media_id: &MediaId) -> rusqlite::Result<Option<i64>> {
    transaction
        .prepare_cached(
            "SELECT version.id FROM version JOIN draft ON draft.id = version.draft
             WHERE draft.account = ?1 AND draft.media_id = ?2 AND typeof(number) = 'integer' AND number >= 1
             ORDER BY version.number DESC LIMIT 1",
        )?
        .query_row((account.0, media_id.as_str()), |row| row.get(0))
        .optional()
}

/// Returns what an earlier attempt of a restore left in the draft.
fn result_of(transaction: &Transaction<'_>, restore: RestoreId) -> rusqlite::Result<Option<i64>> {
    transaction.prepare_cached("SELECT result FROM restore WHERE id = ?1")?.query_row([restore.0], |row| row.get(0))
}

/// Returns the draft that a restore made, and the number of its version, where it was read back.
fn kept_as(transaction: &Transaction<'_>, restore: RestoreId) -> rusqlite::Result<Option<(i64, u64)>> {
    transaction
        .prepare_cached(
            "SELECT version.draft, version.number FROM restore JOIN version ON version.id = restore.result
             WHERE restore.id = ?1",
        )?
        .query_row([restore.0], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Ends what a restore has taken back, and earlier attempts to do so, where those were cut off: nothing of them is left.
fn close_undone(transaction: &Transaction<'_>, restore: RestoreId, now: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "WITH undone (id) AS (SELECT undoes FROM restore WHERE id = ?1)
             UPDATE restore SET outcome = 'failed', finished_at = ?2
             WHERE outcome IN ('begun', 'partly', 'unknown') AND restore.id <> ?1
               AND (restore.id IN (SELECT id FROM undone) OR restore.undoes IN (SELECT id FROM undone))",
        )?
        .execute((restore.0, rfc3339(now)))?;
    Ok(())
}

fn open(
    transaction: &Transaction<'_>,
    version: &Version,
    account: AccountId,
) -> Result<Option<UnfinishedRestore>, Fault> {
    let found = transaction
        .prepare_cached(
            "SELECT restore.id, started_at, coalesce(finished_at, started_at) FROM restore
             JOIN version restored ON restored.id = restore.version
             JOIN version this ON this.id = ?1 AND this.draft = restored.draft AND this.hash = restored.hash
             WHERE restore.account = ?2 AND restore.kind = 'as-new' AND outcome IN ('begun', 'unknown')
             ORDER BY restore.id LIMIT 1",
        )?
        .query_row((version.id, account.0), |row| {
            Ok(UnfinishedRestore {
                id: RestoreId(row.get(0)?),
                started_at: decode::instant(row, 1)?,
                last_activity_at: decode::instant(row, 2)?,
            })
        })
        .optional()?;
    Ok(found)
}
