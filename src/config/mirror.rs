//! The validated `[mirror]`.

use std::path::PathBuf;

/// Where the archive is kept as a tree of files that follows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorConfig {
    /// The directory, absolute or relative to the working directory.
    pub dir: PathBuf,
    /// Whether each change is committed with the program git.
    pub git: bool,
    /// The remote that commits are pushed to.
    pub push: Option<String>,
}
