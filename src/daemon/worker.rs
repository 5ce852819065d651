//! One worker for each account: whoever rings its bell gets a poll, one at a time.
//!
//! A bell that is rung during a poll is answered after it, once, however often it was rung. A worker outlives changes
//! of its account, so that two polls of an account never overlap: the next poll follows the new duty.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Notify, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use super::absences::Absences;
use super::collector;
use super::trouble::{News, Trouble, lasted};
use crate::archive::{self, Absence, Archive, Failure};
use crate::clock::Clock;
use crate::config::Account;
use crate::model::{AccountName, DraftState, Timestamp};
use crate::poll::{self, Note, Report, Stepped, Watch};
use crate::web::{Ending, Polled};
use crate::wechat::{self, Client, ResponseCount, rid};

/// Is told of every poll that has ended.
pub type OnPoll = Arc<dyn Fn(&Report) + Send + Sync>;

/// What all workers share.
#[derive(Clone)]
pub struct Office {
    pub archive: Archive,
    pub clock: Clock,
    /// Ends every worker; a poll at hand ends after the write at hand.
    pub stop: CancellationToken,
    pub on_poll: OnPoll,
    /// Where outcomes go.
    pub outcomes: mpsc::UnboundedSender<Outcome>,
    /// Waits for the workers' end.
    pub workers: TaskTracker,
}

/// How a poll ended.
#[derive(Debug)]
pub struct Outcome {
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
    pub result: Result<Option<Report>, Broken>,
    /// When the next step is due, where that is planned.
    pub next: Option<Timestamp>,
}

/// Why there is no report: the fault is ours or this machine's.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The line to the platform cannot be set up, for want of CA certificates perhaps. Tried again at the next poll.
    #[error(transparent)]
    Line(#[from] wechat::Error),
    /// A mistake in the program; the polls to come go on.
    #[error("the poll panicked: {0}. Please report it")]
    Panic(String),
}

/// The handle of a worker. The worker itself ends with [`Office::stop`] only.
#[derive(Clone, Debug)]
pub struct Worker(Arc<Desk>);

#[derive(Debug)]
pub(super) struct Desk {
    bell: Notify,
    /// Rung after every step of a poll, for whoever looks at what it recorded.
    pub(super) polled: Notify,
    /// `None` while there is nothing to do: the account is no longer watched.
    duty: Mutex<Option<Arc<Duty>>>,
}

/// What to poll, and the line to it, which keeps its connections and its token from poll to poll.
pub struct Duty {
    account: Account,
    /// Set up by the first poll: reading the CA certificates takes its time, and is no reason to be late at the start.
    line: OnceLock<Client>,
}

impl Duty {
    /// A duty whose line is not set up yet.
    pub fn new(account: Account) -> Self {
        Self { account, line: OnceLock::new() }
    }

    /// Returns the account to poll.
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn line(&self, clock: &Clock) -> Result<&Client, wechat::Error> {
        match self.line.get() {
            Some(line) => Ok(line),
            None => Client::new(&self.account, clock.clone()).map(|line| self.line.get_or_init(|| line)),
        }
    }
}

impl fmt::Debug for Duty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Duty").field("account", &self.account.name).finish_non_exhaustive()
    }
}

impl Worker {
    /// Starts a worker. It waits for the bell.
    pub fn start(duty: Duty, office: Office) -> Self {
        let duty = Mutex::new(Some(Arc::new(duty)));
        let desk = Arc::new(Desk { bell: Notify::new(), polled: Notify::new(), duty });
        let workers = office.workers.clone();
        workers.spawn(collector::collect(Arc::clone(&desk), office.clone()));
        workers.spawn(work(Arc::clone(&desk), office));
        Self(desk)
    }

    /// Asks for a poll: now, or after the one at hand.
    pub fn ring(&self) {
        self.0.bell.notify_one();
    }

    /// Gives the worker another duty from the next poll on, or none.
    pub fn assign(&self, duty: Option<Duty>) {
        *self.0.duty.lock().unwrap_or_else(PoisonError::into_inner) = duty.map(Arc::new);
    }
}

impl Desk {
    pub(super) fn duty(&self) -> Option<Arc<Duty>> {
        self.duty.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

async fn work(desk: Arc<Desk>, office: Office) {
    let (mut trouble, mut notes, mut absences) = (Trouble::default(), Trouble::default(), Absences::default());
    let mut watch = Watch::default();
    while office.stop.run_until_cancelled(desk.bell.notified()).await.is_some() {
        let Some(duty) = desk.duty() else {
            close(&mut watch, &office).await;
            continue;
        };
        let outcome;
        (outcome, watch) = step(duty, watch, &office).await;
        desk.polled.notify_one();
        tell(&outcome, &mut trouble, &mut absences);
        tell_notes(&outcome, &mut notes);
        if office.outcomes.send(outcome).is_err() {
            tracing::debug!("nobody waited for the poll's outcome");
        }
    }
    close(&mut watch, &office).await;
}

/// Writes down what the last steps saw, since no further one will.
async fn close(watch: &mut Watch, office: &Office) {
    if let Err(error) = watch.close(&office.archive).await {
        tracing::warn!(%error, "what the last steps saw is not written down; the next polls see it again");
    }
}

/// How long after a step that broke the next one is tried, where no schedule says so.
const BROKEN: TimeDelta = TimeDelta::minutes(1);

/// Polls in a task of its own, so that a panic ends the poll and not the worker. What the watch remembers ends with it.
async fn step(duty: Arc<Duty>, mut watch: Watch, office: &Office) -> (Outcome, Watch) {
    let account = duty.account.name.clone();
    let is_planned = duty.account.poll_mode.schedule().is_none();
    let (began_at, began, line) = (office.clock.now(), Instant::now(), Arc::clone(&duty));
    let polling = tokio::spawn({
        let Office { archive, clock, stop, on_poll, .. } = office.clone();
        async move {
            let stepped = match duty.line(&clock) {
                Ok(line) => {
                    watch.step(&duty.account, line, &archive, &clock, began_at, &stop).await.map_err(Broken::from)
                }
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
        Err(error) => (Err(Broken::Panic(error.to_string())), Watch::default()),
    };
    let (ended_at, took, cut_short) = (office.clock.now(), began.elapsed(), office.stop.is_cancelled());
    let answers = line.line.get().map(Client::drain_response_counts).unwrap_or_default();
    let (result, next) = match stepped {
        Ok(Stepped { report, next }) => (Ok(report), next),
        Err(broken) => {
            leave_row(&line.account, office, began_at, ended_at, &broken).await;
            (Err(broken), is_planned.then(|| ended_at + BROKEN))
        }
    };
    (Outcome { account, began_at, ended_at, took, answers, cut_short, result, next }, watch)
}

/// Writes down that a poll broke, where the archive still takes it.
async fn leave_row(account: &Account, office: &Office, began_at: Timestamp, ended_at: Timestamp, broken: &Broken) {
    let written = poll::record_broken(account, &office.archive, began_at, ended_at, broken.to_string()).await;
    if let Err(error) = written {
        tracing::debug!(account = %account.name, %error, "the poll that broke leaves no row");
    }
}

impl Outcome {
    /// Returns how it ended, for those who count; nothing where the poll goes on or was cut short.
    fn ending(&self) -> Option<Ending> {
        match &self.result {
            _ if self.cut_short => None,
            Ok(None) => None,
            Ok(Some(report)) if report.errors.is_empty() => Some(Ending::Ok),
            Ok(Some(report)) if !report.came_to_nothing() => Some(Ending::Partial),
            Ok(Some(_)) | Err(_) => Some(Ending::Failed),
        }
    }

    /// Returns what the metrics want to know of it.
    pub(super) fn counted(&self) -> Polled<'_> {
        Polled { account: &self.account, took: self.took, answers: &self.answers, ending: self.ending() }
    }

    /// Returns what failed, whoever's fault it was.
    pub(super) fn failures(&self) -> Vec<Failure> {
        match &self.result {
            Ok(report) => report.iter().flat_map(|report| report.errors.clone()).collect(),
            Err(broken) => vec![Failure { media_id: None, code: None, message: broken.to_string() }],
        }
    }
}

/// A poll that read something is one line. Failures are told as [`Trouble`] says, drafts that vanish as [`Absences`] does.
fn tell(outcome: &Outcome, trouble: &mut Trouble, absences: &mut Absences) {
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
        absences.after(report).into_iter().for_each(|absence| tell_absence(account, absence));
    }
    match trouble.after(&outcome.failures(), outcome.ended_at) {
        Some(News::Failed { failure: Failure { media_id, code, message }, others }) => {
            let others = (others > 0).then_some(others);
            let (media_id, code) = (media_id.as_ref().map(tracing::field::display), *code);
            // A field of its own, so that whoever writes to the platform's support finds it: journalctl RID=…
            let rid = rid::find(message);
            match media_id {
                Some(_) => tracing::warn!(%account, media_id, code, rid, others, "{message}"),
                None => tracing::error!(%account, code, rid, others, "{message}"),
            }
        }
        Some(News::Recovered { lasted: time, polls }) => {
            let lasted = lasted(time);
            tracing::info!(%account, failed_polls = polls, lasted, "well again");
        }
        None => {}
    }
}

/// What is odd is told as often as what failed, and not that it has ended.
fn tell_notes(outcome: &Outcome, told: &mut Trouble) {
    let Ok(Some(report)) = &outcome.result else { return };
    let failure = |note: &Note| Failure { media_id: note.media_id.clone(), code: None, message: note.message.clone() };
    let notes: Vec<Failure> = report.notes.iter().map(failure).collect();
    if let Some(News::Failed { failure: Failure { media_id, message, .. }, others }) =
        told.after(&notes, outcome.ended_at)
    {
        let (account, media_id) = (&outcome.account, media_id.as_ref().map(tracing::field::display));
        let others = (others > 0).then_some(others);
        tracing::warn!(%account, media_id, others, "{message}");
    }
}

fn tell_absence(account: &AccountName, Absence { media_id, state, .. }: &Absence) {
    let word = state.as_str();
    match state {
        DraftState::Missing => tracing::info!(%account, %media_id, state = word, "the draft was not there"),
        _ => tracing::warn!(%account, %media_id, state = word, "the draft has left the box; its versions are kept"),
    }
}
