//! Whether and when a failed call is retried.
//!
//! [`decide`] is the decision, a pure function; [`Retry`] counts the attempts of one call, and sleeps.

use std::time::Duration;

use chrono::TimeDelta;

use super::error::Error;
use super::error_kind::ErrorKind;
use crate::clock::Clock;
use crate::model::{Timestamp, retry_delay};

/// The longest wait before a retry: a minute for the platform's limit per minute, plus jitter.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(75);

/// No call is retried this long after its first attempt, so that a dead network does not delay a poll for many minutes.
pub(crate) const RETRY_LIMIT: Duration = Duration::from_secs(90);

/// Returns how long to wait before the call is retried, or `None` if it must not be.
///
/// `attempt` is the number of attempts so far, from 1. A call that is not `idempotent` is only retried if it certainly did not
/// arrive. `jitter` from 0 to 1 adds up to a quarter to the wait, so that clients which failed together do not retry together.
pub(crate) fn decide(error: &Error, attempt: u32, idempotent: bool, jitter: f64) -> Option<Duration> {
    let surely_not_received = error.kind == ErrorKind::Unreachable { sent: false };
    if !idempotent && !surely_not_received {
        return None;
    }
    // The highest number of attempts, and the first wait in seconds; each further wait doubles.
    let (most, first) = match error.kind {
        // The platform's advice for −1 is to try again: 1, 2, 4 and 8 seconds.
        ErrorKind::Busy => (5, 1),
        // A connection takes up to ten seconds to fail: 2, 4 and 8 seconds in between.
        ErrorKind::Unreachable { sent: false } => (4, 2),
        // Each attempt may have taken a whole minute.
        ErrorKind::Unreachable { sent: true } => (3, 1),
        // It may pass, but each attempt costs one of the day's 500 calls.
        ErrorKind::Unexpected => (2, 2),
        // "mustslower, retry next minute": once.
        ErrorKind::RateLimited => (2, 60),
        _ => return None,
    };
    if attempt == 0 || attempt >= most {
        return None;
    }
    let doubled =
        retry_delay(TimeDelta::seconds(first), TimeDelta::minutes(1), attempt).to_std().unwrap_or(LONGEST_WAIT);
    Some(doubled.mul_f64(1.0 + jitter.clamp(0.0, 1.0) / 4.0).min(LONGEST_WAIT))
}

/// The attempts of one call.
pub(crate) struct Retry {
    started: Timestamp,
    attempt: u32,
}

impl Retry {
    /// Begins at `now`, before the first attempt.
    pub(crate) fn new(now: Timestamp) -> Self {
        Self { started: now, attempt: 0 }
    }

    /// Waits as [`decide`] says and returns `true` if the call should be retried then; returns `false` if not, or if [`RETRY_LIMIT`]
    /// would be exceeded.
    pub(crate) async fn wait_before_retry(&mut self, error: &Error, idempotent: bool, clock: &Clock) -> bool {
        self.attempt += 1;
        let spent = (clock.now() - self.started).to_std().unwrap_or_default();
        match decide(error, self.attempt, idempotent, clock.jitter()) {
            Some(wait) if spent + wait <= RETRY_LIMIT => {
                tracing::debug!(%error, attempt = self.attempt, ?wait, "retrying the call");
                clock.sleep(wait).await;
                true
            }
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;
    use proptest::prelude::*;

    fn error(kind: ErrorKind) -> Error {
        Error::new(Endpoint::DraftGet, kind, "")
    }

    fn waits(kind: ErrorKind) -> Vec<u64> {
        let error = error(kind);
        (1..).map_while(|attempt| decide(&error, attempt, true, 0.0)).map(|wait| wait.as_secs()).collect()
    }

    #[test]
    fn each_kind_has_its_waits() {
        assert_eq!(waits(ErrorKind::Busy), [1, 2, 4, 8]);
        assert_eq!(waits(ErrorKind::Unreachable { sent: false }), [2, 4, 8]);
        assert_eq!(waits(ErrorKind::Unreachable { sent: true }), [1, 2]);
        assert_eq!(waits(ErrorKind::Unexpected), [2]);
        assert_eq!(waits(ErrorKind::RateLimited), [60]);
        for never in [
            ErrorKind::NotFound,
            ErrorKind::Token,
            ErrorKind::Quota,
            ErrorKind::ContentRejected,
            ErrorKind::UnexpectedStatus,
            ErrorKind::Untrusted,
            ErrorKind::ProxyRefused,
        ] {
            assert!(waits(never.clone()).is_empty(), "{never:?}");
        }
    }

    fn any_kind() -> impl Strategy<Value = ErrorKind> {
        prop::sample::select(vec![
            ErrorKind::NotFound,
            ErrorKind::Token,
            ErrorKind::ExternalToken,
            ErrorKind::Credentials,
            ErrorKind::IpNotWhitelisted { ip: None },
            ErrorKind::Quota,
            ErrorKind::RateLimited,
            ErrorKind::Permission,
            ErrorKind::Suspended,
            ErrorKind::AccountBlocked,
            ErrorKind::ContentRejected,
            ErrorKind::InvalidRequest,
            ErrorKind::Busy,
            ErrorKind::Unexpected,
            ErrorKind::UnexpectedStatus,
            ErrorKind::Unreachable { sent: true },
            ErrorKind::Unreachable { sent: false },
            ErrorKind::Untrusted,
            ErrorKind::ProxyRefused,
            ErrorKind::Oversize,
            ErrorKind::SecurityMode,
            ErrorKind::Local,
            ErrorKind::Unknown,
        ])
    }

    proptest! {
        #[test]
        fn no_wait_exceeds_the_longest(kind in any_kind(), attempt: u32, idempotent: bool, jitter: f64) {
            if let Some(wait) = decide(&error(kind), attempt, idempotent, jitter) {
                prop_assert!(wait <= LONGEST_WAIT && wait >= Duration::from_secs(1));
            }
        }

        #[test]
        fn waits_grow_whatever_the_jitter(kind in any_kind(), attempt in 1..10_u32, a in 0.0..1.0, b in 0.0..1.0) {
            let error = error(kind);
            if let Some(later) = decide(&error, attempt + 1, true, a) {
                prop_assert!(decide(&error, attempt, true, b).is_some_and(|earlier| earlier <= later));
            }
        }

        #[test]
        fn what_may_have_arrived_is_not_sent_twice(kind in any_kind(), attempt in 1..10_u32, jitter in 0.0..1.0) {
            let again = decide(&error(kind.clone()), attempt, false, jitter).is_some();
            prop_assert!(!again || kind == ErrorKind::Unreachable { sent: false }, "{kind:?}");
        }
    }

    #[tokio::test]
    async fn it_gives_up_after_a_while() {
        let clock = Clock::fixed(Default::default());
        let mut retry = Retry::new(clock.now());
        let timeout = error(ErrorKind::Unreachable { sent: true });
        clock.advance(Duration::from_secs(60));
        assert!(retry.wait_before_retry(&timeout, true, &clock).await, "after a minute");
        clock.advance(Duration::from_secs(60));
        assert!(!retry.wait_before_retry(&timeout, true, &clock).await, "after two");
    }
}
