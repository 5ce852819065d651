//! What is logged of a step: one line for a poll that read something, and what is new about its failures.

use super::failure_log::{FailureLog, LogEvent, lasted};
use super::outcome::StepOutcome;
use super::reported_missing::ReportedMissing;
use crate::archive::{Failure, MissingDraft};
use crate::model::{AccountName, DraftState, FailureKind};
use crate::poll::{Note, Report};

/// What was logged of an account, so that it is not logged at every poll.
#[derive(Debug, Default)]
pub(super) struct StepLog {
    failures: FailureLog,
    notes: FailureLog,
    missing: ReportedMissing,
}

impl StepLog {
    /// Logs a step.
    pub(super) fn record(&mut self, outcome: &StepOutcome) {
        log_outcome(outcome, &mut self.failures, &mut self.missing);
        log_notes(outcome, &mut self.notes);
    }
}

/// Logs one line for a poll that read something. [`FailureLog`] decides which failures are logged, [`ReportedMissing`] which
/// missing drafts.
fn log_outcome(outcome: &StepOutcome, failures: &mut FailureLog, reported_missing: &mut ReportedMissing) {
    let account = &outcome.account;
    if outcome.cut_short {
        return tracing::debug!(%account, "the poll was stopped");
    }
    // A poll that goes on has no result yet.
    if matches!(outcome.result, Ok(None)) {
        return;
    }
    if let Ok(Some(report)) = &outcome.result
        && (report.failures.is_empty() || report.seen > 0)
    {
        let duration_ms = (outcome.ended_at - outcome.began_at).num_milliseconds();
        let Report { calls, seen, new_versions, missing, failures, .. } = report;
        let errors = failures.len();
        let strategy = report.strategy.as_str();
        tracing::info!(%account, strategy, calls, seen, new_versions, missing, errors, duration_ms, "polled");
    }
    if let Ok(Some(report)) = &outcome.result {
        reported_missing.update(report).into_iter().for_each(|absence| log_absence(account, absence));
    }
    match failures.update(&outcome.failures(), outcome.ended_at) {
        Some(LogEvent::Failed { failure: Failure { media_id, code, rid, message, .. }, others }) => {
            let others = (others > 0).then_some(others);
            let (media_id, code) = (media_id.as_ref().map(tracing::field::display), *code);
            // A separate field, so that it can be searched for: journalctl RID=…
            match media_id {
                Some(_) => tracing::warn!(%account, media_id, code, rid, others, "{message}"),
                None => tracing::error!(%account, code, rid, others, "{message}"),
            }
        }
        Some(LogEvent::Recovered { lasted: time, polls }) => {
            let lasted = lasted(time);
            tracing::info!(%account, failed_polls = polls, lasted, "well again");
        }
        None => {}
    }
}

/// Logs notes as often as failures, but not when they end.
fn log_notes(outcome: &StepOutcome, logged: &mut FailureLog) {
    let Ok(Some(report)) = &outcome.result else { return };
    let failure = |note: &Note| Failure::new(note.media_id.clone(), FailureKind::UnusableAnswer, note.message.clone());
    let notes: Vec<Failure> = report.notes.iter().map(failure).collect();
    if let Some(LogEvent::Failed { failure: Failure { media_id, message, .. }, others }) =
        logged.update(&notes, outcome.ended_at)
    {
        let (account, media_id) = (&outcome.account, media_id.as_ref().map(tracing::field::display));
        let others = (others > 0).then_some(others);
        tracing::warn!(%account, media_id, others, "{message}");
    }
}

fn log_absence(account: &AccountName, MissingDraft { media_id, state, .. }: &MissingDraft) {
    let word = state.as_str();
    match state {
        DraftState::Missing => tracing::info!(%account, %media_id, state = word, "the draft was not there"),
        _ => tracing::warn!(%account, %media_id, state = word, "the draft has left the box; its versions are kept"),
    }
}
