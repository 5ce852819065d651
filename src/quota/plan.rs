//! The decision: which call to make now, or when the next one will be worth it.
//!
//! A draft may have been saved since it was last seen, and that content is lost when somebody saves again or publishes the draft. The
//! expected loss is the chance of a save times the time for which it is not archived. It grows with the square of the time since the
//! draft was last seen, so every draft is seen again, and none too often. A call is made when its benefit, the loss that it
//! prevents, reaches the [`threshold`](super::threshold).

use chrono::TimeDelta;

use super::action::{Action, Candidate};
use super::call::PollCall;
use super::draft::Scope;
use super::expected_loss::ExpectedLoss;
use super::input::PlanInput;
use super::tuning::{LATEST_SECS, SOONEST_SECS};
use crate::model::Timestamp;

/// A plan looks ahead at most this many times [`LATEST_SECS`].
const AHEAD: usize = 60;

/// An action with its time and its reason.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    pub at: Timestamp,
    pub action: Action,
    /// The expected loss that it prevents, in seconds for which a saved version is not archived.
    pub benefit: f64,
    /// The benefit at which a call is made.
    pub threshold: f64,
}

/// Returns what to do next, and when: now at the earliest.
pub fn plan(input: &PlanInput<'_>, now: Timestamp) -> Plan {
    let mut at = now;
    for _ in 0..AHEAD {
        match best_action(input, at) {
            Ok(Candidate { action, benefit, threshold, .. }) => return Plan { at, action, benefit, threshold },
            Err(wait) => at += TimeDelta::milliseconds((wait.clamp(SOONEST_SECS, LATEST_SECS) * 1e3) as i64),
        }
    }
    Plan { at, action: Action::Wait, benefit: 0.0, threshold: f64::INFINITY }
}

/// Returns the best action that is due, or after how many seconds to plan again.
fn best_action(input: &PlanInput<'_>, now: Timestamp) -> Result<Candidate, f64> {
    if let Some(action) = mandatory_action(input, now) {
        return Ok(Candidate::mandatory(action));
    }
    let losses = ExpectedLoss::of(input, now);
    let candidates = [
        input.is_worth_listing().then(|| losses.list(input, now)),
        losses.get(input, now),
        (input.scope == Scope::Box).then(|| losses.count(input, now)),
    ];
    let mut best: Option<(f64, Candidate)> = None;
    let mut wait = LATEST_SECS;
    for candidate in candidates.into_iter().flatten() {
        let ratio = candidate.benefit / candidate.threshold;
        match candidate.due_in {
            None if best.as_ref().is_none_or(|(other, _)| ratio > *other) => best = Some((ratio, candidate)),
            None => {}
            Some(seconds) => wait = wait.min(seconds),
        }
    }
    best.map(|(_, candidate)| candidate).ok_or(wait)
}

/// Returns an action that comes before all others.
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{ActivityModel, Budget, DraftActivity, PerCall};
    use super::*;
    use crate::model::ListOrder;

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
        scope: Scope,
        drafts: Vec<DraftActivity>,
        activity: ActivityModel,
        confirm_at: Option<Timestamp>,
        unread: usize,
        can_ask: bool,
    }

    impl Account {
        fn of(saved: &[i64], looked: i64) -> Self {
            let draft = |ago: &i64| DraftActivity { saved_at: Some(at(-ago)), seen_at: at(-looked), is_waiting: false };
            let mut activity = ActivityModel::default();
            activity.advance_to(at(0));
            activity.note_page(true, saved.len() as u64, at(-looked));
            let drafts = saved.iter().map(draft).collect();
            Self { scope: Scope::Box, drafts, activity, confirm_at: None, unread: 0, can_ask: false }
        }

        fn plan(&self, budgets: &PerCall<Budget>, order: Option<ListOrder>) -> Plan {
            let input = PlanInput {
                scope: self.scope,
                drafts: &self.drafts,
                order,
                budgets,
                activity: &self.activity,
                confirm_at: self.confirm_at,
                unread: self.unread,
                can_ask: self.can_ask,
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

    #[test]
    fn of_what_is_due_the_call_is_made_that_is_worth_most_of_its_price() {
        let action = |saved, looked, left| Account::of(&[saved; 3], looked).plan(&budgets(left), None).action;
        // The list shows a little more than the count does, for a hundred times the price.
        assert_eq!(action(3_000_000, 3_600, [300, 300, 900]), Action::CountDrafts);
        // It shows three drafts for the price of one.
        assert_eq!(action(200, 600, [900, 900, 300]), Action::ScanPage { offset: 0 });
    }

    #[test]
    fn only_the_drafts_of_a_box_are_counted() {
        let action = |scope| {
            let account = Account { scope, ..Account::of(&[3_000_000; 3], 3_600) };
            account.plan(&budgets([300, 0, 900]), None).action
        };
        assert_eq!((action(Scope::Box), action(Scope::Listed)), (Action::CountDrafts, Action::ScanPage { offset: 0 }));
    }

    /// Returns what is done of an account that was looked at just now.
    fn action(change: impl FnOnce(&mut Account), left: [u64; 3]) -> Action {
        let mut account = Account::of(&[3_000_000; 3], 0);
        change(&mut account);
        let plan = account.plan(&budgets(left), None);
        if plan.at > at(0) { Action::Wait } else { plan.action }
    }

    #[test]
    fn what_has_changed_is_read_at_once_if_there_is_a_call_left_for_it() {
        for left in [[0, 1, 0], [1, 0, 0]] {
            assert_eq!(action(|account| account.unread = 1, left), Action::FetchChanged, "{left:?}");
            assert_eq!(action(|_| (), left), Action::Wait, "{left:?}");
        }
        assert_eq!(action(|account| account.unread = 1, [0, 0, 900]), Action::Wait);
    }

    #[test]
    fn a_missing_draft_is_confirmed_once_that_is_due_and_first() {
        let due = |seconds| move |account: &mut Account| (account.confirm_at, account.unread) = (Some(at(seconds)), 1);
        assert_eq!(action(due(0), [0, 1, 0]), Action::ConfirmMissing);
        assert_eq!(action(due(1), [0, 1, 0]), Action::FetchChanged);
        assert_eq!(action(due(0), [1, 0, 0]), Action::FetchChanged, "draft/get alone confirms it");
    }

    #[test]
    fn the_limits_are_asked_for_first_if_they_may_be_and_one_is_due() {
        let may_ask = |account: &mut Account| (account.can_ask, account.unread) = (true, 1);
        assert_eq!(action(may_ask, [0, 1, 0]), Action::RefreshQuota);
        assert_eq!(action(|account| account.unread = 1, [0, 1, 0]), Action::FetchChanged, "they may not");
        let all_asked = |account: &mut Account| {
            may_ask(account);
            PollCall::ALL.into_iter().for_each(|call| account.activity.note_quota_report(call, None, at(0)));
        };
        assert_eq!(action(all_asked, [0, 1, 0]), Action::FetchChanged, "none is due");
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
