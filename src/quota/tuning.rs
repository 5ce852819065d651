//! Constants of the planner, with their reasons.

use super::call::PollCall;
use super::hourly::DAY;
use super::input::PlanInput;

/// A draft that is edited again after a long time is saved often: for the length of an editing session, the loss grows with each
/// interval of this length, both in seconds.
pub(super) const BURST_SECS: f64 = 450.0;
pub(super) const SESSION_SECS: f64 = 1_500.0;

/// Two calls for the same thing are at least this many seconds apart: two saves within that time are a correction of a slip. If the
/// daily limit allows more, they may be as close as the steps of the plan.
pub(super) const GAP_SECS: f64 = 10.0;

/// Returns the minimum seconds between two calls of this kind.
pub(super) fn gap(input: &PlanInput<'_>, call: PollCall) -> f64 {
    (DAY / input.budgets[call].polling_limit.max(1) as f64).clamp(SOONEST_SECS, GAP_SECS)
}

/// The share of new drafts that a count does not show, because another draft left at the same time.
pub(super) const HIDDEN_SHARE: f64 = 0.1;

/// The benefit of something that is known to be new: higher than any other.
pub(super) const CERTAIN_BENEFIT: f64 = 1e6;

/// The shortest and the longest time until the plan is made again, in seconds: the threshold changes with the hour.
pub(super) const SOONEST_SECS: f64 = 2.0;
pub(super) const LATEST_SECS: f64 = 60.0;

/// Smaller backward steps of the clock, in seconds, are ordinary corrections.
pub(super) const CLOCK_SET_BACK_SECS: f64 = 60.0;
