//! The daemon: polls every account whenever it is due, until it is told to stop.
//!
//! [`run`] is the whole story. A `ticker` waits for the instant at which the `agenda` says that somebody is due, and
//! rings the bell of that account's [`worker`], which polls. In between, orders are taken from whoever runs the daemon:
//! the command line passes signals on, tests and the demo their own.

mod absences;
mod agenda;
mod broken;
mod collector;
mod reload;
mod status;
mod systemd;
mod ticker;
mod trouble;
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

use self::agenda::Agenda;
use self::broken::Broken;
use self::status::Status;
pub use self::systemd::Systemd;
use self::worker::{Office, OnPoll, Outcome, Worker};
use crate::archive::{self, Archive, DaemonLock, Writer};
use crate::clock::Clock;
use crate::config::Config;
use crate::model::{AccountName, Timestamp};
use crate::web::{self, Listener, Web};

/// How long the polls at hand may take to end. The operator was promised ten seconds for the whole.
const LAST_POLLS: Duration = Duration::from_secs(8);

/// How long a status line stays before the next: polls of many accounts end at once.
const STATUS_INTERVAL: Duration = Duration::from_secs(3);

/// What the daemon can be told while it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
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
    mut orders: mpsc::Receiver<Order>,
    systemd: Systemd,
    sockets: Vec<Listener>,
    on_poll: OnPoll,
) -> Result<(), archive::Error> {
    // Before the archive is opened: a second daemon must not migrate the first one's archive.
    let lock = DaemonLock::take(&config.archive)?;
    let Some(Opened { archive, lock, reload }) = open(config.archive.clone(), lock, &mut orders).await? else {
        systemd.stopping();
        return Ok(());
    };
    if archive.is_new() {
        let path = config.archive.display();
        tracing::info!(archive = %path, "there was no archive at {path}, so a new one is begun");
    }
    let (outcomes, polls) = mpsc::unbounded_channel();
    let office = Office {
        archive: archive.clone(),
        clock,
        stop: CancellationToken::new(),
        on_poll,
        outcomes,
        workers: TaskTracker::new(),
    };
    let lock = Arc::new(lock);
    let mut daemon = Daemon::start(config, office, systemd.clone(), sockets, Broken::of(Arc::clone(&lock)));
    // What cannot be polled, or not be read, is told by the polls, as often as it is worth.
    if let Err(error) = daemon.recognise(&daemon.config).await {
        tracing::debug!(%error, "the archive does not tell which accounts it knows");
    }
    systemd.ready(&daemon.status_line());
    if reload {
        daemon.reload().await;
    }
    let ended = tokio::select! {
        ended = daemon.work(&mut orders, polls) => ended,
        error = systemd.pat_watchdog(&archive) => Err(error),
    };
    systemd.stopping();
    daemon.stop(archive).await;
    drop(lock);
    ended
}

/// An archive that was opened while orders were heard.
struct Opened {
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
    orders: &mut mpsc::Receiver<Order>,
) -> Result<Option<Opened>, archive::Error> {
    let mut opening = tokio::task::spawn_blocking(move || (Archive::open(&path), lock));
    let mut reload = false;
    loop {
        tokio::select! {
            opened = &mut opening => {
                // It panicked, and the panic has been told.
                let (archive, lock) = opened.map_err(|_| archive::Error::Stopped)?;
                return Ok(Some(Opened { archive: archive?, lock, reload }));
            }
            order = orders.recv() => match order {
                Some(Order::Reload) => reload = true,
                Some(Order::Stop) | None => return Ok(None),
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
    office: Office,
    systemd: Systemd,
    web: Web,
    agenda: Agenda,
    /// Every account that was ever watched in this run, for its polls must not overlap.
    workers: BTreeMap<AccountName, Worker>,
    status: Status,
    broken: Broken,
}

impl Daemon {
    /// Starts the workers. They wait for the first tick, which comes at once: nobody was named yet, so all are due.
    fn start(config: Config, office: Office, systemd: Systemd, sockets: Vec<Listener>, broken: Broken) -> Self {
        let (accounts, archive) = (config.accounts.clone(), config.archive.display());
        tracing::info!(accounts = accounts.len(), %archive, "draftkeep {} runs", env!("CARGO_PKG_VERSION"));
        let (agenda, status) = (Agenda::default(), Status::default());
        let Office { archive, clock, stop, workers: tasks, .. } = office.clone();
        let web = Web::open(&config, sockets, web::Office { archive, clock, stop, tasks });
        let mut daemon = Self { config, office, systemd, web, agenda, workers: BTreeMap::new(), status, broken };
        accounts.iter().for_each(|account| daemon.enter(account));
        daemon
    }

    /// Rings whoever is due, takes orders and keeps the status, until the order to stop.
    async fn work(
        &mut self,
        orders: &mut mpsc::Receiver<Order>,
        mut polls: mpsc::UnboundedReceiver<Outcome>,
    ) -> Result<(), archive::Error> {
        let mut tick = self.next_tick();
        let mut status_at = None;
        loop {
            tokio::select! {
                order = orders.recv() => match order {
                    Some(Order::Reload) => {
                        self.reload().await;
                        tick = self.next_tick();
                    }
                    Some(Order::Stop) | None => return Ok(()),
                },
                last_polls = &mut tick => {
                    self.ring_who_is_due(last_polls)?;
                    tick = self.next_tick();
                }
                Some(outcome) = polls.recv() => {
                    self.web.polled(&outcome.counted());
                    self.status.ended(&outcome);
                    if self.config.accounts.iter().any(|account| account.name == outcome.account) {
                        self.broken.ended(&outcome);
                    }
                    status_at.get_or_insert(Instant::now() + STATUS_INTERVAL);
                    if let Some(next) = outcome.next {
                        self.agenda.planned(&outcome.account, next);
                        tick = self.next_tick();
                    }
                    match outcome.result {
                        Err(worker::Broken::Archive(error)) if error.is_final() => return Err(error),
                        _ => {}
                    }
                }
                () = until(status_at) => {
                    self.systemd.status(&self.status_line());
                    status_at = None;
                }
            }
        }
    }

    /// Waits until somebody may be due, and asks the archive when each account was polled last: what is due is data.
    fn next_tick(&self) -> Pin<Box<impl Future<Output = LastPolls> + use<>>> {
        let Office { archive, clock, .. } = self.office.clone();
        let (due, accounts) = (self.agenda.next(clock.now()), self.agenda.accounts());
        Box::pin(async move {
            ticker::wait_until(due, clock).await;
            let ask = move |writer: &mut Writer| {
                accounts.into_iter().map(|account| Ok((writer.last_poll(&account)?, account))).collect()
            };
            archive.run(ask).await
        })
    }

    fn ring_who_is_due(&mut self, last_polls: LastPolls) -> Result<(), archive::Error> {
        match last_polls {
            Ok(polls) => polls.into_iter().for_each(|(began, account)| self.agenda.recorded(&account, began)),
            Err(error) if error.is_final() => return Err(error),
            // The polls will fail for the same reason, and tell it as often as it is worth.
            Err(error) => tracing::debug!(%error, "the archive does not tell when accounts were polled last"),
        }
        for account in self.agenda.take_due(self.office.clock.now()) {
            if let Some(worker) = self.workers.get(&account) {
                worker.ring();
            }
        }
        Ok(())
    }

    fn status_line(&self) -> String {
        self.status.line(&Local)
    }

    /// Lets the polls at hand end after their write at hand, and closes the archive.
    async fn stop(self, archive: Archive) {
        let (stop, workers) = (self.office.stop.clone(), self.office.workers.clone());
        stop.cancel();
        workers.close();
        // It holds the archive open, as the polls at hand do.
        drop(self);
        let end = async {
            workers.wait().await;
            archive.close().await;
        };
        match tokio::time::timeout(LAST_POLLS, end).await {
            Ok(()) => tracing::info!("stopped"),
            // What is half-written is rolled back when the archive is next opened.
            Err(_) => tracing::warn!("stopped without waiting any longer for the polls at hand"),
        }
    }
}

async fn until(instant: Option<Instant>) {
    match instant {
        Some(instant) => tokio::time::sleep_until(instant).await,
        None => std::future::pending().await,
    }
}
