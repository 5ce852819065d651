//! Unreachable picture hosts: after a few failures in a row, a host is skipped; other hosts go on.
//!
//! A silent host costs ten seconds per request, and an article may have hundreds of pictures.

use std::collections::HashMap;
use std::pin::pin;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::wechat::{Client, PictureError, Referer};

/// How many requests in a row must fail before a host is skipped: one may be an accident of the network, and four run at the
/// same time.
const MOST_FAILURES: u32 = 3;

/// The state of the hosts in this run.
#[derive(Debug, Default)]
pub(super) struct Hosts {
    failures: Mutex<HashMap<String, Failures>>,
    /// Notified at each failure.
    failed: Notify,
}

/// The failures of a host since its last answer.
#[derive(Debug)]
struct Failures {
    count: u32,
    last: PictureError,
}

impl Hosts {
    /// Starts a run: every host is tried again.
    pub(super) fn forget(&self) {
        self.all().clear();
    }

    /// Downloads a picture. If its host is skipped, returns the host's last failure at once. A request that is running when its host
    /// begins to be skipped is given up: otherwise each request sent between the failures would wait as long again.
    pub(super) async fn download(
        &self,
        client: &Client,
        address: &str,
        as_whom: Referer,
        largest: usize,
    ) -> Result<Vec<u8>, PictureError> {
        let host = client.picture_host(address);
        if let Some(failure) = self.skipped_because(&host) {
            return Err(failure);
        }
        let outcome = tokio::select! {
            biased;
            outcome = client.picture(address, as_whom, largest) => outcome,
            failure = self.until_skipped(&host) => return Err(failure),
        };
        match &outcome {
            Err(failure @ PictureError::Unreachable { .. }) => self.record_failure(host, failure),
            // Any answer means that the host is reachable.
            _ => drop(self.all().remove(&host)),
        }
        outcome
    }

    /// Returns the failure of a skipped host; of the first by name if there are several.
    pub(super) fn any_skipped(&self) -> Option<PictureError> {
        let all = self.all();
        let down = all.iter().filter(|(_, failures)| failures.count >= MOST_FAILURES);
        down.min_by_key(|(host, _)| host.as_str()).map(|(_, failures)| failures.last.clone())
    }

    /// Returns the last failure of a host that is skipped.
    fn skipped_because(&self, host: &str) -> Option<PictureError> {
        self.all().get(host).filter(|failures| failures.count >= MOST_FAILURES).map(|failures| failures.last.clone())
    }

    /// Waits until a host is skipped.
    async fn until_skipped(&self, host: &str) -> PictureError {
        loop {
            let mut failed = pin!(self.failed.notified());
            // From here on, no notification is missed.
            failed.as_mut().enable();
            if let Some(failure) = self.skipped_because(host) {
                return failure;
            }
            failed.await;
        }
    }

    fn record_failure(&self, host: String, failure: &PictureError) {
        let mut all = self.all();
        let failures = all.entry(host).or_insert_with(|| Failures { count: 0, last: failure.clone() });
        failures.count += 1;
        failures.last = failure.clone();
        drop(all);
        self.failed.notify_waiters();
    }

    fn all(&self) -> MutexGuard<'_, HashMap<String, Failures>> {
        self.failures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_left_alone_by_itself_and_until_the_next_run() {
        let (hosts, failure) = (Hosts::default(), PictureError::Unreachable { host: "a".into(), reason: "r".into() });
        for _ in 0..MOST_FAILURES {
            assert_eq!(hosts.skipped_because("a"), None);
            hosts.record_failure("a".to_owned(), &failure);
        }
        assert_eq!((hosts.skipped_because("a"), hosts.any_skipped()), (Some(failure.clone()), Some(failure)));
        assert_eq!(hosts.skipped_because("b"), None, "the others go on");
        hosts.forget();
        assert_eq!(hosts.skipped_because("a"), None);
    }
}
