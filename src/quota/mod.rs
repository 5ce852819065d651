//! What to call next, so that the day's limits buy the freshest archive. Pure: no clock, no network, no SQL.
//!
//! The platform lets a new account call `draft/get` 500 times a day, `draft/batchget` and `draft/count` 1,000 times, all
//! its systems together. Polling by the clock spends that before lunch, on drafts that nobody touches. So:
//!
//! 1. **Changes are seen in the list, and read by `draft/get`.** A page of `draft/batchget` without content tells of twenty
//!    drafts when they were last saved; the limits of both endpoints add up. `draft/count` tells of new drafts.
//! 2. **What is most likely lost is looked at first** (`plan`): each draft by the chance that it was saved since the last
//!    look, which is learned from the time since its last save and the hour of the day (`save_rate`).
//! 3. **Each call has a price** (`threshold`): the loss it must prevent, which follows what is left of the day's limit.
//! 4. **A quarter of the calls is spread evenly** and not for sale, so that a busy morning never leaves the evening blind.
//! 5. **Spare gets read the hottest draft**, and what the account's other systems usually still need today is left to them
//!    (`activity`).

mod activity;
mod budget;
mod call;
mod draft;
mod estimate;
mod hourly;
mod input;
mod plan;
mod save_rate;
mod threshold;

pub use self::activity::ActivityModel;
pub use self::budget::Budget;
pub use self::call::{PerCall, PollCall};
pub use self::draft::{DraftActivity, Scope};
pub use self::estimate::{FreshnessEstimate, estimate_freshness};
pub use self::input::PlanInput;
pub use self::plan::{Action, Plan, plan};
