//! Makes the drills that are configured, on their schedule, beside the polls. What is due follows from the archive, so a restart neither skips nor
//! repeats one. One that a restart interrupts is made again; what it left is taken away first.

use std::path::PathBuf;
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use super::keep_writing::keep_writing;
use super::lasting_error::LastingError;
use super::prover::random;
use super::ticker;
use crate::archive::{self, ProofKey, ProofKind, Writer};
use crate::config::{Account, Config};
use crate::drill::{self, DrillResult, NoDrill};
use crate::model::Timestamp;
use crate::proof::{self, ProofFault};
use crate::restore::{self, AskedBy, RestoreError, RestoreResources};
use crate::schedule::Schedule;

/// The wait while a restore is at work, and after an error of the archive, which the polls report too.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// Makes the configured drills.
pub(super) struct Driller {
    context: WorkerContext,
    archive: PathBuf,
    /// What is made now, and what ends its task.
    running: Option<(Account, Schedule, CancellationToken)>,
    ended: mpsc::UnboundedReceiver<()>,
    report: mpsc::UnboundedSender<()>,
}

impl Driller {
    pub(super) fn start(config: &Config, context: WorkerContext) -> Self {
        let (report, ended) = mpsc::unbounded_channel();
        let mut driller = Self { context, archive: config.archive.clone(), running: None, ended, report };
        driller.configure(config);
        driller
    }

    /// Makes drills as configured.
    pub(super) fn configure(&mut self, config: &Config) {
        let wanted = config.drill();
        let is_same = self.running.as_ref().map(|(account, schedule, _)| (account, schedule)) == wanted;
        if let Some((.., stop)) = self.running.take_if(|_| !is_same) {
            stop.cancel();
        }
        if let Some((account, schedule)) = wanted.filter(|_| !is_same) {
            self.begin(account.clone(), schedule.clone());
        }
    }

    /// Waits until a drill has ended, however it did.
    pub(super) async fn next_ended(&mut self) -> Option<()> {
        self.ended.recv().await
    }

    fn begin(&mut self, account: Account, schedule: Schedule) {
        let stop = self.context.stop.child_token();
        self.running = Some((account.clone(), schedule.clone(), stop.clone()));
        let (context, archive, report) = (self.context.clone(), self.archive.clone(), self.report.clone());
        let task = DrillTask { context, archive, account, schedule, stop, report };
        self.context.tasks.spawn(task.run());
    }
}

/// Makes the drills of one account.
struct DrillTask {
    context: WorkerContext,
    archive: PathBuf,
    account: Account,
    schedule: Schedule,
    stop: CancellationToken,
    report: mpsc::UnboundedSender<()>,
}

/// How a drill went; `None` where it was stopped.
type Outcome = Option<Result<Option<DrillResult>, NoDrill>>;

impl DrillTask {
    async fn run(self) {
        let mut lasting = LastingError::default();
        while !self.stop.is_cancelled() {
            let made = match self.stop.run_until_cancelled(self.until_due()).await {
                Some(Ok(())) => self.make().await,
                Some(Err(error)) => Err(error),
                None => return,
            };
            let error = made.err().map(|error| error.to_string());
            if let Some(error) = lasting.update(error.as_deref()) {
                tracing::warn!(account = %self.account.name, error, "no drill is made now");
            }
            if error.is_none() {
                continue;
            }
            self.stop.run_until_cancelled(tokio::time::sleep(BUSY_WAIT)).await;
        }
    }

    /// Waits until a drill is due. The first one is at the first time of the schedule after this was recorded, whenever the daemon runs.
    async fn until_due(&self) -> Result<(), archive::Error> {
        loop {
            let (key, now) = (self.key(), self.context.clock.now());
            let ask = move |writer: &mut Writer| match writer.proof(&key)? {
                Some(last) => Ok(Some(last)),
                None => proof::record_request(writer, key, now).map(|()| None),
            };
            let Some(last) = self.context.archive.run(ask).await? else { continue };
            if ticker::reaches(drill::next_due(&self.schedule, &last, now), &self.context.clock).await {
                return Ok(());
            }
        }
    }

    fn key(&self) -> ProofKey {
        ProofKey { kind: ProofKind::Drill, appid: self.account.appid.clone() }
    }

    /// Makes a drill and records how it went.
    ///
    /// # Errors
    ///
    /// Where none can be made now: another restore is at work.
    async fn make(&self) -> Result<(), archive::Error> {
        let began_at = self.context.clock.now();
        let made = match self.restore().await? {
            None => return Ok(()),
            Some(Err(NoDrill::Restore(RestoreError::Archive(error @ archive::Error::SecondRestore(_))))) => {
                return Err(error);
            }
            Some(made) => made,
        };
        if let Err(error) = &made
            && let Some(at) = error.not_before()
        {
            tracing::info!(account = %self.account.name, %error, "the drill waits");
            self.stop.run_until_cancelled(ticker::reaches(at, &self.context.clock)).await;
            return Ok(());
        }
        self.record(began_at, &made).await;
        Ok(())
    }

    /// On a thread of its own, as its futures cannot change threads.
    async fn restore(&self) -> Result<Outcome, archive::Error> {
        let random = random()?;
        let (context, path, account, stop) =
            (self.context.clone(), self.archive.clone(), self.account.clone(), self.stop.clone());
        let runtime = Handle::current();
        let restoring = tokio::task::spawn_blocking(move || {
            let resources = RestoreResources::acquire(account, context.archive, &path, context.clock);
            let resources = match resources {
                Ok(resources) => resources,
                Err(error) => return Some(Err(NoDrill::Restore(error))),
            };
            let target = resources.context(AskedBy::Command);
            runtime.block_on(restore::until_stopped(&stop, drill::make(&path, random, &target)))
        });
        // A panic is on stderr, or in the log. It counts as a drill that failed, so that it is not made again each minute.
        Ok(restoring.await.unwrap_or_else(|_| Some(Err(archive::Error::Panicked("a drill".to_owned()).into()))))
    }

    async fn record(&self, began_at: Timestamp, made: &Result<Option<DrillResult>, NoDrill>) {
        let fault = match made {
            Ok(result) => result.as_ref().and_then(|result| result.fault(&self.account)),
            Err(error) => Some(error.fault(&self.account)),
        };
        log(&self.account, fault.as_ref(), matches!(made, Ok(Some(_))));
        let (account, key, is_empty) = (self.account.clone(), self.key(), matches!(made, Ok(None)));
        let write = move |writer: &mut Writer| match is_empty {
            true => proof::record_request(writer, key.clone(), began_at),
            false => drill::record(writer, &account, began_at, fault.as_ref()).map(|_| ()),
        };
        let recorded = keep_writing(&self.context.archive, &self.stop, "a drill", write).await;
        if recorded.is_some() && self.report.send(()).is_err() {
            tracing::debug!("the daemon ends, and nobody looks at how its drill went");
        }
    }
}

fn log(account: &Account, fault: Option<&ProofFault>, is_made: bool) {
    let account = &account.name;
    match fault {
        Some(fault) => tracing::warn!(%account, reason = fault.text(), "the drill failed; see draftkeep status"),
        None if is_made => tracing::info!(%account, "a version came back as a new draft, which is deleted again"),
        None => tracing::info!(%account, "no drill is made: the archive holds no draft yet"),
    }
}
