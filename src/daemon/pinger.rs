//! Tells dead man's switches whether the service does its work, one task for each. At the end of the daemon nothing is sent: silence is
//! what they alarm about.

use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use super::notifier::client;
use super::service_conditions::ServiceConditions;
use crate::clock::Clock;
use crate::config::{Config, PingConfig};
use crate::delivery::{PingResult, PingSender, Proof};
use crate::model::{Timestamp, retry_delay};
use crate::notify::Reason;

/// How often is looked whether the service does its work, if nothing is polled.
const LOOK_INTERVAL: Duration = Duration::from_secs(60);

/// The shortest time between two looks: each reads the statistics of every account, and with many accounts polls end all the time.
const SHORTEST_LOOK_INTERVAL: Duration = Duration::from_secs(10);

/// The wait before a ping is sent again that did not arrive; it doubles up to the interval of looks.
const FIRST_RETRY: TimeDelta = TimeDelta::seconds(2);

/// How long a ping may take, as healthchecks.io advises.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How the sending of a ping ended.
#[derive(Debug)]
pub(super) struct PingRecord {
    pub(super) name: String,
    pub(super) at: Timestamp,
    /// Whether it said that the service does its work.
    pub(super) is_success: bool,
    /// Why it did not arrive.
    pub(super) failure: Option<Reason>,
}

/// Tells the configured dead man's switches.
pub(super) struct Pinger {
    context: WorkerContext,
    started_at: Timestamp,
    /// Changes when a step of a poll has ended.
    stepped: watch::Sender<()>,
    outcomes: mpsc::UnboundedReceiver<PingRecord>,
    report: mpsc::UnboundedSender<PingRecord>,
    /// Stops the tasks.
    stop: CancellationToken,
}

impl Pinger {
    pub(super) fn start(config: &Config, context: WorkerContext) -> Self {
        let (report, outcomes) = mpsc::unbounded_channel();
        let (started_at, stop) = (context.clock.now(), context.stop.child_token());
        let mut pinger = Self { context, started_at, stepped: watch::Sender::new(()), outcomes, report, stop };
        pinger.configure(config);
        pinger
    }

    /// Looks soon: a step of a poll has ended.
    pub(super) fn on_step(&self) {
        self.stepped.send_replace(());
    }

    /// Returns the next ping that was sent; waits for it.
    pub(super) async fn next_outcome(&mut self) -> Option<PingRecord> {
        self.outcomes.recv().await
    }

    /// Begins to send as configured.
    pub(super) fn configure(&mut self, config: &Config) {
        self.stop.cancel();
        self.stop = self.context.stop.child_token();
        for ping in &config.pings {
            let clock = self.context.clock.clone();
            let sender =
                PingSender::new(ping.clone(), config, clock.clone(), client(config).timeout(TIMEOUT), self.started_at);
            let task = PingTask {
                ping: ping.clone(),
                sender,
                clock,
                service: self.context.service.clone(),
                report: self.report.clone(),
                told: None,
                failures: 0,
            };
            let (stepped, stop) = (self.stepped.subscribe(), self.stop.clone());
            self.context.tasks.spawn(async move { stop.run_until_cancelled(task.run(stepped)).await });
        }
    }
}

/// What one switch was told last.
#[derive(Clone, Copy)]
struct Told {
    is_success: bool,
    at: Timestamp,
}

/// Tells one switch.
struct PingTask {
    ping: PingConfig,
    sender: PingSender,
    clock: Clock,
    service: ServiceConditions,
    report: mpsc::UnboundedSender<PingRecord>,
    told: Option<Told>,
    /// How many pings in a row did not arrive.
    failures: u32,
}

impl PingTask {
    async fn run(mut self, mut stepped: watch::Receiver<()>) {
        loop {
            self.look().await;
            if self.failures > 0 {
                let longest = TimeDelta::from_std(LOOK_INTERVAL).unwrap_or(FIRST_RETRY);
                let wait = retry_delay(FIRST_RETRY, longest, self.failures);
                tokio::time::sleep(wait.to_std().unwrap_or(LOOK_INTERVAL)).await;
                continue;
            }
            tokio::time::sleep(SHORTEST_LOOK_INTERVAL).await;
            tokio::select! {
                () = tokio::time::sleep(LOOK_INTERVAL - SHORTEST_LOOK_INTERVAL) => {}
                changed = stepped.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Looks whether the service does its work, and sends what is due.
    async fn look(&mut self) {
        let proof = self.sender.look(self.service.active()).await;
        let now = self.clock.now();
        if !self.is_due(&proof, now) {
            return;
        }
        let proof = self.sender.prove(self.service.active()).await;
        if proof == Proof::NotYet {
            return;
        }
        let is_success = matches!(proof, Proof::Holds(_));
        let failure = match self.sender.send(&proof).await {
            PingResult::Arrived => None,
            PingResult::Failed(answer) => {
                self.failures += 1;
                Some(answer)
            }
            PingResult::Refused(answer) => {
                self.failures = 0;
                self.told = Some(Told { is_success, at: now });
                Some(answer)
            }
        };
        if failure.is_none() {
            self.on_arrived(&proof, Told { is_success, at: now });
        }
        let outcome = PingRecord { name: self.ping.name.clone(), at: now, is_success, failure };
        if self.report.send(outcome).is_err() {
            tracing::debug!("the daemon ends, and nobody keeps how its pings went");
        }
    }

    /// A change is told at once, what lasts at each interval. A last time in the future means that the clock was set back.
    fn is_due(&self, proof: &Proof, now: Timestamp) -> bool {
        let is_success = match proof {
            Proof::Holds(_) => true,
            Proof::Fails(_) => false,
            Proof::NotYet => return false,
        };
        self.told.is_none_or(|told| told.is_success != is_success || (now - told.at).abs() >= self.ping.every)
    }

    /// Writes a change to the log.
    fn on_arrived(&mut self, proof: &Proof, told: Told) {
        let before = self.told.replace(told);
        self.failures = 0;
        if before.is_some_and(|before| before.is_success == told.is_success) {
            return;
        }
        let name = self.ping.name.as_str();
        match proof {
            Proof::Fails(reasons) => {
                tracing::warn!(
                    ping = name,
                    reasons = reasons.join("; "),
                    "ping sent: the service does not do its work"
                );
            }
            _ => tracing::info!(ping = name, "ping sent: the service does its work"),
        }
    }
}
