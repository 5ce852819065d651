//! What can go wrong at a place for copies, by what can be done about it.

use std::io::{self, ErrorKind};

use super::fault::{CopyFault, CopyFaultKind};

/// A failure of a place for copies.
#[derive(Clone, Debug, thiserror::Error)]
pub enum CopyError {
    /// It is not mounted, was never made, or went away.
    #[error("{place} is not there: {reason}")]
    NotThere { place: String, reason: String },
    /// It may not be written, or not be read.
    #[error("{place} refuses it: {reason}")]
    Refused { place: String, reason: String },
    /// The bucket is in another region than the one that is asked.
    #[error("{place} is in another region: {reason}")]
    OtherRegion { place: String, reason: String },
    #[error("{place} is full")]
    Full { place: String },
    /// A file has the name of the copy, and is not ours to overwrite.
    #[error("{place} has a file called {name} already, which is not touched")]
    Taken { place: String, name: String },
    /// What came back is not what was written.
    #[error("{name} did not come back from {place} as it was written: {reason}")]
    Changed { place: String, name: String, reason: String },
    /// A file is no copy that can be read.
    #[error("this is no copy of an archive: {0}")]
    NotACopy(String),
    /// It is encrypted with age, and no key opens it.
    #[error("the copy cannot be decrypted: {0}")]
    Locked(String),
    /// The program `gpg` did not encrypt or decrypt it.
    #[error("gpg fails: {0}")]
    Gpg(String),
    #[error("{place} fails: {reason}")]
    Other { place: String, reason: String },
}

impl CopyError {
    /// Returns what of it is kept.
    pub fn fault(&self) -> CopyFault {
        let (kind, said) = match self {
            Self::NotThere { reason, .. } => (CopyFaultKind::NotThere, reason.as_str()),
            Self::Refused { reason, .. } => (CopyFaultKind::Refused, reason.as_str()),
            Self::OtherRegion { reason, .. } => (CopyFaultKind::OtherRegion, reason.as_str()),
            Self::Full { .. } => (CopyFaultKind::Full, ""),
            Self::Taken { name, .. } => (CopyFaultKind::NameTaken, name.as_str()),
            Self::Changed { reason, .. } => (CopyFaultKind::Changed, reason.as_str()),
            Self::NotACopy(reason) => (CopyFaultKind::NotACopy, reason.as_str()),
            Self::Locked(reason) | Self::Gpg(reason) => (CopyFaultKind::EncryptionFails, reason.as_str()),
            Self::Other { reason, .. } => (CopyFaultKind::Other, reason.as_str()),
        };
        CopyFault::new(kind, said)
    }

    /// Gives an error of the file system its meaning.
    pub(super) fn of(place: &str, error: &io::Error) -> Self {
        // One that came through a writer or a reader of bytes.
        if let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<Self>()) {
            return error.clone();
        }
        let (place, reason) = (place.to_owned(), error.to_string());
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge => Self::Full { place },
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => Self::Refused { place, reason },
            ErrorKind::NotADirectory => Self::NotThere { place, reason: "it is no directory".to_owned() },
            ErrorKind::NotFound | ErrorKind::StaleNetworkFileHandle => Self::NotThere { place, reason },
            _ => Self::Other { place, reason },
        }
    }
}
