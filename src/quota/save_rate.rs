//! Learns how often drafts are saved: by the time since the last save, and by the hour.
//!
//! A draft that was saved a minute ago is probably saved again soon; one that was not edited for a week probably not today. The
//! platform says when a draft was last saved, so the rates are learned within days.

use serde::{Deserialize, Serialize};

use super::hourly::Hourly;
use crate::model::Timestamp;

/// Upper bounds of the buckets of time since the last save, in seconds.
const ENDS: [f64; 11] = [60.0, 120.0, 240.0, 480.0, 960.0, 1920.0, 3840.0, 7680.0, 30_720.0, 122_880.0, 491_520.0];

/// Expected seconds between saves in each bucket before anything was observed.
const PRIOR: [f64; 12] = [150.0, 170.0, 250.0, 500.0, 1_500.0, 5e3, 1.5e4, 4e4, 6e4, 1.2e5, 4e5, 1e7];

/// The weight of the prior in seconds of observation: some days of one busy draft. There are many idle drafts, and they are observed
/// for longer.
const WORTH: f64 = 2e4;
const WORTH_COLD: f64 = 1e6;

/// After this many seconds without a save an editing session is over; then the rate depends on the hour.
pub(super) const COLD: f64 = 1_800.0;

/// The lowest factor of an hour: quiet hours are watched too.
const QUIETEST: f64 = 0.25;

/// The observed saves of an account.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct SaveRateModel {
    saves: [f64; 12],
    seconds: [f64; 12],
    /// Saves by the hour; older days have less weight.
    by_hour: Hourly,
    /// By how much each hour is busier than the average one; recomputed each day.
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
    /// Returns the rate of saves per second of a draft, `since` seconds after its last save, with the [factor](Self::hour_factor) of the
    /// hour.
    pub(super) fn rate(&self, since: f64, hour_factor: f64) -> f64 {
        let bucket = bucket(since.max(0.0));
        let chance = self.saves[bucket] / self.seconds[bucket];
        if since > COLD { chance * hour_factor } else { chance }
    }

    /// Returns by how much this hour is busier than the average one.
    pub(super) fn hour_factor(&self, now: Timestamp) -> f64 {
        self.hour_factors.at(now)
    }

    /// Records that a draft was not saved from `looked` to `ended`, both in seconds since its last save, or was saved at that end.
    pub(super) fn note_observation(&mut self, looked: f64, ended: f64, saved_at: Option<Timestamp>) {
        let bucket = bucket(ended.max(0.0));
        self.seconds[bucket] += (ended - looked.max(0.0)).max(0.0);
        if let Some(at) = saved_at {
            self.saves[bucket] += 1.0;
            self.by_hour.add(at, 1.0);
        }
    }

    /// Ends a day: smooths neighbouring hours and reduces the weight of old days.
    pub(super) fn end_day(&mut self) {
        let smooth = self.by_hour.with_neighbours(|hour, neighbours| hour + 0.5 * neighbours);
        let mean = smooth.sum() / 24.0;
        self.hour_factors = smooth.with_neighbours(|hour, _| (hour / mean).max(QUIETEST));
        self.by_hour.scale(0.95);
    }
}
