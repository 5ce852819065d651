//! Makes the copies of the archive that are due, and reads the newest ones again at night, a task for each place. What is due follows from the archive, so a restart neither skips nor repeats
//! one. Copies are made one after the other, on threads of their own: they hold up no poll.

use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::{Mutex, mpsc};
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use super::keep_writing::keep_writing;
use super::lasting_error::LastingError;
use super::ticker;
use crate::archive::{self, CopyState, GoodCopy, Writer};
use crate::config::{Config, CopyConfig};
use crate::copy::{self, CopyFailure, CopyJob, CopyReport};
use crate::model::{Hash, Timestamp};
use crate::proof;

/// The wait while a command copies the archive, and after an error of the archive, which the polls report too.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// After this time a copy that has not ended is told as one that fails: a dead share or store may keep it waiting forever.
const OVERDUE: Duration = Duration::from_secs(24 * 3600);

/// The newest copy is not read again before: one that is made each day is read when it is made.
const RECENTLY: TimeDelta = TimeDelta::hours(23);

/// Makes the configured copies.
pub(super) struct Copier {
    context: WorkerContext,
    archive: PathBuf,
    running: Vec<Running>,
    one_at_a_time: Arc<Mutex<()>>,
    ended: mpsc::UnboundedReceiver<()>,
    report: mpsc::UnboundedSender<()>,
}

/// The task of a place.
struct Running {
    copy: CopyConfig,
    reads_again: bool,
    stop: CancellationToken,
}

impl Copier {
    pub(super) fn start(config: &Config, context: WorkerContext) -> Self {
        let (report, ended) = mpsc::unbounded_channel();
        let archive = config.archive.clone();
        let mut copier = Self { context, archive, running: Vec::new(), one_at_a_time: Arc::default(), ended, report };
        copier.configure(config);
        copier
    }

    /// Makes copies as configured. A copy that is being made goes on where its table did not change.
    pub(super) fn configure(&mut self, config: &Config) {
        self.running.retain(|running| {
            let stays = config.copies.contains(&running.copy) && running.reads_again == config.proof.enabled;
            if !stays {
                running.stop.cancel();
            }
            stays
        });
        let places: Vec<String> = config.copies.iter().map(|copy| copy.to.to_string()).collect();
        let archive = self.context.archive.clone();
        self.context.tasks.spawn(async move {
            // The status leaves out what the configuration does not name.
            if let Err(error) = archive.run(move |writer| writer.forget_other_copies(&places)).await {
                tracing::debug!(%error, "copies at places that are not configured any more are not forgotten yet");
            }
        });
        for copy in &config.copies {
            if self.running.iter().all(|running| running.copy != *copy) {
                self.begin(copy.clone(), config.proof.enabled);
            }
        }
    }

    /// Waits until a copy has ended, however it did.
    pub(super) async fn next_ended(&mut self) -> Option<()> {
        self.ended.recv().await
    }

    fn begin(&mut self, copy: CopyConfig, reads_again: bool) {
        let stop = self.context.stop.child_token();
        let task = CopyTask {
            context: self.context.clone(),
            archive: self.archive.clone(),
            copy: copy.clone(),
            reads_again,
            stop: stop.clone(),
            one_at_a_time: Arc::clone(&self.one_at_a_time),
            report: self.report.clone(),
        };
        self.running.push(Running { copy, reads_again, stop });
        self.context.tasks.spawn(task.run());
    }
}

/// What a place waits for.
enum Due {
    /// A copy of the archive of this name; whether copies were made at the place.
    Copy {
        id: String,
        expects_copies: bool,
    },
    ReadAgain(GoodCopy, Hash),
}

/// Makes the copies of one place.
struct CopyTask {
    context: WorkerContext,
    archive: PathBuf,
    copy: CopyConfig,
    /// Whether the newest copy is read again at night.
    reads_again: bool,
    stop: CancellationToken,
    one_at_a_time: Arc<Mutex<()>>,
    report: mpsc::UnboundedSender<()>,
}

impl CopyTask {
    async fn run(self) {
        let mut lasting = LastingError::default();
        while !self.stop.is_cancelled() {
            let Some(due) = self.stop.run_until_cancelled(self.until_due()).await else { return };
            let due_since = self.context.clock.now();
            let work = async {
                match due? {
                    Due::Copy { id, expects_copies } => self.make(id, expects_copies).await,
                    Due::ReadAgain(good, sha256) => {
                        self.read_again(good, sha256).await;
                        Ok(())
                    }
                }
            };
            let made = telling(work, OVERDUE, || self.tell_overdue(due_since)).await;
            let error = made.err().map(|error| error.to_string());
            if let Some(error) = lasting.update(error.as_deref()) {
                tracing::warn!(place = %self.copy.to, error, "a copy is not made now");
            }
            if error.is_none() {
                continue;
            }
            self.stop.run_until_cancelled(tokio::time::sleep(BUSY_WAIT)).await;
        }
    }

    /// Waits until a copy is due, or the newest one is to be read again.
    async fn until_due(&self) -> Result<Due, archive::Error> {
        let place = self.copy.to.to_string();
        loop {
            let asked = place.clone();
            let ask = move |writer: &mut Writer| Ok((writer.archive_id()?, writer.copy_state(&asked)?));
            let (id, state) = self.context.archive.run(ask).await?;
            let (at, due) = self.next(id, state, self.context.clock.now());
            if ticker::reaches(at, &self.context.clock).await {
                return Ok(due);
            }
        }
    }

    /// Returns what is due next, and when.
    fn next(&self, id: String, state: Option<CopyState>, now: Timestamp) -> (Timestamp, Due) {
        let copy_due = copy::next_due(&self.copy.schedule, state.as_ref(), now);
        let expects_copies = state.as_ref().is_some_and(|state| state.good.is_some());
        let newest = state.filter(|state| self.reads_again && state.failure.is_none()).and_then(|state| state.good);
        let proof = newest.and_then(|good| Some((good.sha256?, good)));
        let proof = proof.map(|(sha256, good)| {
            (proof::next_night(&id, good.proven_at.min(now) + RECENTLY), Due::ReadAgain(good, sha256))
        });
        match proof {
            Some((at, due)) if at < copy_due => (at, due),
            _ => (copy_due, Due::Copy { id, expects_copies }),
        }
    }

    /// Makes a copy and records how it went.
    ///
    /// # Errors
    ///
    /// Where that cannot be recorded, or a command copies the archive.
    async fn make(&self, id: String, expects_copies: bool) -> Result<(), archive::Error> {
        let Some(_turn) = self.stop.run_until_cancelled(self.one_at_a_time.lock()).await else { return Ok(()) };
        let (clock, stop, begun_at) = (self.context.clock.clone(), self.stop.clone(), self.context.clock.now());
        let job = CopyJob { expects_copies, stop: self.stop.clone(), ..CopyJob::of(self.archive.clone(), &self.copy) };
        let made = tokio::task::spawn_blocking(move || {
            let mut on_step = |_| if stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            job.run(&id, &clock, &mut on_step)
        });
        // A panic is on stderr, or in the log.
        let outcome = made.await.unwrap_or_else(|_| Err(archive::Error::Panicked("a copy".to_owned()).into()));
        match outcome {
            Err(CopyFailure::Archive(error @ archive::Error::SecondCopy(_))) => Err(error),
            Err(CopyFailure::Stopped) => Ok(()),
            outcome => {
                self.record(begun_at, outcome).await;
                Ok(())
            }
        }
    }

    /// Records that what was due then has not ended yet.
    async fn tell_overdue(&self, due_since: Timestamp) {
        // The place may not be configured any more; what hangs there cannot be ended.
        if self.stop.is_cancelled() {
            return;
        }
        self.record(due_since, Err(CopyFailure::Overdue)).await;
    }

    async fn record(&self, begun_at: Timestamp, outcome: Result<CopyReport, CopyFailure>) {
        self.log(&outcome);
        self.keep_writing(move |writer, place| copy::record(writer, place, begun_at, &outcome)).await;
    }

    /// A copy that is not remembered would be made, or read, again at once.
    async fn keep_writing(
        &self,
        write: impl Fn(&mut Writer, &str) -> Result<(), archive::Error> + Send + Sync + 'static,
    ) {
        let place = self.copy.to.to_string();
        let what = format!("a copy at {place}");
        let write = move |writer: &mut Writer| write(writer, &place);
        if keep_writing(&self.context.archive, &self.stop, &what, write).await.is_some() {
            self.report_end();
        }
    }

    fn report_end(&self) {
        if self.report.send(()).is_err() {
            tracing::debug!("the daemon ends, and nobody looks at how its copies went");
        }
    }

    /// Reads the newest copy again, and records whether it is as it was written.
    async fn read_again(&self, good: GoodCopy, sha256: Hash) {
        let Some(_turn) = self.stop.run_until_cancelled(self.one_at_a_time.lock()).await else { return };
        let (target, name, stop) = (self.copy.to.clone(), good.name.clone(), self.stop.clone());
        let reading = tokio::task::spawn_blocking(move || {
            let mut on_step = |_| if stop.is_cancelled() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
            copy::read_again(&target, &name, sha256, &mut on_step)
        });
        let outcome = reading.await.unwrap_or_else(|_| Err(archive::Error::Panicked("a copy".to_owned()).into()));
        let (place, name, now) = (self.copy.to.to_string(), &good.name, self.context.clock.now());
        match &outcome {
            Ok(()) => tracing::info!(place, name, "the newest copy was read again, and is as it was written"),
            Err(CopyFailure::Stopped) => return,
            Err(failure) => {
                tracing::warn!(place, name, error = %failure, "the newest copy is not proven; another one is made soon");
            }
        }
        self.keep_writing(move |writer, place| copy::record_read_again(writer, place, &good, now, &outcome)).await;
    }

    fn log(&self, outcome: &Result<CopyReport, CopyFailure>) {
        let place = self.copy.to.to_string();
        match outcome {
            Ok(report) => {
                let (name, bytes, removed) = (&report.good.name, report.good.size, report.removed.len());
                let took = (report.good.proven_at - report.good.made_at).num_milliseconds();
                tracing::info!(
                    place,
                    name,
                    bytes,
                    removed,
                    took_ms = took,
                    "the archive was copied, and the copy is proven"
                );
                if let Some(error) = &report.not_removed {
                    tracing::warn!(place, %error, "older copies that are not needed are still there");
                }
                if report.is_on_same_disk {
                    tracing::warn!(place, "the copies are on the same disk as the archive, and are lost with it");
                }
            }
            Err(failure) => {
                tracing::warn!(place, error = %failure, "the archive was not copied; draftkeep copy tries it by hand");
            }
        }
    }
}

/// Waits for the end of `work`, and calls `tell` each time that it has taken so `long`.
async fn telling<T, F: Future<Output = ()>>(work: impl Future<Output = T>, long: Duration, tell: impl Fn() -> F) -> T {
    let mut work = std::pin::pin!(work);
    loop {
        match tokio::time::timeout(long, &mut work).await {
            Ok(ended) => return ended,
            Err(_) => tell().await,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_end_is_told_and_waited_for() {
        let told = Cell::new(0);
        let tell = || async { told.set(told.get() + 1) };
        assert_eq!(telling(async { 7 }, OVERDUE, tell).await, 7);
        assert_eq!(told.get(), 0);
        telling(tokio::time::sleep(OVERDUE * 5 / 2), OVERDUE, tell).await;
        assert_eq!(told.get(), 2);
    }
}
