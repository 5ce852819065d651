//! What is not known of a draft's versions: why a change cannot be told, and which versions are lost.

use std::fmt;
use std::ops::RangeInclusive;

use crate::archive::LostVersion;

/// Why nobody can tell what a version changed: what the version before it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnknownChange {
    /// Its row or its document cannot be read.
    Damaged,
    Pruned,
    /// A repair did not find it.
    Lost,
    /// It is not there, and nothing says why.
    Missing,
}

impl fmt::Display for UnknownChange {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Damaged => "the version before is damaged",
            Self::Pruned => "the version before was pruned",
            Self::Lost => "the version before is lost",
            Self::Missing => "the version before is missing",
        })
    }
}

/// Returns the lost versions between two numbers, those that follow one another together, newest first. `lost` has the lowest numbers first.
pub fn lost_between(lost: &[LostVersion], older: u64, newer: u64) -> Vec<RangeInclusive<u64>> {
    let between: Vec<u64> =
        lost.iter().map(|lost| lost.number).filter(|number| (older + 1..newer).contains(number)).collect();
    between.chunk_by(|a, b| a + 1 == *b).rev().map(|run| run[0]..=run[run.len() - 1]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Timestamp;

    #[test]
    fn lost_versions_that_follow_one_another_are_told_together() {
        let lost = [1, 3, 4, 5, 8].map(|number| LostVersion { number, repaired_at: Timestamp::default() });
        assert_eq!(lost_between(&lost, 0, u64::MAX), [8..=8, 3..=5, 1..=1]);
        assert_eq!(lost_between(&lost, 2, 5), [3..=4]);
        assert!(lost_between(&lost, 5, 8).is_empty());
    }
}
