//! Sends what happened, one task per target: a target that hangs holds up no other one, and no poll.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
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

/// How long a send that is under way at the stop may take. Then nobody knows whether it arrived, which is on record.
const LAST_SEND: Duration = Duration::from_secs(2);

/// Sends to the configured targets.
pub(super) struct Notifier {
    context: WorkerContext,
    sends: SendCounter,
    /// Changes when something may have been recorded.
    recorded: watch::Sender<()>,
    /// The names of the configured targets.
    configured: Arc<Mutex<Vec<String>>>,
    /// The tasks of the configured targets, and those of others that have not ended.
    tasks: BTreeMap<String, Running>,
}

/// The task of a target.
struct Running {
    stop: CancellationToken,
    /// Cancelled when the task has ended, in whatever way.
    ended: CancellationToken,
}

impl Notifier {
    pub(super) fn start(config: &Config, context: WorkerContext, sends: SendCounter) -> Self {
        let (recorded, configured) = (watch::Sender::new(()), Arc::default());
        let mut notifier = Self { context, sends, recorded, configured, tasks: BTreeMap::new() };
        notifier.configure(config);
        notifier
    }

    /// Wakes the tasks.
    pub(super) fn on_step(&self) {
        self.recorded.send_replace(());
    }

    /// Begins to send as configured. A message that is being sent is sent to its end first: two tasks never send to one target.
    pub(super) fn configure(&mut self, config: &Config) {
        let names: Vec<_> = config.notify.iter().map(|rule| rule.name.clone()).collect();
        self.configured.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&names);
        self.tasks.values().for_each(|running| running.stop.cancel());
        let links = web::shared_link::links(config);
        for rule in &config.notify {
            self.sends.begin(&rule.name);
            let sender = self.sender(rule.clone(), config, links.clone());
            let before = self.tasks.remove(&rule.name).map(|running| running.ended);
            let running = self.spawn(sender, before);
            self.tasks.insert(rule.name.clone(), running);
        }
        self.tasks.retain(|name, running| names.contains(name) || !running.ended.is_cancelled());
        self.forget_others();
    }

    /// Starts the task of a target, which waits for the end of the one before.
    fn spawn(&self, sender: TargetSender, before: Option<CancellationToken>) -> Running {
        let running = Running { stop: self.context.stop.child_token(), ended: CancellationToken::new() };
        let (stop, ended) = (running.stop.clone(), running.ended.clone().drop_guard());
        let (recorded, shutdown) = (self.recorded.subscribe(), self.context.stop.clone());
        let sends = self.sends.clone();
        self.context.tasks.spawn(async move {
            if let Some(before) = before {
                before.cancelled().await;
            }
            run(sender, sends, recorded, stop, shutdown).await;
            drop(ended);
        });
        running
    }

    /// Forgets the targets that are no longer configured, once their tasks have ended. One that was configured again meanwhile stays.
    fn forget_others(&self) {
        let configured = self.configured.clone();
        let names = configured.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let others = self.tasks.iter().filter(|(name, _)| !names.contains(name));
        let ended: Vec<_> = others.map(|(_, running)| running.ended.clone()).collect();
        let archive = self.context.archive.clone();
        self.context.tasks.spawn(async move {
            for ended in ended {
                ended.cancelled().await;
            }
            let close = move |writer: &mut archive::Writer| {
                let names = configured.lock().unwrap_or_else(PoisonError::into_inner).clone();
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
    mut recorded: watch::Receiver<()>,
    stop: CancellationToken,
    shutdown: CancellationToken,
) {
    let mut log = StepLog::default();
    let mut is_open = false;
    while !stop.is_cancelled() {
        let Some(step) = step(&sender, is_open, &shutdown).await else {
            tracing::warn!(
                target_name = sender.rule.name,
                "stopped while a message was being sent; it is sent again at the next start"
            );
            return;
        };
        is_open = match &step {
            Ok(Step::Unknown) => false,
            step => is_open || step.is_ok(),
        };
        log.write(&sender.rule.name, &step);
        if let Ok(Step::Sent { .. } | Step::NotSent { .. }) = &step {
            sends.count(&sender.rule.name, matches!(step, Ok(Step::Sent { .. })));
        }
        let wait = match step {
            Ok(Step::Idle(Some(due))) => (due - sender.clock.now()).to_std().unwrap_or_default().min(LOOK_AGAIN),
            Ok(Step::Idle(None) | Step::Parked) => LOOK_AGAIN,
            Ok(Step::Unknown | Step::Sent { .. } | Step::NotSent { .. }) => Duration::ZERO,
            Err(_) => ARCHIVE_ERROR_WAIT,
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            changed = recorded.changed() => if changed.is_err() { return },
            () = stop.cancelled() => {}
        }
    }
}

/// Takes one step; `None` if it did not end soon enough after the stop of the daemon.
async fn step(
    sender: &TargetSender,
    is_open: bool,
    shutdown: &CancellationToken,
) -> Option<Result<Step, archive::Error>> {
    let step = async {
        match is_open {
            true => sender.step().await,
            false => sender.open().await.map(|()| Step::Idle(Some(Timestamp::MIN_UTC))),
        }
    };
    let too_late = async {
        shutdown.cancelled().await;
        tokio::time::sleep(LAST_SEND).await;
    };
    tokio::select! {
        step = step => Some(step),
        () = too_late => None,
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use nix::sys::stat::Mode;
    use tempfile::TempDir;
    use tokio::sync::mpsc;

    use super::*;
    use crate::archive::{Reader, WriterHandle};
    use crate::clock::Clock;
    use crate::model::{ActiveCondition, Condition, ConditionDetails, ConditionReport};

    /// A daemon's notifier with a target that writes a line when it is called, and then hangs until somebody writes into its pipe.
    struct World {
        directory: TempDir,
        archive: WriterHandle,
        context: WorkerContext,
        notifier: Notifier,
    }

    impl World {
        fn path(&self, name: &str) -> PathBuf {
            self.directory.path().join(name)
        }

        async fn start() -> Self {
            let directory = tempfile::tempdir().unwrap();
            nix::unistd::mkfifo(&directory.path().join("pipe"), Mode::S_IRWXU).unwrap();
            let config = config(directory.path(), true);
            let archive = WriterHandle::open(&config.archive).unwrap();
            let (outcomes, _) = mpsc::unbounded_channel();
            let clock = Clock::fixed("2026-09-01T02:30:00Z".parse().unwrap());
            let context = WorkerContext::new(archive.clone(), clock, Arc::new(|_| {}), outcomes);
            let notifier = Notifier::start(&config, context.clone(), SendCounter::default());
            let world = Self { directory, archive, context, notifier };
            world.until(World::is_known).await;
            world
        }

        fn configure(&mut self, has_target: bool) {
            self.notifier.configure(&config(self.directory.path(), has_target));
        }

        fn is_known(&self) -> bool {
            !Reader::open(&self.path("archive.db")).unwrap().outbox_targets().unwrap().is_empty()
        }

        /// How many messages the target has.
        fn sent(&self) -> usize {
            let messages = Reader::open(&self.path("archive.db")).unwrap().outbox_messages(None, 10).unwrap();
            messages.iter().filter(|message| message.state == crate::outbox::MessageState::Sent).count()
        }

        fn calls(&self) -> usize {
            fs::read_to_string(self.path("calls")).unwrap_or_default().lines().count()
        }

        async fn until(&self, holds: impl Fn(&Self) -> bool) {
            for _ in 0..4000 {
                if holds(self) {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            panic!("that never happened");
        }

        /// Lets a condition of the service begin, or end.
        async fn condition(&self, holds: bool) {
            let now = self.context.clock.now();
            let details = ConditionDetails::default();
            let active = ActiveCondition { condition: Condition::ArchiveTrouble, since: now, details };
            let report = ConditionReport { active: holds.then_some(active).into_iter().collect(), unknown: Vec::new() };
            self.archive.run(move |writer| writer.record_conditions(None, &report, now)).await.unwrap();
            self.notifier.on_step();
        }

        /// Lets the call that hangs end.
        async fn release(&self) {
            let pipe = self.path("pipe");
            tokio::task::spawn_blocking(move || fs::write(pipe, "go")).await.unwrap().unwrap();
        }
    }

    fn config(directory: &Path, has_target: bool) -> Config {
        let script = "echo call >> \"$0/calls\"; cat \"$0/pipe\" > /dev/null";
        let target =
            format!("[[notify]]\nname='editors'\nto={{exec=['sh', '-c', '{script}', '{}']}}\n", directory.display());
        let target = if has_target { target } else { String::new() };
        let account = "[[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['false']\n";
        Config::from_text(&directory.join("config.toml"), &format!("archive='archive.db'\n{target}{account}")).unwrap()
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_target_that_hangs_while_it_is_removed_and_comes_back_gets_each_message_once() {
        let mut world = World::start().await;
        world.condition(true).await;
        world.until(|world| world.calls() == 1).await;
        world.configure(false);
        world.configure(true);
        world.configure(false);
        world.configure(true);
        world.release().await;
        world.until(|world| world.sent() == 1).await;
        // A program gets one message a second.
        world.context.clock.advance(Duration::from_secs(1));
        world.condition(false).await;
        world.until(|world| world.calls() > 1).await;
        world.release().await;
        world.until(|world| world.sent() == 2).await;
        assert_eq!(world.calls(), 2);
        assert!(world.is_known());
        world.configure(false);
        world.until(|world| !world.is_known()).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_target_that_was_forgotten_is_opened_anew() {
        let world = World::start().await;
        world.archive.run(|writer| writer.close_other_outbox_targets(&[])).await.unwrap();
        world.notifier.on_step();
        world.until(World::is_known).await;
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn a_send_that_hangs_does_not_hold_up_the_stop() {
        let world = World::start().await;
        world.condition(true).await;
        world.until(|world| world.calls() == 1).await;
        world.context.stop.cancel();
        world.context.tasks.close();
        tokio::time::timeout(Duration::from_secs(6), world.context.tasks.wait()).await.unwrap();
        let messages = Reader::open(&world.path("archive.db")).unwrap().outbox_messages(None, 10).unwrap();
        assert_eq!(messages[0].state, crate::outbox::MessageState::Sending);
    }
}
