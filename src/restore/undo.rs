//! Undoes a restore that created a new draft: deletes the draft if it has not changed since.
//!
//! The platform has no recycle bin, but the archive has the content.

use super::{RestoreContext, RestoreError, RestoreSession, Source};
use crate::archive::{RestoreAction, RestoreId, RestoreOutcome};
use crate::model::MediaId;
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
pub async fn undo_new(
    undone: RestoreId,
    made: &Source,
    target: &RestoreContext<'_>,
) -> Result<UndoResult, RestoreError> {
    let work = RestoreSession::new(made, target).await?;
    delete(undone, &work).await
}

async fn delete(undone: RestoreId, work: &RestoreSession<'_>) -> Result<UndoResult, RestoreError> {
    let media_id = MediaId::new(work.source.draft.media_id.as_str());
    match work.read_current().await {
        Ok(live) if live.version.hash != work.source.version.hash => {
            return Err(RestoreError::Changed { planned: work.source.version.number, now: live.version.number });
        }
        Ok(_) => {}
        // An earlier attempt was interrupted after the platform had deleted it.
        Err(RestoreError::NotThere(_)) if was_asked_for(undone, work).await? => {}
        Err(failure) => return Err(failure),
    }
    let (version, account, now) = (work.source.version.clone(), work.account, work.target.clock.now());
    let begin = move |writer: &mut crate::archive::Writer| {
        writer.begin_overwrite(&version, account, None, ("{}", Some(undone)), now)
    };
    let id = work.target.archive.run(begin).await?;
    let step = work.begin_step(id, RestoreAction::Delete).await?;
    match work.target.client.draft_delete(&media_id).await {
        Ok(()) => {}
        // It was deleted already.
        Err(error) if error.kind == ErrorKind::NotFound => {}
        Err(error) => {
            let outcome = if error.effect_unknown() { RestoreOutcome::Unknown } else { RestoreOutcome::Failed };
            work.end_without_a_draft(id, outcome).await;
            return Err(RestoreError::NotMade(error));
        }
    }
    work.end_step(id, step, None).await?;
    work.end(id, RestoreOutcome::Done(media_id.clone()), None).await?;
    Ok(UndoResult { id, media_id })
}

/// Ends a restore that was interrupted before `draft/add` was called; returns whether it was one.
///
/// # Errors
///
/// If the archive cannot be read or written.
pub async fn abandon_new(id: RestoreId, source: &Source, target: &RestoreContext<'_>) -> Result<bool, RestoreError> {
    let work = RestoreSession::new(source, target).await?;
    if work.asked_for_a_draft(id).await?.is_some() {
        return Ok(false);
    }
    work.end(id, RestoreOutcome::Failed, None).await?;
    Ok(true)
}

async fn was_asked_for(undone: RestoreId, work: &RestoreSession<'_>) -> Result<bool, RestoreError> {
    Ok(work.target.archive.run(move |writer| writer.has_unfinished_delete(undone)).await?)
}
