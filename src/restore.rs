//! Restore: a version going back out. Always a plan first, then apply.
//!
//! Back to files it goes at once ([`FilesPlan`]). Back to a draft box it becomes a new draft ([`as_new()`]), or goes over what its
//! own draft says now ([`in_place()`]); either can be taken back ([`undo_new`]). Every story is written down step by step before the platform
//! is asked, so that one that is cut off can be resumed: nothing is written twice. What the platform made of it is read back,
//! compared and kept as a version.

mod as_new;
mod content;
mod context;
mod draft_query;
mod files;
mod hints;
mod in_place;
mod new_draft_plan;
mod paste_page;
mod payload;
mod plan_basis;
mod preflight;
mod report;
mod restorability;
mod undo;
mod uploads;
mod validate;

use std::time::Duration;

use serde_json::Value;

pub use self::as_new::as_new;

pub use self::content::{NormalizedBody, UnsupportedMarkup};
pub use self::context::{RestoreContext, with_context};
pub use self::files::{FilesError, FilesPlan, PlannedFile};
pub use self::hints::hints_for;
pub use self::in_place::{CurrentDraft, InPlacePlan, in_place, read_current, record_plan, resume_in_place};
pub use self::new_draft_plan::{NewDraftPlan, PlanError};
pub use self::paste_page::{AssetBytes, inline as inline_pictures};
pub use self::payload::{ArticlePayload, OptionalField, RestoreOptions};
pub use self::plan_basis::{Basis, PlanRefusal};
pub use self::preflight::preflight;
pub use self::report::{ArticleReport, FieldOutcome, FieldReport, Report};
pub use self::restorability::{Restorability, RestoreLevel, judge, restorability};
pub use self::undo::{UndoResult, abandon_new, undo_new};
pub use self::uploads::UploadSummary;
pub use self::validate::{Issue, Severity};
use crate::archive::{
    self, AccountId, Draft, PastStep, Reader, RestoreId, RestoreOutcome, Sighting, Step, Version, VersionPicture,
};
use crate::canonical;
use crate::clock::Clock;
use crate::model::{Article, MediaId, Timestamp};
use crate::usage::UsageCounter;
use crate::wechat::{self, DraftResponse, ErrorKind};

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

/// A version that is to go back out.
#[derive(Debug)]
pub struct Source {
    pub draft: Draft,
    pub version: Version,
    pub articles: Vec<Article>,
    /// As received.
    pub document: Vec<u8>,
    /// What it needs, and whether that is held.
    pub pictures: Vec<VersionPicture>,
}

impl Source {
    /// Reads the version from the archive, and makes sure that it is the one that its hash names.
    pub fn read(reader: &Reader, draft: Draft, version: Version) -> Result<Self, archive::Error> {
        let name = format!("{}/{}@{}", draft.account, draft.id, version.number);
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
        let pictures = reader.pictures(&draft, &document)?;
        Ok(Self { draft, version, articles, document, pictures })
    }

    /// Returns the title of its first article.
    pub fn title(&self) -> &str {
        self.articles.first().map_or("", |article| &article.title)
    }
}

/// A version that is a draft again.
#[derive(Debug)]
pub struct RestoreResult {
    /// The restore's number, by which it is taken back.
    pub id: RestoreId,
    /// Of the draft that says it now.
    pub media_id: MediaId,
    /// Its number in the archive, and that of its version; `None` where it could not be read back.
    pub kept: Option<(i64, u64)>,
    pub made: Confirmation,
    pub uploads: UploadSummary,
    /// What came through; or why that is not known.
    pub report: Result<Report, String>,
}

/// How we know that a draft was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The platform said so.
    Answered,
    /// The platform's answer was lost, and the draft was found in the box.
    AnswerLost,
    /// A restore that began then had made it, and was cut off before it could tell.
    Earlier(Timestamp),
    /// It was there before; so many of its articles were written over.
    Over(usize),
}

/// Why a version is no draft again.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The platform refused, or was not reached: no draft was made.
    #[error("{0}")]
    NotMade(wechat::Error),
    /// The answer was lost, and the draft was not found within a minute. It may still appear.
    #[error("{error}")]
    Unknown {
        error: Box<wechat::Error>,
        /// Why it could not be searched for either.
        search: Option<Box<wechat::Error>>,
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
    /// A picture without which the platform takes no draft is neither there nor held, or cannot be made fit.
    #[error("{0}")]
    NoPicture(String),
    /// The draft that is to be gone over is not in the box.
    #[error("the draft {0} is not in the draft box")]
    NotThere(MediaId),
    /// It says something else than it did when the plan was made.
    #[error("the draft was changed since the plan was made: it is version {now} now")]
    Changed {
        /// The number of the version that it was then.
        planned: u64,
        /// The number of the version that it is now, which is kept.
        now: u64,
    },
    /// No plan says what may be gone over.
    #[error(transparent)]
    Plan(#[from] PlanRefusal),
    /// Its articles cannot be replaced one by one.
    #[error("{0}")]
    OtherShape(String),
    /// Some of its articles were written, and the platform refused another, or its answer was lost.
    #[error("{written} of {of} articles were written: {error}")]
    Partly { id: RestoreId, written: usize, of: usize, error: wechat::Error },
    /// The API client cannot be created, for example because CA certificates are missing.
    #[error(transparent)]
    NoClient(wechat::Error),
    /// The archive failed before the platform was asked.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The draft was made, and the archive could not write that down.
    #[error("the draft {media_id} was made, but the archive could not write that down")]
    NotWritten { media_id: MediaId, source: archive::Error },
}

/// A picture that was just uploaded is no good for a draft for some seconds, and the platform says that its media_id is
/// invalid.
const FRESH: [Duration; 2] = [Duration::from_millis(2_500), Duration::from_secs(5)];
const INVALID_MEDIA_ID: i64 = 40_007;

/// Asks again while the platform does not know yet what was just uploaded.
async fn retry_until_visible<T>(
    clock: &Clock,
    is_fresh: bool,
    ask: impl AsyncFn() -> Result<T, wechat::Error>,
) -> Result<T, wechat::Error> {
    for wait in FRESH {
        match ask().await {
            Err(error) if is_fresh && error.code == Some(INVALID_MEDIA_ID) => clock.sleep(wait).await,
            answer => return answer,
        }
    }
    ask().await
}

/// Returns articles as `draft/add` takes them.
fn body(articles: &[ArticlePayload]) -> Value {
    articles.iter().map(|sent| Value::Object(sent.fields.clone())).collect()
}

/// A restore under way.
pub(super) struct RestoreSession<'a> {
    source: &'a Source,
    target: &'a RestoreContext<'a>,
    account: AccountId,
    /// Writes the calls down that no end takes with it, whatever ends it.
    _counter: UsageCounter,
}

impl<'a> RestoreSession<'a> {
    /// Enters the target's account.
    async fn new(source: &'a Source, target: &'a RestoreContext<'a>) -> Result<Self, archive::Error> {
        let (name, appid, now) = (target.account.name.clone(), target.account.appid.clone(), target.clock.now());
        let account = target.archive.run(move |writer| writer.account(&name, &appid, now)).await?;
        Ok(Self { source, target, account, _counter: UsageCounter::new(target.client, target.archive, account) })
    }

    /// Tells whether the version goes back to the account that it came from.
    fn is_same_account(&self) -> bool {
        self.source.draft.account == self.target.account.name.as_str()
    }

    async fn begin_step(&self, restore: RestoreId, step: Step) -> Result<u64, archive::Error> {
        let now = self.target.clock.now();
        self.target.archive.run(move |writer| writer.step_begins(restore, step, now)).await
    }

    async fn end_step(&self, restore: RestoreId, number: u64, made: Option<&MediaId>) -> Result<(), archive::Error> {
        let (now, made) = (self.target.clock.now(), made.cloned());
        let end = move |writer: &mut archive::Writer| writer.step_is_done((restore, number), made.as_ref(), now);
        self.target.archive.run(end).await
    }

    /// Returns the step by which an earlier restore asked for a draft, where it came so far.
    async fn asked_for_a_draft(&self, restore: RestoreId) -> Result<Option<PastStep>, archive::Error> {
        let steps = self.target.archive.run(move |writer| writer.steps(restore)).await?;
        Ok(steps.into_iter().find(|step| step.is(Step::Add)))
    }

    /// Reads the draft back, keeps it as the newest version of its draft, and tells what came through.
    async fn conclude(
        &self,
        id: RestoreId,
        media_id: MediaId,
        made: Confirmation,
        (articles, uploads): (&[ArticlePayload], UploadSummary),
    ) -> Result<RestoreResult, RestoreError> {
        let read_back = self.read_back(&media_id).await.and_then(|fetched| self.sighting(&media_id, fetched));
        let report = read_back.as_ref().map_err(Clone::clone).and_then(|sighting| {
            report::compare(articles, &uploads.lost, &sighting.document).map_err(|error| error.to_string())
        });
        let outcome = RestoreOutcome::Done(media_id.clone());
        match self.end(id, outcome, read_back.ok()).await {
            Ok(kept) => Ok(RestoreResult { id, media_id, kept, made, uploads, report }),
            Err(source) => Err(RestoreError::NotWritten { media_id, source }),
        }
    }

    async fn read_back(&self, media_id: &MediaId) -> Result<DraftResponse, String> {
        let mut answer = Err(String::new());
        for wait in LOOKS {
            self.target.clock.sleep(wait).await;
            match self.target.client.draft_get(media_id).await {
                Err(error) if error.kind == ErrorKind::NotFound => answer = Err(error.to_string()),
                read => return read.map_err(|error| error.to_string()),
            }
        }
        answer
    }

    fn sighting(&self, media_id: &MediaId, fetched: DraftResponse) -> Result<Sighting, String> {
        let canonical = canonical::canonicalise(&fetched.document).map_err(|error| error.to_string())?;
        let DraftResponse { document, update_time, .. } = fetched;
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
    ) -> Result<Option<(i64, u64)>, archive::Error> {
        let (account, calls, now) = (self.account, self.target.client.drain_usage(), self.target.clock.now());
        let line = calls.clone();
        let end = move |writer: &mut archive::Writer| {
            writer.end_restore(id, account, &outcome, read_back.as_ref(), &line, now)
        };
        let ended = self.target.archive.run(end).await;
        if ended.is_err() {
            self.target.client.restore_usage(calls);
        }
        ended
    }
}
