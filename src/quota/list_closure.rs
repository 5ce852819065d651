//! When polls could not call the list: it was blocked, or the day's calls for it were used up.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::model::Timestamp;

/// No more than this is left out of the time in which a draft was to be looked at: where others use up the list's calls day after day, the
/// drafts are read one by one.
const LONGEST_LEFT_OUT: TimeDelta = TimeDelta::days(1);

/// The last time in which polls could not call the list.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ListClosure {
    pub(super) began: Timestamp,
    /// When it ended; as it is expected, as long as that lies ahead.
    pub(super) until: Timestamp,
}

impl ListClosure {
    /// Ends a time that was expected to last longer.
    pub(super) fn end(&mut self, now: Timestamp) {
        self.until = self.until.min(now);
    }

    /// Returns for how long it lasted since a draft was looked at, if it is over.
    pub(super) fn since_look(&self, looked: Timestamp, now: Timestamp) -> TimeDelta {
        match self.until <= now {
            true => (self.until - self.began.max(looked)).clamp(TimeDelta::zero(), LONGEST_LEFT_OUT),
            false => TimeDelta::zero(),
        }
    }
}
