//! Decides at the end of a poll about the drafts that were not there.

use super::absence::{self, AbsenceDecision, Coverage, Evidence, MIN_CONFIRM_GAP};
use super::departure;
use super::draft_answer::{fetch_draft, on_draft_answer, read_overtaken};
use super::quota_refresh::can_call_once_refreshed;
use super::run::PollRun;
use crate::archive::{self, DraftSnapshot, HeldBack, HeldBackUpdate, MissingDraft};
use crate::model::{DraftState, Endpoint, MediaId, Strategy, Timestamp};
use crate::wechat::ErrorKind;

/// How many drafts that are held back one poll asks for: the platform may be wrong about all of them, and the day's calls are
/// needed for others.
pub(super) const MOST_ASKED: usize = 50;

/// Decides about the drafts that were not there.
pub(super) async fn resolve_absences(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    read_overtaken(run).await?;
    ask_for_unconfirmed(run).await?;
    let is_anyone_missing = !run.outcome.not_found.is_empty() || !run.outcome.unlisted.media_ids.is_empty();
    if run.context.stop.is_cancelled() || !is_anyone_missing {
        return Ok(());
    }
    let access = departure::publish_list_access(run);
    let confirm_gap = access.confirm_gap(MIN_CONFIRM_GAP);
    let present: Vec<&DraftSnapshot> = run.known.present().collect();
    let AbsenceDecision { absences, to_confirm, held_back } =
        absence::decide_absences(&present, &evidence(run), confirm_gap);
    let at = |absence: &MissingDraft| missed_at(run, &absence.media_id);
    run.outcome.log.absences =
        absences.into_iter().map(|absence| MissingDraft { at: at(&absence), ..absence }).collect();
    for media_id in &held_back {
        hold_back(run, media_id, confirm_gap > MIN_CONFIRM_GAP);
    }
    confirm(run, to_confirm).await?;
    departure::explain_departures(run, access).await
}

/// Asks for each of these drafts. Its absence counts if `draft/get` does not find it either.
async fn confirm(run: &mut PollRun<'_>, absences: Vec<MissingDraft>) -> Result<(), archive::Error> {
    for absence in absences {
        if !can_call_once_refreshed(run, Endpoint::DraftGet).await? {
            break;
        }
        let client = run.context.client;
        match run.cancellable(client.draft_get(&absence.media_id)).await {
            Some(Err(error)) if error.kind == ErrorKind::NotFound => {
                run.outcome.compare_clocks(&error, run.now);
                run.outcome.log.absences.push(MissingDraft { at: run.now, ..absence });
            }
            Some(answer) => on_draft_answer(run, absence.media_id, answer).await?,
            None => break,
        }
    }
    Ok(())
}

/// Asks for each draft that is held back, or will be, and that `draft/get` has not answered for yet.
async fn ask_for_unconfirmed(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    let most = if run.context.accept_absences { usize::MAX } else { MOST_ASKED };
    for media_id in unconfirmed(run).into_iter().take(most) {
        if run.is_halted() || !can_call_once_refreshed(run, Endpoint::DraftGet).await? {
            break;
        }
        let seen_before = run.outcome.log.seen.len();
        fetch_draft(run, media_id.clone()).await?;
        if run.outcome.log.seen.len() > seen_before {
            // The list was wrong about it.
            run.outcome.unlisted.media_ids.retain(|unlisted| *unlisted != media_id);
        }
    }
    Ok(())
}

fn unconfirmed(run: &PollRun<'_>) -> Vec<MediaId> {
    let (present, evidence): (Vec<&DraftSnapshot>, _) = (run.known.present().collect(), evidence(run));
    let is_mass_disappearance = evidence.is_mass_disappearance(&present);
    let is_due = |known: &&&DraftSnapshot| match known.held_back {
        Some(held_back) => run.context.accept_absences || held_back.is_due(run.now),
        None => is_mass_disappearance && evidence.is_absent(known),
    };
    let has_failed = |known: &&DraftSnapshot| {
        let mut failed = run.outcome.log.failures.iter().filter_map(|failure| failure.media_id.as_ref());
        failed.any(|media_id| *media_id == known.media_id) || run.is_backing_off(&known.media_id, known.update_time)
    };
    let due = present.iter().filter(is_due).filter(|known| !evidence.is_answered(known) && !has_failed(known));
    due.map(|known| known.media_id.clone()).collect()
}

/// Holds a draft back that vanished together with too many others. Accepts its absence if `draft/get` has confirmed it twice, or
/// once and the operator accepts it; the draft is first missing if its cause may still be found out.
fn hold_back(run: &mut PollRun<'_>, media_id: &MediaId, has_cause_later: bool) {
    let (at, is_confirmed) = (missed_at(run, media_id), run.outcome.not_found.contains(media_id));
    let Some(known) = run.known.drafts.get_mut(media_id) else { return };
    let before = known.held_back;
    let held_back = before.unwrap_or(HeldBack::begin(at));
    let is_accepted = is_confirmed && (run.context.accept_absences || held_back.is_confirmable(at));
    let held_back = if is_confirmed { held_back.with_confirmation(at) } else { held_back };
    known.held_back = Some(held_back).filter(|_| !is_accepted);
    if is_accepted {
        let state = if has_cause_later { DraftState::Missing } else { DraftState::Gone };
        run.outcome.log.absences.push(MissingDraft { media_id: media_id.clone(), state, at });
    }
    if is_accepted || before != Some(held_back) {
        let update = HeldBackUpdate { media_id: media_id.clone(), held_back, is_accepted };
        run.outcome.log.held_back.push(update);
    }
}

/// Returns when an absent draft was asked for, or when the list that did not have it was begun.
fn missed_at(run: &PollRun<'_>, media_id: &MediaId) -> Timestamp {
    run.outcome.missed_at.get(media_id).copied().unwrap_or(run.now)
}

fn evidence<'a>(run: &'a PollRun<'_>) -> Evidence<'a> {
    let outcome = &run.outcome;
    let coverage = if outcome.log.strategy == Strategy::Adaptive { Coverage::Partial } else { Coverage::Full };
    Evidence::new(&outcome.not_found, &outcome.unlisted, &outcome.log.seen, coverage, run.now)
}
