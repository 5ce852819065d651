//! What a repair could not bring back, and wrote down.

use rusqlite::{Connection, Transaction};

use super::error::Error;
use super::reader::Reader;
use super::{decode, migrate};
use crate::model::{Timestamp, rfc3339};

const TABLE: &str = "lost_version";

/// A version that a repair did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LostVersion {
    pub number: u64,
    pub repaired_at: Timestamp,
}

impl Reader {
    /// Returns the versions of a draft that a repair did not find, the lowest numbers first.
    pub fn lost_versions(&self, draft: i64) -> Result<Vec<LostVersion>, Error> {
        let lost = || -> rusqlite::Result<Vec<LostVersion>> {
            if !migrate::has_table(&self.connection, TABLE)? {
                return Ok(Vec::new());
            }
            self.connection
                .prepare_cached(
                    "SELECT number, repaired_at FROM lost_version JOIN repair ON repair.id = lost_version.repair
                     WHERE draft = ?1 AND number NOT IN (SELECT number FROM version WHERE version.draft = ?1) ORDER BY number",
                )?
                .query_map([draft], |row| Ok(LostVersion { number: row.get(0)?, repaired_at: decode::instant(row, 1)? }))?
                .collect()
        };
        lost().map_err(|error| Error::of(&self.path, &error))
    }
}

/// Writes down what another archive lost of a draft, where it is not there and not known to be lost.
pub(super) fn record_imported(
    transaction: &Transaction<'_>,
    draft: i64,
    lost: &[&LostVersion],
) -> rusqlite::Result<()> {
    for LostVersion { number, repaired_at } in lost {
        let at = rfc3339(*repaired_at);
        transaction.prepare_cached(
            "INSERT INTO repair (repaired_at, last_poll) SELECT ?1, 0 WHERE NOT EXISTS (SELECT 1 FROM repair WHERE repaired_at = ?1)",
        )?
        .execute([&at])?;
        transaction
            .prepare_cached(
                "INSERT INTO lost_version (draft, number, repair)
                 SELECT ?1, ?2, (SELECT max(id) FROM repair WHERE repaired_at = ?3)
                 WHERE NOT EXISTS (SELECT 1 FROM lost_version WHERE draft = ?1 AND number = ?2)
                   AND NOT EXISTS (SELECT 1 FROM version WHERE draft = ?1 AND number = ?2)",
            )?
            .execute((draft, number, at))?;
    }
    Ok(())
}

/// Returns the number of the last poll before the archive was repaired; 0 where it never was. What polls up to it counted may be lost.
pub(super) fn last_poll_before_repair(connection: &Connection) -> rusqlite::Result<i64> {
    match migrate::has_table(connection, TABLE)? {
        true => connection.query_row("SELECT coalesce(max(last_poll), 0) FROM repair", (), |row| row.get(0)),
        false => Ok(0),
    }
}
