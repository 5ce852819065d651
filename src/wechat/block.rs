//! What a refusal blocks, and for how long. Pure.

use chrono::TimeDelta;

use super::error::Error;
use super::error_kind::ErrorKind;
use crate::model::{Endpoint, Timestamp, quota_day_began};

/// An endpoint that the account may not use, or an account that was suspended: a person has to act, and may have by then.
const PERMISSION_BLOCK: TimeDelta = TimeDelta::days(1);

/// The platform refuses all calls for an hour or a day.
const ACCOUNT_BLOCK: TimeDelta = TimeDelta::hours(1);

/// Too many calls in a minute, even after waiting for one.
const RATE_BLOCK: TimeDelta = TimeDelta::minutes(5);

impl Error {
    /// Returns which endpoint cannot be called any more, `None` for all of them, and until when; nothing if the failure says
    /// nothing about later calls.
    pub fn blocks(&self, now: Timestamp) -> Option<(Option<Endpoint>, Timestamp)> {
        let one = |until| self.endpoint.map(|endpoint| (Some(endpoint), until));
        match self.kind {
            ErrorKind::Permission => one(now + PERMISSION_BLOCK),
            ErrorKind::RateLimited => one(now + RATE_BLOCK),
            ErrorKind::Quota => one(quota_day_began(now) + TimeDelta::days(1)),
            ErrorKind::Suspended => Some((None, now + PERMISSION_BLOCK)),
            ErrorKind::AccountBlocked => Some((None, now + ACCOUNT_BLOCK)),
            _ => None,
        }
    }
}
