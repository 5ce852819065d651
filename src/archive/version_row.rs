//! The rows of versions in the order in which they were recorded: what an index of the archive goes by.

use std::collections::BTreeSet;

use rusqlite::OptionalExtension;

use super::error::Error;
use super::reader::Reader;

/// The row of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number; it grows in the order of recording.
    pub row: i64,
    /// Its hash as it is stored, which may be damaged.
    pub hash: Vec<u8>,
    /// When it was observed, as it is stored.
    pub observed_at: String,
}

/// Damaged values are returned as they are.
const COLUMNS: &str = "id, CAST(hash AS BLOB), coalesce(CAST(observed_at AS TEXT), '')";

impl Reader {
    /// Returns the version that was recorded last.
    pub fn last_version_row(&self) -> Result<Option<VersionRow>, Error> {
        self.version_row_of(&format!("SELECT {COLUMNS} FROM version WHERE ?1 IS NULL ORDER BY id DESC LIMIT 1"), None)
    }

    /// Returns the version of a row.
    pub fn version_row(&self, row: i64) -> Result<Option<VersionRow>, Error> {
        self.version_row_of(&format!("SELECT {COLUMNS} FROM version WHERE id = ?1"), Some(row))
    }

    fn version_row_of(&self, sql: &str, row: Option<i64>) -> Result<Option<VersionRow>, Error> {
        let read = |row: &rusqlite::Row<'_>| {
            let hash = row.get_ref(1)?.as_bytes_or_null()?.unwrap_or_default().to_vec();
            Ok(VersionRow { row: row.get(0)?, hash, observed_at: row.get(2)? })
        };
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row([row], read).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how many rows there are up to one; once versions are removed, there are fewer.
    pub fn version_rows_through(&self, row: i64) -> Result<u64, Error> {
        // The count of all reads the smallest index, one up to a row would read all rows.
        self.connection
            .prepare_cached("SELECT (SELECT count(*) FROM version) - (SELECT count(*) FROM version WHERE id > ?1)")
            .and_then(|mut query| query.query_row([row], |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the drafts that have versions after a row.
    pub fn drafts_after_row(&self, row: i64) -> Result<BTreeSet<i64>, Error> {
        let drafts = || -> rusqlite::Result<BTreeSet<i64>> {
            self.connection
                .prepare_cached("SELECT DISTINCT draft FROM version WHERE id > ?1")?
                .query_map([row], |row| row.get(0))?
                .collect()
        };
        drafts().map_err(|error| Error::of(&self.path, &error))
    }
}
