//! Makes a new draft, once.
//!
//! `draft/add` is not idempotent and takes no key. Where its answer is lost, the draft is searched for by its content; and a program that
//! asks for the same draft again gets the one that it made.

use std::collections::HashSet;

use chrono::TimeDelta;
use serde_json::{Map, Value};

use super::change::{self, add_unknown, payloads};
use super::error::GateError;
use super::session::{GateSession, Written};
use super::update::refuse_stops;
use crate::archive::{self, GateRecord, GateState, WriteId};
use crate::model::{MediaId, Timestamp};
use crate::restore::{ArticlePayload, DraftQuery, READ_BACK_WAITS, SETTLED};
use crate::wechat::Error;

/// A program that asks for the same articles again within this time did not get its answer.
const ASKED_AGAIN: TimeDelta = TimeDelta::minutes(10);

pub(super) async fn create(articles: &[Map<String, Value>], session: &GateSession<'_>) -> Result<Written, GateError> {
    let sent = match check(articles) {
        Ok(sent) => sent,
        Err(error) => return Err(session.refuse(None, error).await),
    };
    match settle(&sent, session).await {
        Ok(None) => {}
        Ok(Some(written)) => {
            session.end_without_a_write(None, "the draft was made before").await?;
            return Ok(written);
        }
        Err(error @ GateError::Held(_)) => return Err(error),
        Err(error) => return Err(session.refuse(None, error).await),
    }
    let id = session.begin(None).await?;
    let began_at = session.context.restore.clock.now();
    let body: Value = sent.iter().map(|sent| Value::Object(sent.fields.clone())).collect();
    match session.context.restore.client.draft_add(&body).await {
        Ok(media_id) => session.conclude(id, media_id, (GateState::Done, None), (&sent, None)).await,
        Err(error) if error.has_unknown_effect() => answer_was_lost((id, began_at), error, &sent, session).await,
        Err(error) => {
            session.end_in(id, GateState::Failed, &error).await;
            Err(GateError::Failed { id: Some(id), error })
        }
    }
}

/// Refuses what the platform is sure to refuse.
fn check(articles: &[Map<String, Value>]) -> Result<Vec<ArticlePayload>, GateError> {
    change::check(articles, 0)?;
    let mut sent = payloads(articles)?;
    add_unknown(&mut sent, articles);
    refuse_stops(&sent).map(|()| sent)
}

/// Finds the draft that an earlier write of the same articles may have made.
async fn settle(sent: &[ArticlePayload], session: &GateSession<'_>) -> Result<Option<Written>, GateError> {
    let (account, context) = (session.draft_box.account, &session.context.restore);
    let open = context.archive.run(move |writer| writer.unsettled_gate_writes(account)).await?;
    let wanted = serde_json::to_string(session.request).unwrap_or_default();
    if let Some(written) = made_before(&wanted, session).await? {
        return Ok(Some(written));
    }
    for GateRecord { id, asked_at, decided, finished_at, request, .. } in open {
        if request.as_ref() != Some(&wanted) || Some(id) == session.approved_id() {
            continue;
        }
        let began_at = decided.map_or(asked_at, |(_, approved_at)| approved_at);
        let found = query(sent, began_at, session).await?.find(context.client).await;
        if let Some(media_id) = found.map_err(|error| GateError::Unknown { id, error })? {
            return session.conclude(id, media_id, (GateState::Done, None), (sent, None)).await.map(Some);
        }
        let last = finished_at.unwrap_or(began_at);
        // If the clock was set back far, the age means nothing and must not delay the write.
        if (context.clock.now() - last).abs() < SETTLED {
            return Err(GateError::Unsettled { id, until: last + SETTLED });
        }
        session.end_in(id, GateState::Failed, &"the draft never appeared").await;
    }
    Ok(None)
}

/// Finds the draft that a write of the same articles made a moment ago: its answer did not reach the program, which asks again.
async fn made_before(wanted: &str, session: &GateSession<'_>) -> Result<Option<Written>, GateError> {
    if session.approved_id().is_some() {
        return Ok(None);
    }
    let (archive, account) = (session.context.restore.archive, session.draft_box.account);
    let (wanted, since) = (wanted.to_owned(), session.context.restore.clock.now() - ASKED_AGAIN);
    let Some(same) = archive.run(move |writer| writer.same_create(account, &wanted, since)).await? else {
        return Ok(None);
    };
    let GateRecord { id, draft, result, .. } = same;
    let Some(media_id) = same.media_id else { return Err(GateError::Held(id)) };
    let kept = draft.zip(result);
    let hash = match kept {
        Some((draft, version)) => archive.run(move |writer| writer.version_hash(draft, version)).await?,
        None => None,
    };
    let report = Err(format!("it was made before, by write {id}"));
    Ok(Some(Written { id: Some(id), media_id, kept, hash, report }))
}

async fn answer_was_lost(
    (id, began_at): (WriteId, Timestamp),
    error: Error,
    sent: &[ArticlePayload],
    session: &GateSession<'_>,
) -> Result<Written, GateError> {
    let context = &session.context.restore;
    let mut wanted = query(sent, began_at, session).await?;
    // One page at a time while it may still appear; the whole box once at the end.
    for (look, wait) in READ_BACK_WAITS.into_iter().enumerate() {
        context.clock.sleep(wait).await;
        let is_last = look + 1 == READ_BACK_WAITS.len();
        let found = if is_last { wanted.find(context.client).await } else { wanted.find_newest(context.client).await };
        if let Ok(Some(media_id)) = found {
            return session.conclude(id, media_id, (GateState::Done, None), (sent, None)).await;
        }
    }
    session.end_in(id, GateState::Unknown, &error).await;
    Err(GateError::Unknown { id, error })
}

/// Returns the search for a draft that a write begun at this time may have made.
async fn query<'s>(
    sent: &'s [ArticlePayload],
    began_at: Timestamp,
    session: &GateSession<'_>,
) -> Result<DraftQuery<'s>, archive::Error> {
    let account = session.draft_box.account;
    let seen =
        session.context.restore.archive.run(move |writer| writer.drafts_made_otherwise(account, began_at)).await?;
    let ruled_out: HashSet<MediaId> = seen.into_iter().collect();
    Ok(DraftQuery { articles: sent, began_at, ruled_out })
}
