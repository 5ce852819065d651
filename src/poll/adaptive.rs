//! Adaptive polling: one step at a time, whenever the planner expects more benefit from a call than its threshold.
//!
//! The steps of up to twenty minutes are one poll. What they saw, their calls and the poll's row are written together, as soon as
//! there is something to report or the time is over. So an hour without changes costs few writes. A version is written at once,
//! and so is each step of the first poll after a start.

mod due_steps;

use std::collections::BTreeSet;

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::accumulator::PollAccumulator;
use super::all_drafts::poll_all_drafts;
use super::allowance::Trigger;
use super::backoff::Backoff;
use super::conclude::resolve_absences;
use super::due;
use super::observe::SETTLED_AFTER;
use super::prove_drafts::{self, DraftsProof};
use super::report::Report;
use super::run::{PENDING_CALLS, PollRun};
use super::{finish, quota_refresh};
use crate::archive::{self, Failure, WriterHandle};
use crate::clock::Clock;
use crate::config::{Account, PollMode};
use crate::model::{
    Endpoint, LONGEST_POLL, MediaId, Strategy, Timestamp, WHITELIST_RETRY, quota_day_began, retry_delay,
};
use crate::quota::Action;
use crate::wechat::Client;

/// The wait after a step that failed. It doubles with each further failure, up to ten minutes.
pub const RETRY_DELAY: TimeDelta = TimeDelta::minutes(1);
const MAX_RETRY_DELAY: TimeDelta = TimeDelta::minutes(10);

/// A draft that was read within seconds of a save is read once more after this time: it may have been saved again within the
/// same second.
const UNSETTLED: TimeDelta = TimeDelta::seconds(SETTLED_AFTER + 1);

/// The time between the two readings that show which fields change by themselves.
const READ_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);

/// What became of a step.
#[derive(Debug)]
pub struct StepResult {
    /// The poll, if this was its last step.
    pub report: Option<Report>,
    /// When the next step is due; `None` if a schedule decides. With a schedule, a step that is due earlier.
    pub next: Option<Timestamp>,
    /// The drafts that were read because a proof was requested; `None` if none was, or nothing was read in this step.
    pub proof: Option<DraftsProof>,
}

/// What is kept from step to step. If it is lost, some calls of the last minutes are made again.
#[derive(Debug, Default)]
pub struct AdaptivePoller {
    /// The poll that goes on.
    unfinished: Option<PollAccumulator>,
    /// Whether a poll has ended since the start and since the last step that broke. Before that, each step is written at once: a
    /// program that is restarted again and again must not repeat the same calls, and after a failed write nothing is reported as
    /// well before a write succeeded.
    is_steady: bool,
    /// Steps in a row that failed.
    failed: u32,
    /// Whether the last step that did something failed for the account as a whole; `None`: the archive knows. Who was told so waits for
    /// the first one that does not.
    is_failing: Option<bool>,
    /// Whether the whitelist refused the token that the last step needed.
    is_not_whitelisted: bool,
    /// Drafts that were tried without success.
    backoff: Backoff,
    /// New drafts that a list had and that could not be read yet: the archive does not know them.
    unread_new: BTreeSet<MediaId>,
    /// The random number of a proof that was requested.
    proof: Option<u64>,
}

impl AdaptivePoller {
    /// Makes one step at `now`: a poll of all drafts if a schedule says so and the day's calls suffice, otherwise what the planner
    /// finds due.
    ///
    /// # Errors
    ///
    /// As [`super::poll`].
    pub async fn step(
        &mut self,
        account: &Account,
        client: &Client,
        archive: &WriterHandle,
        clock: &Clock,
        now: Timestamp,
        stop: &CancellationToken,
    ) -> Result<StepResult, archive::Error> {
        let mut run = PollRun::begin(account, client, archive, clock, now, stop, Trigger::Scheduled).await?;
        match &mut self.unfinished {
            // The configuration names another account now.
            Some(poll) if poll.account != run.context.account => self.close(archive).await?,
            Some(poll) => poll.hand_over(&mut run),
            None => {}
        }
        let (backoff, is_not_whitelisted) = (self.backoff.clone(), self.is_not_whitelisted);
        let stepped = self.run(&mut run, &account.poll_mode).await;
        if stepped.is_err() {
            // The archive failed, not the drafts. What could not be written is written with the next step.
            (self.backoff, self.is_not_whitelisted, self.is_steady) = (backoff, is_not_whitelisted, false);
            self.unfinished.get_or_insert_with(|| PollAccumulator::begin(&run, now)).add(&mut run);
        }
        stepped
    }

    /// Requests that the next step reads a few drafts, which `random` chooses, although nothing says that they changed.
    pub fn request_proof(&mut self, random: u64) {
        self.proof = Some(random);
    }

    /// Saves what the steps saw since the last write. Call it when no further step will.
    ///
    /// # Errors
    ///
    /// If the archive fails.
    pub async fn close(&mut self, archive: &WriterHandle) -> Result<(), archive::Error> {
        if let Some(poll) = &self.unfinished {
            poll.write(archive, true).await?;
            self.unfinished = None;
        }
        Ok(())
    }

    async fn run(&mut self, run: &mut PollRun<'_>, poll_mode: &PollMode) -> Result<StepResult, archive::Error> {
        quota_refresh::refresh_lost_counts(run).await?;
        if let PollMode::Cron(schedule) = poll_mode {
            if due::plan(run, &self.backoff, &[]).action == Action::RefreshQuota {
                quota_refresh::refresh_due(run, run.now).await?;
            }
            if due::can_afford(run, schedule) {
                // The calls that were handed over to the step are written once.
                self.unfinished.iter_mut().for_each(|poll| poll.take_calls(run));
                self.close(run.context.archive).await?;
                run.known.backoff = self.backoff.clone();
                poll_all_drafts(run).await?;
                due::note_list(run);
                let report = finish::finish(run).await?;
                self.record_failures(run, false);
                self.note_unread_new(run);
                let next = self.whitelist_retry_at(run.now);
                let proof = self.proof.take().map(|_| prove_drafts::of_whole_poll(run));
                return Ok(StepResult { report: (!run.outcome.log.is_blank()).then_some(report), next, proof });
            }
        }
        run.outcome.log.strategy = Strategy::Adaptive;
        run.known.backoff = self.backoff.clone();
        run.known.unread_new = self.unread_new.clone();
        let was_due = self.run_due_steps(run, poll_mode).await?;
        due::note_list(run);
        let proof = match self.proof.take() {
            Some(random) if !run.is_halted() => Some(prove_drafts::prove_drafts(run, random).await?),
            _ => None,
        };
        resolve_absences(run).await?;
        self.note_unread_new(run);
        let report = self.finish_step(run, was_due).await?;
        let next = match poll_mode.schedule() {
            None => Some(self.next_step_at(run)),
            Some(_) => self.whitelist_retry_at(run.now),
        };
        Ok(StepResult { report, next, proof })
    }

    /// Ends a step: records what failed, and ends the poll if there is something to report or it is long enough.
    async fn finish_step(&mut self, run: &mut PollRun<'_>, was_due: bool) -> Result<Option<Report>, archive::Error> {
        finish::finish_step(run).await?;
        self.record_failures(run, was_due);
        let has_acted = !run.outcome.log.is_blank();
        if !has_acted && self.unfinished.is_none() {
            return Ok(None);
        }
        let has_recovered = has_acted && self.has_recovered(run);
        let poll = self.unfinished.get_or_insert_with(|| PollAccumulator::begin(run, run.outcome.log.started_at));
        poll.add(run);
        let has_ended = poll.has_ended() || has_recovered;
        // It was added before if the write failed.
        if has_ended && !poll.log.failures.iter().any(Failure::is_held_back) {
            poll.log.failures.extend(finish::held_back_failure(run));
        }
        if has_ended || !self.is_steady || poll.unwritten_calls() >= PENDING_CALLS {
            poll.write(run.context.archive, has_ended).await?;
            poll.calls.clear();
        }
        self.is_steady |= has_ended;
        match self.unfinished.take() {
            Some(poll) if has_ended => {
                (run.outcome.versions, run.outcome.notes) = (poll.versions, poll.notes);
                Ok((!poll.log.is_blank()).then(|| finish::report(run, &poll.log)))
            }
            unfinished => {
                self.unfinished = unfinished;
                Ok(None)
            }
        }
    }

    /// Remembers the new drafts that a list had and that could not be read.
    fn note_unread_new(&mut self, run: &mut PollRun<'_>) {
        let (known, outcome) = (&run.known, &run.outcome);
        self.unread_new.extend(outcome.log.seen.iter().map(|seen| seen.media_id.clone()));
        let is_unknown =
            |media_id: &MediaId| !known.drafts.contains_key(media_id) && !outcome.not_found.contains(media_id);
        self.unread_new.retain(|media_id| is_unknown(media_id) && known.is_watched(media_id));
        run.known.unread_new = self.unread_new.clone();
    }

    /// Tells whether this step, which did something, is the first one that did not fail.
    fn has_recovered(&mut self, run: &PollRun<'_>) -> bool {
        let was_failing = self.is_failing.replace(self.failed > 0).unwrap_or(run.last_poll_failed);
        was_failing && self.failed == 0
    }

    /// Counts steps that failed, and drafts that could not be read.
    fn record_failures(&mut self, run: &PollRun<'_>, was_due: bool) {
        let step = &run.outcome.log;
        // A failure of one draft does not delay the others.
        let about_account = step.failures.iter().any(|failure| failure.media_id.is_none() && !failure.is_damage());
        // A step that was due and made no call would be due again at once.
        let has_failed = about_account || (was_due && step.calls == 0);
        self.failed = if has_failed { self.failed + 1 } else { 0 };
        self.is_not_whitelisted = step.failures.iter().any(Failure::is_token_refused_by_whitelist);
        let failed = step.failures.iter().map(|failure| &failure.media_id);
        let failing = failed.chain(run.outcome.notes.iter().map(|note| &note.media_id)).flatten();
        let in_vain: Vec<MediaId> =
            failing.filter(|media_id| !self.backoff.was_tried(media_id, step.started_at)).cloned().collect();
        for media_id in &run.outcome.fetched {
            let is_settled = step.seen.iter().any(|seen| seen.media_id == *media_id && seen.is_read);
            match is_settled {
                true => self.backoff.forget(media_id),
                false => self.backoff.read_again_after(media_id, UNSETTLED, run.now),
            }
        }
        self.record_tries(run, &in_vain);
    }

    /// Returns when a token is asked for again that the whitelist refused.
    fn whitelist_retry_at(&self, now: Timestamp) -> Option<Timestamp> {
        self.is_not_whitelisted.then(|| now + WHITELIST_RETRY)
    }

    /// Returns when the next step is due. At the latest when the platform's next day begins, with new limits, and when what was seen
    /// must be written.
    fn next_step_at(&self, run: &PollRun<'_>) -> Timestamp {
        let now = run.now;
        if let Some(at) = self.whitelist_retry_at(now) {
            return at;
        }
        let tomorrow = quota_day_began(now) + TimeDelta::days(1);
        let planned = due::plan(run, &self.backoff, &[]).at.min(tomorrow);
        let can_read = run.budget(Endpoint::DraftGet).left_to_polling() > 0;
        let is_unchecked = run.known.state.checked_at.is_none() && can_read && !run.known.in_list_order().is_empty();
        let planned = if is_unchecked { planned.min(now + READ_AGAIN_AFTER) } else { planned };
        let planned = self.backoff.next_reading(now).map_or(planned, |at| planned.min(at));
        let write_at = self.unfinished.as_ref().map(|poll| poll.log.started_at + LONGEST_POLL);
        let planned = write_at.map_or(planned, |write_at| planned.min(write_at));
        if self.failed > 0 {
            planned.max(now + retry_delay(RETRY_DELAY, MAX_RETRY_DELAY, self.failed))
        } else {
            planned
        }
    }
}
