//! One poll run: what it knows, what it may call, and how what it saw gets into the archive.

use std::collections::{BTreeMap, BTreeSet};

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::absence::Unlisted;
use super::allowance::Trigger;
use super::backoff::Backoff;
use super::circuit::CircuitBreaker;
use super::quota_tracker::QuotaTracker;
use super::report::{NewVersion, Note, Report};
use super::{endpoint_blocks, quota_tracker};
use crate::archive::{
    self, AccountId, AccountState, DraftSnapshot, EndpointBlock, Failure, PollLog, PollStart, QuotaReport, SeenDraft,
    WriterHandle,
};
use crate::clock::Clock;
use crate::config::{Account, DraftSelection, FieldRules};
use crate::model::{AccountName, ApiUsage, CLOCK_TOLERANCE, Endpoint, MediaId, Timestamp, quota_day};
use crate::quota::ActivityModel;
use crate::usage;
use crate::wechat::{Client, PAGE};

/// Calls that may wait for the next write before they are put into the ledger on their own.
pub(super) const PENDING_CALLS: u64 = 20;

/// Forced token refreshes a day. The platform allows 20 to everybody on the account together.
const FORCED_REFRESHES: u64 = 3;

/// The strategy of a poll that goes on step by step.
pub(super) const ADAPTIVE: &str = "watch";

/// One poll run.
pub(super) struct PollRun<'a> {
    pub(super) client: &'a Client,
    pub(super) archive: &'a WriterHandle,
    clock: &'a Clock,
    /// The instant of the step at hand: when the poll began, or when the platform answered last.
    pub(super) now: Timestamp,
    pub(super) stop: &'a CancellationToken,
    pub(super) trigger: Trigger,
    pub(super) name: AccountName,
    pub(super) drafts: DraftSelection,
    pub(super) fields: FieldRules,
    pub(super) account: AccountId,
    pub(super) known: BTreeMap<MediaId, DraftSnapshot>,
    pub(super) poll: PollLog,
    /// Drafts that the platform did not have when asked for them one by one.
    pub(super) not_found: Vec<MediaId>,
    /// When each draft that was not there was asked for, or the list that did not hold it was begun.
    pub(super) missed_at: BTreeMap<MediaId, Timestamp>,
    /// Drafts whose content was read.
    pub(super) fetched: BTreeSet<MediaId>,
    /// Drafts known before that a list of the whole box did not hold.
    pub(super) unlisted: Unlisted,
    pub(super) notes: Vec<Note>,
    /// How many drafts with their content are asked for at once: less where that was too large for an answer.
    pub(super) page_size: u32,
    /// Drafts that another process has recorded since they were asked for.
    pub(super) overtaken: BTreeSet<MediaId>,
    pub(super) versions: Vec<NewVersion>,
    pub(super) quota: QuotaTracker,
    pub(super) blocks: Vec<EndpointBlock>,
    /// Whether that has changed since the poll began, and what of it was opened.
    pub(super) blocks_dirty: bool,
    pub(super) unblocked: Vec<Option<Endpoint>>,
    /// Drafts that were tried in vain not long ago, and are left alone.
    pub(super) backing_off: Backoff,
    /// Whether nobody knows yet which drafts are new.
    pub(super) is_first_sweep: bool,
    /// Whether the operator says that drafts which `draft/get` does not have are gone, however many they are.
    pub(super) believes: bool,
    /// Endpoints whose limit turned out to be spent.
    pub(super) exhausted: Vec<Endpoint>,
    pub(super) memory: AccountState,
    pub(super) activity: ActivityModel,
    /// Calls that are not in the ledger yet.
    pub(super) pending: Vec<ApiUsage>,
    pub(super) circuit: CircuitBreaker,
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
        let (name, appid) = (account.name.clone(), account.appid.clone());
        let PollStart { account: id, known, ledger, forced_refreshes, closed, mut memory, damaged } =
            archive.run(move |writer| writer.begin_poll(&name, &appid, now)).await?;
        client.set_forced_refresh_budget(FORCED_REFRESHES.saturating_sub(forced_refreshes) as u32);
        memory.lift(&account.fields.watched);
        let mut activity = activity(&memory.learned);
        activity.advance_to(now);
        let is_first_sweep = activity.is_empty();
        // A wrong clock's time says nothing: such a draft may not have been seen for as long as it matters.
        let believed = |seen: Timestamp| if seen - now > CLOCK_TOLERANCE { now - TimeDelta::days(1) } else { seen };
        let known = known.into_iter().map(|known| DraftSnapshot { last_seen: believed(known.last_seen), ..known });
        let mut poll = PollLog::begin(account.drafts.strategy(), now);
        poll.failures.extend(damaged.iter().map(Failure::row_damaged));
        Ok(Self {
            client,
            archive,
            clock,
            now,
            stop,
            trigger,
            name: account.name.clone(),
            drafts: account.drafts.clone(),
            fields: account.fields.clone(),
            account: id,
            known: known.map(|known| (known.media_id.clone(), known)).collect(),
            poll,
            not_found: Vec::new(),
            missed_at: BTreeMap::new(),
            fetched: BTreeSet::new(),
            unlisted: Unlisted::default(),
            notes: Vec::new(),
            page_size: PAGE,
            overtaken: BTreeSet::new(),
            versions: Vec::new(),
            quota: QuotaTracker::new(ledger, account.quota_share, now),
            blocks: closed,
            blocks_dirty: false,
            unblocked: Vec::new(),
            backing_off: Backoff::default(),
            is_first_sweep,
            believes: false,
            exhausted: Vec::new(),
            memory,
            activity,
            pending: Vec::new(),
            circuit: CircuitBreaker::default(),
        })
    }

    /// Waits for an answer, or for the order to stop, which is `None`. Then it is later: the one place of a poll where the
    /// clock is read.
    pub(super) async fn cancellable<T>(&mut self, call: impl Future<Output = T>) -> Option<T> {
        let answer = self.stop.run_until_cancelled(call).await;
        self.now = self.clock.now();
        answer
    }

    /// Writes the poll down, and reports it. One that called nobody and has nothing to tell leaves no row.
    pub(super) async fn finish(&mut self) -> Result<Report, archive::Error> {
        self.finish_step().await?;
        self.poll.failures.extend(self.held_back_failure());
        let (account, poll) = (self.account, self.poll.clone());
        let (pending, memory) = (self.pending.clone(), self.remembered());
        self.archive
            .run(move |writer| match poll.is_blank() {
                false => writer.save_poll(account, &poll, &pending, &memory),
                true => writer.save_step(account, &poll, &pending, &memory),
            })
            .await?;
        self.pending.clear();
        Ok(self.report(&self.poll))
    }

    /// Asks for what is doubtful about limits, writes down what was closed, and counts the calls.
    pub(super) async fn finish_step(&mut self) -> Result<(), archive::Error> {
        quota_tracker::refresh_spent(self).await?;
        endpoint_blocks::save(self).await?;
        self.drain_usage();
        self.poll.finished_at = self.now;
        Ok(())
    }

    /// Records what the platform told of a limit; it is written with what the poll saw.
    pub(super) fn note_limit(&mut self, endpoint: Endpoint, told: QuotaReport) {
        self.quota.set_report(endpoint, told.clone());
        self.poll.limits.push((endpoint, told));
    }

    /// Takes over what an earlier step left unwritten: its calls, what it was told of limits, and what it learned.
    pub(super) fn take_over(&mut self, calls: &[ApiUsage], limits: &[(Endpoint, QuotaReport)], memory: &AccountState) {
        self.quota.add_calls(calls);
        for (endpoint, told) in limits.iter().filter(|(_, told)| quota_day(told.at) == quota_day(self.now)) {
            self.quota.set_report(*endpoint, told.clone());
        }
        self.pending.extend_from_slice(calls);
        let learned = activity(&memory.learned);
        (self.memory, self.activity) = (memory.clone(), learned);
        // The configuration may have changed since.
        self.memory.lift(&self.fields.watched);
        self.activity.advance_to(self.now);
        self.is_first_sweep = self.activity.is_empty();
    }

    /// Takes a presence into what is known, where nobody has seen the draft later.
    pub(super) fn apply(&mut self, presence: &SeenDraft) {
        let Some(known) = self.known.get_mut(&presence.media_id).filter(|known| known.last_seen <= presence.at) else {
            return;
        };
        known.last_seen = presence.at;
        known.create_time = presence.create_time.or(known.create_time);
        known.update_time = presence.update_time.or(known.update_time);
        if presence.is_read {
            known.read_time = known.update_time;
        }
        known.held_back = known.held_back.filter(|held_back| held_back.looked_at() > presence.at);
    }

    /// Returns the calls that are not written yet, for somebody else to write.
    pub(super) fn take_pending(&mut self) -> Vec<ApiUsage> {
        self.drain_usage();
        std::mem::take(&mut self.pending)
    }

    /// Tells whether nothing is known of the account's drafts.
    pub(super) fn is_first_contact(&self) -> bool {
        self.known.is_empty() && self.activity.is_empty()
    }

    pub(super) fn remembered(&self) -> AccountState {
        // The daemon's figures are its own: it may have learned more meanwhile.
        if self.trigger != Trigger::Scheduled {
            return AccountState { learned: String::new(), ..self.memory.clone() };
        }
        // Figures alone: they always have a JSON form.
        AccountState { learned: serde_json::to_string(&self.activity).unwrap_or_default(), ..self.memory.clone() }
    }

    /// Reports a poll, of which this was all or the last step.
    pub(super) fn report(&self, poll: &PollLog) -> Report {
        Report {
            account: self.name.clone(),
            strategy: poll.strategy,
            calls: poll.calls,
            seen: poll.drafts_seen(),
            in_box: self.in_box(),
            new_versions: poll.new_versions,
            missing: poll.absences.len() as u64,
            absences: poll.absences.clone(),
            held_back: self.held_back() as u64,
            errors: poll.failures.clone(),
            versions: self.versions.clone(),
            notes: self.notes.clone(),
            refused: self.circuit.is_refused() && poll.seen.is_empty(),
        }
    }

    fn in_box(&self) -> u64 {
        let new =
            self.versions.iter().filter(|new| !self.known.contains_key(&new.media_id) && new.version == 1).count();
        let gone = |media_id: &MediaId| self.poll.absences.iter().any(|absence| absence.media_id == *media_id);
        (self.present().filter(|media_id| self.is_watched(media_id) && !gone(media_id)).count() + new) as u64
    }

    /// Puts the pending calls into the ledger, once there are `enough` of them.
    pub(super) async fn flush(&mut self, enough: u64) -> Result<(), archive::Error> {
        self.drain_usage();
        if self.pending.iter().map(|line| line.count).sum::<u64>() < enough {
            return Ok(());
        }
        let (account, calls) = (self.account, self.pending.clone());
        self.archive.run(move |writer| writer.add_usage(account, &calls)).await?;
        self.pending.clear();
        Ok(())
    }

    pub(super) fn drain_usage(&mut self) {
        let calls = self.client.drain_usage();
        self.poll.calls += calls.iter().map(|line| line.count).sum::<u64>();
        self.quota.add_calls(&calls);
        self.pending.extend(calls);
    }

    /// The drafts that were in the box at the last look, or were only missed.
    pub(super) fn present(&self) -> impl Iterator<Item = &MediaId> {
        self.known.values().filter(|known| known.is_present()).map(|known| &known.media_id)
    }

    /// Returns the drafts that should be in the box, and that this poll has not seen yet.
    pub(super) fn unseen(&self) -> Vec<MediaId> {
        let seen = |media_id: &&MediaId| self.poll.seen.iter().any(|presence| presence.media_id == **media_id);
        self.present().filter(|media_id| self.is_watched(media_id) && !seen(media_id)).cloned().collect()
    }

    /// Tells whether a draft was tried in vain not long ago, and not saved since.
    pub(super) fn is_backing_off(&self, media_id: &MediaId, saved: Option<i64>) -> bool {
        self.backing_off.is_waiting(media_id, saved, self.now)
    }

    /// Returns when a draft was last saved, as the platform told last.
    pub(super) fn saved(&self, media_id: &MediaId) -> Option<i64> {
        let seen = self.poll.seen.iter().rev().find(|presence| presence.media_id == *media_id);
        let told = seen.and_then(|presence| presence.update_time);
        told.or_else(|| self.known.get(media_id).and_then(|known| known.update_time))
    }

    /// Tells whether a draft is to be kept.
    pub(super) fn is_watched(&self, media_id: &MediaId) -> bool {
        match &self.drafts {
            DraftSelection::All => true,
            DraftSelection::Listed(list) => list.contains(media_id),
        }
    }
}

/// However a poll ends, its calls were made.
impl Drop for PollRun<'_> {
    fn drop(&mut self) {
        let calls = self.take_pending();
        usage::record(self.client, self.archive, self.account, calls);
    }
}

/// Reads what was learned. What cannot be read any more is learned anew.
fn activity(learned: &str) -> ActivityModel {
    if learned.is_empty() {
        return ActivityModel::default();
    }
    serde_json::from_str(learned).unwrap_or_else(|error| {
        tracing::debug!(%error, "what was learned of the account is forgotten");
        ActivityModel::default()
    })
}

pub(super) fn instant(seconds: i64) -> Option<Timestamp> {
    Timestamp::from_timestamp(seconds, 0)
}
