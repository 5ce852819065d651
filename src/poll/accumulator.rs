//! A poll in steps: what they saw and learned since the archive was written last.

use chrono::TimeDelta;

use super::report::{NewVersion, Note};
use super::run::{ADAPTIVE, PollRun};
use crate::archive::{self, AccountId, AccountState, PollLog, SeenDraft, WriterHandle};
use crate::model::{ApiUsage, LONGEST_POLL, Timestamp};

/// A poll that goes on.
#[derive(Debug)]
pub(super) struct PollAccumulator {
    pub(super) account: AccountId,
    pub(super) poll: PollLog,
    pub(super) versions: Vec<NewVersion>,
    pub(super) notes: Vec<Note>,
    /// Calls that are not written yet.
    pub(super) calls: Vec<ApiUsage>,
    memory: AccountState,
    /// When the step that was added last began.
    newest_step: Option<Timestamp>,
}

impl PollAccumulator {
    pub(super) fn begin(run: &PollRun<'_>, now: Timestamp) -> Self {
        Self {
            account: run.account,
            poll: PollLog::begin(ADAPTIVE, now),
            versions: Vec::new(),
            notes: Vec::new(),
            calls: Vec::new(),
            memory: run.remembered(),
            newest_step: None,
        }
    }

    /// Tells the next step what the archive does not know yet. The calls are the step's from now on, until they are taken back:
    /// they are in one place, so that they are written once.
    pub(super) fn hand_over(&mut self, run: &mut PollRun<'_>) {
        for presence in &self.poll.seen {
            run.apply(presence);
        }
        run.take_over(&std::mem::take(&mut self.calls), &self.poll.limits, &self.memory);
    }

    /// Adds a step that has ended, or broke. One that was added before its write failed is not added again.
    pub(super) fn add(&mut self, run: &mut PollRun<'_>) {
        self.take_calls(run);
        let step = run.poll.started_at;
        if self.newest_step.replace(step) == Some(step) {
            return;
        }
        self.memory = run.remembered();
        let PollLog { finished_at, calls, seen, new_versions, absences, doubts, failures, limits, .. } =
            run.poll.clone();
        self.poll.finished_at = finished_at;
        self.poll.calls += calls;
        self.poll.new_versions += new_versions;
        seen.into_iter().for_each(|presence| self.see(presence));
        self.poll.absences.extend(absences);
        self.poll.doubts.extend(doubts);
        self.poll.failures.extend(failures);
        self.poll.limits.extend(limits);
        self.versions.extend(run.versions.iter().cloned());
        let new: Vec<Note> = run.notes.iter().filter(|note| !self.notes.contains(note)).cloned().collect();
        self.notes.extend(new);
    }

    /// Of each draft the last look is kept, and the last reading.
    fn see(&mut self, presence: SeenDraft) {
        let is_kept = |old: &SeenDraft| old.media_id != presence.media_id || (old.is_read && !presence.is_read);
        self.poll.seen.retain(is_kept);
        self.poll.seen.push(presence);
    }

    /// Takes over the calls that the step has not written.
    pub(super) fn take_calls(&mut self, run: &mut PollRun<'_>) {
        self.calls.extend(run.take_pending());
    }

    pub(super) fn unwritten_calls(&self) -> u64 {
        self.calls.iter().map(|calls| calls.count).sum()
    }

    /// Tells whether there is something to tell, or it is long enough. A clock that was set back ends it too.
    pub(super) fn has_ended(&self) -> bool {
        let PollLog { started_at, finished_at, new_versions, absences, doubts, failures, .. } = &self.poll;
        let has_something = *new_versions > 0 || !absences.is_empty() || !doubts.is_empty() || !failures.is_empty();
        let lasted = *finished_at - *started_at;
        has_something || lasted >= LONGEST_POLL || lasted < TimeDelta::zero()
    }

    /// Writes down what was seen, missed and learned, and the poll's row where that has ended.
    pub(super) async fn write(&self, archive: &WriterHandle, has_ended: bool) -> Result<(), archive::Error> {
        let (account, poll, calls, memory) = (self.account, self.poll.clone(), self.calls.clone(), self.memory.clone());
        archive
            .run(move |writer| match has_ended && !poll.is_blank() {
                true => writer.save_poll(account, &poll, &calls, &memory),
                false => writer.save_step(account, &poll, &calls, &memory),
            })
            .await
    }
}
