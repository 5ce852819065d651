//! Estimates how fresh the archive is at the current thresholds, for people.

use chrono::TimeDelta;

use super::call::{PAGE, PollCall};
use super::draft::Scope;
use super::expected_loss::session_loss;
use super::input::PlanInput;
use super::threshold::{baseline_interval, threshold};
use super::tuning::gap;
use crate::model::{ListOrder, Timestamp};

/// Seconds since the last save of a draft that is being edited, and of an idle one.
const JUST_NOW: f64 = 60.0;
const LONG_AGO: f64 = 1e9;

/// The longest time between two observations of a draft, and until a new one is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FreshnessEstimate {
    /// Of a draft that is being edited.
    pub active: TimeDelta,
    /// Of every other draft.
    pub idle: TimeDelta,
    /// Of one that is not known yet; `None` if polls cannot call the list for now, which alone shows it.
    pub new: Option<TimeDelta>,
}

/// Returns the estimate at the thresholds of `now`; `None` if no calls are left.
pub fn estimate_freshness(input: &PlanInput<'_>, now: Timestamp) -> Option<FreshnessEstimate> {
    let by_list = by_list(input, now);
    let idle = by_list.min(at_rest(input, 1, threshold(input, PollCall::Get, now), now));
    let nearest = gap(input, PollCall::ListPage).min(gap(input, PollCall::Get));
    let active = in_session(input, now).min(idle).max(nearest);
    // No time is as long as an infinite one.
    let time = |seconds: f64| TimeDelta::try_seconds(seconds.ceil() as i64);
    let (active, idle) = (time(active)?, time(idle.max(active))?);
    // A draft that is added to a configured list is read like the others.
    let new = if input.scope == Scope::Listed { Some(idle) } else { time(by_list.max(nearest)) };
    Some(FreshnessEstimate { active, idle, new })
}

/// Returns after how many seconds each draft is seen in the list.
fn by_list(input: &PlanInput<'_>, now: Timestamp) -> f64 {
    if !input.is_worth_listing() {
        return f64::INFINITY;
    }
    let every = baseline_interval(input, PollCall::ListPage, now);
    let pages = input.pages() as f64;
    match input.order {
        _ if input.needs_full_scan() => every * pages,
        _ if input.pages() == 1 => every,
        // A save moves a draft to the first page.
        Some(ListOrder::Updated) => every,
        // The page with the active drafts is read until another page has the same benefit.
        _ => (every * pages).max(at_rest(input, PAGE, threshold(input, PollCall::ListPage, now), now)),
    }
}

/// Returns after how many seconds this number of idle drafts together reaches a threshold.
fn at_rest(input: &PlanInput<'_>, drafts: usize, threshold: f64, now: Timestamp) -> f64 {
    let save_rate = input.activity.save_rate.rate(LONG_AGO, input.activity.save_rate.hour_factor(now)) * drafts as f64;
    if threshold.is_infinite() {
        return f64::INFINITY;
    }
    // The expected loss grows with time, so a binary search finds the time.
    let (mut early, mut late) = (0.0, (2.0 * threshold / save_rate).sqrt());
    while late - early > 1.0 {
        let middle = f64::midpoint(early, late);
        // If nobody ever saves, no time is long enough.
        if middle <= early || middle >= late {
            return f64::INFINITY;
        }
        if session_loss(save_rate, middle) < threshold { early = middle } else { late = middle }
    }
    late
}

/// Returns after how many seconds a draft that is being edited reaches the threshold, by itself or with its page.
fn in_session(input: &PlanInput<'_>, now: Timestamp) -> f64 {
    let save_rate = input.activity.save_rate.rate(JUST_NOW, 1.0);
    let is_worth = |threshold: f64| (2.0 * threshold / save_rate).sqrt();
    let pages = if input.needs_full_scan() { input.pages() as f64 } else { 1.0 };
    let by_list =
        if input.is_worth_listing() { threshold(input, PollCall::ListPage, now) * pages } else { f64::INFINITY };
    is_worth(threshold(input, PollCall::Get, now)).min(is_worth(by_list))
}

#[cfg(test)]
mod tests {
    use super::super::{Action, ActivityModel, Budget, DraftActivity, PerCall, plan};
    use super::*;
    use crate::model::{quota_day, quota_day_began};

    /// An account of drafts that rest, in a world in which the plan is followed.
    struct Account {
        scope: Scope,
        order: ListOrder,
        drafts: Vec<DraftActivity>,
        limits: [u64; 3],
        budgets: PerCall<Budget>,
        activity: ActivityModel,
        now: Timestamp,
    }

    /// At the beginning of a day of the platform's, with limits for the list, for reading and for counting.
    fn account(scope: Scope, drafts: usize, limits: [u64; 3]) -> Account {
        let now: Timestamp = "2026-08-31T16:00:00Z".parse().unwrap();
        let rests = DraftActivity { saved_at: Some(now - TimeDelta::days(30)), seen_at: now, is_waiting: false };
        let (budgets, activity) = (PerCall::default(), ActivityModel::default());
        let drafts = vec![rests; drafts];
        let mut account = Account { scope, order: ListOrder::Created, drafts, limits, budgets, activity, now };
        account.begin_day();
        account.activity.note_page(true, account.drafts.len() as u64, now);
        account
    }

    impl Account {
        fn begin_day(&mut self) {
            self.activity.advance_to(self.now);
            for (call, limit) in PollCall::ALL.into_iter().zip(self.limits) {
                self.budgets[call] = Budget { limit, polling_limit: limit / 20 * 19, ..Budget::default() };
            }
        }

        fn input(&self) -> PlanInput<'_> {
            PlanInput {
                scope: self.scope,
                drafts: &self.drafts,
                order: Some(self.order),
                budgets: &self.budgets,
                activity: &self.activity,
                confirm_at: None,
                unread: 0,
                can_ask: false,
            }
        }

        fn estimate(&self) -> Option<FreshnessEstimate> {
            estimate_freshness(&self.input(), self.now)
        }

        /// Follows the plan for some hours, the first draft being edited all the while. Returns how far apart the looks at
        /// it were on the average, and at the others at most.
        fn follow(&mut self, hours: i32) -> FreshnessEstimate {
            let (began, end) = (self.now, self.now + TimeDelta::hours(hours.into()));
            let mut looks = vec![vec![began]; self.drafts.len()];
            while self.now < end {
                let (next, day) = (plan(&self.input(), self.now), quota_day(self.now));
                self.now = next.at.min(quota_day_began(self.now) + TimeDelta::days(1)).min(end);
                self.activity.advance_to(self.now);
                if quota_day(self.now) != day {
                    self.begin_day();
                }
                self.drafts[0].saved_at = Some(self.now - TimeDelta::seconds(60));
                if self.now < next.at {
                    continue;
                }
                for place in self.take(&next) {
                    self.drafts[place].seen_at = self.now;
                    looks[place].push(self.now);
                }
            }
            looks.iter_mut().for_each(|looks| looks.push(end));
            let longest = |looks: &Vec<Timestamp>| looks.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            let active = (end - began) / i32::try_from(looks[0].len()).unwrap();
            FreshnessEstimate { active, idle: looks[1..].iter().map(longest).max().unwrap(), new: None }
        }

        /// Makes the call of a step, and returns at which drafts it looked.
        fn take(&mut self, next: &super::super::Plan) -> std::ops::Range<usize> {
            let (drafts, now) = (self.drafts.len(), self.now);
            let (places, call) = match next.action {
                Action::ScanPage { offset } => (offset as usize..drafts.min(offset as usize + 20), PollCall::ListPage),
                Action::ScanAll => (0..drafts, PollCall::ListPage),
                Action::FetchDraft(place) => (place..place + 1, PollCall::Get),
                Action::CountDrafts => (0..0, PollCall::Count),
                _ => return 0..0,
            };
            self.activity.note_call(call, next.threshold, next.benefit, now);
            match call {
                PollCall::ListPage => self.activity.note_page(places.start == 0, drafts as u64, now),
                PollCall::Count => self.activity.note_count(drafts as u64, now),
                PollCall::Get => {}
            }
            self.budgets[call].own +=
                if next.action == Action::ScanAll { self.activity.pages(drafts as u64) } else { 1 };
            places
        }
    }

    #[test]
    fn a_plan_keeps_to_its_estimate() {
        for mut account in [
            account(Scope::Box, 60, [1_000, 500, 1_000]),
            account(Scope::Listed, 3, [1_000, 500, 1_000]),
            account(Scope::Listed, 3, [0, 500, 1_000]),
        ] {
            account.follow(34);
            let (estimate, kept) = (account.estimate().unwrap(), account.follow(2));
            assert!(kept.active < estimate.active * 2, "{estimate:?}, {kept:?}");
            assert!(kept.idle <= estimate.idle, "{estimate:?}, {kept:?}");
        }
    }

    #[test]
    fn every_page_has_its_turn_but_where_an_edit_moves_a_draft_to_the_first() {
        let mut account = account(Scope::Box, 60, [1_000, 0, 0]);
        account.order = ListOrder::Other;
        // A quarter of 950 a day.
        assert_eq!(account.estimate().unwrap().idle, TimeDelta::seconds(3 * 364));
        account.order = ListOrder::Updated;
        assert_eq!(account.estimate().unwrap().idle, TimeDelta::seconds(364));
    }

    #[test]
    fn where_nothing_is_for_sale_the_evenly_spread_looks_are_for_all() {
        let mut account = account(Scope::Box, 12, [1_000, 500, 1_000]);
        (account.budgets[PollCall::ListPage].own, account.budgets[PollCall::Get].own) = (720, 475);
        let evenly = TimeDelta::seconds(364);
        assert_eq!(account.estimate(), Some(FreshnessEstimate { active: evenly, idle: evenly, new: Some(evenly) }));
    }

    /// Once, the search for the time never ended, and with it the thread that writes the archive.
    #[test]
    fn where_nobody_ever_saves_an_estimate_ends() {
        let mut account = account(Scope::Box, 12, [1_000, 500, 1_000]);
        let mut learned = serde_json::to_value(&account.activity).unwrap();
        *learned.pointer_mut("/hazard/saves").unwrap() = serde_json::json!(vec![0.0; 12]);
        account.activity = ActivityModel::from_learned(&learned.to_string());
        assert!(account.estimate().is_some());
    }

    #[test]
    fn new_drafts_are_promised_by_the_list_alone() {
        let mut account = account(Scope::Box, 3, [40, 5_000, 1_000]);
        let estimate = account.estimate().unwrap();
        assert!(estimate.new > Some(estimate.idle), "drafts that are known are read as well: {estimate:?}");
        account.budgets[PollCall::ListPage].own = 38;
        assert_eq!(account.estimate().map(|estimate| estimate.new), Some(None));
        account.scope = Scope::Listed;
        assert_eq!(account.estimate().map(|estimate| estimate.new == Some(estimate.idle)), Some(true));
    }

    #[test]
    fn nothing_is_estimated_where_nothing_is_left() {
        let mut exhausted = account(Scope::Box, 12, [1_000, 500, 1_000]);
        (exhausted.budgets[PollCall::ListPage].own, exhausted.budgets[PollCall::Get].own) = (950, 475);
        assert_eq!(exhausted.estimate(), None);
        let mut blocked = account(Scope::Listed, 3, [1_000, 500, 1_000]);
        PollCall::ALL.into_iter().for_each(|call| blocked.budgets[call].is_blocked = true);
        assert_eq!(blocked.estimate(), None);
    }
}
