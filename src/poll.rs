//! One poll: the whole story, from the platform to the archive.
//!
//! A configured list is read with `draft/get`, a few requests at a time; the whole box is swept page by page with
//! `draft/batchget`. Each draft that was read is canonicalised, hashed and recorded at once, so that a failure later in
//! the poll loses nothing. A draft that was not there is concluded about last, and only if nothing speaks against it; why it
//! left is read from what was published.

mod absence;
mod cause;
mod explain;
mod health;
mod list;
mod sweep;

use std::collections::BTreeMap;

use tokio_util::sync::CancellationToken;

use self::absence::Verdicts;
use self::health::Health;
use crate::archive::{self, Absence, AccountId, Archive, Failure, Known, Poll, Recorded, Sighting};
use crate::canonical;
use crate::clock::Clock;
use crate::config::{Account, Drafts};
use crate::model::{AccountName, Calls, Interface, MediaId, quota_day};
use crate::wechat::{Client, Error, Fetched, Kind};

/// Calls that may wait for the next write before they are put into the ledger on their own.
const PENDING_CALLS: u64 = 20;
/// Forced token refreshes a day. The platform allows 20 to everybody on the account together.
const FORCED_REFRESHES: u64 = 3;

/// What a poll did.
#[derive(Clone, Debug)]
pub struct Report {
    pub account: AccountName,
    /// `list` or `sweep`.
    pub strategy: &'static str,
    /// Calls made to the platform, refused ones and those for tokens included.
    pub calls: u64,
    /// Drafts that were read.
    pub seen: u64,
    pub new_versions: u64,
    /// Drafts known before that were not there this time.
    pub missing: u64,
    /// Which ones, and what they are from now on.
    pub absences: Vec<Absence>,
    pub errors: Vec<Failure>,
    /// The versions that were recorded.
    pub versions: Vec<NewVersion>,
    /// Whether the platform turned the account away, so that nothing could be read.
    pub refused: bool,
}

/// A version that a poll recorded.
#[derive(Clone, Debug)]
pub struct NewVersion {
    pub media_id: MediaId,
    /// The number that people type as `#ID`.
    pub draft: i64,
    pub version: u64,
    /// Of its first article.
    pub title: String,
}

/// Polls one account once. When `stop` is cancelled the poll ends after the write at hand and concludes nothing more.
///
/// # Errors
///
/// Only where the archive fails. What the platform or the network does is told in the report.
pub async fn poll(
    account: &Account,
    client: &Client,
    archive: &Archive,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Report, archive::Error> {
    let mut round = Round::begin(account, client, archive, clock, stop).await?;
    match &account.drafts {
        Drafts::List(media_ids) => list::read(&mut round, media_ids).await?,
        Drafts::All => sweep::read(&mut round).await?,
    }
    round.conclude().await?;
    round.finish().await
}

/// A poll under way.
struct Round<'a> {
    client: &'a Client,
    archive: &'a Archive,
    clock: &'a Clock,
    stop: &'a CancellationToken,
    name: AccountName,
    account: AccountId,
    known: BTreeMap<MediaId, Known>,
    poll: Poll,
    /// Drafts that the platform did not have when asked for them one by one.
    not_found: Vec<MediaId>,
    /// Drafts known before that a complete and plausible list did not hold.
    unlisted: Vec<MediaId>,
    versions: Vec<NewVersion>,
    /// Calls that are not in the ledger yet.
    pending: Vec<Calls>,
    health: Health,
}

impl<'a> Round<'a> {
    async fn begin(
        account: &Account,
        client: &'a Client,
        archive: &'a Archive,
        clock: &'a Clock,
        stop: &'a CancellationToken,
    ) -> Result<Self, archive::Error> {
        let now = clock.now();
        let (name, appid) = (account.name.clone(), account.appid.clone());
        let (id, known, forced) = archive
            .run(move |writer| {
                let id = writer.account(&name, &appid, now)?;
                Ok((id, writer.known(id)?, writer.calls_on(id, Interface::StableTokenForce, &quota_day(now))?))
            })
            .await?;
        client.allow_forced_refreshes(FORCED_REFRESHES.saturating_sub(forced) as u32);
        Ok(Self {
            client,
            archive,
            clock,
            stop,
            name: account.name.clone(),
            account: id,
            known: known.into_iter().map(|known| (known.media_id.clone(), known)).collect(),
            poll: Poll::begin(account.drafts.strategy(), now),
            not_found: Vec::new(),
            unlisted: Vec::new(),
            versions: Vec::new(),
            pending: Vec::new(),
            health: Health::default(),
        })
    }

    /// Waits for an answer, or for the order to stop, which is `None`.
    async fn ask<T>(&self, call: impl Future<Output = T>) -> Option<T> {
        self.stop.run_until_cancelled(call).await
    }

    /// Reads one draft with `draft/get`, where that is still of use.
    async fn get(&mut self, media_id: MediaId) -> Result<(), archive::Error> {
        if !self.health.allows(Interface::DraftGet) {
            return Ok(());
        }
        match self.ask(self.client.draft_get(&media_id)).await {
            Some(answer) => self.answered(media_id, answer).await,
            None => Ok(()),
        }
    }

    /// Takes in what `draft/get` answered.
    async fn answered(&mut self, media_id: MediaId, answer: Result<Fetched, Error>) -> Result<(), archive::Error> {
        match answer {
            Ok(fetched) => return self.saw(media_id, fetched).await,
            Err(error) if error.kind == Kind::NotFound && self.known.contains_key(&media_id) => {
                self.health.answered();
                self.not_found.push(media_id);
            }
            Err(error) => self.failed(Some(media_id), &error),
        }
        self.flush(PENDING_CALLS).await
    }

    /// Canonicalises, hashes and records what was read of a draft.
    async fn saw(&mut self, media_id: MediaId, fetched: Fetched) -> Result<(), archive::Error> {
        self.health.answered();
        let canonical = match canonical::canonicalise(&fetched.document) {
            Ok(canonical) => canonical,
            Err(error) => {
                let message = format!("the platform's answer for this draft cannot be read: {error}");
                self.poll.failures.push(Failure { media_id: Some(media_id), code: None, message });
                return Ok(());
            }
        };
        // What another process has recorded since the poll began is no matter: of two equal contents one is enough.
        if self.known.get(&media_id).is_some_and(|known| known.hash == Some(canonical.hash())) {
            self.poll.seen.push(media_id);
            return self.flush(PENDING_CALLS).await;
        }
        self.take_calls();
        let (account, calls) = (self.account, self.pending.clone());
        let follows = Some(self.known.get(&media_id).map_or(0, |known| known.number));
        let Fetched { document, update_time, .. } = fetched;
        let sighting = Sighting {
            media_id: media_id.clone(),
            document,
            canonical,
            update_time,
            observed_at: self.clock.now(),
            follows,
        };
        let recorded = match self.archive.run(move |writer| writer.record(account, &sighting, &calls)).await {
            // Of this draft alone: the others must not wait until somebody has mended it.
            Err(error @ (archive::Error::Damaged(_) | archive::Error::ReadBack(_))) => {
                self.poll.failures.push(Failure { media_id: Some(media_id), code: None, message: error.to_string() });
                return Ok(());
            }
            recorded => recorded?,
        };
        self.poll.seen.push(media_id.clone());
        match recorded {
            Recorded::Unchanged => self.flush(PENDING_CALLS).await,
            Recorded::Version { draft, number: version, title } => {
                self.pending.clear();
                tracing::info!(account = %self.name, %media_id, version, title, "new version");
                self.poll.new_versions += 1;
                self.versions.push(NewVersion { media_id, draft, version, title });
                Ok(())
            }
        }
    }

    fn failed(&mut self, media_id: Option<MediaId>, error: &Error) {
        if self.health.failed(error) {
            let media_id = media_id.filter(|_| !health::is_about_account(error));
            self.poll.failures.push(Failure { media_id, code: error.code, message: error.to_string() });
        }
    }

    /// Draws conclusions about the drafts that were not there.
    async fn conclude(&mut self) -> Result<(), archive::Error> {
        if self.stop.is_cancelled() || (self.not_found.is_empty() && self.unlisted.is_empty()) {
            return Ok(());
        }
        let door = explain::door(self).await?;
        let (now, patience) = (self.clock.now(), door.patience(absence::APART));
        let (not_found, unlisted) = (&self.not_found, &self.unlisted);
        let verdicts = absence::judge(self.known.values(), not_found, unlisted, &self.poll.seen, now, patience);
        let Verdicts { absences, to_confirm, warning } = verdicts;
        self.poll.absences = absences;
        self.poll.failures.extend(warning.map(|message| Failure { media_id: None, code: None, message }));
        for absence in to_confirm {
            if !self.health.allows(Interface::DraftGet) {
                break;
            }
            match self.ask(self.client.draft_get(&absence.media_id)).await {
                Some(Err(error)) if error.kind == Kind::NotFound => self.poll.absences.push(absence),
                Some(answer) => self.answered(absence.media_id, answer).await?,
                None => break,
            }
        }
        explain::explain(self, door).await
    }

    async fn finish(mut self) -> Result<Report, archive::Error> {
        self.take_calls();
        let Self { account, mut poll, pending, .. } = self;
        poll.finished_at = self.clock.now();
        let report = Report {
            account: self.name,
            strategy: poll.strategy,
            calls: poll.calls,
            seen: poll.seen.len() as u64,
            new_versions: poll.new_versions,
            missing: poll.absences.len() as u64,
            absences: poll.absences.clone(),
            errors: poll.failures.clone(),
            versions: self.versions,
            refused: self.health.is_refused() && poll.seen.is_empty(),
        };
        self.archive.run(move |writer| writer.finish(account, &poll, &pending)).await?;
        Ok(report)
    }

    /// Puts the pending calls into the ledger, once there are `enough` of them.
    async fn flush(&mut self, enough: u64) -> Result<(), archive::Error> {
        self.take_calls();
        if self.pending.iter().map(|line| line.count).sum::<u64>() < enough {
            return Ok(());
        }
        let (account, calls) = (self.account, std::mem::take(&mut self.pending));
        self.archive.run(move |writer| writer.count(account, &calls)).await
    }

    fn take_calls(&mut self) {
        let calls = self.client.take_calls();
        self.poll.calls += calls.iter().map(|line| line.count).sum::<u64>();
        self.pending.extend(calls);
    }

    /// The drafts that were in the box at the last look, or were only missed.
    fn present(&self) -> impl Iterator<Item = &MediaId> {
        self.known.values().filter(|known| known.is_present()).map(|known| &known.media_id)
    }
}
