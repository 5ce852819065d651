//! Which versions of a draft were pruned, and when.

use super::error::Error;
use super::reader::Reader;
use super::{decode, migrate};
use crate::model::Timestamp;

/// Versions of a draft that followed one another and were pruned together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PrunedRange {
    pub first: u64,
    pub last: u64,
    /// The title of version 1, where that is one of them; else empty.
    pub title: String,
    pub pruned_at: Timestamp,
}

impl PrunedRange {
    pub fn contains(&self, number: u64) -> bool {
        (self.first..=self.last).contains(&number)
    }
}

impl Reader {
    /// Returns what was pruned of a draft, the lowest numbers first.
    pub fn pruned_ranges(&self, draft: i64) -> Result<Vec<PrunedRange>, Error> {
        let ranges = || -> rusqlite::Result<Vec<PrunedRange>> {
            if !migrate::has_table(&self.connection, "pruned")? {
                return Ok(Vec::new());
            }
            self.connection
                .prepare_cached(
                    "SELECT first_version, last_version, title, pruned_at FROM pruned WHERE draft = ?1 ORDER BY first_version",
                )?
                .query_map([draft], |row| {
                    Ok(PrunedRange {
                        first: row.get(0)?,
                        last: row.get(1)?,
                        title: row.get(2)?,
                        pruned_at: decode::instant(row, 3)?,
                    })
                })?
                .collect()
        };
        ranges().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns when a version of a draft was pruned; `None` where it was not.
    pub fn pruned_at(&self, draft: i64, number: u64) -> Result<Option<Timestamp>, Error> {
        let range = self.pruned_ranges(draft)?.into_iter().find(|range| range.contains(number));
        Ok(range.map(|range| range.pruned_at))
    }
}
