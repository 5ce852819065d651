//! One daemon per archive.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use super::beside;
use super::error::Error;

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
        // A link to the archive and the archive itself are one; before the first poll there is nothing to follow.
        let lock = beside(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), ".lock");
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock);
        let file =
            file.map_err(|source| Error::File { what: "cannot open the daemon's lock", path: lock.clone(), source })?;
        match file.try_lock() {
            Ok(()) => Ok(Self { _file: file }),
            Err(TryLockError::WouldBlock) => Err(Error::SecondDaemon(path.to_owned())),
            Err(TryLockError::Error(source)) => Err(Error::File { what: "cannot lock", path: lock, source }),
        }
    }
}
