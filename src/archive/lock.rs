//! One daemon per archive.

use std::fs::{File, OpenOptions, TryLockError};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::error::Error;

/// A look at the lock ([`DaemonLock::is_taken`]) holds it for an instant; a daemon that starts just then asks again.
const LOOKS: u32 = 5;
const PAUSE: Duration = Duration::from_millis(20);

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
        let lock = beside(path);
        let file = OpenOptions::new().create(true).truncate(false).write(true).mode(0o600).open(&lock);
        let file =
            file.map_err(|source| Error::File { what: "cannot open the daemon's lock", path: lock.clone(), source })?;
        for _ in 0..LOOKS {
            match file.try_lock() {
                Ok(()) => return Ok(Self { _file: file }),
                Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
                Err(TryLockError::Error(source)) => {
                    return Err(Error::File { what: "cannot lock", path: lock, source });
                }
            }
        }
        Err(Error::SecondDaemon(path.to_owned()))
    }

    /// Tells whether a daemon holds the lock of the archive at `path`. Needs no right to write, and writes nothing.
    pub fn is_taken(path: &Path) -> Result<bool, Error> {
        let lock = beside(path);
        let file = match File::open(&lock) {
            Ok(file) => file,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(false),
            Err(source) => return Err(Error::File { what: "cannot open the daemon's lock", path: lock, source }),
        };
        match file.try_lock_shared() {
            Ok(()) => Ok(false),
            Err(TryLockError::WouldBlock) => Ok(true),
            Err(TryLockError::Error(source)) => Err(Error::File { what: "cannot look at", path: lock, source }),
        }
    }
}

fn beside(archive: &Path) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(".lock");
    PathBuf::from(name)
}
