//! What a call has to save to be made: the price that spends what is left of the day's limit by its end.
//!
//! At a price p, calls an hour are K / √p, and K does not depend on p; it is learned by the hour. So the price is set at
//! each moment to the square of K of the rest of the day over the calls that are left. No timer needs tuning, any limit
//! fits, and nothing runs dry.

use super::call::PollCall;
use super::hourly::{DAY, hours_passed};
use super::input::PlanInput;
use crate::model::Timestamp;

/// This part of a day's calls is spread evenly and not for sale, so that a busy morning never leaves the evening blind.
const EVEN: f64 = 0.25;

/// Prices are a little higher than the calls left would bear: an unusual hour may come.
const CAUTION: f64 = 1.15;

/// The end of a day is not given away: at least this part of its demand is expected yet.
const LATE_DEMAND: f64 = 0.02;

/// How long an editing session that is under way goes on, in hours.
const GOES_ON: f64 = 0.75;

/// Changed drafts are read at once, whatever they are worth: so many times the usual number of gets is kept for them.
const READS: f64 = 1.1;

/// Returns the price of a call, infinite where none is left for sale.
pub(super) fn threshold(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    let left = for_sale(input, call, now);
    if left < 1.0 {
        return f64::INFINITY;
    }
    let wanted = input.activity.demand_by_hour(call);
    // Who is editing now goes on for a while.
    let surplus = input.activity.excess_demand(call, wanted.at(now), now) * GOES_ON.min(24.0 - hours_passed(now));
    let rest = (wanted.rest(now) + surplus).max(LATE_DEMAND * wanted.sum());
    (CAUTION * rest / left).powi(2).max(lowest(call))
}

/// Below this price what is called is limited by other things than the price, so that nothing would be learned from it.
fn lowest(call: PollCall) -> f64 {
    match call {
        PollCall::ListPage | PollCall::Get => 0.05,
        PollCall::Count => 0.001,
    }
}

fn left(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    input.activity.left_to_polling(call, &input.budgets[call], now)
}

fn for_sale(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    let evenly = EVEN * input.budgets[call].polling_limit as f64 * (1.0 - hours_passed(now) / 24.0);
    match call {
        PollCall::ListPage => left(input, call, now) - evenly,
        PollCall::Get => left(input, call, now) - evenly - READS * input.activity.reads.usual.rest(now),
        PollCall::Count => left(input, call, now),
    }
}

/// Returns how many seconds the evenly spread calls are apart; infinite where none is left.
pub(super) fn baseline_interval(input: &PlanInput<'_>, call: PollCall, now: Timestamp) -> f64 {
    if left(input, call, now) < 1.0 { f64::INFINITY } else { DAY / (EVEN * input.budgets[call].polling_limit as f64) }
}
