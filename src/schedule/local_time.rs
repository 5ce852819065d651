//! Local times as times in UTC, also on the days when daylight saving time begins or ends.
//!
//! The rules are those of Vixie cron. A schedule with one time a day fires once on every day: a time that is skipped fires at
//! the end of the gap, a time that comes twice fires once. A schedule with several times follows the clock: a skipped time does
//! not fire, a time that comes twice fires twice.
//!
//! croner knows no daylight saving time: in the hour that comes twice, its own search goes back in time from the second round,
//! and misses the second round from the first. So it only searches among local times here.

use chrono::{MappedLocalTime, NaiveDateTime, Offset, TimeDelta, TimeZone};
use chrono_tz::{GapInfo, Tz};

use super::pattern::Pattern;
use crate::model::Timestamp;

const SECOND: TimeDelta = TimeDelta::seconds(1);

/// Returns the first time strictly after `instant`, which is on a whole second; `None` past the end of the search.
pub(super) fn next_after(pattern: &Pattern, instant: Timestamp) -> Option<Timestamp> {
    let utc = instant.naive_utc();
    let local = utc.checked_add_offset(pattern.zone.offset_from_utc_datetime(&utc).fix())?;
    next_in_overlap(pattern, instant, local).or_else(|| next_in_order(pattern, instant, local))
}

/// Takes the local times in their order, which is the order in UTC everywhere but in an overlap.
fn next_in_order(pattern: &Pattern, instant: Timestamp, mut local: NaiveDateTime) -> Option<Timestamp> {
    loop {
        local = pattern.next_local(local)?;
        let found = match pattern.zone.from_local_datetime(&local) {
            MappedLocalTime::Single(found) | MappedLocalTime::Ambiguous(found, _) => found,
            MappedLocalTime::None => {
                let end = GapInfo::new(&local, &pattern.zone)?.end?;
                if !pattern.is_once_a_day() {
                    local = end.naive_local() - SECOND;
                    continue;
                }
                end
            }
        };
        if found > instant {
            return Some(found.to_utc());
        }
    }
}

/// Finds the next time within the overlap that `instant` is in, for schedules whose times come twice there.
fn next_in_overlap(pattern: &Pattern, instant: Timestamp, local: NaiveDateTime) -> Option<Timestamp> {
    if pattern.is_once_a_day() {
        return None;
    }
    let overlap = DstOverlap::around(pattern.zone, local)?;
    let within = |after: NaiveDateTime| {
        let local = pattern.next_local(after).filter(|local| *local < overlap.end)?;
        Some(pattern.zone.from_local_datetime(&local))
    };
    let in_first_round = || within(local)?.earliest();
    let in_second_round = |after| within(after)?.latest();
    let found = if instant < overlap.turn {
        in_first_round().or_else(|| in_second_round(overlap.start - SECOND))
    } else {
        in_second_round(local)
    };
    found.map(|found| found.to_utc())
}

/// Local times that come twice, because the clock is put back at their end.
struct DstOverlap {
    start: NaiveDateTime,
    /// The first local time after it that comes once.
    end: NaiveDateTime,
    /// When the clock is put back: the second round begins.
    turn: Timestamp,
}

impl DstOverlap {
    /// Returns the overlap that `local` lies in, if there is one.
    fn around(zone: Tz, local: NaiveDateTime) -> Option<Self> {
        let MappedLocalTime::Ambiguous(first, second) = zone.from_local_datetime(&local) else { return None };
        let back = second.naive_utc() - first.naive_utc();
        let (mut before, mut turn) = (first.to_utc(), second.to_utc());
        while turn - before > SECOND {
            let middle = before + TimeDelta::seconds((turn - before).num_seconds() / 2);
            let same_round = zone.offset_from_utc_datetime(&middle.naive_utc()) == *first.offset();
            if same_round {
                before = middle;
            } else {
                turn = middle;
            }
        }
        let start = turn.with_timezone(&zone).naive_local();
        Some(Self { start, end: start + back, turn })
    }
}

#[cfg(test)]
mod tests {
    use chrono::Timelike;
    use chrono_tz::America::New_York;
    use chrono_tz::Asia::Shanghai;
    use chrono_tz::Australia::Lord_Howe;
    use chrono_tz::Europe::Paris;
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::Schedule;

    fn fires(expression: &str, zone: Tz, after: &str, count: usize) -> Vec<String> {
        let schedule = Schedule::parse(expression, zone).unwrap();
        let next = |instant: &Timestamp| Some(schedule.next_after(*instant));
        std::iter::successors(Some(after.parse().unwrap()), next)
            .skip(1)
            .take(count)
            .map(|instant| instant.with_timezone(&zone).format("%d %H:%M%z").to_string())
            .collect()
    }

    #[test]
    fn one_time_a_day_keeps_its_hour_when_the_clock_changes() {
        assert_eq!(
            fires("0 21 * * *", Paris, "2026-10-24T12:00:00Z", 3),
            ["24 21:00+0200", "25 21:00+0100", "26 21:00+0100"]
        );
        assert_eq!(fires("0 19 * * *", New_York, "2026-03-07T12:00:00Z", 2), ["07 19:00-0500", "08 19:00-0400"]);
    }

    #[test]
    fn one_time_a_day_that_is_skipped_comes_at_the_end_of_the_gap() {
        assert_eq!(fires("30 2 * * *", Paris, "2026-03-28T12:00:00Z", 2), ["29 03:00+0200", "30 02:30+0200"]);
        assert_eq!(fires("30 2 * * *", New_York, "2026-03-07T12:00:00Z", 2), ["08 03:00-0400", "09 02:30-0400"]);
    }

    #[test]
    fn one_time_a_day_that_comes_twice_counts_once() {
        assert_eq!(fires("30 1 * * *", New_York, "2026-11-01T04:00:00Z", 2), ["01 01:30-0400", "02 01:30-0500"]);
        // Asked between the two, and in the second round.
        for after in ["2026-11-01T05:45:00Z", "2026-11-01T06:15:00Z"] {
            assert_eq!(fires("30 1 * * *", New_York, after, 1), ["02 01:30-0500"], "{after}");
        }
    }

    #[test]
    fn several_times_a_day_follow_the_clock() {
        assert_eq!(
            fires("*/30 * * * *", Paris, "2026-10-24T23:30:00Z", 6),
            ["25 02:00+0200", "25 02:30+0200", "25 02:00+0100", "25 02:30+0100", "25 03:00+0100", "25 03:30+0100"]
        );
        assert_eq!(
            fires("*/30 * * * *", Paris, "2026-03-29T00:00:00Z", 3),
            ["29 01:30+0100", "29 03:00+0200", "29 03:30+0200"]
        );
        // Nothing left in the first round, one time in the second.
        assert_eq!(
            fires("5,10 2 * * *", Paris, "2026-10-25T00:30:00Z", 3),
            ["25 02:05+0100", "25 02:10+0100", "26 02:05+0100"]
        );
        // A fold of half an hour.
        assert_eq!(
            fires("*/20 1 * * *", Lord_Howe, "2026-04-04T14:20:00Z", 3),
            ["05 01:40+1100", "05 01:40+1030", "06 01:00+1030"]
        );
    }

    /// Returns whether `schedule` fires at `instant`, by the rules at the head of this file and nothing else.
    fn fires_at(schedule: &Schedule, instant: Timestamp) -> bool {
        let zoned = instant.with_timezone(&schedule.zone());
        let local = zoned.naive_local();
        let matches = |local: NaiveDateTime| schedule.pattern.cron.is_time_matching(&local.and_utc()).unwrap();
        if !schedule.pattern.is_once_a_day() {
            return matches(local);
        }
        let second_round = schedule.zone().from_local_datetime(&local).earliest() != Some(zoned);
        let before = (instant - SECOND).with_timezone(&schedule.zone()).naive_local();
        let mut skipped = std::iter::successors(Some(before + SECOND), |time| Some(*time + TimeDelta::minutes(1)));
        !second_round && (matches(local) || skipped.by_ref().take_while(|time| *time < local).any(matches))
    }

    fn expressions() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            "* * * * *",
            "*/5 * * * *",
            "*/30 * * * *",
            "5,10 2 * * *",
            "30 2 * * *",
            "30 1 * * *",
            "0 3 * * *",
            "0 0 * * *",
            "15 */3 * * *",
            "*/20 1,2 25,29 3,10 *",
            "0 8 * * mon-fri",
            "59 1-2 * * sun",
        ])
    }

    fn zones() -> impl Strategy<Value = Tz> {
        prop::sample::select(vec![Shanghai, Paris, New_York, Lord_Howe, Tz::America__Havana, Tz::Antarctica__Troll])
    }

    /// Instants of the years 2020 to 2030, half of them within a day of a change of the clock.
    fn instants() -> impl Strategy<Value = (i64, Option<i64>)> {
        (1_577_836_800_000_i64..1_893_456_000_000, prop::option::of(-86_400_000_i64..86_400_000))
    }

    /// Moves the instant to the zone's next change of the clock, and from there by `offset` milliseconds.
    fn place(zone: Tz, (millis, offset): (i64, Option<i64>)) -> Timestamp {
        let instant = Timestamp::from_timestamp_millis(millis).unwrap();
        let Some(offset) = offset else { return instant };
        let offset_at = |hour: Timestamp| zone.offset_from_utc_datetime(&hour.naive_utc()).fix();
        let hours = (0..366 * 24).map(|hour| instant + TimeDelta::hours(hour));
        let change = hours.into_iter().find(|hour| offset_at(*hour) != offset_at(instant)).unwrap_or(instant);
        change + TimeDelta::milliseconds(offset)
    }

    proptest! {
        #[test]
        fn the_next_time_is_the_first_that_fires(expression in expressions(), zone in zones(), at in instants()) {
            let schedule = Schedule::parse(expression, zone).unwrap();
            let instant = place(zone, at);
            let next = schedule.next_after(instant);
            prop_assert!(next > instant);
            prop_assert_eq!(next.nanosecond(), 0);
            prop_assert!(fires_at(&schedule, next), "{} does not fire at {}", schedule, next);

            let minute = instant.timestamp().div_euclid(60) * 60;
            let mut between = (1..3 * 24 * 60)
                .map(|count| Timestamp::from_timestamp(minute + count * 60, 0).unwrap())
                .take_while(|minute| *minute < next);
            prop_assert_eq!(between.find(|minute| fires_at(&schedule, *minute)), None);
        }

        #[test]
        fn who_waits_longer_is_never_due_earlier(expression in expressions(), zone in zones(), at in instants(), wait in 0_i64..200_000_000) {
            let schedule = Schedule::parse(expression, zone).unwrap();
            let last = place(zone, at);
            let later = last + TimeDelta::milliseconds(wait);
            prop_assert!(schedule.next_after(later) >= schedule.next_after(last));
        }
    }
}
