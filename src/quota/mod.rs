//! The planner of adaptive polling: which call to make next, for the freshest archive within the daily limits. Pure: no clock, no
//! network, no SQL.
//!
//! The platform lets a new account call `draft/get` 500 times a day, `draft/batchget` and `draft/count` 1,000 times, all
//! its systems together. Frequent polling at fixed intervals would use that up before noon, on drafts that nobody edits. So:
//!
//! 1. **Changes are detected in the list, and fetched by `draft/get`.** A page of `draft/batchget` without content has the times of the last
//!    save of twenty drafts. So the limits of both endpoints are used. `draft/count` shows new drafts.
//! 2. **The call with the highest benefit is made first** (`plan`). The benefit is the expected loss that it prevents, from the
//!    chance that a draft was saved since it was last seen. That is learned from the time since its last save and the hour of the day (`save_rate`).
//! 3. **A call is made when its benefit reaches a threshold** (`threshold`), which follows from what is left of the daily limit.
//! 4. **A quarter of the calls is spread evenly over the day**, so that some are left in the evening after a busy morning.
//! 5. **Spare `draft/get` calls fetch the most active draft**, and the calls that other systems usually still need today are left to them
//!    (`activity`).

mod action;
mod activity;
mod budget;
mod call;
mod draft;
mod estimate;
mod expected_loss;
mod hourly;
mod input;
mod learned;
mod list_closure;
mod plan;
mod save_rate;
mod threshold;
mod tuning;

pub use self::action::Action;
pub use self::activity::ActivityModel;
pub use self::budget::Budget;
pub use self::call::{PerCall, PollCall};
pub use self::draft::{DraftActivity, Scope};
pub use self::estimate::{FreshnessEstimate, estimate_freshness};
pub use self::input::PlanInput;
pub use self::plan::{Plan, plan};
