//! How likely a draft is saved next: by the time since its last save, and by the hour.
//!
//! Editing comes in bursts: a draft that was saved a minute ago is probably saved again soon, one that was not touched for
//! a week will hardly be today. The platform tells when a draft was last saved, so the chances are learned within days.

use serde::{Deserialize, Serialize};

use super::hourly::Hourly;
use crate::model::Timestamp;

/// Ends of the classes of time since the last save, in seconds.
const ENDS: [f64; 11] = [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0, 30_720.0, 122_880.0, 491_520.0];

/// Seconds between saves that are expected of each bucket before anything was seen.
const PRIOR: [f64; 12] = [150.0, 170.0, 250.0, 500.0, 1_500.0, 5e3, 1.5e4, 4e4, 6e4, 1.2e5, 4e5, 1e7];

/// How many seconds of watching the prior is worth: some days of one busy draft. Cold drafts are many, and are watched
/// for longer.
const WORTH: f64 = 2e4;
const WORTH_COLD: f64 = 1e6;

/// After so many seconds without a save an editing session is over, and the hour decides when the next one begins.
pub(super) const COLD: f64 = 1_800.0;

/// A quiet hour is watched too.
const QUIETEST: f64 = 0.25;

/// What was seen of the saves of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SaveRateModel {
    saves: [f64; 12],
    seconds: [f64; 12],
    /// Saves by the hour, older days fading.
    by_hour: Hourly,
    /// By how much each hour is busier than the mean one; made anew each day.
    #[serde(rename = "busy")]
    hour_factors: Hourly,
}

impl Default for SaveRateModel {
    fn default() -> Self {
        let seconds = std::array::from_fn(|bucket| if bucket < 9 { WORTH } else { WORTH_COLD });
        let saves = std::array::from_fn(|bucket| seconds[bucket] / PRIOR[bucket]);
        Self { saves, seconds, by_hour: Hourly::of(10.0), hour_factors: Hourly::of(1.0) }
    }
}

fn bucket(since: f64) -> usize {
    ENDS.partition_point(|end| *end < since)
}

impl SaveRateModel {
    /// Returns the chance a second that a draft is saved, so many seconds after its last save, in an hour that is so
    /// [`hour_factor`](Self::hour_factor).
    pub(super) fn rate(&self, since: f64, hour_factor: f64) -> f64 {
        let bucket = bucket(since.max(0.0));
        let chance = self.saves[bucket] / self.seconds[bucket];
        if since > COLD { chance * hour_factor } else { chance }
    }

    /// Returns by how much this hour is busier than the day's mean one.
    pub(super) fn hour_factor(&self, now: Timestamp) -> f64 {
        self.hour_factors.at(now)
    }

    /// Takes note that a draft, saved last so long before it was looked at last, was not saved until now (`ended`
    /// seconds after that save), or was saved then.
    pub(super) fn note_observation(&mut self, looked: f64, ended: f64, saved_at: Option<Timestamp>) {
        let bucket = bucket(ended.max(0.0));
        self.seconds[bucket] += (ended - looked.max(0.0)).max(0.0);
        if let Some(at) = saved_at {
            self.saves[bucket] += 1.0;
            self.by_hour.add(at, 1.0);
        }
    }

    /// Ends a day: neighbouring hours are alike, and old days fade.
    pub(super) fn end_day(&mut self) {
        let smooth = self.by_hour.with_neighbours(|hour, neighbours| hour + 0.5 * neighbours);
        let mean = smooth.sum() / 24.0;
        self.hour_factors = smooth.with_neighbours(|hour, _| (hour / mean).max(QUIETEST));
        self.by_hour.scale(0.95);
    }
}
