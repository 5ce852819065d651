//! Counts the results of calls, by endpoint and code, for metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use crate::model::Endpoint;

/// Calls with the same result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseCount {
    pub endpoint: Endpoint,
    /// The platform's `errcode`, 0 on success; `None` if there was no response of the platform.
    pub code: Option<i64>,
    pub count: u64,
}

/// Numbers of calls, by endpoint and code.
type Counts = BTreeMap<(Endpoint, Option<i64>), u64>;

/// Counts that were not drained yet. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseCounters(Arc<Mutex<Counts>>);

impl ResponseCounters {
    pub(super) fn record<T>(&self, endpoint: Endpoint, outcome: &Result<T, Error>) {
        let code = outcome.as_ref().map_or_else(|error| error.code, |_| Some(0));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((endpoint, code)).or_default() += 1;
    }

    /// Returns the counts since the last time and resets them.
    pub(super) fn drain(&self) -> Vec<ResponseCount> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        taken.into_iter().map(|((endpoint, code), count)| ResponseCount { endpoint, code, count }).collect()
    }
}
