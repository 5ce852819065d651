//! What all workers depend on.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::outcome::StepOutcome;
use super::service_conditions::ServiceConditions;
use crate::archive::WriterHandle;
use crate::clock::Clock;
use crate::poll::Report;
use crate::wechat::HttpClients;

/// Polls that may run at the same time. At the start all accounts are due, and each needs a connection.
const SLOTS: usize = 64;

/// Polls that may go on beside those, because they take long. Each holds what it has read: without a limit, a machine that is too slow for its
/// accounts would have the pages of all of them in memory.
const SLOW: usize = 128;

/// Called after every poll.
pub type OnPoll = Arc<dyn Fn(&Report) + Send + Sync>;

/// What all workers depend on.
#[derive(Clone)]
pub struct WorkerContext {
    pub archive: WriterHandle,
    pub clock: Clock,
    /// The HTTP clients that the accounts share.
    pub http: HttpClients,
    /// Stops every worker; a running poll finishes its current write.
    pub stop: CancellationToken,
    pub on_poll: OnPoll,
    /// Receives the outcome of every step.
    pub outcomes: mpsc::UnboundedSender<StepOutcome>,
    /// Tracks the tasks of the workers, to wait for their end.
    pub tasks: TaskTracker,
    /// What is wrong with the service now.
    pub service: ServiceConditions,
    pub(super) slots: Arc<Semaphore>,
    pub(super) slow: Arc<Semaphore>,
}

impl WorkerContext {
    /// A context for workers that run until `stop` is cancelled.
    pub fn new(
        archive: WriterHandle,
        clock: Clock,
        on_poll: OnPoll,
        outcomes: mpsc::UnboundedSender<StepOutcome>,
    ) -> Self {
        let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
        let [slots, slow] = [SLOTS, SLOW].map(|count| Arc::new(Semaphore::new(count)));
        let (service, http) = (ServiceConditions::default(), HttpClients::default());
        Self { archive, clock, http, stop, on_poll, outcomes, tasks, service, slots, slow }
    }
}
