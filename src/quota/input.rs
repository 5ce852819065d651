//! An account as the planner sees it.

use super::activity::ActivityModel;
use super::budget::Budget;
use super::call::{PerCall, PollCall};
use super::draft::{DraftActivity, Scope};
use crate::model::{ListOrder, Timestamp};

/// All that a plan is made from.
pub struct PlanInput<'a> {
    pub scope: Scope,
    /// The drafts that are watched and in the box for all we know, in the order of the platform's list.
    pub drafts: &'a [DraftActivity],
    /// What the list was seen to be sorted by.
    pub order: Option<ListOrder>,
    pub budgets: &'a PerCall<Budget>,
    pub activity: &'a ActivityModel,
    /// When a draft that was missed is to be asked for once more.
    pub confirm_at: Option<Timestamp>,
    /// How many drafts are known to have changed since they were read.
    pub unread: usize,
    /// Whether the platform may be asked for its counters.
    pub can_ask: bool,
}

/// Drafts that may have gone unnoticed before the places of the others on the list are all wrong.
const MOST_GONE: u64 = 5;

impl PlanInput<'_> {
    /// Returns how many pages the list has.
    pub(super) fn pages(&self) -> u64 {
        self.activity.pages(self.drafts.len() as u64)
    }

    /// Tells whether there is anything on the list: a configured list may be empty.
    pub(super) fn is_worth_listing(&self) -> bool {
        self.scope == Scope::Box || !self.drafts.is_empty()
    }

    /// Tells whether there are more drafts than are known.
    pub(super) fn has_unknown_drafts(&self) -> bool {
        self.scope == Scope::Box && self.activity.total.is_some_and(|total| total > self.drafts.len() as u64)
    }

    /// Tells whether only the whole list can tell what is wrong: it holds more drafts than are known although its beginning
    /// was looked at, or so many fewer that no page makes sense. Four times as rarely as the evenly spread looks, once an hour
    /// at most.
    pub(super) fn needs_resync(&self, evenly: f64, now: Timestamp) -> bool {
        let (known, total) = (self.drafts.len() as u64, self.activity.total.unwrap_or_default());
        let hides_some = self.has_unknown_drafts() && self.activity.top_at >= self.activity.counted_at;
        let has_lost_many = known.saturating_sub(total) > MOST_GONE;
        let swept = self.activity.swept_at.map_or(f64::INFINITY, |swept| (now - swept).as_seconds_f64());
        let patience = (4.0 * evenly * self.pages() as f64).max(3_600.0);
        let can_be_read = self.budgets[PollCall::ListPage].left_to_polling() >= self.pages();
        (hides_some || has_lost_many) && self.scope == Scope::Box && can_be_read && (swept >= patience || swept < 0.0)
    }

    /// Tells whether only the whole list tells where a draft is on it. Of a configured list the drafts between are not known.
    pub(super) fn needs_full_scan(&self) -> bool {
        let is_sorted = matches!(self.order, Some(ListOrder::Created | ListOrder::Updated));
        self.pages() > 1 && (self.scope == Scope::Listed || !is_sorted) || self.activity.total.is_none()
    }
}
