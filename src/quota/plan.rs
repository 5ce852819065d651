//! The decision: which call is worth its price now, or when the next one will be.
//!
//! A draft that was not looked at for a time may have been saved meanwhile, and what was saved is lost when somebody
//! saves over it or publishes the draft. The expected loss, the chance of a save times the time for which it would lie
//! there, grows with the square of the time since the last look: so no draft starves, and none is read for nothing. A call
//! is made when what it saves is worth the [`price`].

use chrono::TimeDelta;

use super::call::{PAGE, PollCall};
use super::draft::{DraftActivity, Scope};
use super::input::PlanInput;
use super::save_rate::COLD;
use super::threshold::{baseline_interval, threshold};
use crate::model::{ListOrder, Timestamp};

/// A draft that wakes up after a long rest brings a burst of saves: so much more is lost with each time of this length, in
/// seconds, for as long as an editing session lasts.
const BURST: f64 = 450.0;
const SESSION: f64 = 1_500.0;

/// Two looks at the same thing are so many seconds apart at least: who saves twice within them corrects a slip. Where a
/// day's limit bears more than that all day long, they may be as near as the plan's own steps.
const GAP: f64 = 10.0;

/// Returns how many seconds apart looks by this call are at least.
pub(super) fn gap(input: &PlanInput<'_>, call: PollCall) -> f64 {
    (super::hourly::DAY / input.budgets[call].polling_limit.max(1) as f64).clamp(SOONEST, GAP)
}

/// The least share of new drafts that a counted box still hides: one was made while another one went.
const HIDDEN: f64 = 0.1;

/// Known to be there and never looked at: worth more than any wait.
const CERTAIN: f64 = 1e6;

/// Times between two looks at the plan itself, in seconds: the price changes with the hour.
const SOONEST: f64 = 2.0;
const LATEST: f64 = 60.0;

/// Smaller steps back, in seconds, are everyday corrections of a clock.
const CLOCK_SET_BACK: f64 = 60.0;

/// A plan looks ahead so many times [`LATEST`] at most.
const AHEAD: usize = 60;

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Ask the platform for its counters.
    RefreshQuota,
    /// Ask once more for the drafts that were missed.
    ConfirmMissing,
    /// Read the drafts that have changed.
    FetchChanged,
    /// Look at a page of the list.
    ScanPage { offset: u64 },
    /// Read the list from its beginning to its end.
    ScanAll,
    /// Read the draft at this place of the input.
    FetchDraft(usize),
    /// Ask how many drafts there are.
    CountDrafts,
    /// Nothing is worth its price, or nothing is left; look again then.
    Wait,
}

/// A step with its time and its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub at: Timestamp,
    pub action: Action,
    /// The loss that it prevents, in seconds that a saved version lies unarchived.
    pub benefit: f64,
    /// The loss at which a call is made now.
    pub threshold: f64,
}

/// Says what to do next, and when: now at the earliest.
pub fn plan(input: &PlanInput<'_>, now: Timestamp) -> Plan {
    let mut at = now;
    for _ in 0..AHEAD {
        match best_action(input, at) {
            Ok((action, Candidate { benefit, threshold, .. })) => return Plan { at, action, benefit, threshold },
            Err(wait) => at += TimeDelta::milliseconds((wait.clamp(SOONEST, LATEST) * 1e3) as i64),
        }
    }
    Plan { at, action: Action::Wait, benefit: 0.0, threshold: f64::INFINITY }
}

/// What a call would save, and what it costs.
#[derive(Clone, Copy, Debug)]
struct Candidate {
    benefit: f64,
    threshold: f64,
    /// The chance a second that it becomes worth more.
    save_rate: f64,
}

impl Candidate {
    /// What has to be done, whatever it is worth.
    const MANDATORY: Self = Self { benefit: CERTAIN, threshold: 0.0, save_rate: 0.0 };

    /// Returns when it can be worth its price at the earliest, in seconds.
    fn wait(&self) -> f64 {
        if self.threshold.is_infinite() {
            return LATEST;
        }
        (self.threshold.sqrt() - self.benefit.sqrt()) / (self.save_rate / 2.0 + 1e-12).sqrt()
    }
}

/// Returns what is due, the best of it first, or in how many seconds to look again.
fn best_action(input: &PlanInput<'_>, now: Timestamp) -> Result<(Action, Candidate), f64> {
    if let Some(action) = mandatory_action(input, now) {
        return Ok((action, Candidate::MANDATORY));
    }
    let losses = ExpectedLoss::of(input, now);
    let candidates = [
        input.is_worth_listing().then(|| losses.list(input, now)),
        losses.get(input, now),
        (input.scope == Scope::Box).then(|| losses.count(input, now)),
    ];
    let mut best: Option<(f64, Action, Candidate)> = None;
    let mut wait = LATEST;
    for (action, candidate, ready_in) in candidates.into_iter().flatten() {
        let ratio = candidate.benefit / candidate.threshold;
        match ready_in {
            None if best.as_ref().is_none_or(|(other, ..)| ratio > *other) => best = Some((ratio, action, candidate)),
            None => {}
            Some(seconds) => wait = wait.min(seconds),
        }
    }
    best.map(|(_, action, candidate)| (action, candidate)).ok_or(wait)
}

/// Returns what has to be done before anything is weighed.
fn mandatory_action(input: &PlanInput<'_>, now: Timestamp) -> Option<Action> {
    if input.can_ask && PollCall::ALL.iter().any(|call| input.activity.quota_refresh_due(*call, now)) {
        return Some(Action::RefreshQuota);
    }
    let gets = input.budgets[PollCall::Get].left_to_polling();
    if gets > 0 && input.confirm_at.is_some_and(|at| at <= now) {
        return Some(Action::ConfirmMissing);
    }
    let can_read = gets + input.budgets[PollCall::ListPage].left_to_polling() > 0;
    (can_read && input.unread > 0).then_some(Action::FetchChanged)
}

/// What could be lost at an instant, draft by draft.
struct ExpectedLoss {
    per_draft: Vec<f64>,
    save_rates: Vec<f64>,
    /// Of drafts that nobody knows yet: the chance a second that one is made, and what that is worth to a count.
    new_draft_rate: f64,
    unseen: f64,
    /// What it is worth to a look at the list's beginning.
    first_page: f64,
}

/// A candidate, and in how many seconds it is ready; `None` is now.
type Timed = (Action, Candidate, Option<f64>);

impl ExpectedLoss {
    fn of(input: &PlanInput<'_>, now: Timestamp) -> Self {
        let hour_factor = input.activity.save_rate.hour_factor(now);
        let (per_draft, save_rates) = input.drafts.iter().map(|draft| loss(input, draft, hour_factor, now)).unzip();
        let new_draft_rate = input.activity.new_drafts.rate() * hour_factor;
        let unknown_since = |last: Option<Timestamp>| burst(new_draft_rate, since(last, now));
        let (by_count, by_list) = (unknown_since(input.activity.counted_at), unknown_since(input.activity.top_at));
        // What the list's beginning does not show stands elsewhere.
        let is_certain = input.has_unknown_drafts() && input.activity.counted_at > input.activity.top_at;
        let first_page = match (input.scope, is_certain) {
            (Scope::Listed, _) => 0.0,
            (Scope::Box, true) => by_list.max(CERTAIN),
            (Scope::Box, false) => by_count.min(by_list) + HIDDEN * by_list,
        };
        Self { per_draft, save_rates, new_draft_rate, unseen: by_count, first_page }
    }

    /// The most valuable page, or the whole list where its order is not known.
    fn list(&self, input: &PlanInput<'_>, now: Timestamp) -> Timed {
        let evenly = baseline_interval(input, PollCall::ListPage, now);
        let needs_resync = input.needs_resync(evenly, now);
        let needs_all = input.needs_full_scan() || needs_resync;
        let (offset, worth, save_rate) =
            if needs_all { (None, self.all(), self.save_rates.iter().sum()) } else { self.page(input) };
        let pages = if offset.is_none() { input.pages() as f64 } else { 1.0 };
        let threshold = threshold(input, PollCall::ListPage, now);
        let candidate = Candidate { benefit: worth / pages, threshold, save_rate: save_rate / pages };
        let action = offset.map_or(Action::ScanAll, |offset| Action::ScanPage { offset });
        let idle = since(input.activity.listed_at, now);
        let evenly = evenly * pages;
        let gap = gap(input, PollCall::ListPage);
        let is_ready = idle >= gap && (candidate.benefit >= candidate.threshold || idle >= evenly || needs_resync);
        let wait = candidate.wait().min(evenly - idle).max(gap - idle);
        (action, candidate, (!is_ready).then_some(wait))
    }

    fn all(&self) -> f64 {
        self.per_draft.iter().sum::<f64>() + self.first_page
    }

    /// Returns where the most valuable page begins, what it is worth, and the chance a second on the liveliest one.
    fn page(&self, input: &PlanInput<'_>) -> (Option<u64>, f64, f64) {
        if input.order == Some(ListOrder::Updated) {
            return (Some(0), self.all(), self.save_rates.iter().sum::<f64>() + self.new_draft_rate);
        }
        // Drafts that went unnoticed shift those below them up: so many places at the page's end are not counted on.
        let gone = (self.per_draft.len() as u64).saturating_sub(input.activity.total.unwrap_or(u64::MAX)) as usize;
        let width = PAGE.saturating_sub(gone).max(1);
        let (mut best, mut liveliest) = ((0, f64::NEG_INFINITY), 0.0_f64);
        let (mut worth, mut save_rate) =
            (sum(&self.per_draft, width) + self.first_page, sum(&self.save_rates, width) + self.new_draft_rate);
        for start in 0.. {
            liveliest = liveliest.max(save_rate);
            if worth > best.1 {
                best = (start, worth);
            }
            let Some((worth_in, rate_in)) = self.per_draft.get(start + width).zip(self.save_rates.get(start + width))
            else {
                break;
            };
            worth += worth_in - self.per_draft[start] - if start == 0 { self.first_page } else { 0.0 };
            save_rate += rate_in - self.save_rates[start];
        }
        (Some(best.0.saturating_sub(gone) as u64), best.1, liveliest)
    }

    /// The hottest draft by itself.
    fn get(&self, input: &PlanInput<'_>, now: Timestamp) -> Option<Timed> {
        let hottest =
            (0..self.per_draft.len()).max_by(|one, other| self.per_draft[*one].total_cmp(&self.per_draft[*other]))?;
        let save_rate = self.save_rates.iter().copied().fold(0.0, f64::max);
        let candidate =
            Candidate { benefit: self.per_draft[hottest], threshold: threshold(input, PollCall::Get, now), save_rate };
        let looked = since(Some(input.drafts[hottest].seen_at), now);
        let gap = gap(input, PollCall::Get);
        let is_ready = candidate.benefit >= candidate.threshold && looked >= gap;
        Some((Action::FetchDraft(hottest), candidate, (!is_ready).then(|| candidate.wait().max(gap - looked))))
    }

    /// How many there are, which tells of new ones.
    fn count(&self, input: &PlanInput<'_>, now: Timestamp) -> Timed {
        let candidate = Candidate {
            benefit: self.unseen,
            threshold: threshold(input, PollCall::Count, now),
            save_rate: self.new_draft_rate,
        };
        let counted = since(input.activity.counted_at, now);
        let gap = gap(input, PollCall::Count);
        let is_ready = candidate.benefit >= candidate.threshold && counted >= gap;
        (Action::CountDrafts, candidate, (!is_ready).then(|| candidate.wait().max(gap - counted)))
    }
}

fn sum(values: &[f64], first: usize) -> f64 {
    values.iter().take(first).sum()
}

/// Returns what of a draft could be lost, and the chance a second that it is saved.
fn loss(input: &PlanInput<'_>, draft: &DraftActivity, hour_factor: f64, now: Timestamp) -> (f64, f64) {
    // A look would be in vain, however much it was worth.
    if draft.is_waiting {
        return (0.0, 0.0);
    }
    // In a list that is sorted by the last save, a look at its beginning is one at all of it.
    let by_top = input.activity.top_at.filter(|_| input.scope == Scope::Box && input.order == Some(ListOrder::Updated));
    let looked = by_top.map_or(draft.seen_at, |top| top.max(draft.seen_at));
    let (saved, looked) = (since(draft.saved_at, now), since(Some(looked), now));
    let save_rate = input.activity.save_rate.rate(saved, hour_factor);
    let worth = if saved > COLD { burst(save_rate, looked) } else { save_rate * looked * looked / 2.0 };
    (worth, save_rate)
}

/// Returns what is lost by something that has rested, and may have woken up within so many seconds.
pub(super) fn burst(save_rate: f64, seconds: f64) -> f64 {
    save_rate * seconds * seconds / 2.0 * (1.0 + seconds.min(SESSION) / BURST)
}

/// Returns how many seconds ago it was; a day where it never was, or by a clock that was set back since: then nobody knows.
fn since(instant: Option<Timestamp>, now: Timestamp) -> f64 {
    let seconds = instant.map(|instant| (now - instant).as_seconds_f64());
    seconds.filter(|seconds| *seconds > -CLOCK_SET_BACK).map_or(super::hourly::DAY, |seconds| seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ActivityModel, Budget, PerCall};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::seconds(seconds)
    }

    fn budgets(left: [u64; 3]) -> PerCall<Budget> {
        let mut budgets = PerCall::default();
        for (call, left) in PollCall::ALL.into_iter().zip(left) {
            budgets[call] = Budget { limit: 1_000, polling_limit: 950, own: 950 - left.min(950), ..Budget::default() };
        }
        budgets
    }

    /// A box that was just swept, whose drafts were saved so many seconds ago.
    struct Account {
        drafts: Vec<DraftActivity>,
        activity: ActivityModel,
    }

    impl Account {
        fn of(saved: &[i64], looked: i64) -> Self {
            let draft = |ago: &i64| DraftActivity { saved_at: Some(at(-ago)), seen_at: at(-looked), is_waiting: false };
            let mut activity = ActivityModel::default();
            activity.advance_to(at(0));
            activity.note_page(true, saved.len() as u64, at(-looked));
            Self { drafts: saved.iter().map(draft).collect(), activity }
        }

        fn plan(&self, budgets: &PerCall<Budget>, order: Option<ListOrder>) -> Plan {
            let input = PlanInput {
                scope: Scope::Box,
                drafts: &self.drafts,
                order,
                budgets,
                activity: &self.activity,
                confirm_at: None,
                unread: 0,
                can_ask: false,
            };
            plan(&input, at(0))
        }
    }

    #[test]
    fn the_page_with_the_drafts_that_are_edited_is_looked_at() {
        let mut saved = vec![3_000_000; 60];
        saved[45] = 90;
        saved[50] = 70;
        let Action::ScanPage { offset } =
            Account::of(&saved, 60).plan(&budgets([300, 0, 0]), Some(ListOrder::Created)).action
        else {
            panic!("a look")
        };
        assert!((31..=40).contains(&offset), "both are on it: {offset}");
        let by_save = Account::of(&saved, 60).plan(&budgets([300, 0, 0]), Some(ListOrder::Updated));
        assert_eq!(by_save.action, Action::ScanPage { offset: 0 });
        let by_nothing = Account::of(&saved, 60).plan(&budgets([300, 0, 0]), Some(ListOrder::Other));
        assert_eq!(by_nothing.action, Action::ScanAll);
        let by_get = Account::of(&saved, 60).plan(&budgets([0, 900, 0]), Some(ListOrder::Created));
        assert_eq!(by_get.action, Action::FetchDraft(50), "the hottest by itself");
    }

    #[test]
    fn a_new_draft_that_is_known_of_is_looked_for_at_once() {
        let mut account = Account::of(&[3_000_000; 60], 5);
        account.activity.note_count(61, at(0));
        let plan = account.plan(&budgets([300, 300, 300]), Some(ListOrder::Created));
        assert_eq!((plan.action, plan.at), (Action::ScanPage { offset: 0 }, at(5)), "ten seconds after the last look");
    }

    #[test]
    fn what_is_dearer_is_called_later() {
        let saved = [[200; 3].as_slice(), &[3_000_000; 50]].concat();
        let due = |left| Account::of(&saved, 0).plan(&budgets([left, 0, 0]), Some(ListOrder::Created)).at;
        assert!(due(900) < due(700) && due(700) < due(240), "{} {} {}", due(900), due(700), due(240));
    }

    proptest! {
        /// Whatever is left, and whenever people save: nothing is planned in the past, nothing that is not left, and
        /// nothing that is not worth its price but for the evenly spread looks.
        #[test]
        fn only_what_is_left_and_worth_it_is_called(
            saved in prop::collection::vec(0_i64..4_000_000, 0..80),
            looked in 0_i64..100_000,
            left in prop::array::uniform3(0_u64..950),
            order in prop::sample::select(vec![None, Some(ListOrder::Created), Some(ListOrder::Updated), Some(ListOrder::Other)]),
        ) {
            let plan = Account::of(&saved, looked).plan(&budgets(left), order);
            prop_assert!(plan.at >= at(0));
            let call = match plan.action {
                Action::ScanPage { .. } | Action::ScanAll => Some((PollCall::ListPage, left[0])),
                Action::FetchDraft(place) => {
                    prop_assert!(place < saved.len());
                    Some((PollCall::Get, left[1]))
                }
                Action::CountDrafts => Some((PollCall::Count, left[2])),
                _ => None,
            };
            if let Some((call, left)) = call {
                prop_assert!(left > 0, "{call:?}");
                prop_assert!(call == PollCall::ListPage || plan.benefit >= plan.threshold, "{plan:?}");
            }
        }
    }
}
