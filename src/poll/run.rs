//! One poll run: its parts, and what they do together.

use super::allowance::Trigger;
use super::calls::PollCalls;
use super::circuit;
use super::context::PollContext;
use super::endpoint_blocks::EndpointBlocks;
use super::known::KnownAccount;
use super::outcome::{PollOutcome, call_failure};
use super::quota_tracker::QuotaTracker;
use crate::archive::{self, AccountState, DamagedRow, Failure, PollLog, PollStart, QuotaReport, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::{ApiUsage, Endpoint, MediaId, Timestamp};
use crate::quota::Budget;
use crate::usage as call_usage;
use crate::wechat::{Client, Error, PAGE};
use tokio_util::sync::CancellationToken;

/// So many calls may wait for the next write. Then they are written alone.
pub(super) const PENDING_CALLS: u64 = 20;

/// Forced token refreshes a day. The platform allows 20 to everybody on the account together.
const FORCED_REFRESHES: u64 = 3;

/// One poll run.
pub(super) struct PollRun<'a> {
    pub(super) context: PollContext<'a>,
    /// The current time: when the poll began, or when the platform last answered.
    pub(super) now: Timestamp,
    pub(super) known: KnownAccount,
    pub(super) calls: PollCalls,
    pub(super) outcome: PollOutcome,
    /// How many drafts with content are asked for at once: fewer if that was too large for an answer.
    pub(super) page_size: u32,
    /// Whether the last poll on record failed for the account as a whole.
    pub(super) last_poll_failed: bool,
    /// Whether call counts were damaged, so that only the platform knows them.
    pub(super) has_lost_counts: bool,
}

impl<'a> PollRun<'a> {
    pub(super) async fn begin(
        account: &Account,
        client: &'a Client,
        archive: &'a WriterHandle,
        clock: &'a Clock,
        now: Timestamp,
        stop: &'a CancellationToken,
        trigger: Trigger,
    ) -> Result<Self, archive::Error> {
        let (name, appid, strategy) = (account.name.clone(), account.appid.clone(), account.drafts.strategy());
        let PollStart { account: id, known, usage, forced_refreshes, blocks, state, last_poll_failed, damaged } =
            archive.run(move |writer| writer.prepare_poll(&name, &appid, strategy, now)).await?;
        client.set_forced_refresh_budget(FORCED_REFRESHES.saturating_sub(forced_refreshes) as u32);
        let quota = QuotaTracker::new(usage, account.quota_share, now);
        let mut log = PollLog::begin(strategy, now);
        log.failures.extend(damaged.iter().map(Failure::row_damaged));
        let mut run = Self {
            context: PollContext {
                client,
                archive,
                clock,
                stop,
                trigger,
                name: account.name.clone(),
                account: id,
                fields: account.fields.clone(),
                shrunk_share: account.shrunk_share,
                accept_absences: false,
            },
            now,
            known: KnownAccount::new(&account.drafts, known, state, &account.fields, now),
            calls: PollCalls::new(trigger, quota, EndpointBlocks::new(blocks)),
            outcome: PollOutcome::new(log),
            page_size: PAGE,
            last_poll_failed,
            has_lost_counts: damaged.iter().any(DamagedRow::is_call_count),
        };
        run.sync_usage();
        Ok(run)
    }

    /// Waits for an answer; `None` if the poll is stopped first. Then reads the clock: the only place in a poll that does.
    pub(super) async fn cancellable<T>(&mut self, call: impl Future<Output = T>) -> Option<T> {
        let answer = self.context.stop.run_until_cancelled(call).await;
        self.now = self.context.clock.now();
        self.sync_usage();
        answer
    }

    /// Counts the calls that the client has made since.
    pub(super) fn sync_usage(&mut self) {
        let calls = self.context.client.drain_usage();
        self.outcome.log.calls += calls.iter().map(|line| line.count).sum::<u64>();
        self.calls.add(calls);
    }

    /// Saves the pending calls if there are `enough` of them.
    pub(super) async fn flush(&mut self, enough: u64) -> Result<(), archive::Error> {
        self.sync_usage();
        if self.calls.pending.iter().map(|line| line.count).sum::<u64>() < enough {
            return Ok(());
        }
        let (account, calls) = (self.context.account, self.calls.pending.clone());
        self.context.archive.run(move |writer| writer.add_usage(account, &calls)).await?;
        self.calls.pending.clear();
        Ok(())
    }

    /// Takes the calls that are not saved yet; the caller must save them.
    pub(super) fn take_pending(&mut self) -> Vec<ApiUsage> {
        self.sync_usage();
        std::mem::take(&mut self.calls.pending)
    }

    /// Returns how many more calls are allowed.
    pub(super) fn remaining(&self, endpoint: Endpoint) -> u64 {
        self.calls.remaining(endpoint, self.now)
    }

    /// Returns whether another call is allowed.
    pub(super) fn can_call(&self, endpoint: Endpoint) -> bool {
        self.remaining(endpoint) > 0
    }

    /// Returns what is left of an endpoint's limit.
    pub(super) fn budget(&self, endpoint: Endpoint) -> Budget {
        self.calls.budget(endpoint, self.now)
    }

    /// Returns whether no further call may be made.
    pub(super) fn is_halted(&self) -> bool {
        self.calls.circuit.is_halted() || self.context.stop.is_cancelled()
    }

    /// Records that an endpoint answered.
    pub(super) fn on_call_succeeded(&mut self, endpoint: Endpoint) {
        self.calls.on_success(endpoint);
    }

    /// Records that a call failed.
    pub(super) fn on_call_failed(&mut self, media_id: Option<MediaId>, error: &Error) {
        self.calls.on_failure(error, self.now);
        self.record_failure(media_id, error);
    }

    /// Records a failure in the poll's row, unless it only repeats an earlier one.
    pub(super) fn record_failure(&mut self, media_id: Option<MediaId>, error: &Error) {
        if self.calls.circuit.on_failure(error) {
            let media_id = media_id.filter(|_| !circuit::concerns_account(error));
            self.outcome.log.failures.push(call_failure(media_id, error));
        }
    }

    /// Records what the platform reported of a limit. It is saved together with what the poll saw.
    pub(super) fn record_quota_report(&mut self, endpoint: Endpoint, report: QuotaReport) {
        self.calls.quota.set_report(endpoint, report.clone());
        self.outcome.log.limits.push((endpoint, report));
    }

    /// Returns the account's state to save.
    pub(super) fn account_state(&self) -> AccountState {
        self.known.to_state(self.context.trigger == Trigger::Scheduled)
    }

    /// Returns the drafts that should be in the box and were not seen yet.
    pub(super) fn unseen(&self) -> Vec<MediaId> {
        let present = self.known.present().map(|known| &known.media_id);
        present.filter(|media_id| !self.outcome.has_seen(media_id)).cloned().collect()
    }

    /// Returns whether a draft was tried without success a short time ago, and was not saved since.
    pub(super) fn is_backing_off(&self, media_id: &MediaId, saved: Option<i64>) -> bool {
        self.known.backoff.is_waiting(media_id, saved, self.now)
    }

    /// Returns when a draft was last saved, as the platform last said.
    pub(super) fn saved(&self, media_id: &MediaId) -> Option<i64> {
        let seen = self.outcome.log.seen.iter().rev().find(|seen| seen.media_id == *media_id);
        let newest = seen.and_then(|seen| seen.update_time);
        newest.or_else(|| self.known.drafts.get(media_id).and_then(|known| known.update_time))
    }
}

/// However a poll ends, its calls are counted.
impl Drop for PollRun<'_> {
    fn drop(&mut self) {
        let calls = self.take_pending();
        call_usage::record(self.context.client, self.context.archive, self.context.account, calls);
    }
}
