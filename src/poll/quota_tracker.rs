//! Calls used and limits of the platform's day, kept up to date during a poll. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;

use super::allowance::{Allowance, Trigger};
use crate::archive::{EndpointUsage, QuotaReport, QuotaSource};
use crate::config::QuotaShare;
use crate::model::{ApiUsage, CLOCK_TOLERANCE, Endpoint, Timestamp, quota_day};
use crate::quota::{Budget, PollCall};
use crate::wechat::{Error, ErrorKind};

/// After this time the platform is asked again: somebody may have raised or reset the limit.
const ASK_AGAIN_AFTER: TimeDelta = TimeDelta::hours(1);

/// What was used of each limit today, and what the limits are.
pub(super) struct QuotaTracker {
    day: String,
    share: QuotaShare,
    lines: BTreeMap<Endpoint, EndpointUsage>,
    /// Endpoints that the platform was asked about. Once per poll is enough.
    asked: BTreeSet<Endpoint>,
}

impl QuotaTracker {
    pub(super) fn new(lines: Vec<EndpointUsage>, share: QuotaShare, now: Timestamp) -> Self {
        let lines = lines.into_iter().map(|line| (line.endpoint, line)).collect();
        Self { day: quota_day(now), share, lines, asked: BTreeSet::new() }
    }

    /// Counts calls that were made.
    pub(super) fn add_calls(&mut self, calls: &[ApiUsage]) {
        for ApiUsage { endpoint, day, count } in calls {
            if *day == self.day {
                self.line(*endpoint).own_calls += count;
            }
        }
    }

    /// Returns what is left of an endpoint's limit.
    pub(super) fn budget(&self, endpoint: Endpoint, is_blocked: bool) -> Budget {
        let line = self.lines.get(&endpoint);
        let limit = line.map_or(endpoint.daily_limit(), EndpointUsage::limit);
        Budget {
            limit,
            polling_limit: self.share.of(limit),
            own: line.map_or(0, |line| line.own_calls),
            other: line.map_or(0, EndpointUsage::other_calls),
            is_blocked,
        }
    }

    /// Returns whether the known limit may be wrong and the platform can be asked: it was not reported within the last hour, or it is
    /// known from a refusal and this poll ignores refusals.
    pub(super) fn is_stale(&self, endpoint: Endpoint, now: Timestamp, respects_refusals: bool) -> bool {
        let can_be_asked = call_of(endpoint).is_some() && !self.asked.contains(&endpoint);
        let is_valid = |report: &QuotaReport| {
            is_recent(report.at, now) && (respects_refusals || report.from != QuotaSource::Refusal)
        };
        can_be_asked && !self.report(endpoint).is_some_and(is_valid)
    }

    /// Records that the platform is asked about an endpoint.
    pub(super) fn set_asked(&mut self, endpoint: Endpoint) {
        self.asked.insert(endpoint);
    }

    /// Returns whether a call was refused within the last hour because the limit was used up.
    pub(super) fn was_refused(&self, endpoint: Endpoint, now: Timestamp) -> bool {
        self.is_known_from_refusal(endpoint) && self.report(endpoint).is_some_and(|report| is_recent(report.at, now))
    }

    fn is_known_from_refusal(&self, endpoint: Endpoint) -> bool {
        self.report(endpoint).is_some_and(|report| report.from == QuotaSource::Refusal)
    }

    fn report(&self, endpoint: Endpoint) -> Option<&QuotaReport> {
        self.lines.get(&endpoint)?.reported.as_ref()
    }

    /// Returns the error that one more call would get, so that it need not be made.
    pub(super) fn quota_error(&self, endpoint: Endpoint, trigger: Trigger) -> Option<Error> {
        let budget = self.budget(endpoint, false);
        let (is_exhausted, what) = match trigger {
            Trigger::Manual(Allowance::Share) if budget.left() > 0 => (
                budget.left_to_polling() == 0,
                "are used up, as far as polls may use them; draftkeep poll --all uses more",
            ),
            Trigger::Manual(Allowance::Share) if self.is_known_from_refusal(endpoint) => {
                (true, "are used up; draftkeep poll --all asks the platform again")
            }
            Trigger::Manual(_) => (budget.left() == 0, "are used up"),
            Trigger::Scheduled => (budget.left_to_polling() == 0, "are used up, as far as polls may use them"),
        };
        let used = budget.own + budget.other;
        let message = format!("not called: {used} of {} calls of the day {what}", budget.limit);
        is_exhausted.then_some(Error {
            endpoint: Some(endpoint),
            kind: ErrorKind::Quota,
            code: Some(45009),
            message,
            rid: None,
        })
    }

    /// Returns the limit that follows from a refusal: the calls made until now.
    pub(super) fn report_of_refusal(&self, endpoint: Endpoint, now: Timestamp) -> QuotaReport {
        let Budget { own: ours, other: others, .. } = self.budget(endpoint, false);
        QuotaReport { limit: ours + others, others, from: QuotaSource::Refusal, at: now }
    }

    /// Sets what the platform reported of a limit.
    pub(super) fn set_report(&mut self, endpoint: Endpoint, report: QuotaReport) {
        let line = self.line(endpoint);
        line.reported = Some(report);
        line.counts_lost_at = None;
    }

    /// Takes over what was reported to an earlier step and is not written yet. What was reported to another process since stays, but
    /// nothing that lies in the future.
    pub(super) fn take_over_report(&mut self, endpoint: Endpoint, report: &QuotaReport, now: Timestamp) {
        let is_later = |known: &QuotaReport| known.at > report.at && known.at <= now;
        if quota_day(report.at) == self.day && !self.report(endpoint).is_some_and(is_later) {
            self.set_report(endpoint, report.clone());
        }
    }

    /// Returns when a repair lost our counts of the day, if the platform reported nothing since.
    pub(super) fn counts_lost_at(&self, endpoint: Endpoint) -> Option<Timestamp> {
        self.lines.get(&endpoint)?.counts_lost_at
    }

    fn line(&mut self, endpoint: Endpoint) -> &mut EndpointUsage {
        self.lines.entry(endpoint).or_insert(EndpointUsage::empty(endpoint))
    }
}

/// Returns whether a time is less than an hour ago. A time in the future is not: a clock was ahead.
fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    (-CLOCK_TOLERANCE..ASK_AGAIN_AFTER).contains(&(now - at))
}

pub(super) fn call_of(endpoint: Endpoint) -> Option<PollCall> {
    PollCall::ALL.into_iter().find(|call| call.endpoint() == endpoint)
}
