//! Sets of versions of one draft, as ranges of numbers. Pure.

use std::ops::RangeInclusive;

/// Versions of one draft: ranges in their order, which do not touch one another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionSet(Vec<(u64, u64)>);

impl VersionSet {
    /// Returns the ranges, in their order.
    pub fn ranges(&self) -> impl DoubleEndedIterator<Item = RangeInclusive<u64>> {
        self.0.iter().map(|(first, last)| *first..=*last)
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the first and the last version.
    pub fn hull(&self) -> Option<(u64, u64)> {
        self.0.first().zip(self.0.last()).map(|(first, last)| (first.0, last.1))
    }

    pub fn contains(&self, version: u64) -> bool {
        self.0.iter().any(|(first, last)| (*first..=*last).contains(&version))
    }

    /// Returns whether a version is in both.
    pub fn overlaps(&self, first: u64, last: u64) -> bool {
        self.0.iter().any(|range| range.0 <= last && first <= range.1)
    }

    pub(super) fn intersection(&self, other: &Self) -> Self {
        let both = |one: &(u64, u64), two: &(u64, u64)| (one.0.max(two.0), one.1.min(two.1));
        let pairs = self.0.iter().flat_map(|one| other.0.iter().map(move |two| both(one, two)));
        pairs.filter(|(first, last)| first <= last).collect()
    }

    pub(super) fn without(&self, other: &Self) -> Self {
        other.0.iter().fold(self.clone(), |rest, (first, last)| {
            let before = |range: &(u64, u64)| (range.0, range.1.min(first.saturating_sub(1)));
            let after = |range: &(u64, u64)| (range.0.max(last.saturating_add(1)), range.1);
            let parts = rest.0.iter().flat_map(|range| [before(range), after(range)]);
            parts.filter(|(first, last)| first <= last).collect()
        })
    }
}

impl FromIterator<(u64, u64)> for VersionSet {
    fn from_iter<T: IntoIterator<Item = (u64, u64)>>(ranges: T) -> Self {
        let mut ranges: Vec<_> = ranges.into_iter().collect();
        ranges.sort_unstable();
        let mut set: Vec<(u64, u64)> = Vec::new();
        for (first, last) in ranges {
            match set.last_mut() {
                Some(before) if first <= before.1.saturating_add(1) => before.1 = before.1.max(last),
                _ => set.push((first, last)),
            }
        }
        Self(set)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn ranges() -> impl Strategy<Value = Vec<(u64, u64)>> {
        proptest::collection::vec((1u64..30, 0u64..6).prop_map(|(first, more)| (first, first + more)), 0..6)
    }

    fn numbers(set: &VersionSet) -> BTreeSet<u64> {
        set.ranges().flatten().collect()
    }

    proptest! {
        #[test]
        fn a_set_of_ranges_is_a_set(one in ranges(), two in ranges()) {
            let (one, two): (VersionSet, VersionSet) = (one.into_iter().collect(), two.into_iter().collect());
            let (first, second) = (numbers(&one), numbers(&two));
            let both: VersionSet = one.0.iter().chain(&two.0).copied().collect();
            prop_assert_eq!(numbers(&both), &first | &second);
            prop_assert_eq!(numbers(&one.intersection(&two)), &first & &second);
            prop_assert_eq!(numbers(&one.without(&two)), &first - &second);
            prop_assert!(both.0.windows(2).all(|pair| pair[0].1 + 1 < pair[1].0));
        }
    }
}
