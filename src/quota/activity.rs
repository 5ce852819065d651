//! What is learned of an account, from day to day: when its people save, what its other systems use, what a day's calls
//! were worth. Kept in the archive as JSON; all of it fades, so that new habits are learned within days.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::budget::Budget;
use super::call::{PAGE, PerCall, PollCall};
use super::draft::{DraftActivity, Scope};
use super::hourly::{DAY, Hourly};
use super::save_rate::SaveRateModel;
use crate::model::{CLOCK_TOLERANCE, Timestamp, quota_day};

/// Calls that polling leaves to restores, whatever its share is.
const RESERVE: u64 = 10;

/// What the account's other systems need at least in hours that nobody knows yet, as a share of the day's limit.
const UNKNOWN_NEED: f64 = 0.2;

/// Other systems that usually take everything do not get all of what is left: an archive that stands still is of no use.
const MOST_LEFT_TO_OTHERS: f64 = 0.75;

/// What was learned of an account.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityModel {
    /// The day that the figures of today are of.
    day: String,
    /// When the account was last looked after.
    seen_at: Option<Timestamp>,
    /// Seconds of each hour in which it was looked after today, and which hours are known at all, as 1 or 0.
    watched: HourlyProfile,
    #[serde(rename = "hazard")]
    pub(super) save_rate: SaveRateModel,
    #[serde(rename = "births")]
    pub(super) new_drafts: NewDraftRate,
    pub(super) demand: PerCall<CallDemand>,
    /// Calls of draft/get that drafts needed because they had changed.
    pub(super) reads: HourlyProfile,
    pub(super) others: PerCall<OtherSystemsUsage>,
    /// When a list was last asked for, from wherever.
    pub(super) listed_at: Option<Timestamp>,
    /// When the list was last read from its beginning.
    pub(super) top_at: Option<Timestamp>,
    /// When the whole list was last read.
    pub(super) swept_at: Option<Timestamp>,
    /// When it was last known how many drafts there are.
    pub(super) counted_at: Option<Timestamp>,
    /// How many there were.
    pub(super) total: Option<u64>,
}

/// How often drafts are made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NewDraftRate {
    drafts: f64,
    seconds: f64,
}

/// Four a day are expected before anything was seen.
impl Default for NewDraftRate {
    fn default() -> Self {
        Self { drafts: 4.0, seconds: DAY }
    }
}

impl NewDraftRate {
    /// Returns how many are made in a second of a day's mean hour.
    pub(super) fn rate(&self) -> f64 {
        self.drafts / self.seconds
    }
}

/// A figure by the hour: as it usually is, and as it was today.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HourlyProfile {
    pub(super) usual: Hourly,
    pub(super) today: Hourly,
}

impl Default for HourlyProfile {
    fn default() -> Self {
        Self { usual: Hourly::of(0.0), today: Hourly::of(0.0) }
    }
}

impl HourlyProfile {
    /// Ends a day: hours in which the account was not looked after say nothing; of those that nobody knew, the first day
    /// says all, else it has this `weight`.
    fn end_day(&mut self, watched: &Self, weight: f64) {
        let today = std::mem::replace(&mut self.today, Hourly::of(0.0));
        self.usual = self.usual.map(|hour, usual| {
            let (seconds, is_known) = (watched.today.hour(hour), watched.usual.hour(hour) > 0.0);
            let weight = if is_known { weight } else { 1.0 };
            if seconds < ENOUGH { usual } else { usual + weight * (today.hour(hour) * 3600.0 / seconds - usual) }
        });
    }
}

/// Less than this of an hour says too little of the rest of it.
const SEEN_OF_AN_HOUR: f64 = 0.5;

/// Seconds of an hour that say enough of the whole of it.
const ENOUGH: f64 = 900.0;

/// How often the platform is asked for its counters: while others use the account, and while they do not.
const ASKED_EVERY: TimeDelta = TimeDelta::minutes(10);
const ASKED_SELDOM: TimeDelta = TimeDelta::hours(1);

/// Calls of others between two askings are entered at the hour of the later one; they are asked for every hour.
const ASKED_RECENTLY: TimeDelta = TimeDelta::hours(2);

/// A longer time between two steps was not one of watching: nothing was left to call, or the machine slept.
const ASLEEP: f64 = 900.0;

/// How much a day's calls are wanted: calls an hour at a price p are this by the square root of p, because what a look
/// is worth grows with the square of the time since the last one. So it does not depend on the price itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CallDemand(pub(super) HourlyProfile);

/// About the demand of a hundred drafts; the first hour tells.
impl Default for CallDemand {
    fn default() -> Self {
        Self(HourlyProfile { usual: Hourly::of(400.0), today: Hourly::of(0.0) })
    }
}

/// Calls that the account's other systems make.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OtherSystemsUsage {
    pub(super) calls: HourlyProfile,
    /// Of today, as was told last.
    told: u64,
    /// When that was asked for.
    asked_at: Option<Timestamp>,
}

impl ActivityModel {
    /// Takes note that time has passed, and begins another day of the platform's where one has begun. A clock that was set
    /// back ends no day. What a clock wrote that was far ahead is forgotten.
    pub fn advance_to(&mut self, now: Timestamp) {
        let day = quota_day(now);
        let is_ahead = |time: Timestamp| time - now > CLOCK_TOLERANCE;
        if self.day.is_empty() || self.seen_at.is_some_and(is_ahead) {
            self.day.clone_from(&day);
        }
        for time in [&mut self.listed_at, &mut self.top_at, &mut self.swept_at, &mut self.counted_at] {
            *time = time.filter(|time| !is_ahead(*time));
        }
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
            self.others[call].told = 0;
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

    /// Returns what is expected of each hour: of one that nobody knows yet, as much as the hours that were watched today have
    /// shown, else as those that are known.
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

    /// Returns how much each hour's calls are wanted.
    pub(super) fn demand_by_hour(&self, call: PollCall) -> Hourly {
        self.expected_by_hour(&self.demand[call].0)
    }

    /// Returns by how much this hour is busier than expected, for the whole of it.
    pub(super) fn excess_demand(&self, call: PollCall, expected: f64, now: Timestamp) -> f64 {
        let watched = (self.watched.today.at(now) / 3600.0).max(SEEN_OF_AN_HOUR);
        (self.demand[call].0.today.at(now) / watched - expected).max(0.0)
    }

    /// Takes note of a call that was worth its price.
    pub fn note_call(&mut self, call: PollCall, threshold: f64, benefit: f64, now: Timestamp) {
        if threshold.is_finite() {
            self.demand[call].0.today.add(now, threshold.min(benefit).max(0.0).sqrt());
        }
    }

    /// Takes note of a page of the list, and of how many drafts there are now.
    pub fn note_page(&mut self, from_the_top: bool, total: u64, now: Timestamp) {
        self.listed_at = Some(now);
        self.note_count(total, now);
        if from_the_top {
            self.top_at = Some(now);
        }
    }

    /// Takes note that the whole list was read, or was tried to be.
    pub fn note_full_scan(&mut self, now: Timestamp) {
        self.swept_at = Some(now);
    }

    /// Tells whether the list was never seen.
    pub fn is_empty(&self) -> bool {
        self.total.is_none()
    }

    /// Takes note of how many drafts there are.
    pub fn note_count(&mut self, total: u64, now: Timestamp) {
        if let Some(before) = self.counted_at {
            self.new_drafts.seconds += (now - before).as_seconds_f64().clamp(0.0, DAY);
        }
        (self.counted_at, self.total) = (Some(now), Some(total));
    }

    /// Takes note of a draft that nobody knew.
    pub fn note_new_draft(&mut self) {
        self.new_drafts.drafts += 1.0;
    }

    /// Takes note of a draft of which `before` was known: when it was last saved and looked at; it was saved last at
    /// `saved`, as the platform tells now.
    pub fn note_observation(&mut self, before: &DraftActivity, saved: Option<Timestamp>, now: Timestamp) {
        let (Some(was), Some(is)) = (before.saved_at, saved) else { return };
        let since = |instant: Timestamp| (instant - was).as_seconds_f64();
        let again = (is != was).then_some(is);
        self.save_rate.note_observation(since(before.seen_at), since(again.unwrap_or(now)), again);
    }

    /// Takes note of a draft/get that was needed because a list told of a change.
    pub fn note_fetch(&mut self, now: Timestamp) {
        self.reads.today.add(now, 1.0);
    }

    /// Takes note that the platform was asked how many calls the account's other systems have made today, and what it said.
    pub fn note_quota_report(&mut self, call: PollCall, told: Option<u64>, now: Timestamp) {
        let others = &mut self.others[call];
        let last = others.asked_at.replace(now);
        let Some(told) = told else { return };
        // What they made long before, or before anybody asked, was made at any hour.
        if last.is_some_and(|last| now - last <= ASKED_RECENTLY) {
            others.calls.today.add(now, told.saturating_sub(others.told) as f64);
        }
        others.told = told;
    }

    /// Tells whether the platform is to be asked again how many calls others have made: more often while they make some.
    pub fn quota_refresh_due(&self, call: PollCall, now: Timestamp) -> bool {
        let often = if self.others_are_active(call, now) { ASKED_EVERY } else { ASKED_SELDOM };
        self.others[call].asked_at.is_none_or(|asked| now - asked >= often || asked > now)
    }

    fn others_are_active(&self, call: PollCall, now: Timestamp) -> bool {
        let calls = &self.others[call].calls;
        calls.today.sum() > 0.0 || calls.usual.at(now) >= 1.0
    }

    /// Returns how many pages the list has, where so many drafts are known of.
    pub fn pages(&self, known: u64) -> u64 {
        self.total.unwrap_or(known).div_ceil(PAGE as u64).max(1)
    }

    /// Returns how many calls polling may still make today, so that the account's other systems get what they usually need.
    pub fn left_to_polling(&self, call: PollCall, budget: &Budget, now: Timestamp) -> f64 {
        let left = budget.left().saturating_sub(RESERVE) as f64;
        let to_all = left - self.others_need(call, budget.limit, now).min(MOST_LEFT_TO_OTHERS * left);
        to_all.min(budget.left_to_polling() as f64)
    }

    /// Tells whether what polling may still call today bears so many polls a day of all of so many drafts: the one at hand,
    /// and those of the rest of the day. A poll of the box is a call for each page, of a configured list one for each draft.
    pub fn can_afford(
        &self,
        scope: Scope,
        drafts: u64,
        budgets: &PerCall<Budget>,
        polls_a_day: u32,
        now: Timestamp,
    ) -> bool {
        let (call, calls) = match scope {
            Scope::Box => (PollCall::ListPage, self.pages(drafts)),
            Scope::Listed => (PollCall::Get, drafts),
        };
        let polls = f64::from(polls_a_day) * (1.0 - super::hourly::hours_passed(now) / 24.0) + 1.0;
        polls * calls as f64 <= self.left_to_polling(call, &budgets[call], now)
    }

    /// Returns what the account's other systems will probably still call today: a fifth more than they usually do.
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
}
