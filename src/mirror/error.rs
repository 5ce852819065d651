//! Why a mirror is not brought up to date, by what the operator can do.

use std::io;
use std::path::PathBuf;

use super::git_error::GitError;
use crate::archive;
use crate::export;

#[derive(Debug, thiserror::Error)]
pub enum MirrorError {
    /// Nothing is there: the disk is not mounted, or nobody made the directory.
    #[error("{} is not there", .0.display())]
    NotThere(PathBuf),
    /// What lies beside the archive is lost with it, and its files are no mirror's.
    #[error("{} is the directory of the archive itself, or holds it", .0.display())]
    OwnDirectory(PathBuf),
    /// Another archive is mirrored there.
    #[error("{} is the mirror of another archive", .0.display())]
    OfAnother(PathBuf),
    /// The records in the mirror are of a newer program.
    #[error("the mirror {} has format {found}, this program knows {known} at most", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// Somebody ended it.
    #[error("the mirror was stopped; what was written is whole")]
    Stopped,
    #[error(transparent)]
    Git(#[from] GitError),
    #[error(transparent)]
    Tree(#[from] export::Error),
    #[error(transparent)]
    Archive(#[from] archive::Error),
}

impl MirrorError {
    /// Returns whether another process works on the mirror now.
    pub fn is_busy(&self) -> bool {
        matches!(self, Self::Tree(export::Error::Busy(_)))
    }

    /// Returns the error with its causes, on one line.
    pub fn in_words(&self) -> String {
        let mut words = self.to_string();
        let mut cause = std::error::Error::source(self);
        while let Some(error) = cause {
            words.push_str(&format!(": {error}"));
            cause = error.source();
        }
        words
    }
}
