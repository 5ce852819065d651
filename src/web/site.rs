//! What the handlers of requests need: the archive, the clock, the configuration, the restores that run.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};

use super::page_error::PageError;
use super::running_restores::RunningRestores;
use super::signature::Signer;
use super::unanswered::Unanswered;
use crate::archive::{self, Reader, WriterHandle};
use crate::clock::Clock;
use crate::config::Config;
use crate::full_text::{SearchError, Searcher, SharedSearcher};
use crate::http_server::{Connections, Limits};

/// Connections that are served at the same time, and how long one may be used.
const LIMITS: Limits = Limits { connections: 256, age: Duration::from_secs(120) };

/// Requests that read the archive at the same time; others wait. Each may hold a large document.
const MOST_READERS: usize = 4;

/// How long a request waits for its turn to read.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// How long a request waits for its turn to search.
const SEARCH_TIMEOUT: Duration = Duration::from_secs(5);

/// Everything that handlers need. Cheap to clone.
#[derive(Clone)]
pub(super) struct Site(Arc<Inner>);

struct Inner {
    archive: WriterHandle,
    path: PathBuf,
    clock: Clock,
    config: watch::Receiver<Arc<Config>>,
    signer: Signer,
    restores: Arc<RunningRestores>,
    searcher: SharedSearcher,
    connections: Connections,
    readers: Arc<Semaphore>,
    /// Passwords are hashed one at a time, for each takes 19 MiB.
    password: Arc<Semaphore>,
}

impl Site {
    pub(super) fn new(
        archive: WriterHandle,
        path: PathBuf,
        clock: Clock,
        config: watch::Receiver<Arc<Config>>,
        restores: Arc<RunningRestores>,
        searcher: SharedSearcher,
    ) -> Self {
        let signer = Signer::new().expect("the system has random numbers");
        let connections = Connections::new(LIMITS);
        let (readers, password) = (Arc::new(Semaphore::new(MOST_READERS)), Arc::new(Semaphore::new(1)));
        Self(Arc::new(Inner {
            archive,
            path,
            clock,
            config,
            signer,
            restores,
            searcher,
            connections,
            readers,
            password,
        }))
    }

    /// Returns the connections that all its listeners share.
    pub(super) fn connections(&self) -> Connections {
        self.0.connections.clone()
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.clock
    }

    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn restores(&self) -> &Arc<RunningRestores> {
        &self.0.restores
    }

    /// Returns what writes sessions and restores.
    pub(super) fn archive(&self) -> &WriterHandle {
        &self.0.archive
    }

    pub(super) fn signer(&self) -> &Signer {
        &self.0.signer
    }

    pub(super) fn password_turns(&self) -> Arc<Semaphore> {
        Arc::clone(&self.0.password)
    }

    /// Returns the configuration that is in force.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.0.config.borrow())
    }

    /// Reads the archive, beside the loop that answers. A new connection sees the file that is there now.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, PageError> + Send + 'static,
    ) -> Result<T, PageError> {
        let turn = tokio::time::timeout(READ_TIMEOUT, Arc::clone(&self.0.readers).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(PageError::Archive(archive::Error::Busy.to_string())) };
        let path = self.0.path.clone();
        // A client that goes away ends the waiting, and not the reading, which keeps its turn.
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read(&Reader::open(&path)?)
        });
        // A panic is on stderr, or in the log.
        reading.await.map_err(|_| PageError::Internal)?
    }

    /// Uses the index of the search.
    pub(super) async fn search<T: Send + 'static>(
        &self,
        mut work: impl FnMut(&Reader, &mut Searcher) -> Result<T, SearchError> + Send + 'static,
    ) -> Result<Result<T, Unanswered>, PageError> {
        let turn = tokio::time::timeout(SEARCH_TIMEOUT, self.0.searcher.turn()).await;
        let Ok(mut turn) = turn else { return Ok(Err(Unanswered::NotReady)) };
        self.read(move |reader| {
            let mut go_on = |_| ControlFlow::Continue(());
            Ok(Ok(turn.run(reader, &mut go_on, |searcher| work(reader, searcher))?))
        })
        .await
    }
}
