//! Replaces articles of a draft, those that differ.

use serde_json::Value;

use super::change::Change;
use super::cover;
use super::error::GateError;
use super::session::{GateSession, Written};
use super::settle;
use crate::archive::{GateState, WriteId};
use crate::canonical;
use crate::model::{Hash, MediaId};
use crate::restore::{self, ArticlePayload, CurrentDraft, IssueKind, Report, Severity};
use crate::wechat::Error;

pub(super) async fn update(
    media_id: &MediaId,
    expected: Option<Hash>,
    change: &Change,
    session: &GateSession<'_>,
) -> Result<Written, GateError> {
    let live = session.read(media_id).await?;
    settle::writes_over(&live, session).await?;
    let to_write = change.of(&live.document);
    // A program that did not get its answer asks the same again: what is there is what it wants.
    let is_there = to_write.as_ref().is_ok_and(Vec::is_empty);
    let live = if is_there { live } else { session.check_expected(live, expected).await? };
    let mut to_write = match to_write {
        Ok(to_write) => to_write,
        Err(error) => return Err(session.refuse(Some(&live), error).await),
    };
    if to_write.is_empty() {
        session.end_without_a_write(Some(&live), "it was so already").await?;
        let kept = Some((live.draft, live.version.number));
        let (hash, report) = (Some(live.version.hash), Ok(Report { articles: Vec::new() }));
        return Ok(Written { id: None, media_id: media_id.clone(), kept, hash, report });
    }
    match cover::name_covers(&mut to_write, &live, session).await {
        Ok(false) => {}
        // An upload takes time, and somebody may have saved the draft meanwhile.
        Ok(true) => drop(session.read_expected(media_id, Some(live.version.hash)).await?),
        Err(error) => return Err(session.refuse(Some(&live), error).await),
    }
    if let Err(error) = refuse_stops(&to_write) {
        return Err(session.refuse(Some(&live), error).await);
    }
    let id = session.begin(Some(&live)).await?;
    for (written, sent) in to_write.iter().enumerate() {
        if let Err(error) = replace(media_id, sent, &live.document, session).await {
            return Err(stopped(id, (written, &to_write), error, session, &live).await);
        }
    }
    let before = Some(&live.document[..]);
    session.conclude(id, media_id.clone(), (GateState::Done, None), (&to_write, before)).await
}

/// Refuses what the platform is sure to refuse.
pub(super) fn refuse_stops(articles: &[ArticlePayload]) -> Result<(), GateError> {
    let stops = restore::validate(articles).into_iter().filter(|issue| issue.weight == Severity::Stop);
    let reason = |kind: IssueKind| match kind {
        IssueKind::NoCover { number } => {
            format!("article {number} has no cover: thumb_media_id names a permanent picture of the account")
        }
        kind => kind.to_string(),
    };
    let reasons: Vec<String> = stops.map(|issue| reason(issue.kind)).collect();
    if reasons.is_empty() { Ok(()) } else { Err(GateError::Bad(reasons.join("; "))) }
}

/// Replaces an article. A lost answer is no failure if the article is there, and is not as it was `before`.
async fn replace(
    media_id: &MediaId,
    sent: &ArticlePayload,
    before: &[u8],
    session: &GateSession<'_>,
) -> Result<(), Error> {
    let position = sent.article.position;
    let (index, article) = (u32::try_from(position).unwrap_or(u32::MAX), Value::Object(sent.fields.clone()));
    let client = session.context.restore.client;
    let Err(error) = client.draft_update(media_id, index, &article).await else { return Ok(()) };
    if error.has_unknown_effect()
        && let Ok(now) = client.draft_get(media_id).await
        && let Some(now) = canonical::fields(&now.document).unwrap_or_default().get(position)
        && let Some(before) = canonical::fields(before).unwrap_or_default().get(position)
        && restore::is_written(sent, now)
        && !canonical::is_same_article(before, now)
    {
        return Ok(());
    }
    Err(error)
}

/// Records that an update did not come to its end, and what it left in the draft.
async fn stopped(
    id: WriteId,
    (written, to_write): (usize, &[ArticlePayload]),
    error: Error,
    session: &GateSession<'_>,
    live: &CurrentDraft,
) -> GateError {
    if written == 0 && !error.has_unknown_effect() {
        session.end_in(id, GateState::Failed, &error).await;
        return GateError::Failed { id: Some(id), error };
    }
    let state = if written == 0 { GateState::Unknown } else { GateState::Partly };
    // What was written is kept, so that it can be taken back. The article whose answer was lost may be there.
    let sent = &to_write[..written];
    let media_id = session.request.media_id().cloned().unwrap_or_else(|| MediaId::new(""));
    let ended = (state, Some(error.to_string()));
    if let Err(failure) = session.conclude(id, media_id, ended, (sent, Some(&live.document))).await {
        tracing::warn!(%failure, "what write {id} left could not be written down");
    }
    match state {
        GateState::Unknown => GateError::Unknown { id, error },
        _ => GateError::Partly { id, written, of: to_write.len(), error },
    }
}
