//! The one place where the clock is read, and where time is waited for.
//!
//! Everything below the faces takes `now` as an argument; only what waits for an answer has a [`Clock`], and reads it once
//! the answer is there. A fixed clock moves on by its own sleeps, which return at once, and by a microsecond with each
//! reading: tests of retries, pacing and schedules are exact and never wait, and two readings are never the same instant,
//! as on a real clock.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{DateTime, TimeDelta};

use crate::model::Timestamp;

/// How far each reading moves a fixed clock on: code that takes two readings for one instant must fail in a test as it does
/// in the world. Less than the archive's milliseconds, so that stored times stay as expected.
const READING: TimeDelta = TimeDelta::microseconds(1);

/// The environment variable that fixes the program's clock, in RFC 3339. Meant for tests: for a daemon whose clock is
/// fixed, nothing is ever due again.
pub const VARIABLE: &str = "DRAFTKEEP_CLOCK";

/// [`VARIABLE`] is set to something else.
#[derive(Debug, thiserror::Error)]
#[error("{VARIABLE}={value} is no instant like 2026-09-01T08:00:00Z")]
pub struct NotAnInstant {
    value: String,
    source: chrono::ParseError,
}

/// Where `now` comes from.
#[derive(Clone, Debug, Default)]
pub struct Clock {
    /// `None` is the system's clock.
    fixed: Option<Arc<Mutex<Timestamp>>>,
}

impl Clock {
    /// The system's clock.
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `now` and moves by [`Clock::sleep`] and [`Clock::advance`], and a microsecond with each
    /// reading.
    pub fn fixed(now: Timestamp) -> Self {
        Self { fixed: Some(Arc::new(Mutex::new(now))) }
    }

    /// The system's clock, or the fixed one that the environment variable [`VARIABLE`] sets, as tests of the whole
    /// program do.
    ///
    /// # Errors
    ///
    /// If the variable is set and is no RFC 3339 instant: a typing error must not let the clock run.
    pub fn from_env() -> Result<Self, NotAnInstant> {
        let Some(value) = std::env::var_os(VARIABLE) else { return Ok(Self::system()) };
        let text = value.to_string_lossy();
        let instant =
            DateTime::parse_from_rfc3339(&text).map_err(|source| NotAnInstant { value: text.into(), source })?;
        Ok(Self::fixed(instant.to_utc()))
    }

    /// Returns the present instant, in UTC.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn now(&self) -> Timestamp {
        match &self.fixed {
            None => chrono::Utc::now(),
            Some(fixed) => {
                let mut fixed = fixed.lock().unwrap_or_else(PoisonError::into_inner);
                let now = *fixed;
                *fixed += READING;
                now
            }
        }
    }

    /// Waits; a fixed clock moves on by `duration` instead.
    pub async fn sleep(&self, duration: Duration) {
        match &self.fixed {
            None => tokio::time::sleep(duration).await,
            Some(_) => {
                self.advance(duration);
                tokio::task::yield_now().await;
            }
        }
    }

    /// Sets a fixed clock, forward or back, as somebody sets a computer's; the system's clock takes no orders.
    pub fn set(&self, now: Timestamp) {
        if let Some(fixed) = &self.fixed {
            *fixed.lock().unwrap_or_else(PoisonError::into_inner) = now;
        }
    }

    /// Returns a number from 0 to 1, by which programs that wait for the same thing spread out. It is 0 for a fixed clock, so that
    /// what waits by it is exact.
    pub(crate) fn jitter(&self) -> f64 {
        match self.fixed {
            None => f64::from(getrandom::u32().unwrap_or(u32::MAX / 2)) / f64::from(u32::MAX),
            Some(_) => 0.0,
        }
    }

    /// Moves a fixed clock on; the system's clock takes no orders.
    pub fn advance(&self, duration: Duration) {
        if let Some(fixed) = &self.fixed {
            *fixed.lock().unwrap_or_else(PoisonError::into_inner) += duration;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jitter_differs_and_stays_in_its_range_and_a_fixed_clock_has_none() {
        let seen = (0..100).map(|_| Clock::system().jitter()).collect::<Vec<_>>();
        assert!(seen.iter().all(|jitter| (0.0..=1.0).contains(jitter)));
        assert!(seen.iter().any(|jitter| *jitter != seen[0]));
        assert_eq!(Clock::fixed(Timestamp::default()).jitter().to_bits(), 0);
    }

    #[test]
    fn a_fixed_clock_can_be_set_back() {
        let clock = Clock::fixed(Timestamp::default() + TimeDelta::days(1));
        clock.set(Timestamp::default());
        assert_eq!(clock.now(), Timestamp::default());
    }
}
