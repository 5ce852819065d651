//! What a repair could not bring back, and wrote down.

use rusqlite::Connection;

use super::error::Error;
use super::migrate;
use super::reader::Reader;

const TABLE: &str = "lost_version";

impl Reader {
    /// Returns the numbers of the versions of a draft that a repair did not find, oldest first.
    pub fn lost_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let numbers = || -> rusqlite::Result<Vec<u64>> {
            if !migrate::has_table(&self.connection, TABLE)? {
                return Ok(Vec::new());
            }
            self.connection
                .prepare_cached("SELECT number FROM lost_version WHERE draft = ?1 ORDER BY number")?
                .query_map([draft], |row| row.get(0))?
                .collect()
        };
        numbers().map_err(|error| Error::of(&self.path, &error))
    }
}

/// Returns the number of the last poll before the archive was repaired; 0 where it never was. What polls up to it counted may be lost.
pub(super) fn last_poll_before_repair(connection: &Connection) -> rusqlite::Result<i64> {
    match migrate::has_table(connection, TABLE)? {
        true => connection.query_row("SELECT coalesce(max(last_poll), 0) FROM repair", (), |row| row.get(0)),
        false => Ok(0),
    }
}
