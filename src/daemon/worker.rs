//! Each account has one worker task: [`Worker::wake`] requests a poll, and polls of one account never overlap.
//!
//! Requests during a poll are answered by one further poll. The worker stays when the account's configuration changes; the
//! next poll uses the new [`AccountSession`].

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::asset_task;
use super::failure_log::{FailureLog, LogEvent, lasted};
use super::reported_missing::ReportedMissing;
use crate::archive::{self, Failure, MissingDraft, WriterHandle};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::{AccountName, DraftState, Timestamp};
use crate::monitoring::{PollResult, StepEvent};
use crate::poll::{self, AdaptivePoller, Note, Report, StepResult};
use crate::wechat::{self, Client, ResponseCount, rid};

/// Called after every poll.
pub type OnPoll = Arc<dyn Fn(&Report) + Send + Sync>;

/// What all workers depend on.
#[derive(Clone)]
pub struct WorkerContext {
    pub archive: WriterHandle,
    pub clock: Clock,
    /// Stops every worker; a running poll finishes its current write.
    pub stop: CancellationToken,
    pub on_poll: OnPoll,
    /// Receives the outcome of every step.
    pub outcomes: mpsc::UnboundedSender<StepOutcome>,
    /// Tracks the workers, to wait for their end.
    pub workers: TaskTracker,
}

/// The outcome of one step of a poll.
#[derive(Debug)]
pub struct StepOutcome {
    pub account: AccountName,
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    /// Measured with the monotonic clock.
    pub took: Duration,
    /// The platform's answers since the last step, to this step and to picture downloads.
    pub answers: Vec<ResponseCount>,
    /// Whether the daemon was stopped before the step ended.
    pub cut_short: bool,
    /// The report, if the poll has ended; `None` if it goes on.
    pub result: Result<Option<Report>, WorkerError>,
    /// When the next step is due, with adaptive polling.
    pub next: Option<Timestamp>,
}

/// Why a step has no report: an error of this program or this machine.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The API client cannot be created, for example because CA certificates are missing. The next poll tries again.
    #[error(transparent)]
    Client(#[from] wechat::Error),
    /// A bug; later polls go on.
    #[error("the poll panicked: {0}. Please report it")]
    Panic(String),
}

/// A handle to a worker. The worker ends only with [`WorkerContext::stop`].
#[derive(Clone, Debug)]
pub struct Worker(Arc<WorkerShared>);

#[derive(Debug)]
pub(super) struct WorkerShared {
    wake: Notify,
    /// Notified after every step, so that new pictures are downloaded.
    pub(super) polled: Notify,
    /// `None` while the account is not in the configuration.
    session: Mutex<Option<Arc<AccountSession>>>,
}

/// The account to poll and its API client, which keeps connections and the token from poll to poll.
pub struct AccountSession {
    account: Account,
    /// Created by the first poll: reading the CA certificates takes time and must not delay the start.
    client: OnceLock<Client>,
}

impl AccountSession {
    /// A session without a client yet.
    pub fn new(account: Account) -> Self {
        Self { account, client: OnceLock::new() }
    }

    /// Returns the account to poll.
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn client(&self, clock: &Clock) -> Result<&Client, wechat::Error> {
        match self.client.get() {
            Some(client) => Ok(client),
            None => Client::new(&self.account, clock.clone()).map(|client| self.client.get_or_init(|| client)),
        }
    }
}

impl fmt::Debug for AccountSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSession").field("account", &self.account.name).finish_non_exhaustive()
    }
}

impl Worker {
    /// Starts a worker, which waits for [`Worker::wake`].
    pub fn start(session: AccountSession, context: WorkerContext) -> Self {
        let session = Mutex::new(Some(Arc::new(session)));
        let shared = Arc::new(WorkerShared { wake: Notify::new(), polled: Notify::new(), session });
        let workers = context.workers.clone();
        workers.spawn(asset_task::run(Arc::clone(&shared), context.clone()));
        workers.spawn(work(Arc::clone(&shared), context));
        Self(shared)
    }

    /// Requests a poll: now, or after the running one.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Sets the session for the next poll, or none.
    pub fn set_session(&self, session: Option<AccountSession>) {
        *self.0.session.lock().unwrap_or_else(PoisonError::into_inner) = session.map(Arc::new);
    }
}

impl WorkerShared {
    pub(super) fn session(&self) -> Option<Arc<AccountSession>> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn work(shared: Arc<WorkerShared>, context: WorkerContext) {
    let (mut failures, mut notes, mut reported_missing) =
        (FailureLog::default(), FailureLog::default(), ReportedMissing::default());
    let mut watch = AdaptivePoller::default();
    while context.stop.run_until_cancelled(shared.wake.notified()).await.is_some() {
        let Some(session) = shared.session() else {
            flush(&mut watch, &context).await;
            continue;
        };
        let outcome;
        (outcome, watch) = step(session, watch, &context).await;
        shared.polled.notify_one();
        log_outcome(&outcome, &mut failures, &mut reported_missing);
        log_notes(&outcome, &mut notes);
        if context.outcomes.send(outcome).is_err() {
            tracing::debug!("nobody waited for the poll's outcome");
        }
    }
    flush(&mut watch, &context).await;
}

/// Saves the observations of the last steps; no later step will.
async fn flush(watch: &mut AdaptivePoller, context: &WorkerContext) {
    if let Err(error) = watch.close(&context.archive).await {
        tracing::warn!(%error, "the last observations were not saved; the next polls make them again");
    }
}

/// The wait after an error before the next step, with adaptive polling.
const RETRY_DELAY: TimeDelta = TimeDelta::minutes(1);

/// Polls in its own task, so that a panic ends the poll and not the worker. A panic loses the state of the adaptive poller.
async fn step(
    session: Arc<AccountSession>,
    mut watch: AdaptivePoller,
    context: &WorkerContext,
) -> (StepOutcome, AdaptivePoller) {
    let account = session.account.name.clone();
    let is_planned = session.account.poll_mode.schedule().is_none();
    let (began_at, began, polled) = (context.clock.now(), Instant::now(), Arc::clone(&session));
    let polling = tokio::spawn({
        let WorkerContext { archive, clock, stop, on_poll, .. } = context.clone();
        async move {
            let stepped = match session.client(&clock) {
                Ok(client) => watch
                    .step(&session.account, client, &archive, &clock, began_at, &stop)
                    .await
                    .map_err(WorkerError::from),
                Err(error) => Err(error.into()),
            };
            if let Ok(StepResult { report: Some(report), .. }) = &stepped {
                on_poll(report);
            }
            (stepped, watch)
        }
    });
    let (stepped, watch) = match polling.await {
        Ok(ended) => ended,
        Err(error) => (Err(WorkerError::Panic(error.to_string())), AdaptivePoller::default()),
    };
    let (ended_at, took, cut_short) = (context.clock.now(), began.elapsed(), context.stop.is_cancelled());
    let answers = polled.client.get().map(Client::drain_response_counts).unwrap_or_default();
    let (result, next) = match stepped {
        Ok(StepResult { report, next }) => (Ok(report), next),
        Err(error) => {
            record_broken_poll(&polled.account, context, began_at, ended_at, &error).await;
            (Err(error), is_planned.then(|| ended_at + RETRY_DELAY))
        }
    };
    (StepOutcome { account, began_at, ended_at, took, answers, cut_short, result, next }, watch)
}

/// Records that a poll ended with an error, if the archive can still be written.
async fn record_broken_poll(
    account: &Account,
    context: &WorkerContext,
    began_at: Timestamp,
    ended_at: Timestamp,
    error: &WorkerError,
) {
    let written = poll::record_broken(account, &context.archive, began_at, ended_at, error.to_string()).await;
    if let Err(error) = written {
        tracing::debug!(account = %account.name, %error, "the failed poll was not recorded");
    }
}

impl StepOutcome {
    /// The result for the metrics; `None` if the poll goes on or was stopped.
    fn metrics_result(&self) -> Option<PollResult> {
        match &self.result {
            _ if self.cut_short => None,
            Ok(None) => None,
            Ok(Some(report)) if report.errors.is_empty() => Some(PollResult::Ok),
            Ok(Some(report)) if !report.came_to_nothing() => Some(PollResult::Partial),
            Ok(Some(_)) | Err(_) => Some(PollResult::Failed),
        }
    }

    /// The event for the metrics.
    pub(super) fn metrics_event(&self) -> StepEvent<'_> {
        StepEvent { account: &self.account, took: self.took, answers: &self.answers, result: self.metrics_result() }
    }

    /// All failures, of the platform and of this machine.
    pub(super) fn failures(&self) -> Vec<Failure> {
        match &self.result {
            Ok(report) => report.iter().flat_map(|report| report.errors.clone()).collect(),
            Err(error) => vec![Failure { media_id: None, code: None, message: error.to_string() }],
        }
    }
}

/// Logs one line for a poll that read something. [`FailureLog`] decides which failures are logged, [`ReportedMissing`] which
/// missing drafts.
fn log_outcome(outcome: &StepOutcome, failures: &mut FailureLog, reported_missing: &mut ReportedMissing) {
    let account = &outcome.account;
    if outcome.cut_short {
        return tracing::debug!(%account, "the poll was stopped");
    }
    // A poll that goes on has no result yet.
    if matches!(outcome.result, Ok(None)) {
        return;
    }
    if let Ok(Some(report)) = &outcome.result
        && (report.errors.is_empty() || report.seen > 0)
    {
        let duration_ms = (outcome.ended_at - outcome.began_at).num_milliseconds();
        let Report { calls, seen, new_versions, missing, errors, .. } = report;
        let errors = errors.len();
        let strategy = report.strategy.as_str();
        tracing::info!(%account, strategy, calls, seen, new_versions, missing, errors, duration_ms, "polled");
    }
    if let Ok(Some(report)) = &outcome.result {
        reported_missing.update(report).into_iter().for_each(|absence| log_absence(account, absence));
    }
    match failures.update(&outcome.failures(), outcome.ended_at) {
        Some(LogEvent::Failed { failure: Failure { media_id, code, message }, others }) => {
            let others = (others > 0).then_some(others);
            let (media_id, code) = (media_id.as_ref().map(tracing::field::display), *code);
            // A separate field, so that it can be searched for: journalctl RID=…
            let rid = rid::find(message);
            match media_id {
                Some(_) => tracing::warn!(%account, media_id, code, rid, others, "{message}"),
                None => tracing::error!(%account, code, rid, others, "{message}"),
            }
        }
        Some(LogEvent::Recovered { lasted: time, polls }) => {
            let lasted = lasted(time);
            tracing::info!(%account, failed_polls = polls, lasted, "well again");
        }
        None => {}
    }
}

/// Logs notes as often as failures, but not when they end.
fn log_notes(outcome: &StepOutcome, logged: &mut FailureLog) {
    let Ok(Some(report)) = &outcome.result else { return };
    let failure = |note: &Note| Failure { media_id: note.media_id.clone(), code: None, message: note.message.clone() };
    let notes: Vec<Failure> = report.notes.iter().map(failure).collect();
    if let Some(LogEvent::Failed { failure: Failure { media_id, message, .. }, others }) =
        logged.update(&notes, outcome.ended_at)
    {
        let (account, media_id) = (&outcome.account, media_id.as_ref().map(tracing::field::display));
        let others = (others > 0).then_some(others);
        tracing::warn!(%account, media_id, others, "{message}");
    }
}

fn log_absence(account: &AccountName, MissingDraft { media_id, state, .. }: &MissingDraft) {
    let word = state.as_str();
    match state {
        DraftState::Missing => tracing::info!(%account, %media_id, state = word, "the draft was not there"),
        _ => tracing::warn!(%account, %media_id, state = word, "the draft has left the box; its versions are kept"),
    }
}
