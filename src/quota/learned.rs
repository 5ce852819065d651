//! Single figures that are learned: how often drafts are created, how much calls are in demand, and how many other systems make.

use serde::{Deserialize, Serialize};

use super::hourly::{DAY, Hourly, HourlyProfile};
use crate::model::Timestamp;

/// How often drafts are created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct NewDraftRate {
    pub(super) drafts: f64,
    pub(super) seconds: f64,
}

/// Four per day are expected before anything was observed.
impl Default for NewDraftRate {
    fn default() -> Self {
        Self { drafts: 4.0, seconds: DAY }
    }
}

impl NewDraftRate {
    /// Returns how many are created per second on average.
    pub(super) fn rate(&self) -> f64 {
        self.drafts / self.seconds
    }
}

/// The demand K for calls: at a threshold p, calls per hour are K / √p, because the benefit grows with the square of the time since
/// the last call. So it does not depend on the threshold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct CallDemand(pub(super) HourlyProfile);

/// About the demand of a hundred drafts; the first hour corrects it.
impl Default for CallDemand {
    fn default() -> Self {
        Self(HourlyProfile { usual: Hourly::of(400.0), today: Hourly::of(0.0) })
    }
}

/// Calls of the account's other systems.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct OtherSystemsUsage {
    pub(super) calls: HourlyProfile,
    /// Calls of today in the last report.
    pub(super) reported: u64,
    /// When the last report was requested.
    pub(super) asked_at: Option<Timestamp>,
}
