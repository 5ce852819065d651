//! A backup in the archive's place. What was there before is set aside, and can be put back in the same way.

use std::fs;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::files::sibling_path;
use super::left_journal::has_rollback_journal;
use super::merge_lock::MergeLock;
use super::reader::Reader;
use super::{copy, foreign_journal, open_reader};
use crate::model::Timestamp;
use crate::owner::sync_directory;

/// The right to put another file in the archive's place: no daemon, no poll and no restore is at work on it. A poll would go on in the file that is
/// set aside.
#[derive(Debug)]
pub struct Replacement {
    path: PathBuf,
    _lock: MergeLock,
}

impl Replacement {
    /// Begins a replacement of the archive at `path`, which need not be there.
    ///
    /// # Errors
    ///
    /// [`Error::PollRuns`], [`Error::SecondDaemon`], [`Error::SecondRestore`] and [`Error::MergeRuns`] where somebody is at work on it.
    pub fn begin(path: &Path) -> Result<Self, Error> {
        let lock = MergeLock::acquire(path)?;
        Ok(Self { path: path.canonicalize().unwrap_or_else(|_| path.to_owned()), _lock: lock })
    }

    /// Puts a copy of `backup` in the archive's place. Returns where what was there is now: the archive and its journal, as far
    /// as there were any.
    ///
    /// At every instant there is an archive: the old one, or the whole new one.
    pub fn put(self, backup: &Reader, now: Timestamp) -> Result<Vec<PathBuf>, Error> {
        // The connection reads only in any case; SQLite counts the copy as a change.
        backup.connection.pragma_update(None, "query_only", false).map_err(|error| Error::of(&backup.path, &error))?;
        let copy = copy::unfinished(&backup.connection, &self.path)?;
        let aside = foreign_journal::free_aside_path(&self.path, now);
        let failed = |source| Error::File { what: "cannot set aside", path: self.path.clone(), source };
        let mut moved = Vec::new();
        // Else it would be applied to the new archive.
        open_reader::roll_back(&self.path);
        // The old archive has both names for a moment; the new one takes its first name from it at once.
        if is_there(fs::hard_link(&self.path, &aside)).map_err(failed)? {
            moved.push(aside.clone());
        }
        if has_rollback_journal(&self.path) {
            let to = sibling_path(&aside, "-journal");
            fs::rename(sibling_path(&self.path, "-journal"), &to).map_err(failed)?;
            moved.push(to);
            sync_directory(&self.path).map_err(failed)?;
        }
        copy::put_in_place(&copy, &self.path)?;
        for end in ["-wal", "-shm"] {
            let to = sibling_path(&aside, end);
            // The index of the journal holds nothing of its own.
            if is_there(fs::rename(sibling_path(&self.path, end), &to)).map_err(failed)? && end == "-wal" {
                moved.push(to);
            }
        }
        sync_directory(&self.path).map_err(failed)?;
        Ok(moved)
    }
}

/// Returns whether there was a file to do this to.
fn is_there(done: io::Result<()>) -> io::Result<bool> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        done => done.map(|()| true),
    }
}
