//! The one place where the clock is read, and where time is waited for.
//!
//! Everything below the faces takes `now` as an argument or a [`Clock`]. A fixed clock stands still but for its own
//! sleeps, which return at once and move it on: tests of retries, pacing and schedules are exact and never wait.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::model::Timestamp;

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

    /// A clock that stands at `now` and moves only by [`Clock::sleep`] and [`Clock::advance`].
    pub fn fixed(now: Timestamp) -> Self {
        Self { fixed: Some(Arc::new(Mutex::new(now))) }
    }

    /// Returns the present instant, in UTC.
    #[expect(clippy::disallowed_methods, reason = "the one place where the clock is read")]
    pub fn now(&self) -> Timestamp {
        match &self.fixed {
            None => chrono::Utc::now(),
            Some(fixed) => *fixed.lock().unwrap_or_else(PoisonError::into_inner),
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

    /// Moves a fixed clock on; the system's clock takes no orders.
    pub fn advance(&self, duration: Duration) {
        if let Some(fixed) = &self.fixed {
            *fixed.lock().unwrap_or_else(PoisonError::into_inner) += duration;
        }
    }
}
