//! The benefit that a call must have to be made. It is set so that the rest of the daily limit is used up at the end of the day.
//!
//! At a threshold p, the number of calls per hour is K / √p, and K does not depend on p; it is learned for each hour. So the threshold
//! is (K of the rest of the day / calls left)². This needs no tuning of intervals and works with any limit.

use super::call::PollCall;
use super::hourly::{DAY, hours_passed};
use super::input::PlanInput;
use crate::model::Timestamp;

/// This part of a day's calls is spread evenly, so that some are left in the evening after a busy morning.
const EVEN: f64 = 0.25;

/// The threshold is a little higher than needed, for an unusually busy hour.
const CAUTION: f64 = 1.15;

/// At least this part of the daily demand is still expected, so that not all calls are used at the end of the day.
const LATE_DEMAND: f64 = 0.02;

/// How long a current editing session is expected to last, in hours.
const GOES_ON: f64 = 0.75;

/// Changed drafts are fetched at once, whatever their benefit: this many times the usual number of calls is reserved for them.
const READS: f64 = 1.1;

/// Returns the threshold for a call; infinite if none is left.
pub(super) fn threshold(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    let left = spendable(input, call, now);
    if left < 1.0 {
        return f64::INFINITY;
    }
    let wanted = input.activity.demand_by_hour(call);
    // People who are editing now go on for a while.
    let surplus = input.activity.excess_demand(call, wanted.at(now), now) * GOES_ON.min(24.0 - hours_passed(now));
    let rest = (wanted.rest(now) + surplus).max(LATE_DEMAND * wanted.sum());
    (CAUTION * rest / left).powi(2).max(lowest(call))
}

/// The lowest threshold. Below it, other limits decide how often calls are made, so that the demand could not be learned.
fn lowest(call: PollCall) -> f64 {
    match call {
        PollCall::ListPage | PollCall::Get => 0.05,
        PollCall::Count => 0.001,
    }
}

fn left(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    input.activity.left_to_polling(call, &input.budgets[call], now)
}

fn spendable(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    let evenly = EVEN * input.budgets[call].polling_limit as f64 * (1.0 - hours_passed(now) / 24.0);
    match call {
        PollCall::ListPage => left(input, call, now) - evenly,
        PollCall::Get => left(input, call, now) - evenly - READS * input.activity.reads.usual.rest(now),
        PollCall::Count => left(input, call, now),
    }
}

/// Returns the interval of the evenly spread calls in seconds; infinite if none is left.
pub(super) fn baseline_interval(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    if left(input, call, now) < 1.0 { f64::INFINITY } else { DAY / (EVEN * input.budgets[call].polling_limit as f64) }
}
