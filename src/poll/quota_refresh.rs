//! Asks the platform how much is left of its limits, if that is not known well enough.

use super::allowance::Trigger;
use super::quota_tracker::call_of;
use super::run::PollRun;
use crate::archive::{self, QuotaReport, QuotaSource};
use crate::model::{Endpoint, Timestamp};
use crate::quota::PollCall;
use crate::wechat::ErrorKind;

/// As [`PollRun::can_call`]. If little seems to be left, the platform is asked first; the daemon's planner decides itself when to
/// ask.
pub(super) async fn can_call_once_refreshed(run: &mut PollRun<'_>, endpoint: Endpoint) -> Result<bool, archive::Error> {
    if run.context.trigger != Trigger::Scheduled && !run.can_call(endpoint) {
        refresh_if_stale(run, endpoint).await?;
    }
    Ok(run.can_call(endpoint))
}

/// As [`PollRun::can_call`]. If the limit seems to be used up, the platform is asked first. If it is, the error that the call would
/// get is recorded without the call.
pub(super) async fn ensure_can_call(run: &mut PollRun<'_>, endpoint: Endpoint) -> Result<bool, archive::Error> {
    if !run.can_call(endpoint) {
        refresh_if_stale(run, endpoint).await?;
    }
    if run.can_call(endpoint) {
        return Ok(true);
    }
    if let Some(error) = run.calls.expected_error(endpoint, run.now) {
        run.record_failure(None, &error);
    }
    Ok(false)
}

async fn refresh_if_stale(run: &mut PollRun<'_>, endpoint: Endpoint) -> Result<(), archive::Error> {
    if run.calls.is_stale(endpoint, run.now) { refresh(run, endpoint).await } else { Ok(()) }
}

/// Asks for the counters that are due at this time.
pub(super) async fn refresh_due(run: &mut PollRun<'_>, at: Timestamp) -> Result<(), archive::Error> {
    for call in PollCall::ALL {
        if run.known.activity.quota_refresh_due(call, at) {
            refresh(run, call.endpoint()).await?;
        }
    }
    Ok(())
}

/// Asks for the counters if our counts were damaged, or lost in a repair.
pub(super) async fn refresh_lost_counts(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    let are_damaged = std::mem::take(&mut run.has_lost_counts);
    for call in PollCall::ALL {
        // After a repair it is asked once. Without an answer it is asked again when that is due anyway.
        let lost_at = run.calls.quota.counts_lost_at(call.endpoint());
        if are_damaged || lost_at.is_some_and(|lost_at| !run.known.activity.was_asked_since(call, lost_at)) {
            refresh(run, call.endpoint()).await?;
        }
    }
    Ok(())
}

/// Records the limits that are used up, and asks the platform for the exact numbers.
pub(super) async fn refresh_exhausted(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    for endpoint in std::mem::take(&mut run.calls.exhausted) {
        let report = run.calls.quota.report_of_refusal(endpoint, run.now);
        run.record_quota_report(endpoint, report);
        refresh(run, endpoint).await?;
    }
    Ok(())
}

/// Asks for the counters of one endpoint, if it is one that the planner chooses from. Without an answer the documented limit is used,
/// so a refusal is no failure of the poll, but that there was no token is.
async fn refresh(run: &mut PollRun<'_>, endpoint: Endpoint) -> Result<(), archive::Error> {
    let now = run.now;
    let Some(call) = call_of(endpoint) else { return Ok(()) };
    run.calls.quota.set_asked(endpoint);
    if !run.can_call(Endpoint::QuotaGet) {
        run.known.activity.note_quota_report(call, None, now);
        return Ok(());
    }
    let client = run.context.client;
    match run.cancellable(client.quota_get(endpoint)).await {
        Some(Ok(quota)) => {
            let ours = run.calls.quota.budget(endpoint, false).own;
            // The counters are updated late, so a refusal counts for an hour.
            let was_refused = run.context.trigger.respects_blocks() && run.calls.quota.was_refused(endpoint, now);
            // Others may go on after their limit, and each of their refused calls may count.
            let is_spent = quota.remain == 0 && was_refused;
            if !is_spent && !quota.is_plausible(ours) {
                tracing::debug!(account = %run.context.name, ?quota, ours, "the reported limit is smaller than the calls that were made and is ignored");
                run.known.activity.note_quota_report(call, None, now);
                return Ok(());
            }
            // Running calls may be counted by one side only, so a difference of one means nothing.
            let others = quota.used.saturating_sub(ours);
            // Calls beyond the limit were refused: nobody needs so many.
            run.known.activity.note_quota_report(call, Some(others.min(quota.daily_limit)), now);
            if quota.remain == 0 || !was_refused {
                let report = QuotaReport { limit: quota.daily_limit, others, from: QuotaSource::QuotaGet, at: now };
                run.record_quota_report(endpoint, report);
            }
        }
        Some(Err(error)) => {
            tracing::debug!(account = %run.context.name, %error, "the platform does not report its counters");
            run.known.activity.note_quota_report(call, None, now);
            if error.endpoint != Some(Endpoint::QuotaGet) {
                run.on_call_failed(None, &error);
            } else if error.kind == ErrorKind::Quota {
                let report = run.calls.quota.report_of_refusal(Endpoint::QuotaGet, now);
                run.record_quota_report(Endpoint::QuotaGet, report);
            }
        }
        None => {}
    }
    Ok(())
}
