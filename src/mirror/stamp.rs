//! The stamp of a file: whether it is still what was written, mostly without reading it.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::MirrorError;
use crate::model::Hash;

/// What a file was when it was written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stamp {
    bytes: u64,
    /// In nanoseconds since 1970. Where it differs, the hash decides: a checkout or a copy of the tree has other times.
    modified: i64,
    sha256: String,
}

/// Returns the stamp of a file, without reading it where it has the size and the time of `known`. `None` where there is no plain file.
pub(super) fn of(path: &Path, known: Option<&Stamp>) -> Result<Option<Stamp>, MirrorError> {
    let wrong = |source| MirrorError::Read { path: path.to_owned(), source };
    let found = match fs::symlink_metadata(path) {
        Ok(found) if found.is_file() => found,
        Ok(_) => return Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(error) => return Err(wrong(error)),
    };
    let (bytes, modified) = (found.len(), found.mtime() * 1_000_000_000 + found.mtime_nsec());
    if let Some(known) = known.filter(|known| (known.bytes, known.modified) == (bytes, modified)) {
        return Ok(Some(known.clone()));
    }
    let sha256 = Hash::of(&fs::read(path).map_err(wrong)?).to_string();
    Ok(Some(Stamp { bytes, modified, sha256 }))
}

impl Stamp {
    /// Returns whether the file is the same, whenever it was written.
    pub(super) fn is_same_file(&self, other: &Self) -> bool {
        (self.bytes, &self.sha256) == (other.bytes, &other.sha256)
    }
}
