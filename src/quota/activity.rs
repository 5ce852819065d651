//! Learned statistics of an account: when people save, how many calls other systems make, how much calls are in demand. Stored in the
//! archive as JSON. Old days lose weight, so that new habits are learned within days.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::call::{PAGE, PerCall, PollCall};
use super::draft::{DraftActivity, Scope};
use super::hourly::{DAY, ENOUGH, Hourly, HourlyProfile};
use super::learned::{CallDemand, NewDraftRate, OtherSystemsUsage};
use super::list_closure::ListClosure;
use super::save_rate::SaveRateModel;
use crate::model::{CLOCK_TOLERANCE, Timestamp, quota_day};

/// Calls that polls leave to restores.
const RESERVE: u64 = 10;

/// The expected calls of other systems in hours without observations, as a share of the daily limit.
const UNKNOWN_NEED: f64 = 0.2;

/// The largest share of the remaining calls that is left to other systems, so that polls go on.
const MOST_LEFT_TO_OTHERS: f64 = 0.75;

/// The learned statistics of an account, and the times of its last calls.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityModel {
    /// The day of the values of today.
    day: String,
    /// When this account was last handled.
    seen_at: Option<Timestamp>,
    /// Seconds of each hour in which it was observed today, and which hours were observed at all, as 1 or 0.
    watched: HourlyProfile,
    #[serde(rename = "hazard")]
    pub(super) save_rate: SaveRateModel,
    #[serde(rename = "births")]
    pub(super) new_drafts: NewDraftRate,
    pub(super) demand: PerCall<CallDemand>,
    /// Calls of draft/get for changed drafts.
    pub(super) reads: HourlyProfile,
    pub(super) others: PerCall<OtherSystemsUsage>,
    /// When a page of the list was last read.
    pub(super) listed_at: Option<Timestamp>,
    /// When the first page was last read.
    pub(super) top_at: Option<Timestamp>,
    list_closure: Option<ListClosure>,
    /// When the whole list was last read.
    pub(super) swept_at: Option<Timestamp>,
    /// When the number of drafts was last known.
    pub(super) counted_at: Option<Timestamp>,
    /// The number of drafts then.
    pub(super) total: Option<u64>,
}

/// At least this part of an hour is assumed when its rest is extrapolated.
const SEEN_OF_AN_HOUR: f64 = 0.5;

/// How often `openapi/quota/get` is called: while other systems use the account, and while they do not.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(10);
const ASKED_SELDOM: TimeDelta = TimeDelta::hours(1);

/// Calls of others between two reports are assigned to the hour of the later one, if they are this close.
const ASKED_RECENTLY: TimeDelta = TimeDelta::hours(2);

/// A longer time between two steps is not observation: no calls were left, or the machine slept.
const ASLEEP: f64 = 900.0;

impl ActivityModel {
    /// Reads what the archive keeps of it. If that cannot be read, it is learned again.
    pub fn from_learned(learned: &str) -> Self {
        if learned.is_empty() {
            return Self::default();
        }
        serde_json::from_str(learned).unwrap_or_else(|error| {
            tracing::debug!(%error, "the activity figures cannot be read and are learned again");
            Self::default()
        })
    }

    /// Advances to `now` and begins a new day of the platform if needed. A clock that was set back ends no day. Times of a clock that
    /// was far ahead are dropped.
    pub fn advance_to(&mut self, now: Timestamp) {
        let day = quota_day(now);
        let is_ahead = |time: Timestamp| time - now > CLOCK_TOLERANCE;
        if self.day.is_empty() || self.seen_at.is_some_and(is_ahead) {
            self.day.clone_from(&day);
        }
        for time in [&mut self.listed_at, &mut self.top_at, &mut self.swept_at, &mut self.counted_at] {
            *time = time.filter(|time| !is_ahead(*time));
        }
        self.list_closure = self.list_closure.filter(|closure| !is_ahead(closure.began));
        if day > self.day {
            self.end_day();
            self.day = day;
        }
        let seconds = self.seen_at.map_or(0.0, |seen| (now - seen).as_seconds_f64());
        if (0.0..=ASLEEP).contains(&seconds) {
            self.watched.today.add(now, seconds);
        }
        self.seen_at = Some(now);
    }

    fn end_day(&mut self) {
        let watched = self.watched.clone();
        for call in PollCall::ALL {
            self.demand[call].0.end_day(&watched, 0.3);
            self.others[call].calls.end_day(&watched, 0.4);
            self.others[call].reported = 0;
        }
        self.reads.end_day(&watched, 0.3);
        let is_known = |hour, known: f64| if watched.today.hour(hour) < ENOUGH { known } else { 1.0 };
        self.watched = HourlyProfile { usual: watched.usual.map(is_known), today: Hourly::of(0.0) };
        if self.watched.usual.sum() >= 24.0 {
            for call in PollCall::ALL {
                let demand = &mut self.demand[call].0;
                demand.usual = demand.usual.with_neighbours(|hour, neighbours| 0.5 * hour + 0.25 * neighbours);
            }
        }
        self.save_rate.end_day();
        self.new_drafts.drafts *= 0.95;
        self.new_drafts.seconds *= 0.95;
    }

    /// Returns the expected value of each hour. An hour without observations gets the average of the hours observed today, or else of
    /// those that are known.
    fn expected_by_hour(&self, profile: &HourlyProfile) -> Hourly {
        let (watched, known) = (&self.watched.today, &self.watched.usual);
        let of_known = profile.usual.map(|hour, usual| usual * known.hour(hour)).sum() / known.sum();
        let otherwise = match watched.sum() / 3600.0 {
            hours if hours >= 1.0 => profile.today.sum() / hours,
            _ if known.sum() > 0.0 => of_known,
            _ => profile.usual.sum() / 24.0,
        };
        profile.usual.map(|hour, usual| if known.hour(hour) > 0.0 { usual } else { otherwise })
    }

    /// Returns the expected demand of each hour.
    pub(super) fn demand_by_hour(&self, call: PollCall) -> Hourly {
        self.expected_by_hour(&self.demand[call].0)
    }

    /// Returns by how much the demand of this hour exceeds the expected one.
    pub(super) fn excess_demand(&self, call: PollCall, expected: f64, now: Timestamp) -> f64 {
        let watched = (self.watched.today.at(now) / 3600.0).max(SEEN_OF_AN_HOUR);
        (self.demand[call].0.today.at(now) / watched - expected).max(0.0)
    }

    /// Records a call that was made.
    pub fn note_call(&mut self, call: PollCall, threshold: f64, benefit: f64, now: Timestamp) {
        if threshold.is_finite() {
            self.demand[call].0.today.add(now, threshold.min(benefit).max(0.0).sqrt());
        }
    }

    /// Records a page of the list, and the number of drafts.
    pub fn note_page(&mut self, from_the_top: bool, total: u64, now: Timestamp) {
        self.listed_at = Some(now);
        self.note_count(total, now);
        if from_the_top {
            self.top_at = Some(now);
        }
    }

    /// Records a full scan, or the attempt.
    pub fn note_full_scan(&mut self, now: Timestamp) {
        self.swept_at = Some(now);
    }

    /// Returns when the first page of the list was last read; `None` also if a clock said so that was far ahead of `now`.
    pub fn first_page_read_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.top_at.filter(|read| *read - now <= CLOCK_TOLERANCE)
    }

    /// Records that polls cannot call the list until this time. Where no page was read since it was closed, it is closed still.
    pub fn note_list_closed(&mut self, until: Timestamp, now: Timestamp) {
        let last = self.list_closure.filter(|last| self.listed_at.is_none_or(|read| read < last.began));
        self.list_closure = Some(ListClosure { began: last.map_or(now, |last| last.began), until });
    }

    /// Records that polls can call the list.
    pub fn note_list_open(&mut self, now: Timestamp) {
        if let Some(closure) = &mut self.list_closure {
            closure.end(now);
        }
    }

    /// Returns since when the first page could have been read and was not; `None` if it was never read, or cannot be read now.
    pub fn first_page_due_since(&self, now: Timestamp) -> Option<Timestamp> {
        let read = self.first_page_read_at(now)?;
        let since = self.list_closure.map_or(read, |closure| read.max(closure.until));
        Some(since).filter(|since| *since - now <= CLOCK_TOLERANCE)
    }

    /// Returns when a draft was looked at, later by as long as the list could not be called since.
    pub fn looked_while_open(&self, looked: Timestamp, now: Timestamp) -> Timestamp {
        looked + self.list_closure.map_or(TimeDelta::zero(), |closure| closure.since_look(looked, now))
    }

    /// Returns whether the list was never read.
    pub fn is_empty(&self) -> bool {
        self.total.is_none()
    }

    /// Records the number of drafts.
    pub fn note_count(&mut self, total: u64, now: Timestamp) {
        if let Some(before) = self.counted_at {
            self.new_drafts.seconds += (now - before).as_seconds_f64().clamp(0.0, DAY);
        }
        (self.counted_at, self.total) = (Some(now), Some(total));
    }

    /// Records a new draft.
    pub fn note_new_draft(&mut self) {
        self.new_drafts.drafts += 1.0;
    }

    /// Records an observation of a draft. `before` is what was known of it; `saved` is its last save, as the platform says now.
    pub fn note_observation(&mut self, before: &DraftActivity, saved: Option<Timestamp>, now: Timestamp) {
        let (Some(was), Some(is)) = (before.saved_at, saved) else { return };
        let since = |instant: Timestamp| (instant - was).as_seconds_f64();
        let again = (is != was).then_some(is);
        self.save_rate.note_observation(since(before.seen_at), since(again.unwrap_or(now)), again);
    }

    /// Records a draft/get for a changed draft.
    pub fn note_fetch(&mut self, now: Timestamp) {
        self.reads.today.add(now, 1.0);
    }

    /// Records a call of `openapi/quota/get`, and the calls that other systems have made today.
    pub fn note_quota_report(&mut self, call: PollCall, reported: Option<u64>, now: Timestamp) {
        let others = &mut self.others[call];
        let last = others.asked_at.replace(now);
        let Some(reported) = reported else { return };
        // Calls before the last report, or before the first one, may be of any hour.
        if last.is_some_and(|last| now - last <= ASKED_RECENTLY) {
            others.calls.today.add(now, reported.saturating_sub(others.reported) as f64);
        }
        others.reported = reported;
    }

    /// Returns whether `openapi/quota/get` was called since.
    pub fn was_asked_since(&self, call: PollCall, since: Timestamp) -> bool {
        self.others[call].asked_at.is_some_and(|asked| asked >= since)
    }

    /// Returns whether `openapi/quota/get` is due: more often while other systems make calls.
    pub fn quota_refresh_due(&self, call: PollCall, now: Timestamp) -> bool {
        let often = if self.others_are_active(call, now) { ASKED_EVERY } else { ASKED_SELDOM };
        self.others[call].asked_at.is_none_or(|asked| now - asked >= often || asked > now)
    }

    fn others_are_active(&self, call: PollCall, now: Timestamp) -> bool {
        let calls = &self.others[call].calls;
        calls.today.sum() > 0.0 || calls.usual.at(now) >= 1.0
    }

    /// Returns the number of pages of the list, if this number of drafts is known.
    pub fn pages(&self, known: u64) -> u64 {
        self.total.unwrap_or(known).div_ceil(PAGE as u64).max(1)
    }

    /// Returns how many calls polls may still make today, without those that other systems usually need.
    pub fn left_to_polling(&self, call: PollCall, budget: &Budget, now: Timestamp) -> f64 {
        let left = budget.left().saturating_sub(RESERVE) as f64;
        let to_all = left - self.others_need(call, budget.limit, now).min(MOST_LEFT_TO_OTHERS * left);
        to_all.min(budget.left_to_polling() as f64)
    }

    /// Returns whether the calls left today are enough for the current poll and this number of polls in the rest of the day. A poll of
    /// the box needs a call per page, one of a configured list a call per draft.
    pub fn can_afford(
        &self,
        scope: Scope,
        drafts: u64,
        budgets: &PerCall<Budget>,
        polls_left: f64,
        now: Timestamp,
    ) -> bool {
        let (call, calls) = match scope {
            Scope::Box => (PollCall::ListPage, self.pages(drafts)),
            Scope::Listed => (PollCall::Get, drafts),
        };
        (polls_left + 1.0) * calls as f64 <= self.left_to_polling(call, &budgets[call], now)
    }

    /// Returns how many calls other systems will probably still make today: a fifth more than usual.
    pub(super) fn others_need(&self, call: PollCall, limit: u64, now: Timestamp) -> f64 {
        let calls = &self.others[call].calls;
        let known = &self.watched.usual;
        let watched = self.watched.today.sum() / 3600.0;
        let so_far = if watched >= 1.0 { 1.2 * calls.today.sum() / watched } else { 0.0 };
        let unknown = so_far.max(UNKNOWN_NEED * limit as f64 / 24.0);
        let usual = calls.usual.map(|hour, usual| if known.hour(hour) > 0.0 { 1.2 * usual } else { unknown });
        (usual.at(now) - 1.2 * calls.today.at(now)).max(0.0) + usual.after_this_hour(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_clock_wrote_that_was_years_ahead_holds_nothing_up() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let mut activity = ActivityModel::default();
        activity.advance_to(at("2031-09-01T02:00:00Z"));
        activity.note_page(true, 7, at("2031-09-01T02:00:00Z"));
        activity.note_full_scan(at("2031-09-01T02:00:00Z"));
        activity.advance_to(at("2026-09-01T02:00:00Z"));
        assert_eq!((activity.day.as_str(), activity.total), ("2026-09-01", Some(7)));
        assert_eq!([activity.listed_at, activity.top_at, activity.swept_at, activity.counted_at], [None; 4]);
        activity.reads.today.add(at("2026-09-01T02:00:00Z"), 1.0);
        activity.advance_to(at("2026-09-02T02:00:00Z"));
        assert_eq!((activity.day.as_str(), activity.reads.today.sum()), ("2026-09-02", 0.0), "a day ends again");
        activity.advance_to(at("2026-09-01T15:59:00Z"));
        assert_eq!(activity.day, "2026-09-01");
    }

    /// Once, a list that the platform had blocked for an hour excused until midnight that drafts were not looked at.
    #[test]
    fn a_list_that_could_not_be_called_is_due_from_when_it_can_be_again() {
        let at = |text: &str| format!("2026-09-{text}:00Z").parse::<Timestamp>().unwrap();
        let mut activity = ActivityModel::default();
        activity.note_page(true, 7, at("01T02:00"));
        activity.note_list_open(at("01T02:10"));
        assert_eq!(activity.first_page_due_since(at("01T02:10")), Some(at("01T02:00")));
        activity.note_list_closed(at("01T03:00"), at("01T02:15"));
        activity.note_list_closed(at("01T03:00"), at("01T02:20"));
        assert_eq!(activity.first_page_due_since(at("01T02:20")), None, "it is blocked");
        assert_eq!(activity.looked_while_open(at("01T02:00"), at("01T02:20")), at("01T02:00"));
        assert_eq!(activity.first_page_due_since(at("01T03:01")), Some(at("01T03:00")));
        assert_eq!(activity.looked_while_open(at("01T02:00"), at("03T02:00")), at("01T02:45"));
        assert_eq!(activity.looked_while_open(at("01T02:30"), at("03T02:00")), at("01T03:00"));
        assert_eq!(activity.looked_while_open(at("01T03:00"), at("01T04:00")), at("01T03:00"), "it was open since");
        activity.note_list_closed(at("01T05:00"), at("01T03:01"));
        assert_eq!(
            activity.looked_while_open(at("01T02:00"), at("01T05:00")),
            at("01T04:45"),
            "no page was read between"
        );
        activity.note_page(true, 7, at("01T05:30"));
        activity.note_list_closed(at("01T16:00"), at("01T06:00"));
        activity.note_list_open(at("01T06:30"));
        assert_eq!(activity.first_page_due_since(at("01T06:31")), Some(at("01T06:30")), "it is open earlier");
        assert_eq!(activity.looked_while_open(at("01T05:30"), at("01T06:31")), at("01T06:00"));
        activity.note_page(true, 7, at("01T07:00"));
        activity.note_list_closed(at("09T07:00"), at("01T08:00"));
        assert_eq!(activity.looked_while_open(at("01T07:30"), at("09T08:00")), at("02T07:30"), "a day at most");
    }
}
