//! Which accounts are due, and when the next one is. Pure: the time and the archive's answer are arguments.
//!
//! Due times are kept in order, so accounts that wait cost nothing, however many they are.
//!
//! The last poll of an account is its newest recorded poll or its last dispatch, whichever is later: a running poll has no row
//! yet, and must not be dispatched again and again.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{SubsecRound, TimeDelta};

use crate::config::PollMode;
use crate::model::{AccountName, Timestamp};

/// A past time that lies further than this in the future means that the clock was set back.
///
/// Smaller differences are ordinary corrections by a time service; waiting for them costs at most this.
const CLOCK_SET_BACK: TimeDelta = TimeDelta::minutes(1);

/// With adaptive polling, an account that has not said by then when its next step is due is dispatched again.
const ADAPTIVE_FALLBACK: TimeDelta = TimeDelta::minutes(10);

/// The longest time between two steps that the adaptive poller asks for.
const MAX_PLAN_AHEAD: TimeDelta = TimeDelta::hours(2);

/// The accounts, and when each is due.
#[derive(Debug, Default)]
pub(super) struct Scheduler {
    entries: BTreeMap<AccountName, Entry>,
    /// The same accounts by [`Entry::due`].
    queue: BTreeSet<(Timestamp, AccountName)>,
    /// The time of the last question. An earlier one means that the clock was set back.
    asked_at: Timestamp,
}

#[derive(Debug)]
struct Entry {
    poll_mode: PollMode,
    due: Timestamp,
    /// When it was last dispatched.
    dispatched_at: Option<Timestamp>,
    /// When its newest recorded poll began.
    last_poll: Option<Timestamp>,
    /// When its next step is due, with adaptive polling and after the last step has ended; or before its schedule says so.
    next_step: Option<Timestamp>,
}

impl Scheduler {
    /// Adds or replaces an account; it is due at once.
    pub(super) fn upsert(&mut self, account: AccountName, poll_mode: PollMode) {
        self.remove(&account);
        let due = Timestamp::MIN_UTC;
        self.queue.insert((due, account.clone()));
        self.entries.insert(account, Entry { poll_mode, due, dispatched_at: None, last_poll: None, next_step: None });
    }

    /// Removes an account.
    pub(super) fn remove(&mut self, account: &AccountName) {
        if let Some(entry) = self.entries.remove(account) {
            self.queue.remove(&(entry.due, account.clone()));
        }
    }

    /// Returns whether it has this account.
    pub(super) fn contains(&self, account: &AccountName) -> bool {
        self.entries.contains_key(account)
    }

    /// Sets when the account's newest recorded poll began.
    pub(super) fn set_last_poll(&mut self, account: &AccountName, began: Option<Timestamp>, now: Timestamp) {
        self.update(account, now, |entry| entry.last_poll = began);
    }

    /// Sets when the account's next step is due.
    pub(super) fn set_next_step(&mut self, account: &AccountName, next: Timestamp, now: Timestamp) {
        self.update(account, now, |entry| entry.next_step = Some(next));
    }

    /// When the next account is due, which may be in the past; [`Timestamp::MAX_UTC`] without accounts.
    pub(super) fn next(&self) -> Timestamp {
        self.queue.first().map_or(Timestamp::MAX_UTC, |(due, _)| *due)
    }

    /// Returns the due accounts, the longest due first.
    pub(super) fn due(&mut self, now: Timestamp) -> Vec<AccountName> {
        if now < self.asked_at {
            let accounts: Vec<AccountName> = self.entries.keys().cloned().collect();
            accounts.iter().for_each(|account| self.update(account, now, |_| {}));
        }
        self.asked_at = now;
        self.queue.iter().take_while(|(due, _)| *due <= now).map(|(_, account)| account.clone()).collect()
    }

    /// Marks an account as dispatched; returns `false` if it is not due.
    pub(super) fn dispatch(&mut self, account: &AccountName, now: Timestamp) -> bool {
        let is_due = self.entries.get(account).is_some_and(|entry| entry.due <= now);
        if is_due {
            self.update(account, now, |entry| (entry.dispatched_at, entry.next_step) = (Some(now), None));
        }
        is_due
    }

    /// Changes an account, and its due time with it.
    fn update(&mut self, account: &AccountName, now: Timestamp, change: impl FnOnce(&mut Entry)) {
        let Some(entry) = self.entries.get_mut(account) else { return };
        change(entry);
        let (before, due) = (entry.due, entry.next(now));
        entry.due = due;
        if due != before {
            self.queue.remove(&(before, account.clone()));
            self.queue.insert((due, account.clone()));
        }
    }
}

impl Entry {
    /// When it is due. Times in the future are ignored: the clock was set back, and waiting until it reaches them again would
    /// leave the account without polls for that long.
    fn next(&self, now: Timestamp) -> Timestamp {
        if let (PollMode::Adaptive, Some(planned)) = (&self.poll_mode, self.next_step) {
            let was_set_back = self.dispatched_at.is_some_and(|dispatched| dispatched - now > CLOCK_SET_BACK);
            return if planned - now <= MAX_PLAN_AHEAD && !was_set_back { planned } else { now };
        }
        let believed = |instant: &Timestamp| *instant - now <= CLOCK_SET_BACK;
        let last = [self.dispatched_at, self.last_poll].into_iter().flatten().filter(believed).max();
        match last {
            // A new account is due even if the archive has an earlier poll of it.
            Some(last) if self.dispatched_at.is_some() => match &self.poll_mode {
                PollMode::Adaptive => last.trunc_subsecs(0) + ADAPTIVE_FALLBACK,
                PollMode::Cron(schedule) => {
                    let next = schedule.next_after(last);
                    self.next_step.filter(|at| *at - now <= MAX_PLAN_AHEAD).map_or(next, |at| next.min(at))
                }
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

    fn scheduler(accounts: &[(&str, &str)]) -> Scheduler {
        let mut scheduler = Scheduler::default();
        for (account, written) in accounts {
            scheduler.upsert(name(account), poll_mode(written));
        }
        scheduler
    }

    fn pop_due(scheduler: &mut Scheduler, now: Timestamp) -> Vec<AccountName> {
        let mut due = scheduler.due(now);
        due.sort();
        assert!(due.iter().all(|account| scheduler.dispatch(account, now)), "what is due can be dispatched");
        due
    }

    fn due(scheduler: &mut Scheduler, now: &str) -> Vec<String> {
        pop_due(scheduler, at(now)).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn every_account_is_due_at_first_and_then_by_its_schedule() {
        let mut scheduler = scheduler(&[("a", "*/5 * * * *"), ("b", "*/2 * * * * *"), ("c", "*/5 * * * *")]);
        assert_eq!(due(&mut scheduler, "02:00:01.5"), ["a", "b", "c"]);
        assert_eq!(scheduler.next(), at("02:00:02"));
        assert_eq!(due(&mut scheduler, "02:00:01.999"), [""; 0]);
        assert_eq!(due(&mut scheduler, "02:00:02"), ["b"]);
        assert_eq!(due(&mut scheduler, "02:05:00"), ["a", "b", "c"]);
        assert_eq!(scheduler.next(), at("02:05:02"));
    }

    #[test]
    fn an_account_without_a_schedule_is_due_some_time_after_its_last_poll() {
        let mut scheduler = scheduler(&[("a", "auto")]);
        assert_eq!(due(&mut scheduler, "02:00:01.5"), ["a"]);
        assert_eq!(scheduler.next(), at("02:10:01"));
        scheduler.set_last_poll(&name("a"), Some(at("02:04:00")), at("02:04:00"));
        assert_eq!(due(&mut scheduler, "02:13:59"), [""; 0], "somebody was faster");
        assert_eq!(due(&mut scheduler, "02:14:00"), ["a"]);
    }

    #[test]
    fn a_step_that_is_due_before_the_schedule_says_so_is_made_and_then_the_schedule_counts() {
        let mut scheduler = scheduler(&[("mag", "0 10 * * *")]);
        assert_eq!(due(&mut scheduler, "02:00:00"), ["mag"]);
        scheduler.set_next_step(&name("mag"), at("02:02:00"), at("02:00:01"));
        assert_eq!(due(&mut scheduler, "02:01:59"), [""; 0]);
        assert_eq!(due(&mut scheduler, "02:02:00"), ["mag"]);
        assert_eq!(scheduler.next(), "2026-09-02T02:00:00Z".parse::<Timestamp>().unwrap());
    }

    #[test]
    fn a_poll_that_takes_its_time_is_named_once_for_each_time_it_is_due() {
        let mut scheduler = scheduler(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut scheduler, "02:00:00"), ["a"]);
        assert_eq!(due(&mut scheduler, "02:05:00"), ["a"], "the poll of 02:00 is still running; the tick is kept");
        scheduler.set_last_poll(&name("a"), Some(at("02:00:00")), at("02:06:00"));
        assert_eq!(due(&mut scheduler, "02:06:00"), [""; 0], "the kept tick has become a poll by now");
        scheduler.set_last_poll(&name("a"), Some(at("02:05:50")), at("02:05:50"));
        assert_eq!(scheduler.next(), at("02:10:00"));
    }

    #[test]
    fn a_poll_by_hand_counts() {
        let mut scheduler = scheduler(&[("a", "0 10 * * *")]);
        assert_eq!(due(&mut scheduler, "00:00:00"), ["a"]);
        scheduler.set_last_poll(&name("a"), Some(at("02:00:05")), at("02:00:05"));
        assert_eq!(due(&mut scheduler, "02:00:30"), [""; 0], "the machine slept until 02:00, and somebody was faster");
    }

    #[test]
    fn a_night_of_sleep_is_one_poll() {
        let mut scheduler = scheduler(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut scheduler, "02:00:00"), ["a"]);
        assert_eq!(due(&mut scheduler, "10:01:00"), ["a"]);
        assert_eq!(due(&mut scheduler, "10:01:00.1"), [""; 0]);
    }

    #[test]
    fn a_clock_that_was_put_back_stops_nothing() {
        let mut scheduler = scheduler(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut scheduler, "10:00:00"), ["a"]);
        scheduler.set_last_poll(&name("a"), Some(at("10:00:00")), at("10:00:00"));
        assert_eq!(due(&mut scheduler, "02:00:10"), ["a"], "now or in eight hours");
        assert_eq!(due(&mut scheduler, "02:00:11"), [""; 0], "its poll is under way: the archive still says 10:00");
        assert_eq!(scheduler.next(), at("02:05:00"));
        // A correction of some seconds is waited out.
        scheduler.set_last_poll(&name("a"), Some(at("02:00:40")), at("02:00:11"));
        assert_eq!(due(&mut scheduler, "02:00:11"), [""; 0]);
    }

    #[test]
    fn an_account_that_is_entered_anew_is_due_and_one_that_is_struck_never() {
        let mut scheduler = scheduler(&[("a", "*/5 * * * *")]);
        assert_eq!(due(&mut scheduler, "02:00:00"), ["a"]);
        scheduler.upsert(name("a"), poll_mode("0 10 * * *"));
        scheduler.set_last_poll(&name("a"), Some(at("02:00:00")), at("02:01:00"));
        assert_eq!(due(&mut scheduler, "02:01:00"), ["a"]);
        scheduler.remove(&name("a"));
        assert_eq!(scheduler.next(), Timestamp::MAX_UTC);
    }

    proptest! {
        /// However the clock jumps: whoever was named is not due again before its schedule says so, and never later.
        #[test]
        fn an_account_is_named_once_and_never_forgotten(jumps in prop::collection::vec(-100_000_i64..100_000, 1..30)) {
            let mut scheduler = scheduler(&[("a", "*/5 * * * *")]);
            let mut now = at("12:00:00");
            for jump in jumps {
                now += TimeDelta::seconds(jump);
                pop_due(&mut scheduler, now);
                prop_assert_eq!(pop_due(&mut scheduler, now), vec![], "twice at {}", now);
                let next = scheduler.next();
                prop_assert!(next > now && next - now <= TimeDelta::minutes(6), "at {} the next is {}", now, next);
            }
        }
    }
}
