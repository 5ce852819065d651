//! Restore: a version going back out. Always a plan first, which does nothing; then apply.
//!
//! Back to files it goes at once ([`FilesPlan`]). Back to a draft box ([`DraftPlan`]) it becomes a new draft, and
//! [`as_new`] is the whole story: the restore is written down, the platform is asked once, what it made is read back,
//! compared and kept. `draft/add` is not idempotent: where its answer is lost the draft box is searched for what it may
//! have made, now or by the next restore of the same version, and nothing is ever added twice on a guess.

mod content;
mod draft;
mod files;
mod limits;
mod names;
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
pub use self::sent::{Choices, Field, Sent};
use crate::archive::{
    self, AccountId, Archive, Begun, Draft, OpenRestore, Reader, RestoreId, RestoreOutcome, Sighting, Version,
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

/// For so long a restore that has no end is taken for one at work: a call with all its patience, and the looks after it.
const AT_WORK: TimeDelta = TimeDelta::minutes(4);

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
    /// Reads the version from the archive.
    pub fn read(reader: &Reader, draft: Draft, version: Version) -> Result<Self, archive::Error> {
        let document = reader.document(&version)?;
        let articles = canonical::articles(&document).map_err(|error| archive::Error::Damaged(error.to_string()))?;
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
    #[error("{0}")]
    Unknown(wechat::Error),
    /// The same restore began a moment ago and has not ended.
    #[error("the same restore began at {} and has not ended", .0.format("%H:%M:%S UTC"))]
    AtWork(Timestamp),
    /// The archive failed; no draft was made.
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
    let id = loop {
        match work.begin().await? {
            Begun::New(id) => break id,
            Begun::Open(open) => {
                if let Some(restored) = work.resume(open).await? {
                    return Ok(restored);
                }
            }
        }
    };
    let began_at = target.clock.now();
    let known = work.seen_by(began_at).await?;
    match work.add().await {
        Ok(media_id) => work.conclude(id, media_id, Made::Answered).await,
        Err(error) if error.effect_unknown() => match work.search(&known, began_at, &LOOKS).await {
            Ok(Some(media_id)) => work.conclude(id, media_id, Made::AnswerLost).await,
            Ok(None) | Err(_) => {
                work.end(id, RestoreOutcome::Unknown, None).await?;
                Err(Failure::Unknown(error))
            }
        },
        Err(error) => {
            work.end(id, RestoreOutcome::Failed, None).await?;
            Err(Failure::NotMade(error))
        }
    }
}

/// A restore under way.
struct Work<'a> {
    plan: &'a DraftPlan,
    source: &'a Source,
    target: &'a Target<'a>,
    account: AccountId,
}

impl Work<'_> {
    async fn begin(&self) -> Result<Begun, Failure> {
        let (version, account, now) = (self.source.version.clone(), self.account, self.target.clock.now());
        Ok(self.target.archive.run(move |writer| writer.begin_restore(&version, account, now)).await?)
    }

    /// Finds out whether an earlier restore made its draft after all; `None` where it surely did not, for which it must
    /// be long enough ago.
    async fn resume(&self, open: OpenRestore) -> Result<Option<Restored>, Failure> {
        let known = self.seen_by(open.started_at).await?;
        let found = self.search(&known, open.started_at, &LOOKS[..1]).await.map_err(Failure::Unknown)?;
        if let Some(media_id) = found {
            return self.conclude(open.id, media_id, Made::Earlier(open.started_at)).await.map(Some);
        }
        if open.has_no_end && self.target.clock.now() - open.started_at < AT_WORK {
            return Err(Failure::AtWork(open.started_at));
        }
        self.end(open.id, RestoreOutcome::Failed, None).await?;
        Ok(None)
    }

    async fn add(&self) -> Result<MediaId, wechat::Error> {
        let articles = self.plan.body();
        match self.target.client.draft_add(&articles).await {
            Err(error) if error.code == Some(CROP_FAILED) => self.target.client.draft_add(&articles).await,
            answer => answer,
        }
    }

    /// Returns the drafts that cannot be what a restore made which began then.
    async fn seen_by(&self, began_at: Timestamp) -> Result<Vec<MediaId>, archive::Error> {
        let account = self.account;
        let mut seen = self.target.archive.run(move |writer| writer.seen_by(account, began_at)).await?;
        // Whatever a clock that was put back makes of its instants.
        seen.push(MediaId::new(self.source.draft.media_id.as_str()));
        Ok(seen)
    }

    /// Looks for the draft that a restore which began then may have made, as often as there are waits before a look.
    async fn search(
        &self,
        known: &[MediaId],
        began_at: Timestamp,
        waits: &[Duration],
    ) -> Result<Option<MediaId>, wechat::Error> {
        let mut found = Ok(None);
        for wait in waits {
            self.target.clock.sleep(*wait).await;
            found = search::find(self.target.client, &self.plan.articles, known, began_at).await;
            if let Ok(Some(_)) = found {
                break;
            }
        }
        found
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
        let Fetched { document, update_time } = fetched;
        let observed_at = self.target.clock.now();
        Ok(Sighting { media_id: media_id.clone(), document, canonical, update_time, observed_at, follows: None })
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
}
