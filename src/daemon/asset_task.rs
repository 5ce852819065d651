//! Downloads the pictures of an account's drafts beside its polls, which are never delayed.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::context::WorkerContext;
use super::lasting_error::LastingError;
use super::outcome::WorkerError;
use super::requests::Requests;
use super::session::{AccountSession, CurrentSession};
use crate::assets::{AssetDownloader, DownloadSummary, RETRY_DELAY};
use crate::model::Timestamp;
use crate::wechat::PictureError;

/// The longest sleep: the clock may jump, and a picture may be due in a week.
const LONGEST_WAIT: Duration = Duration::from_secs(600);

/// The downloads of an account: after each step of a poll, and when a picture is due again. While none is due, there is no task.
pub(super) struct Downloads {
    session: CurrentSession,
    context: WorkerContext,
    requests: Requests,
    memory: Mutex<Memory>,
}

/// What is kept from run to run. The running task takes it out.
#[derive(Default)]
struct Memory {
    downloader: Option<(Arc<AccountSession>, AssetDownloader)>,
    lasting: LastingError,
    unreachable: Option<PictureError>,
}

impl Downloads {
    pub(super) fn new(session: CurrentSession, context: WorkerContext) -> Self {
        Self { session, context, requests: Requests::default(), memory: Mutex::default() }
    }

    fn replace_memory(&self, memory: Memory) -> Memory {
        std::mem::replace(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner), memory)
    }

    /// Requests a run: now, or after the running one.
    pub(super) fn request(downloads: &Arc<Self>) {
        if downloads.requests.add() {
            downloads.context.tasks.spawn(run(Arc::clone(downloads)));
        }
    }
}

/// Downloads until nothing is due any more.
async fn run(downloads: Arc<Downloads>) {
    let Downloads { context, requests, .. } = &*downloads;
    while requests.take() && !context.stop.is_cancelled() {
        let mut memory = downloads.replace_memory(Memory::default());
        let wait = download(&downloads, &mut memory).await;
        downloads.replace_memory(memory);
        let Some(wait) = wait else { continue };
        tokio::select! {
            () = requests.added() => {}
            () = tokio::time::sleep(wait) => {}
            () = context.stop.cancelled() => {}
        }
        requests.renew();
    }
}

/// Downloads what is due; returns the wait until something is due again.
async fn download(downloads: &Downloads, memory: &mut Memory) -> Option<Duration> {
    let Downloads { session, context, .. } = downloads;
    let session = session.get()?;
    let downloader = memory.downloader.take().filter(|(known, _)| Arc::ptr_eq(known, &session));
    match run_once(&session, downloader.map(|(_, downloader)| downloader), context).await {
        Ok((downloader, summary)) => {
            log_summary(&session, &summary, &mut memory.unreachable);
            memory.downloader = Some((session, downloader));
            memory.lasting.update(None);
            summary.next.map(|next| wait_until(next, context.clock.now()))
        }
        Err(error) => {
            let message = error.to_string();
            // The polls report errors of the archive again.
            if let Some(error) = memory.lasting.update(Some(&message)) {
                tracing::warn!(account = %session.account().name, error, "pictures cannot be downloaded");
            }
            Some(RETRY_DELAY)
        }
    }
}

/// Downloads in its own task, so that a panic ends only this run.
async fn run_once(
    session: &Arc<AccountSession>,
    downloader: Option<AssetDownloader>,
    context: &WorkerContext,
) -> Result<(AssetDownloader, DownloadSummary), WorkerError> {
    let session = Arc::clone(session);
    let WorkerContext { archive, clock, http, stop, .. } = context.clone();
    let collecting = tokio::spawn(async move {
        let mut downloader = match downloader {
            Some(downloader) => downloader,
            None => {
                let client = session.client(&clock, &http)?.with_own_usage();
                AssetDownloader::new(session.account(), client, &archive, &clock)
            }
        };
        let summary = downloader.collect(&stop, &|_| {}).await?;
        Ok((downloader, summary))
    });
    collecting.await.unwrap_or_else(|error| Err(WorkerError::Panic(error.to_string())))
}

/// Logs what was stored. An unreachable host is logged once, until pictures arrive again.
fn log_summary(session: &AccountSession, summary: &DownloadSummary, reported: &mut Option<PictureError>) {
    let DownloadSummary { stored, missed, unreachable, .. } = summary;
    let account = &session.account().name;
    if *stored > 0 {
        tracing::info!(%account, stored, missed, "pictures stored");
    }
    match unreachable {
        Some(failure) if reported.is_none() => {
            tracing::warn!(%account, error = %failure, "pictures are delayed; they are requested again at least every half hour");
            *reported = Some(failure.clone());
        }
        Some(_) => {}
        None if *stored > 0 => *reported = None,
        None => {}
    }
}

fn wait_until(next: Timestamp, now: Timestamp) -> Duration {
    // At least a second, even if a picture is due at once.
    (next - now).to_std().unwrap_or_default().clamp(Duration::from_secs(1), LONGEST_WAIT)
}
