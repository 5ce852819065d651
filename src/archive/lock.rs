//! One daemon per archive, and one restore.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::Error;
use super::{beside, give_to_owner_of_directory};

/// What the files are called that are locked, beside the archive.
const DAEMON: &str = ".lock";
const RESTORE: &str = ".restore.lock";

/// The pauses between tries of a daemon that finds the lock held: whoever only looks at it lets go at once.
const PAUSES: [Duration; 5] = [Duration::from_millis(20); 5];

/// Held by the daemon while it runs; the operating system lets go of it however the daemon ends.
#[derive(Debug)]
pub struct DaemonLock {
    pub(super) file: File,
}

/// Held by a restore while it is at work: one that was begun and is not at work has been cut off, and nobody adds a draft
/// that another is about to add. The operating system lets go of it however the restore ends.
#[derive(Debug)]
pub struct RestoreLock {
    _file: File,
}

impl RestoreLock {
    /// Takes the lock of the archive at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::SecondRestore`] where another restore has it.
    pub fn take(path: &Path) -> Result<Self, Error> {
        match take(&file_of(path, RESTORE))? {
            Some(file) => Ok(Self { _file: file }),
            None => Err(Error::SecondRestore(path.to_owned())),
        }
    }
}

impl DaemonLock {
    /// Takes the lock of the archive at `path`.
    ///
    /// # Errors
    ///
    /// [`Error::SecondDaemon`] where a running daemon has it.
    pub fn take(path: &Path) -> Result<Self, Error> {
        match take(&file_of(path, DAEMON))? {
            Some(file) => {
                let lock = Self { file };
                if let Err(error) = lock.report(&[]) {
                    tracing::warn!(%error, "no room is reserved to tell what the daemon suffers from");
                }
                Ok(lock)
            }
            None => Err(Error::SecondDaemon(path.to_owned())),
        }
    }

    pub(super) fn file_of(path: &Path) -> PathBuf {
        file_of(path, DAEMON)
    }

    /// Tells whether a daemon has the archive at `path`; `None` where the lock may not be looked at. Makes no file, and
    /// holds nothing but for an instant.
    pub fn is_taken(path: &Path) -> Option<bool> {
        match File::open(file_of(path, DAEMON)) {
            Ok(file) => match file.try_lock_shared() {
                Ok(()) => Some(false),
                Err(TryLockError::WouldBlock) => Some(true),
                Err(TryLockError::Error(_)) => None,
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Some(false),
            Err(_) => None,
        }
    }
}

/// Locks a file, which is made where it is not there; `None` where another process has locked it.
fn take(path: &Path) -> Result<Option<File>, Error> {
    let failed = |what, source| Error::File { what, path: path.to_owned(), source };
    let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(path);
    let file = file.map_err(|source| failed("cannot open the lock", source))?;
    give_to_owner_of_directory(&file, path);
    for pause in PAUSES {
        match file.try_lock() {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            Err(TryLockError::Error(source)) => return Err(failed("cannot lock", source)),
        }
    }
    Ok(None)
}

/// A link to the archive and the archive itself are one; before the first poll there is nothing to follow.
fn file_of(path: &Path, end: &str) -> PathBuf {
    beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), end)
}
