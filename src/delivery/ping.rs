//! Tells a dead man's switch whether the service does its work.
//!
//! A success is only told after proof: every account is as fresh as promised, a version chosen at random was rebuilt from the archive and
//! is right, the last proof of the night found nothing wrong, the last write succeeded, and what is to be sent is sent. Nothing is written, and no poll waits.

use std::path::PathBuf;

use super::proof::{Claim, Proof};
use super::resolve::read;
use crate::archive::{Error, Reader};
use crate::clock::Clock;
use crate::config::{Account, Config, PingConfig};
use crate::model::{ActiveCondition, Timestamp};
use crate::notify::{self, Answer, Client, Meaning, PingOutcome, Reason};
use crate::sanitize;
use crate::verify::{self, VersionNumber};

/// Tells one dead man's switch.
pub struct PingSender {
    ping: PingConfig,
    accounts: Vec<Account>,
    /// The archive's path, to read from it.
    path: PathBuf,
    clock: Clock,
    client: Client,
    /// When the daemon started.
    started_at: Timestamp,
    /// A version that was not right. It is verified again before any other one.
    damaged: Option<DamagedVersion>,
}

#[derive(Clone, Debug)]
struct DamagedVersion {
    version: VersionNumber,
    reason: String,
}

/// Whether a ping arrived.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PingResult {
    Arrived,
    /// It may arrive if it is sent again soon; why it did not.
    Failed(Reason),
    /// Somebody has to correct something first; what the other side said.
    Refused(Reason),
}

impl PingSender {
    /// Prepares to tell how the daemon does that began to work with this configuration, or an earlier one, at `started_at`.
    pub fn new(ping: PingConfig, config: &Config, clock: Clock, client: Client, started_at: Timestamp) -> Self {
        let (accounts, path) = (config.accounts.clone(), config.archive.clone());
        Self { ping, accounts, path, clock, client, started_at, damaged: None }
    }

    /// Looks whether the service does its work. `service` is what the daemon knows of it, and the archive may not.
    pub async fn look(&self, service: Vec<ActiveCondition>) -> Proof {
        let claim = Claim { accounts: self.accounts.clone(), started_at: self.started_at, service };
        let now = self.clock.now();
        let proof = self.read_archive(move |reader| claim.prove(reader, now)).await;
        self.with_damage(proof.unwrap_or_else(|error| Proof::Fails(vec![unreadable(&error)])))
    }

    /// Verifies a version, then looks.
    pub async fn prove(&mut self, service: Vec<ActiveCondition>) -> Proof {
        let known = self.damaged.as_ref().map(|damaged| damaged.version);
        match self.read_archive(move |reader| verify_one(reader, known)).await {
            Ok(damaged) => self.damaged = damaged,
            Err(error) => return Proof::Fails(vec![unreadable(&error)]),
        }
        self.look(service).await
    }

    /// Sends what was found.
    pub async fn send(&self, proof: &Proof) -> PingResult {
        let (lines, is_success) = match proof {
            Proof::Holds(lines) => (lines, true),
            Proof::Fails(reasons) => (reasons, false),
            Proof::NotYet => return PingResult::Arrived,
        };
        let text = lines.iter().map(|line| sanitize::line(line)).collect::<Vec<_>>().join("\n");
        let outcome = if is_success { PingOutcome::Success(&text) } else { PingOutcome::Failure(&text) };
        send(&self.ping, &self.client, outcome, self.clock.now()).await
    }

    fn with_damage(&self, proof: Proof) -> Proof {
        match &self.damaged {
            Some(damaged) => proof.and(damaged.line()),
            None => proof,
        }
    }

    async fn read_archive<T: Send + 'static>(
        &self,
        read: impl FnOnce(&Reader) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let path = self.path.clone();
        let read = tokio::task::spawn_blocking(move || read(&Reader::open(&path)?)).await;
        read.unwrap_or_else(|panic| Err(Error::Panicked(panic.to_string())))
    }
}

impl DamagedVersion {
    fn line(&self) -> String {
        let Self { version: VersionNumber { draft, number }, reason } = self;
        format!("the archive is damaged: version {number} of draft {draft}: {reason}")
    }
}

/// Sends a success that says it is a test.
pub async fn test_ping(ping: &PingConfig, client: &Client, now: Timestamp) -> PingResult {
    send(ping, client, PingOutcome::Success("A test of draftkeep, sent by hand."), now).await
}

async fn send(ping: &PingConfig, client: &Client, outcome: PingOutcome<'_>, now: Timestamp) -> PingResult {
    let url = match read(&ping.url).await {
        Ok(url) => url,
        Err(reason) => return PingResult::Failed(Reason::of_ours(Meaning::SecretNotReadable, &reason)),
    };
    match notify::ping(client, &url, outcome, now).await {
        Answer::Delivered | Answer::Partly { .. } => PingResult::Arrived,
        Answer::Later { reason, .. } | Answer::Uncertain { reason } => PingResult::Failed(reason),
        Answer::Parked { reason } | Answer::Rejected { reason } => PingResult::Refused(reason),
    }
}

/// Verifies the version that was damaged before, and one that is chosen at random.
fn verify_one(reader: &Reader, known: Option<VersionNumber>) -> Result<Option<DamagedVersion>, Error> {
    let random =
        getrandom::u64().map_err(|error| Error::Other(format!("the system gives no random numbers: {error}")))?;
    for version in known.into_iter().chain(verify::choose_version(reader, random)?) {
        if let Some(reason) = verify::damage_of(reader, version)? {
            return Ok(Some(DamagedVersion { version, reason }));
        }
    }
    Ok(None)
}

fn unreadable(error: &Error) -> String {
    format!("the archive cannot be read: {error}")
}
