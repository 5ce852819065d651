//! The daemon: polls every account on schedule until it is stopped.
//!
//! Start reading at [`run`]. The `scheduler` knows when the next account is due, the `ticker` waits until then, and the
//! account's [`worker`] polls. [`Command`]s arrive on a channel: the command line sends one for each signal, tests and the demo
//! send their own.

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
use crate::archive::{self, DaemonLock, Writer, WriterHandle};
use crate::clock::Clock;
use crate::config::Config;
use crate::http_server::Sockets;
use crate::model::{AccountName, Timestamp};
use crate::monitoring::{Monitoring, MonitoringContext};
use crate::web::{Web, WebContext};

/// How long running polls may take to end. The documentation promises that the whole stop takes at most ten seconds.
const SHUTDOWN_TIMEOUT: Duration = Duration::from_secs(8);

/// The shortest time between two status lines: the polls of many accounts end at the same moment.
const STATUS_INTERVAL: Duration = Duration::from_secs(3);

/// A command to the running daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Reload the configuration.
    Reload,
    /// Finish the current write and stop. Closing the channel does the same.
    Stop,
}

/// Runs the daemon until [`Command::Stop`]. Every account is polled once at the start, then by its timing. `on_poll` is called
/// after each poll. Health and metrics are served on `sockets` (socket activation) and on the address in the configuration.
///
/// # Errors
///
/// If the archive cannot be opened, another daemon uses it, or the archive's thread has ended. Failures of one account are
/// logged and shown in the status; the other accounts go on.
pub async fn run(
    config: Config,
    clock: Clock,
    mut commands: mpsc::Receiver<Command>,
    systemd: Systemd,
    sockets: Sockets,
    on_poll: OnPoll,
) -> Result<(), archive::Error> {
    // Before the archive is opened: a second daemon must not migrate the first one's archive.
    let lock = DaemonLock::acquire(&config.archive)?;
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
    // The polls report the same failure, so it is not logged here.
    if let Err(error) = daemon.apply_renames(&daemon.config).await {
        tracing::debug!(%error, "the accounts of the archive cannot be read");
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

/// The archive, opened while commands were received.
struct OpenArchive {
    archive: WriterHandle,
    lock: DaemonLock,
    /// Whether a reload was requested meanwhile.
    reload: bool,
}

/// Opens the archive; returns `None` if the command to stop came first. Opening waits for other writers and migrates an older
/// archive, which blocks for seconds or minutes, so it runs on its own thread. The thread keeps the lock until it ends.
async fn open(
    path: PathBuf,
    lock: DaemonLock,
    commands: &mut mpsc::Receiver<Command>,
) -> Result<Option<OpenArchive>, archive::Error> {
    let mut opening = tokio::task::spawn_blocking(move || (WriterHandle::open(&path), lock));
    let mut reload = false;
    loop {
        tokio::select! {
            opened = &mut opening => {
                // The thread panicked, and the panic is on stderr.
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

/// When the newest recorded poll of each account began.
type LastPolls = Result<Vec<(Option<Timestamp>, AccountName)>, archive::Error>;

/// The running daemon.
struct Daemon {
    /// The current configuration.
    config: Config,
    context: WorkerContext,
    systemd: Systemd,
    monitoring: Monitoring,
    web: Web,
    scheduler: Scheduler,
    /// A worker for every account that was configured at any time since the start: polls of one account must not overlap.
    workers: BTreeMap<AccountName, Worker>,
    status: StatusLine,
    problems: ProblemReport,
}

impl Daemon {
    /// Starts the workers. The first tick comes at once: no account was dispatched yet, so all are due.
    fn start(
        config: Config,
        context: WorkerContext,
        systemd: Systemd,
        sockets: Sockets,
        problems: ProblemReport,
    ) -> Self {
        let (accounts, archive) = (config.accounts.clone(), config.archive.display());
        tracing::info!(accounts = accounts.len(), %archive, "draftkeep {} runs", env!("CARGO_PKG_VERSION"));
        let (scheduler, status) = (Scheduler::default(), StatusLine::default());
        let WorkerContext { archive, clock, stop, workers: tasks, .. } = context.clone();
        let monitoring = Monitoring::open(
            &config,
            sockets.monitoring,
            MonitoringContext {
                archive: archive.clone(),
                clock: clock.clone(),
                stop: stop.clone(),
                tasks: tasks.clone(),
            },
        );
        let web = Web::open(&config, sockets.web, WebContext { archive, clock, stop, tasks });
        let mut daemon =
            Self { config, context, systemd, monitoring, web, scheduler, workers: BTreeMap::new(), status, problems };
        accounts.iter().for_each(|account| daemon.add_account(account));
        daemon
    }

    /// Wakes the workers of due accounts, executes commands and updates the status, until [`Command::Stop`].
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
                    self.monitoring.record_step(&outcome.metrics_event());
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

    /// Waits until an account may be due, then reads when each account was last polled. The archive decides what is due, so polls
    /// by other processes count.
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
            // The polls will fail for the same reason and report it.
            Err(error) => tracing::debug!(%error, "the last polls cannot be read"),
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

    /// Lets each running poll finish its current write, then closes the archive.
    async fn stop(self, archive: WriterHandle) {
        let (stop, workers) = (self.context.stop.clone(), self.context.workers.clone());
        stop.cancel();
        workers.close();
        // The daemon itself holds the archive open.
        drop(self);
        let end = async {
            workers.wait().await;
            archive.close().await;
        };
        match tokio::time::timeout(SHUTDOWN_TIMEOUT, end).await {
            Ok(()) => tracing::info!("stopped"),
            // SQLite rolls an unfinished write back when the archive is opened next.
            Err(_) => tracing::warn!("stopped while polls were still running"),
        }
    }
}

async fn sleep_until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
