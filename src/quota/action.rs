//! What the planner chooses between.

use super::tuning::{CERTAIN_BENEFIT, LATEST_SECS};

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// Call `openapi/quota/get`.
    RefreshQuota,
    /// Fetch missing drafts again to confirm that they are gone.
    ConfirmMissing,
    /// Fetch the drafts that have changed.
    FetchChanged,
    /// Read one page of the list without content.
    ScanPage { offset: u64 },
    /// Read the whole list.
    ScanAll,
    /// Fetch the draft at this position of the input.
    FetchDraft(usize),
    /// Call `draft/count`.
    CountDrafts,
    /// No call is worth it, or none is left; make a new plan then.
    Wait,
}

/// A possible action with its benefit and its threshold.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub(super) action: Action,
    pub(super) benefit: f64,
    pub(super) threshold: f64,
    /// The rate of saves per second, by which its benefit grows.
    pub(super) save_rate: f64,
    /// After how many seconds it is due; `None` is now.
    pub(super) due_in: Option<f64>,
}

impl Candidate {
    /// An action that comes before all others, whatever its benefit.
    pub(super) fn mandatory(action: Action) -> Self {
        Self { action, benefit: CERTAIN_BENEFIT, threshold: 0.0, save_rate: 0.0, due_in: None }
    }

    /// Returns whether the benefit reaches the threshold.
    pub(super) fn is_worth_it(&self) -> bool {
        self.benefit >= self.threshold
    }

    /// Returns after how many seconds it can reach the threshold at the earliest.
    pub(super) fn reaches_threshold_in(&self) -> f64 {
        if self.threshold.is_infinite() {
            return LATEST_SECS;
        }
        (self.threshold.sqrt() - self.benefit.sqrt()) / (self.save_rate / 2.0 + 1e-12).sqrt()
    }
}
