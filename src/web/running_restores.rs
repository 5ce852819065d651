//! The restores that run, each in a task of the daemon, whether or not somebody waits for it.
//!
//! Each has the random name of the form that asked for it. While it runs, the same form leads to it; afterwards the archive knows
//! which restore the form began. So a form that is sent twice begins one restore.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::restore_failure::Failure;
use crate::archive::RestoreId;
use crate::restore;

/// A restore that runs.
#[derive(Clone)]
pub(super) struct RunningRestore {
    begun: watch::Receiver<Option<RestoreId>>,
    end: watch::Receiver<Option<Result<(), Failure>>>,
}

impl RunningRestore {
    /// Waits until the restore has a number, or until it is known why nothing was begun. Returns nothing if it panicked, or if a stop
    /// of the daemon ended it.
    pub(super) async fn number(mut self) -> Option<Result<RestoreId, Failure>> {
        let number = tokio::select! {
            biased;
            Ok(begun) = self.begun.wait_for(Option::is_some) => *begun,
            end = self.end.wait_for(Option::is_some) => match end.as_deref() {
                Ok(Some(Err(failure))) => return Some(Err(failure.clone())),
                _ => None,
            },
        };
        number.or(*self.begun.borrow()).map(Ok)
    }
}

/// The restores that run, by the names of their forms.
pub(super) struct RunningRestores {
    running: Mutex<HashMap<String, RunningRestore>>,
    stop: CancellationToken,
    tasks: TaskTracker,
}

impl RunningRestores {
    pub(super) fn new(stop: CancellationToken, tasks: TaskTracker) -> Arc<Self> {
        Arc::new(Self { running: Mutex::default(), stop, tasks })
    }

    /// Returns whether a restore runs in this program.
    pub(super) fn contains(&self, id: RestoreId) -> bool {
        self.lock().values().any(|running| *running.begun.borrow() == Some(id))
    }

    /// Finds the restore of a form, or starts one. `run` gets the place for its number.
    pub(super) fn find_or_spawn<F>(
        self: &Arc<Self>,
        form: &str,
        run: impl FnOnce(watch::Sender<Option<RestoreId>>) -> F + Send + 'static,
    ) -> RunningRestore
    where
        F: Future<Output = Result<(), Failure>>,
    {
        let mut running = self.lock();
        if let Some(running) = running.get(form) {
            return running.clone();
        }
        let (begun, see_begun) = watch::channel(None);
        let (end, see_end) = watch::channel(None);
        let new = RunningRestore { begun: see_begun, end: see_end };
        running.insert(form.to_owned(), new.clone());
        drop(running);
        let (this, form, runtime) = (Arc::clone(self), form.to_owned(), Handle::current());
        // On a thread of its own, as its futures cannot change threads.
        self.tasks.spawn_blocking(move || {
            runtime.block_on(async {
                end.send_replace(restore::until_stopped(&this.stop, run(begun)).await);
                this.lock().remove(&form);
            });
        });
        new
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, RunningRestore>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
