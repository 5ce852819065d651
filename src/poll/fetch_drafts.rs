//! Reads drafts one by one with `draft/get`, a few requests at a time.

use tokio::task::JoinSet;

use super::draft_answer::on_draft_answer;
use super::quota_refresh::ensure_can_call;
use super::run::PollRun;
use crate::archive;
use crate::model::{Endpoint, MediaId};

/// Concurrent requests: enough to hide the latency, too few to disturb anybody.
const IN_FLIGHT: u64 = 4;

/// Reads the drafts in their order, until all are read, no further call is allowed, or the poll is stopped.
pub(super) async fn fetch_by_id(run: &mut PollRun<'_>, media_ids: &[MediaId]) -> Result<(), archive::Error> {
    let mut waiting = media_ids.iter().cloned().peekable();
    let mut flight = JoinSet::new();
    // Before the first call the platform is asked, if what is left of the limit is in doubt.
    if waiting.peek().is_some() && !ensure_can_call(run, Endpoint::DraftGet).await? {
        return Ok(());
    }
    loop {
        // Running requests may not be counted yet.
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
    // After a stop: no call may be made once the poll has counted its calls.
    flight.shutdown().await;
    let rest: Vec<MediaId> = waiting.collect();
    if rest.is_empty() || run.is_halted() || !ensure_can_call(run, Endpoint::DraftGet).await? {
        return Ok(());
    }
    // The platform allows more than was known.
    Box::pin(fetch_by_id(run, &rest)).await
}
