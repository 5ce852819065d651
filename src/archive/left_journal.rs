//! Journals that stand beside an archive's name. SQLite applies them to whatever file has the name, whoever wrote them.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::files::{rename_to_free, sibling_path};
use crate::owner::sync_directory;

/// Gives a file that holds an archive, complete and on the disk, a name that is free.
///
/// # Errors
///
/// [`Error::Exists`] where a file has the name, and [`Error::Gone`] where the journal of an archive that had it is still there.
pub fn put_in_free_place(archive: &Path, to: &Path) -> Result<(), Error> {
    if let Some(journal) = journal_left_of(to) {
        return Err(Error::Gone { path: to.to_owned(), journal });
    }
    rename_to_free(archive, to).and_then(|()| sync_directory(to)).map_err(|source| match source.kind() {
        ErrorKind::AlreadyExists => Error::Exists(to.to_owned()),
        _ => Error::File { what: "cannot give the archive its name", path: to.to_owned(), source },
    })
}

/// Returns the journal of an archive that is not there any more: SQLite would apply it to whatever file gets that name.
pub(super) fn journal_left_of(path: &Path) -> Option<PathBuf> {
    let is_missing = path.symlink_metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound);
    let left = [("-wal", has_journal as fn(&Path) -> bool), ("-journal", has_rollback_journal)];
    let (end, _) = left.iter().find(|(_, is_left)| is_missing && is_left(path))?;
    Some(sibling_path(path, end))
}

/// Returns whether there is a journal that holds something.
pub(super) fn has_journal(path: &Path) -> bool {
    fs::metadata(beside(path, "-wal")).is_ok_and(|journal| journal.len() > 0)
}

/// Returns whether there is a rollback journal that takes something back. An archive has one for the instant in which the mode of its journal is
/// set, and where another program has set it. One that is done with is empty or begins with zeros.
pub(super) fn has_rollback_journal(path: &Path) -> bool {
    let mut first = [0];
    let read = File::open(beside(path, "-journal")).and_then(|mut journal| journal.read_exact(&mut first));
    read.is_ok() && first != [0]
}

/// Returns the path of a file that SQLite keeps beside the archive: where the archive is a link, beside what it leads to.
fn beside(path: &Path, end: &str) -> PathBuf {
    sibling_path(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), end)
}
