//! What the handlers of requests need: the archive, the clock, the configuration, a client for each account.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{Semaphore, watch};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::clients::Clients;
use super::failure::Failure;
use super::turn::Turns;
use crate::archive::{self, Reader, WriterHandle};
use crate::clock::Clock;
use crate::config::Config;
use crate::http_server::{Connections, Limits};

/// Connections that are served at the same time, and how long one may be used. A write may take minutes where the platform answers late.
const LIMITS: Limits = Limits { connections: 64, age: Duration::from_secs(300) };

/// Requests that read the archive at the same time; others wait.
const MOST_READERS: usize = 4;

/// How long a request waits for its turn to read.
const READ_TIMEOUT: Duration = Duration::from_secs(15);

/// What the gate depends on.
#[derive(Clone)]
pub struct GateServerContext {
    pub archive: WriterHandle,
    pub clock: Clock,
    pub stop: CancellationToken,
    /// Tracks the tasks of the server and of writes, to wait for their end.
    pub tasks: TaskTracker,
}

/// Everything that handlers need. Cheap to clone.
#[derive(Clone)]
pub(super) struct Site(Arc<Inner>);

struct Inner {
    context: GateServerContext,
    path: PathBuf,
    config: watch::Receiver<Arc<Config>>,
    connections: Connections,
    readers: Arc<Semaphore>,
    clients: Clients,
    turns: Turns,
}

impl Site {
    pub(super) fn new(path: PathBuf, config: watch::Receiver<Arc<Config>>, context: GateServerContext) -> Self {
        let (connections, readers) = (Connections::new(LIMITS), Arc::new(Semaphore::new(MOST_READERS)));
        let (clients, turns) = (Clients::default(), Turns::new(path.clone()));
        Self(Arc::new(Inner { context, path, config, connections, readers, clients, turns }))
    }

    pub(super) fn connections(&self) -> Connections {
        self.0.connections.clone()
    }

    pub(super) fn context(&self) -> &GateServerContext {
        &self.0.context
    }

    pub(super) fn archive(&self) -> &WriterHandle {
        &self.0.context.archive
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.0.context.clock
    }

    /// Returns the archive's file.
    pub(super) fn path(&self) -> &Path {
        &self.0.path
    }

    pub(super) fn clients(&self) -> &Clients {
        &self.0.clients
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.0.turns
    }

    /// Returns the configuration that is in force.
    pub(super) fn config(&self) -> Arc<Config> {
        Arc::clone(&self.0.config.borrow())
    }

    /// Reads the archive, beside the loop that answers. A new connection sees the file that is there now.
    pub(super) async fn read<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, archive::Error> + Send + 'static,
    ) -> Result<T, Failure> {
        let turn = tokio::time::timeout(READ_TIMEOUT, Arc::clone(&self.0.readers).acquire_owned()).await;
        let Ok(Ok(turn)) = turn else { return Err(archive::Error::Busy.into()) };
        let path = self.0.path.clone();
        // A client that goes away ends the waiting, and not the reading, which keeps its turn.
        let reading = tokio::task::spawn_blocking(move || {
            let _turn = turn;
            read(&Reader::open(&path)?)
        });
        // A panic is on stderr, or in the log.
        Ok(reading.await.map_err(|_| Failure::internal())??)
    }
}
