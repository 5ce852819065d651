//! How fresh the archive is kept at today's prices, so that people know what they may count on.

use chrono::TimeDelta;

use super::plan::{burst, gap};
use super::price;
use super::{Call, PAGE, View};
use crate::model::{ListOrder, Timestamp};

/// How long ago a draft that is being edited was saved, and one that is not, in seconds.
const JUST_NOW: f64 = 60.0;
const LONG_AGO: f64 = 1e9;

/// How far apart the looks at a draft are at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// At one that is being edited.
    pub edited: TimeDelta,
    /// At every other one.
    pub others: TimeDelta,
}

/// Returns what the plan comes to at the prices of `now`; none where nothing is left for looks.
pub fn promise(view: &View<'_>, now: Timestamp) -> Option<Promise> {
    let others = by_list(view, now).min(at_rest(view, 1, price::of(view, Call::Get, now), now));
    let nearest = gap(view, Call::List).min(gap(view, Call::Get));
    let edited = in_session(view, now).min(others).max(nearest);
    let time = |seconds: f64| seconds.is_finite().then(|| TimeDelta::seconds(seconds.ceil() as i64));
    Some(Promise { edited: time(edited)?, others: time(others.max(edited))? })
}

/// Returns after how many seconds each draft was looked at in the list.
fn by_list(view: &View<'_>, now: Timestamp) -> f64 {
    if !view.is_worth_listing() {
        return f64::INFINITY;
    }
    let every = price::evenly_every(view, Call::List, now);
    let pages = view.pages() as f64;
    match view.order {
        _ if view.needs_sweeps() => every * pages,
        _ if view.pages() == 1 => every,
        // An edit moves a draft to the first page.
        Some(ListOrder::Updated) => every,
        // The looks are at the page on which somebody is at work, until another one is worth as much.
        _ => (every * pages).max(at_rest(view, PAGE, price::of(view, Call::List, now), now)),
    }
}

/// Returns after how many seconds even drafts that rest are worth a price together.
fn at_rest(view: &View<'_>, drafts: usize, price: f64, now: Timestamp) -> f64 {
    let hazard = view.habits.hazard.of(LONG_AGO, view.habits.hazard.busy(now)) * drafts as f64;
    if price.is_infinite() {
        return f64::INFINITY;
    }
    // What could be lost grows with each second, so the instant is found between two others.
    let (mut early, mut late) = (0.0, (2.0 * price / hazard).sqrt());
    while late - early > 1.0 {
        let middle = f64::midpoint(early, late);
        if burst(hazard, middle) < price { early = middle } else { late = middle }
    }
    late
}

/// Returns after how many seconds a draft that is being edited is worth a call: its own, or its page's.
fn in_session(view: &View<'_>, now: Timestamp) -> f64 {
    let hazard = view.habits.hazard.of(JUST_NOW, 1.0);
    let is_worth = |price: f64| (2.0 * price / hazard).sqrt();
    let pages = if view.needs_sweeps() { view.pages() as f64 } else { 1.0 };
    let by_list = if view.is_worth_listing() { price::of(view, Call::List, now) * pages } else { f64::INFINITY };
    is_worth(price::of(view, Call::Get, now)).min(is_worth(by_list))
}

#[cfg(test)]
mod tests {
    use super::super::{Budget, Draft, Each, Habits, Scope, Step, plan};
    use super::*;
    use crate::model::{quota_day, quota_day_began};

    /// An account of drafts that rest, in a world in which the plan is followed.
    struct Account {
        scope: Scope,
        order: ListOrder,
        drafts: Vec<Draft>,
        limits: [u64; 3],
        budgets: Each<Budget>,
        habits: Habits,
        now: Timestamp,
    }

    /// At the beginning of a day of the platform's, with limits for the list, for reading and for counting.
    fn account(scope: Scope, drafts: usize, limits: [u64; 3]) -> Account {
        let now: Timestamp = "2026-08-31T16:00:00Z".parse().unwrap();
        let rests = Draft { saved: Some(now - TimeDelta::days(30)), looked: now, is_waiting: false };
        let (budgets, habits) = (Each::default(), Habits::default());
        let drafts = vec![rests; drafts];
        let mut account = Account { scope, order: ListOrder::Created, drafts, limits, budgets, habits, now };
        account.begin_day();
        account.habits.listed(true, account.drafts.len() as u64, now);
        account
    }

    impl Account {
        fn begin_day(&mut self) {
            self.habits.turn(self.now);
            for (call, limit) in Call::ALL.into_iter().zip(self.limits) {
                self.budgets[call] = Budget { limit, share: limit / 20 * 19, ..Budget::default() };
            }
        }

        fn view(&self) -> View<'_> {
            View {
                scope: self.scope,
                drafts: &self.drafts,
                order: Some(self.order),
                budgets: &self.budgets,
                habits: &self.habits,
                confirm_at: None,
                unread: 0,
                can_ask: false,
            }
        }

        fn promise(&self) -> Option<Promise> {
            promise(&self.view(), self.now)
        }

        /// Follows the plan for some hours, the first draft being edited all the while. Returns how far apart the looks at
        /// it were on the average, and at the others at most.
        fn follow(&mut self, hours: i32) -> Promise {
            let (began, end) = (self.now, self.now + TimeDelta::hours(hours.into()));
            let mut looks = vec![vec![began]; self.drafts.len()];
            while self.now < end {
                let (next, day) = (plan(&self.view(), self.now), quota_day(self.now));
                self.now = next.at.min(quota_day_began(self.now) + TimeDelta::days(1)).min(end);
                self.habits.turn(self.now);
                if quota_day(self.now) != day {
                    self.begin_day();
                }
                self.drafts[0].saved = Some(self.now - TimeDelta::seconds(60));
                if self.now < next.at {
                    continue;
                }
                for place in self.take(&next) {
                    self.drafts[place].looked = self.now;
                    looks[place].push(self.now);
                }
            }
            looks.iter_mut().for_each(|looks| looks.push(end));
            let longest = |looks: &Vec<Timestamp>| looks.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap();
            let edited = (end - began) / i32::try_from(looks[0].len()).unwrap();
            Promise { edited, others: looks[1..].iter().map(longest).max().unwrap() }
        }

        /// Makes the call of a step, and returns at which drafts it looked.
        fn take(&mut self, next: &super::super::Plan) -> std::ops::Range<usize> {
            let (drafts, now) = (self.drafts.len(), self.now);
            let (places, call) = match next.step {
                Step::Look { offset } => (offset as usize..drafts.min(offset as usize + 20), Call::List),
                Step::Sweep => (0..drafts, Call::List),
                Step::Get(place) => (place..place + 1, Call::Get),
                Step::Count => (0..0, Call::Count),
                _ => return 0..0,
            };
            self.habits.spent(call, next.price, next.worth, now);
            match call {
                Call::List => self.habits.listed(places.start == 0, drafts as u64, now),
                Call::Count => self.habits.counted(drafts as u64, now),
                Call::Get => {}
            }
            self.budgets[call].ours += if next.step == Step::Sweep { self.habits.pages(drafts as u64) } else { 1 };
            places
        }
    }

    #[test]
    fn a_plan_keeps_its_promise() {
        for mut account in [
            account(Scope::Box, 60, [1_000, 500, 1_000]),
            account(Scope::List, 3, [1_000, 500, 1_000]),
            account(Scope::List, 3, [0, 500, 1_000]),
        ] {
            account.follow(34);
            let (promise, kept) = (account.promise().unwrap(), account.follow(2));
            assert!(kept.edited < promise.edited * 2, "{promise:?}, {kept:?}");
            assert!(kept.others <= promise.others, "{promise:?}, {kept:?}");
        }
    }

    #[test]
    fn every_page_has_its_turn_but_where_an_edit_moves_a_draft_to_the_first() {
        let mut account = account(Scope::Box, 60, [1_000, 0, 0]);
        account.order = ListOrder::Other;
        // A quarter of 950 a day.
        assert_eq!(account.promise().unwrap().others, TimeDelta::seconds(3 * 364));
        account.order = ListOrder::Updated;
        assert_eq!(account.promise().unwrap().others, TimeDelta::seconds(364));
    }

    #[test]
    fn where_nothing_is_for_sale_the_evenly_spread_looks_are_for_all() {
        let mut account = account(Scope::Box, 12, [1_000, 500, 1_000]);
        (account.budgets[Call::List].ours, account.budgets[Call::Get].ours) = (720, 475);
        let evenly = TimeDelta::seconds(364);
        assert_eq!(account.promise(), Some(Promise { edited: evenly, others: evenly }));
    }

    #[test]
    fn nothing_is_promised_where_nothing_is_left() {
        let mut spent = account(Scope::Box, 12, [1_000, 500, 1_000]);
        (spent.budgets[Call::List].ours, spent.budgets[Call::Get].ours) = (950, 475);
        assert_eq!(spent.promise(), None);
        let mut closed = account(Scope::List, 3, [1_000, 500, 1_000]);
        Call::ALL.into_iter().for_each(|call| closed.budgets[call].is_closed = true);
        assert_eq!(closed.promise(), None);
    }
}
