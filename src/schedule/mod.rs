//! When an account is due: a pure function of a cron expression, a time zone and a time.
//!
//! `fields` checks expressions and `pattern` parses them; `local_time` handles the beginning and the end of daylight saving time.

mod error;
mod fields;
mod local_time;
mod pattern;

use std::{fmt, iter};

use chrono::{NaiveDate, SubsecRound, TimeDelta};
use chrono_tz::Tz;

pub use self::error::ScheduleError;
use self::pattern::Pattern;
use crate::model::{Timestamp, quota_day_began};

/// What fires no more often on a day is counted one by one.
const SELDOM: u32 = 24;

/// A cron expression in a time zone.
#[derive(Clone)]
pub struct Schedule {
    expression: String,
    pattern: Pattern,
}

impl Schedule {
    /// Parses an expression of 5 fields, or 6 with seconds first, whose times are local times in `zone`.
    ///
    /// Days follow Vixie cron: where both the day of the month and the day of the week are given, either is enough.
    ///
    /// # Errors
    ///
    /// Refuses fields it does not know, telling which and why, and expressions that never fire, such as `0 0 31 2 *`.
    pub fn parse(expression: &str, zone: Tz) -> Result<Self, ScheduleError> {
        fields::check(expression)?;
        let cron = pattern::parse_cron(expression).map_err(|reason| ScheduleError::Field {
            field: "schedule",
            written: expression.to_owned(),
            reason,
        })?;
        let schedule =
            Self { expression: expression.trim().to_owned(), pattern: Pattern { zone, cron: Box::new(cron) } };
        // The calendar repeats, so an expression that fires at all fires after any time.
        schedule.pattern.next_local(NaiveDate::default().into()).ok_or(ScheduleError::Never)?;
        Ok(schedule)
    }

    /// Returns the expression as it was written.
    pub fn expression(&self) -> &str {
        &self.expression
    }

    /// Returns the time zone of the expression.
    pub fn zone(&self) -> Tz {
        self.pattern.zone
    }

    /// Returns the first time strictly after `instant`, in UTC, on a whole second.
    ///
    /// The search begins in 1970 and ends with the year 4999; after that, the answer is [`Timestamp::MAX_UTC`].
    pub fn next_after(&self, instant: Timestamp) -> Timestamp {
        local_time::next_after(&self.pattern, instant.max(Timestamp::UNIX_EPOCH).trunc_subsecs(0))
            .unwrap_or(Timestamp::MAX_UTC)
    }

    /// Returns how often it fires on a day on which it fires. Days on which the clock changes may differ.
    pub fn polls_per_day(&self) -> u32 {
        let pattern = &self.pattern.cron.pattern;
        let count = |range: u32, matches: &dyn Fn(u32) -> bool| (0..range).filter(|value| matches(*value)).count();
        let seconds = count(60, &|second| pattern.second_match(second).is_ok_and(|yes| yes));
        let minutes = count(60, &|minute| pattern.minute_match(minute).is_ok_and(|yes| yes));
        let hours = count(24, &|hour| pattern.hour_match(hour).is_ok_and(|yes| yes));
        u32::try_from(seconds * minutes * hours).unwrap_or(u32::MAX)
    }

    /// Returns how often it still fires on the platform's day: exactly where that is seldom, and as if evenly spread where it is often.
    pub fn polls_left_today(&self, now: Timestamp) -> f64 {
        let (a_day, ends) = (self.polls_per_day(), quota_day_began(now) + TimeDelta::days(1));
        if a_day > SELDOM {
            return f64::from(a_day) * (ends - now).as_seconds_f64() / TimeDelta::days(1).as_seconds_f64();
        }
        let times = iter::successors(Some(self.next_after(now)), |at| Some(self.next_after(*at)));
        times.take_while(|at| *at < ends).count() as f64
    }

    /// Returns the expression in English words, such as `every 5 minutes`.
    pub fn in_words(&self) -> String {
        let words = self.pattern.cron.describe();
        let words = words.trim_end_matches('.');
        match words.strip_prefix("At ") {
            Some(rest) if rest.starts_with("every") => rest.to_owned(),
            Some(rest) => format!("at {rest}"),
            None => words.replacen("Every", "every", 1),
        }
    }
}

impl fmt::Display for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.expression, self.zone())
    }
}

impl fmt::Debug for Schedule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Schedule({self})")
    }
}

impl PartialEq for Schedule {
    fn eq(&self, other: &Self) -> bool {
        (&self.expression, self.zone()) == (&other.expression, other.zone())
    }
}

impl Eq for Schedule {}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn schedule(expression: &str) -> Schedule {
        Schedule::parse(expression, Shanghai).unwrap()
    }

    #[test]
    fn the_next_time_is_strictly_later_and_on_a_whole_second() {
        let table = [
            ("*/5 * * * *", "2026-01-01T00:00:00Z", "2026-01-01T00:05:00Z"),
            ("*/5 * * * *", "2026-01-01T00:04:59.999Z", "2026-01-01T00:05:00Z"),
            ("*/10 * * * * *", "2026-01-01T00:00:00.1Z", "2026-01-01T00:00:10Z"),
            ("0 8 * * *", "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"),
            ("0 8 * * mon-fri", "2026-01-02T00:00:00Z", "2026-01-05T00:00:00Z"),
            ("0 0 13 * 5", "2026-01-02T00:00:00Z", "2026-01-08T16:00:00Z"),
            ("0 0 29 feb *", "2026-01-01T00:00:00Z", "2028-02-28T16:00:00Z"),
        ];
        for (expression, after, next) in table {
            assert_eq!(schedule(expression).next_after(at(after)), at(next), "{expression} after {after}");
        }
    }

    #[test]
    fn the_ends_of_time_do_no_harm() {
        let daily = schedule("0 8 * * *");
        assert_eq!(daily.next_after(Timestamp::MIN_UTC), at("1970-01-02T00:00:00Z"));
        assert_eq!(daily.next_after(Timestamp::MAX_UTC), Timestamp::MAX_UTC);
    }

    #[test]
    fn a_day_of_polls_is_counted() {
        let table = [
            ("*/5 * * * *", 288),
            ("* * * * * *", 86_400),
            ("*/30 9-18 * * mon-fri", 20),
            ("0 0 1 1 *", 1),
            ("5/15 * * * *", 96),
        ];
        for (expression, polls) in table {
            assert_eq!(schedule(expression).polls_per_day(), polls, "{expression}");
        }
    }

    #[test]
    fn what_is_left_of_a_day_of_polls_is_counted() {
        let table = [
            ("30 9 * * *", "2026-09-01T01:29:59Z", 1.0),
            ("30 9 * * *", "2026-09-01T01:30:00Z", 0.0),
            ("0 8,20 * * *", "2026-09-01T00:00:00Z", 1.0),
            ("0 */2 * * *", "2026-09-01T04:00:00Z", 5.0),
            ("0 * * * *", "2026-09-01T04:30:00Z", 11.0),
            ("*/5 * * * *", "2026-09-01T04:00:00Z", 144.0),
        ];
        for (expression, now, left) in table {
            let polls = schedule(expression).polls_left_today(at(now));
            assert!((polls - left).abs() < 1e-9, "{expression} at {now}: {polls}");
        }
    }

    #[test]
    fn words_read_on_in_a_sentence() {
        assert_eq!(schedule("*/5 * * * *").in_words(), "every 5 minutes");
        assert_eq!(schedule("* * * * *").in_words(), "every minute");
        assert_eq!(schedule("0 8 * * *").in_words(), "at 08:00");
        assert_eq!(schedule("0 */2 * * *").to_string(), "0 */2 * * * in Asia/Shanghai");
    }

    #[test]
    fn schedules_are_equal_if_they_were_written_so_for_one_zone() {
        let daily = schedule("0 8 * * *");
        assert_eq!(daily.expression(), "0 8 * * *");
        assert_eq!(daily, schedule(" 0 8 * * * "));
        assert_ne!(daily, schedule("0 9 * * *"));
        assert_ne!(daily, Schedule::parse("0 8 * * *", chrono_tz::UTC).unwrap());
    }

    #[test]
    fn days_that_never_come_are_refused() {
        for never in ["0 0 31 2 *", "0 0 30 2 *", "0 0 31 4,6,9,11 *"] {
            assert_eq!(Schedule::parse(never, Shanghai), Err(ScheduleError::Never), "{never}");
        }
    }
}
