//! Takes a draft out of the box, if it can come back: the platform has no recycle bin.

use super::error::GateError;
use super::session::{GateSession, Written};
use super::settle;
use crate::archive::{self, Filter, GateEnd, GateState, Reader};
use crate::model::{Hash, MediaId};
use crate::restore::{self, CurrentDraft, Report, RestoreContext, RestoreError, RestoreLevel};
use crate::wechat::ErrorKind;

pub(super) async fn delete(
    media_id: &MediaId,
    expected: Option<Hash>,
    session: &GateSession<'_>,
) -> Result<Written, GateError> {
    let live = match session.read_expected(media_id, expected).await {
        Ok(live) => live,
        Err(GateError::NotThere(media_id)) => {
            settle::deletions_of(&media_id, session).await?;
            return Err(GateError::NotThere(media_id));
        }
        Err(error) => return Err(error),
    };
    settle::writes_over(&live, session).await?;
    if !session.caller.rights.is_operator()
        && let Some(error) = cannot_come_back(&live, session)?
    {
        return Err(session.refuse(Some(&live), error).await);
    }
    let id = session.begin(Some(&live)).await?;
    match session.context.restore.client.draft_delete(media_id).await {
        Ok(()) => {}
        // It was deleted already.
        Err(error) if error.kind == ErrorKind::NotFound => {}
        Err(error) if error.has_unknown_effect() && is_gone(media_id, session).await => {}
        Err(error) => {
            let is_unknown = error.has_unknown_effect();
            session.end_in(id, if is_unknown { GateState::Unknown } else { GateState::Failed }, &error).await;
            return Err(match is_unknown {
                true => GateError::Unknown { id, error },
                false => GateError::Failed { id: Some(id), error },
            });
        }
    }
    let end = GateEnd { media_id: Some(media_id.clone()), ..GateEnd::of(GateState::Done) };
    let ended = session.end(id, end, None).await;
    ended.map_err(|source| GateError::NotRecorded { media_id: media_id.clone(), source })?;
    let report = Ok(Report { articles: Vec::new() });
    Ok(Written { id: Some(id), media_id: media_id.clone(), kept: None, hash: None, report })
}

/// Returns whether the draft is not in the box; in doubt, it is.
async fn is_gone(media_id: &MediaId, session: &GateSession<'_>) -> bool {
    matches!(is_there(media_id, &session.context.restore).await, Ok(false))
}

/// Asks the platform whether a draft is in the box.
///
/// # Errors
///
/// [`RestoreError::NotMade`] if this is not known.
pub async fn is_there(media_id: &MediaId, context: &RestoreContext<'_>) -> Result<bool, RestoreError> {
    match context.client.draft_get(media_id).await {
        Ok(_) => Ok(true),
        Err(error) if error.kind == ErrorKind::NoArticles => Ok(true),
        Err(error) if error.kind == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(RestoreError::NotMade(error)),
    }
}

/// Returns why the draft could not be brought back whole; `None` where it could, or somebody pinned it as it is.
fn cannot_come_back(live: &CurrentDraft, session: &GateSession<'_>) -> Result<Option<GateError>, archive::Error> {
    let reader = Reader::open(session.context.path)?;
    if reader.pins(live.draft)?.contains_key(&live.version.number) {
        return Ok(None);
    }
    let filter = Filter { id: Some(live.draft), ..Filter::default() };
    let Some(draft) = reader.drafts(&filter)?.pop() else {
        let reasons = vec!["it is not in the archive".to_owned()];
        return Ok(Some(GateError::NotRestorable { draft: live.draft, version: live.version.number, reasons }));
    };
    let reasons = match restore::judge(&reader, &draft, &live.document)? {
        Some(judged) if judged.level == RestoreLevel::Fully => return Ok(None),
        Some(judged) => judged.reasons(),
        None => vec!["it holds something that cannot be sent".to_owned()],
    };
    Ok(Some(GateError::NotRestorable { draft: live.draft, version: live.version.number, reasons }))
}
