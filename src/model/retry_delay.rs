//! How long to wait before something that failed is tried again.

use chrono::TimeDelta;

/// Returns the wait after so many failures in a row: `first` after the first one, twice as long after each further one, at most
/// `longest`.
pub fn retry_delay(first: TimeDelta, longest: TimeDelta, failures: u32) -> TimeDelta {
    let Some(doublings) = failures.checked_sub(1) else { return TimeDelta::zero() };
    let delay = 2_i32.checked_pow(doublings).and_then(|factor| first.checked_mul(factor));
    delay.map_or(longest, |delay| delay.min(longest))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_failure_doubles_the_wait_up_to_the_longest(first in 1_i64..100_000, more in 0_i64..10_000_000, failures in 1_u32..) {
            let (first, longest) = (TimeDelta::milliseconds(first), TimeDelta::milliseconds(first + more));
            let delay = |failures| retry_delay(first, longest, failures);
            prop_assert_eq!((delay(0), delay(1)), (TimeDelta::zero(), first));
            for failures in [failures % 40 + 1, failures] {
                prop_assert_eq!(delay(failures.saturating_add(1)), (delay(failures) * 2).min(longest));
            }
        }
    }
}
