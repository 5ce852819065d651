//! Restore: a version going back out. Always a plan first, which does nothing; then apply.
//!
//! Back to files it goes at once ([`FilesPlan`]). Back to a draft box ([`DraftPlan`]) it becomes a new draft, and
//! [`as_new`] is the whole story: the restore is written down, the platform is asked, what it made is read back, compared
//! and kept. `draft/add` is not idempotent and takes no key: where its answer is lost, or the program was killed before it
//! came, the draft is searched for by what it says, and another one is made only when it had time to appear and did not.

mod content;
mod draft;
mod files;
mod limits;
mod refusal;
mod report;
mod search;
mod sent;

use std::time::Duration;

use chrono::TimeDelta;

pub use self::content::{Losses, Undone};
pub use self::draft::{DraftPlan, PlanError};
pub use self::files::{FilesError, FilesPlan, PlannedFile};
pub use self::limits::{Finding, Weight};
pub use self::refusal::advice;
pub use self::report::{ArticleReport, FieldReport, Report, Verdict};
use self::search::Wanted;
pub use self::sent::{Choices, Field, Sent};
use crate::archive::{
    self, AccountId, Archive, Begun, Draft, OpenRestore, Reader, RestoreId, RestoreLock, RestoreOutcome, Sighting,
    Version,
};
use crate::canonical;
use crate::clock::Clock;
use crate::config::Account;
use crate::model::{Article, MediaId, Timestamp};
use crate::wechat::{self, Client, Fetched, Kind};

/// How long a draft that was just made is waited for, between looks: `draft/get` has been seen to answer 40007, and
/// `draft/batchget` not to list it, for a while. A minute in all.
const LOOKS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];

/// A draft that may have been made, and is not in the box so long after it was last heard of, was not made.
const SETTLED: TimeDelta = TimeDelta::minutes(5);

/// 封面裁剪失败: answered at times although no crop was sent, and not when asked again.
const CROP_FAILED: i64 = 53_402;

/// A version that is to go back out.
#[derive(Debug)]
pub struct Source {
    pub draft: Draft,
    pub version: Version,
    pub articles: Vec<Article>,
    /// As received.
    pub document: Vec<u8>,
}

impl Source {
    /// Reads the version from the archive, and makes sure that it is the one that its hash names.
    pub fn read(reader: &Reader, draft: Draft, version: Version) -> Result<Self, archive::Error> {
        let name = format!("{}/#{}@{}", draft.account, draft.id, version.number);
        let damaged =
            |reason: &dyn std::fmt::Display| archive::Error::Damaged(format!("{name} cannot be restored: {reason}"));
        let document = reader.document(&version).map_err(|error| match error {
            archive::Error::Damaged(reason) => damaged(&reason),
            other => other,
        })?;
        let hash = canonical::canonicalise(&document).map_err(|error| damaged(&error))?.hash();
        if !version.is_named_by(hash) {
            return Err(damaged(&"it does not have the hash that names it"));
        }
        let articles = canonical::articles(&document).map_err(|error| damaged(&error))?;
        Ok(Self { draft, version, articles, document })
    }

    /// Returns the title of its first article.
    pub fn title(&self) -> &str {
        self.articles.first().map_or("", |article| &article.title)
    }
}

/// A version that is a draft again.
#[derive(Debug)]
pub struct Restored {
    /// Of the draft that was made; the old one never comes back.
    pub media_id: MediaId,
    pub made: Made,
    /// What came through; or why that is not known.
    pub report: Result<Report, String>,
}

/// How we know that a draft was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Made {
    /// The platform said so.
    Answered,
    /// The platform's answer was lost, and the draft was found in the box.
    AnswerLost,
    /// A restore that began then had made it, and was cut off before it could tell.
    Earlier(Timestamp),
}

/// Why a version is no draft again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The platform refused, or was not reached: no draft was made.
    #[error("{0}")]
    NotMade(wechat::Error),
    /// The answer was lost, and the draft was not found within a minute. It may still appear.
    #[error("{error}")]
    Unknown {
        error: wechat::Error,
        /// Why it could not be searched for either.
        search: Option<wechat::Error>,
    },
    /// An earlier restore may have made the draft, and it cannot be searched for.
    #[error("{0}")]
    NotSearched(wechat::Error),
    /// An earlier restore may have made the draft; it is not in the box, and may still appear.
    #[error("the draft that the restore of {began_at} may have made is not in the draft box yet")]
    Unsettled {
        began_at: Timestamp,
        /// When it will be taken for not made.
        until: Timestamp,
    },
    /// The archive failed before the platform was asked.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The draft was made, and the archive could not write that down.
    #[error("the draft {media_id} was made, but the archive could not write that down")]
    NotWritten { media_id: MediaId, source: archive::Error },
}

/// Where a restore goes, and what it works with.
pub struct Target<'a> {
    pub account: &'a Account,
    pub client: &'a Client,
    pub archive: &'a Archive,
    pub clock: &'a Clock,
    /// Of that archive.
    pub lock: &'a RestoreLock,
}

/// Makes a new draft of a version, as planned.
///
/// # Errors
///
/// Where no draft was made, or nobody knows; see [`Failure`].
pub async fn as_new(plan: &DraftPlan, source: &Source, target: &Target<'_>) -> Result<Restored, Failure> {
    let (name, appid, now) = (target.account.name.clone(), target.account.appid.clone(), target.clock.now());
    let account = target.archive.run(move |writer| writer.account(&name, &appid, now)).await?;
    let work = Work { plan, source, target, account };
    let ended = work.make().await;
    work.count().await;
    ended
}

/// A restore under way.
struct Work<'a> {
    plan: &'a DraftPlan,
    source: &'a Source,
    target: &'a Target<'a>,
    account: AccountId,
}

impl Work<'_> {
    async fn make(&self) -> Result<Restored, Failure> {
        let id = loop {
            match self.begin().await? {
                Begun::New(id) => break id,
                Begun::Open(open) => {
                    if let Some(restored) = self.resume(open).await? {
                        return Ok(restored);
                    }
                }
            }
        };
        let wanted = self.wanted(self.target.clock.now()).await?;
        match self.add().await {
            Ok(media_id) => self.conclude(id, media_id, Made::Answered).await,
            Err(error) if error.effect_unknown() => self.answer_was_lost(id, error, &wanted).await,
            Err(error) => {
                self.end_without_a_draft(id, RestoreOutcome::Failed).await;
                Err(Failure::NotMade(error))
            }
        }
    }

    async fn begin(&self) -> Result<Begun, Failure> {
        let (version, account, now) = (self.source.version.clone(), self.account, self.target.clock.now());
        Ok(self.target.archive.run(move |writer| writer.begin_restore(&version, account, now)).await?)
    }

    /// Finds out whether an earlier restore, which is not at work any more, made its draft after all; `None` where it
    /// did not.
    async fn resume(&self, open: OpenRestore) -> Result<Option<Restored>, Failure> {
        let found = match self.find_in_archive(open.started_at).await? {
            Some(media_id) => Some(media_id),
            None => {
                let wanted = self.wanted(open.started_at).await?;
                wanted.find(self.target.client).await.map_err(Failure::NotSearched)?
            }
        };
        if let Some(media_id) = found {
            return self.conclude(open.id, media_id, Made::Earlier(open.started_at)).await.map(Some);
        }
        // A clock that was put back far tells nothing, and must not hold a restore up until it has caught up.
        let age: TimeDelta = self.target.clock.now() - open.last_heard_of;
        if age.abs() < SETTLED {
            return Err(Failure::Unsettled { began_at: open.started_at, until: open.last_heard_of + SETTLED });
        }
        self.end(open.id, RestoreOutcome::Failed, None).await?;
        Ok(None)
    }

    /// A poll may have kept the draft before somebody edited it.
    async fn find_in_archive(&self, began_at: Timestamp) -> Result<Option<MediaId>, archive::Error> {
        let (account, articles, source) = (self.account, self.plan.articles.clone(), self.source());
        let is_it =
            move |media_id: &MediaId, document: &[u8]| *media_id != source && report::is_made_of(&articles, document);
        self.target.archive.run(move |writer| writer.find_since(account, began_at, is_it)).await
    }

    /// Returns what a restore that began then may have made.
    async fn wanted(&self, began_at: Timestamp) -> Result<Wanted<'_>, archive::Error> {
        let account = self.account;
        let seen = self.target.archive.run(move |writer| writer.seen_by(account, began_at)).await?;
        let known = seen.into_iter().chain([self.source()]).collect();
        Ok(Wanted { articles: &self.plan.articles, began_at, known })
    }

    async fn add(&self) -> Result<MediaId, wechat::Error> {
        let articles = self.plan.body();
        match self.target.client.draft_add(&articles).await {
            Err(error) if error.code == Some(CROP_FAILED) => self.target.client.draft_add(&articles).await,
            answer => answer,
        }
    }

    /// Whatever a clock that was put back makes of instants, the source is not the result.
    fn source(&self) -> MediaId {
        MediaId::new(self.source.draft.media_id.as_str())
    }

    async fn answer_was_lost(
        &self,
        id: RestoreId,
        error: wechat::Error,
        wanted: &Wanted<'_>,
    ) -> Result<Restored, Failure> {
        let mut searched = Ok(None);
        for wait in LOOKS {
            self.target.clock.sleep(wait).await;
            searched = wanted.find(self.target.client).await;
            if let Ok(Some(media_id)) = searched {
                return self.conclude(id, media_id, Made::AnswerLost).await;
            }
        }
        self.end_without_a_draft(id, RestoreOutcome::Unknown).await;
        Err(Failure::Unknown { error, search: searched.err() })
    }

    /// Reads the draft back, keeps it as the new draft's first version, and tells what came through.
    async fn conclude(&self, id: RestoreId, media_id: MediaId, made: Made) -> Result<Restored, Failure> {
        let read_back = self.read_back(&media_id).await.and_then(|fetched| self.sighting(&media_id, fetched));
        let report = read_back.as_ref().map_err(Clone::clone).and_then(|sighting| {
            report::compare(&self.plan.articles, &sighting.document).map_err(|error| error.to_string())
        });
        let outcome = RestoreOutcome::Done(media_id.clone());
        match self.end(id, outcome, read_back.ok()).await {
            Ok(()) => Ok(Restored { media_id, made, report }),
            Err(source) => Err(Failure::NotWritten { media_id, source }),
        }
    }

    async fn read_back(&self, media_id: &MediaId) -> Result<Fetched, String> {
        let mut answer = Err(String::new());
        for wait in LOOKS {
            self.target.clock.sleep(wait).await;
            match self.target.client.draft_get(media_id).await {
                Err(error) if error.kind == Kind::NotFound => answer = Err(error.to_string()),
                read => return read.map_err(|error| error.to_string()),
            }
        }
        answer
    }

    fn sighting(&self, media_id: &MediaId, fetched: Fetched) -> Result<Sighting, String> {
        let canonical = canonical::canonicalise(&fetched.document).map_err(|error| error.to_string())?;
        let Fetched { document, update_time, .. } = fetched;
        let observed_at = self.target.clock.now();
        Ok(Sighting { media_id: media_id.clone(), document, canonical, update_time, observed_at, follows: None })
    }

    /// Ends a restore of which no draft is known. Where that cannot be written down it stays open, which is safe: the next
    /// one searches.
    async fn end_without_a_draft(&self, id: RestoreId, outcome: RestoreOutcome) {
        if let Err(error) = self.end(id, outcome, None).await {
            tracing::warn!(%error, "the end of the restore could not be written down");
        }
    }

    async fn end(
        &self,
        id: RestoreId,
        outcome: RestoreOutcome,
        read_back: Option<Sighting>,
    ) -> Result<(), archive::Error> {
        let (account, calls, now) = (self.account, self.target.client.take_calls(), self.target.clock.now());
        let end = move |writer: &mut archive::Writer| {
            writer.end_restore(id, account, &outcome, read_back.as_ref(), &calls, now)
        };
        self.target.archive.run(end).await
    }

    /// Writes the calls down that no end took with it.
    async fn count(&self) {
        let (account, calls) = (self.account, self.target.client.take_calls());
        if calls.is_empty() {
            return;
        }
        if let Err(error) = self.target.archive.run(move |writer| writer.count(account, &calls)).await {
            tracing::warn!(%error, "calls of the restore could not be counted");
        }
    }
}
