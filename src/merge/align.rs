//! Two histories of one draft, put side by side.
//!
//! Both archives saw the same draft, each at instants of its own, and with a clock of its own. So a version of one is that of the other
//! where it says the same and was there at the same time, as far as clocks agree.

use chrono::TimeDelta;

use crate::model::{Hash, Timestamp};

/// How far two clocks may be apart.
const CLOCKS_DIFFER: TimeDelta = TimeDelta::minutes(5);

/// A version as it is compared.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seen {
    pub(super) hash: Hash,
    pub(super) observed_at: Timestamp,
    /// When the platform says it was saved.
    pub(super) update_time: Option<Timestamp>,
}

/// Where a version of the other archive belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// It is the version of this archive that stands there.
    Same(usize),
    /// After the newest.
    After,
    /// Before the newest, and between versions whose numbers follow one another, or before the first.
    Between,
}

/// Returns where each version of the other archive belongs. Both are in their order, the oldest first.
pub(super) fn align(ours: &[Seen], theirs: &[Seen]) -> Vec<Place> {
    let copies = copies(ours, theirs);
    let mut places = vec![Place::Between; theirs.len()];
    let mut from = 0;
    for (place, their) in theirs.iter().enumerate() {
        // What is older than a copy belongs before it, however much it looks like a later version.
        let until = copies[place + 1..].iter().flatten().next().copied().unwrap_or(ours.len());
        let found = copies[place].or_else(|| (from..until).find(|&at| is_same(ours, at, theirs, place)));
        if let Some(at) = found {
            places[place] = Place::Same(at);
            from = at + 1;
        } else if let Some(at) = from.checked_sub(1).filter(|&at| ours[at].hash == their.hash) {
            // What came between there was pruned, or is not known here: it says what the one before says.
            let is_next = place == 0 || places[place - 1] == Place::Same(at);
            places[place] = if is_next { Place::Same(at) } else { Place::Between };
        }
    }
    let newest = ours.last().map(|newest| newest.observed_at);
    for (place, their) in theirs.iter().enumerate().rev() {
        if places[place] != Place::Between || newest.is_some_and(|newest| their.observed_at <= newest) {
            break;
        }
        places[place] = Place::After;
    }
    places
}

/// Returns which version of this archive is a copy of each, as an earlier merge has brought it over.
fn copies(ours: &[Seen], theirs: &[Seen]) -> Vec<Option<usize>> {
    let mut from = 0;
    let copy = |their: &Seen| {
        let is_copy = |our: &Seen| our.hash == their.hash && our.observed_at == their.observed_at;
        let found = ours[from..].iter().position(is_copy).map(|at| from + at);
        from = found.map_or(from, |at| at + 1);
        found
    };
    theirs.iter().map(copy).collect()
}

fn is_same(ours: &[Seen], our: usize, theirs: &[Seen], their: usize) -> bool {
    let (one, other) = (ours[our], theirs[their]);
    if one.hash != other.hash {
        return false;
    }
    let is_same_save = one.update_time.is_some() && one.update_time == other.update_time;
    is_same_save || is_within(other, ours, our) || is_within(one, theirs, their)
}

/// Returns whether a version was observed while the one at a place was what the draft said.
fn is_within(seen: Seen, history: &[Seen], at: usize) -> bool {
    let until = history.get(at + 1).map(|next| next.observed_at + CLOCKS_DIFFER);
    seen.observed_at >= history[at].observed_at - CLOCKS_DIFFER && until.is_none_or(|until| seen.observed_at < until)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Place::{After, Between, Same};
    use super::*;

    /// Versions, each as a letter and the minute at which it was seen.
    fn history(seen: &[(char, i64)]) -> Vec<Seen> {
        seen.iter()
            .map(|(letter, minute)| Seen {
                hash: Hash::of(letter.to_string().as_bytes()),
                observed_at: Timestamp::UNIX_EPOCH + TimeDelta::minutes(*minute),
                update_time: None,
            })
            .collect()
    }

    fn aligned(ours: &[(char, i64)], theirs: &[(char, i64)]) -> Vec<Place> {
        align(&history(ours), &history(theirs))
    }

    #[test]
    fn a_history_goes_on_where_another_machine_took_over() {
        let ours = [('a', 0), ('b', 100)];
        assert_eq!(aligned(&ours, &[('b', 500), ('c', 600), ('a', 700)]), [Same(1), After, After]);
        assert_eq!(aligned(&ours, &[('c', 600)]), [After]);
        assert_eq!(aligned(&[], &[('a', 0), ('b', 1)]), [After, After]);
        assert_eq!(aligned(&[('b', 500)], &[('a', 0), ('b', 100)]), [Between, Same(0)], "the other way round");
    }

    #[test]
    fn two_that_watched_one_draft_have_the_same_versions_whatever_their_clocks_say() {
        let ours = [('a', 0), ('b', 100), ('c', 101), ('b', 200)];
        assert_eq!(
            aligned(&ours, &[('a', 3), ('b', 103), ('c', 104), ('b', 199)]),
            [Same(0), Same(1), Same(2), Same(3)]
        );
        assert_eq!(aligned(&ours, &[('a', 50), ('x', 90), ('b', 150)]), [Same(0), Between, Same(3)], "b came back");
    }

    #[test]
    fn what_comes_back_later_is_a_version_of_its_own() {
        assert_eq!(aligned(&[('a', 0), ('b', 100)], &[('a', 900)]), [After]);
    }

    #[test]
    fn nothing_older_is_taken_for_a_version_that_an_earlier_merge_brought_over() {
        let ours = [('b', 9), ('d', 33), ('a', 34)];
        assert_eq!(aligned(&ours, &[('a', 1), ('b', 33), ('a', 34)]), [Between, Same(0), Same(2)]);
    }

    #[test]
    fn a_save_is_the_same_however_late_it_was_seen() {
        let saved = |seen: &mut Vec<Seen>| seen[0].update_time = Some(Timestamp::UNIX_EPOCH);
        let (mut ours, mut theirs) = (history(&[('a', 0), ('b', 10)]), history(&[('a', 100)]));
        saved(&mut ours);
        saved(&mut theirs);
        assert_eq!(align(&ours, &theirs), [Same(0)]);
    }

    proptest! {
        /// What was appended is known the next time, and the newest stays the newest.
        #[test]
        fn merging_again_brings_nothing(ours in seen(), theirs in seen()) {
            let (mut ours, theirs) = (history(&ours), history(&theirs));
            let newest = ours.last().map(|seen| seen.observed_at);
            let places = align(&ours, &theirs);
            for (place, seen) in places.iter().zip(&theirs) {
                if *place == After {
                    prop_assert!(newest.is_none_or(|newest| seen.observed_at > newest));
                    ours.push(*seen);
                }
            }
            prop_assert!(ours.is_sorted_by_key(|seen| seen.observed_at));
            prop_assert!(!align(&ours, &theirs).contains(&After));
        }

        /// A merge that is cut off after any version is completed by the next one.
        #[test]
        fn what_a_cut_merge_left_is_found_again(ours in seen(), theirs in seen()) {
            let (mut ours, theirs) = (history(&ours), history(&theirs));
            let mut places = align(&ours, &theirs);
            while let Some(next) = places.iter().position(|place| *place == After) {
                places[next] = Same(ours.len());
                ours.push(theirs[next]);
                prop_assert_eq!(&align(&ours, &theirs), &places);
            }
        }

        /// A copy of an archive, and an older one, bring nothing.
        #[test]
        fn a_copy_brings_nothing(ours in seen(), keep in 0usize..12) {
            let ours = history(&ours);
            let older = &ours[..keep.min(ours.len())];
            prop_assert_eq!(align(&ours, older), (0..older.len()).map(Same).collect::<Vec<_>>());
        }
    }

    /// A history: what follows says something else, some minutes later.
    fn seen() -> impl Strategy<Value = Vec<(char, i64)>> {
        prop::collection::vec((prop::char::range('a', 'd'), 1i64..40), 0..12).prop_map(|steps| {
            let mut minute = 0;
            let mut seen: Vec<(char, i64)> = Vec::new();
            for (letter, later) in steps {
                minute += later;
                if seen.last().is_none_or(|(last, _)| *last != letter) {
                    seen.push((letter, minute));
                }
            }
            seen
        })
    }
}
