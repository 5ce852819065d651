//! The choice.

use chrono::TimeDelta;
use chrono_tz::Tz;

use super::periods::Periods;
use super::rules::Rules;
use crate::model::{SESSION_GAP, Timestamp};

/// A version that may be kept or go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    pub number: u64,
    /// When it was first seen.
    pub observed_at: Timestamp,
    pub is_pinned: bool,
    /// Whether a restore used it, or may need it.
    pub is_restored: bool,
}

/// Why a version is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// It is the newest of its draft.
    Newest,
    Pinned,
    Restored,
    /// It is the last one of an editing session.
    SessionEnd,
    Last,
    Within,
    Daily,
    Weekly,
    Monthly,
}

impl Reason {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 9] = [
        Self::Newest,
        Self::Pinned,
        Self::Restored,
        Self::SessionEnd,
        Self::Last,
        Self::Within,
        Self::Daily,
        Self::Weekly,
        Self::Monthly,
    ];

    /// Returns the word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Newest => "newest",
            Self::Pinned => "pinned",
            Self::Restored => "restored",
            Self::SessionEnd => "session-end",
            Self::Last => "last",
            Self::Within => "within",
            Self::Daily => "daily",
            Self::Weekly => "weekly",
            Self::Monthly => "monthly",
        }
    }
}

/// What becomes of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fate {
    pub number: u64,
    pub observed_at: Timestamp,
    /// Why it is kept; it goes where there is no reason.
    pub reasons: Vec<Reason>,
}

impl Fate {
    /// Returns whether it is kept.
    pub fn is_kept(&self) -> bool {
        !self.reasons.is_empty()
    }
}

/// Decides about the versions of one draft, which are given and returned newest first. Days, weeks and months are those of `zone`.
pub fn choose(newest_first: &[Candidate], rules: &Rules, zone: Tz, now: Timestamp) -> Vec<Fate> {
    let mut periods = Periods::new([rules.daily, rules.weekly, rules.monthly].map(Option::unwrap_or_default));
    let since = rules.within.map(|within| within.before(now));
    let fate = |(place, version): (usize, &Candidate)| {
        let newer = place.checked_sub(1).map(|newer| &newest_first[newer]);
        let newest_of = periods.enter(version.observed_at.with_timezone(&zone).date_naive());
        let keeps = |reason| match reason {
            Reason::Newest => newer.is_none(),
            Reason::Pinned => version.is_pinned,
            Reason::Restored => version.is_restored,
            Reason::SessionEnd => {
                !rules.drop_session_ends && newer.is_none_or(|newer| !is_same_session(version, newer))
            }
            Reason::Last => rules.last.is_some_and(|last| place < last as usize),
            Reason::Within => since.is_some_and(|since| version.observed_at >= since),
            Reason::Daily => newest_of[0],
            Reason::Weekly => newest_of[1],
            Reason::Monthly => newest_of[2],
        };
        let reasons = Reason::ALL.into_iter().filter(|reason| keeps(*reason)).collect();
        Fate { number: version.number, observed_at: version.observed_at, reasons }
    };
    newest_first.iter().enumerate().map(fate).collect()
}

/// Returns whether a version was followed by another one of the same editing session.
fn is_same_session(older: &Candidate, newer: &Candidate) -> bool {
    let apart = newer.observed_at - older.observed_at;
    apart >= TimeDelta::zero() && apart < SESSION_GAP
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    /// Versions that were seen at these times, of which the last is the newest.
    fn seen(times: &[&str]) -> Vec<Candidate> {
        let version = |(place, time): (usize, &&str)| Candidate {
            number: place as u64 + 1,
            observed_at: at(time),
            is_pinned: false,
            is_restored: false,
        };
        times.iter().enumerate().map(version).rev().collect()
    }

    /// Tells each version and why it is kept.
    fn told(versions: &[Candidate], rules: &Rules) -> String {
        let fates = choose(versions, rules, Shanghai, at("2026-09-10T00:00:00Z"));
        let line = |fate: &Fate| {
            let reasons: Vec<_> = fate.reasons.iter().map(|reason| reason.as_str()).collect();
            let why = if fate.is_kept() { reasons.join(" ") } else { "goes".to_owned() };
            format!("@{} {why}\n", fate.number)
        };
        fates.iter().map(line).collect()
    }

    #[test]
    fn a_version_that_any_rule_keeps_is_kept() {
        let mut versions = seen(&[
            "2026-06-30T15:50:00Z", // 23:50 in China
            "2026-06-30T16:10:00Z", // the next day, month and quarter there
            "2026-09-01T01:00:00Z",
            "2026-09-07T01:00:00Z",
            "2026-09-08T01:00:00Z",
            "2026-09-08T09:00:00Z",
            "2026-09-09T01:00:00Z",
        ]);
        versions[2].is_pinned = true;
        versions[5].is_restored = true;
        let rules = Rules {
            last: Some(2),
            within: Some("3d".parse().unwrap()),
            daily: Some(3),
            weekly: Some(2),
            monthly: Some(2),
            drop_session_ends: true,
        };
        insta::assert_snapshot!(told(&versions, &rules), @"
        @7 newest last within daily weekly monthly
        @6 last within daily
        @5 pinned within
        @4 within daily
        @3 weekly
        @2 restored monthly
        @1 goes
        ");
    }

    #[test]
    fn the_last_save_of_a_session_stays_unless_asked() {
        let versions = seen(&[
            "2026-09-01T01:00:00Z",
            "2026-09-01T01:20:00Z",
            "2026-09-01T01:49:59Z",
            "2026-09-01T02:19:59Z",
            "2026-09-01T02:30:00Z",
        ]);
        let rules = Rules { last: Some(1), ..Rules::default() };
        insta::assert_snapshot!(told(&versions, &rules), @"
        @5 newest session-end last
        @4 goes
        @3 session-end
        @2 goes
        @1 goes
        ");
        let rules = Rules { drop_session_ends: true, ..rules };
        insta::assert_snapshot!(told(&versions, &rules), @"
        @5 newest last
        @4 goes
        @3 goes
        @2 goes
        @1 goes
        ");
    }

    #[test]
    fn a_clock_that_was_put_back_makes_nothing_go_that_a_day_keeps() {
        let versions = seen(&["2026-09-01T01:00:00Z", "2036-09-01T01:00:00Z", "2026-09-01T02:00:00Z"]);
        let rules = Rules { daily: Some(2), drop_session_ends: true, ..Rules::default() };
        insta::assert_snapshot!(told(&versions, &rules), @"
        @3 newest daily
        @2 goes
        @1 goes
        ");
    }

    fn versions() -> impl Strategy<Value = Vec<Candidate>> {
        // Minutes between saves: within a session mostly.
        let save = (prop_oneof![3 => 0_i64..40, 1 => 0_i64..20_000], any::<bool>(), 0..20_u8);
        prop::collection::vec(save, 1..60).prop_map(|saves| {
            let mut observed_at = at("2026-01-01T00:00:00Z");
            let mut versions: Vec<_> = Vec::new();
            for (place, (minutes, is_pinned, restored)) in saves.into_iter().enumerate() {
                observed_at += TimeDelta::minutes(minutes);
                let is_pinned = is_pinned && restored < 2;
                let number = place as u64 + 1;
                versions.push(Candidate { number, observed_at, is_pinned, is_restored: restored == 3 });
            }
            versions.reverse();
            versions
        })
    }

    fn rules() -> impl Strategy<Value = Rules> {
        let count = || prop::option::of(1..8_u32);
        let within = prop::option::of((1..200_u32).prop_map(|days| format!("{days}d").parse().unwrap()));
        let kinds = (count(), within, count(), count(), count(), any::<bool>());
        kinds
            .prop_map(|(last, within, daily, weekly, monthly, drop_session_ends)| Rules {
                last,
                within,
                daily,
                weekly,
                monthly,
                drop_session_ends,
            })
            .prop_filter("there is a rule", |rules| rules.check().is_ok())
    }

    fn kept(versions: &[Candidate], rules: &Rules) -> Vec<u64> {
        let fates = choose(versions, rules, Shanghai, at("2026-09-10T00:00:00Z"));
        fates.iter().filter(|fate| fate.is_kept()).map(|fate| fate.number).collect()
    }

    proptest! {
        #[test]
        fn what_must_stay_stays(versions in versions(), rules in rules()) {
            let kept = kept(&versions, &rules);
            prop_assert_eq!(kept[0], versions[0].number);
            for (place, version) in versions.iter().enumerate() {
                let next = place.checked_sub(1).map(|newer| versions[newer]);
                let ends = next.is_none_or(|next| next.observed_at - version.observed_at >= TimeDelta::minutes(30));
                let must = version.is_pinned || version.is_restored || (ends && !rules.drop_session_ends);
                prop_assert!(!must || kept.contains(&version.number), "{:?}", version);
            }
            prop_assert!(kept.len() >= rules.last.map_or(1, |last| (last as usize).min(versions.len())));
        }

        /// The rules are a union.
        #[test]
        fn a_further_rule_keeps_no_less(versions in versions(), rules in rules(), last in 1..20_u32) {
            let more = Rules { last: Some(rules.last.unwrap_or_default().max(last)), ..rules.clone() };
            let (few, many) = (kept(&versions, &rules), kept(&versions, &more));
            prop_assert!(few.iter().all(|number| many.contains(number)));
        }

        /// Versions go oldest first, and a run may be cut off anywhere: the next one chooses the same.
        #[test]
        fn a_run_that_was_cut_off_ends_as_if_it_had_not_been(versions in versions(), rules in rules(), cut in 0..60_usize) {
            let keeps = kept(&versions, &rules);
            let goes: Vec<u64> = versions.iter().rev().map(|version| version.number).filter(|number| !keeps.contains(number)).collect();
            let gone = &goes[..cut.min(goes.len())];
            let left: Vec<_> = versions.iter().copied().filter(|version| !gone.contains(&version.number)).collect();
            prop_assert_eq!(kept(&left, &rules), keeps);
        }
    }
}
