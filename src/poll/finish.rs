//! Ends a poll or a step: asks for limits that are in doubt, and saves everything.

use super::quota_refresh;
use super::report::Report;
use super::run::PollRun;
use crate::archive::{self, DraftSnapshot, Failure, PollLog};
use crate::model::DraftState;

/// Saves the poll's row, and returns its report. A poll without calls and failures leaves no row.
pub(super) async fn finish(run: &mut PollRun<'_>) -> Result<Report, archive::Error> {
    finish_step(run).await?;
    run.outcome.log.failures.extend(held_back_failure(run));
    let (account, log, state) = (run.context.account, run.outcome.log.clone(), run.account_state());
    let calls = run.calls.pending.clone();
    run.context
        .archive
        .run(move |writer| match log.is_blank() {
            false => writer.save_poll(account, &log, &calls, &state),
            true => writer.save_step(account, &log, &calls, &state),
        })
        .await?;
    run.calls.pending.clear();
    Ok(report(run, &run.outcome.log))
}

/// Asks for the limits that are used up, saves the blocks, and counts the calls.
pub(super) async fn finish_step(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    quota_refresh::refresh_exhausted(run).await?;
    run.calls.blocks.save(run.context.archive, run.context.account, run.now).await?;
    run.sync_usage();
    run.outcome.log.finished_at = run.now;
    Ok(())
}

/// Returns the report of a poll, of which this was the only or the last step.
pub(super) fn report(run: &PollRun<'_>, log: &PollLog) -> Report {
    Report {
        account: run.context.name.clone(),
        strategy: log.strategy,
        calls: log.calls,
        seen: log.drafts_seen(),
        in_box: in_box(run),
        new_versions: log.new_versions,
        missing: log.absences.len() as u64,
        absences: log.absences.clone(),
        held_back: run.known.held_back() as u64,
        failures: log.failures.clone(),
        versions: run.outcome.versions.clone(),
        notes: run.outcome.notes.clone(),
        refused: run.calls.circuit.is_refused() && log.seen.is_empty(),
    }
}

fn in_box(run: &PollRun<'_>) -> u64 {
    let is_new = |media_id| !run.known.drafts.contains_key(media_id);
    let new = run.outcome.versions.iter().filter(|new| is_new(&new.media_id) && new.version == 1);
    let is_gone =
        |known: &DraftSnapshot| run.outcome.log.absences.iter().any(|absence| absence.media_id == known.media_id);
    (run.known.present().filter(|known| !is_gone(known)).count() + new.count()) as u64
}

/// Returns the failure that reports drafts that are held back, if there are any.
pub(super) fn held_back_failure(run: &PollRun<'_>) -> Option<Failure> {
    let held_back = run.known.held_back();
    let live = |known: &&DraftSnapshot| known.state == DraftState::Live || known.held_back.is_some();
    let before = run.known.present().filter(live).count();
    (held_back > 0).then(|| Failure::held_back(&run.context.name, held_back, before))
}
