//! Collects what the steps of a poll saw and learned, until it is written to the archive.

use chrono::TimeDelta;

use super::report::{NewVersion, Note};
use super::run::PollRun;
use crate::archive::{self, AccountId, AccountState, PollLog, SeenDraft, WriterHandle};
use crate::model::{ApiUsage, LONGEST_POLL, Strategy, Timestamp};

/// A poll that has not ended.
#[derive(Debug)]
pub(super) struct PollAccumulator {
    pub(super) account: AccountId,
    pub(super) log: PollLog,
    pub(super) versions: Vec<NewVersion>,
    pub(super) notes: Vec<Note>,
    /// Calls that are not written yet.
    pub(super) calls: Vec<ApiUsage>,
    state: AccountState,
    /// When the step that was added last began.
    newest_step: Option<Timestamp>,
}

impl PollAccumulator {
    pub(super) fn begin(run: &PollRun<'_>, now: Timestamp) -> Self {
        Self {
            account: run.context.account,
            log: PollLog::begin(Strategy::Adaptive, now),
            versions: Vec::new(),
            notes: Vec::new(),
            calls: Vec::new(),
            state: run.account_state(),
            newest_step: None,
        }
    }

    /// Passes to the next step what the archive does not know yet. The calls move to the step until they are taken back: they are in
    /// one place only, so they are written once.
    pub(super) fn hand_over(&mut self, run: &mut PollRun<'_>) {
        self.log.seen.iter().for_each(|seen| run.known.apply_seen(seen, run.now));
        run.calls.add(std::mem::take(&mut self.calls));
        for (endpoint, report) in &self.log.limits {
            run.calls.quota.take_over_report(*endpoint, report, run.now);
        }
        run.known.set_state(self.state.clone(), &run.context.fields, run.now);
    }

    /// Adds a step that has ended or broken. A step whose write failed was added before, and is not added again.
    pub(super) fn add(&mut self, run: &mut PollRun<'_>) {
        self.take_calls(run);
        let step = run.outcome.log.started_at;
        if self.newest_step.replace(step) == Some(step) {
            return;
        }
        self.state = run.account_state();
        let PollLog { finished_at, calls, seen, new_versions, absences, held_back, failures, limits, .. } =
            run.outcome.log.clone();
        self.log.finished_at = finished_at;
        self.log.calls += calls;
        self.log.new_versions += new_versions;
        seen.into_iter().for_each(|seen| self.add_seen(seen));
        self.log.absences.extend(absences);
        self.log.held_back.extend(held_back);
        self.log.failures.extend(failures);
        self.log.limits.extend(limits);
        self.versions.extend(run.outcome.versions.iter().cloned());
        let new: Vec<Note> = run.outcome.notes.iter().filter(|note| !self.notes.contains(note)).cloned().collect();
        self.notes.extend(new);
    }

    /// Keeps the last sighting of each draft, and its last reading.
    fn add_seen(&mut self, seen: SeenDraft) {
        let is_kept = |old: &SeenDraft| old.media_id != seen.media_id || (old.is_read && !seen.is_read);
        self.log.seen.retain(is_kept);
        self.log.seen.push(seen);
    }

    /// Takes over the calls that the step has not written.
    pub(super) fn take_calls(&mut self, run: &mut PollRun<'_>) {
        self.calls.extend(run.take_pending());
    }

    pub(super) fn unwritten_calls(&self) -> u64 {
        self.calls.iter().map(|calls| calls.count).sum()
    }

    /// Returns whether there is something to report, or the poll is long enough. A clock that was set back ends it too.
    pub(super) fn has_ended(&self) -> bool {
        let PollLog { started_at, finished_at, new_versions, absences, held_back, failures, .. } = &self.log;
        let has_something = *new_versions > 0 || !absences.is_empty() || !held_back.is_empty() || !failures.is_empty();
        let lasted = *finished_at - *started_at;
        has_something || lasted >= LONGEST_POLL || lasted < TimeDelta::zero()
    }

    /// Saves what was seen, missed and learned, and the poll's row if it has ended.
    pub(super) async fn write(&self, archive: &WriterHandle, has_ended: bool) -> Result<(), archive::Error> {
        let (account, log, calls, state) = (self.account, self.log.clone(), self.calls.clone(), self.state.clone());
        archive
            .run(move |writer| match has_ended && !log.is_blank() {
                true => writer.save_poll(account, &log, &calls, &state),
                false => writer.save_step(account, &log, &calls, &state),
            })
            .await
    }
}
