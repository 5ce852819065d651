//! A cached snapshot of the archive: read at most once a second, for any number of requests.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::archive::{self, AccountStats, CopyState, OutboxTarget, ProofRecord, Reader, Writer, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::gate;
use crate::health::{Freshness, forecast, freshness, mirror_problem};
use crate::model::Timestamp;

/// How long a snapshot is used: a thousand requests a second cause one read.
const SNAPSHOT_TTL: Duration = Duration::from_secs(1);

/// How long a successful write probe is used: each probe writes to the disk, which an idle service should avoid. A failed probe
/// is used for [`SNAPSHOT_TTL`]. A full disk is detected without a write.
const WRITE_PROBE_TTL: Duration = Duration::from_secs(600);

/// How long the write probe and the read may take, each. A large write may be waiting before the probe. Both together stay below
/// the ten seconds that Prometheus waits.
const PROBE_TIMEOUT: Duration = Duration::from_secs(4);

/// The state of the archive and its accounts.
#[derive(Debug)]
pub(super) struct StatusSnapshot {
    pub(super) at: Timestamp,
    /// The configured accounts, in order; empty if the archive cannot be read.
    pub(super) accounts: Vec<AccountSnapshot>,
    /// The targets of notifications.
    pub(super) targets: Vec<OutboxTarget>,
    pub(super) copies: Vec<CopyState>,
    pub(super) proofs: Vec<ProofRecord>,
    /// Whether the mirror is not up to date.
    pub(super) is_mirror_failing: bool,
    /// How many writes of programs wait for a yes.
    pub(super) held_writes: u64,
    /// Why the archive cannot be read or written.
    pub(super) broken: Option<String>,
    /// The size of the archive, with its log.
    pub(super) bytes: u64,
}

/// The state of an account.
#[derive(Debug)]
pub(super) struct AccountSnapshot {
    pub(super) stats: AccountStats,
    pub(super) freshness: Freshness,
}

/// Reads snapshots and keeps the newest.
pub(super) struct StatusCache {
    archive: WriterHandle,
    path: PathBuf,
    clock: Clock,
    /// Locked during a read, so that all requests wait for the same one.
    state: Mutex<CacheState>,
}

#[derive(Default)]
struct CacheState {
    snapshot: Option<(Instant, Arc<StatusSnapshot>)>,
    last_write_probe: Option<Instant>,
    /// Operations that are running, perhaps since an earlier request: if the disk hangs, each further one would block a thread
    /// forever.
    write_probe: Option<JoinHandle<Result<(), archive::Error>>>,
    reading: Option<JoinHandle<Result<ArchiveReading, archive::Error>>>,
}

/// What was read: the accounts, the targets, the copies, the proofs, the mirror, what waits for a yes, the archive's size, and why the disk is full, if it is.
#[derive(Debug, Default)]
struct ArchiveReading {
    accounts: Vec<AccountSnapshot>,
    targets: Vec<OutboxTarget>,
    copies: Vec<CopyState>,
    proofs: Vec<ProofRecord>,
    is_mirror_failing: bool,
    held_writes: u64,
    bytes: u64,
    full: Option<String>,
}

impl StatusCache {
    pub(super) fn new(archive: WriterHandle, path: PathBuf, clock: Clock) -> Self {
        Self { archive, path, clock, state: Mutex::default() }
    }

    /// Returns a snapshot of these accounts, at most a second old.
    pub(super) async fn snapshot(&self, accounts: Arc<[Account]>) -> Arc<StatusSnapshot> {
        let mut state = self.state.lock().await;
        if let Some((at, snapshot)) = &state.snapshot
            && at.elapsed() < SNAPSHOT_TTL
        {
            return Arc::clone(snapshot);
        }
        let writable = match state.last_write_probe {
            Some(at) if at.elapsed() < WRITE_PROBE_TTL => Ok(()),
            _ => {
                let writable = self.probe_writable(&mut state).await;
                state.last_write_probe = writable.is_ok().then(Instant::now);
                writable
            }
        };
        let snapshot = Arc::new(self.read(&mut state, accounts, writable).await);
        state.snapshot = Some((Instant::now(), Arc::clone(&snapshot)));
        snapshot
    }

    async fn probe_writable(&self, state: &mut CacheState) -> Result<(), String> {
        let archive = self.archive.clone();
        let probe = one_at_a_time(&mut state.write_probe, || {
            tokio::spawn(async move { archive.run(Writer::prove_writable).await })
        });
        match tokio::time::timeout(PROBE_TIMEOUT, probe).await {
            Ok(writable) => writable,
            Err(_) => Err(format!("the archive does not answer within {PROBE_TIMEOUT:?}")),
        }
    }

    async fn read(
        &self,
        state: &mut CacheState,
        accounts: Arc<[Account]>,
        writable: Result<(), String>,
    ) -> StatusSnapshot {
        let (path, at) = (self.path.clone(), self.clock.now());
        let reading = one_at_a_time(&mut state.reading, || {
            tokio::task::spawn_blocking(move || read_archive(&Reader::open(&path)?, &accounts, at))
        });
        let seen = match tokio::time::timeout(PROBE_TIMEOUT, reading).await {
            Ok(seen) => seen,
            Err(_) => Err(format!("the archive cannot be read within {PROBE_TIMEOUT:?}")),
        };
        let unread = seen.as_ref().err().cloned();
        let ArchiveReading { accounts, targets, copies, proofs, is_mirror_failing, held_writes, bytes, full } =
            seen.unwrap_or_default();
        let broken = writable.err().or(unread).or(full);
        StatusSnapshot { at, accounts, targets, copies, proofs, is_mirror_failing, held_writes, broken, bytes }
    }
}

/// Waits for an operation that was started earlier, ignores its outdated result, then starts a new one and waits for it. If the
/// caller stops waiting, the operation stays in `under_way`.
async fn one_at_a_time<T>(
    under_way: &mut Option<JoinHandle<Result<T, archive::Error>>>,
    begin: impl FnOnce() -> JoinHandle<Result<T, archive::Error>>,
) -> Result<T, String> {
    if let Some(earlier) = under_way
        && let Err(error) = earlier.await
    {
        tracing::debug!(%error, "an earlier read of the archive failed");
    }
    let ended = under_way.insert(begin()).await;
    *under_way = None;
    ended.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// Reads the state of the configured accounts, and the archive's size.
fn read_archive(reader: &Reader, accounts: &[Account], now: Timestamp) -> Result<ArchiveReading, archive::Error> {
    let mut all_stats = reader.account_stats(now)?;
    let seen = |account: &Account| {
        let stats = AccountStats::take_or_default(&mut all_stats, &account.name, &account.appid);
        let forecast = forecast(&stats, account, now);
        AccountSnapshot { freshness: freshness(&stats, account, forecast.as_ref(), now), stats }
    };
    let full = reader.check_room().err().map(|error| error.to_string());
    let accounts = accounts.iter().map(seen).collect();
    let (targets, copies, proofs) = (reader.outbox_targets()?, reader.copy_states()?, reader.proofs()?);
    let is_mirror_failing = mirror_problem(&reader.open_conditions()?).is_some();
    let (held_writes, bytes) = (gate::waiting(reader, now)?.len() as u64, reader.bytes());
    Ok(ArchiveReading { accounts, targets, copies, proofs, is_mirror_failing, held_writes, bytes, full })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paused time moves on by itself while nothing else happens.
    #[tokio::test(start_paused = true)]
    async fn a_write_that_does_not_come_through_is_told_and_what_can_be_read_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let archive = WriterHandle::open(&path).unwrap();
        let log = || std::fs::read(directory.path().join("archive.db-wal")).unwrap();
        let before = log();
        archive.run(Writer::prove_writable).await.unwrap();
        assert!(log() != before, "a proof is a write");

        let cache = StatusCache::new(archive, path.clone(), Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap()));
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let snapshot = cache.snapshot(Arc::default()).await;
        assert_eq!(snapshot.broken.as_deref(), Some("the archive does not answer within 4s"));
        assert!(snapshot.bytes > 0);
        other.execute_batch("ROLLBACK").unwrap();
    }

    /// On a disk that hung, every scrape left a thread behind.
    #[tokio::test(start_paused = true)]
    async fn one_look_that_hangs_is_under_way_at_a_time() {
        let begun = std::sync::atomic::AtomicUsize::new(0);
        let (release, hangs) = tokio::sync::watch::channel(false);
        let mut under_way = None;
        let begin = || {
            let mut hangs = hangs.clone();
            begun.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            tokio::spawn(async move {
                hangs.wait_for(|released| *released).await.unwrap();
                Ok(7)
            })
        };
        for _ in 0..5 {
            assert!(tokio::time::timeout(PROBE_TIMEOUT, one_at_a_time(&mut under_way, begin)).await.is_err());
        }
        assert_eq!(begun.load(std::sync::atomic::Ordering::Relaxed), 1);
        release.send_replace(true);
        assert_eq!(one_at_a_time(&mut under_way, begin).await, Ok(7));
        assert_eq!(begun.load(std::sync::atomic::Ordering::Relaxed), 2, "what it tells is of now");
        assert!(under_way.is_none());
    }
}
