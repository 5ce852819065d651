//! Proves the archive every night, beside the polls; a few drafts of each box are compared by the polls themselves. What is due follows
//! from the archive, so a restart neither skips nor repeats a proof.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use super::context::WorkerContext;
use super::keep_writing::keep_writing;
use super::lasting_error::LastingError;
use super::outcome::StepOutcome;
use super::ticker;
use crate::archive::{self, ProofKey, ProofKind, ProofRecord, ProvenKind, Reader, Writer, WriterHandle};
use crate::config::Config;
use crate::model::{AccountName, Timestamp};
use crate::proof::{self, ProofFault};

/// The wait after an error of the archive, which the polls report too.
const BUSY_WAIT: Duration = Duration::from_secs(60);

/// What a night proves of the archive alone, in this order.
const PARTS: [ProofKind; 3] = [ProofKind::Versions, ProofKind::Assets, ProofKind::Files];

/// A request to compare a few drafts of an account with the archive.
#[derive(Debug)]
pub(super) struct DraftsRequest {
    pub(super) account: AccountName,
    /// Chooses the drafts.
    pub(super) random: u64,
}

/// What the task tells.
#[derive(Debug)]
pub(super) enum ProverEvent {
    /// A proof has ended, however it did.
    Ended,
    Request(DraftsRequest),
}

/// Proves the archive every night.
pub(super) struct Prover {
    context: WorkerContext,
    started_at: Timestamp,
    events: mpsc::UnboundedReceiver<ProverEvent>,
    report: mpsc::UnboundedSender<ProverEvent>,
    running: Option<Running>,
    /// The newest task, which may still have to end.
    task: Option<JoinHandle<()>>,
}

/// What is proven, unless nothing is.
struct Running {
    accounts: Vec<(AccountName, String)>,
    stop: CancellationToken,
}

impl Prover {
    pub(super) fn start(config: &Config, context: WorkerContext) -> Self {
        let (report, events) = mpsc::unbounded_channel();
        let started_at = context.clock.now();
        let mut prover = Self { context, started_at, events, report, running: None, task: None };
        prover.configure(config);
        prover
    }

    /// Proves as configured.
    pub(super) fn configure(&mut self, config: &Config) {
        let accounts = config.identities();
        if config.proof.enabled && self.running.as_ref().is_some_and(|running| running.accounts == accounts) {
            return;
        }
        self.running.take().inspect(|running| running.stop.cancel());
        let appids = accounts.iter().map(|(_, appid)| appid.clone()).collect();
        let kept = config.proof.enabled.then_some(appids);
        let next = config.proof.enabled.then(|| self.next_task(config.archive.clone(), accounts));
        let (previous, archive, report) = (self.task.take(), self.context.archive.clone(), self.report.clone());
        self.task = Some(self.context.tasks.spawn(async move {
            // It writes which ranges were proven as a whole, as the next one does. A panic of it is on stderr, or in the log.
            if let Some(previous) = previous
                && let Err(error) = previous.await
            {
                tracing::debug!(%error, "the earlier task did not end by itself");
            }
            forget_others(&archive, &report, kept).await;
            if let Some(task) = next {
                task.run().await;
            }
        }));
    }

    /// Waits for what the task tells next.
    pub(super) async fn next_event(&mut self) -> Option<ProverEvent> {
        self.events.recv().await
    }

    /// Records the drafts that a step of a poll has compared.
    pub(super) fn on_step(&self, outcome: &StepOutcome) {
        let Some(proof) = outcome.proof else { return };
        let accounts = self.running.iter().flat_map(|running| &running.accounts);
        let Some((_, appid)) = accounts.into_iter().find(|(name, _)| *name == outcome.account) else { return };
        let (archive, appid, began_at) = (self.context.archive.clone(), appid.clone(), outcome.began_at);
        self.context.tasks.spawn(async move {
            match archive.run(move |writer| proof::record_drafts(writer, appid, began_at, proof)).await {
                Ok(record) => log(&record),
                Err(error) => tracing::debug!(%error, "the drafts that were compared are not recorded"),
            }
        });
    }

    fn next_task(&mut self, archive: PathBuf, accounts: Vec<(AccountName, String)>) -> ProofTask {
        let stop = self.context.stop.child_token();
        self.running = Some(Running { accounts: accounts.clone(), stop: stop.clone() });
        let (context, report) = (self.context.clone(), self.report.clone());
        ProofTask { context, archive, accounts, started_at: self.started_at, stop, report }
    }
}

/// What nobody proves any more is no problem, and is not shown.
async fn forget_others(archive: &WriterHandle, report: &mpsc::UnboundedSender<ProverEvent>, kept: Option<Vec<String>>) {
    match archive.run(move |writer| writer.forget_proofs(kept.as_deref())).await {
        Ok(()) => drop(report.send(ProverEvent::Ended)),
        Err(error) => tracing::debug!(%error, "earlier proofs are not forgotten yet"),
    }
}

/// What is due next.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Due {
    Part(ProofKind),
    /// Drafts of an account, with its appid.
    Drafts(AccountName, String),
}

/// Proves one archive.
struct ProofTask {
    context: WorkerContext,
    archive: PathBuf,
    accounts: Vec<(AccountName, String)>,
    started_at: Timestamp,
    stop: CancellationToken,
    report: mpsc::UnboundedSender<ProverEvent>,
}

impl ProofTask {
    async fn run(self) {
        let mut lasting = LastingError::default();
        while !self.stop.is_cancelled() {
            let Some(due) = self.stop.run_until_cancelled(self.until_due()).await else { return };
            let proven = match due {
                Ok(Due::Part(kind)) => self.prove(kind).await,
                Ok(Due::Drafts(account, appid)) => self.request(account, appid).await,
                Err(error) => Err(error),
            };
            let error = proven.err().map(|error| error.to_string());
            if let Some(error) = lasting.update(error.as_deref()) {
                tracing::warn!(error, "the archive is not proven now");
            }
            if error.is_none() {
                continue;
            }
            self.stop.run_until_cancelled(tokio::time::sleep(BUSY_WAIT)).await;
        }
    }

    /// Waits until something is due.
    async fn until_due(&self) -> Result<Due, archive::Error> {
        loop {
            let ask = |writer: &mut Writer| Ok((writer.archive_id()?, writer.proofs()?));
            let (id, records) = self.context.archive.run(ask).await?;
            let (at, due) = self.next(&id, &records, self.context.clock.now());
            if ticker::reaches(at, &self.context.clock).await {
                return Ok(due);
            }
        }
    }

    /// Returns what is due next, and when. The accounts have times of their own, so that thousands are not asked for at once.
    fn next(&self, id: &str, records: &[ProofRecord], now: Timestamp) -> (Timestamp, Due) {
        let last: BTreeMap<&ProofKey, Timestamp> =
            records.iter().map(|record| (&record.key, record.tried_at)).collect();
        let at = |id: &str, key: &ProofKey| proof::next_due(id, last.get(key).copied(), self.started_at, now);
        let parts = PARTS.into_iter().map(|kind| (at(id, &ProofKey::of_archive(kind)), Due::Part(kind)));
        let drafts = self.accounts.iter().map(|(name, appid)| {
            let key = ProofKey { kind: ProofKind::Drafts, appid: appid.clone() };
            (at(&format!("{id} {appid}"), &key), Due::Drafts(name.clone(), appid.clone()))
        });
        parts.chain(drafts).min().unwrap_or((now, Due::Part(ProofKind::Versions)))
    }

    /// Requests that the polls of an account compare a few drafts. It is recorded before, so that it is due again in the next night, whatever comes of it.
    ///
    /// # Errors
    ///
    /// Where that cannot be recorded.
    async fn request(&self, account: AccountName, appid: String) -> Result<(), archive::Error> {
        let (now, random) = (self.context.clock.now(), random()?);
        let key = ProofKey { kind: ProofKind::Drafts, appid };
        self.context.archive.run(move |writer| proof::record_request(writer, key, now)).await?;
        self.tell(ProverEvent::Request(DraftsRequest { account, random }));
        Ok(())
    }

    fn tell(&self, event: ProverEvent) {
        if self.report.send(event).is_err() {
            tracing::debug!("the daemon ends, and nobody looks at what was proven");
        }
    }

    /// Proves a part, and records what was found: what cannot be recorded now is not proven again for that.
    ///
    /// # Errors
    ///
    /// Where it cannot be proven now.
    async fn prove(&self, kind: ProofKind) -> Result<(), archive::Error> {
        let began_at = self.context.clock.now();
        let record = match kind {
            ProofKind::Assets => self.prove_hashes(ProvenKind::Asset, began_at).await,
            ProofKind::Files => self.prove_files(began_at).await?,
            _ => self.prove_hashes(ProvenKind::Version, began_at).await,
        };
        // One that was stopped is due again.
        if let Some(record) = record {
            log(&record);
            self.tell(ProverEvent::Ended);
        }
        Ok(())
    }

    async fn prove_hashes(&self, kind: ProvenKind, now: Timestamp) -> Option<ProofRecord> {
        let (path, stop) = (self.archive.clone(), self.stop.clone());
        let proving = tokio::task::spawn_blocking(move || {
            proof::prove_hashes(&Reader::open(&path)?, kind, now, &|| !stop.is_cancelled())
        });
        // A panic is on stderr, or in the log.
        let outcome = proving.await.unwrap_or_else(|_| Err(archive::Error::Panicked("a proof".to_owned())));
        self.keep_writing(move |writer| proof::record_hashes(writer, kind, now, &outcome)).await.flatten()
    }

    async fn prove_files(&self, now: Timestamp) -> Result<Option<ProofRecord>, archive::Error> {
        let (path, random) = (self.archive.clone(), random()?);
        let proving = tokio::task::spawn_blocking(move || {
            proof::prove_files(&Reader::open(&path)?, &std::env::temp_dir(), random)
        });
        let outcome = proving.await.unwrap_or_else(|_| Err(archive::Error::Panicked("a proof".to_owned()).into()));
        Ok(self.keep_writing(move |writer| proof::record_files(writer, now, &outcome)).await)
    }

    async fn keep_writing<T: Send + 'static>(
        &self,
        write: impl Fn(&mut Writer) -> Result<T, archive::Error> + Send + Sync + 'static,
    ) -> Option<T> {
        keep_writing(&self.context.archive, &self.stop, "a proof of the night", write).await
    }
}

pub(super) fn random() -> Result<u64, archive::Error> {
    getrandom::u64().map_err(|error| archive::Error::Other(format!("the system gives no random numbers: {error}")))
}

fn log(record: &ProofRecord) {
    let (kind, checked) = (record.key.kind.as_str(), record.checked);
    match (&record.failure, record.recent) {
        (Some(failure), _) => {
            tracing::warn!(
                kind,
                checked,
                reason = ProofFault::read(&failure.reason).text(),
                "the proof of the night failed; see draftkeep status"
            );
        }
        (None, Some((recent, total))) => tracing::info!(kind, checked, recent, total, "proven"),
        (None, None) => tracing::info!(kind, checked, "proven"),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::TimeDelta;
    use tokio::sync::oneshot;

    use super::*;
    use crate::clock::Clock;

    fn config(directory: &std::path::Path, accounts: &[&str]) -> Config {
        let account = |name: &&str| {
            format!("[[account]]\nname = '{name}'\nappid = 'wx0123456789abcd{name}'\nsecret = {{ env = 'SECRET' }}\n")
        };
        let (file, accounts) = (directory.join("config.toml"), accounts.iter().map(account).collect::<String>());
        std::fs::write(&file, format!("archive = 'archive.db'\n{accounts}")).unwrap();
        Config::load_without_secrets(&file).unwrap()
    }

    /// Once, the whole night was proven again each minute. Paused time moves on by itself.
    #[tokio::test(start_paused = true)]
    async fn what_cannot_be_recorded_is_not_proven_again() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let archive = WriterHandle::open(&path).unwrap();
        let (outcomes, _steps) = mpsc::unbounded_channel();
        let clock = Clock::fixed("2026-09-01T12:00:00Z".parse().unwrap());
        let context = WorkerContext::new(archive, clock, Arc::new(|_| ()), outcomes);
        let (report, mut events) = mpsc::unbounded_channel();
        let (stop, started_at) = (context.stop.clone(), context.clock.now());
        let (clock, writer) = (context.clock.clone(), context.archive.clone());
        let database = rusqlite::Connection::open(&path).unwrap();
        let refuse = "CREATE TRIGGER refused BEFORE INSERT ON proof BEGIN SELECT raise(ABORT, 'no'); END";
        database.execute_batch(refuse).unwrap();
        let task = ProofTask { context, archive: path, accounts: Vec::new(), started_at, stop, report };
        let proving = tokio::spawn(async move { task.prove(ProofKind::Versions).await });
        tokio::time::sleep(5 * BUSY_WAIT).await;
        assert!(!proving.is_finished() && events.try_recv().is_err());
        clock.advance(Duration::from_secs(3600));
        database.execute_batch("DROP TRIGGER refused").unwrap();
        proving.await.unwrap().unwrap();
        assert!(matches!(events.recv().await, Some(ProverEvent::Ended)));
        let record = writer.run(|writer| writer.proofs()).await.unwrap().remove(0);
        assert!(record.tried_at - started_at < TimeDelta::minutes(1), "it is the result of the first proof");
    }

    /// Once, both ran, and the one that ended last wrote over what the other had proven.
    #[tokio::test]
    async fn after_a_reload_nothing_begins_before_the_earlier_task_has_ended() {
        let directory = tempfile::tempdir().unwrap();
        let archive = WriterHandle::open(&directory.path().join("archive.db")).unwrap();
        let (outcomes, _steps) = mpsc::unbounded_channel();
        let clock = Clock::fixed("2026-09-01T12:00:00Z".parse().unwrap());
        let context = WorkerContext::new(archive.clone(), clock, Arc::new(|_| ()), outcomes);
        let mut prover = Prover::start(&config(directory.path(), &["aa"]), context.clone());
        assert!(matches!(prover.next_event().await, Some(ProverEvent::Ended)), "earlier proofs are forgotten");

        // The running task is within a step that takes long, and does not end at once.
        let (end, step) = oneshot::channel::<()>();
        let running = prover.task.take();
        prover.task = Some(context.tasks.spawn(async move {
            step.await.unwrap();
            running.unwrap().await.unwrap();
        }));
        for accounts in [&["aa", "bb"][..], &["bb"]] {
            prover.configure(&config(directory.path(), accounts));
        }
        for _ in 0..20 {
            archive.run(|_| Ok(())).await.unwrap();
            tokio::task::yield_now().await;
        }
        assert!(prover.events.try_recv().is_err(), "another one has begun");
        end.send(()).unwrap();
        for _ in 0..2 {
            assert!(matches!(prover.next_event().await, Some(ProverEvent::Ended)));
        }
        context.stop.cancel();
        context.tasks.close();
        context.tasks.wait().await;
    }
}
