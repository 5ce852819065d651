//! In which order versions or pictures are proven: each within 30 days, a thirtieth a night. Pure.

use chrono::TimeDelta;

use crate::archive::ProvenRange;
use crate::model::Timestamp;

/// In so many nights, everything is proven.
const NIGHTS: u64 = 30;

/// What was proven within this time counts as proven.
pub(super) const RECENT: TimeDelta = TimeDelta::days(30);

/// What was proven longer ago is proven now, however much it is: by the next night it would be more than 30 days.
const OVERDUE: TimeDelta = TimeDelta::days(29);

/// So many ranges of a kind are kept.
pub(super) const MOST_RANGES: usize = 100;

/// Numbers that wait to be proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Waiting {
    pub(super) first: i64,
    pub(super) last: i64,
    pub(super) turn: Turn,
}

/// When something is proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Turn {
    /// Tonight, all of it.
    Overdue,
    /// As much as a night proves: it was never proven.
    Never,
    /// As much as is left of what a night proves.
    Rest,
}

/// Returns what a night proves, where nothing is overdue.
pub(super) fn share_of_night(total: u64) -> u64 {
    total.div_ceil(NIGHTS)
}

/// Returns which numbers up to `max` wait, in their order: what is overdue, what was never proven, and then what was proven longest ago.
/// `ranges` are sorted. What was proven in the future was proven by a clock that was wrong, and counts as never proven.
pub(super) fn queue(ranges: &[ProvenRange], max: i64, now: Timestamp) -> Vec<Waiting> {
    let believed: Vec<ProvenRange> = ranges.iter().filter(|range| range.proven_at <= now).copied().collect();
    let mut by_age = believed.clone();
    by_age.sort_by_key(|range| range.proven_at);
    let waiting = |range: &ProvenRange| {
        let turn = if now - range.proven_at >= OVERDUE { Turn::Overdue } else { Turn::Rest };
        Waiting { first: range.first, last: range.last, turn }
    };
    let (overdue, rest): (Vec<_>, Vec<_>) =
        by_age.iter().map(waiting).partition(|waiting| waiting.turn == Turn::Overdue);
    overdue.into_iter().chain(gaps(&believed, max)).chain(rest).collect()
}

/// Returns the numbers from 1 to `max` that are in no range.
fn gaps(ranges: &[ProvenRange], max: i64) -> Vec<Waiting> {
    let mut next = 1;
    let mut gaps = Vec::new();
    let end = ProvenRange { first: max.saturating_add(1), last: max, proven_at: Timestamp::MAX_UTC };
    for range in ranges.iter().chain([&end]) {
        if range.first > next && next <= max {
            gaps.push(Waiting { first: next, last: (range.first - 1).min(max), turn: Turn::Never });
        }
        next = next.max(range.last.saturating_add(1));
    }
    gaps
}

/// Adds a range that was proven just now to the ranges: it takes the place of what they say of its numbers. They stay sorted.
pub(super) fn add(ranges: &mut Vec<ProvenRange>, new: ProvenRange) {
    let mut all: Vec<ProvenRange> = Vec::with_capacity(ranges.len() + 2);
    for old in ranges.drain(..) {
        let before = ProvenRange { last: old.last.min(new.first - 1), ..old };
        let after = ProvenRange { first: old.first.max(new.last.saturating_add(1)), ..old };
        all.extend([before, after].into_iter().filter(|part| part.first <= part.last));
    }
    all.push(new);
    all.sort_by_key(|range| range.first);
    for range in all {
        match ranges.last_mut() {
            Some(last) if last.proven_at == range.proven_at && last.last.saturating_add(1) == range.first => {
                last.last = range.last;
            }
            _ => ranges.push(range),
        }
    }
}

/// Joins neighbours until there are not more than [`MOST_RANGES`]: those that were proven at nearly the same time, as if all were proven when the
/// older ones were. What one night proves is scattered, because what was added between earlier nights lies between.
pub(super) fn join_similar(ranges: &mut Vec<ProvenRange>) {
    while ranges.len() > MOST_RANGES {
        let pairs = ranges.windows(2).enumerate().filter(|(_, pair)| pair[0].last.saturating_add(1) == pair[1].first);
        let nearest = pairs.min_by_key(|(_, pair)| (pair[0].proven_at - pair[1].proven_at).abs());
        let Some(place) = nearest.map(|(place, _)| place) else { return };
        let next = ranges.remove(place + 1);
        let joined = &mut ranges[place];
        (joined.last, joined.proven_at) = (next.last, joined.proven_at.min(next.proven_at));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(day: i64) -> Timestamp {
        "2026-09-01T19:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::days(day)
    }

    fn range(first: i64, last: i64, proven: i64) -> ProvenRange {
        ProvenRange { first, last, proven_at: day(proven) }
    }

    #[test]
    fn what_is_overdue_comes_first_and_what_was_never_proven_before_the_oldest() {
        let ranges = [range(1, 10, 3), range(11, 20, 1), range(31, 40, 20), range(41, 50, 99)];
        let found = queue(&ranges, 60, day(30));
        let waiting = |first, last, turn| Waiting { first, last, turn };
        assert_eq!(
            found,
            [
                waiting(11, 20, Turn::Overdue),
                waiting(21, 30, Turn::Never),
                waiting(41, 60, Turn::Never),
                waiting(1, 10, Turn::Rest),
                waiting(31, 40, Turn::Rest),
            ]
        );
        assert_eq!(queue(&[], 0, day(0)), []);
        assert_eq!(queue(&[], 3, day(0)), [waiting(1, 3, Turn::Never)]);
    }

    #[test]
    fn ranges_stay_few_and_never_say_that_something_was_proven_later_than_it_was() {
        let proven = |place: i64| (place * 7) % 30;
        let mut ranges: Vec<_> = (0..500).map(|place| range(place * 3, place * 3 + 2, proven(place))).collect();
        join_similar(&mut ranges);
        assert_eq!((ranges.len(), ranges[0].first, ranges[MOST_RANGES - 1].last), (MOST_RANGES, 0, 1499));
        for range in &ranges {
            let all = (range.first / 3..=range.last / 3).map(|place| day(proven(place)));
            assert_eq!(all.min(), Some(range.proven_at));
        }
    }

    /// When each number was proven.
    fn table(ranges: &[ProvenRange]) -> Vec<Option<Timestamp>> {
        (1..=60)
            .map(|id| {
                let of_id: Vec<_> = ranges.iter().filter(|range| (range.first..=range.last).contains(&id)).collect();
                assert!(of_id.len() <= 1, "ranges overlap: {ranges:?}");
                of_id.first().map(|range| range.proven_at)
            })
            .collect()
    }

    proptest! {
        /// A new range says when its numbers were proven, and nothing of others.
        #[test]
        fn ranges_say_of_each_number_when_it_was_proven_last(steps in prop::collection::vec((1i64..50, 0i64..10, 0i64..4), 0..20)) {
            let (mut ranges, mut expected) = (Vec::new(), vec![None; 60]);
            for (first, length, proven) in steps {
                add(&mut ranges, range(first, first + length, proven));
                expected[first as usize - 1..(first + length) as usize].fill(Some(day(proven)));
                prop_assert_eq!(table(&ranges), expected.clone());
                prop_assert!(ranges.is_sorted_by_key(|range| range.first));
            }
            // Every number waits exactly once.
            let mut waiting: Vec<i64> = queue(&ranges, 60, day(5)).iter().flat_map(|part| part.first..=part.last).collect();
            waiting.sort_unstable();
            prop_assert_eq!(waiting, (1..=60).collect::<Vec<_>>());
        }
    }
}
