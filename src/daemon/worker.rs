//! One worker for each account: whoever rings its bell gets a poll, one at a time.
//!
//! A bell that is rung during a poll is answered after it, once, however often it was rung. A worker outlives changes
//! of its account, so that two polls of an account never overlap: the next poll follows the new session.

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
use crate::archive::{self, Absence, Archive, Failure};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::{AccountName, DraftState, Timestamp};
use crate::poll::{self, Note, Report, Stepped, Watch};
use crate::web::{PollResult, StepEvent};
use crate::wechat::{self, ResponseCount, Client, rid};

/// Is told of every poll that has ended.
pub type OnPoll = Arc<dyn Fn(&Report) + Send + Sync>;

/// What all workers share.
#[derive(Clone)]
pub struct WorkerContext {
    pub archive: Archive,
    pub clock: Clock,
    /// Ends every worker; a poll at hand ends after the write at hand.
    pub stop: CancellationToken,
    pub on_poll: OnPoll,
    /// Where outcomes go.
    pub outcomes: mpsc::UnboundedSender<StepOutcome>,
    /// Waits for the workers' end.
    pub workers: TaskTracker,
}

/// How a poll ended.
#[derive(Debug)]
pub struct StepOutcome {
    pub account: AccountName,
    pub began_at: Timestamp,
    pub ended_at: Timestamp,
    /// By a clock that nobody puts back.
    pub took: Duration,
    /// What the platform answered meanwhile, to this step and to work beside it.
    pub answers: Vec<ResponseCount>,
    /// Whether the order to stop came before its end.
    pub cut_short: bool,
    /// The poll that has ended; none where it goes on.
    pub result: Result<Option<Report>, WorkerError>,
    /// When the next step is due, where that is planned.
    pub next: Option<Timestamp>,
}

/// Why there is no report: the fault is ours or this machine's.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The line to the platform cannot be set up, for want of CA certificates perhaps. Tried again at the next poll.
    #[error(transparent)]
    Client(#[from] wechat::Error),
    /// A mistake in the program; the polls to come go on.
    #[error("the poll panicked: {0}. Please report it")]
    Panic(String),
}

/// The handle of a worker. The worker itself ends with [`WorkerContext::stop`] only.
#[derive(Clone, Debug)]
pub struct Worker(Arc<WorkerShared>);

#[derive(Debug)]
pub(super) struct WorkerShared {
    wake: Notify,
    /// Rung after every step of a poll, for whoever looks at what it recorded.
    pub(super) polled: Notify,
    /// `None` while there is nothing to do: the account is no longer watched.
    session: Mutex<Option<Arc<AccountSession>>>,
}

/// What to poll, and the line to it, which keeps its connections and its token from poll to poll.
pub struct AccountSession {
    account: Account,
    /// Set up by the first poll: reading the CA certificates takes its time, and is no reason to be late at the start.
    client: OnceLock<Client>,
}

impl AccountSession {
    /// A session whose line is not set up yet.
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
    /// Starts a worker. It waits for the wake.
    pub fn start(session: AccountSession, context: WorkerContext) -> Self {
        let session = Mutex::new(Some(Arc::new(session)));
        let shared = Arc::new(WorkerShared { wake: Notify::new(), polled: Notify::new(), session });
        let workers = context.workers.clone();
        workers.spawn(asset_task::run(Arc::clone(&shared), context.clone()));
        workers.spawn(work(Arc::clone(&shared), context));
        Self(shared)
    }

    /// Asks for a poll: now, or after the one at hand.
    pub fn wake(&self) {
        self.0.wake.notify_one();
    }

    /// Gives the worker another session from the next poll on, or none.
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
    let mut watch = Watch::default();
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

/// Writes down what the last steps saw, since no further one will.
async fn flush(watch: &mut Watch, context: &WorkerContext) {
    if let Err(error) = watch.close(&context.archive).await {
        tracing::warn!(%error, "what the last steps saw is not written down; the next polls see it again");
    }
}

/// How long after a step that broke the next one is tried, where no schedule says so.
const RETRY_DELAY: TimeDelta = TimeDelta::minutes(1);

/// Polls in a task of its own, so that a panic ends the poll and not the worker. What the watch remembers ends with it.
async fn step(session: Arc<AccountSession>, mut watch: Watch, context: &WorkerContext) -> (StepOutcome, Watch) {
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
            if let Ok(Stepped { report: Some(report), .. }) = &stepped {
                on_poll(report);
            }
            (stepped, watch)
        }
    });
    let (stepped, watch) = match polling.await {
        Ok(ended) => ended,
        Err(error) => (Err(WorkerError::Panic(error.to_string())), Watch::default()),
    };
    let (ended_at, took, cut_short) = (context.clock.now(), began.elapsed(), context.stop.is_cancelled());
    let answers = polled.client.get().map(Client::drain_response_counts).unwrap_or_default();
    let (result, next) = match stepped {
        Ok(Stepped { report, next }) => (Ok(report), next),
        Err(error) => {
            record_broken_poll(&polled.account, context, began_at, ended_at, &error).await;
            (Err(error), is_planned.then(|| ended_at + RETRY_DELAY))
        }
    };
    (StepOutcome { account, began_at, ended_at, took, answers, cut_short, result, next }, watch)
}

/// Writes down that a poll broke, where the archive still takes it.
async fn record_broken_poll(
    account: &Account,
    context: &WorkerContext,
    began_at: Timestamp,
    ended_at: Timestamp,
    error: &WorkerError,
) {
    let written = poll::record_broken(account, &context.archive, began_at, ended_at, error.to_string()).await;
    if let Err(error) = written {
        tracing::debug!(account = %account.name, %error, "the poll that broke leaves no row");
    }
}

impl StepOutcome {
    /// Returns how it ended, for those who count; nothing where the poll goes on or was cut short.
    fn metrics_result(&self) -> Option<PollResult> {
        match &self.result {
            _ if self.cut_short => None,
            Ok(None) => None,
            Ok(Some(report)) if report.errors.is_empty() => Some(PollResult::Ok),
            Ok(Some(report)) if !report.came_to_nothing() => Some(PollResult::Partial),
            Ok(Some(_)) | Err(_) => Some(PollResult::Failed),
        }
    }

    /// Returns what the metrics want to know of it.
    pub(super) fn metrics_event(&self) -> StepEvent<'_> {
        StepEvent { account: &self.account, took: self.took, answers: &self.answers, result: self.metrics_result() }
    }

    /// Returns what failed, whoever's fault it was.
    pub(super) fn failures(&self) -> Vec<Failure> {
        match &self.result {
            Ok(report) => report.iter().flat_map(|report| report.errors.clone()).collect(),
            Err(error) => vec![Failure { media_id: None, code: None, message: error.to_string() }],
        }
    }
}

/// A poll that read something is one line. Failures are told as [`FailureLog`] says, drafts that vanish as [`ReportedMissing`] does.
fn log_outcome(outcome: &StepOutcome, failures: &mut FailureLog, reported_missing: &mut ReportedMissing) {
    let account = &outcome.account;
    if outcome.cut_short {
        return tracing::debug!(%account, "the poll was cut short");
    }
    // A poll that goes on has nothing to tell yet.
    if matches!(outcome.result, Ok(None)) {
        return;
    }
    if let Ok(Some(report)) = &outcome.result
        && (report.errors.is_empty() || report.seen > 0)
    {
        let duration_ms = (outcome.ended_at - outcome.began_at).num_milliseconds();
        let Report { strategy, calls, seen, new_versions, missing, errors, .. } = report;
        let errors = errors.len();
        tracing::info!(%account, strategy, calls, seen, new_versions, missing, errors, duration_ms, "polled");
    }
    if let Ok(Some(report)) = &outcome.result {
        reported_missing.update(report).into_iter().for_each(|absence| log_absence(account, absence));
    }
    match failures.update(&outcome.failures(), outcome.ended_at) {
        Some(LogEvent::Failed { failure: Failure { media_id, code, message }, others }) => {
            let others = (others > 0).then_some(others);
            let (media_id, code) = (media_id.as_ref().map(tracing::field::display), *code);
            // A field of its own, so that whoever writes to the platform's support finds it: journalctl RID=…
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

/// What is odd is told as often as what failed, and not that it has ended.
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

fn log_absence(account: &AccountName, Absence { media_id, state, .. }: &Absence) {
    let word = state.as_str();
    match state {
        DraftState::Missing => tracing::info!(%account, %media_id, state = word, "the draft was not there"),
        _ => tracing::warn!(%account, %media_id, state = word, "the draft has left the box; its versions are kept"),
    }
}
