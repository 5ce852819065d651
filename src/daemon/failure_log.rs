//! Which failures of an account are logged: a new one at once, a lasting one every hour, and once when polls succeed again.
//! Pure.

use std::collections::HashMap;

use chrono::TimeDelta;

use crate::archive::Failure;
use crate::model::{MediaId, Timestamp};

/// A lasting failure is logged once in this time.
const REPEAT_INTERVAL: TimeDelta = TimeDelta::hours(1);

/// The failures of one account, from poll to poll.
#[derive(Debug, Default)]
pub(super) struct FailureLog {
    /// When the first of the failed polls ended.
    since: Option<Timestamp>,
    /// How many polls failed, in whole or in part.
    polls: u64,
    /// When each failure was last logged.
    logged_at: HashMap<FailureKey, Timestamp>,
}

/// Two failures are the same if they have the same code or, without a code, the same message without its digits.
///
/// Messages of one failure differ in numbers: how many bytes arrived, at which byte the error is. With the digits, a lasting
/// failure would be logged at every poll.
#[derive(Debug, PartialEq, Eq, Hash)]
struct FailureKey(Option<MediaId>, Result<i64, String>);

/// What to log after a poll.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LogEvent<'a> {
    /// A failure that is new or was last logged an hour ago; `others` counts the poll's other failures.
    Failed { failure: &'a Failure, others: usize },
    /// The first poll without failures after `polls` with failures.
    Recovered { lasted: TimeDelta, polls: u64 },
}

impl FailureLog {
    /// Records a poll that ended at `now` with these failures, and returns what to log.
    pub(super) fn update<'a>(&mut self, failures: &'a [Failure], now: Timestamp) -> Option<LogEvent<'a>> {
        if failures.is_empty() {
            let Self { since, polls, .. } = std::mem::take(self);
            return since.map(|since| LogEvent::Recovered { lasted: now - since, polls });
        }
        // Damage is reported once, and nothing is well again because the next poll does not report it.
        if failures.iter().any(|failure| !failure.is_damage()) {
            self.since.get_or_insert(now);
            self.polls += 1;
        }
        // A time in the future means that the clock was set back.
        self.logged_at.retain(|_, said| (TimeDelta::zero()..REPEAT_INTERVAL).contains(&(now - *said)));
        let failure = failures.iter().find(|failure| !self.logged_at.contains_key(&FailureKey::of(failure)))?;
        self.logged_at.extend(failures.iter().map(|failure| (FailureKey::of(failure), now)));
        Some(LogEvent::Failed { failure, others: failures.len() - 1 })
    }
}

impl FailureKey {
    fn of(failure: &Failure) -> Self {
        let words = || failure.message.chars().filter(|c| !c.is_ascii_digit()).collect();
        Self(failure.media_id.clone(), failure.code.ok_or_else(words))
    }
}

/// Formats a duration with its two largest units.
pub(super) fn lasted(time: TimeDelta) -> String {
    let seconds = time.num_seconds().max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {minutes} min"),
        (_, _, _) => format!("{days} d {hours} h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::FailureKind;

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minute)
    }

    fn refused(code: i64, rid: &str) -> Failure {
        Failure { code: Some(code), ..Failure::new(None, FailureKind::Token, format!("refused (rid {rid})")) }
    }

    #[test]
    fn a_lasting_failure_is_told_once_an_hour_and_once_at_its_end() {
        let mut log = FailureLog::default();
        let polls: Vec<i64> = (0..=120).step_by(5).collect();
        let said: Vec<i64> = polls
            .iter()
            .copied()
            .filter(|&minute| log.update(&[refused(40164, &minute.to_string())], at(minute)).is_some())
            .collect();
        assert_eq!(said, [0, 60, 120]);
        let recovered = LogEvent::Recovered { lasted: TimeDelta::minutes(125), polls: polls.len() as u64 };
        assert_eq!(log.update(&[], at(125)), Some(recovered));
        assert_eq!(log.update(&[], at(130)), None, "health is no news");
    }

    #[test]
    fn another_failure_is_news_and_one_that_comes_and_goes_is_not() {
        let mut log = FailureLog::default();
        let (ip, quota) = ([refused(40164, "a")], [refused(45009, "b")]);
        let news = |failure| Some(LogEvent::Failed { failure, others: 0 });
        assert_eq!(log.update(&ip, at(0)), news(&ip[0]));
        assert_eq!(log.update(&quota, at(5)), news(&quota[0]));
        assert_eq!(log.update(&ip, at(10)), None);
        assert_eq!(log.update(&quota, at(15)), None);
    }

    #[test]
    fn a_failure_without_a_code_is_the_same_whatever_its_numbers_are() {
        let mut log = FailureLog::default();
        let garbled = |message: &str| [Failure::new(None, FailureKind::UnusableAnswer, message.to_owned())];
        assert!(log.update(&garbled("no JSON at byte 77 of 1234 bytes"), at(0)).is_some());
        assert_eq!(log.update(&garbled("no JSON at byte 5 of 99 bytes"), at(5)), None);
        assert!(log.update(&garbled("no answer within 30 s"), at(10)).is_some(), "the words differ");
    }

    #[test]
    fn nothing_is_well_again_because_damage_is_reported_once() {
        let mut log = FailureLog::default();
        let damage = [Failure::older_version_damaged(MediaId::new("D1"), 2, "a lost page")];
        assert_eq!(log.update(&damage, at(0)), Some(LogEvent::Failed { failure: &damage[0], others: 0 }));
        assert_eq!(log.update(&[], at(5)), None);
        let both = [damage[0].clone(), refused(40164, "a")];
        assert!(log.update(&both, at(10)).is_some());
        let recovered = LogEvent::Recovered { lasted: TimeDelta::minutes(5), polls: 1 };
        assert_eq!(log.update(&[], at(15)), Some(recovered));
    }

    #[test]
    fn one_line_speaks_for_all_failures_of_a_poll() {
        let mut log = FailureLog::default();
        let of = |draft: &str| Failure { media_id: Some(MediaId::new(draft)), ..refused(40007, "a") };
        let two = [of("D1"), of("D2")];
        assert_eq!(log.update(&two, at(0)), Some(LogEvent::Failed { failure: &two[0], others: 1 }));
        assert_eq!(log.update(&two, at(5)), None);
        let three = [of("D1"), of("D2"), of("D3")];
        assert_eq!(log.update(&three, at(10)), Some(LogEvent::Failed { failure: &three[2], others: 2 }));
    }

    #[test]
    fn a_clock_that_was_put_back_does_not_silence_anything() {
        let mut log = FailureLog::default();
        assert!(log.update(&[refused(40164, "a")], at(600)).is_some());
        assert!(log.update(&[refused(40164, "a")], at(0)).is_some());
    }

    #[test]
    fn times_are_told_by_their_two_largest_units() {
        let table = [(-5, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (7500, "2 h 5 min"), (90_000, "1 d 1 h")];
        for (seconds, words) in table {
            assert_eq!(lasted(TimeDelta::seconds(seconds)), words);
        }
    }
}
