//! Each account has one task that downloads the pictures of its drafts. It runs beside the polls and never delays them.

use std::sync::Arc;
use std::time::Duration;

use super::worker::{AccountSession, WorkerContext, WorkerError, WorkerShared};
use crate::assets::{AssetDownloader, DownloadSummary, RETRY_DELAY};
use crate::model::Timestamp;
use crate::wechat::PictureError;

/// The longest sleep: the clock may jump, and a picture may be due in a week.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// Downloads after each step of a poll and when a picture is due again, until the daemon stops.
pub(super) async fn run(shared: Arc<WorkerShared>, context: WorkerContext) {
    let (mut cached, mut wait, mut last_error, mut unreachable) = (None, LONGEST_WAIT, None, None);
    loop {
        tokio::select! {
            () = shared.polled.notified() => {}
            () = tokio::time::sleep(wait) => {}
            () = context.stop.cancelled() => return,
        }
        let Some(session) = shared.session() else { continue };
        let collector = match cached.take() {
            Some((known, collector)) if Arc::ptr_eq(&known, &session) => Some(collector),
            _ => None,
        };
        match run_once(&session, collector, &context).await {
            Ok((collector, collected)) => {
                log_collected(&session, &collected, &mut unreachable);
                wait = wait_until_next(collected.next, context.clock.now());
                (cached, last_error) = (Some((session, collector)), None);
            }
            Err(error) => {
                wait = RETRY_DELAY;
                let told = error.to_string();
                // A lasting error is logged once; the polls report errors of the archive again.
                if last_error.as_ref() != Some(&told) {
                    tracing::warn!(account = %session.account().name, error = told, "pictures cannot be downloaded");
                    last_error = Some(told);
                }
            }
        }
    }
}

/// Downloads in its own task, so that a panic ends only this run.
async fn run_once(
    session: &Arc<AccountSession>,
    collector: Option<AssetDownloader>,
    context: &WorkerContext,
) -> Result<(AssetDownloader, DownloadSummary), WorkerError> {
    let (session, archive, clock, stop) =
        (Arc::clone(session), context.archive.clone(), context.clock.clone(), context.stop.clone());
    let collecting = tokio::spawn(async move {
        let mut collector = match collector {
            Some(collector) => collector,
            None => AssetDownloader::new(session.account(), session.client(&clock)?.with_own_usage(), &archive, &clock),
        };
        let collected = collector.collect(&stop, &|_| {}).await?;
        Ok((collector, collected))
    });
    collecting.await.unwrap_or_else(|error| Err(WorkerError::Panic(error.to_string())))
}

/// Logs what was stored. An unreachable host is logged once, until pictures arrive again.
fn log_collected(session: &AccountSession, collected: &DownloadSummary, told: &mut Option<PictureError>) {
    let DownloadSummary { stored, missed, unreachable, .. } = collected;
    let account = &session.account().name;
    if *stored > 0 {
        tracing::info!(%account, stored, missed, "pictures stored");
    }
    match unreachable {
        Some(failure) if told.is_none() => {
            tracing::warn!(%account, error = %failure, "pictures are delayed; they are requested again at least every half hour");
            *told = Some(failure.clone());
        }
        Some(_) => {}
        None if *stored > 0 => *told = None,
        None => {}
    }
}

fn wait_until_next(next: Option<Timestamp>, now: Timestamp) -> Duration {
    let wait = next.map_or(LONGEST_WAIT, |next| (next - now).to_std().unwrap_or_default());
    // At least a second, even if a picture is due at once.
    wait.clamp(Duration::from_secs(1), LONGEST_WAIT)
}
