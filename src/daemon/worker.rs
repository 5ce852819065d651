//! Each account has a worker: [`Worker::wake`] requests a poll, and polls of one account never overlap.
//!
//! While its account waits, a worker has no task. Requests during a poll are answered by one further poll. The worker stays when
//! the account's configuration changes; the next poll uses the new [`AccountSession`].

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::asset_task::Downloads;
pub use super::context::{OnPoll, WorkerContext};
pub use super::outcome::{StepOutcome, WorkerError};
use super::requests::Requests;
pub use super::session::AccountSession;
use super::session::CurrentSession;
use super::step::step;
use super::step_log::StepLog;
use crate::poll::AdaptivePoller;

/// A poll that takes longer gives its slot to another account, and goes on: slow accounts must not delay the others. It keeps the slot if too
/// many are slow.
const SLOT_TIME: Duration = Duration::from_secs(2);

/// A handle to a worker.
#[derive(Clone)]
pub struct Worker(Arc<WorkerState>);

struct WorkerState {
    context: WorkerContext,
    session: CurrentSession,
    requests: Requests,
    downloads: Arc<Downloads>,
    /// The random number of a proof that is requested.
    proof: Mutex<Option<u64>>,
    /// What is kept from poll to poll. The running task takes it out.
    memory: Mutex<Memory>,
}

#[derive(Default)]
struct Memory {
    poller: AdaptivePoller,
    log: StepLog,
}

impl Worker {
    /// A worker that waits for [`Worker::wake`].
    pub fn new(session: AccountSession, context: WorkerContext) -> Self {
        let current = CurrentSession::default();
        current.set(Some(session));
        let downloads = Arc::new(Downloads::new(current.clone(), context.clone()));
        let (requests, proof, memory) = (Requests::default(), Mutex::default(), Mutex::default());
        Self(Arc::new(WorkerState { context, session: current, requests, downloads, proof, memory }))
    }

    /// Requests a poll: now, or after the running one. Without a session or after the stop, only observations are saved.
    pub fn wake(&self) {
        if self.0.requests.add() {
            self.0.context.tasks.spawn(run(Arc::clone(&self.0)));
        }
    }

    /// Requests that the next poll compares a few drafts with the archive, which `random` chooses. With a schedule, each poll reads every draft, so
    /// none is made for it.
    pub(super) fn request_proof(&self, random: u64) {
        *self.0.proof.lock().unwrap_or_else(PoisonError::into_inner) = Some(random);
        if self.0.session.get().is_some_and(|session| session.account().poll_mode.schedule().is_none()) {
            self.wake();
        }
    }

    /// Sets the session for the next poll, or none.
    pub fn set_session(&self, session: Option<AccountSession>) {
        self.0.session.set(session);
    }
}

impl WorkerState {
    fn replace_memory(&self, memory: Memory) -> Memory {
        std::mem::replace(&mut self.memory.lock().unwrap_or_else(PoisonError::into_inner), memory)
    }
}

/// Polls until nothing is requested any more.
async fn run(worker: Arc<WorkerState>) {
    while worker.requests.take() {
        let mut memory = worker.replace_memory(Memory::default());
        poll(&worker, &mut memory).await;
        if worker.context.stop.is_cancelled() || worker.session.get().is_none() {
            save_observations(&worker.context, &mut memory.poller).await;
        }
        worker.replace_memory(memory);
    }
}

/// Polls the account once, as soon as there is a slot.
async fn poll(worker: &WorkerState, memory: &mut Memory) {
    let WorkerState { context, session, downloads, .. } = worker;
    let Some(session) = session.get() else { return };
    let Some(Ok(slot)) = context.stop.run_until_cancelled(context.slots.acquire()).await else { return };
    let end_of_slot = async {
        tokio::time::sleep(SLOT_TIME).await;
        let _place = context.slow.acquire().await;
        drop(slot);
        std::future::pending::<Infallible>().await
    };
    if let Some(random) = worker.proof.lock().unwrap_or_else(PoisonError::into_inner).take() {
        memory.poller.request_proof(random);
    }
    let outcome = tokio::select! {
        outcome = step(session, &mut memory.poller, context) => outcome,
        never = end_of_slot => match never {},
    };
    Downloads::request(downloads);
    memory.log.record(&outcome);
    if context.outcomes.send(outcome).is_err() {
        tracing::debug!("nobody waited for the poll's outcome");
    }
}

/// Saves the observations of the last steps; no later step will.
async fn save_observations(context: &WorkerContext, poller: &mut AdaptivePoller) {
    if let Err(error) = poller.close(&context.archive).await {
        tracing::warn!(%error, "the last observations were not saved; the next polls make them again");
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::WriterHandle;
    use crate::clock::Clock;
    use crate::config::Config;
    use tokio::sync::{Semaphore, mpsc};

    /// Paused time moves on by itself while nothing else happens.
    #[tokio::test(start_paused = true)]
    async fn an_account_whose_platform_does_not_answer_gives_its_slot_away() {
        assert!(gives_its_slot_away(1).await, "another account gets it, and the poll goes on");
    }

    #[tokio::test(start_paused = true)]
    async fn no_more_polls_than_are_allowed_go_on_without_a_slot() {
        assert!(!gives_its_slot_away(0).await);
    }

    /// The only slot is taken by a poll whose platform does not answer; so many polls may be slow.
    async fn gives_its_slot_away(slow: usize) -> bool {
        let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let directory = tempfile::tempdir().unwrap();
        let text = format!(
            "archive='archive.db'\n[[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['echo','secret']\n\
             api_base='http://{}'\n",
            silent.local_addr().unwrap()
        );
        let config = Config::from_text(&directory.path().join("config.toml"), &text).unwrap();
        let archive = WriterHandle::open(&config.archive).unwrap();
        let (outcomes, mut ended) = mpsc::unbounded_channel();
        let mut context = WorkerContext::new(archive, Clock::system(), Arc::new(|_| {}), outcomes);
        [context.slots, context.slow] = [1, slow].map(|count| Arc::new(Semaphore::new(count)));
        let slots = Arc::clone(&context.slots);
        let session = AccountSession::new(config.accounts[0].clone());
        Worker::new(session, context.clone()).wake();
        while slots.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        let slot = tokio::time::timeout(Duration::from_secs(5), slots.acquire()).await;
        assert!(ended.try_recv().is_err(), "the poll goes on");
        context.stop.cancel();
        slot.is_ok()
    }
}
