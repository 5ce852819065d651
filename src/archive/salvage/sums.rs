//! The checksums that were found, and what they say of a row.

use std::collections::BTreeMap;

use rusqlite::types::Value;

use super::shape::Shape;

/// What a checksum says of a row, or of several that have one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// It is as it was written.
    Holds,
    /// It is not.
    Broken,
    /// There is no checksum any more, or it is that of several rows.
    Unknown,
}

impl Proof {
    /// Compares a checksum with what was found. One bit may differ: then the checksum itself was damaged, for the CRC-32 of a row that
    /// differs in few bits differs in many.
    pub(super) fn of(written: Option<i64>, found: i64) -> Self {
        match written {
            None => Self::Unknown,
            Some(written) if (written ^ found).count_ones() <= 1 => Self::Holds,
            Some(_) => Self::Broken,
        }
    }

    /// Returns what both say together.
    #[must_use]
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Holds, Self::Holds) => Self::Holds,
            (Self::Broken, _) | (_, Self::Broken) => Self::Broken,
            _ => Self::Unknown,
        }
    }
}

/// The checksums of rows, by kind and owner.
#[derive(Debug, Default)]
pub(super) struct Sums(BTreeMap<(String, i64), i64>);

impl Sums {
    /// Adds one, unless there is one.
    pub(super) fn add(&mut self, kind: &str, owner: i64, sum: i64) {
        self.0.entry((kind.to_owned(), owner)).or_insert(sum);
    }

    /// Returns what is known of a single row.
    pub(super) fn proof(&self, shape: &Shape, row: &[Value]) -> Proof {
        match shape.checksum_key(row).filter(|_| shape.is_single()) {
            Some((kind, owner)) => Proof::of(self.0.get(&(kind.to_owned(), owner)).copied(), shape.checksum(row)),
            None => Proof::Unknown,
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, i64, i64)> {
        self.0.iter().map(|((kind, owner), sum)| (kind.as_str(), *owner, *sum))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_that_was_damaged_itself_still_proves_its_row() {
        assert_eq!(Proof::of(Some(0xc715_5879), 0xc715_5879), Proof::Holds);
        assert_eq!(Proof::of(Some(0xc715_5878), 0xc715_5879), Proof::Holds);
        assert_eq!(Proof::of(Some(0xc715_587a), 0xc715_5879), Proof::Broken);
        assert_eq!(Proof::of(None, 0), Proof::Unknown);
    }
}
