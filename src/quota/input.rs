//! The input of the planner.

use super::activity::ActivityModel;
use super::budget::Budget;
use super::call::{PerCall, PollCall};
use super::draft::{DraftActivity, Scope};
use crate::model::{ListOrder, Timestamp};

/// Everything that a plan depends on.
pub struct PlanInput<'a> {
    pub scope: Scope,
    /// The watched drafts that are in the box, as far as is known, in the order of the platform's list.
    pub drafts: &'a [DraftActivity],
    /// The observed sort order of the list.
    pub order: Option<ListOrder>,
    pub budgets: &'a PerCall<Budget>,
    pub activity: &'a ActivityModel,
    /// When a missing draft is to be confirmed.
    pub confirm_at: Option<Timestamp>,
    /// The number of drafts that have changed since they were fetched.
    pub unread: usize,
    /// Whether `openapi/quota/get` may be called.
    pub can_ask: bool,
}

/// The number of drafts that may have left unnoticed before the positions of all others are unreliable.
const MOST_GONE: u64 = 5;

impl PlanInput<'_> {
    /// Returns the number of pages of the list.
    pub(super) fn pages(&self) -> u64 {
        self.activity.pages(self.drafts.len() as u64)
    }

    /// Returns whether there is anything to list: a configured list may be empty.
    pub(super) fn is_worth_listing(&self) -> bool {
        self.scope == Scope::Box || !self.drafts.is_empty()
    }

    /// Returns whether the box has more drafts than are known.
    pub(super) fn has_unknown_drafts(&self) -> bool {
        self.scope == Scope::Box && self.activity.total.is_some_and(|total| total > self.drafts.len() as u64)
    }

    /// Returns whether a full scan is needed because the known drafts are wrong: the box has more drafts although the first page was
    /// read, or far fewer. At most once per hour, and four times more rarely than the baseline scans.
    pub(super) fn needs_resync(&self, evenly: f64, now: Timestamp) -> bool {
        let (known, total) = (self.drafts.len() as u64, self.activity.total.unwrap_or_default());
        let hides_some = self.has_unknown_drafts() && self.activity.top_at >= self.activity.counted_at;
        let has_lost_many = known.saturating_sub(total) > MOST_GONE;
        let swept = self.activity.swept_at.map_or(f64::INFINITY, |swept| (now - swept).as_seconds_f64());
        let patience = (4.0 * evenly * self.pages() as f64).max(3_600.0);
        let can_be_read = self.budgets[PollCall::ListPage].left_to_polling() >= self.pages();
        (hides_some || has_lost_many) && self.scope == Scope::Box && can_be_read && (swept >= patience || swept < 0.0)
    }

    /// Returns whether the position of a draft in the list is only found by a full scan. With a configured list, the other drafts of the
    /// box are not known.
    pub(super) fn needs_full_scan(&self) -> bool {
        let is_sorted = matches!(self.order, Some(ListOrder::Created | ListOrder::Updated));
        self.pages() > 1 && (self.scope == Scope::Listed || !is_sorted) || self.activity.total.is_none()
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::seconds(seconds)
    }

    /// An account whose whole list was read `swept` seconds ago, and its first page and the number of drafts just now.
    struct Account {
        scope: Scope,
        known: usize,
        order: Option<ListOrder>,
        activity: ActivityModel,
        pages_left: u64,
    }

    struct Answers {
        is_worth_listing: bool,
        has_unknown_drafts: bool,
        needs_full_scan: bool,
    }

    impl Account {
        fn of(known: usize, total: u64, swept: i64) -> Self {
            let mut activity = ActivityModel::default();
            activity.total = Some(total);
            (activity.top_at, activity.counted_at, activity.swept_at) = (Some(at(0)), Some(at(0)), Some(at(-swept)));
            Self { scope: Scope::Box, known, order: Some(ListOrder::Created), activity, pages_left: 100 }
        }

        fn ask<T>(&self, ask: impl FnOnce(&PlanInput<'_>) -> T) -> T {
            let draft = DraftActivity { saved_at: None, seen_at: at(0), is_waiting: false };
            let mut budgets = PerCall::<Budget>::default();
            budgets[PollCall::ListPage] = Budget { limit: 1_000, polling_limit: self.pages_left, ..Budget::default() };
            ask(&PlanInput {
                scope: self.scope,
                drafts: &vec![draft; self.known],
                order: self.order,
                budgets: &budgets,
                activity: &self.activity,
                confirm_at: None,
                unread: 0,
                can_ask: false,
            })
        }

        fn answers(&self) -> Answers {
            self.ask(|input| Answers {
                is_worth_listing: input.is_worth_listing(),
                has_unknown_drafts: input.has_unknown_drafts(),
                needs_full_scan: input.needs_full_scan(),
            })
        }

        fn needs_resync(&self, evenly: f64) -> bool {
            self.ask(|input| input.needs_resync(evenly, at(0)))
        }
    }

    #[test]
    fn a_list_that_is_wrong_is_read_as_a_whole_again_and_seldom() {
        assert!(Account::of(10, 11, 3_600).needs_resync(1.0), "one more than is known");
        assert!(!Account::of(10, 10, 3_600).needs_resync(1.0), "all are known");
        assert!(!Account::of(10, 11, 3_599).needs_resync(1.0), "not within the hour");
        assert!(!Account::of(10, 11, 0).needs_resync(1.0));
        assert!(Account::of(10, 11, -1).needs_resync(1.0), "the clock was set back since");
        // Four times as long as it takes to read all three pages evenly.
        assert!(Account::of(60, 60 - 6, 12_000).needs_resync(1_000.0));
        assert!(!Account::of(60, 60 - 6, 11_999).needs_resync(1_000.0));
        let mut never = Account::of(10, 11, 0);
        never.activity.swept_at = None;
        assert!(never.needs_resync(1.0));
    }

    #[test]
    fn a_few_that_left_do_no_harm_and_many_do() {
        assert!(!Account::of(10, 5, 3_600).needs_resync(1.0));
        assert!(Account::of(10, 4, 3_600).needs_resync(1.0));
    }

    #[test]
    fn the_first_page_is_looked_at_before_the_whole_list() {
        let mut account = Account::of(10, 11, 3_600);
        account.activity.top_at = Some(at(-1));
        assert!(!account.needs_resync(1.0));
    }

    #[test]
    fn the_whole_list_is_read_where_that_can_be_and_all_of_it_is_watched() {
        assert!(Account { pages_left: 3, ..Account::of(60, 54, 12_000) }.needs_resync(1.0));
        assert!(!Account { pages_left: 2, ..Account::of(60, 54, 12_000) }.needs_resync(1.0));
        assert!(!Account { scope: Scope::Listed, ..Account::of(60, 54, 12_000) }.needs_resync(1.0));
    }

    #[test]
    fn an_empty_configured_list_is_not_asked_for() {
        let is_worth_listing = |scope, known| Account { scope, ..Account::of(known, 0, 0) }.answers().is_worth_listing;
        assert!(is_worth_listing(Scope::Box, 0) && is_worth_listing(Scope::Listed, 1));
        assert!(!is_worth_listing(Scope::Listed, 0));
    }

    #[test]
    fn only_a_sorted_list_of_a_whole_box_is_read_by_the_page() {
        let needs_full_scan = |account: &Account| account.answers().needs_full_scan;
        let sorted = |order| Account { order, ..Account::of(60, 60, 0) };
        assert!(
            !needs_full_scan(&sorted(Some(ListOrder::Created))) && !needs_full_scan(&sorted(Some(ListOrder::Updated)))
        );
        assert!(needs_full_scan(&sorted(Some(ListOrder::Other))) && needs_full_scan(&sorted(None)));
        assert!(needs_full_scan(&Account { scope: Scope::Listed, ..Account::of(60, 60, 0) }));
        let one_page = Account { scope: Scope::Listed, order: None, ..Account::of(20, 20, 0) };
        assert!(!needs_full_scan(&one_page));
        let mut never_counted = Account::of(20, 20, 0);
        never_counted.activity.total = None;
        assert!(needs_full_scan(&never_counted));
    }

    #[test]
    fn a_box_has_unknown_drafts_where_it_holds_more_than_are_known() {
        let unknown = |known, total| Account::of(known, total, 0).answers().has_unknown_drafts;
        assert!(unknown(10, 11) && !unknown(10, 10) && !unknown(11, 10));
        assert!(!Account { scope: Scope::Listed, ..Account::of(10, 11, 0) }.answers().has_unknown_drafts);
    }
}
