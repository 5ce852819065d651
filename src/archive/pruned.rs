//! Which versions of a draft were pruned, and when.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

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

/// Returns the versions that were pruned right before one; `ranges` have the lowest numbers first.
pub fn pruned_before(ranges: &[PrunedRange], number: u64) -> Option<RangeInclusive<u64>> {
    let touching = |first: u64, range: &PrunedRange| if range.contains(first - 1) { range.first } else { first };
    let first = ranges.iter().rev().fold(number, touching);
    (first < number).then(|| first..=number - 1)
}

/// Returns the versions that were pruned right after one.
pub fn pruned_after(ranges: &[PrunedRange], number: u64) -> Option<RangeInclusive<u64>> {
    let touching = |last: u64, range: &PrunedRange| if range.contains(last + 1) { range.last } else { last };
    let last = ranges.iter().fold(number, touching);
    (last > number).then(|| number + 1..=last)
}

impl Reader {
    /// Returns when versions were pruned last; `None` if none ever was.
    pub fn last_pruned_at(&self) -> Result<Option<Timestamp>, Error> {
        let last = || -> rusqlite::Result<Option<Timestamp>> {
            if !migrate::has_table(&self.connection, "pruned")? {
                return Ok(None);
            }
            let sql = "SELECT max(pruned_at) FROM pruned";
            self.connection.query_row(sql, (), |row| decode::instant_or_null(row, 0))
        };
        last().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how many versions of each draft were pruned.
    pub fn pruned_counts(&self) -> Result<BTreeMap<i64, u64>, Error> {
        let counts = || -> rusqlite::Result<BTreeMap<i64, u64>> {
            if !migrate::has_table(&self.connection, "pruned")? {
                return Ok(BTreeMap::new());
            }
            self.connection
                .prepare_cached("SELECT draft, sum(last_version - first_version + 1) FROM pruned GROUP BY draft")?
                .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect()
        };
        counts().map_err(|error| Error::of(&self.path, &error))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_pruned_beside_a_version_is_named_as_one() {
        let range = |first, last| PrunedRange { first, last, title: String::new(), pruned_at: Timestamp::default() };
        let ranges = [range(1, 4), range(5, 19), range(21, 21), range(22, 59), range(61, 70)];
        assert_eq!((pruned_before(&ranges, 20), pruned_after(&ranges, 20)), (Some(1..=19), Some(21..=59)));
        assert_eq!((pruned_before(&ranges, 60), pruned_after(&ranges, 60)), (Some(21..=59), Some(61..=70)));
        assert_eq!((pruned_before(&ranges, 72), pruned_after(&ranges, 71)), (None, None));
        assert_eq!((pruned_before(&[], 1), pruned_after(&[], 1)), (None, None));
    }
}
