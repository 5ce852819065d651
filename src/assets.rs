//! Downloads every picture that the drafts of an account need.
//!
//! Start reading at [`AssetDownloader::collect`]: new versions are searched for pictures, and due pictures are downloaded in
//! their original size, a few at a time. Downloads run beside the polls and never delay them. A failed download is recorded
//! with its reason and repeated at growing intervals. An unreachable host is skipped for the rest of the run.

mod hosts;
mod image_fetcher;
mod placeholder;

use std::time::Duration;

use chrono::TimeDelta;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::image_fetcher::{DownloadError, ImageFetcher, RetryAfter};
use crate::archive::{self, AccountId, AssetScope, DownloadFailure, PendingDownload, WriterHandle};
use crate::clock::Clock;
use crate::config::{Account, Assets};
use crate::model::{Endpoint, Timestamp, quota_day};
use crate::usage::UsageCounter;
use crate::wechat::{Client, PictureError};

/// Concurrent downloads: enough to use the connection, and few enough that twenty megabytes each fit into memory.
const AT_ONCE: usize = 4;

/// How many pending pictures are read from the archive at once.
const BATCH: usize = 64;

/// The wait after a failed download, by the number of attempts. A picture that was missing for weeks will hardly come back.
const WAITS: [TimeDelta; 7] = [
    TimeDelta::minutes(1),
    TimeDelta::minutes(5),
    TimeDelta::minutes(30),
    TimeDelta::hours(2),
    TimeDelta::hours(8),
    TimeDelta::days(1),
    archive::LONGEST_WAIT,
];

/// How many of [`WAITS`] are used if the host cannot be reached: at most half an hour, because all its pictures are there when
/// the host is back.
const HOST_WAITS: u32 = 3;

/// The result of a run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DownloadSummary {
    /// Downloaded and stored pictures.
    pub stored: usize,
    /// Failed downloads.
    pub missed: usize,
    /// Pictures that are still due because the run was stopped.
    pub left: u64,
    /// An unreachable host that was skipped, and why.
    pub unreachable: Option<PictureError>,
    /// When the next picture is due; `None` if all are stored.
    pub next: Option<Timestamp>,
}

/// The progress of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// This many more pictures are due.
    Found(u64),
    /// One more was requested.
    Asked,
}

/// Called with the progress.
pub type OnProgress<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Downloads the pictures of one account. Keep it as long as the account is configured: it keeps its connections and knows the
/// platform's placeholder picture.
pub struct AssetDownloader {
    account: Account,
    archive: WriterHandle,
    clock: Clock,
    fetcher: ImageFetcher,
}

impl AssetDownloader {
    /// `client` must not be used elsewhere at the same time, because its call counts are moved to the archive.
    pub fn new(account: &Account, client: Client, archive: &WriterHandle, clock: &Clock) -> Self {
        let fetcher = ImageFetcher::new(client, account.asset_limit);
        Self { account: account.clone(), archive: archive.clone(), clock: clock.clone(), fetcher }
    }

    /// Downloads everything that is due; stops early when `stop` is cancelled. Finished downloads are recorded either way;
    /// unfinished ones stay due.
    ///
    /// # Errors
    ///
    /// If the archive cannot be read or written. Stored pictures stay stored.
    pub async fn collect(
        &mut self,
        stop: &CancellationToken,
        on_progress: OnProgress<'_>,
    ) -> Result<DownloadSummary, archive::Error> {
        let Some(places) = places(self.account.assets) else { return Ok(DownloadSummary::default()) };
        let account = self.get_or_create_account().await?;
        self.fetcher.hosts().forget();
        let counter = UsageCounter::new(self.fetcher.client(), &self.archive, account);
        let mut run = Run { account, places, stop, on_progress, collected: DownloadSummary::default() };
        let ended = self.download_due(&mut run).await;
        drop(counter);
        ended?;
        let mut collected = run.collected;
        collected.unreachable = self.fetcher.hosts().any_skipped();
        let now = self.clock.now();
        let left = stop.is_cancelled();
        (collected.left, collected.next) = self
            .archive
            .run(move |writer| {
                let left = if left { writer.count_due_downloads(account, places, now)? } else { 0 };
                Ok((left, writer.next_download_at(account, places)?))
            })
            .await?;
        Ok(collected)
    }

    async fn get_or_create_account(&self) -> Result<AccountId, archive::Error> {
        let (name, appid, now) = (self.account.name.clone(), self.account.appid.clone(), self.clock.now());
        self.archive.run(move |writer| writer.get_or_create_account(&name, &appid, now)).await
    }

    async fn download_due(&mut self, run: &mut Run<'_>) -> Result<(), archive::Error> {
        let Run { account, places, stop, .. } = *run;
        while !stop.is_cancelled() {
            let now = self.clock.now();
            if self.archive.run(move |writer| writer.extract_pictures(account, now)).await? == 0 {
                break;
            }
        }
        let mut announced = 0;
        while !stop.is_cancelled() {
            let now = self.clock.now();
            let (wanted, due) = self
                .archive
                .run(move |writer| {
                    let wanted = writer.pending_downloads(account, places, now, BATCH)?;
                    Ok((wanted, writer.count_due_downloads(account, places, now)?))
                })
                .await?;
            if wanted.is_empty() {
                break;
            }
            let found = (run.collected.asked() + due).saturating_sub(announced);
            announced += found;
            (run.on_progress)(Progress::Found(found));
            if let Some(prepared) = stop.run_until_cancelled(self.prepare(account, &wanted)).await {
                prepared?;
                self.download(wanted, run).await?;
            }
        }
        Ok(())
    }

    /// Updates the fetcher: how many materials were read today, and what the placeholder looks like.
    async fn prepare(&mut self, account: AccountId, wanted: &[PendingDownload]) -> Result<(), archive::Error> {
        self.count(account).await?;
        let now = self.clock.now();
        let day = quota_day(now);
        let (used, blocks) = self
            .archive
            .run(move |writer| {
                Ok((writer.calls_on_day(account, Endpoint::MaterialGet, &day)?, writer.list_blocks(account)?))
            })
            .await?;
        // A suspension blocks everything; the polls have detected it.
        let block = blocks.into_iter().find(|block| block.applies_to(Endpoint::MaterialGet, now));
        self.fetcher.prepare(used, block.map(|block| (block.until, block.message)), wanted, now).await;
        Ok(())
    }

    /// Downloads some pictures. Each is stored at once; failures are recorded together, because with a host that is down each
    /// failure would cost a write, again and again.
    async fn download(&mut self, wanted: Vec<PendingDownload>, run: &mut Run<'_>) -> Result<(), archive::Error> {
        let mut outcomes = Vec::new();
        let ended = self.download_each(wanted, run, &mut outcomes).await;
        self.record_failures(run.account, outcomes).await?;
        ended
    }

    /// Downloads pictures, a few at a time, and adds failures to `outcomes`.
    async fn download_each(
        &self,
        wanted: Vec<PendingDownload>,
        run: &mut Run<'_>,
        outcomes: &mut Vec<(PendingDownload, DownloadError)>,
    ) -> Result<(), archive::Error> {
        let mut wanted = wanted.into_iter();
        let mut downloads = JoinSet::new();
        loop {
            while downloads.len() < AT_ONCE {
                let Some(picture) = wanted.next() else { break };
                let (fetcher, now) = (self.fetcher.clone(), self.clock.now());
                downloads.spawn(async move { (fetcher.fetch(&picture, now).await, picture) });
            }
            match run.stop.run_until_cancelled(downloads.join_next()).await {
                None | Some(None) => return Ok(()),
                Some(Some(Err(panic))) => std::panic::resume_unwind(panic.into_panic()),
                Some(Some(Ok((Ok(asset), picture)))) => {
                    let now = self.clock.now();
                    self.archive.run(move |writer| writer.store_picture(picture.id, &asset, now)).await?;
                    run.collected.stored += 1;
                }
                Some(Some(Ok((Err(missed), picture)))) => {
                    run.collected.missed += 1;
                    outcomes.push((picture, missed));
                }
            }
            (run.on_progress)(Progress::Asked);
        }
    }

    async fn record_failures(
        &self,
        account: AccountId,
        outcomes: Vec<(PendingDownload, DownloadError)>,
    ) -> Result<(), archive::Error> {
        if outcomes.is_empty() {
            return Ok(());
        }
        let now = self.clock.now();
        let blocked = outcomes.iter().find_map(|(_, missed)| match missed.again {
            RetryAfter::At(until) => Some((missed.reason.clone(), until)),
            _ => None,
        });
        let missed: Vec<DownloadFailure> = outcomes.into_iter().map(|outcome| self.failure_of(outcome, now)).collect();
        self.archive
            .run(move |writer| {
                writer.record_download_failures(&missed)?;
                match blocked {
                    Some((reason, until)) => writer.defer_material_downloads(account, &reason, until),
                    None => Ok(()),
                }
            })
            .await
    }

    fn failure_of(
        &self,
        (picture, DownloadError { reason, again }): (PendingDownload, DownloadError),
        now: Timestamp,
    ) -> DownloadFailure {
        tracing::debug!(account = %self.account.name, address = picture.address, reason, "a picture was not downloaded");
        let wait = |tries: u32| Some(now + WAITS[(tries as usize).min(WAITS.len() - 1)]);
        let (tries, due_at) = match again {
            RetryAfter::LaterAndLater => (picture.tries + 1, wait(picture.tries)),
            RetryAfter::Soon => {
                let tries = picture.tries.min(HOST_WAITS - 1);
                // Failures of the host count for the picture only up to this limit.
                (picture.tries.max(tries + 1), wait(tries))
            }
            RetryAfter::At(until) => (picture.tries + 1, Some(until)),
            RetryAfter::Never => (picture.tries + 1, None),
        };
        DownloadFailure { id: picture.id, tries, reason, due_at }
    }

    async fn count(&self, account: AccountId) -> Result<(), archive::Error> {
        let calls = self.fetcher.client().drain_usage();
        if calls.is_empty() {
            return Ok(());
        }
        let line = calls.clone();
        let counted = self.archive.run(move |writer| writer.add_usage(account, &line)).await;
        if counted.is_err() {
            self.fetcher.client().restore_usage(calls);
        }
        counted
    }
}

/// One run for an account.
struct Run<'a> {
    account: AccountId,
    places: AssetScope,
    stop: &'a CancellationToken,
    on_progress: OnProgress<'a>,
    collected: DownloadSummary,
}

impl DownloadSummary {
    /// Returns how many pictures were asked for.
    fn asked(&self) -> u64 {
        (self.stored + self.missed) as u64
    }
}

fn places(assets: Assets) -> Option<AssetScope> {
    match assets {
        Assets::All => Some(AssetScope::All),
        Assets::Covers => Some(AssetScope::Covers),
        Assets::None => None,
    }
}

/// The wait after a run that ended with an error.
pub const RETRY_DELAY: Duration = Duration::from_secs(60);
