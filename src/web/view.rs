//! What the archive says at a moment. However many ask, it is looked at once a second.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::archive::{self, Archive, Reader, Standing, Writer};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::Timestamp;
use crate::standing::{Freshness, freshness, outlook};

/// How long a look serves: whoever scrapes a thousand times a second costs one look in that time.
const LOOK: Duration = Duration::from_secs(1);

/// How long a proof serves that the archive can be written, for each costs a write to the disk, which an idle service is to
/// spare; a failed one for as long as a look. A full disk is seen without a write.
const PROOF: Duration = Duration::from_secs(600);

/// How long the archive may take to be written and to be read, each. A large write goes before; both together stay below
/// the ten seconds that a scrape of Prometheus may take.
const PATIENCE: Duration = Duration::from_secs(4);

/// What was seen.
#[derive(Debug)]
pub(super) struct View {
    pub(super) at: Timestamp,
    /// The accounts of the configuration, in its order; empty where the archive cannot be read.
    pub(super) accounts: Vec<Seen>,
    /// Why the archive cannot be read or written.
    pub(super) broken: Option<String>,
    /// The size of the archive, with its log.
    pub(super) bytes: u64,
}

/// An account, as it was seen.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) standing: Standing,
    pub(super) freshness: Freshness,
}

/// Looks into the archive.
pub(super) struct Window {
    archive: Archive,
    path: PathBuf,
    clock: Clock,
    /// Held during a look, so that everybody waits for the same one.
    kept: Mutex<Kept>,
}

#[derive(Default)]
struct Kept {
    view: Option<(Instant, Arc<View>)>,
    proof: Option<Instant>,
    /// What is under way, perhaps since an earlier request: on a disk that hangs, each would keep a thread for good.
    proving: Option<JoinHandle<Result<(), archive::Error>>>,
    looking: Option<JoinHandle<Result<Sight, archive::Error>>>,
}

/// How each account stands, the archive's size, and why it has no room.
#[derive(Debug, Default)]
struct Sight {
    accounts: Vec<Seen>,
    bytes: u64,
    full: Option<String>,
}

impl Window {
    pub(super) fn new(archive: Archive, path: PathBuf, clock: Clock) -> Self {
        Self { archive, path, clock, kept: Mutex::default() }
    }

    /// Returns what there is to see of these accounts, a second old at most.
    pub(super) async fn view(&self, accounts: Arc<[Account]>) -> Arc<View> {
        let mut kept = self.kept.lock().await;
        if let Some((at, view)) = &kept.view
            && at.elapsed() < LOOK
        {
            return Arc::clone(view);
        }
        let proven = match kept.proof {
            Some(at) if at.elapsed() < PROOF => Ok(()),
            _ => {
                let proven = self.prove(&mut kept).await;
                kept.proof = proven.is_ok().then(Instant::now);
                proven
            }
        };
        let view = Arc::new(self.look(&mut kept, accounts, proven).await);
        kept.view = Some((Instant::now(), Arc::clone(&view)));
        view
    }

    async fn prove(&self, kept: &mut Kept) -> Result<(), String> {
        let archive = self.archive.clone();
        let proving =
            one_at_a_time(&mut kept.proving, || tokio::spawn(async move { archive.run(Writer::prove_writable).await }));
        match tokio::time::timeout(PATIENCE, proving).await {
            Ok(proven) => proven,
            Err(_) => Err(format!("the archive does not answer within {PATIENCE:?}")),
        }
    }

    async fn look(&self, kept: &mut Kept, accounts: Arc<[Account]>, proven: Result<(), String>) -> View {
        let (path, at) = (self.path.clone(), self.clock.now());
        let looking = one_at_a_time(&mut kept.looking, || {
            tokio::task::spawn_blocking(move || see(&Reader::open(&path)?, &accounts, at))
        });
        let seen = match tokio::time::timeout(PATIENCE, looking).await {
            Ok(seen) => seen,
            Err(_) => Err(format!("the archive cannot be read within {PATIENCE:?}")),
        };
        let unread = seen.as_ref().err().cloned();
        let Sight { accounts, bytes, full } = seen.unwrap_or_default();
        let broken = proven.err().or(unread).or(full);
        View { at, accounts, broken, bytes }
    }
}

/// Waits for the end of what was begun before, which tells of an earlier instant, and then for that of a new one. Where
/// nobody waits any longer, it stays under way.
async fn one_at_a_time<T>(
    under_way: &mut Option<JoinHandle<Result<T, archive::Error>>>,
    begin: impl FnOnce() -> JoinHandle<Result<T, archive::Error>>,
) -> Result<T, String> {
    if let Some(earlier) = under_way
        && let Err(error) = earlier.await
    {
        tracing::debug!(%error, "an earlier look into the archive failed");
    }
    let ended = under_way.insert(begin()).await;
    *under_way = None;
    ended.map_err(|error| error.to_string())?.map_err(|error| error.to_string())
}

/// Returns how each account of the configuration stands, and the archive's size.
fn see(reader: &Reader, accounts: &[Account], now: Timestamp) -> Result<Sight, archive::Error> {
    let mut standings = reader.standings(now)?;
    let seen = |account: &Account| {
        let standing = Standing::take(&mut standings, &account.name, &account.appid);
        let outlook = outlook(&standing, account, now);
        Seen { freshness: freshness(&standing, account, outlook.as_ref(), now), standing }
    };
    let full = reader.check_room().err().map(|error| error.to_string());
    Ok(Sight { accounts: accounts.iter().map(seen).collect(), bytes: reader.bytes(), full })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paused time moves on by itself while nothing else happens.
    #[tokio::test(start_paused = true)]
    async fn a_write_that_does_not_come_through_is_told_and_what_can_be_read_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let archive = Archive::open(&path).unwrap();
        let log = || std::fs::read(directory.path().join("archive.db-wal")).unwrap();
        let before = log();
        archive.run(Writer::prove_writable).await.unwrap();
        assert!(log() != before, "a proof is a write");

        let window = Window::new(archive, path.clone(), Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap()));
        let other = rusqlite::Connection::open(&path).unwrap();
        other.execute_batch("BEGIN IMMEDIATE").unwrap();
        let view = window.view(Arc::default()).await;
        assert_eq!(view.broken.as_deref(), Some("the archive does not answer within 4s"));
        assert!(view.bytes > 0);
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
            assert!(tokio::time::timeout(PATIENCE, one_at_a_time(&mut under_way, begin)).await.is_err());
        }
        assert_eq!(begun.load(std::sync::atomic::Ordering::Relaxed), 1);
        release.send_replace(true);
        assert_eq!(one_at_a_time(&mut under_way, begin).await, Ok(7));
        assert_eq!(begun.load(std::sync::atomic::Ordering::Relaxed), 2, "what it tells is of now");
        assert!(under_way.is_none());
    }
}
