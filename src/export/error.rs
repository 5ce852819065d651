//! Why an export or an import failed, by what the operator can do.

use std::io;
use std::path::PathBuf;

use crate::archive;

#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The directory has other files.
    #[error("{} is not empty, and is no export of draftkeep", .0.display())]
    Foreign(PathBuf),
    /// The directory is not an export.
    #[error("{} is no export of draftkeep", .0.display())]
    NotAnExport(PathBuf),
    /// A file or a symlink has the name of a directory; a symlink could lead out of the tree.
    #[error("{} is there, and is no directory", .0.display())]
    NotADirectory(PathBuf),
    /// A newer version of the program wrote it.
    #[error("the export {} has format {found}, this program knows {known} at most", path.display())]
    Newer { path: PathBuf, found: u32, known: u32 },
    /// Another process writes to it.
    #[error("another export into {} is at work", .0.display())]
    Busy(PathBuf),
    /// The content of the tree is not from this archive.
    #[error("{} is of another archive: {reason}", path.display())]
    Other { path: PathBuf, reason: String },
    /// The file system refused. Files that were written before stay and are complete.
    #[error("{} cannot be written", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The file system refused.
    #[error("{} cannot be read", path.display())]
    Read { path: PathBuf, source: io::Error },
    /// The tree cannot be listed.
    #[error("{} cannot be imported: {reason}", path.display())]
    Unusable { path: PathBuf, reason: String },
    #[error(transparent)]
    Archive(#[from] archive::Error),
}
