//! The steps of adaptive polling: what the planner finds due is done.

use super::super::backoff::Backoff;
use super::super::draft_answer::fetch_draft;
use super::super::run::PollRun;
use super::super::{due, fetch_drafts, full_scan, page_scan, quota_refresh};
use super::{AdaptivePoller, READ_AGAIN_AFTER};
use crate::archive::{self, DraftSnapshot};
use crate::config::{DraftSelection, PollMode};
use crate::model::{Endpoint, MediaId};
use crate::quota::{Action, Plan, PollCall};
use crate::wechat::IncludeContent;

impl AdaptivePoller {
    /// Does what is due, and returns whether anything was: one thing, or everything if a schedule says when there is another chance. Each
    /// thing is done once, so what fails is not tried again and again.
    pub(super) async fn run_due_steps(
        &mut self,
        run: &mut PollRun<'_>,
        poll_mode: &PollMode,
    ) -> Result<bool, archive::Error> {
        if run.known.is_first_contact() {
            quota_refresh::refresh_due(run, run.now).await?;
            poll_for_the_first_time(run).await?;
            return Ok(true);
        }
        self.probe_volatile_fields(run).await?;
        let (mut done, mut backoff, mut closed) = (Vec::new(), self.backoff.clone(), Vec::new());
        while let Some(plan) = self.find_due(run, &backoff, &closed).await? {
            let step = (plan.action.clone(), media_id_of(&plan.action, run));
            if done.contains(&step) {
                break;
            }
            done.push(step);
            self.execute(run, plan, &backoff).await?;
            if poll_mode.schedule().is_none() {
                break;
            }
            quota_refresh::refresh_exhausted(run).await?;
            backoff = self.backoff.clone();
            leave_what_was_tried(run, &mut backoff);
            closed = failed_endpoints(run);
        }
        Ok(!done.is_empty())
    }

    /// Returns what is due now, once the platform was asked for its counters if that was due.
    async fn find_due(
        &mut self,
        run: &mut PollRun<'_>,
        backoff: &Backoff,
        closed: &[Endpoint],
    ) -> Result<Option<Plan>, archive::Error> {
        // The first thing that the planner finds due later is tried now, for the token that it needs.
        let mut is_tried_early = std::mem::take(&mut self.is_not_whitelisted);
        loop {
            let mut plan = due::plan(run, backoff, closed);
            let due_at = plan.at;
            if std::mem::take(&mut is_tried_early) {
                // It is no demand of its own.
                (plan.at, plan.threshold) = (run.now, f64::INFINITY);
            }
            if plan.at > run.now || plan.action == Action::Wait || run.is_halted() {
                return Ok(None);
            }
            let Plan { action, benefit, threshold, .. } = &plan;
            tracing::debug!(account = %run.context.name, ?action, benefit, threshold, "calling: the expected benefit reaches the threshold");
            if *action != Action::RefreshQuota {
                return Ok(Some(plan));
            }
            quota_refresh::refresh_due(run, due_at).await?;
        }
    }

    async fn execute(&mut self, run: &mut PollRun<'_>, plan: Plan, backoff: &Backoff) -> Result<(), archive::Error> {
        let Plan { action, benefit, threshold, .. } = plan;
        match &action {
            Action::ConfirmMissing => {
                let media_ids = due::to_confirm(run, backoff);
                // For drafts that are held back, the archive knows when they are asked for again.
                let is_held_back = |media_id: &MediaId| run.known.drafts[media_id].held_back.is_some();
                let missed: Vec<_> = media_ids.iter().filter(|media_id| !is_held_back(media_id)).cloned().collect();
                self.record_tries(run, &missed);
                fetch_drafts::fetch_by_id(run, &media_ids).await
            }
            Action::FetchChanged => {
                let media_ids = due::unread(run, backoff);
                self.record_tries(run, &media_ids);
                read_drafts(run, &media_ids).await
            }
            Action::ScanPage { offset } => {
                run.known.activity.note_call(PollCall::ListPage, threshold, benefit, run.now);
                page_scan::scan_pages(run, *offset).await
            }
            Action::ScanAll => {
                run.known.activity.note_call(PollCall::ListPage, threshold, benefit, run.now);
                full_scan::scan_box(run, IncludeContent::No).await
            }
            Action::FetchDraft(_) => {
                run.known.activity.note_call(PollCall::Get, threshold, benefit, run.now);
                match media_id_of(&action, run) {
                    Some(media_id) => fetch_draft(run, media_id).await,
                    None => Ok(()),
                }
            }
            Action::CountDrafts => {
                run.known.activity.note_call(PollCall::Count, threshold, benefit, run.now);
                count_drafts(run).await
            }
            Action::RefreshQuota | Action::Wait => Ok(()),
        }
    }

    /// Records that drafts are tried. Until a draft is seen, it is not tried again for a while.
    pub(super) fn record_tries(&mut self, run: &PollRun<'_>, media_ids: &[MediaId]) {
        for media_id in media_ids {
            self.backoff.record_try(media_id, run.saved(media_id), run.now);
        }
    }

    /// Reads one draft a second time, once for each account, to find out which fields change by themselves.
    async fn probe_volatile_fields(&mut self, run: &mut PollRun<'_>) -> Result<(), archive::Error> {
        let now = run.now;
        if run.known.state.checked_at.is_some() || !run.can_call(Endpoint::DraftGet) {
            return Ok(());
        }
        let rested = |known: &&&DraftSnapshot| now - known.last_seen >= READ_AGAIN_AFTER;
        let Some(media_id) = run.known.in_list_order().iter().find(rested).map(|known| known.media_id.clone()) else {
            return Ok(());
        };
        fetch_draft(run, media_id).await?;
        if !run.is_halted() {
            run.known.state.checked_at = Some(now);
        }
        Ok(())
    }
}

/// Returns the draft that an action fetches.
fn media_id_of(action: &Action, run: &PollRun<'_>) -> Option<MediaId> {
    match action {
        Action::FetchDraft(place) => run.known.in_list_order().get(*place).map(|known| known.media_id.clone()),
        _ => None,
    }
}

/// What was read in this poll, was not there or could not be read is not due again in it.
fn leave_what_was_tried(run: &PollRun<'_>, backoff: &mut Backoff) {
    let outcome = &run.outcome;
    let failed = outcome.log.failures.iter().filter_map(|failure| failure.media_id.as_ref());
    let noted = outcome.notes.iter().filter_map(|note| note.media_id.as_ref());
    for media_id in outcome.fetched.iter().chain(&outcome.not_found).chain(failed).chain(noted) {
        backoff.record_try(media_id, run.saved(media_id), run.now);
    }
}

/// Endpoints that failed in this poll, and not for one draft, are left for the next one.
fn failed_endpoints(run: &PollRun<'_>) -> Vec<Endpoint> {
    let of_account = run.outcome.log.failures.iter().filter(|failure| failure.media_id.is_none());
    of_account.filter_map(|failure| failure.endpoint).collect()
}

/// The first poll of an account: everything is read, and nothing can be missing yet.
async fn poll_for_the_first_time(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    match run.known.selection.clone() {
        DraftSelection::All => full_scan::scan_box(run, IncludeContent::Yes).await,
        DraftSelection::Listed(media_ids) => fetch_drafts::fetch_by_id(run, &media_ids).await,
    }
}

async fn count_drafts(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    let client = run.context.client;
    match run.cancellable(client.draft_count()).await {
        Some(Ok(total)) => {
            run.on_call_succeeded(Endpoint::DraftCount);
            run.known.activity.note_count(total, run.now);
        }
        Some(Err(error)) => run.on_call_failed(None, &error),
        None => {}
    }
    Ok(())
}

/// Reads drafts one by one, or from the list if `draft/get` is used up.
async fn read_drafts(run: &mut PollRun<'_>, media_ids: &[MediaId]) -> Result<(), archive::Error> {
    if run.can_call(Endpoint::DraftGet) {
        return fetch_drafts::fetch_by_id(run, media_ids).await;
    }
    if run.known.selection != DraftSelection::All {
        return full_scan::scan_box(run, IncludeContent::Yes).await;
    }
    let places =
        run.known.in_list_order().into_iter().enumerate().map(|(place, known)| (place as u64, known.media_id.clone()));
    let wanted: Vec<_> = places.filter(|(_, media_id)| media_ids.contains(media_id)).collect();
    for draft in wanted {
        page_scan::fetch_changed(run, vec![draft]).await?;
    }
    Ok(())
}
