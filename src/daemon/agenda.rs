//! Which accounts are due, and when the next one is. Pure: the clock and the archive's answer are passed in.
//!
//! An account was last looked after when its newest recorded poll began, or when it was last named, whichever is
//! later: a poll that is still running has no row yet, and must not be named again and again until it has.

use std::collections::BTreeMap;

use chrono::{SubsecRound, TimeDelta};

use crate::config::PollMode;
use crate::model::{AccountName, Timestamp};

/// How far in the future an instant of the past may lie before the clock is taken to have been put back.
///
/// Smaller differences are the everyday corrections of a time service, and waiting them out costs at most this.
const CLOCK_PUT_BACK: TimeDelta = TimeDelta::minutes(1);

/// How long an account without a schedule is waited for to say when it is due again: its steps take seconds.
const AUTO: TimeDelta = TimeDelta::minutes(10);

/// No plan looks further ahead.
const FURTHEST: TimeDelta = TimeDelta::hours(2);

/// The accounts with what is known of them.
#[derive(Debug, Default)]
pub(super) struct Agenda(BTreeMap<AccountName, Entry>);

#[derive(Debug)]
struct Entry {
    poll_mode: PollMode,
    /// When it was last named.
    named: Option<Timestamp>,
    /// When its newest recorded poll began.
    recorded: Option<Timestamp>,
    /// When its next step is due, where it has no schedule and the step before has ended.
    planned: Option<Timestamp>,
}

impl Agenda {
    /// Enters an account, or enters it anew: it is due at once.
    pub(super) fn enter(&mut self, account: AccountName, poll_mode: PollMode) {
        self.0.insert(account, Entry { poll_mode, named: None, recorded: None, planned: None });
    }

    /// Takes an account out.
    pub(super) fn strike(&mut self, account: &AccountName) {
        self.0.remove(account);
    }

    /// Returns the accounts in it.
    pub(super) fn accounts(&self) -> Vec<AccountName> {
        self.0.keys().cloned().collect()
    }

    /// Takes note of when an account's newest poll on record began.
    pub(super) fn recorded(&mut self, account: &AccountName, began: Option<Timestamp>) {
        if let Some(entry) = self.0.get_mut(account) {
            entry.recorded = began;
        }
    }

    /// Takes note of when an account is due by its plan.
    pub(super) fn planned(&mut self, account: &AccountName, next: Timestamp) {
        if let Some(entry) = self.0.get_mut(account) {
            entry.planned = Some(next);
        }
    }

    /// Returns when the next account is due, which may be past; [`Timestamp::MAX_UTC`] where there is none.
    pub(super) fn next(&self, now: Timestamp) -> Timestamp {
        self.0.values().map(|entry| entry.next(now)).min().unwrap_or(Timestamp::MAX_UTC)
    }

    /// Names the accounts that are due, each once.
    pub(super) fn take_due(&mut self, now: Timestamp) -> Vec<AccountName> {
        let due = self.0.iter_mut().filter(|(_, entry)| entry.next(now) <= now);
        due.map(|(account, entry)| {
            (entry.named, entry.planned) = (Some(now), None);
            account.clone()
        })
        .collect()
    }
}

impl Entry {
    /// Returns when it is due. What lies in the future is not believed: the clock was put back, and waiting for the
    /// clock to come round again would leave the account alone for as long.
    fn next(&self, now: Timestamp) -> Timestamp {
        if let (PollMode::Adaptive, Some(planned)) = (&self.poll_mode, self.planned) {
            let was_put_back = self.named.is_some_and(|named| named - now > CLOCK_PUT_BACK);
            return if planned - now <= FURTHEST && !was_put_back { planned } else { now };
        }
        let believed = |instant: &Timestamp| *instant - now <= CLOCK_PUT_BACK;
        let last = [self.named, self.recorded].into_iter().flatten().filter(believed).max();
        match last {
            // A newly entered account is due although the archive knows an earlier poll of it.
            Some(last) if self.named.is_some() => match &self.poll_mode {
                PollMode::Adaptive => last.trunc_subsecs(0) + AUTO,
                PollMode::Cron(schedule) => schedule.next_after(last),
            },
            _ => now,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;
    use proptest::prelude::*;

    use super::*;
    use crate::schedule::Schedule;

    fn at(text: &str) -> Timestamp {
        format!("2026-09-01T{text}Z").parse().unwrap()
    }

    fn name(text: &str) -> AccountName {
        text.parse().unwrap()
    }

    fn poll_mode(written: &str) -> PollMode {
        match written {
            PollMode::AUTO => PollMode::Adaptive,
            expression => PollMode::Cron(Schedule::parse(expression, Shanghai).unwrap()),
        }
    }

    fn agenda(accounts: &[(&str, &str)]) -> Agenda {
        let mut agenda = Agenda::default();
        for (account, written) in accounts {
            agenda.enter(name(account), poll_mode(written));
        }
        agenda
    }

    fn due(agenda: &mut Agenda, now: &str) -> Vec<String> {
        agenda.take_due(at(now)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_account_is_due_at_first_and_then_by_its_schedule() {
        let mut agenda = agenda(&[("a", "*/5 * * * *"), ("b", "*/2 * * * * *"), ("c", "*/5 * * * *")]);
        assert_eq!(due(&mut agenda, "02:00:01.5"), ["a", "b", "c"]);
        assert_eq!(agenda.next(at("02:00:01.5")), at("02:00:02"));
        assert_eq!(due(&mut agenda, "02:00:01.999"), [""; 0]);
        assert_eq!(due(&mut agenda, "02:00:02"), ["b"]);
        assert_eq!(due(&mut agenda, "02:05:00"), ["a", "b", "c"]);
        assert_eq!(agenda.next(at("02:05:00")), at("02:05:02"));
    }

    #[test]
    fn an_account_without_a_schedule_is_due_some_time_after_its_last_poll() {
        let mut agenda = agenda(&[("a", "auto")]);
        assert_eq!(due(&mut agenda, "02:00:01.5"), ["a"]);
        assert_eq!(agenda.next(at("02:00:01.5")), at("02:10:01"));
        agenda.recorded(&name("a"), Some(at("02:04:00")));
        assert_eq!(due(&mut agenda, "02:13:59"), [""; 0], "somebody was faster");
        assert_eq!(due(&mut agenda, "02:14:00"), ["a"]);
    }

    #[test]
    fn a_poll_that_takes_its_time_is_named_once_for_each_time_it_is_due() {
        let mut agenda = agenda(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut agenda, "02:00:00"), ["a"]);
        assert_eq!(due(&mut agenda, "02:05:00"), ["a"], "the poll of 02:00 is still running; the tick is kept");
        agenda.recorded(&name("a"), Some(at("02:00:00")));
        assert_eq!(due(&mut agenda, "02:06:00"), [""; 0], "the kept tick has become a poll by now");
        agenda.recorded(&name("a"), Some(at("02:05:50")));
        assert_eq!(agenda.next(at("02:07:00")), at("02:10:00"));
    }

    #[test]
    fn a_poll_by_hand_counts() {
        let mut agenda = agenda(&[("a", "0 10 * * *")]);
        assert_eq!(due(&mut agenda, "00:00:00"), ["a"]);
        agenda.recorded(&name("a"), Some(at("02:00:05")));
        assert_eq!(due(&mut agenda, "02:00:30"), [""; 0], "the machine slept until 02:00, and somebody was faster");
    }

    #[test]
    fn a_night_of_sleep_is_one_poll() {
        let mut agenda = agenda(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut agenda, "02:00:00"), ["a"]);
        assert_eq!(due(&mut agenda, "10:01:00"), ["a"]);
        assert_eq!(due(&mut agenda, "10:01:00.1"), [""; 0]);
    }

    #[test]
    fn a_clock_that_was_put_back_stops_nothing() {
        let mut agenda = agenda(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut agenda, "10:00:00"), ["a"]);
        agenda.recorded(&name("a"), Some(at("10:00:00")));
        assert_eq!(due(&mut agenda, "02:00:10"), ["a"], "now or in eight hours");
        assert_eq!(due(&mut agenda, "02:00:11"), [""; 0], "its poll is under way: the archive still says 10:00");
        assert_eq!(agenda.next(at("02:00:11")), at("02:05:00"));
        // A correction of some seconds is waited out.
        agenda.recorded(&name("a"), Some(at("02:00:40")));
        assert_eq!(due(&mut agenda, "02:00:11"), [""; 0]);
    }

    #[test]
    fn an_account_that_is_entered_anew_is_due_and_one_that_is_struck_never() {
        let mut agenda = agenda(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut agenda, "02:00:00"), ["a"]);
        agenda.enter(name("a"), poll_mode("0 10 * * *"));
        agenda.recorded(&name("a"), Some(at("02:00:00")));
        assert_eq!(due(&mut agenda, "02:01:00"), ["a"]);
        agenda.strike(&name("a"));
        assert_eq!(agenda.next(at("02:01:00")), Timestamp::MAX_UTC);
    }

    proptest! {
        /// However the clock jumps: whoever was named is not due again before its schedule says so, and never later.
        #[test]
        fn an_account_is_named_once_and_never_forgotten(jumps in prop::collection::vec(-100_000_i64..100_000, 1..30)) {
            let mut agenda = agenda(&[("a", "*/5 * * * *")]);
            let mut now = at("12:00:00");
            for jump in jumps {
                now += TimeDelta::seconds(jump);
                agenda.take_due(now);
                prop_assert_eq!(agenda.take_due(now), vec![], "twice at {}", now);
                let next = agenda.next(now);
                prop_assert!(next > now && next - now <= TimeDelta::minutes(6), "at {} the next is {}", now, next);
            }
        }
    }
}
