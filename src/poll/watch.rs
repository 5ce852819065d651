//! An account whose polls are planned: one step at a time, each where the planner finds a call worth its price.
//!
//! The steps of up to twenty minutes are one poll. What they saw, the calls that they made and the poll's row are written
//! together, as soon as there is something to tell or the time has passed: a quiet hour costs few writes. A version is
//! written at once, and so is each step of the first poll after a start.

use chrono::TimeDelta;
use tokio_util::sync::CancellationToken;

use super::allowance::Manner;
use super::backoff::Backoff;
use super::due::{self, in_order};
use super::intake::SETTLED_AFTER;
use super::round::{PENDING_CALLS, Round, WATCH};
use super::stretch::Stretch;
use super::{Report, books, list, look, pass, sweep};
use crate::archive::{self, DraftSnapshot, Failure, WriterHandle};
use crate::clock::Clock;
use crate::config::{Account, DraftSelection, PollMode};
use crate::model::{Endpoint, LONGEST_POLL, MediaId, Timestamp, quota_day_began};
use crate::quota::{Action, Plan, PollCall};
use crate::wechat::{Client, IncludeContent};

/// After a step that failed, the next one waits; twice as long after each further one, up to ten minutes.
const PATIENCE: TimeDelta = TimeDelta::seconds(60);
const MOST_PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// A draft that was read within the seconds of a save is read once more when those are over: it may have been saved again
/// within the same second.
const UNSETTLED: TimeDelta = TimeDelta::seconds(SETTLED_AFTER + 1);

/// Between the two readings that show what changes by itself.
const READ_AGAIN_AFTER: TimeDelta = TimeDelta::seconds(5);

/// What became of a step.
#[derive(Debug)]
pub struct Stepped {
    /// The poll that it was the last step of; none where the poll goes on.
    pub report: Option<Report>,
    /// When the next step is due; none where a schedule says so.
    pub next: Option<Timestamp>,
}

/// What is remembered from step to step. All of it may be lost: some calls of the last minutes are then made again.
#[derive(Debug, Default)]
pub struct Watch {
    stretch: Option<Stretch>,
    /// Whether a poll has ended since the start, and since a step last broke. Before that, each step is written at once: whoever
    /// is restarted again and again must not make the same calls again and again, and whoever could not write must not
    /// say that all is well before something was written.
    is_steady: bool,
    /// Steps in a row that failed.
    failed: u32,
    /// Drafts that were tried without success.
    backoff: Backoff,
}

impl Watch {
    /// Makes one step at `now`: a pass over the account where a schedule says so and the day's calls bear it, else what is
    /// due by the plan.
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
    ) -> Result<Stepped, archive::Error> {
        let mut round = Round::begin(account, client, archive, clock, now, stop, Manner::Daemon).await?;
        match &mut self.stretch {
            // The configuration names another account now.
            Some(stretch) if stretch.account != round.account => self.close(archive).await?,
            Some(stretch) => stretch.hand_over(&mut round),
            None => {}
        }
        let backoff = self.backoff.clone();
        let stepped = self.run(&mut round, &account.poll_mode).await;
        if stepped.is_err() {
            // The archive failed and not the drafts; what could not be written is written with the next step.
            (self.backoff, self.is_steady) = (backoff, false);
            self.stretch.get_or_insert_with(|| Stretch::begin(&round, now)).add(&mut round);
        }
        stepped
    }

    /// Writes down what the steps saw since the last write, where there is something: no further step will.
    ///
    /// # Errors
    ///
    /// Where the archive fails.
    pub async fn close(&mut self, archive: &WriterHandle) -> Result<(), archive::Error> {
        if let Some(stretch) = &self.stretch {
            stretch.write(archive, true).await?;
            self.stretch = None;
        }
        Ok(())
    }

    async fn run(&mut self, round: &mut Round<'_>, poll_mode: &PollMode) -> Result<Stepped, archive::Error> {
        if let PollMode::Cron(schedule) = poll_mode {
            if due::plan(round, &self.backoff).action == Action::RefreshQuota {
                books::ask(round).await?;
            }
            if due::can_afford(round, schedule) {
                // The calls that were handed over to the step are written once.
                self.stretch.iter_mut().for_each(|stretch| stretch.drain_usage(round));
                self.close(round.archive).await?;
                round.left_alone = self.backoff.clone();
                pass(round).await?;
                let report = round.finish().await?;
                self.record_failures(round, false);
                return Ok(Stepped { report: (!round.poll.is_blank()).then_some(report), next: None });
            }
        }
        round.poll.strategy = WATCH;
        round.left_alone = self.backoff.clone();
        let was_due = self.act(round).await?;
        round.conclude().await?;
        let report = self.finish_step(round, was_due).await?;
        let next = poll_mode.schedule().is_none().then(|| self.next(round));
        Ok(Stepped { report, next })
    }

    /// Does what is due, and tells whether anything was.
    async fn act(&mut self, round: &mut Round<'_>) -> Result<bool, archive::Error> {
        if round.is_first_contact() {
            books::ask(round).await?;
            pass_without_conclusions(round).await?;
            return Ok(true);
        }
        self.check(round).await?;
        loop {
            let plan = due::plan(round, &self.backoff);
            if plan.at > round.now || plan.action == Action::Wait || round.is_halted() {
                return Ok(false);
            }
            let Plan { action, benefit, threshold, .. } = &plan;
            tracing::debug!(account = %round.name, ?action, benefit, threshold, "calling: the expected benefit reaches the threshold");
            if *action != Action::RefreshQuota {
                self.take(round, plan).await?;
                return Ok(true);
            }
            books::ask(round).await?;
        }
    }

    async fn take(&mut self, round: &mut Round<'_>, plan: Plan) -> Result<(), archive::Error> {
        let Plan { action, benefit, threshold, .. } = plan;
        match action {
            Action::ConfirmMissing => {
                let media_ids = due::to_confirm(round, &self.backoff);
                // The archive knows when one that is held back is to be asked for again.
                let is_held_back = |media_id: &MediaId| round.known[media_id].held_back.is_some();
                let missed: Vec<_> = media_ids.iter().filter(|media_id| !is_held_back(media_id)).cloned().collect();
                self.record_tries(round, &missed);
                list::read(round, &media_ids).await
            }
            Action::FetchChanged => {
                let media_ids = due::unread(round, &self.backoff);
                self.record_tries(round, &media_ids);
                read(round, &media_ids).await
            }
            Action::ScanPage { offset } => {
                round.activity.note_call(PollCall::ListPage, threshold, benefit, round.now);
                look::look(round, offset).await
            }
            Action::ScanAll => {
                round.activity.note_call(PollCall::ListPage, threshold, benefit, round.now);
                sweep::read(round, IncludeContent::No).await
            }
            Action::FetchDraft(place) => {
                round.activity.note_call(PollCall::Get, threshold, benefit, round.now);
                match in_order(round).get(place).map(|known| known.media_id.clone()) {
                    Some(media_id) => round.get(media_id).await,
                    None => Ok(()),
                }
            }
            Action::CountDrafts => {
                round.activity.note_call(PollCall::Count, threshold, benefit, round.now);
                count(round).await
            }
            Action::RefreshQuota | Action::Wait => Ok(()),
        }
    }

    /// Records that drafts are tried: until one is seen, it is left alone for a while.
    fn record_tries(&mut self, round: &Round<'_>, media_ids: &[MediaId]) {
        for media_id in media_ids {
            self.backoff.record_try(media_id, round.saved(media_id), round.now);
        }
    }

    /// Reads one draft a second time, once in an account's life, to see what changes by itself.
    async fn check(&mut self, round: &mut Round<'_>) -> Result<(), archive::Error> {
        let now = round.now;
        if round.memory.checked_at.is_some() || !round.may(Endpoint::DraftGet) {
            return Ok(());
        }
        let rested = |known: &&&DraftSnapshot| now - known.last_seen >= READ_AGAIN_AFTER;
        let Some(media_id) = in_order(round).iter().find(rested).map(|known| known.media_id.clone()) else {
            return Ok(());
        };
        round.get(media_id).await?;
        if !round.is_halted() {
            round.memory.checked_at = Some(now);
        }
        Ok(())
    }

    /// Ends a step: records what failed, and ends the poll where there is something to tell or it is long enough.
    async fn finish_step(&mut self, round: &mut Round<'_>, was_due: bool) -> Result<Option<Report>, archive::Error> {
        round.finish_step().await?;
        self.record_failures(round, was_due);
        let has_acted = !round.poll.is_blank();
        if !has_acted && self.stretch.is_none() {
            return Ok(None);
        }
        let stretch = self.stretch.get_or_insert_with(|| Stretch::begin(round, round.poll.started_at));
        stretch.add(round);
        let has_ended = stretch.has_ended();
        // Told before where the write failed.
        if has_ended && !stretch.poll.failures.iter().any(Failure::is_held_back) {
            stretch.poll.failures.extend(round.held_back_failure());
        }
        if has_ended || !self.is_steady || stretch.unwritten_calls() >= PENDING_CALLS {
            stretch.write(round.archive, has_ended).await?;
            stretch.calls.clear();
        }
        self.is_steady |= has_ended;
        match self.stretch.take() {
            Some(stretch) if has_ended => {
                (round.versions, round.notes) = (stretch.versions, stretch.notes);
                Ok((!stretch.poll.is_blank()).then(|| round.report(&stretch.poll)))
            }
            unfinished => {
                self.stretch = unfinished;
                Ok(None)
            }
        }
    }

    /// Counts steps that failed, and drafts that were tried in vain.
    fn record_failures(&mut self, round: &Round<'_>, was_due: bool) {
        let step = &round.poll;
        // What is about one draft holds up no other.
        let about_account = step.failures.iter().any(|failure| failure.media_id.is_none() && !failure.is_damage());
        // A step that was due and called nobody would be due again at once.
        let has_failed = about_account || (was_due && step.calls == 0);
        self.failed = if has_failed { self.failed + 1 } else { 0 };
        let failed = step.failures.iter().map(|failure| &failure.media_id);
        let failing = failed.chain(round.notes.iter().map(|note| &note.media_id)).flatten();
        let in_vain: Vec<MediaId> =
            failing.filter(|media_id| !self.backoff.was_tried(media_id, step.started_at)).cloned().collect();
        for media_id in &round.fetched {
            let is_settled = step.seen.iter().any(|seen| seen.media_id == *media_id && seen.is_read);
            match is_settled {
                true => self.backoff.forget(media_id),
                false => self.backoff.read_again_after(media_id, UNSETTLED, round.now),
            }
        }
        self.record_tries(round, &in_vain);
    }

    /// Returns when the next step is due: not beyond the platform's day, which begins with new limits, and not beyond the
    /// time at which what was seen is to be written.
    fn next(&self, round: &Round<'_>) -> Timestamp {
        let now = round.now;
        let tomorrow = quota_day_began(now) + TimeDelta::days(1);
        let planned = due::plan(round, &self.backoff).at.min(tomorrow);
        let can_read = round.budget(Endpoint::DraftGet).left_to_polling() > 0;
        let is_unchecked = round.memory.checked_at.is_none() && can_read && !in_order(round).is_empty();
        let planned = if is_unchecked { planned.min(now + READ_AGAIN_AFTER) } else { planned };
        let planned = self.backoff.next_reading(now).map_or(planned, |at| planned.min(at));
        let write_at = self.stretch.as_ref().map(|stretch| stretch.poll.started_at + LONGEST_POLL);
        let planned = write_at.map_or(planned, |write_at| planned.min(write_at));
        let patience = PATIENCE * 2_i32.saturating_pow(self.failed.saturating_sub(1).min(10));
        if self.failed > 0 { planned.max(now + patience.min(MOST_PATIENCE)) } else { planned }
    }
}

/// The first contact: everything is read, and nothing can be missing yet.
async fn pass_without_conclusions(round: &mut Round<'_>) -> Result<(), archive::Error> {
    match round.drafts.clone() {
        DraftSelection::All => sweep::read(round, IncludeContent::Yes).await,
        DraftSelection::Listed(media_ids) => list::read(round, &media_ids).await,
    }
}

async fn count(round: &mut Round<'_>) -> Result<(), archive::Error> {
    let client = round.client;
    match round.ask(client.draft_count()).await {
        Some(Ok(total)) => {
            round.opened(Endpoint::DraftCount);
            round.activity.note_count(total, round.now);
        }
        Some(Err(error)) => round.failed(None, &error),
        None => {}
    }
    Ok(())
}

/// Reads drafts one by one, or from the list where gets have run out.
async fn read(round: &mut Round<'_>, media_ids: &[MediaId]) -> Result<(), archive::Error> {
    if round.may(Endpoint::DraftGet) {
        return list::read(round, media_ids).await;
    }
    if round.drafts != DraftSelection::All {
        return sweep::read(round, IncludeContent::Yes).await;
    }
    let places = in_order(round).into_iter().enumerate().map(|(place, known)| (place as u64, known.media_id.clone()));
    let wanted: Vec<_> = places.filter(|(_, media_id)| media_ids.contains(media_id)).collect();
    for draft in wanted {
        look::read(round, vec![draft]).await?;
    }
    Ok(())
}
