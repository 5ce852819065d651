//! Writes that were interrupted: whoever holds the lock knows that they do not run any more, and the draft says what became of them.

use super::error::GateError;
use super::request::GateRequest;
use super::session::GateSession;
use crate::archive::{GateEnd, GateRecord, GateState};
use crate::model::{GateAction, MediaId};
use crate::restore::CurrentDraft;

/// Ends the interrupted writes of a draft that is there.
pub(super) async fn writes_over(live: &CurrentDraft, session: &GateSession<'_>) -> Result<(), GateError> {
    for record in interrupted(session).await? {
        if record.draft != Some(live.draft) {
            continue;
        }
        let is_as_before = record.before == Some(live.version.number);
        match record.action {
            GateAction::Delete => session.end_in(record.id, GateState::Failed, &"it was interrupted").await,
            _ if is_as_before => session.end_in(record.id, GateState::Failed, &"it was interrupted").await,
            _ => {
                let reason = format!("it was interrupted; afterwards, the draft was version {}", live.version.number);
                session.end_in(record.id, GateState::Unknown, &reason).await;
            }
        }
    }
    Ok(())
}

/// Ends the interrupted deletions of a draft that is not there.
pub(super) async fn deletions_of(media_id: &MediaId, session: &GateSession<'_>) -> Result<(), GateError> {
    for record in interrupted(session).await? {
        let is_of_it = GateRequest::of(&record).is_some_and(|request| request.media_id() == Some(media_id));
        if record.action == GateAction::Delete && is_of_it {
            let reason = "it was interrupted, and the draft is not in the draft box any more".to_owned();
            let end =
                GateEnd { reason: Some(reason), media_id: Some(media_id.clone()), ..GateEnd::of(GateState::Unknown) };
            session.end(record.id, end, None).await?;
        }
    }
    Ok(())
}

/// Returns the writes that were begun and have not ended, but for this one.
async fn interrupted(session: &GateSession<'_>) -> Result<Vec<GateRecord>, GateError> {
    let account = session.draft_box.account;
    let mut open = session.context.restore.archive.run(move |writer| writer.unsettled_gate_writes(account)).await?;
    // One that is being taken back is settled by that.
    let is_open = |record: &GateRecord| record.state == GateState::Begun && record.restore.is_none();
    open.retain(|record| is_open(record) && Some(record.id) != session.approved_id());
    Ok(open)
}

/// Ends the interrupted writes of other drafts, and those that make one: what became of them is not known.
pub(super) async fn others(session: &GateSession<'_>) -> Result<(), GateError> {
    let of = session.request.media_id();
    for record in interrupted(session).await? {
        let is_of_this_draft = of.is_some() && GateRequest::of(&record).is_none_or(|request| request.media_id() == of);
        if !is_of_this_draft {
            session.end_in(record.id, GateState::Unknown, &"it was interrupted").await;
        }
    }
    Ok(())
}
