//! What keeps an export or an import from being done, by what its operator can do about it.

use std::io;
use std::path::PathBuf;

use crate::archive;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Somebody else's files are in the directory.
    #[error("{} is not empty, and is no export of draftkeep", .0.display())]
    Foreign(PathBuf),
    /// There is no mark to import by.
    #[error("{} is no export of draftkeep", .0.display())]
    NotAnExport(PathBuf),
    /// Something else has the name of a directory: a file, or a link, which could lead out of the tree.
    #[error("{} is there, and is no directory", .0.display())]
    NotADirectory(PathBuf),
    /// A newer program wrote it.
    #[error("the export {} has format {found}, this program knows {known} at most", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    /// Another process writes to it.
    #[error("another export into {} is at work", .0.display())]
    Busy(PathBuf),
    /// What is in the tree was never in this archive.
    #[error("{} is of another archive: {reason}", path.display())]
    Other { path: PathBuf, reason: String },
    /// The file system refused. What was written before stays, and is whole.
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The file system refused.
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The tree cannot be gone through.
    #[error("{} cannot be imported: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error(transparent)]
    Archive(#[from] archive::Error),
}
