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
