//! Proves the archive every night, beside the polls. What is due follows from the archive, so a restart neither skips nor repeats a proof.

use std::path::PathBuf;
use std::time::Duration;

use chrono::TimeDelta;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use super::ticker;
use crate::archive::{self, ProofKey, ProofKind, ProofRecord, ProvenKind, Reader, Writer};
use crate::config::Config;
use crate::model::Timestamp;
use crate::proof;

/// The wait after an error of the archive, which the polls report too.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// What a night proves of the archive alone, in this order.
const PARTS: [ProofKind; 3] = [ProofKind::Versions, ProofKind::Assets, ProofKind::Files];

/// Proves the archive every night.
pub(super) struct Prover {
    context: WorkerContext,
    started_at: Timestamp,
    ended: mpsc::UnboundedReceiver<()>,
    report: mpsc::UnboundedSender<()>,
    /// Stops the task; `None` where nothing is proven.
    stop: Option<CancellationToken>,
}

impl Prover {
    pub(super) fn start(config: &Config, context: WorkerContext) -> Self {
        let (report, ended) = mpsc::unbounded_channel();
        let started_at = context.clock.now();
        let mut prover = Self { context, started_at, ended, report, stop: None };
        prover.configure(config);
        prover
    }

    /// Proves as configured.
    pub(super) fn configure(&mut self, config: &Config) {
        match (config.proof.enabled, self.stop.take()) {
            (true, Some(stop)) => self.stop = Some(stop),
            (true, None) => self.begin(config),
            (false, stop) => {
                stop.inspect(CancellationToken::cancel);
                self.forget();
            }
        }
    }

    /// Waits until a proof has ended, however it did.
    pub(super) async fn next_ended(&mut self) -> Option<()> {
        self.ended.recv().await
    }

    fn begin(&mut self, config: &Config) {
        let stop = self.context.stop.child_token();
        let task = ProofTask {
            context: self.context.clone(),
            archive: config.archive.clone(),
            started_at: self.started_at,
            stop: stop.clone(),
            report: self.report.clone(),
        };
        self.stop = Some(stop);
        self.context.tasks.spawn(task.run());
    }

    /// What nobody proves any more is no problem, and is not shown.
    fn forget(&self) {
        let (archive, report) = (self.context.archive.clone(), self.report.clone());
        self.context.tasks.spawn(async move {
            match archive.run(|writer| writer.forget_proofs(None)).await {
                Ok(()) => drop(report.send(())),
                Err(error) => tracing::debug!(%error, "earlier proofs are not forgotten yet"),
            }
        });
    }
}

/// Proves one archive.
struct ProofTask {
    context: WorkerContext,
    archive: PathBuf,
    started_at: Timestamp,
    stop: CancellationToken,
    report: mpsc::UnboundedSender<()>,
}

impl ProofTask {
    async fn run(self) {
        let mut last_error = None;
        while !self.stop.is_cancelled() {
            let Some(due) = self.stop.run_until_cancelled(self.until_due()).await else { return };
            let proven = match due {
                Ok(kind) => self.prove(kind).await,
                Err(error) => Err(error),
            };
            let Err(error) = proven else { continue };
            let error = error.to_string();
            if last_error.as_ref() != Some(&error) {
                tracing::warn!(error, "the archive is not proven now");
                last_error = Some(error);
            }
            self.stop.run_until_cancelled(tokio::time::sleep(BUSY_WAIT)).await;
        }
    }

    /// Waits until a part is due.
    async fn until_due(&self) -> Result<ProofKind, archive::Error> {
        loop {
            let ask = |writer: &mut Writer| Ok((writer.archive_id()?, writer.proofs()?));
            let (id, records) = self.context.archive.run(ask).await?;
            let began = self.context.clock.now();
            let last = |kind| {
                let key = ProofKey::of_archive(kind);
                records.iter().find(|record| record.key == key).map(|record| record.tried_at)
            };
            let mut due = PARTS.map(|kind| (proof::next_due(&id, last(kind), self.started_at, began), kind));
            due.sort();
            let [(at, kind), ..] = due;
            loop {
                let now = self.context.clock.now();
                if now >= at {
                    return Ok(kind);
                }
                // The clock was set back: what is due is asked anew.
                if now < began - TimeDelta::seconds(1) {
                    break;
                }
                ticker::wait_until(at, self.context.clock.clone()).await;
            }
        }
    }

    /// Proves a part, and records what was found.
    ///
    /// # Errors
    ///
    /// Where that cannot be recorded.
    async fn prove(&self, kind: ProofKind) -> Result<(), archive::Error> {
        let began_at = self.context.clock.now();
        let record = match kind {
            ProofKind::Assets => self.prove_hashes(ProvenKind::Asset, began_at).await?,
            ProofKind::Files => self.prove_files(began_at).await?,
            _ => self.prove_hashes(ProvenKind::Version, began_at).await?,
        };
        log(&record);
        if self.report.send(()).is_err() {
            tracing::debug!("the daemon ends, and nobody looks at what was proven");
        }
        Ok(())
    }

    async fn prove_hashes(&self, kind: ProvenKind, now: Timestamp) -> Result<ProofRecord, archive::Error> {
        let (path, stop) = (self.archive.clone(), self.stop.clone());
        let proving = tokio::task::spawn_blocking(move || {
            proof::prove_hashes(&Reader::open(&path)?, kind, now, &|| !stop.is_cancelled())
        });
        // A panic is on stderr, or in the log.
        let outcome = proving.await.unwrap_or_else(|_| Err(archive::Error::Panicked("a proof".to_owned())));
        self.context.archive.run(move |writer| proof::record_hashes(writer, kind, now, &outcome)).await
    }

    async fn prove_files(&self, now: Timestamp) -> Result<ProofRecord, archive::Error> {
        let path = self.archive.clone();
        let random = getrandom::u64()
            .map_err(|error| archive::Error::Other(format!("the system gives no random numbers: {error}")))?;
        let proving = tokio::task::spawn_blocking(move || {
            proof::prove_files(&Reader::open(&path)?, &std::env::temp_dir(), random)
        });
        let outcome = proving.await.unwrap_or_else(|_| Err(archive::Error::Panicked("a proof".to_owned()).into()));
        self.context.archive.run(move |writer| proof::record_files(writer, now, &outcome)).await
    }
}

fn log(record: &ProofRecord) {
    let (kind, checked) = (record.key.kind.as_str(), record.checked);
    match (&record.failure, record.recent) {
        (Some(failure), _) => {
            tracing::warn!(
                kind,
                checked,
                reason = failure.reason,
                "the proof of the night failed; see draftkeep status"
            );
        }
        (None, Some((recent, total))) => tracing::info!(kind, checked, recent, total, "proven"),
        (None, None) => tracing::info!(kind, checked, "proven"),
    }
}
