//! The rules about calls: polls use their share of what the platform allows and no more, a refusal stops an endpoint, and every call is
//! counted.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use draftkeep::model::{Endpoint, Timestamp, quota_day};
use draftkeep::simulator::{LoggedRequest, SimulatorHandle};
use serde_json::Value;

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

/// Those of which the platform tells the limits.
const TOLD: [Endpoint; 3] = [Endpoint::DraftGet, Endpoint::DraftBatchget, Endpoint::DraftCount];

/// So many calls for an account a program that is killed may not have written: twenty that wait, and those of one reading.
const LOST_BY_A_KILL: u64 = 25;

/// For so long a refusal is believed, whatever the platform says of its counters.
const REFUSED_FOR: TimeDelta = TimeDelta::hours(1);

/// An endpoint of an account, by its place.
type Line = (usize, Endpoint);

/// What the archive counts of the program's calls on each day.
pub(crate) type Counted = BTreeMap<(Line, String), u64>;

/// The program's calls.
#[derive(Default)]
pub(crate) struct Quota {
    /// What the platform has counted of the program's calls, ever and on each day of the program's clock. Where the program was killed,
    /// what the archive counted then, and the calls since.
    calls: BTreeMap<Line, u64>,
    daily: Counted,
    /// On which day the platform last told the program a limit.
    told: BTreeMap<Line, String>,
    /// Since when an endpoint is refused, by the program's clock and by the platform's.
    refused: BTreeMap<Line, (Timestamp, Timestamp)>,
    /// How things stood before the step.
    before: BTreeMap<Endpoint, Counters>,
    began: Timestamp,
}

/// What the platform says of an endpoint.
struct Counters {
    /// Calls that it counted.
    used: u64,
    requests: u64,
    /// Answers that arrived and were no refusals.
    answers: u64,
    /// When it last refused one, with 45009.
    refused: Option<i64>,
}

impl Counters {
    fn of(platform: &SimulatorHandle, account: &Watched, endpoint: Endpoint) -> Self {
        let (mut platform, name) = (platform.world(), endpoint.as_str());
        let used = platform.account(&account.appid).used(name);
        let log = &platform.request_log;
        let (requests, answers, refused) = (log.calls(name), log.answers(name), log.last_refusal(name, 45009));
        Self { used, requests, answers, refused }
    }

    /// Returns how many calls the platform has counted since. A step within which its day ends begins to count anew.
    fn made_since(&self, before: &Self) -> u64 {
        self.used.checked_sub(before.used).unwrap_or(self.used)
    }

    /// Returns how many calls may have been tried again since: those without a good answer.
    fn retries_since(&self, before: &Self) -> u64 {
        (self.requests - before.requests) - (self.answers - before.answers)
    }
}

impl Quota {
    pub(crate) fn before_step(&mut self, platform: &SimulatorHandle, account: &Watched, now: Timestamp) {
        self.began = now;
        self.before =
            ENDPOINTS.into_iter().map(|endpoint| (endpoint, Counters::of(platform, account, endpoint))).collect();
    }

    /// Checks the calls of a step. `now` is the program's clock, which is `ahead` of the platform's.
    pub(crate) fn after_step(
        &mut self,
        platform: &SimulatorHandle,
        place: usize,
        account: &Watched,
        (now, ahead): (Timestamp, TimeDelta),
    ) -> Result<(), Broken> {
        for (endpoint, before) in std::mem::take(&mut self.before) {
            let (after, line) = (Counters::of(platform, account, endpoint), (place, endpoint));
            self.is_allowed(line, after.requests - before.requests, (now, now - ahead))?;
            if let Some(at) = after.refused.filter(|_| after.refused > before.refused) {
                let at = Timestamp::from_timestamp(at, 0).expect("an instant of these years");
                self.refused.insert(line, (at + ahead, at));
            }
            let made = after.made_since(&before);
            *self.calls.entry(line).or_default() += made;
            // Of a step within which the day ends it is not known which calls were made before.
            if quota_day(self.began) == quota_day(now) {
                self.are_within_the_share(platform, line, account, (made, after.retries_since(&before)))?;
                let asked = if endpoint == Endpoint::QuotaGet { after.requests - before.requests } else { 0 };
                self.note_told(platform, place, account, asked, after.answers - before.answers);
            }
        }
        Ok(())
    }

    /// Polls make no more calls a day than their share, but for those that were tried again.
    fn are_within_the_share(
        &mut self,
        platform: &SimulatorHandle,
        line: Line,
        account: &Watched,
        (made, retries): (u64, u64),
    ) -> Result<(), Broken> {
        let day = quota_day(self.began);
        let most = account.share.of(self.limit(platform, line, account, &day));
        let today = self.daily.entry((line, day)).or_default();
        *today += made;
        if made > 0 && *today > most + retries {
            let (place, name) = (line.0, line.1.as_str());
            return Err(format!("a{place} called {name} {today} times today, and polls have {most} calls"));
        }
        Ok(())
    }

    /// Returns the highest limit that the program may believe in: what the platform told it on this day. Before that, it is the documented
    /// one.
    fn limit(&self, platform: &SimulatorHandle, line: Line, account: &Watched, day: &str) -> u64 {
        let (endpoint, documented) = (line.1, line.1.daily_limit());
        let true_limit = platform.world().account(&account.appid).limit(endpoint.as_str());
        match self.told.get(&line) {
            Some(told) if told == day => true_limit,
            // What this rule does not know to be told may be known all the same.
            _ if TOLD.contains(&endpoint) => documented.max(true_limit),
            _ => documented,
        }
    }

    /// Notes which limits the program has `asked` for in this step, if all its questions were answered.
    fn note_told(&mut self, platform: &SimulatorHandle, place: usize, account: &Watched, asked: u64, answered: u64) {
        if asked != answered {
            return;
        }
        let mut platform = platform.world();
        let asked = platform.request_log.requests(Endpoint::QuotaGet.as_str()).into_iter().rev().take(asked as usize);
        for endpoint in asked.map(asked_for).collect::<Vec<_>>() {
            let mut account = platform.account(&account.appid);
            // The program believes in no limit that is passed by far, before it was refused.
            if account.used(endpoint.as_str()) <= account.limit(endpoint.as_str()) {
                self.told.insert((place, endpoint), quota_day(self.began));
            }
        }
    }

    /// Counts the calls of a restore: they are no polls, and stop at no share.
    pub(crate) fn after_restore(&mut self, platform: &SimulatorHandle, place: usize, account: &Watched) {
        for (endpoint, before) in std::mem::take(&mut self.before) {
            let made = Counters::of(platform, account, endpoint).made_since(&before);
            *self.calls.entry((place, endpoint)).or_default() += made;
        }
    }

    /// After a refusal, an endpoint is not called for a while. With the platform's next day, it may have told of new calls.
    fn is_allowed(
        &mut self,
        line: Line,
        requests: u64,
        (now, platform_now): (Timestamp, Timestamp),
    ) -> Result<(), Broken> {
        let Some((refused, refused_there)) = self.refused.get(&line) else { return Ok(()) };
        let is_next_day = quota_day(*refused) != quota_day(now) || quota_day(*refused_there) != quota_day(platform_now);
        let is_over = now - *refused >= REFUSED_FOR || is_next_day;
        if !is_over && requests > 0 {
            let name = line.1.as_str();
            return Err(format!("{name} was refused with 45009 at {refused}, and is called again at {}", self.began));
        }
        if is_over {
            self.refused.remove(&line);
        }
        Ok(())
    }

    /// The program was killed. What it lost of the calls is lost; from here on, all are counted again.
    pub(crate) fn on_kill(&mut self, counted: Counted) -> Result<(), Broken> {
        self.are_counted(&counted, LOST_BY_A_KILL)?;
        self.refused.clear();
        self.told.clear();
        self.calls.iter_mut().for_each(|(line, calls)| *calls = total(&counted, *line));
        self.daily = counted;
        Ok(())
    }

    pub(crate) fn forget_refusals(&mut self) {
        self.refused.clear();
    }

    /// Compares with what the archive counts, in which so many calls for each account may be missing.
    pub(crate) fn are_counted(&self, counted: &Counted, may_miss: u64) -> Result<(), Broken> {
        let mut missing: BTreeMap<usize, u64> = BTreeMap::new();
        for (line, made) in &self.calls {
            let missing = missing.entry(line.0).or_default();
            *missing += made.saturating_sub(total(counted, *line));
            if *missing > may_miss {
                return Err(format!(
                    "the platform saw {made} calls of {} for a{}, and the archive counts {}; it misses {missing} in all",
                    line.1,
                    line.0,
                    total(counted, *line)
                ));
            }
        }
        Ok(())
    }
}

/// Returns of which endpoint the platform is asked to tell the limit.
fn asked_for(request: &LoggedRequest) -> Endpoint {
    let body: Value = serde_json::from_slice(&request.body).expect("the question is JSON");
    let path = body["cgi_path"].as_str().and_then(|path| path.strip_prefix("/cgi-bin/"));
    path.and_then(endpoint).expect("an endpoint whose calls are looked at")
}

/// Finds one of the endpoints whose calls are looked at.
pub(crate) fn endpoint(name: &str) -> Option<Endpoint> {
    ENDPOINTS.into_iter().find(|endpoint| endpoint.as_str() == name)
}

/// Returns the calls of all days.
fn total(counted: &Counted, line: Line) -> u64 {
    counted.range((line, String::new())..).take_while(|((of, _), _)| *of == line).map(|(_, calls)| calls).sum()
}
