//! The rules about calls: polls use their share of what the platform allows and no more, a refusal stops an endpoint, and every call is
//! counted.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use draftkeep::model::{Endpoint, Timestamp, quota_day};
use draftkeep::simulator::SimulatorHandle;

use crate::rules::Watched;
use crate::world::Broken;

/// The endpoints whose calls are looked at.
const ENDPOINTS: [Endpoint; 5] = [
    Endpoint::DraftGet,
    Endpoint::DraftBatchget,
    Endpoint::DraftCount,
    Endpoint::FreepublishBatchget,
    Endpoint::QuotaGet,
];

/// So many calls a program that is killed may not have written: twenty that wait, and those of one reading.
const LOST_BY_A_KILL: u64 = 25;

/// For so long a refusal is believed, whatever the platform says of its counters.
const REFUSED_FOR: TimeDelta = TimeDelta::hours(1);

/// An endpoint of an account, by its place.
type Line = (usize, Endpoint);

/// The program's calls.
#[derive(Default)]
pub(crate) struct Quota {
    /// What the platform has counted of the program's calls, ever and on each day of the program's clock.
    calls: BTreeMap<Line, u64>,
    daily: BTreeMap<(Line, String), u64>,
    /// Since when an endpoint is refused, by the program's clock, and on which day.
    refused: BTreeMap<Line, Timestamp>,
    kills: u64,
    /// How things stood before the step: calls that the platform counted, requests, and when the platform last refused one.
    before: BTreeMap<Endpoint, (u64, u64, Option<i64>)>,
    began: Timestamp,
}

impl Quota {
    pub(crate) fn before_step(&mut self, platform: &SimulatorHandle, account: &Watched, now: Timestamp) {
        self.began = now;
        self.before = ENDPOINTS.into_iter().map(|endpoint| (endpoint, counters(platform, account, endpoint))).collect();
    }

    /// Checks the calls of a step. `now` is the program's clock, which is `ahead` of the platform's.
    pub(crate) fn after_step(
        &mut self,
        platform: &SimulatorHandle,
        place: usize,
        account: &Watched,
        (now, ahead): (Timestamp, TimeDelta),
    ) -> Result<(), Broken> {
        for (endpoint, (used, requests, refused)) in std::mem::take(&mut self.before) {
            let (used_now, requests_now, refused_now) = counters(platform, account, endpoint);
            let (line, name) = ((place, endpoint), endpoint.as_str());
            // A step within which the platform's day ends begins to count anew.
            let made = used_now.checked_sub(used).unwrap_or(used_now);
            self.is_allowed(line, requests_now - requests, now)?;
            if let Some(at) = refused_now.filter(|_| refused_now > refused) {
                self.refused.insert(line, Timestamp::from_timestamp(at, 0).expect("an instant of these years") + ahead);
            }
            *self.calls.entry(line).or_default() += made;
            let today = self.daily.entry((line, quota_day(now))).or_default();
            *today += made;
            let most = account.share.of(endpoint.daily_limit()) + self.kills * LOST_BY_A_KILL;
            if made > 0 && *today > most && quota_day(self.began) == quota_day(now) {
                return Err(format!("a{place} called {name} {today} times today, and polls have {most} calls"));
            }
        }
        Ok(())
    }

    /// Counts the calls of a restore: they are no polls, and stop at no share.
    pub(crate) fn after_restore(&mut self, platform: &SimulatorHandle, place: usize, account: &Watched) {
        for (endpoint, (used, ..)) in std::mem::take(&mut self.before) {
            let (used_now, ..) = counters(platform, account, endpoint);
            *self.calls.entry((place, endpoint)).or_default() += used_now.checked_sub(used).unwrap_or(used_now);
        }
    }

    /// After a refusal, an endpoint is not called for a while.
    fn is_allowed(&mut self, line: Line, requests: u64, now: Timestamp) -> Result<(), Broken> {
        let Some(refused) = self.refused.get(&line) else { return Ok(()) };
        let is_over = now - *refused >= REFUSED_FOR || quota_day(*refused) != quota_day(now);
        if !is_over && requests > 0 {
            let name = line.1.as_str();
            return Err(format!("{name} was refused with 45009 at {refused}, and is called again at {}", self.began));
        }
        if is_over {
            self.refused.remove(&line);
        }
        Ok(())
    }

    pub(crate) fn on_kill(&mut self) {
        self.kills += 1;
        self.refused.clear();
    }

    pub(crate) fn forget_refusals(&mut self) {
        self.refused.clear();
    }

    /// Compares with what the archive counts.
    pub(crate) fn are_counted(&self, counted: impl Fn(usize, &str) -> Result<u64, Broken>) -> Result<(), Broken> {
        for ((place, endpoint), made) in &self.calls {
            let name = endpoint.as_str();
            let counted = counted(*place, name)?;
            if counted + self.kills * LOST_BY_A_KILL < *made {
                return Err(format!(
                    "the platform saw {made} calls of {name} for a{place}, and the archive counts {counted}"
                ));
            }
        }
        Ok(())
    }
}

fn counters(platform: &SimulatorHandle, account: &Watched, endpoint: Endpoint) -> (u64, u64, Option<i64>) {
    let (mut platform, name) = (platform.world(), endpoint.as_str());
    let used = platform.account(&account.appid).used(name);
    (used, platform.request_log.calls(name), platform.request_log.last_refusal(name, 45009))
}
