//! The running daemon: wakes the workers of due accounts, executes commands, and keeps the status.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::time::Duration;

use chrono::Local;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::condition_checks::ConditionChecks;
use super::context::WorkerContext;
use super::copier::Copier;
use super::daily_prune::DailyPrune;
use super::driller::Driller;
use super::mirrorer::Mirrorer;
use super::notifier::Notifier;
use super::outcome::{StepOutcome, WorkerError};
use super::pinger::Pinger;
use super::problem_report::ProblemReport;
use super::prover::{DraftsRequest, Prover, ProverEvent};
use super::scheduler::Scheduler;
use super::search_index::SearchIndexer;
use super::status_line::StatusLine;
use super::systemd::Systemd;
use super::ticker;
use super::worker::Worker;
use crate::archive::{self, Writer, WriterHandle};
use crate::config::Config;
use crate::full_text::SharedSearcher;
use crate::gate_http::{GateServer, GateServerContext};
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

/// Accounts that seemed to be due, and when the newest recorded poll of each began.
struct Tick {
    due: Vec<AccountName>,
    last_polls: Result<Vec<Option<Timestamp>>, archive::Error>,
}

/// The running daemon.
pub(super) struct Daemon {
    /// The current configuration.
    pub(super) config: Config,
    pub(super) context: WorkerContext,
    pub(super) systemd: Systemd,
    pub(super) monitoring: Monitoring,
    pub(super) web: Web,
    pub(super) gate: GateServer,
    pub(super) notifier: Notifier,
    pub(super) pinger: Pinger,
    pub(super) copier: Copier,
    pub(super) prover: Prover,
    pub(super) driller: Driller,
    pub(super) mirrorer: Mirrorer,
    pub(super) search_index: SearchIndexer,
    pub(super) scheduler: Scheduler,
    /// A worker for every account that was configured at any time since the start: polls of one account must not overlap.
    pub(super) workers: BTreeMap<AccountName, Worker>,
    pub(super) status: StatusLine,
    pub(super) problems: ProblemReport,
    pub(super) conditions: ConditionChecks,
    daily_prune: DailyPrune,
}

impl Daemon {
    /// Makes the workers. The first tick comes at once: no account was dispatched yet, so all are due.
    pub(super) fn start(
        config: Config,
        context: WorkerContext,
        systemd: Systemd,
        sockets: Sockets,
        problems: ProblemReport,
    ) -> Self {
        let (accounts, archive) = (config.accounts.clone(), config.archive.display());
        tracing::info!(version = env!("CARGO_PKG_VERSION"), accounts = accounts.len(), %archive, "draftkeep runs");
        let (scheduler, status) = (Scheduler::default(), StatusLine::default());
        let WorkerContext { archive, clock, stop, tasks, .. } = context.clone();
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
        let daily_prune = DailyPrune::new(context.clone());
        let searcher = SharedSearcher::default();
        let gate = GateServer::open(
            &config,
            GateServerContext {
                archive: archive.clone(),
                clock: clock.clone(),
                stop: stop.clone(),
                tasks: tasks.clone(),
            },
        );
        let web =
            Web::open(&config, sockets.web, WebContext { archive, clock, stop, tasks, searcher: searcher.clone() });
        let search_index = SearchIndexer::start(config.archive.clone(), searcher, &context);
        let notifier = Notifier::start(&config, context.clone(), monitoring.sends());
        let conditions = ConditionChecks::new(context.clone(), notifier.waker());
        let pinger = Pinger::start(&config, context.clone());
        let copier = Copier::start(&config, context.clone());
        let prover = Prover::start(&config, context.clone());
        let driller = Driller::start(&config, context.clone());
        let mirrorer = Mirrorer::start(&config, context.clone());
        let mut daemon = Self {
            config,
            context,
            systemd,
            monitoring,
            web,
            gate,
            notifier,
            pinger,
            copier,
            prover,
            driller,
            mirrorer,
            search_index,
            scheduler,
            workers: BTreeMap::new(),
            status,
            problems,
            conditions,
            daily_prune,
        };
        accounts.iter().for_each(|account| daemon.add_account(account));
        daemon
    }

    /// Wakes the workers of due accounts, executes commands and updates the status, until [`Command::Stop`].
    pub(super) async fn work(
        &mut self,
        commands: &mut mpsc::Receiver<Command>,
        mut polls: mpsc::UnboundedReceiver<StepOutcome>,
    ) -> Result<(), archive::Error> {
        let (mut wakes_at, mut tick) = self.next_tick();
        let mut status_at = None;
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Reload) => {
                        self.reload().await;
                        self.check_conditions();
                        (wakes_at, tick) = self.next_tick();
                    }
                    Some(Command::Stop) | None => return Ok(()),
                },
                due = &mut tick => {
                    self.dispatch(due)?;
                    self.check_conditions();
                    self.daily_prune.check_due(&self.config, self.context.clock.now());
                    (wakes_at, tick) = self.next_tick();
                }
                Some(outcome) = polls.recv() => {
                    self.monitoring.record_step(&outcome.metrics_event());
                    self.status.on_step(&outcome);
                    self.notifier.on_step();
                    self.pinger.on_step();
                    self.prover.on_step(&outcome);
                    if outcome.has_new_versions() {
                        self.search_index.on_versions();
                    }
                    if outcome.has_changed_drafts() {
                        self.mirrorer.on_change();
                    }
                    if self.scheduler.contains(&outcome.account) {
                        self.problems.on_step(&outcome);
                        let account = self.config.accounts.iter().find(|account| account.name == outcome.account);
                        self.conditions.on_step(&outcome, account, self.problems.current());
                    }
                    status_at.get_or_insert(Instant::now() + STATUS_INTERVAL);
                    if let Some(next) = outcome.next {
                        self.scheduler.set_next_step(&outcome.account, next, self.context.clock.now());
                        if self.scheduler.next() < wakes_at {
                            (wakes_at, tick) = self.next_tick();
                        }
                    }
                    match outcome.result {
                        Err(WorkerError::Archive(error)) if error.is_final() => return Err(error),
                        _ => {}
                    }
                }
                Some(outcome) = self.pinger.next_outcome() => self.problems.on_ping(&outcome),
                Some(()) = self.notifier.next_change() => self.conditions.check_service(self.context.clock.now()),
                Some(()) = self.copier.next_ended() => self.conditions.check_service(self.context.clock.now()),
                Some(event) = self.prover.next_event() => self.on_prover(event),
                Some(()) = self.driller.next_ended() => self.conditions.check_service(self.context.clock.now()),
                Some(()) = self.mirrorer.next_change() => self.conditions.check_service(self.context.clock.now()),
                () = sleep_until(status_at) => {
                    self.systemd.status(&self.status_line());
                    status_at = None;
                }
            }
        }
    }

    /// Waits until an account is due. If one is, reads when it was last polled instead: polls by other processes count. Returns until when it waits; while
    /// the archive is asked, whatever becomes due is dispatched after the answer. Asked anew for each poll that ends meanwhile, it would do little else
    /// where many accounts are due.
    fn next_tick(&mut self) -> (Timestamp, Pin<Box<impl Future<Output = Tick> + use<>>>) {
        let WorkerContext { archive, clock, .. } = self.context.clone();
        let (due, next) = (self.scheduler.due(clock.now()), self.scheduler.next());
        let wakes_at = if due.is_empty() { next } else { Timestamp::MIN_UTC };
        let tick = Box::pin(async move {
            if due.is_empty() {
                ticker::wait_until(next, clock).await;
                return Tick { due, last_polls: Ok(Vec::new()) };
            }
            let accounts = due.clone();
            let ask = move |writer: &mut Writer| accounts.iter().map(|account| writer.last_poll(account)).collect();
            Tick { due, last_polls: archive.run(ask).await }
        });
        (wakes_at, tick)
    }

    /// Wakes the workers of the accounts that are due.
    fn dispatch(&mut self, Tick { due, last_polls }: Tick) -> Result<(), archive::Error> {
        let now = self.context.clock.now();
        match last_polls {
            Ok(polls) => {
                due.iter().zip(polls).for_each(|(account, began)| self.scheduler.set_last_poll(account, began, now));
            }
            Err(error) if error.is_final() => return Err(error),
            // The polls will fail for the same reason and report it.
            Err(error) => tracing::debug!(%error, "the last polls cannot be read"),
        }
        for account in due.iter().filter(|account| self.scheduler.dispatch(account, now)) {
            if let Some(worker) = self.workers.get(account) {
                worker.wake();
            }
        }
        Ok(())
    }

    fn on_prover(&self, event: ProverEvent) {
        match event {
            ProverEvent::Ended => self.conditions.check_service(self.context.clock.now()),
            ProverEvent::Request(DraftsRequest { account, random }) => {
                self.workers.get(&account).inspect(|worker| worker.request_proof(random));
            }
        }
    }

    fn check_conditions(&mut self) {
        let now = self.context.clock.now();
        self.conditions.check_due(&self.config.accounts, self.problems.current(), now);
    }

    pub(super) fn status_line(&self) -> String {
        self.status.render(&Local)
    }

    /// Lets each running poll finish its current write, then closes the archive.
    pub(super) async fn stop(self, archive: WriterHandle) {
        let tasks = self.context.tasks.clone();
        self.context.stop.cancel();
        // They save their last observations.
        self.workers.values().for_each(Worker::wake);
        tasks.close();
        // The daemon itself holds the archive open.
        drop(self);
        let end = async {
            tasks.wait().await;
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

#[cfg(test)]
mod tests;
