//! Reads a draft with `draft/get`, and processes the answer.

use super::observe::{observe_no_articles, record_content};
use super::quota_refresh::ensure_can_call;
use super::run::{PENDING_CALLS, PollRun};
use crate::archive;
use crate::model::{Endpoint, MediaId};
use crate::wechat::{DraftResponse, Error, ErrorKind};

/// How often a draft is read again in one poll because another process recorded it meanwhile.
const MOST_READINGS: u32 = 3;

/// Reads one draft, if the call is allowed.
pub(super) async fn fetch_draft(run: &mut PollRun<'_>, media_id: MediaId) -> Result<(), archive::Error> {
    if !ensure_can_call(run, Endpoint::DraftGet).await? {
        return Ok(());
    }
    let client = run.context.client;
    match run.cancellable(client.draft_get(&media_id)).await {
        Some(answer) => on_draft_answer(run, media_id, answer).await,
        None => Ok(()),
    }
}

/// Processes an answer of `draft/get`.
pub(super) async fn on_draft_answer(
    run: &mut PollRun<'_>,
    media_id: MediaId,
    answer: Result<DraftResponse, Error>,
) -> Result<(), archive::Error> {
    match answer {
        Ok(fetched) => {
            run.on_call_succeeded(Endpoint::DraftGet);
            return record_content(run, media_id, fetched, run.now).await;
        }
        Err(error) if error.kind == ErrorKind::NotFound && run.known.drafts.contains_key(&media_id) => {
            run.calls.circuit.on_success();
            run.outcome.compare_clocks(&error, run.now);
            run.outcome.missed_at.insert(media_id.clone(), run.now);
            run.outcome.not_found.push(media_id);
        }
        Err(error) if error.kind == ErrorKind::NoArticles => {
            run.on_call_succeeded(Endpoint::DraftGet);
            observe_no_articles(run, media_id, None, None);
        }
        Err(error) => run.on_call_failed(Some(media_id), &error),
    }
    run.flush(PENDING_CALLS).await
}

/// Reads drafts again that another process recorded after they were asked for.
pub(super) async fn read_overtaken(run: &mut PollRun<'_>) -> Result<(), archive::Error> {
    for _ in 0..MOST_READINGS {
        for media_id in std::mem::take(&mut run.outcome.overtaken) {
            if run.is_halted() || !run.can_call(Endpoint::DraftGet) {
                return Ok(());
            }
            let (account, id) = (run.context.account, media_id.clone());
            if let Some(newest) = run.context.archive.run(move |writer| writer.draft_snapshot(account, &id)).await? {
                let known = run.known.drafts.entry(media_id.clone()).or_insert_with(|| newest.clone());
                (known.number, known.hash, known.version_time) = (newest.number, newest.hash, newest.version_time);
            }
            fetch_draft(run, media_id).await?;
        }
    }
    Ok(())
}
