//! Undoes a restore that created a new draft: deletes the draft if it has not changed since.
//!
//! The platform has no recycle bin, but the archive has the content.

use chrono::TimeDelta;

use super::as_new::SETTLED;
use super::context::RestoreContext;
use super::error::RestoreError;
use super::new_draft::NewDraftRestore;
use super::new_draft_plan::PlanError;
use super::report;
use super::session::RestoreSession;
use super::source::Source;
use crate::archive::{RestoreAction, RestoreId, RestoreOutcome};
use crate::canonical;
use crate::model::{MediaId, Timestamp};
use crate::wechat::ErrorKind;

/// A deleted draft.
#[derive(Debug)]
pub struct UndoResult {
    /// The number of the undo itself.
    pub id: RestoreId,
    pub media_id: MediaId,
}

/// Deletes the draft that the restore `undone` created, if it still has the content that was read back then.
///
/// # Errors
///
/// [`RestoreError::Changed`] if somebody has edited it; [`RestoreError::NotMade`] if the platform refused.
pub async fn delete_new(
    undone: RestoreId,
    made: &Source,
    context: &RestoreContext<'_>,
) -> Result<UndoResult, RestoreError> {
    let session = RestoreSession::new(made, context).await?;
    delete(undone, &session).await
}

async fn delete(undone: RestoreId, session: &RestoreSession<'_>) -> Result<UndoResult, RestoreError> {
    let media_id = MediaId::new(session.source.draft.media_id.as_str());
    match session.read_current().await {
        Ok(live) if live.version.hash != session.source.version.hash => {
            return Err(RestoreError::Changed { planned: session.source.version.number, now: live.version.number });
        }
        Ok(_) => {}
        // An earlier attempt was interrupted after the platform had deleted it.
        Err(RestoreError::NotThere(_)) if was_asked_for(undone, session).await? => {}
        Err(failure) => return Err(failure),
    }
    delete_draft(undone, media_id, session).await
}

/// A draft that a drill made.
#[derive(Clone, Debug)]
pub struct DrillDraft {
    /// The restore that made it.
    pub id: RestoreId,
    pub media_id: MediaId,
    /// The draft's number in the archive and its version's; `None` if it was never read back.
    pub kept: Option<(i64, u64)>,
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    /// Whether it is that of an earlier drill.
    pub is_left: bool,
}

/// Deletes the draft that a drill made, if it has the content that was read back then; where it was never read back, that which was sent. Of one
/// that is not there, only that is recorded.
///
/// # Errors
///
/// [`RestoreError::Edited`] if somebody has edited it; [`RestoreError::Unsettled`] if it was never seen, and may still appear;
/// [`RestoreError::NotMade`] if the platform refused.
pub async fn take_away(
    made: &DrillDraft,
    restore: &NewDraftRestore,
    context: &RestoreContext<'_>,
) -> Result<UndoResult, RestoreError> {
    let session = RestoreSession::new(&restore.source, context).await?;
    match context.client.draft_get(&made.media_id).await {
        Ok(live) if is_made_by(made, restore, &live.document, context).await? => {}
        Ok(_) => return Err(RestoreError::Edited(made.media_id.clone())),
        Err(error) if error.kind == ErrorKind::NotFound => check_settled(made, context)?,
        Err(error) => return Err(RestoreError::NotMade(error)),
    }
    delete_draft(made.id, made.media_id.clone(), &session).await
}

async fn is_made_by(
    made: &DrillDraft,
    restore: &NewDraftRestore,
    live: &[u8],
    context: &RestoreContext<'_>,
) -> Result<bool, RestoreError> {
    // What a later run reads back may be somebody's edit already.
    if (made.is_left || made.kept.is_none()) && !report::is_made_of(&restore.plan.articles, live) {
        return Ok(false);
    }
    let Some((draft, number)) = made.kept else { return Ok(true) };
    let read_back = context.archive.run(move |writer| writer.version_hash(draft, number)).await?;
    Ok(read_back == Some(canonical::canonicalise(live).map_err(PlanError::from)?.hash()))
}

/// A draft that was never seen may appear for a while.
fn check_settled(made: &DrillDraft, context: &RestoreContext<'_>) -> Result<(), RestoreError> {
    let age: TimeDelta = context.clock.now() - made.ended_at;
    if made.kept.is_none() && age.abs() < SETTLED {
        return Err(RestoreError::Unsettled { began_at: made.began_at, until: made.ended_at + SETTLED });
    }
    Ok(())
}

async fn delete_draft(
    undone: RestoreId,
    media_id: MediaId,
    session: &RestoreSession<'_>,
) -> Result<UndoResult, RestoreError> {
    let (version, account, now) = (session.source.version.clone(), session.account, session.context.clock.now());
    let begin = move |writer: &mut crate::archive::Writer| {
        writer.begin_overwrite(&version, account, None, ("{}", Some(undone)), now)
    };
    let id = session.context.archive.run(begin).await?;
    session.record_request(id).await?;
    let step = session.begin_step(id, RestoreAction::Delete).await?;
    match session.context.client.draft_delete(&media_id).await {
        Ok(()) => {}
        // It was deleted already.
        Err(error) if error.kind == ErrorKind::NotFound => {}
        Err(error) => {
            let outcome = if error.has_unknown_effect() { RestoreOutcome::Unknown } else { RestoreOutcome::Failed };
            session.end_without_a_draft(id, outcome).await;
            return Err(RestoreError::NotMade(error));
        }
    }
    session.end_step(id, step, None).await?;
    session.end(id, RestoreOutcome::Done(media_id.clone()), None).await?;
    Ok(UndoResult { id, media_id })
}

/// Ends a restore that was interrupted before `draft/add` was called; returns whether it was one.
///
/// # Errors
///
/// If the archive cannot be read or written.
pub async fn abandon_new(id: RestoreId, source: &Source, context: &RestoreContext<'_>) -> Result<bool, RestoreError> {
    let session = RestoreSession::new(source, context).await?;
    if session.asked_for_a_draft(id).await?.is_some() {
        return Ok(false);
    }
    session.record_request(id).await?;
    session.end(id, RestoreOutcome::Failed, None).await?;
    Ok(true)
}

async fn was_asked_for(undone: RestoreId, session: &RestoreSession<'_>) -> Result<bool, RestoreError> {
    Ok(session.context.archive.run(move |writer| writer.has_unfinished_delete(undone)).await?)
}
