//! Makes one step of a poll.

use std::sync::Arc;

use tokio::time::Instant;

use super::context::WorkerContext;
use super::outcome::{StepOutcome, WorkerError};
use super::session::AccountSession;
use crate::config::Account;
use crate::model::Timestamp;
use crate::poll::{self, AdaptivePoller, RETRY_DELAY, StepResult};
use crate::wechat::Client;

/// Polls in its own task, so that a panic ends the poll and not the worker. A panic loses the state of the adaptive poller.
pub(super) async fn step(
    session: Arc<AccountSession>,
    kept: &mut AdaptivePoller,
    context: &WorkerContext,
) -> StepOutcome {
    let is_planned = session.account().poll_mode.schedule().is_none();
    let (began_at, began, polled) = (context.clock.now(), Instant::now(), Arc::clone(&session));
    let mut poller = std::mem::take(kept);
    let polling = tokio::spawn({
        let WorkerContext { archive, clock, http, stop, on_poll, .. } = context.clone();
        async move {
            let stepped = match session.client(&clock, &http) {
                Ok(client) => poller
                    .step(session.account(), client, &archive, &clock, began_at, &stop)
                    .await
                    .map_err(WorkerError::from),
                Err(error) => Err(error.into()),
            };
            if let Ok(StepResult { report: Some(report), .. }) = &stepped {
                on_poll(report);
            }
            (stepped, poller)
        }
    });
    let stepped = match polling.await {
        Ok((stepped, poller)) => {
            *kept = poller;
            stepped
        }
        Err(error) => Err(WorkerError::Panic(error.to_string())),
    };
    let (ended_at, took, cut_short) = (context.clock.now(), began.elapsed(), context.stop.is_cancelled());
    let answers = polled.existing_client().map(Client::drain_response_counts).unwrap_or_default();
    let proof = stepped.as_ref().ok().and_then(|step| step.proof);
    let (result, next) = match stepped {
        Ok(StepResult { report, next, .. }) => (Ok(report), next),
        Err(error) => {
            record_broken_poll(polled.account(), context, began_at, ended_at, &error).await;
            (Err(error), is_planned.then(|| ended_at + RETRY_DELAY))
        }
    };
    let account = polled.account().name.clone();
    StepOutcome { account, began_at, ended_at, took, answers, cut_short, result, next, proof }
}

/// Records that a poll ended with an error, if the archive can still be written.
async fn record_broken_poll(
    account: &Account,
    context: &WorkerContext,
    began_at: Timestamp,
    ended_at: Timestamp,
    error: &WorkerError,
) {
    let written = poll::record_broken(account, &context.archive, began_at, ended_at, error.failure()).await;
    if let Err(error) = written {
        tracing::debug!(account = %account.name, %error, "the failed poll was not recorded");
    }
}
