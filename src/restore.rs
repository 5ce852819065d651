//! Restore: a version goes back to files or to a draft box. There is always a plan first, then it is applied.
//!
//! To files, see [`FilesPlan`]. To a draft box, the version becomes a new draft ([`as_new()`]) or overwrites its own draft
//! ([`in_place()`]); both can be undone ([`undo_new`]). Each step is recorded before the platform is called, so an interrupted
//! restore can be resumed and nothing is written twice. The result is read back, compared and kept as a version.

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
    self, AccountId, Draft, JournalEntry, Observation, Reader, RestoreAction, RestoreId, RestoreOutcome, Version,
    VersionPicture,
};
use crate::canonical;
use crate::clock::Clock;
use crate::model::{Article, MediaId, Timestamp};
use crate::usage::UsageCounter;
use crate::wechat::{self, DraftResponse, ErrorKind};

/// Waits before each attempt to read a new draft, a minute in all: for a while after its creation, `draft/get` may answer 40007
/// and `draft/batchget` may not list it.
const LOOKS: [Duration; 6] = [
    Duration::ZERO,
    Duration::from_secs(2),
    Duration::from_secs(4),
    Duration::from_secs(8),
    Duration::from_secs(16),
    Duration::from_secs(30),
];

/// A version to restore.
#[derive(Debug)]
pub struct Source {
    pub draft: Draft,
    pub version: Version,
    pub articles: Vec<Article>,
    /// As received.
    pub document: Vec<u8>,
    /// The pictures it needs, and whether they are archived.
    pub pictures: Vec<VersionPicture>,
}

impl Source {
    /// Reads the version from the archive and checks its hash.
    pub fn read(reader: &Reader, draft: Draft, version: Version) -> Result<Self, archive::Error> {
        let name = format!("{}/{}@{}", draft.account, draft.id, version.number);
        let damaged =
            |reason: &dyn std::fmt::Display| archive::Error::Damaged(format!("{name} cannot be restored: {reason}"));
        let document = reader.document(&version).map_err(|error| match error {
            archive::Error::Damaged(reason) => damaged(&reason),
            other => other,
        })?;
        let hash = canonical::canonicalise(&document).map_err(|error| damaged(&error))?.hash();
        if !version.matches_hash(hash) {
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

/// A finished restore.
#[derive(Debug)]
pub struct RestoreResult {
    /// The restore's number, for undo.
    pub id: RestoreId,
    /// The draft that now has the content.
    pub media_id: MediaId,
    /// The draft's number in the archive and its version's; `None` if the draft could not be read back.
    pub kept: Option<(i64, u64)>,
    pub made: Confirmation,
    pub uploads: UploadSummary,
    /// What was restored, compared with what was sent; or why that is not known.
    pub report: Result<Report, String>,
}

/// How we know that the draft was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Confirmation {
    /// The platform answered.
    Answered,
    /// The platform's answer was lost, and the draft was found in the box.
    AnswerLost,
    /// An interrupted restore that began at this time had created it.
    Earlier(Timestamp),
    /// The draft existed; this many of its articles were overwritten.
    Over(usize),
}

/// Why a restore to a draft box failed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The platform refused or could not be reached: no draft was created.
    #[error("{0}")]
    NotMade(wechat::Error),
    /// The answer was lost, and the draft was not found within a minute. It may still appear.
    #[error("{error}")]
    Unknown {
        error: Box<wechat::Error>,
        /// Why the search for it failed too.
        search: Option<Box<wechat::Error>>,
    },
    /// An earlier restore may have created the draft, and the search for it failed.
    #[error("{0}")]
    NotSearched(wechat::Error),
    /// An earlier restore may have created the draft; it is not in the box yet, but may still appear.
    #[error("the draft that the restore of {began_at} may have made is not in the draft box yet")]
    Unsettled {
        began_at: Timestamp,
        /// From this time on, it is assumed that it was not created.
        until: Timestamp,
    },
    /// A required picture is neither at the platform nor in the archive, or cannot be converted.
    #[error("{0}")]
    NoPicture(String),
    /// The draft to overwrite is not in the box.
    #[error("the draft {0} is not in the draft box")]
    NotThere(MediaId),
    /// Its content changed since the plan was made.
    #[error("the draft was changed since the plan was made: it is version {now} now")]
    Changed {
        /// Its version when the plan was made.
        planned: u64,
        /// Its version now, which is in the archive.
        now: u64,
    },
    /// No plan says which content may be overwritten.
    #[error(transparent)]
    Plan(#[from] PlanRefusal),
    /// Its articles cannot be replaced one by one.
    #[error("{0}")]
    OtherShape(String),
    /// Some articles were written; then the platform refused one, or its answer was lost.
    #[error("{written} of {of} articles were written: {error}")]
    Partly { id: RestoreId, written: usize, of: usize, error: wechat::Error },
    /// The API client cannot be created, for example because CA certificates are missing.
    #[error(transparent)]
    NoClient(wechat::Error),
    /// The archive failed before the platform was called.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The draft was created, but the archive could not record it.
    #[error("the draft {media_id} was made, but the archive could not write that down")]
    NotWritten { media_id: MediaId, source: archive::Error },
}

/// For some seconds after an upload, a draft cannot use the picture: the platform answers that its media_id is invalid.
const FRESH: [Duration; 2] = [Duration::from_millis(2_500), Duration::from_secs(5)];
const INVALID_MEDIA_ID: i64 = 40_007;

/// Repeats a call while the platform does not know the uploaded pictures yet.
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

/// A running restore.
pub(super) struct RestoreSession<'a> {
    source: &'a Source,
    context: &'a RestoreContext<'a>,
    account: AccountId,
    /// Records the calls, however the restore ends.
    _counter: UsageCounter,
}

impl<'a> RestoreSession<'a> {
    /// Finds or creates the target's account in the archive.
    async fn new(source: &'a Source, context: &'a RestoreContext<'a>) -> Result<Self, archive::Error> {
        let (name, appid, now) = (context.account.name.clone(), context.account.appid.clone(), context.clock.now());
        let account = context.archive.run(move |writer| writer.get_or_create_account(&name, &appid, now)).await?;
        Ok(Self { source, context, account, _counter: UsageCounter::new(context.client, context.archive, account) })
    }

    /// Returns whether the version goes back to its own account.
    fn is_same_account(&self) -> bool {
        self.source.draft.account == self.context.account.name.as_str()
    }

    async fn begin_step(&self, restore: RestoreId, step: RestoreAction) -> Result<u64, archive::Error> {
        let now = self.context.clock.now();
        self.context.archive.run(move |writer| writer.begin_step(restore, step, now)).await
    }

    async fn end_step(&self, restore: RestoreId, number: u64, made: Option<&MediaId>) -> Result<(), archive::Error> {
        let (now, made) = (self.context.clock.now(), made.cloned());
        let end = move |writer: &mut archive::Writer| writer.finish_step((restore, number), made.as_ref(), now);
        self.context.archive.run(end).await
    }

    /// Returns the step in which an earlier restore called `draft/add`, if it got that far.
    async fn asked_for_a_draft(&self, restore: RestoreId) -> Result<Option<JournalEntry>, archive::Error> {
        let steps = self.context.archive.run(move |writer| writer.steps(restore)).await?;
        Ok(steps.into_iter().find(|step| step.is(RestoreAction::Add)))
    }

    /// Reads the draft back, keeps it as a version, and reports what was restored.
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
            self.context.clock.sleep(wait).await;
            match self.context.client.draft_get(media_id).await {
                Err(error) if error.kind == ErrorKind::NotFound => answer = Err(error.to_string()),
                read => return read.map_err(|error| error.to_string()),
            }
        }
        answer
    }

    fn sighting(&self, media_id: &MediaId, fetched: DraftResponse) -> Result<Observation, String> {
        let canonical = canonical::canonicalise(&fetched.document).map_err(|error| error.to_string())?;
        let DraftResponse { document, update_time, .. } = fetched;
        let observed_at = self.context.clock.now();
        Ok(Observation {
            media_id: media_id.clone(),
            document,
            canonical,
            update_time,
            observed_at,
            expected_previous: None,
        })
    }

    /// Ends a restore without a known draft. If this cannot be recorded, the restore stays open; the next one then searches for
    /// the draft.
    async fn end_without_a_draft(&self, id: RestoreId, outcome: RestoreOutcome) {
        if let Err(error) = self.end(id, outcome, None).await {
            tracing::warn!(%error, "the end of the restore could not be written down");
        }
    }

    async fn end(
        &self,
        id: RestoreId,
        outcome: RestoreOutcome,
        read_back: Option<Observation>,
    ) -> Result<Option<(i64, u64)>, archive::Error> {
        let (account, calls, now) = (self.account, self.context.client.drain_usage(), self.context.clock.now());
        let line = calls.clone();
        let end = move |writer: &mut archive::Writer| {
            writer.end_restore(id, account, &outcome, read_back.as_ref(), &line, now)
        };
        let ended = self.context.archive.run(end).await;
        if ended.is_err() {
            self.context.client.restore_usage(calls);
        }
        ended
    }
}
