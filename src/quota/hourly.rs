//! Values for each hour of the platform's day (UTC+8).

use serde::{Deserialize, Serialize};

use crate::model::{Timestamp, quota_day_began};

/// Seconds of a day; China has no daylight saving time.
pub(super) const DAY: f64 = 86_400.0;

/// Seconds of an hour that are enough to represent it.
pub(super) const ENOUGH: f64 = 900.0;

/// Returns how many hours of the platform's day have passed, from 0 to 24.
pub(super) fn hours_passed(now: Timestamp) -> f64 {
    ((now - quota_day_began(now)).as_seconds_f64() / 3600.0).clamp(0.0, 23.999_999)
}

/// A value for each hour of the day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Hourly([f64; 24]);

impl Hourly {
    pub(super) fn of(each: f64) -> Self {
        Self([each; 24])
    }

    pub(super) fn at(&self, now: Timestamp) -> f64 {
        self.0[hours_passed(now) as usize]
    }

    pub(super) fn add(&mut self, now: Timestamp, more: f64) {
        self.0[hours_passed(now) as usize] += more;
    }

    pub(super) fn sum(&self) -> f64 {
        self.0.iter().sum()
    }

    /// Returns the sum for the rest of the day.
    pub(super) fn rest(&self, now: Timestamp) -> f64 {
        let passed = hours_passed(now);
        let hour = passed as usize;
        self.0[hour] * (1.0 - passed.fract()) + self.0[hour + 1..].iter().sum::<f64>()
    }

    /// Returns the sum for the hours after this one.
    pub(super) fn after_this_hour(&self, now: Timestamp) -> f64 {
        self.0[hours_passed(now) as usize + 1..].iter().sum()
    }

    /// Maps each hour; `figure` gets its value and the sum of its two neighbours.
    pub(super) fn with_neighbours(&self, figure: impl Fn(f64, f64) -> f64) -> Self {
        let neighbours = |hour: usize| self.0[(hour + 23) % 24] + self.0[(hour + 1) % 24];
        Self(std::array::from_fn(|hour| figure(self.0[hour], neighbours(hour))))
    }

    /// Maps each hour; `figure` gets the number of the hour and its value.
    pub(super) fn map(&self, figure: impl Fn(usize, f64) -> f64) -> Self {
        Self(std::array::from_fn(|hour| figure(hour, self.0[hour])))
    }

    pub(super) fn hour(&self, hour: usize) -> f64 {
        self.0[hour]
    }

    pub(super) fn scale(&mut self, factor: f64) {
        self.0.iter_mut().for_each(|each| *each *= factor);
    }
}

/// A value by the hour: usually, and today.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct HourlyProfile {
    pub(super) usual: Hourly,
    pub(super) today: Hourly,
}

impl Default for HourlyProfile {
    fn default() -> Self {
        Self { usual: Hourly::of(0.0), today: Hourly::of(0.0) }
    }
}

impl HourlyProfile {
    /// Ends a day. Hours without observations do not count. In an hour that was never observed before, today counts fully; otherwise
    /// with this `weight`.
    pub(super) fn end_day(&mut self, watched: &Self, weight: f64) {
        let today = std::mem::replace(&mut self.today, Hourly::of(0.0));
        self.usual = self.usual.map(|hour, usual| {
            let (seconds, is_known) = (watched.today.hour(hour), watched.usual.hour(hour) > 0.0);
            let weight = if is_known { weight } else { 1.0 };
            if seconds < ENOUGH { usual } else { usual + weight * (today.hour(hour) * 3600.0 / seconds - usual) }
        });
    }
}
