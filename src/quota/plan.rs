//! The decision: which call is worth its price now, or when the next one will be.
//!
//! A draft that was not looked at for a time may have been saved meanwhile, and what was saved is lost when somebody
//! saves over it or publishes the draft. The expected loss, the chance of a save times the time for which it would lie
//! there, grows with the square of the time since the last look: so no draft starves, and none is read for nothing. A call
//! is made when what it saves is worth the [`price`].

use chrono::TimeDelta;

use super::hazard::COLD;
use super::price;
use super::{Call, Draft, PAGE, Scope, View};
use crate::model::{ListOrder, Timestamp};

/// A draft that wakes up after a long rest brings a burst of saves: so much more is lost with each time of this length, in
/// seconds, for as long as an editing session lasts.
const BURST: f64 = 450.0;
const SESSION: f64 = 1_500.0;

/// Two looks at the same thing are so many seconds apart at least: who saves twice within them corrects a slip. Where a
/// day's limit bears more than that all day long, they may be as near as the plan's own steps.
const GAP: f64 = 10.0;

/// Returns how many seconds apart looks by this call are at least.
pub(super) fn gap(view: &View<'_>, call: Call) -> f64 {
    (super::hourly::DAY / view.budgets[call].share.max(1) as f64).clamp(SOONEST, GAP)
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
pub enum Step {
    /// Ask the platform for its counters.
    Ask,
    /// Ask once more for the drafts that were missed.
    Confirm,
    /// Read the drafts that have changed.
    Read,
    /// Look at a page of the list.
    Look { offset: u64 },
    /// Read the list from its beginning to its end.
    Sweep,
    /// Read the draft at this place of the view.
    Get(usize),
    /// Ask how many drafts there are.
    Count,
    /// Nothing is worth its price, or nothing is left; look again then.
    Rest,
}

/// A step with its time and its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub at: Timestamp,
    pub step: Step,
    /// The loss that it prevents, in seconds that a saved version lies unarchived.
    pub worth: f64,
    /// The loss at which a call is made now.
    pub price: f64,
}

/// Says what to do next, and when: now at the earliest.
pub fn plan(view: &View<'_>, now: Timestamp) -> Plan {
    let mut at = now;
    for _ in 0..AHEAD {
        match due(view, at) {
            Ok((step, Offer { worth, price, .. })) => return Plan { at, step, worth, price },
            Err(wait) => at += TimeDelta::milliseconds((wait.clamp(SOONEST, LATEST) * 1e3) as i64),
        }
    }
    Plan { at, step: Step::Rest, worth: 0.0, price: f64::INFINITY }
}

/// What a call would save, and what it costs.
#[derive(Clone, Copy, Debug)]
struct Offer {
    worth: f64,
    price: f64,
    /// The chance a second that it becomes worth more.
    hazard: f64,
}

impl Offer {
    /// What has to be done, whatever it is worth.
    const DUTY: Self = Self { worth: CERTAIN, price: 0.0, hazard: 0.0 };

    /// Returns when it can be worth its price at the earliest, in seconds.
    fn wait(&self) -> f64 {
        if self.price.is_infinite() {
            return LATEST;
        }
        (self.price.sqrt() - self.worth.sqrt()) / (self.hazard / 2.0 + 1e-12).sqrt()
    }
}

/// Returns what is due, the best of it first, or in how many seconds to look again.
fn due(view: &View<'_>, now: Timestamp) -> Result<(Step, Offer), f64> {
    if let Some(duty) = duty(view, now) {
        return Ok((duty, Offer::DUTY));
    }
    let losses = Losses::of(view, now);
    let offers = [
        view.is_worth_listing().then(|| losses.list(view, now)),
        losses.get(view, now),
        (view.scope == Scope::Box).then(|| losses.count(view, now)),
    ];
    let mut best: Option<(f64, Step, Offer)> = None;
    let mut wait = LATEST;
    for (step, offer, ready_in) in offers.into_iter().flatten() {
        let ratio = offer.worth / offer.price;
        match ready_in {
            None if best.as_ref().is_none_or(|(other, ..)| ratio > *other) => best = Some((ratio, step, offer)),
            None => {}
            Some(seconds) => wait = wait.min(seconds),
        }
    }
    best.map(|(_, step, offer)| (step, offer)).ok_or(wait)
}

/// Returns what has to be done before anything is weighed.
fn duty(view: &View<'_>, now: Timestamp) -> Option<Step> {
    if view.can_ask && Call::ALL.iter().any(|call| view.habits.is_to_be_asked(*call, now)) {
        return Some(Step::Ask);
    }
    let gets = view.budgets[Call::Get].left_to_polling();
    if gets > 0 && view.confirm_at.is_some_and(|at| at <= now) {
        return Some(Step::Confirm);
    }
    let can_read = gets + view.budgets[Call::List].left_to_polling() > 0;
    (can_read && view.unread > 0).then_some(Step::Read)
}

/// What could be lost at an instant, draft by draft.
struct Losses {
    worth: Vec<f64>,
    hazard: Vec<f64>,
    /// Of drafts that nobody knows yet: the chance a second that one is made, and what that is worth to a count.
    births: f64,
    unknown: f64,
    /// What it is worth to a look at the list's beginning.
    top: f64,
}

/// An offer, and in how many seconds it is ready; `None` is now.
type Timed = (Step, Offer, Option<f64>);

impl Losses {
    fn of(view: &View<'_>, now: Timestamp) -> Self {
        let busy = view.habits.hazard.busy(now);
        let (worth, hazard) = view.drafts.iter().map(|draft| loss(view, draft, busy, now)).unzip();
        let births = view.habits.births.rate() * busy;
        let unknown_since = |last: Option<Timestamp>| burst(births, since(last, now));
        let (by_count, by_list) = (unknown_since(view.habits.counted_at), unknown_since(view.habits.top_at));
        // What the list's beginning does not show stands elsewhere.
        let is_certain = view.is_short() && view.habits.counted_at > view.habits.top_at;
        let top = match (view.scope, is_certain) {
            (Scope::List, _) => 0.0,
            (Scope::Box, true) => by_list.max(CERTAIN),
            (Scope::Box, false) => by_count.min(by_list) + HIDDEN * by_list,
        };
        Self { worth, hazard, births, unknown: by_count, top }
    }

    /// The most valuable page, or the whole list where its order is not known.
    fn list(&self, view: &View<'_>, now: Timestamp) -> Timed {
        let evenly = price::evenly_every(view, Call::List, now);
        let is_astray = view.is_astray(evenly, now);
        let needs_all = view.needs_sweeps() || is_astray;
        let (offset, worth, hazard) =
            if needs_all { (None, self.all(), self.hazard.iter().sum()) } else { self.page(view) };
        let pages = if offset.is_none() { view.pages() as f64 } else { 1.0 };
        let price = price::of(view, Call::List, now);
        let offer = Offer { worth: worth / pages, price, hazard: hazard / pages };
        let step = offset.map_or(Step::Sweep, |offset| Step::Look { offset });
        let idle = since(view.habits.listed_at, now);
        let evenly = evenly * pages;
        let gap = gap(view, Call::List);
        let is_ready = idle >= gap && (offer.worth >= offer.price || idle >= evenly || is_astray);
        let wait = offer.wait().min(evenly - idle).max(gap - idle);
        (step, offer, (!is_ready).then_some(wait))
    }

    fn all(&self) -> f64 {
        self.worth.iter().sum::<f64>() + self.top
    }

    /// Returns where the most valuable page begins, what it is worth, and the chance a second on the liveliest one.
    fn page(&self, view: &View<'_>) -> (Option<u64>, f64, f64) {
        if view.order == Some(ListOrder::Updated) {
            return (Some(0), self.all(), self.hazard.iter().sum::<f64>() + self.births);
        }
        // Drafts that went unnoticed shift those below them up: so many places at the page's end are not counted on.
        let gone = (self.worth.len() as u64).saturating_sub(view.habits.total.unwrap_or(u64::MAX)) as usize;
        let width = PAGE.saturating_sub(gone).max(1);
        let (mut best, mut liveliest) = ((0, f64::NEG_INFINITY), 0.0_f64);
        let (mut worth, mut hazard) = (sum(&self.worth, width) + self.top, sum(&self.hazard, width) + self.births);
        for start in 0.. {
            liveliest = liveliest.max(hazard);
            if worth > best.1 {
                best = (start, worth);
            }
            let Some((worth_in, hazard_in)) = self.worth.get(start + width).zip(self.hazard.get(start + width)) else {
                break;
            };
            worth += worth_in - self.worth[start] - if start == 0 { self.top } else { 0.0 };
            hazard += hazard_in - self.hazard[start];
        }
        (Some(best.0.saturating_sub(gone) as u64), best.1, liveliest)
    }

    /// The hottest draft by itself.
    fn get(&self, view: &View<'_>, now: Timestamp) -> Option<Timed> {
        let hottest = (0..self.worth.len()).max_by(|one, other| self.worth[*one].total_cmp(&self.worth[*other]))?;
        let hazard = self.hazard.iter().copied().fold(0.0, f64::max);
        let offer = Offer { worth: self.worth[hottest], price: price::of(view, Call::Get, now), hazard };
        let looked = since(Some(view.drafts[hottest].looked), now);
        let gap = gap(view, Call::Get);
        let is_ready = offer.worth >= offer.price && looked >= gap;
        Some((Step::Get(hottest), offer, (!is_ready).then(|| offer.wait().max(gap - looked))))
    }

    /// How many there are, which tells of new ones.
    fn count(&self, view: &View<'_>, now: Timestamp) -> Timed {
        let offer = Offer { worth: self.unknown, price: price::of(view, Call::Count, now), hazard: self.births };
        let counted = since(view.habits.counted_at, now);
        let gap = gap(view, Call::Count);
        let is_ready = offer.worth >= offer.price && counted >= gap;
        (Step::Count, offer, (!is_ready).then(|| offer.wait().max(gap - counted)))
    }
}

fn sum(values: &[f64], first: usize) -> f64 {
    values.iter().take(first).sum()
}

/// Returns what of a draft could be lost, and the chance a second that it is saved.
fn loss(view: &View<'_>, draft: &Draft, busy: f64, now: Timestamp) -> (f64, f64) {
    // A look would be in vain, however much it was worth.
    if draft.is_waiting {
        return (0.0, 0.0);
    }
    // In a list that is sorted by the last save, a look at its beginning is one at all of it.
    let by_top = view.habits.top_at.filter(|_| view.scope == Scope::Box && view.order == Some(ListOrder::Updated));
    let looked = by_top.map_or(draft.looked, |top| top.max(draft.looked));
    let (saved, looked) = (since(draft.saved, now), since(Some(looked), now));
    let hazard = view.habits.hazard.of(saved, busy);
    let worth = if saved > COLD { burst(hazard, looked) } else { hazard * looked * looked / 2.0 };
    (worth, hazard)
}

/// Returns what is lost by something that has rested, and may have woken up within so many seconds.
pub(super) fn burst(hazard: f64, seconds: f64) -> f64 {
    hazard * seconds * seconds / 2.0 * (1.0 + seconds.min(SESSION) / BURST)
}

/// Returns how many seconds ago it was; a day where it never was, or by a clock that was set back since: then nobody knows.
fn since(instant: Option<Timestamp>, now: Timestamp) -> f64 {
    let seconds = instant.map(|instant| (now - instant).as_seconds_f64());
    seconds.filter(|seconds| *seconds > -CLOCK_SET_BACK).map_or(super::hourly::DAY, |seconds| seconds.max(0.0))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{Budget, Each, Habits};
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::seconds(seconds)
    }

    fn budgets(left: [u64; 3]) -> Each<Budget> {
        let mut budgets = Each::default();
        for (call, left) in Call::ALL.into_iter().zip(left) {
            budgets[call] = Budget { limit: 1_000, share: 950, ours: 950 - left.min(950), ..Budget::default() };
        }
        budgets
    }

    /// A box that was just swept, whose drafts were saved so many seconds ago.
    struct Account {
        drafts: Vec<Draft>,
        habits: Habits,
    }

    impl Account {
        fn of(saved: &[i64], looked: i64) -> Self {
            let draft = |ago: &i64| Draft { saved: Some(at(-ago)), looked: at(-looked), is_waiting: false };
            let mut habits = Habits::default();
            habits.turn(at(0));
            habits.listed(true, saved.len() as u64, at(-looked));
            Self { drafts: saved.iter().map(draft).collect(), habits }
        }

        fn plan(&self, budgets: &Each<Budget>, order: Option<ListOrder>) -> Plan {
            let view = View {
                scope: Scope::Box,
                drafts: &self.drafts,
                order,
                budgets,
                habits: &self.habits,
                confirm_at: None,
                unread: 0,
                can_ask: false,
            };
            plan(&view, at(0))
        }
    }

    #[test]
    fn the_page_with_the_drafts_that_are_edited_is_looked_at() {
        let mut saved = vec![3_000_000; 60];
        saved[45] = 90;
        saved[50] = 70;
        let Step::Look { offset } = Account::of(&saved, 60).plan(&budgets([300, 0, 0]), Some(ListOrder::Created)).step
        else {
            panic!("a look")
        };
        assert!((31..=40).contains(&offset), "both are on it: {offset}");
        let by_save = Account::of(&saved, 60).plan(&budgets([300, 0, 0]), Some(ListOrder::Updated));
        assert_eq!(by_save.step, Step::Look { offset: 0 });
        let by_nothing = Account::of(&saved, 60).plan(&budgets([300, 0, 0]), Some(ListOrder::Other));
        assert_eq!(by_nothing.step, Step::Sweep);
        let by_get = Account::of(&saved, 60).plan(&budgets([0, 900, 0]), Some(ListOrder::Created));
        assert_eq!(by_get.step, Step::Get(50), "the hottest by itself");
    }

    #[test]
    fn a_new_draft_that_is_known_of_is_looked_for_at_once() {
        let mut account = Account::of(&[3_000_000; 60], 5);
        account.habits.counted(61, at(0));
        let plan = account.plan(&budgets([300, 300, 300]), Some(ListOrder::Created));
        assert_eq!((plan.step, plan.at), (Step::Look { offset: 0 }, at(5)), "ten seconds after the last look");
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
            let call = match plan.step {
                Step::Look { .. } | Step::Sweep => Some((Call::List, left[0])),
                Step::Get(place) => {
                    prop_assert!(place < saved.len());
                    Some((Call::Get, left[1]))
                }
                Step::Count => Some((Call::Count, left[2])),
                _ => None,
            };
            if let Some((call, left)) = call {
                prop_assert!(left > 0, "{call:?}");
                prop_assert!(call == Call::List || plan.worth >= plan.price, "{plan:?}");
            }
        }
    }
}
