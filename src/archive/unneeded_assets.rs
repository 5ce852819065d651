//! Pictures that no version needs any more, because those that did were pruned. Their bytes go after a grace, in which a mistake is noticed.

use chrono::TimeDelta;
use rusqlite::Transaction;

use super::error::Error;
use super::internal_error::InternalError;
use super::writer::Writer;
use crate::model::{Timestamp, rfc3339};

/// How long a picture stays that no version needs.
const GRACE: TimeDelta = TimeDelta::days(7);

/// So many go in one transaction, so that no poll waits for long.
const AT_ONCE: u32 = 16;

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
    /// Removes some pictures that no version has needed for a week, and remembers those that no version needs. To be called again until none
    /// goes.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where the row of one that would go is not as it was written; then none goes.
    pub fn remove_unneeded_assets(&mut self, now: Timestamp) -> Result<UnneededAssets, Error> {
        self.transaction(|transaction| {
            remember(transaction, now)?;
            let due = due(transaction, now)?;
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

/// Remembers which pictures no version needs, and since when. While a version was not looked through yet, nobody knows that of any.
fn remember(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<()> {
    const NEEDED: &str =
        "SELECT asset FROM picture WHERE asset IS NOT NULL AND id IN (SELECT picture FROM picture_use)";
    transaction.execute(&format!("DELETE FROM asset_unneeded WHERE asset IN ({NEEDED})"), ())?;
    // By a clock that was ahead.
    transaction.execute("UPDATE asset_unneeded SET since = ?1 WHERE since > ?1", [rfc3339(now)])?;
    let sql = format!(
        "INSERT OR IGNORE INTO asset_unneeded (asset, since)
         SELECT id, ?1 FROM asset WHERE id NOT IN ({NEEDED})
         AND NOT EXISTS (SELECT 1 FROM version JOIN draft ON draft.id = version.draft
                         WHERE version.id > coalesce((SELECT version FROM looked WHERE looked.account = draft.account), 0))"
    );
    transaction.execute(&sql, [rfc3339(now)]).map(drop)
}

/// Returns pictures whose grace is over, with the count of their bytes.
fn due(transaction: &Transaction<'_>, now: Timestamp) -> rusqlite::Result<Vec<(i64, u64)>> {
    transaction
        .prepare_cached(
            "SELECT asset.id, length(asset.body) FROM asset_unneeded JOIN asset ON asset.id = asset_unneeded.asset
             WHERE since <= ?1 ORDER BY asset.id LIMIT ?2",
        )?
        .query_map((rfc3339(now - GRACE), AT_ONCE), |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
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
