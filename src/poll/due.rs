//! What is due for an account: prepares the input of the planner.

use chrono::TimeDelta;

use super::absence::MIN_CONFIRM_GAP;
use super::backoff::Backoff;
use super::conclude::MOST_ASKED;
use super::known::draft_activity;
use super::run::PollRun;
use crate::archive::DraftSnapshot;
use crate::config::DraftSelection;
use crate::model::{DraftState, Endpoint, MediaId, Timestamp, quota_day_began};
use crate::quota::{self, Budget, PerCall, Plan, PlanInput, PollCall, Scope};
use crate::schedule::Schedule;

/// When a missing draft is asked for again: one second after a second absence counts, because times in the archive are truncated.
const RECHECK_DELAY: TimeDelta = MIN_CONFIRM_GAP.checked_add(&TimeDelta::seconds(1)).unwrap();

/// Plans the next step, at the time of the current one, without calls of the `closed` endpoints.
pub(super) fn plan(run: &PollRun<'_>, backoff: &Backoff, closed: &[Endpoint]) -> Plan {
    let draft = |known: &DraftSnapshot| quota::DraftActivity {
        is_waiting: backoff.is_waiting(&known.media_id, known.update_time, run.now),
        ..draft_activity(known)
    };
    let drafts: Vec<quota::DraftActivity> = run.known.in_list_order().into_iter().map(draft).collect();
    let mut budgets = budgets(run);
    let closed = PollCall::ALL.into_iter().filter(|call| closed.contains(&call.endpoint()));
    closed.for_each(|call| budgets[call].is_blocked = true);
    let confirm_at = missed(run, backoff).filter_map(|known| confirm_at(known, run.now)).min();
    let view = PlanInput {
        scope: scope(run),
        drafts: &drafts,
        order: run.known.state.list_order,
        budgets: &budgets,
        activity: &run.known.activity,
        confirm_at,
        unread: unread(run, backoff).len(),
        can_ask: run.budget(Endpoint::QuotaGet).left_to_polling() > 0,
    };
    quota::plan(&view, run.now)
}

/// Returns whether the day's remaining calls suffice for all polls that the schedule has today.
pub(super) fn can_afford(run: &PollRun<'_>, schedule: &Schedule) -> bool {
    let drafts = match &run.known.selection {
        DraftSelection::All => run.known.present().count(),
        DraftSelection::Listed(list) => list.len(),
    };
    run.known.activity.can_afford(scope(run), drafts as u64, &budgets(run), schedule.polls_left_today(run.now), run.now)
}

/// Records whether polls can call the list, or when they can again: it is blocked until then, or the day's calls for it are used up.
pub(super) fn note_list(run: &mut PollRun<'_>) {
    let (call, now) = (PollCall::ListPage, run.now);
    let budget = run.budget(call.endpoint());
    let blocked_until = run.calls.block_of(call.endpoint(), now).map(|block| block.until);
    let activity = &mut run.known.activity;
    match blocked_until {
        Some(until) => activity.note_list_closed(until, now),
        None if activity.left_to_polling(call, &budget, now) < 1.0 => {
            activity.note_list_closed(quota_day_began(now) + TimeDelta::days(1), now);
        }
        None => activity.note_list_open(now),
    }
}

fn scope(run: &PollRun<'_>) -> Scope {
    if run.known.selection == DraftSelection::All { Scope::Box } else { Scope::Listed }
}

fn budgets(run: &PollRun<'_>) -> PerCall<Budget> {
    let mut budgets = PerCall::default();
    for call in PollCall::ALL {
        budgets[call] = run.budget(call.endpoint());
    }
    budgets
}

/// Returns the drafts that were missed once or are held back, and may be asked for again.
fn missed<'a>(run: &'a PollRun<'_>, backoff: &'a Backoff) -> impl Iterator<Item = &'a DraftSnapshot> {
    let is_missed = |known: &&DraftSnapshot| known.state == DraftState::Missing || known.held_back.is_some();
    let is_waiting = |known: &&DraftSnapshot| backoff.is_waiting(&known.media_id, known.update_time, run.now);
    run.known.present().filter(is_missed).filter(move |known| !is_waiting(known))
}

/// Returns when a missing draft is asked for again: at once if the clock was set back since.
fn confirm_at(known: &DraftSnapshot, now: Timestamp) -> Option<Timestamp> {
    match (known.held_back, known.missing_since) {
        (Some(held_back), _) if held_back.is_due(now) => Some(now),
        (Some(held_back), _) => held_back.confirmable_from(),
        (None, Some(since)) if since > now => Some(now),
        (None, since) => since.map(|since| since + RECHECK_DELAY),
    }
}

/// Returns the drafts that are to be asked for again now.
pub(super) fn to_confirm(run: &PollRun<'_>, backoff: &Backoff) -> Vec<MediaId> {
    let is_due = |known: &&DraftSnapshot| confirm_at(known, run.now).is_some_and(|at| at <= run.now);
    missed(run, backoff).filter(is_due).map(|known| known.media_id.clone()).take(MOST_ASKED).collect()
}

/// Returns the drafts that are known to have changed since they were read, and those that were never read: of a configured list, or new ones of
/// the box. Where these are on the platform's list is not known, so only draft/get reads them.
pub(super) fn unread(run: &PollRun<'_>, backoff: &Backoff) -> Vec<MediaId> {
    let has_changed = |known: &&&DraftSnapshot| {
        known.update_time.is_some() && known.read_time.is_some() && known.update_time != known.read_time
    };
    let mut unread: Vec<MediaId> =
        run.known.in_list_order().iter().filter(has_changed).map(|known| known.media_id.clone()).collect();
    let never_read: Vec<MediaId> = match &run.known.selection {
        DraftSelection::Listed(list) => list.clone(),
        DraftSelection::All if run.budget(Endpoint::DraftGet).left_to_polling() == 0 => Vec::new(),
        DraftSelection::All => run.known.unread_new.iter().cloned().collect(),
    };
    unread.extend(never_read.into_iter().filter(|media_id| !run.known.drafts.contains_key(media_id)));
    unread.retain(|media_id| !backoff.is_waiting(media_id, run.saved(media_id), run.now));
    unread
}
