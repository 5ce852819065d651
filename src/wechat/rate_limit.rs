//! Limits the rate of calls, so that 45011 stays rare.

use std::time::Duration;

use crate::model::Timestamp;

/// Calls that may be made at once.
const BURST: u32 = 20;

/// The time until one more call is allowed. The platform allows 200 calls per 60 seconds (`rate_limit` of `openapi/quota/get`);
/// a burst of 20 and then 180 per minute stay below it in every minute.
const INTERVAL: Duration = Duration::from_micros(333_334);

/// No call waits longer, however wrong the clock is.
const LONGEST: Duration = Duration::from_secs(60);

/// A token bucket of 20 calls that refills steadily.
///
/// Its state is the time at which it will be full again; a call moves that by one [`INTERVAL`].
#[derive(Debug, Default)]
pub(crate) struct RateLimiter {
    full_at: Option<Timestamp>,
}

impl RateLimiter {
    /// Reserves one call and returns how long to wait before it.
    pub(crate) fn reserve(&mut self, now: Timestamp) -> Duration {
        // A clock that was set back must not delay calls until it has caught up.
        let debt = self.full_at.map_or(Duration::ZERO, |full_at| (full_at - now).to_std().unwrap_or_default());
        let debt = debt.min(INTERVAL * BURST + LONGEST) + INTERVAL;
        self.full_at = Some(now + debt);
        debt.saturating_sub(INTERVAL * BURST).min(LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_timestamp_millis(1_790_000_000_000 + millis).unwrap()
    }

    #[test]
    fn twenty_calls_go_at_once_and_the_next_waits() {
        let mut limiter = RateLimiter::default();
        assert!((0..20).all(|_| limiter.reserve(at(0)).is_zero()));
        assert_eq!(limiter.reserve(at(0)), INTERVAL);
        assert_eq!(limiter.reserve(at(0)), INTERVAL * 2);
        assert!(limiter.reserve(at(60_000)).is_zero(), "it refills");
    }

    #[test]
    fn a_clock_set_back_holds_nothing_up_for_long() {
        let mut limiter = RateLimiter::default();
        assert!((0..30).any(|_| !limiter.reserve(at(0)).is_zero()));
        assert!(limiter.reserve(at(-3_600_000)) <= LONGEST);
        assert!(limiter.reserve(at(-3_480_000)).is_zero());
    }

    proptest! {
        #[test]
        fn no_minute_sees_more_than_200_calls(gaps in proptest::collection::vec(0_i64..2_000, 1..600)) {
            let mut limiter = RateLimiter::default();
            let mut now = 0;
            let mut calls = Vec::new();
            for gap in gaps {
                now += gap;
                let wait = i64::try_from(limiter.reserve(at(now)).as_micros()).unwrap();
                prop_assume!(wait < 60_000_000);
                calls.push(now * 1_000 + wait);
            }
            for (first, start) in calls.iter().enumerate() {
                let within = calls[first..].iter().take_while(|call| **call < start + 60_000_000).count();
                prop_assert!(within <= 200, "{within} calls in a minute");
            }
        }
    }
}
