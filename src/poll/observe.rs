//! Records what a poll sees: entries of the list, and the content of drafts.

use super::known::{draft_activity, from_unix};
use super::report::NewVersion;
use super::run::{PENDING_CALLS, PollRun};
use super::volatile_fields::{self, Reading};
use crate::archive::{self, DraftSnapshot, Failure, Observation, RecordOutcome, SeenDraft};
use crate::canonical;
use crate::model::{DraftState, Hash, MediaId, Timestamp};
use crate::wechat::{DraftListItem, DraftResponse};

/// The platform's times are whole seconds. A draft that was read less than this many seconds after a save may be saved again with
/// the same time.
pub(super) const SETTLED_AFTER: i64 = 2;

/// Returns whether a later save would have another time. If the save lies further in the future, the clocks differ, and waiting
/// would not help.
fn is_settled(update_time: Option<i64>, read_at: Timestamp) -> bool {
    update_time.is_none_or(|saved| !(-SETTLED_AFTER..SETTLED_AFTER).contains(&(read_at.timestamp() - saved)))
}

/// Returns whether the content of a listed draft was read since its last save.
pub(super) fn is_read(run: &PollRun<'_>, listed: &DraftListItem) -> bool {
    let known = run.known.drafts.get(&listed.media_id);
    known.is_some_and(|known| listed.update_time.is_some() && known.read_time == listed.update_time)
}

/// Records an entry of the list that has no content.
pub(super) fn observe_listed(run: &mut PollRun<'_>, listed: &DraftListItem) {
    let (at, is_read) = (run.now, is_read(run, listed));
    let DraftListItem { media_id, create_time, update_time, .. } = listed;
    note_seen(run, media_id, *update_time, at);
    let (media_id, create_time, update_time) = (media_id.clone(), *create_time, *update_time);
    run.outcome.log.seen.push(SeenDraft { media_id, at, create_time, update_time, is_read });
}

/// Updates what is known of a draft and of the account's activity.
fn note_seen(run: &mut PollRun<'_>, media_id: &MediaId, update_time: Option<i64>, now: Timestamp) {
    let known = &mut run.known;
    match known.drafts.get_mut(media_id) {
        Some(draft) => {
            known.activity.note_observation(&draft_activity(draft), update_time.and_then(from_unix), now);
            (draft.last_seen, draft.update_time) = (now, update_time.or(draft.update_time));
            draft.held_back = None;
        }
        // At the first poll it is not known which of them are new.
        None if known.activity.is_empty() || known.is_first_scan => {}
        None => known.activity.note_new_draft(),
    }
}

/// Records a draft that is in the box without articles. The platform may be wrong, so this is no version, and the draft counts as
/// not read.
pub(super) fn observe_no_articles(
    run: &mut PollRun<'_>,
    media_id: MediaId,
    create_time: Option<i64>,
    update_time: Option<i64>,
) {
    run.calls.circuit.on_success();
    let at = run.now;
    note_seen(run, &media_id, update_time, at);
    run.outcome
        .add_note(Some(media_id.clone()), "the platform shows this draft without articles: there is nothing to keep");
    run.outcome.log.seen.push(SeenDraft { media_id, at, create_time, update_time, is_read: false });
}

/// Canonicalises, hashes and records the content of a draft that the platform sent at `answered_at`.
pub(super) async fn record_content(
    run: &mut PollRun<'_>,
    media_id: MediaId,
    fetched: DraftResponse,
    answered_at: Timestamp,
) -> Result<(), archive::Error> {
    run.calls.circuit.on_success();
    let before = run.now;
    let canonical = match canonical::canonicalise(&fetched.document) {
        Ok(canonical) => canonical,
        Err(error) => {
            let message = format!("the platform's answer for this draft cannot be read: {error}");
            run.outcome.add_unusable_answer(Some(media_id), message);
            return Ok(());
        }
    };
    run.outcome.fetched.insert(media_id.clone());
    let (account, id) = (run.context.account, media_id.clone());
    let expected_previous = run.known.drafts.get(&media_id).map_or(0, |known| known.number);
    let reading = Reading { fetched, canonical };
    // The content is compared with the newest version only if no other process has added one.
    let newest = run.context.archive.run(move |writer| writer.newest_number(account, &id)).await?;
    let (reading, is_new) = match newest == expected_previous {
        true => volatile_fields::resolve(run, &media_id, reading).await?,
        false => (reading, true),
    };
    // If the draft was read again to be sure, the second reading counts.
    let at = if run.now > before { run.now } else { answered_at };
    let Reading { fetched: DraftResponse { document, create_time, update_time }, canonical } = reading;
    note_seen(run, &media_id, update_time, at);
    let is_read = is_settled(update_time, at);
    let seen = SeenDraft { media_id: media_id.clone(), at, create_time, update_time, is_read };
    if !is_new {
        mark_read(run, seen);
        return run.flush(PENDING_CALLS).await;
    }
    let (expected_previous, shrunk_share) = (Some(expected_previous), run.context.shrunk_share);
    record_version(
        run,
        Observation { media_id, document, canonical, update_time, observed_at: at, expected_previous, shrunk_share },
        seen,
    )
    .await
}

/// Records a version, with the calls that are not written yet.
async fn record_version(
    run: &mut PollRun<'_>,
    observation: Observation,
    seen: SeenDraft,
) -> Result<(), archive::Error> {
    run.sync_usage();
    let (account, calls) = (run.context.account, run.calls.pending.clone());
    let (media_id, hash) = (seen.media_id.clone(), observation.canonical.hash());
    let recorded = match run.context.archive.run(move |writer| writer.record(account, &observation, &calls)).await {
        // This draft only: the others must not wait until somebody has repaired it.
        Err(error @ (archive::Error::Damaged(_) | archive::Error::ReadBack(_))) => {
            run.outcome.fetched.remove(&media_id);
            run.outcome.log.failures.push(Failure::not_stored(media_id, &error));
            return Ok(());
        }
        recorded => recorded?,
    };
    match recorded {
        RecordOutcome::Unchanged => {
            mark_read(run, seen);
            run.flush(PENDING_CALLS).await
        }
        // Another reading shows which of the two contents is the later one. Until then the draft counts as not read.
        RecordOutcome::Overtaken => {
            run.outcome.log.seen.push(SeenDraft { is_read: false, ..seen });
            run.outcome.overtaken.insert(media_id);
            Ok(())
        }
        RecordOutcome::Version { draft, number: version, title, damage } => {
            run.calls.pending.clear();
            apply_recorded_version(run, &seen, version, hash);
            mark_read(run, seen);
            tracing::info!(account = %run.context.name, %media_id, version, title, "new version");
            if let Some(damage) = damage {
                let failure = Failure::older_version_damaged(media_id.clone(), version, &damage);
                run.outcome.log.failures.push(failure);
            }
            run.outcome.log.new_versions += 1;
            run.outcome.versions.push(NewVersion { media_id, draft, version, title });
            Ok(())
        }
    }
}

/// Updates what is known of a draft after a version was recorded.
fn apply_recorded_version(run: &mut PollRun<'_>, seen: &SeenDraft, number: u64, hash: Hash) {
    let SeenDraft { media_id, at, create_time, update_time, .. } = seen;
    let version_time = *update_time;
    let known = run.known.drafts.entry(media_id.clone()).or_insert_with(|| DraftSnapshot {
        media_id: media_id.clone(),
        state: DraftState::Live,
        missing_since: None,
        number,
        hash: None,
        version_time,
        last_seen: *at,
        create_time: *create_time,
        update_time: *update_time,
        read_time: None,
        held_back: None,
    });
    (known.number, known.hash, known.version_time) = (number, Some(hash), version_time);
}

/// Records that a draft was seen, and read if that is settled.
fn mark_read(run: &mut PollRun<'_>, seen: SeenDraft) {
    if let Some(known) = run.known.drafts.get_mut(&seen.media_id).filter(|_| seen.is_read) {
        known.read_time = seen.update_time.or(known.update_time);
    }
    run.outcome.log.seen.push(seen);
}
