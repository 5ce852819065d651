//! What a restore writes down: a row before the platform is asked, its end afterwards.

use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::event::{self, NewEvent};
use super::gate_write::NEXT_ID;
use super::internal_error::InternalError;
use super::observation::{Observation, RecordOutcome};
use super::reader::Version;
use super::restore_records::{BeginRestore, RestoreId, RestoreKind, RestoreOutcome, UnfinishedRestore, is_of_drill};
use super::usage::add_usage;
use super::version::{self, PreviousVersion};
use super::version_event::{self, VersionEvent};
use super::writer::Writer;
use super::{decode, document, reader};
use crate::model::{ApiUsage, EventKind, Hash, MediaId, Timestamp, rfc3339};

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
                .prepare_cached(&format!(
                    "INSERT INTO restore (id, kind, version, account, choices, started_at)
                     VALUES ({NEXT_ID}, 'as-new', ?1, ?2, ?3, ?4)"
                ))?
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
                .prepare_cached(&format!(
                    "INSERT INTO restore (id, kind, version, account, choices, before, undoes, started_at)
                     VALUES ({NEXT_ID}, ?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                ))?
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

    /// Returns the number of a draft; `None` where it is not known.
    pub fn draft_id(&mut self, account: AccountId, media_id: &MediaId) -> Result<Option<i64>, Error> {
        self.connection
            .prepare_cached("SELECT id FROM draft WHERE account = ?1 AND media_id = ?2")
            .and_then(|mut query| query.query_row((account.0, media_id.as_str()), |row| row.get(0)).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the hash of a version; `None` where there is no such version.
    pub fn version_hash(&mut self, draft: i64, number: u64) -> Result<Option<Hash>, Error> {
        self.connection
            .prepare_cached("SELECT hash FROM version WHERE draft = ?1 AND number = ?2")
            .and_then(|mut query| query.query_row((draft, number), |row| row.get(0).map(Hash)).optional())
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
        let ended = self.transaction_beside_damage(|transaction, previous| {
            add_usage(transaction, account, calls)?;
            let recorded =
                read_back.map(|observation| version::add(transaction, account, observation, previous)).transpose()?;
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
            let kept = kept_as(transaction, restore)?;
            // In a damaged archive the restore's end counts: the damage may be that of the events.
            if previous == PreviousVersion::Recode {
                add_event(transaction, account, (media_id.is_some(), kept), recorded, now)?;
            }
            Ok(kept)
        });
        let (result, damage) = ended?;
        if let Some(damage) = damage {
            tracing::warn!(%damage, "the version before the one that was read back is damaged");
        }
        Ok(result)
    }

    /// Finds a draft of an account, first seen after an instant, of which `is_it` knows a version by its document, and that no restore or
    /// write has made as far as is known.
    pub fn find_draft_created_after(
        &mut self,
        account: AccountId,
        instant: Timestamp,
        is_it: impl Fn(&MediaId, &[u8]) -> bool,
    ) -> Result<Option<MediaId>, Error> {
        let find = || -> Result<Option<MediaId>, InternalError> {
            let mut versions = self.connection.prepare_cached(&format!(
                "SELECT draft.media_id, version.id FROM draft JOIN version ON version.draft = draft.id
                 WHERE draft.account = ?1 AND draft.first_seen > ?2 AND draft.media_id NOT IN ({MADE}) ORDER BY version.id",
            ))?;
            let mut rows = versions.query((account.0, rfc3339(instant)))?;
            while let Some(row) = rows.next()? {
                let media_id = MediaId::new(row.get::<_, String>(0)?);
                if is_it(&media_id, &document::load_raw(&self.connection, row.get(1)?)?) {
                    return Ok(Some(media_id));
                }
            }
            Ok(None)
        };
        find().map_err(|error| error.into_error(&self.path))
    }

    /// Returns the drafts of an account that were seen at an instant or before, or that a restore or write has made: what could not be read
    /// back is not known as a draft yet.
    pub fn drafts_made_otherwise(&mut self, account: AccountId, instant: Timestamp) -> Result<Vec<MediaId>, Error> {
        let seen = || -> rusqlite::Result<Vec<MediaId>> {
            self.connection
                .prepare_cached(&format!(
                    "SELECT media_id FROM draft WHERE account = ?1 AND first_seen <= ?2 UNION {MADE}"
                ))?
                .query_map((account.0, rfc3339(instant)), |row| Ok(MediaId::new(row.get::<_, String>(0)?)))?
                .collect()
        };
        seen().map_err(|error| Error::of(&self.path, &error))
    }
}

/// The drafts of an account that restores and writes have made.
const MADE: &str =
    "SELECT media_id FROM restore WHERE account = ?1 AND kind = 'as-new' AND outcome = 'done' AND media_id IS NOT NULL
     UNION SELECT restore_step.media_id FROM restore_step JOIN restore ON restore.id = restore_step.restore
           WHERE account = ?1 AND step = 'add' AND restore_step.media_id IS NOT NULL
     UNION SELECT media_id FROM gate_write WHERE account = ?1 AND action = 'create' AND media_id IS NOT NULL";

/// Writes down that a restore is done and made a version of a draft; or that it was cut off, and left another version in it.
fn add_event(
    transaction: &Transaction<'_>,
    account: AccountId,
    (is_done, kept): (bool, Option<(i64, u64)>),
    recorded: Option<RecordOutcome>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    match (kept, recorded) {
        (Some((draft, number)), _) if is_done => {
            let kind = EventKind::DraftRestored;
            let event = NewEvent { version: Some(number), ..NewEvent::of_draft(draft, kind, now) };
            event::add(transaction, Some(account), &event)
        }
        (_, Some(RecordOutcome::Version { draft, number, .. })) => {
            version_event::add_version(transaction, account, &VersionEvent { draft, number, at: now }, None)
        }
        _ => Ok(()),
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
) -> Result<Option<UnfinishedRestore>, InternalError> {
    let found = transaction
        .prepare_cached(
            "SELECT restore.id, started_at, coalesce(finished_at, started_at), choices FROM restore
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
                is_drill: is_of_drill(&row.get::<_, String>(3)?),
            })
        })
        .optional()?;
    Ok(found)
}
