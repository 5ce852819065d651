//! Which copies of an archive may go: a grandfather-father-son rule.

use chrono_tz::Tz;

use super::periods::Periods;
use crate::model::Timestamp;

/// Returns the copies that may go once a copy of the instant `proven` is there and proven, oldest first. The newest copy of each of the last
/// days, weeks and months stays, so many of each as `counts` says, by the calendar of `zone`; a day without a copy does not count. The proven one stays in any
/// case. One that is newer than it, by a clock that was ahead or by a file that somebody put there, stays and takes no other's place.
pub fn superseded(copies: &[Timestamp], proven: Timestamp, counts: [u32; 3], zone: Tz) -> Vec<Timestamp> {
    let mut newest_first: Vec<Timestamp> = copies.to_vec();
    newest_first.sort_unstable_by(|one, other| other.cmp(one));
    newest_first.dedup();
    newest_first.retain(|at| *at <= proven);
    let mut periods = Periods::new(counts);
    newest_first.retain(|at| {
        let is_newest_of_one = periods.enter(at.with_timezone(&zone).date_naive()).contains(&true);
        !is_newest_of_one && *at != proven
    });
    newest_first.reverse();
    newest_first
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use chrono::{Datelike, TimeDelta};
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn day(at: Timestamp) -> i32 {
        at.with_timezone(&Shanghai).num_days_from_ce()
    }

    fn month(at: Timestamp) -> (i32, u32) {
        (at.with_timezone(&Shanghai).year(), at.with_timezone(&Shanghai).month())
    }

    /// What stays of a copy each night for two years.
    #[test]
    fn of_a_copy_each_night_days_weeks_and_months_stay() {
        let keep = [7, 4, 12];
        let mut copies = Vec::new();
        for night in 0..730 {
            let now = at("2024-09-01T19:30:00Z") + TimeDelta::days(night);
            copies.push(now);
            let gone = superseded(&copies, now, keep, Shanghai);
            copies.retain(|copy| !gone.contains(copy));
        }
        let days: Vec<String> =
            copies.iter().map(|copy| copy.with_timezone(&Shanghai).format("%m-%d").to_string()).collect();
        insta::assert_snapshot!(days.join(" "), @"10-31 11-30 12-31 01-31 02-28 03-31 04-30 05-31 06-30 07-31 08-16 08-23 08-26 08-27 08-28 08-29 08-30 08-31 09-01");
    }

    #[test]
    fn a_clock_that_was_ahead_costs_no_copy_of_the_right_time() {
        let keep = [1, 0, 0];
        let (ahead, now) = (at("2030-01-01T00:00:00Z"), at("2026-09-01T00:00:00Z"));
        let before = now - TimeDelta::days(1);
        assert_eq!(superseded(&[ahead, now, before], now, keep, Shanghai), [before], "it takes no place");
        assert!(superseded(&[ahead, now, before], now, [2, 0, 0], Shanghai).is_empty());
    }

    proptest! {
        /// What the rule promises, for any copies at all.
        #[test]
        fn the_proven_copy_stays_and_nothing_goes_that_a_period_needs(
            hours in prop::collection::vec(0i64..30_000, 1..60),
            proven in 0usize..60,
            (daily, weekly, monthly) in (0u32..5, 0u32..5, 0u32..5),
        ) {
            let copies: Vec<Timestamp> = hours.iter().map(|hour| at("2024-01-01T00:00:00Z") + TimeDelta::hours(*hour)).collect();
            let proven = copies[proven % copies.len()];
            let keep = [daily, weekly, monthly];
            let gone = superseded(&copies, proven, keep, Shanghai);
            let stay: Vec<Timestamp> = copies.iter().copied().filter(|copy| !gone.contains(copy)).collect();
            prop_assert!(stay.contains(&proven) && gone.iter().all(|copy| copies.contains(copy) && *copy < proven));
            let until_proven = |copies: &[Timestamp]| copies.iter().copied().filter(|at| *at <= proven).collect::<Vec<_>>();
            let (copies, stay) = (until_proven(&copies), until_proven(&stay));
            // Each period has as many copies as are asked for, or all that there are.
            let periods = |copies: &[Timestamp]| copies.iter().map(|copy| day(*copy)).collect::<BTreeSet<_>>().len();
            prop_assert!(periods(&stay) >= periods(&copies).min(daily as usize));
            let months = |copies: &[Timestamp]| copies.iter().map(|copy| month(*copy)).collect::<BTreeSet<_>>().len();
            prop_assert!(months(&stay) >= months(&copies).min(monthly as usize));
            // No more stay than the rule says.
            let different: BTreeSet<_> = stay.iter().collect();
            prop_assert!(different.len() <= (daily + weekly + monthly) as usize + 1);
            // What stays once stays: the rule is asked again after each copy.
            prop_assert!(superseded(&stay, proven, keep, Shanghai).is_empty());
        }
    }
}
