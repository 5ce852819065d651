//! Why a restore from the page did not come through, as it is kept in the archive and told to editors.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::facts::FailureFact;
use super::page_error::PageError;
use super::texts::Texts;
use crate::archive;
use crate::gate::GateError;
use crate::lookup::LookupError;
use crate::restore::{RecordError, RestoreError};
use crate::wechat::{self, ErrorKind};

/// Why nothing, or not everything, was restored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Failure {
    pub(super) kind: FailureKind,
    /// The reason in the words of the error, in English.
    pub(super) detail: String,
    /// What of it is told in other languages.
    pub(super) fact: Option<FailureFact>,
}

/// What the editor can do about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum FailureKind {
    /// The platform refuses the content.
    Refused,
    /// The platform refuses the account or this machine; the operator can change that.
    NotAllowed,
    /// Today's calls are used up.
    Quota,
    /// The platform could not be reached, or is overloaded.
    Unreachable,
    /// Nobody knows yet whether a draft was made.
    Unknown,
    /// The same content was restored before.
    MadeBefore,
    /// A picture is lost.
    Picture,
    /// Somebody has edited the draft since the plan was shown.
    Changed,
    /// The plan has ended.
    PlanEnded,
    /// The draft is not in the box.
    NotThere,
    /// The articles cannot be replaced one by one.
    OtherShape,
    /// Some articles were written, and others not.
    Partly,
    /// Another restore runs.
    Locked,
    Archive,
    /// The configuration does not have the account any more.
    NotWatched,
    /// There is nothing to undo or to complete.
    NotPossible,
    /// Somebody has edited the draft that an undo would delete.
    NotDeleted,
    /// The draft that an undo would delete is not in the box any more.
    GoneAlready,
    /// The draft that an undo would delete was never read back, so nobody knows whether it was edited.
    NeverReadBack,
    /// Somebody has edited the draft that an undo would overwrite.
    NotPutBack,
    /// Somebody has edited the draft since its restore was interrupted.
    NotCompleted,
    /// Nobody knows whether there is a draft for an undo to delete.
    CompleteFirst,
    /// A write of a program cannot be made now.
    NoWrite,
}

impl Failure {
    pub(super) fn new(kind: FailureKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into(), fact: None }
    }

    fn of(kind: FailureKind, error: &RestoreError) -> Self {
        let reasons = match error {
            RestoreError::Stopped(stops) => stops.iter().map(|stop| format!("; {}", stop.kind)).collect(),
            _ => String::new(),
        };
        Self { kind, detail: format!("{error}{reasons}"), fact: FailureFact::of(error) }
    }

    /// Returns what programs are told of it.
    pub(super) fn document(&self) -> Value {
        json!({ "kind": self.kind, "detail": self.detail })
    }

    /// Of an undo that deletes a draft.
    pub(super) fn of_delete(error: RestoreError) -> Self {
        match error {
            RestoreError::Changed { .. } => Self::of(FailureKind::NotDeleted, &error),
            RestoreError::NotThere(_) => Self::of(FailureKind::GoneAlready, &error),
            other => other.into(),
        }
    }

    /// Of an undo that puts back what a draft said before. The page shows no plan of it: the version from before has one.
    pub(super) fn of_put_back(error: RestoreError) -> Self {
        match error {
            RestoreError::Changed { .. } | RestoreError::Plan(_) => Self::of(FailureKind::NotPutBack, &error),
            other => other.into(),
        }
    }

    /// Of an interrupted restore in place that is to be completed. Some of its articles may be written.
    pub(super) fn of_completion(error: RestoreError) -> Self {
        match error {
            RestoreError::Changed { .. } => Self::of(FailureKind::NotCompleted, &error),
            other => other.into(),
        }
    }

    pub(super) fn status(&self) -> StatusCode {
        match self.kind {
            FailureKind::Archive => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::CONFLICT,
        }
    }

    /// Says what happened and what to do, in a sentence or two.
    pub(super) fn sentence(&self, texts: &Texts) -> &'static str {
        match self.kind {
            FailureKind::Refused => texts.failed_refused,
            FailureKind::NotAllowed => texts.failed_not_allowed,
            FailureKind::Quota => texts.failed_quota,
            FailureKind::Unreachable => texts.failed_unreachable,
            FailureKind::Unknown => texts.failed_unknown,
            FailureKind::MadeBefore => texts.failed_made_before,
            FailureKind::Picture => texts.failed_picture,
            FailureKind::Changed => texts.failed_changed,
            FailureKind::PlanEnded => texts.failed_plan_ended,
            FailureKind::NotThere => texts.failed_not_there,
            FailureKind::OtherShape => texts.failed_other_shape,
            FailureKind::Partly => texts.failed_partly,
            FailureKind::Locked => texts.failed_locked,
            FailureKind::Archive => texts.failed_archive,
            FailureKind::NotWatched => texts.failed_not_watched,
            FailureKind::NotPossible => texts.failed_not_possible,
            FailureKind::NotDeleted => texts.failed_not_deleted,
            FailureKind::GoneAlready => texts.failed_gone_already,
            FailureKind::NeverReadBack => texts.failed_never_read_back,
            FailureKind::NotPutBack => texts.failed_not_put_back,
            FailureKind::NotCompleted => texts.failed_not_completed,
            FailureKind::CompleteFirst => texts.failed_complete_first,
            FailureKind::NoWrite => texts.failed_no_write,
        }
    }
}

fn kind_of_call_error(error: &wechat::Error) -> FailureKind {
    match error.kind {
        ErrorKind::Quota => FailureKind::Quota,
        ErrorKind::Busy
        | ErrorKind::RateLimited
        | ErrorKind::Unexpected
        | ErrorKind::UnexpectedStatus
        | ErrorKind::Unreachable { .. }
        | ErrorKind::Untrusted
        | ErrorKind::ProxyRefused => FailureKind::Unreachable,
        ErrorKind::Local => FailureKind::NotAllowed,
        _ if error.is_account_level() => FailureKind::NotAllowed,
        _ => FailureKind::Refused,
    }
}

impl From<RestoreError> for Failure {
    fn from(error: RestoreError) -> Self {
        let kind = match &error {
            RestoreError::NotMade(error) | RestoreError::NotSearched(error) => kind_of_call_error(error),
            RestoreError::NoPlan(_) | RestoreError::Stopped(_) => FailureKind::Refused,
            RestoreError::MadeBefore(_) => FailureKind::MadeBefore,
            RestoreError::Unknown { .. } | RestoreError::Unsettled { .. } => FailureKind::Unknown,
            RestoreError::OtherPurpose { .. } | RestoreError::Record { .. } => FailureKind::NotPossible,
            RestoreError::Edited(_) => FailureKind::NotDeleted,
            RestoreError::NoPicture(_) => FailureKind::Picture,
            RestoreError::NotThere(_) => FailureKind::NotThere,
            RestoreError::Changed { .. } => FailureKind::Changed,
            RestoreError::Plan(_) => FailureKind::PlanEnded,
            RestoreError::OtherShape(_) => FailureKind::OtherShape,
            RestoreError::Partly { .. } => FailureKind::Partly,
            RestoreError::NoClient(_) => FailureKind::NotAllowed,
            RestoreError::Archive(archive::Error::SecondRestore(_)) => FailureKind::Locked,
            RestoreError::Archive(_) | RestoreError::NotWritten { .. } => FailureKind::Archive,
        };
        Self::of(kind, &error)
    }
}

impl From<RecordError> for Failure {
    fn from(error: RecordError) -> Self {
        let kind = match error {
            RecordError::Lookup(_) => FailureKind::Archive,
            RecordError::NeverReadBack { .. } => FailureKind::NeverReadBack,
            _ => FailureKind::NotPossible,
        };
        Self::new(kind, error.to_string())
    }
}

impl From<GateError> for Failure {
    fn from(error: GateError) -> Self {
        match error {
            GateError::Archive(error) => error.into(),
            error => Self::new(FailureKind::NoWrite, error.to_string()),
        }
    }
}

impl From<archive::Error> for Failure {
    fn from(error: archive::Error) -> Self {
        RestoreError::Archive(error).into()
    }
}

impl From<LookupError> for Failure {
    fn from(error: LookupError) -> Self {
        Self::new(FailureKind::Archive, error.to_string())
    }
}

impl From<PageError> for Failure {
    fn from(error: PageError) -> Self {
        match error {
            PageError::Archive(reason) | PageError::Damaged(reason) => Self::new(FailureKind::Archive, reason),
            other => Self::new(FailureKind::NotPossible, format!("{other:?}")),
        }
    }
}
