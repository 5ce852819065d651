//! The daemon: polls every account whenever it is due, until it is told to stop.
//!
//! [`run`] is the whole story. A `ticker` waits for the instant at which the `scheduler` says that somebody is due, and
//! rings the bell of that account's [`worker`], which polls. In between, commands are taken from whoever runs the daemon:
//! the command line passes signals on, tests and the demo their own.

mod asset_task;
mod failure_log;
mod problem_report;
mod reload;
mod reported_missing;
mod scheduler;
mod status_line;
mod systemd;
mod ticker;
pub mod worker;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::Local;
use tokio::sync::mpsc;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::problem_report::ProblemReport;
use self::scheduler::Scheduler;
use self::status_line::StatusLine;
pub use self::systemd::Systemd;
use self::worker::{OnPoll, StepOutcome, Worker, WorkerContext};
use crate::archive::{self, Archive, DaemonLock, Writer};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{AccountName, Timestamp};
use crate::web::{self, Listener, Web};

/// How long the polls at hand may take to end. The operator was promised ten seconds for the whole.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);

/// How long a status line stays before the next: polls of many accounts end at once.
const STATUS_INTERVAL: Duration = Duration::from_secs(3);

/// What the daemon can be told while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Read the configuration anew.
    Reload,
    /// Finish the write at hand and end. So does closing the channel.
    Stop,
}

/// Runs the daemon until it is ordered to stop. Every account is polled once at the start, then as its timing says;
/// `on_poll` is told of each poll that has ended. Health and metrics are answered on `sockets`, which somebody handed over, and
/// where the configuration says.
///
/// # Errors
///
/// Where the archive cannot be opened, another daemon has it, or its thread is gone. What one account suffers from is
/// told in the log and in the status; the others go on.
pub async fn run(
    config: Config,
    clock: Clock,
    mut commands: mpsc::Receiver<Command>,
    systemd: Systemd,
    sockets: Vec<Listener>,
    on_poll: OnPoll,
) -> Result<(), archive::Error> {
    // Before the archive is opened: a second daemon must not migrate the first one's archive.
    let lock = DaemonLock::take(&config.archive)?;
    let Some(OpenArchive { archive, lock, reload }) = open(config.archive.clone(), lock, &mut commands).await? else {
        systemd.stopping();
        return Ok(());
    };
    if archive.is_new() {
        let path = config.archive.display();
        tracing::info!(archive = %path, "there was no archive at {path}, so a new one is begun");
    }
    let (outcomes, polls) = mpsc::unbounded_channel();
    let context = WorkerContext {
        archive: archive.clone(),
        clock,
        stop: CancellationToken::new(),
        on_poll,
        outcomes,
        workers: TaskTracker::new(),
    };
    let lock = Arc::new(lock);
    let mut daemon = Daemon::start(config, context, systemd.clone(), sockets, ProblemReport::new(Arc::clone(&lock)));
    // What cannot be polled, or not be read, is told by the polls, as often as it is worth.
    if let Err(error) = daemon.apply_renames(&daemon.config).await {
        tracing::debug!(%error, "the archive does not tell which accounts it knows");
    }
    systemd.ready(&daemon.status_line());
    if reload {
        daemon.reload().await;
    }
    let ended = tokio::select! {
        ended = daemon.work(&mut commands, polls) => ended,
        error = systemd.run_watchdog(&archive) => Err(error),
    };
    systemd.stopping();
    daemon.stop(archive).await;
    drop(lock);
    ended
}

/// An archive that was opened while commands were heard.
struct OpenArchive {
    archive: Archive,
    lock: DaemonLock,
    /// Whether there was an order to reload meanwhile.
    reload: bool,
}

/// Opens the archive; `None` where the order to stop came first. Another writer is waited for and an older archive is
/// migrated, which blocks for seconds or minutes, so it is done on a thread of its own. That keeps the lock until it has
/// ended, whoever still waits for it.
async fn open(
    path: PathBuf,
    lock: DaemonLock,
    commands: &mut mpsc::Receiver<Command>,
) -> Result<Option<OpenArchive>, archive::Error> {
    let mut opening = tokio::task::spawn_blocking(move || (Archive::open(&path), lock));
    let mut reload = false;
    loop {
        tokio::select! {
            opened = &mut opening => {
                // It panicked, and the panic has been told.
                let (archive, lock) = opened.map_err(|_| archive::Error::Stopped)?;
                return Ok(Some(OpenArchive { archive: archive?, lock, reload }));
            }
            command = commands.recv() => match command {
                Some(Command::Reload) => reload = true,
                Some(Command::Stop) | None => return Ok(None),
            },
        }
    }
}

/// When the newest poll on record of each account began.
type LastPolls = Result<Vec<(Option<Timestamp>, AccountName)>, archive::Error>;

/// The daemon at work.
struct Daemon {
    /// In force now.
    config: Config,
    context: WorkerContext,
    systemd: Systemd,
    web: Web,
    scheduler: Scheduler,
    /// Every account that was ever watched in this run, for its polls must not overlap.
    workers: BTreeMap<AccountName, Worker>,
    status: StatusLine,
    problems: ProblemReport,
}

impl Daemon {
    /// Starts the workers. They wait for the first tick, which comes at once: nobody was named yet, so all are due.
    fn start(
        config: Config,
        context: WorkerContext,
        systemd: Systemd,
        sockets: Vec<Listener>,
        problems: ProblemReport,
    ) -> Self {
        let (accounts, archive) = (config.accounts.clone(), config.archive.display());
        tracing::info!(accounts = accounts.len(), %archive, "draftkeep {} runs", env!("CARGO_PKG_VERSION"));
        let (scheduler, status) = (Scheduler::default(), StatusLine::default());
        let WorkerContext { archive, clock, stop, workers: tasks, .. } = context.clone();
        let web = Web::open(&config, sockets, web::WebContext { archive, clock, stop, tasks });
        let mut daemon = Self { config, context, systemd, web, scheduler, workers: BTreeMap::new(), status, problems };
        accounts.iter().for_each(|account| daemon.add_account(account));
        daemon
    }

    /// Rings whoever is due, takes commands and keeps the status, until the order to stop.
    async fn work(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        mut polls: mpsc::UnboundedReceiver<StepOutcome>,
    ) -> Result<(), archive::Error> {
        let mut tick = self.next_tick();
        let mut status_at = None;
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Reload) => {
                        self.reload().await;
                        tick = self.next_tick();
                    }
                    Some(Command::Stop) | None => return Ok(()),
                },
                last_polls = &mut tick => {
                    self.dispatch_due(last_polls)?;
                    tick = self.next_tick();
                }
                Some(outcome) = polls.recv() => {
                    self.web.record_step(&outcome.metrics_event());
                    self.status.on_step(&outcome);
                    if self.config.accounts.iter().any(|account| account.name == outcome.account) {
                        self.problems.on_step(&outcome);
                    }
                    status_at.get_or_insert(Instant::now() + STATUS_INTERVAL);
                    if let Some(next) = outcome.next {
                        self.scheduler.set_next_step(&outcome.account, next);
                        tick = self.next_tick();
                    }
                    match outcome.result {
                        Err(worker::WorkerError::Archive(error)) if error.is_final() => return Err(error),
                        _ => {}
                    }
                }
                () = sleep_until(status_at) => {
                    self.systemd.status(&self.status_line());
                    status_at = None;
                }
            }
        }
    }

    /// Waits until somebody may be due, and asks the archive when each account was polled last: what is due is data.
    fn next_tick(&self) -> Pin<Box<impl Future<Output = LastPolls> + use<>>> {
        let WorkerContext { archive, clock, .. } = self.context.clone();
        let (due, accounts) = (self.scheduler.next(clock.now()), self.scheduler.accounts());
        Box::pin(async move {
            ticker::wait_until(due, clock).await;
            let ask = move |writer: &mut Writer| {
                accounts.into_iter().map(|account| Ok((writer.last_poll(&account)?, account))).collect()
            };
            archive.run(ask).await
        })
    }

    fn dispatch_due(&mut self, last_polls: LastPolls) -> Result<(), archive::Error> {
        match last_polls {
            Ok(polls) => polls.into_iter().for_each(|(began, account)| self.scheduler.set_last_poll(&account, began)),
            Err(error) if error.is_final() => return Err(error),
            // The polls will fail for the same reason, and tell it as often as it is worth.
            Err(error) => tracing::debug!(%error, "the archive does not tell when accounts were polled last"),
        }
        for account in self.scheduler.pop_due(self.context.clock.now()) {
            if let Some(worker) = self.workers.get(&account) {
                worker.wake();
            }
        }
        Ok(())
    }

    fn status_line(&self) -> String {
        self.status.render(&Local)
    }

    /// Lets the polls at hand end after their write at hand, and closes the archive.
    async fn stop(self, archive: Archive) {
        let (stop, workers) = (self.context.stop.clone(), self.context.workers.clone());
        stop.cancel();
        workers.close();
        // It holds the archive open, as the polls at hand do.
        drop(self);
        let end = async {
            workers.wait().await;
            archive.close().await;
        };
        match tokio::time::timeout(SHUTDOWN_TIMEOUT, end).await {
            Ok(()) => tracing::info!("stopped"),
            // What is half-written is rolled back when the archive is next opened.
            Err(_) => tracing::warn!("stopped without waiting any longer for the polls at hand"),
        }
    }
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
