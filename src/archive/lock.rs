//! One daemon per archive.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::ErrorKind;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::beside;
use super::error::Error;

/// The pauses between tries of a daemon that finds the lock held: whoever only looks at it lets go at once.
const PAUSES: [Duration; 5] = [Duration::from_millis(20); 5];

/// Held by the daemon while it runs; the operating system lets go of it however the daemon ends.
#[derive(Debug)]
pub struct DaemonLock {
    _file: File,
}

impl DaemonLock {
    /// Takes the lock of the archive at `path`, a file beside it.
    ///
    /// # Errors
    ///
    /// [`Error::SecondDaemon`] where a running daemon has it.
    pub fn take(path: &Path) -> Result<Self, Error> {
        let lock = file_of(path);
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock);
        let file =
            file.map_err(|source| Error::File { what: "cannot open the daemon's lock", path: lock.clone(), source })?;
        for pause in PAUSES {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
                Err(TryLockError::Error(source)) => {
                    return Err(Error::File { what: "cannot lock", path: lock, source });
                }
            }
        }
        Err(Error::SecondDaemon(path.to_owned()))
    }

    /// Tells whether a daemon has the archive at `path`; `None` where the lock may not be looked at. Makes no file, and
    /// holds nothing but for an instant.
    pub fn is_taken(path: &Path) -> Option<bool> {
        match File::open(file_of(path)) {
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

/// A link to the archive and the archive itself are one; before the first poll there is nothing to follow.
fn file_of(path: &Path) -> PathBuf {
    beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), ".lock")
}
