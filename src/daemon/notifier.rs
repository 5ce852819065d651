//! Sends what happened, one task per target: a target that hangs holds up no other one, and no poll.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use crate::archive;
use crate::config::{Config, NotifyConfig};
use crate::delivery::{self, Links, Step, TargetSender};
use crate::model::Timestamp;
use crate::monitoring::SendCounter;
use crate::notify::Client;
use crate::web;

/// Events that other processes record, such as `draftkeep restore`, are seen after so long.
const LOOK_AGAIN: Duration = Duration::from_secs(20);

/// The wait after an error of the archive, which the polls report too.
const ARCHIVE_ERROR_WAIT: Duration = Duration::from_secs(60);

/// Sends to the configured targets.
pub(super) struct Notifier {
    context: WorkerContext,
    sends: SendCounter,
    /// Changes when something may have been recorded.
    recorded: watch::Sender<()>,
    tasks: BTreeMap<String, Running>,
    changed: mpsc::UnboundedReceiver<()>,
    report: mpsc::UnboundedSender<()>,
}

/// The task of a target.
struct Running {
    stop: CancellationToken,
    task: JoinHandle<()>,
}

impl Notifier {
    pub(super) fn start(config: &Config, context: WorkerContext, sends: SendCounter) -> Self {
        let (report, changed) = mpsc::unbounded_channel();
        let recorded = watch::Sender::new(());
        let mut notifier = Self { context, sends, recorded, tasks: BTreeMap::new(), changed, report };
        notifier.configure(config);
        notifier
    }

    /// Wakes the tasks.
    pub(super) fn on_step(&self) {
        self.recorded.send_replace(());
    }

    /// Returns what wakes the tasks when something may have been recorded.
    pub(super) fn waker(&self) -> watch::Sender<()> {
        self.recorded.clone()
    }

    /// Waits until a target has begun to refuse everything, or takes messages again.
    pub(super) async fn next_change(&mut self) -> Option<()> {
        self.changed.recv().await
    }

    /// Begins to send as configured. A message that is being sent is sent to its end first.
    pub(super) fn configure(&mut self, config: &Config) {
        let mut before = std::mem::take(&mut self.tasks);
        before.values().for_each(|running| running.stop.cancel());
        let names: Vec<_> = config.notify.iter().map(|rule| rule.name.clone()).collect();
        let links = web::shared_link::links(config);
        for rule in &config.notify {
            self.sends.begin(&rule.name);
            let stop = self.context.stop.child_token();
            let sender = self.sender(rule.clone(), config, links.clone());
            let (recorded, stopped) = (self.recorded.subscribe(), stop.clone());
            let (before, sends, report) = (before.remove(&rule.name), self.sends.clone(), self.report.clone());
            let task = self.context.tasks.spawn(async move {
                if let Some(Running { task, .. }) = before {
                    // It ends by itself; a panic is on stderr.
                    drop(task.await);
                }
                run(sender, sends, report, recorded, stopped).await;
            });
            self.tasks.insert(rule.name.clone(), Running { stop, task });
        }
        let archive = self.context.archive.clone();
        self.context.tasks.spawn(async move {
            for Running { task, .. } in before.into_values() {
                drop(task.await);
            }
            let close = move |writer: &mut archive::Writer| {
                writer.close_other_outbox_targets(&names.iter().map(String::as_str).collect::<Vec<_>>())
            };
            if let Err(error) = archive.run(close).await {
                tracing::warn!(%error, "targets that are no longer configured stay in the outbox");
            }
        });
    }

    fn sender(&self, rule: NotifyConfig, config: &Config, links: Links) -> TargetSender {
        TargetSender {
            rule,
            archive: self.context.archive.clone(),
            path: config.archive.clone(),
            clock: self.context.clock.clone(),
            links,
            client: Arc::new(client(config)),
        }
    }
}

/// Returns what messages and pings are sent with.
pub(super) fn client(config: &Config) -> Client {
    delivery::client(config.ca_file.as_deref()).unwrap_or_else(|error| {
        tracing::warn!(%error, "messages are sent without the certificates of ca_file");
        Client::default()
    })
}

/// Sends to one target until it is stopped.
async fn run(
    sender: TargetSender,
    sends: SendCounter,
    report: mpsc::UnboundedSender<()>,
    mut recorded: watch::Receiver<()>,
    stop: CancellationToken,
) {
    let mut log = StepLog::default();
    let (mut is_open, mut was_parked) = (false, false);
    while !stop.is_cancelled() {
        let step = match is_open {
            true => sender.step().await,
            false => sender.open().await.map(|()| Step::Idle(Some(Timestamp::MIN_UTC))),
        };
        is_open |= step.is_ok();
        log.write(&sender.rule.name, &step);
        if let Ok(Step::Sent { .. } | Step::NotSent { .. }) = &step {
            sends.count(&sender.rule.name, matches!(step, Ok(Step::Sent { .. })));
        }
        let is_parked = if step.is_ok() { matches!(step, Ok(Step::Parked)) } else { was_parked };
        if std::mem::replace(&mut was_parked, is_parked) != is_parked {
            // Nobody listens at the end of the daemon; the next one looks at its start.
            report.send(()).ok();
        }
        let wait = match step {
            Ok(Step::Idle(Some(due))) => (due - sender.clock.now()).to_std().unwrap_or_default().min(LOOK_AGAIN),
            Ok(Step::Idle(None) | Step::Parked) => LOOK_AGAIN,
            Ok(Step::Sent { .. } | Step::NotSent { .. }) => Duration::ZERO,
            Err(_) => ARCHIVE_ERROR_WAIT,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = recorded.changed() => if changed.is_err() { return },
            () = stop.cancelled() => {}
        }
    }
}

/// Writes each change of how a target stands to the log, once.
#[derive(Default)]
struct StepLog {
    last: Option<String>,
}

impl StepLog {
    fn write(&mut self, target: &str, step: &Result<Step, archive::Error>) {
        match step {
            Ok(Step::Sent { title, but: None }) => {
                self.last = None;
                tracing::info!(target_name = target, title, "message sent");
            }
            Ok(Step::Sent { title, but: Some(answer) }) => {
                self.last = None;
                tracing::warn!(target_name = target, title, answer, "message sent, but not to everybody");
            }
            Ok(Step::NotSent { title, answer }) if self.last.as_ref() != Some(answer) => {
                self.last = Some(answer.clone());
                tracing::warn!(
                    target_name = target,
                    title,
                    answer,
                    "message not sent; draftkeep notify list tells more"
                );
            }
            Err(error) => {
                let error = error.to_string();
                if self.last.as_ref() != Some(&error) {
                    tracing::warn!(target_name = target, error, "the outbox cannot be read");
                    self.last = Some(error);
                }
            }
            Ok(_) => {}
        }
    }
}
