//! The validated `[mirror]`.

use std::path::PathBuf;

/// Where the archive is kept as a tree of files that follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorConfig {
    /// The directory, absolute or relative to the working directory.
    pub dir: PathBuf,
}
