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

#[cfg(test)]
mod tests {
    use super::*;

    /// A candidate whose benefit has grown for `idle` seconds and whose threshold is what it is after `wanted`.
    fn candidate(save_rate: f64, idle: f64, wanted: f64) -> Candidate {
        let after = |seconds: f64| save_rate * seconds * seconds / 2.0;
        let (benefit, threshold) = (after(idle), after(wanted));
        Candidate { action: Action::ScanAll, benefit, threshold, save_rate, due_in: None }
    }

    #[test]
    fn a_threshold_is_reached_when_the_benefit_has_grown_to_it() {
        for save_rate in [1e-5, 0.01, 3.0] {
            let seconds = candidate(save_rate, 100.0, 250.0).reaches_threshold_in();
            assert!((seconds - 150.0).abs() < 0.01, "{save_rate}: {seconds}");
        }
    }

    #[test]
    fn without_saves_a_threshold_is_reached_late_and_not_never() {
        let never_saved = Candidate { threshold: 1.0, ..candidate(0.0, 100.0, 250.0) };
        let seconds = never_saved.reaches_threshold_in();
        assert!(seconds.is_finite() && seconds > 86_400.0, "{seconds}");
    }
}
