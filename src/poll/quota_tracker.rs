//! Calls used and limits of the platform's day, kept up to date during a poll.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::allowance::{Allowance, Trigger};
use super::run::PollRun;
use crate::archive::{self, EndpointUsage, QuotaReport, QuotaSource};
use crate::config::QuotaShare;
use crate::model::{ApiUsage, CLOCK_TOLERANCE, Endpoint, Timestamp, quota_day};
use crate::quota::{Budget, PollCall};
use crate::wechat::{Error, ErrorKind};

/// After this time the platform is asked again whether a limit is spent: somebody may have raised or reset it.
const PROBE: TimeDelta = TimeDelta::hours(1);

/// What was used of each limit today, and what the limits are.
pub(super) struct QuotaTracker {
    day: String,
    share: QuotaShare,
    lines: BTreeMap<Endpoint, EndpointUsage>,
    /// Endpoints that the platform was asked about: once is enough in a poll.
    asked: BTreeSet<Endpoint>,
}

impl QuotaTracker {
    pub(super) fn new(lines: Vec<EndpointUsage>, share: QuotaShare, now: Timestamp) -> Self {
        let lines = lines.into_iter().map(|line| (line.endpoint, line)).collect();
        Self { day: quota_day(now), share, lines, asked: BTreeSet::new() }
    }

    /// Enters calls that were made.
    pub(super) fn add_calls(&mut self, calls: &[ApiUsage]) {
        for ApiUsage { endpoint, day, count } in calls {
            if *day == self.day {
                self.line(*endpoint).own_calls += count;
            }
        }
    }

    /// Returns what is left of an endpoint's limit.
    pub(super) fn budget(&self, endpoint: Endpoint, is_closed: bool) -> Budget {
        let line = self.lines.get(&endpoint);
        let limit = line.map_or(endpoint.daily_limit(), EndpointUsage::limit);
        Budget {
            limit,
            polling_limit: self.share.of(limit),
            own: line.map_or(0, |line| line.own_calls),
            other: line.map_or(0, EndpointUsage::other_calls),
            is_closed,
        }
    }

    /// Tells whether a limit may be another than is known: the platform did not tell it today, or some time ago; or a refusal
    /// told it, where those are not believed.
    pub(super) fn is_stale(&self, endpoint: Endpoint, now: Timestamp, believes_refusals: bool) -> bool {
        let can_be_asked = call_of(endpoint).is_some() && !self.asked.contains(&endpoint);
        let is_believed =
            |told: &QuotaReport| is_recent(told.at, now) && (believes_refusals || told.from != QuotaSource::Refusal);
        can_be_asked && !self.told(endpoint).is_some_and(is_believed)
    }

    /// Tells whether a call was refused within the last hour, because the limit was spent.
    fn was_refused(&self, endpoint: Endpoint, now: Timestamp) -> bool {
        self.is_told_by_refusal(endpoint) && self.told(endpoint).is_some_and(|told| is_recent(told.at, now))
    }

    fn is_told_by_refusal(&self, endpoint: Endpoint) -> bool {
        self.told(endpoint).is_some_and(|told| told.from == QuotaSource::Refusal)
    }

    fn told(&self, endpoint: Endpoint) -> Option<&QuotaReport> {
        self.lines.get(&endpoint)?.reported.as_ref()
    }

    /// Returns the refusal that one more call would meet, so that it need not be made.
    pub(super) fn spent(&self, endpoint: Endpoint, trigger: Trigger) -> Option<Error> {
        let budget = self.budget(endpoint, false);
        let (is_spent, what) = match trigger {
            Trigger::Manual(Allowance::Share) if budget.left() > 0 => (
                budget.left_to_polling() == 0,
                "are used up, as far as polls may use them; draftkeep poll --all uses more",
            ),
            Trigger::Manual(Allowance::Share) if self.is_told_by_refusal(endpoint) => {
                (true, "are used up; draftkeep poll --all asks the platform again")
            }
            Trigger::Manual(_) => (budget.left() == 0, "are used up"),
            Trigger::Scheduled => (budget.left_to_polling() == 0, "are used up, as far as polls may use them"),
        };
        let used = budget.own + budget.other;
        let message = format!("not called: {used} of {} calls of the day {what}", budget.limit);
        is_spent.then_some(Error {
            endpoint: Some(endpoint),
            kind: ErrorKind::Quota,
            code: Some(45009),
            message,
            rid: None,
        })
    }

    /// Returns what a refusal for a spent limit tells: that no more can be had today than was made by now.
    pub(super) fn report_of_refusal(&self, endpoint: Endpoint, now: Timestamp) -> QuotaReport {
        let Budget { own: ours, other: others, .. } = self.budget(endpoint, false);
        QuotaReport { limit: ours + others, others, from: QuotaSource::Refusal, at: now }
    }

    /// Enters what the platform told of a limit.
    pub(super) fn set_report(&mut self, endpoint: Endpoint, told: QuotaReport) {
        self.line(endpoint).reported = Some(told);
    }

    fn line(&mut self, endpoint: Endpoint) -> &mut EndpointUsage {
        self.lines.entry(endpoint).or_insert(EndpointUsage::empty(endpoint))
    }
}

/// Tells whether something was told a short time ago. What a clock told that was ahead is not.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (-CLOCK_TOLERANCE..PROBE).contains(&(now - at))
}

/// Asks the platform for its counters, where it is time to. What it does not tell is known from the documentation, so a
/// refusal is no failure of the poll.
pub(super) async fn refresh_due(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    let now = run.now;
    for call in PollCall::ALL {
        if run.activity.quota_refresh_due(call, now) {
            refresh(run, call.endpoint()).await?;
        }
    }
    Ok(())
}

/// Asks for the counters of one endpoint, if it is one that polls have a choice of.
pub(super) async fn refresh(run: &mut PollRun<'_>, endpoint: Endpoint) -> Result<(), archive::Error> {
    let now = run.now;
    let Some(call) = call_of(endpoint) else { return Ok(()) };
    run.quota.asked.insert(endpoint);
    if !run.can_call(Endpoint::QuotaGet) {
        run.activity.note_quota_report(call, None, now);
        return Ok(());
    }
    let client = run.client;
    match run.cancellable(client.quota_get(endpoint)).await {
        Some(Ok(quota)) => {
            let ours = run.quota.budget(endpoint, false).own;
            if !quota.is_plausible(ours) {
                tracing::debug!(account = %run.name, ?quota, ours, "a limit that is smaller than our own calls is not believed");
                run.activity.note_quota_report(call, None, now);
                return Ok(());
            }
            // Calls under way are counted by neither side or by both; a difference of one says nothing.
            let others = quota.used.saturating_sub(ours);
            run.activity.note_quota_report(call, Some(others), now);
            // Its counters lag behind its refusals, which are believed for an hour.
            if quota.remain > 0 && run.believes_refusals() && run.quota.was_refused(endpoint, now) {
                return Ok(());
            }
            let told = QuotaReport { limit: quota.daily_limit, others, from: QuotaSource::QuotaGet, at: now };
            run.note_limit(endpoint, told);
            Ok(())
        }
        Some(Err(error)) => {
            tracing::debug!(account = %run.name, %error, "the platform does not tell its counters");
            run.activity.note_quota_report(call, None, now);
            Ok(())
        }
        None => Ok(()),
    }
}

/// Takes in that limits turned out to be spent: no more can be had today than was made by now, unless the platform tells
/// better.
pub(super) async fn refresh_spent(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    for endpoint in std::mem::take(&mut run.exhausted) {
        let told = run.quota.report_of_refusal(endpoint, run.now);
        run.note_limit(endpoint, told);
        refresh(run, endpoint).await?;
    }
    Ok(())
}

fn call_of(endpoint: Endpoint) -> Option<PollCall> {
    PollCall::ALL.into_iter().find(|call| call.endpoint() == endpoint)
}
