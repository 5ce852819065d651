//! Keeps the mirror up to the archive, beside the polls: after each poll that changed something, and from time to time, because
//! pictures come without a poll, and what failed is tried again.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use super::ticker;
use crate::archive::{self, Reader};
use crate::config::{Config, MirrorConfig};
use crate::mirror::{GitJob, MirrorError, MirrorJob, Mirrored};
use crate::model::Timestamp;

/// How often the mirror is looked at without a poll.
const INTERVAL: TimeDelta = TimeDelta::minutes(10);

/// The wait while `draftkeep mirror` is at work.
const BUSY_WAIT: Duration = Duration::from_secs(5);

/// Keeps the configured mirror up to date.
pub(super) struct Mirrorer {
    context: WorkerContext,
    archive: PathBuf,
    /// The mirror that is kept now, and what ends its task.
    running: Option<(MirrorConfig, CancellationToken)>,
    /// Changes when drafts did.
    changed: watch::Sender<()>,
    ended: mpsc::UnboundedReceiver<()>,
    report: mpsc::UnboundedSender<()>,
}

impl Mirrorer {
    pub(super) fn start(config: &Config, context: WorkerContext) -> Self {
        let (report, ended) = mpsc::unbounded_channel();
        let (changed, _) = watch::channel(());
        let mut mirrorer = Self { context, archive: config.archive.clone(), running: None, changed, ended, report };
        mirrorer.configure(config);
        mirrorer
    }

    /// Keeps the mirror of this configuration, if it has one.
    pub(super) fn configure(&mut self, config: &Config) {
        let is_same = self.running.as_ref().map(|(mirror, _)| mirror) == config.mirror.as_ref();
        if let Some((_, stop)) = self.running.take_if(|_| !is_same) {
            stop.cancel();
        }
        match &config.mirror {
            Some(mirror) if !is_same => self.begin(mirror.clone()),
            Some(_) => {}
            // Without a mirror, nothing is wrong with it.
            None => tell(&self.context, &self.report, None),
        }
    }

    /// Drafts have changed.
    pub(super) fn on_change(&self) {
        self.changed.send_replace(());
    }

    /// Waits until the mirror begins to fail, or does not any more.
    pub(super) async fn next_change(&mut self) -> Option<()> {
        self.ended.recv().await
    }

    fn begin(&mut self, mirror: MirrorConfig) {
        let stop = self.context.stop.child_token();
        let task = MirrorTask {
            context: self.context.clone(),
            archive: self.archive.clone(),
            mirror: mirror.clone(),
            stop: stop.clone(),
            report: self.report.clone(),
        };
        self.running = Some((mirror, stop));
        self.context.tasks.spawn(task.run(self.changed.subscribe()));
    }
}

/// The task of a mirror.
struct MirrorTask {
    context: WorkerContext,
    archive: PathBuf,
    mirror: MirrorConfig,
    stop: CancellationToken,
    report: mpsc::UnboundedSender<()>,
}

impl MirrorTask {
    /// Starts with what changed while no daemon ran.
    async fn run(self, mut changed: watch::Receiver<()>) {
        let mut last_trouble = None;
        while !self.stop.is_cancelled() {
            changed.mark_unchanged();
            let began = self.context.clock.now();
            let trouble = match self.update(began).await {
                Err(MirrorError::Stopped) => return,
                Err(error) if error.is_busy() => {
                    self.stop.run_until_cancelled(tokio::time::sleep(BUSY_WAIT)).await;
                    continue;
                }
                Err(error) => Some(error.in_words()),
                Ok(mirrored) => mirrored.trouble(),
            };
            // A lasting error is logged once.
            if let Some(error) = trouble.as_ref().filter(|error| last_trouble.as_ref() != Some(*error)) {
                tracing::warn!(error, "the mirror is not up to date; draftkeep mirror tries it by hand");
            }
            tell(&self.context, &self.report, trouble.clone());
            last_trouble = trouble;
            tokio::select! {
                change = changed.changed() => if change.is_err() { return },
                () = self.until_due(began) => {}
                () = self.stop.cancelled() => {}
            }
        }
    }

    /// Waits until the mirror is looked at again, whatever the polls do. A clock that was set back holds nothing up for long.
    async fn until_due(&self, last: Timestamp) {
        while (self.context.clock.now() - last).abs() < INTERVAL {
            ticker::wait_until(last + INTERVAL, self.context.clock.clone()).await;
        }
    }

    async fn update(&self, now: Timestamp) -> Result<Mirrored, MirrorError> {
        let name = self.context.archive.run(|writer| writer.archive_id()).await?;
        let git = self.mirror.git.then(|| GitJob { push: self.mirror.push.clone() });
        let job = MirrorJob { directory: self.mirror.dir.clone(), archive: name, overwrite: false, git };
        let (archive, stop) = (self.archive.clone(), self.stop.clone());
        let updating = tokio::task::spawn_blocking(move || {
            let reader = Reader::open(&archive)?;
            job.run(&reader, now, &|_| !stop.is_cancelled())
        });
        // A panic is on stderr, or in the log.
        let updated = updating.await.unwrap_or_else(|_| Err(archive::Error::Panicked("the mirror".to_owned()).into()));
        if let Ok(mirrored) = &updated {
            let (drafts, versions) = (mirrored.written.drafts, mirrored.written.versions);
            if drafts + versions > 0 {
                tracing::debug!(drafts, versions, "the mirror was brought up to date");
            }
        }
        updated
    }
}

/// Notes how the mirror stands, and says so where that is a change.
fn tell(context: &WorkerContext, report: &mpsc::UnboundedSender<()>, trouble: Option<String>) {
    if context.service.on_mirror(trouble, context.clock.now()) && report.send(()).is_err() {
        tracing::debug!("the daemon ends, and nobody looks at how its mirror went");
    }
}
