//! What the platform answered, by endpoint and code, for whoever counts it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use super::error::Error;
use crate::model::Endpoint;

/// Calls that were answered alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ResponseCount {
    pub endpoint: Endpoint,
    /// The platform's `errcode`, 0 where it did as it was asked; none where no answer of its own came.
    pub code: Option<i64>,
    pub count: u64,
}

/// How many, by endpoint and code.
type Counts = BTreeMap<(Endpoint, Option<i64>), u64>;

/// Answers that nobody has taken yet. Clones count into one.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseCounters(Arc<Mutex<Counts>>);

impl ResponseCounters {
    pub(super) fn record<T>(&self, endpoint: Endpoint, outcome: &Result<T, Error>) {
        let code = outcome.as_ref().map_or_else(|error| error.code, |_| Some(0));
        *self.0.lock().unwrap_or_else(PoisonError::into_inner).entry((endpoint, code)).or_default() += 1;
    }

    /// Returns the answers since the last time, and begins anew.
    pub(super) fn drain(&self) -> Vec<ResponseCount> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        taken.into_iter().map(|((endpoint, code), count)| ResponseCount { endpoint, code, count }).collect()
    }
}
