//! Drafts one by one, by `draft/get`, a few requests at a time.

use tokio::task::JoinSet;

use super::draft_answer::on_draft_answer;
use super::quota_refresh::ensure_can_call;
use super::run::PollRun;
use crate::archive;
use crate::model::{Endpoint, MediaId};

/// Requests under way at once: enough to hide the latency of a list, too few to trouble anybody.
const IN_FLIGHT: u64 = 4;

/// Reads the drafts in their order, until all are read, or nothing more is of use, or the order to stop comes.
pub(super) async fn fetch_by_id(run: &mut PollRun<'_>, media_ids: &[MediaId]) -> Result<(), archive::Error> {
    let mut waiting = media_ids.iter().cloned().peekable();
    let mut flight = JoinSet::new();
    // Asked before the first: what is doubtful is asked for.
    if waiting.peek().is_some() && !ensure_can_call(run, Endpoint::DraftGet).await? {
        return Ok(());
    }
    loop {
        // Those under way may not be counted yet.
        while (flight.len() as u64) < run.remaining(Endpoint::DraftGet).min(IN_FLIGHT) {
            let Some(media_id) = waiting.next() else { break };
            let client = run.context.client.clone();
            flight.spawn(async move {
                let answer = client.draft_get(&media_id).await;
                (media_id, answer)
            });
        }
        match run.cancellable(flight.join_next()).await.flatten() {
            Some(Ok((media_id, answer))) => on_draft_answer(run, media_id, answer).await?,
            Some(Err(panic)) => std::panic::resume_unwind(panic.into_panic()),
            None => break,
        }
    }
    // Where the order to stop came: no call is made any more once the poll counts its calls.
    flight.shutdown().await;
    let rest: Vec<MediaId> = waiting.collect();
    if rest.is_empty() || run.is_halted() || !ensure_can_call(run, Endpoint::DraftGet).await? {
        return Ok(());
    }
    // The platform allows more than was known.
    Box::pin(fetch_by_id(run, &rest)).await
}
