//! Why a restore to a draft box failed, by what the caller can do.

use super::issue::Issue;
use super::new_draft_plan::{NewDraftPlan, PlanError};
use super::plan_basis::PlanRefusal;
use crate::archive::{self, CompletedRestore, RestoreId};
use crate::canonical::Malformed;
use crate::model::{ArticleType, MediaId, Timestamp};
use crate::picture::ImageError;
use crate::wechat;

/// Why a restore to a draft box failed.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// The platform refused or could not be reached: no draft was created.
    #[error("{0}")]
    NotMade(wechat::Error),
    /// No plan can be made of the version.
    #[error(transparent)]
    NoPlan(#[from] PlanError),
    /// The platform is sure to refuse what is planned, so it was not asked.
    #[error("the platform would refuse this draft, so it was not asked")]
    Stopped(Vec<Issue>),
    /// An earlier restore made a draft of the same content in the same box.
    #[error("this content was restored already, as {}", .0.media_id)]
    MadeBefore(CompletedRestore),
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
    /// A drill and another restore of the same content never take each other's draft.
    #[error("restore {id} of the same content, {}, was interrupted, and may have made this draft", if *is_drill { "a drill" } else { "which is no drill" })]
    OtherPurpose { id: RestoreId, is_drill: bool },
    /// Somebody edited the draft of a drill, which is not deleted then.
    #[error("somebody edited the draft {0} of the drill, so it was not deleted")]
    Edited(MediaId),
    /// The record of an interrupted drill cannot be read.
    #[error("the record of the interrupted drill {id} cannot be read: {reason}")]
    Record { id: RestoreId, reason: String },
    /// A required picture is neither at the platform nor in the archive, or cannot be converted.
    #[error(transparent)]
    NoPicture(#[from] MissingPicture),
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
    #[error(transparent)]
    OtherShape(#[from] ShapeMismatch),
    /// Some articles were written; then the platform refused one, or its answer was lost.
    #[error("{written} of {of} articles were written: {error}")]
    Partly { id: RestoreId, written: usize, of: usize, error: wechat::Error },
    /// The API client cannot be created, for example because CA certificates are missing.
    #[error(transparent)]
    NoClient(wechat::Error),
    /// The archive failed before the platform was called.
    #[error(transparent)]
    Archive(#[from] archive::Error),
    /// The draft was made or written over, but the archive could not record it.
    #[error("the draft {media_id} was made, but the archive could not write that down")]
    NotWritten { id: RestoreId, media_id: MediaId, source: archive::Error },
}

/// Why a picture that is needed cannot be sent.
#[derive(Debug, thiserror::Error)]
pub enum MissingPicture {
    /// `number` is the article's, from 1.
    #[error(
        "{} of article {number} is not in the library any more, and the archive does not hold it",
        if *is_cover { "the cover" } else { "a picture" }
    )]
    Gone { is_cover: bool, number: usize },
    #[error(transparent)]
    Unusable(#[from] ImageError),
}

/// Why the articles of a draft cannot be replaced by those of a version.
#[derive(Debug, thiserror::Error)]
pub enum ShapeMismatch {
    #[error("the version has {version} articles and the draft has {draft} now, and the platform adds and removes none")]
    Count { version: usize, draft: usize },
    /// `number` is the article's, from 1.
    #[error("article {number} is {} in the version and {} in the draft", version.as_str(), draft.as_str())]
    Type { number: usize, version: ArticleType, draft: ArticleType },
    /// In words.
    #[error("{0}")]
    Unreadable(String),
}

impl From<Malformed> for ShapeMismatch {
    fn from(error: Malformed) -> Self {
        Self::Unreadable(error.to_string())
    }
}

/// Returns an error if the platform is sure to refuse what is planned.
pub(super) fn check_stops(plan: &NewDraftPlan) -> Result<(), RestoreError> {
    if plan.is_stopped() { Err(RestoreError::Stopped(plan.stops().cloned().collect())) } else { Ok(()) }
}
