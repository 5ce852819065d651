//! Writes wait for their turn: those of this program in order, and all of them for restores of other processes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Mutex, OwnedMutexGuard, OwnedSemaphorePermit, Semaphore};

use super::failure::Failure;
use crate::archive::{self, RestoreLock};

/// So many writes run or wait; more are refused at once.
const MOST_WAITING: usize = 8;

/// How long a write waits for those before it.
const LONGEST: Duration = Duration::from_secs(20);

/// How often the lock is tried: another process does not say when it lets go.
const RETRY_INTERVAL: Duration = Duration::from_millis(100);

/// The queue of writes.
pub(super) struct Turns {
    path: PathBuf,
    places: Arc<Semaphore>,
    order: Arc<Mutex<()>>,
}

/// The turn of a write; others wait as long as it is held.
pub(super) struct Turn {
    pub(super) lock: RestoreLock,
    _order: OwnedMutexGuard<()>,
    _place: OwnedSemaphorePermit,
}

impl Turns {
    /// For the archive at `path`.
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path, places: Arc::new(Semaphore::new(MOST_WAITING)), order: Arc::default() }
    }

    /// Waits until nothing else is written.
    pub(super) async fn next(&self) -> Result<Turn, Failure> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Failure::busy("too many writes wait"))?;
        let waited = tokio::time::timeout(LONGEST, async {
            let order = Arc::clone(&self.order).lock_owned().await;
            Ok::<_, Failure>((self.lock().await?, order))
        });
        let (lock, order) = waited.await.map_err(|_| Failure::busy("another write or restore runs"))??;
        Ok(Turn { lock, _order: order, _place: place })
    }

    async fn lock(&self) -> Result<RestoreLock, Failure> {
        loop {
            match RestoreLock::acquire(&self.path) {
                Err(archive::Error::SecondRestore(_) | archive::Error::MergeRuns(_)) => {
                    tokio::time::sleep(RETRY_INTERVAL).await;
                }
                taken => return Ok(taken?),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Paused time moves on by itself while nothing else happens.
    #[tokio::test(start_paused = true)]
    async fn few_wait_and_none_for_long() {
        let directory = tempfile::tempdir().unwrap();
        let turns = Arc::new(Turns::new(directory.path().join("archive.db")));
        let running = turns.next().await.unwrap();
        let wait = |turns: &Arc<Turns>| {
            let turns = Arc::clone(turns);
            tokio::spawn(async move { turns.next().await.map(drop) })
        };
        let waiting: Vec<_> = (1..MOST_WAITING).map(|_| wait(&turns)).collect();
        tokio::task::yield_now().await;
        let began = tokio::time::Instant::now();
        assert!(turns.next().await.is_err());
        assert_eq!(began.elapsed(), Duration::ZERO, "refused at once");
        for waited in waiting {
            assert!(waited.await.unwrap().is_err());
        }
        assert_eq!(began.elapsed().as_secs(), LONGEST.as_secs());
        drop(running);
        assert!(turns.next().await.is_ok());
    }
}
