//! What is wrong with an account.

use chrono::TimeDelta;

use super::forecast::Forecast;
use super::freshness::{is_late, is_watched, list_overdue_since, overdue_drafts};
use crate::archive::{
    AccountStats, BrokenPoll, DaemonReport, EndpointBlock, Failure, HeldDrafts, LastSeen, PollRecord, RefusedReload,
    RestoreRecord,
};
use crate::config::{Account, PollMode};
use crate::model::{CLOCK_TOLERANCE, Endpoint, FailureKind, MediaId, Timestamp, WHITELIST_RETRY, quota_day_began};
use crate::wechat::{ErrorKind, rid};

/// How long a comparison with the platform's clock stays valid.
const CLOCK_EVIDENCE_AGE: TimeDelta = TimeDelta::days(1);

/// A restore that began within this time may still be running.
const RESTORE_GRACE: TimeDelta = TimeDelta::minutes(2);

/// A problem with an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// In the archive, its name belongs to another appid, so it is not polled.
    OtherAppid { known: String, configured: String },
    /// The daemon refused the new configuration, which concerns this account, and keeps the old one.
    ConfigRefused(RefusedReload),
    /// It is in the configuration, but was never polled.
    NeverPolled { daemon: Option<bool> },
    /// Polls are overdue: two or more of a schedule, or an adaptive one.
    Overdue { since: Timestamp, daemon: Option<bool> },
    /// Polls happen, but `drafts` drafts were not read within the promised time; this one not since `since`.
    DraftsOverdue { media_id: MediaId, since: Timestamp, drafts: u64 },
    /// Polls happen, but `drafts` drafts could not be read within the promised time; this one not since `since`, with the last failure.
    DraftsFailing { media_id: MediaId, since: Timestamp, message: String, drafts: u64 },
    /// Polls happen, but the list, which shows new drafts, was not read within the promised time.
    ListOverdue { since: Timestamp },
    /// Polls end with an error of this program or this machine, which may not be in the archive.
    PollsBroken { since: Timestamp, message: String },
    /// The last poll is dated in the future.
    PollInFuture { finished_at: Timestamp, ahead: TimeDelta },
    /// At `seen`, this machine's clock was ahead of the platform's by `ahead`, or behind if negative.
    ClockSkew { ahead: TimeDelta, seen: Timestamp },
    /// The platform blocks an endpoint, or all of them.
    Blocked(EndpointBlock),
    /// The content of `drafts` drafts could not be stored; this is the first, with the error.
    NotStored { media_id: MediaId, message: String, drafts: u64 },
    /// The last poll found damage in the archive and went on; this is the first finding, with the number of the others.
    Damaged { message: String, others: u64 },
    /// Too many drafts disappeared at once, so their absence is not accepted yet.
    HeldBack(HeldDrafts),
    /// A restore is not complete.
    UnfinishedRestore(RestoreRecord),
    /// The last polls failed; this is the failure of the last one.
    PollsFailing {
        media_id: Option<MediaId>,
        /// `None` if an older program recorded it.
        kind: Option<FailureKind>,
        /// The platform's errcode.
        code: Option<i64>,
        /// Without the rid.
        message: String,
        /// How many other failures the last poll had.
        others: u64,
        since: Timestamp,
        polls: u64,
        /// Set if a daily limit is used up.
        exhausted: Option<QuotaExhausted>,
        /// When the daemon tries again, where it says so: somebody is expected to mend it.
        retry_at: Option<Timestamp>,
    },
}

/// A daily limit that is used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaExhausted {
    /// When calls are possible again; `None` if they are now.
    pub until: Option<Timestamp>,
    /// Calls to the endpoint by other systems of the account, as far as known.
    pub others: u64,
}

/// Returns the problems of an account, root causes first. An account can only be overdue if its configuration is known. `daemon`
/// is whether the daemon runs, if that can be determined; `report` is the daemon's own report.
pub fn problems(
    stats: &AccountStats,
    account: Option<&Account>,
    forecast: Option<&Forecast>,
    daemon: Option<bool>,
    report: &DaemonReport,
    now: Timestamp,
) -> Vec<Problem> {
    let other_appid = account
        .filter(|account| stats.has_other_appid(&account.appid))
        .map(|account| Problem::OtherAppid { known: stats.appid.clone(), configured: account.appid.clone() });
    let other_appid = other_appid.map(|trouble| report.refused.clone().map_or(trouble, Problem::ConfigRefused));
    let overdue = account.and_then(|account| overdue(stats, &account.poll_mode, forecast, daemon, now));
    let overdue = overdue.map(|trouble| match (&trouble, &report.refused) {
        (Problem::NeverPolled { .. }, Some(refused)) => Problem::ConfigRefused(refused.clone()),
        _ => trouble,
    });
    let broken = report.broken.iter().find(|poll| poll.account == stats.account);
    let broken = broken
        .map(|BrokenPoll { since, message, .. }| Problem::PollsBroken { since: *since, message: message.clone() });
    let blocks = stats.blocks.iter().filter(|block| is_problem(block)).cloned().map(Problem::Blocked);
    let cut_off = stats.open_restores.iter().filter(|record| (now - record.started_at).abs() > RESTORE_GRACE).cloned();
    let found = [other_appid, broken, damaged(stats), not_stored(stats), clock_skew(stats, now), overdue]
        .into_iter()
        .flatten()
        .chain(blocks)
        .chain(failing(stats, daemon, now));
    let is_meant = |media_id: &MediaId| account.is_none_or(|account| is_watched(account, media_id));
    let held_back = stats.held_drafts(is_meant).map(Problem::HeldBack);
    let mut found: Vec<Problem> = found.chain(held_back).chain(cut_off.map(Problem::UnfinishedRestore)).collect();
    // If all polls are stopped, that is the reason; drafts are not listed as overdue too.
    if !found.iter().any(Problem::stops_polls) {
        found.extend(account.into_iter().flat_map(|account| drafts_overdue(stats, account, forecast, now)));
        let since = account.and_then(|account| list_overdue_since(stats, account, forecast, now));
        found.extend(since.map(|since| Problem::ListOverdue { since }));
    }
    found
}

impl Problem {
    /// Returns whether no draft can be read while the problem lasts.
    fn stops_polls(&self) -> bool {
        match self {
            Self::PollsFailing { media_id, .. } => media_id.is_none(),
            Self::DraftsOverdue { .. } | Self::DraftsFailing { .. } | Self::ListOverdue { .. } => false,
            Self::NotStored { .. } | Self::Damaged { .. } => false,
            Self::HeldBack(_) | Self::UnfinishedRestore(_) => false,
            _ => true,
        }
    }
}

fn clock_skew(stats: &AccountStats, now: Timestamp) -> Option<Problem> {
    let poll = stats.last_poll.as_ref()?;
    let ahead = poll.finished_at - now;
    if ahead > CLOCK_TOLERANCE {
        return Some(Problem::PollInFuture { finished_at: poll.finished_at, ahead });
    }
    let says_something = |seen: Timestamp| now - seen < CLOCK_EVIDENCE_AGE;
    let dated = poll.failures.iter().find_map(|failure| rid::timestamp(failure.rid.as_deref()?));
    let by_rid = dated.filter(|_| says_something(poll.finished_at)).map(|theirs| {
        // The answer came during the poll: a difference within its duration means nothing.
        let ahead =
            (poll.started_at - theirs).max(TimeDelta::zero()) - (theirs - poll.finished_at).max(TimeDelta::zero());
        (ahead, poll.finished_at)
    });
    // A draft is seen after it was saved, unless our clock is behind. How long after means nothing.
    let seen = stats.newest.filter(|seen| says_something(seen.observed_at));
    let by_save = seen.map(|seen| (seen.observed_at - seen.update_time, seen.observed_at));
    let behind = by_save.filter(|(ahead, _)| *ahead < -CLOCK_TOLERANCE);
    // The latest comparison counts: the clock may have been corrected since the other.
    let last = [by_rid, behind].into_iter().flatten().max_by_key(|(_, seen)| *seen);
    let differs = last.filter(|(ahead, _)| ahead.abs() > CLOCK_TOLERANCE);
    differs.map(|(ahead, seen)| Problem::ClockSkew { ahead, seen })
}

fn overdue(
    stats: &AccountStats,
    poll_mode: &PollMode,
    forecast: Option<&Forecast>,
    daemon: Option<bool>,
    now: Timestamp,
) -> Option<Problem> {
    let Some(poll) = &stats.last_poll else { return Some(Problem::NeverPolled { daemon }) };
    let has_nothing_to_poll_with = matches!(forecast, Some(Forecast::QuotaSpent(_) | Forecast::Blocked(_)))
        || (*poll_mode == PollMode::Adaptive && forecast.is_none());
    let is_late = !has_nothing_to_poll_with && is_late(&poll.into(), poll_mode, forecast, now);
    is_late.then_some(Problem::Overdue { since: poll.finished_at, daemon })
}

fn drafts_overdue(
    stats: &AccountStats,
    account: &Account,
    forecast: Option<&Forecast>,
    now: Timestamp,
) -> impl Iterator<Item = Problem> {
    let overdue = overdue_drafts(stats, account, forecast, now);
    let (failing, unseen): (Vec<&LastSeen>, Vec<&LastSeen>) = overdue.partition(|look| look.failure.is_some());
    let unseen = unseen.first().map(|look| Problem::DraftsOverdue {
        media_id: look.media_id.clone(),
        since: look.at,
        drafts: unseen.len() as u64,
    });
    unseen.into_iter().chain(drafts_failing(stats, failing))
}

/// Failures of the last poll, and of the archive, are problems of their own; one for a block that is none is not.
fn drafts_failing(stats: &AccountStats, mut failing: Vec<&LastSeen>) -> Option<Problem> {
    let last_poll = stats.last_poll.as_ref().map(|poll| poll.finished_at);
    let is_told = |failed_at: Timestamp, failure: &Failure| {
        let block = block_of(stats, failure);
        failure.is_not_stored() || (Some(failed_at) == last_poll && block.is_none_or(is_problem))
    };
    failing.retain(|look| look.failure.as_ref().is_some_and(|(failed_at, failure)| !is_told(*failed_at, failure)));
    let look = failing.first()?;
    let (_, failure) = look.failure.as_ref()?;
    Some(Problem::DraftsFailing {
        media_id: look.media_id.clone(),
        since: look.at,
        message: failure.message_without_rid(),
        drafts: failing.len() as u64,
    })
}

/// Returns the block because of which a call failed, or was not made.
fn block_of<'a>(stats: &'a AccountStats, failure: &Failure) -> Option<&'a EndpointBlock> {
    let is_of_it = |block: &&EndpointBlock| {
        failure.code == Some(block.code) && (block.endpoint.is_none() || block.endpoint == failure.endpoint)
    };
    stats.blocks.iter().find(is_of_it)
}

fn not_stored(stats: &AccountStats) -> Option<Problem> {
    let first = stats.not_stored.first()?;
    let (media_id, message) = (first.media_id.clone()?, first.message.clone());
    Some(Problem::NotStored { media_id, message, drafts: stats.not_stored.len() as u64 })
}

/// Content that could not be stored is a problem of its own, also if damage is the reason.
fn damaged(stats: &AccountStats) -> Option<Problem> {
    let failures = stats.last_poll.as_ref()?.failures.iter();
    let mut found = failures.filter(|failure| failure.is_damage() && !failure.is_not_stored());
    let message = found.next()?.message.clone();
    Some(Problem::Damaged { message, others: found.count() as u64 })
}

/// Failures that are problems of their own are left out: damage, blocked endpoints, drafts that are held back or could not be stored.
fn failing(stats: &AccountStats, daemon: Option<bool>, now: Timestamp) -> Option<Problem> {
    let (poll, failing) = (stats.last_poll.as_ref()?, stats.failing?);
    let is_reported_elsewhere = |failure: &&Failure| {
        let is_of_its_own = failure.is_held_back() || failure.is_not_stored() || failure.is_damage();
        is_of_its_own || block_of(stats, failure).is_some()
    };
    let first = poll.failures.iter().find(|failure| !is_reported_elsewhere(failure))?;
    let reported = poll.failures.iter().filter(is_reported_elsewhere).count() as u64;
    Some(Problem::PollsFailing {
        media_id: first.media_id.clone(),
        kind: first.kind,
        code: first.code,
        message: first.message_without_rid(),
        others: poll.failure_count.saturating_sub(1 + reported),
        since: failing.since,
        polls: failing.polls,
        exhausted: quota_exhausted(stats, poll, first, now),
        retry_at: whitelist_retry_at(poll, first, now).filter(|_| daemon != Some(false)),
    })
}

/// A time that is over says that the daemon did not try.
fn whitelist_retry_at(poll: &PollRecord, failure: &Failure, now: Timestamp) -> Option<Timestamp> {
    let at = poll.finished_at + WHITELIST_RETRY;
    (failure.is_token_refused_by_whitelist() && at >= now).then_some(at)
}

fn quota_exhausted(
    stats: &AccountStats,
    poll: &PollRecord,
    failure: &Failure,
    now: Timestamp,
) -> Option<QuotaExhausted> {
    let until = quota_day_began(poll.finished_at) + TimeDelta::days(1);
    let others = failure.endpoint.map_or(0, |endpoint| stats.usage_of(endpoint).other_calls());
    (failure.code == Some(45009)).then_some(QuotaExhausted { until: Some(until).filter(|until| now < *until), others })
}

/// Returns what kind of error blocked the endpoint.
pub fn block_kind(block: &EndpointBlock) -> ErrorKind {
    // An error that blocks all endpoints means the same at each of them.
    ErrorKind::of(block.endpoint.unwrap_or(Endpoint::DraftGet), block.code)
}

/// Returns whether the operator must know of a block: not if it ends by itself, nor if it only hides why drafts disappeared.
pub fn is_problem(block: &EndpointBlock) -> bool {
    block.endpoint != Some(Endpoint::FreepublishBatchget) && block_kind(block) != ErrorKind::RateLimited
}
