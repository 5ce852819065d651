//! Why a write was not made, by what the program can do.

use chrono::TimeDelta;

use crate::archive::{self, WriteId};
use crate::model::{GateAction, Hash, MediaId, Timestamp};
use crate::restore::{IssueKind, RestoreError};
use crate::wechat;

/// Why a write was not made, or not wholly.
#[derive(Debug, thiserror::Error)]
pub enum GateError {
    /// The configuration or the token does not allow it.
    #[error("{account} does not let programs {action} drafts")]
    NotAllowed { account: String, action: GateAction },
    /// It asked for too many writes.
    #[error("{who} asked for {count} writes within a minute; ask again in {} seconds", .wait.num_seconds())]
    TooMany { who: String, count: u64, wait: TimeDelta },
    /// What is asked for cannot be done.
    #[error("{0}")]
    Bad(String),
    /// The draft is not what the program thinks.
    #[error("somebody changed the draft: it is version {now} now")]
    Stale { id: WriteId, draft: i64, expected: Hash, now: u64, hash: Hash },
    /// The draft is not in the box.
    #[error("the draft {0} is not in the draft box")]
    NotThere(MediaId),
    /// No call is left today, or the platform closed what it needs.
    #[error("{0}")]
    Blocked(IssueKind),
    /// Somebody must say yes first.
    #[error("write {0} waits until somebody says yes")]
    Held(WriteId),
    /// It is held no more.
    #[error("write {0} does not wait any more")]
    NotHeld(WriteId),
    /// A draft is deleted only if it can come back.
    #[error("the draft could not be brought back whole: {}", .reasons.join("; "))]
    NotRestorable { draft: i64, version: u64, reasons: Vec<String> },
    /// The platform refused or could not be reached: nothing was written.
    #[error("{error}")]
    Failed { id: Option<WriteId>, error: wechat::Error },
    /// Some articles were written; then the platform refused one, or its answer was lost.
    #[error("{written} of {of} articles were written: {error}")]
    Partly { id: WriteId, written: usize, of: usize, error: wechat::Error },
    /// The platform's answer was lost.
    #[error("nobody knows whether write {id} was made: {error}")]
    Unknown { id: WriteId, error: wechat::Error },
    /// An earlier write of the same articles may have made the draft; it may still appear.
    #[error("write {id} may have made this draft, which is not in the box yet")]
    Unsettled { id: WriteId, until: Timestamp },
    /// It was written, but the archive could not record it.
    #[error("the platform did it, draft {media_id}, but the archive could not write that down")]
    NotRecorded { media_id: MediaId, source: archive::Error },
    /// A restore failed.
    #[error("{0}")]
    Restore(Box<RestoreError>),
    #[error(transparent)]
    Archive(#[from] archive::Error),
}

impl GateError {
    /// Returns what the program can do, as a sentence; empty where the error says it.
    pub fn hint(&self) -> String {
        match self {
            Self::NotAllowed { action, .. } => {
                format!(
                    "Nothing was written. The operator may allow it: gate = {{ allow = [\"{action}\"] }} of the account, and --allow {action} of the token"
                )
            }
            Self::TooMany { .. } => "Nothing was written. Do not ask again before that".to_owned(),
            Self::Bad(_) => "Nothing was written".to_owned(),
            Self::Stale { hash, .. } => format!(
                "Nothing was written; what the draft says now is kept. Read it, decide again, and expect {hash}"
            ),
            Self::NotThere(_) => "Nothing was written. It may have been published or deleted".to_owned(),
            Self::Blocked(_) => "Nothing was written, and no call was made".to_owned(),
            Self::Held(_) => {
                "Nothing was written yet. Ask for the state of the write later, and do not repeat it".to_owned()
            }
            Self::NotHeld(_) => "Nothing was written by this".to_owned(),
            Self::NotRestorable { .. } => {
                "Nothing was deleted. Somebody may pin the version (draftkeep pin), or its pictures may be kept by then"
                    .to_owned()
            }
            Self::Failed { .. } => "Nothing was written".to_owned(),
            Self::Partly { id, .. } => format!("To take back what was written: draftkeep undo {id} --apply"),
            Self::Unknown { .. } | Self::Unsettled { .. } => {
                "Read the draft, or ask the same again after five minutes: nothing is made twice".to_owned()
            }
            Self::NotRecorded { .. } => "The next poll keeps what the draft says now".to_owned(),
            Self::Restore(_) | Self::Archive(_) => String::new(),
        }
    }
}

impl From<RestoreError> for GateError {
    fn from(error: RestoreError) -> Self {
        match error {
            RestoreError::NotThere(media_id) => Self::NotThere(media_id),
            RestoreError::NotMade(error) => Self::Failed { id: None, error },
            RestoreError::Archive(error) => Self::Archive(error),
            RestoreError::NotWritten { media_id, source, .. } => Self::NotRecorded { media_id, source },
            error => Self::Restore(Box::new(error)),
        }
    }
}
