//! Work on request: a task runs only while there is something to do, and one at a time.

use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

/// Whether work is requested, and whether a task does it.
#[derive(Debug, Default)]
pub(super) struct Requests {
    state: Mutex<State>,
    added: Notify,
}

#[derive(Debug, Default)]
struct State {
    is_requested: bool,
    has_task: bool,
}

impl Requests {
    /// Adds a request. Returns whether a task must be started for it; otherwise the running one takes it.
    pub(super) fn add(&self) -> bool {
        let mut state = self.state();
        state.is_requested = true;
        if state.has_task {
            self.added.notify_one();
        }
        !std::mem::replace(&mut state.has_task, true)
    }

    /// Adds a request for the task that asks for it: it is not to end.
    pub(super) fn renew(&self) {
        self.state().is_requested = true;
    }

    /// Takes all requests. Without any it returns `false`, and the task must end.
    pub(super) fn take(&self) -> bool {
        let mut state = self.state();
        state.has_task = std::mem::take(&mut state.is_requested);
        state.has_task
    }

    /// Waits for the next request; may return early.
    pub(super) async fn added(&self) {
        self.added.notified().await;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_task_takes_all_requests_and_ends_without_any() {
        let requests = Requests::default();
        assert!(!requests.take(), "nothing is requested");
        assert!(requests.add(), "a task is to be started");
        assert!(!requests.add() && requests.take(), "it takes both");
        assert!(!requests.add() && requests.take(), "and what came meanwhile");
        requests.renew();
        assert!(requests.take() && !requests.take());
        assert!(requests.add(), "it has ended");
    }
}
