//! How far our clock is ahead of the platform's, as the headers of its answers say.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, TimeDelta};
use reqwest::header::{DATE, HeaderMap};

use crate::model::Timestamp;

/// What the last answer said. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct PlatformClock(Arc<Mutex<Option<TimeDelta>>>);

impl PlatformClock {
    /// Takes in the header `Date` of an answer that came at `now` (RFC 9110, 6.6.1). One without it, or with one that is no date, says nothing.
    pub(super) fn record(&self, headers: &HeaderMap, now: Timestamp) {
        let date = headers.get(DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
        if let Some(date) = date {
            *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(now - date.to_utc());
        }
    }

    /// Returns how far our clock is ahead; `None` before the first answer that says it.
    pub(super) fn ahead(&self) -> Option<TimeDelta> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_date_counts_and_what_is_none_says_nothing() {
        let clock = PlatformClock::default();
        let says = |date: &'static str| {
            let headers = HeaderMap::from_iter([(DATE, date.parse().unwrap())]);
            clock.record(&headers, "2026-09-01T02:00:00Z".parse().unwrap());
            clock.ahead().map(|ahead| ahead.num_seconds())
        };
        assert_eq!(says("yesterday"), None);
        assert_eq!(says("Tue, 01 Sep 2026 01:45:00 GMT"), Some(900));
        assert_eq!(says(""), Some(900));
        assert_eq!(says("Tue, 01 Sep 2026 02:00:01 GMT"), Some(-1));
    }
}
