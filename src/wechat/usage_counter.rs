//! Counts API calls, for the usage in the archive.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::{ApiUsage, Endpoint, Timestamp, quota_day};

/// Calls that were not drained yet, by day and endpoint.
#[derive(Debug, Default)]
pub(super) struct UsageCounter(Mutex<BTreeMap<(String, Endpoint), u64>>);

impl UsageCounter {
    /// Counts one call. It is counted before it is sent, so that a call is not forgotten if nobody waits for its response.
    pub(super) fn add(&self, endpoint: Endpoint, now: Timestamp) {
        *self.lines().entry((quota_day(now), endpoint)).or_default() += 1;
    }

    /// Uncounts a call that was not sent, counted with the same `now`.
    pub(super) fn remove(&self, endpoint: Endpoint, now: Timestamp) {
        if let Some(count) = self.lines().get_mut(&(quota_day(now), endpoint)) {
            *count = count.saturating_sub(1);
        }
    }

    /// Returns the calls since the last time and resets the counter.
    pub(super) fn drain(&self) -> Vec<ApiUsage> {
        let lines = std::mem::take(&mut *self.lines());
        let calls = lines.into_iter().map(|((day, endpoint), count)| ApiUsage { endpoint, day, count });
        calls.filter(|calls| calls.count > 0).collect()
    }

    /// Adds calls again that were drained but could not be saved.
    pub(super) fn restore(&self, calls: Vec<ApiUsage>) {
        let mut lines = self.lines();
        for ApiUsage { endpoint, day, count } in calls {
            *lines.entry((day, endpoint)).or_default() += count;
        }
    }

    fn lines(&self) -> MutexGuard<'_, BTreeMap<(String, Endpoint), u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_handed_over_once_and_by_day() {
        let before = "2026-09-01T15:59:59Z".parse().unwrap();
        let after = "2026-09-01T16:00:00Z".parse().unwrap();
        let usage = UsageCounter::default();
        usage.add(Endpoint::DraftGet, before);
        usage.add(Endpoint::DraftGet, before);
        usage.add(Endpoint::DraftGet, after);
        usage.add(Endpoint::DraftCount, after);
        usage.remove(Endpoint::DraftCount, after);
        let calls = |day: &str, count| ApiUsage { endpoint: Endpoint::DraftGet, day: day.to_owned(), count };
        assert_eq!(usage.drain(), [calls("2026-09-01", 2), calls("2026-09-02", 1)]);
        assert_eq!(usage.drain(), []);
        usage.add(Endpoint::DraftGet, before);
        usage.restore(vec![calls("2026-09-01", 2), calls("2026-09-02", 1)]);
        assert_eq!(usage.drain(), [calls("2026-09-01", 3), calls("2026-09-02", 1)]);
    }
}
