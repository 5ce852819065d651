//! Why a copy was not made, by what can be done about it.

use crate::archive;
use crate::copies::{CopyError, CopyFault, CopyFaultKind};

/// Why a copy was not made.
#[derive(Debug, thiserror::Error)]
pub enum CopyFailure {
    /// A copy beside the archive is lost with it.
    #[error("{0} is the directory of the archive itself; what destroys one destroys the other")]
    OwnDirectory(String),
    /// The copy is as the archive is, and that is not sound.
    #[error(
        "the archive is damaged, so no copy of it stays, and no older one was removed: {places} damaged, the first is {first}"
    )]
    Damaged { places: u64, first: String },
    /// The keys of a bucket cannot be read.
    #[error("the keys of {place} cannot be used: {reason}")]
    Keys { place: String, reason: String },
    /// It has not ended for so long that nobody can expect it.
    #[error("a copy has taken longer than a day: the place, or another one at which a copy is made, may not answer")]
    Overdue,
    /// Somebody ended it.
    #[error("the copy was stopped; nothing of it stays")]
    Stopped,
    #[error(transparent)]
    Archive(#[from] archive::Error),
    #[error(transparent)]
    Place(#[from] CopyError),
}

impl CopyFailure {
    /// Returns what of it is kept; `None` where it says nothing about the place or the archive.
    pub fn fault(&self) -> Option<CopyFault> {
        Some(match self {
            Self::Stopped | Self::Archive(archive::Error::SecondCopy(_)) => return None,
            Self::OwnDirectory(_) => CopyFault::new(CopyFaultKind::OwnDirectory, ""),
            Self::Damaged { places, first } => {
                CopyFault::new(CopyFaultKind::ArchiveDamaged, format!("{places} damaged, the first is {first}"))
            }
            Self::Overdue => CopyFault::new(CopyFaultKind::Other, self.to_string()),
            Self::Keys { reason, .. } => CopyFault::new(CopyFaultKind::KeysUnusable, reason),
            Self::Archive(archive::Error::Full) => CopyFault::new(CopyFaultKind::ArchiveDiskFull, ""),
            Self::Archive(error) => CopyFault::new(CopyFaultKind::ArchiveFails, error.to_string()),
            Self::Place(error) => error.fault(),
        })
    }
}
