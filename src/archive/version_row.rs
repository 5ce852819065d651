//! The rows of versions in the order in which they were recorded: what an index of the archive goes by.

use rusqlite::OptionalExtension;

use super::decode;
use super::error::Error;
use super::reader::Reader;
use crate::model::{Hash, Timestamp};

/// The row of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionRow {
    /// Its number; it grows in the order of recording.
    pub row: i64,
    pub hash: Hash,
    pub observed_at: Timestamp,
}

impl Reader {
    /// Returns the version that was recorded last.
    pub fn last_version_row(&self) -> Result<Option<VersionRow>, Error> {
        self.version_row_of("SELECT id, hash, observed_at FROM version WHERE ?1 IS NULL ORDER BY id DESC LIMIT 1", None)
    }

    /// Returns the version of a row.
    pub fn version_row(&self, row: i64) -> Result<Option<VersionRow>, Error> {
        self.version_row_of("SELECT id, hash, observed_at FROM version WHERE id = ?1", Some(row))
    }

    fn version_row_of(&self, sql: &str, row: Option<i64>) -> Result<Option<VersionRow>, Error> {
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| {
                let read = |row: &rusqlite::Row<'_>| {
                    Ok(VersionRow { row: row.get(0)?, hash: Hash(row.get(1)?), observed_at: decode::instant(row, 2)? })
                };
                query.query_row([row], read).optional()
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the drafts that have versions after a row.
    pub fn drafts_after_row(&self, row: i64) -> Result<Vec<i64>, Error> {
        let drafts = || -> rusqlite::Result<Vec<i64>> {
            self.connection
                .prepare_cached("SELECT DISTINCT draft FROM version WHERE id > ?1 ORDER BY draft")?
                .query_map([row], |row| row.get(0))?
                .collect()
        };
        drafts().map_err(|error| Error::of(&self.path, &error))
    }
}
