//! Pictures that no version needs any more, because those that did were pruned. Their bytes go after a grace, in which a mistake is noticed.

use chrono::TimeDelta;
use rusqlite::Transaction;

use super::error::Error;
use super::internal_error::InternalError;
use super::writer::Writer;
use crate::model::{Timestamp, rfc3339};

/// How long a picture stays that no version needs.
const GRACE: TimeDelta = TimeDelta::days(7);

/// The grace must have as many days with a poll: a clock that was ahead ends no grace.
const POLLED_DAYS: u32 = 7;

/// So many go in one transaction, so that no poll waits for long: all pictures and their uses are looked through for each.
const AT_ONCE: u32 = 4;

/// What became of pictures that no version needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UnneededAssets {
    /// How many went.
    pub removed: u64,
    /// How many bytes these had.
    pub bytes: u64,
    /// How many wait until their grace is over.
    pub waiting: u64,
}

impl Writer {
    /// Removes some pictures that were needed by pruned versions alone, a week after these went. To be called again until none goes.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where the row of one that would go is not as it was written; then none goes.
    pub fn remove_unneeded_assets(&mut self, now: Timestamp) -> Result<UnneededAssets, Error> {
        self.transaction(|transaction| {
            forget_needed(transaction)?;
            // By a clock that was ahead.
            transaction.execute("UPDATE asset_unneeded SET since = ?1 WHERE since > ?1", [rfc3339(now)])?;
            let due = due(transaction, now)?;
            let due = if due.is_empty() || knows_all_uses(transaction)? { due } else { Vec::new() };
            let mut done = UnneededAssets::default();
            for (asset, bytes) in due {
                remove(transaction, asset)?;
                done.removed += 1;
                done.bytes += bytes;
            }
            done.waiting = transaction.query_row("SELECT count(*) FROM asset_unneeded", (), |row| row.get(0))?;
            Ok(done)
        })
    }
}

/// Remembers the pictures that versions needed which are pruned now; that no other version needs them is asked before they go. Nothing else makes
/// one unneeded: a version that is damaged or lost may need any.
pub(super) fn remember(transaction: &Transaction<'_>, pictures: &[i64], now: Timestamp) -> rusqlite::Result<()> {
    let mut insert = transaction.prepare_cached(
        "INSERT OR IGNORE INTO asset_unneeded (asset, since) SELECT asset, ?2 FROM picture WHERE id = ?1 AND asset IS NOT NULL",
    )?;
    pictures.iter().try_for_each(|picture| insert.execute((picture, rfc3339(now))).map(drop))
}

/// Forgets those that a version needs, another one or again.
fn forget_needed(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let sql = "DELETE FROM asset_unneeded WHERE asset IN (
                   SELECT asset FROM picture WHERE asset IN (SELECT asset FROM asset_unneeded)
                   AND id IN (SELECT picture FROM picture_use))";
    transaction.execute(sql, ()).map(drop)
}

/// Returns whether it is known of every version which pictures it needs: all were looked through, and none is known to be damaged or lost.
fn knows_all_uses(transaction: &Transaction<'_>) -> rusqlite::Result<bool> {
    let sql = "SELECT NOT EXISTS (SELECT 1 FROM lost_version) AND NOT EXISTS (SELECT 1 FROM proof_finding)
                  AND NOT EXISTS (SELECT 1 FROM version JOIN draft ON draft.id = version.draft
                      WHERE version.id > coalesce((SELECT version FROM looked WHERE looked.account = draft.account), 0))";
    transaction.query_row(sql, (), |row| row.get(0))
}

/// Returns pictures whose grace is over, with the count of their bytes. The one of the highest number stays, so that none is given again. In an
/// archive that is not polled any more, the clock alone counts.
fn due(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Vec<(i64, u64)>> {
    let is_any_old = "SELECT EXISTS (SELECT 1 FROM asset_unneeded WHERE since <= ?1)";
    if !transaction.query_row(is_any_old, [rfc3339(now - GRACE)], |row| row.get(0))? {
        return Ok(Vec::new());
    }
    let (first_day, newest_poll) = last_polled_days(transaction, now)?;
    transaction
        .prepare_cached(
            "SELECT asset.id, length(asset.body) FROM asset_unneeded JOIN asset ON asset.id = asset_unneeded.asset
             WHERE since <= ?1 AND asset.id < (SELECT max(id) FROM asset)
               AND (since < ?3 OR ?4 IS NULL OR since >= ?4)
             ORDER BY asset.id LIMIT ?2",
        )?
        .query_map((rfc3339(now - GRACE), AT_ONCE, first_day, newest_poll), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// Returns the first of the last [`POLLED_DAYS`] days with a poll, if there are so many, and when the newest poll began.
fn last_polled_days(
    transaction: &Transaction<'_>,
    now: Timestamp,
) -> rusqlite::Result<(Option<String>, Option<String>)> {
    let sql = "SELECT iif(count(*) = ?2, min(day), NULL), max(newest)
               FROM (SELECT date(started_at) AS day, max(started_at) AS newest FROM poll WHERE started_at <= ?1
                     GROUP BY 1 ORDER BY 1 DESC LIMIT ?2)";
    transaction.query_row(sql, (rfc3339(now), POLLED_DAYS), |row| Ok((row.get(0)?, row.get(1)?)))
}

/// Removes a picture, where it was found, and where restores uploaded it to.
fn remove(transaction: &Transaction<'_>, asset: i64) -> Result<(), InternalError> {
    let mut pictures = transaction.prepare_cached("DELETE FROM picture WHERE asset = ?1 RETURNING id")?;
    let pictures = pictures.query_map([asset], |row| row.get(0))?.collect::<rusqlite::Result<Vec<i64>>>()?;
    transaction.prepare_cached("DELETE FROM upload WHERE asset = ?1")?.execute([asset])?;
    transaction.prepare_cached("DELETE FROM asset WHERE id = ?1")?.execute([asset])?;
    transaction.prepare_cached("DELETE FROM asset_unneeded WHERE asset = ?1")?.execute([asset])?;
    forget_checksum(transaction, "asset", asset)?;
    pictures.into_iter().try_for_each(|picture| forget_checksum(transaction, "picture", picture))
}

/// Removes the checksum of what is gone. It is zero where that was as it was written.
fn forget_checksum(transaction: &Transaction<'_>, kind: &str, id: i64) -> Result<(), InternalError> {
    let sql = "DELETE FROM checksum WHERE kind = ?1 AND id = ?2 AND sum = 0";
    match transaction.prepare_cached(sql)?.execute((kind, id))? {
        1 => Ok(()),
        _ => Err(Error::Damaged(format!("{kind} {id} is not as it was written")).into()),
    }
}
