//! No poll, no daemon and no restore beside a merge. A version that a poll adds meanwhile would be newer than those that are still to come,
//! which would have to stay behind for good.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::daemon_lock::DaemonLock;
use super::error::Error;
use super::lock::{self, MERGE, RestoreLock};

/// Held by a merge while it is at work. The operating system lets go of it however the merge ends.
#[derive(Debug)]
pub struct MergeLock {
    _file: File,
    _others: (DaemonLock, RestoreLock),
}

impl MergeLock {
    /// Takes the lock of the archive at `path`, and those of daemons and restores.
    ///
    /// # Errors
    ///
    /// [`Error::PollRuns`], [`Error::SecondDaemon`], [`Error::SecondRestore`] and [`Error::MergeRuns`] where one of these is at work.
    pub fn acquire(path: &Path) -> Result<Self, Error> {
        // This one first: whoever finds another one held looks at it.
        let Some(file) = lock::take(&lock::file_of(path, MERGE))? else {
            return Err(lock::merge_or(Error::PollRuns, path));
        };
        let daemon = DaemonLock::acquire(path).map_err(|error| besides_this_merge(error, Error::SecondDaemon))?;
        let restore = RestoreLock::acquire(path).map_err(|error| besides_this_merge(error, Error::SecondRestore))?;
        Ok(Self { _file: file, _others: (daemon, restore) })
    }

    /// Keeps merges away from the archive at `path` as long as the file is held, beside others that do so. A lock that cannot be opened keeps
    /// nobody from work: a merge looks itself whether a version was added.
    ///
    /// # Errors
    ///
    /// [`Error::MergeRuns`] where one is at work.
    pub fn keep_out(path: &Path) -> Result<Option<File>, Error> {
        match lock::take_with(&lock::file_of(path, MERGE), File::try_lock_shared) {
            Ok(None) => Err(Error::MergeRuns(path.to_owned())),
            Ok(file) => Ok(file),
            Err(error) => {
                tracing::debug!(%error, "merges are not kept out");
                Ok(None)
            }
        }
    }
}

/// The merge that is seen at work is the one that looks.
fn besides_this_merge(error: Error, other: fn(PathBuf) -> Error) -> Error {
    match error {
        Error::MergeRuns(path) => other(path),
        error => error,
    }
}
