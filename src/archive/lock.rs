//! One daemon per archive, and one restore.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::libc;

use super::error::Error;
use super::files::{give_to_owner_of_directory, sibling_path};

/// What the files are called that are locked, beside the archive.
const RESTORE: &str = ".restore.lock";
pub(super) const MERGE: &str = ".merge.lock";

/// The pauses between tries of a daemon that finds the lock held: whoever only looks at it lets go at once.
const PAUSES: [Duration; 5] = [Duration::from_millis(20); 5];

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
    /// [`Error::SecondRestore`] where another restore has it, and [`Error::MergeRuns`] where a merge has it.
    pub fn acquire(path: &Path) -> Result<Self, Error> {
        match take(&file_of(path, RESTORE))? {
            Some(file) => Ok(Self { _file: file }),
            None => Err(merge_or(Error::SecondRestore, path)),
        }
    }

    /// Returns whether a restore is at work on the archive at `path`; `None` where the lock may not be looked at. Makes no file,
    /// and holds nothing but for an instant.
    pub fn is_held(path: &Path) -> Option<bool> {
        is_held(&file_of(path, RESTORE))
    }
}

/// Returns why a lock is held: by a merge, or by somebody else.
pub(super) fn merge_or(somebody: fn(PathBuf) -> Error, path: &Path) -> Error {
    match is_held(&file_of(path, MERGE)) {
        Some(true) => Error::MergeRuns(path.to_owned()),
        _ => somebody(path.to_owned()),
    }
}

pub(super) fn is_held(lock: &Path) -> Option<bool> {
    match open(OpenOptions::new().read(true), lock) {
        Ok(file) => match file.try_lock_shared() {
            Ok(()) => Some(false),
            Err(TryLockError::WouldBlock) => Some(true),
            Err(TryLockError::Error(_)) => None,
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Some(false),
        Err(_) => None,
    }
}

/// Locks a file, which is made where it is not there; `None` where another process has locked it.
pub(super) fn take(path: &Path) -> Result<Option<File>, Error> {
    take_with(path, File::try_lock)
}

pub(super) fn take_with(path: &Path, lock: fn(&File) -> Result<(), TryLockError>) -> Result<Option<File>, Error> {
    let failed = |what, source| Error::File { what, path: path.to_owned(), source };
    let file = open_or_create(path).map_err(|source| failed("cannot open the lock", source))?;
    for pause in PAUSES {
        match lock(&file) {
            Ok(()) => return Ok(Some(file)),
            Err(TryLockError::WouldBlock) => std::thread::sleep(pause),
            Err(TryLockError::Error(source)) => return Err(failed("cannot lock", source)),
        }
    }
    Ok(None)
}

/// Opens a lock, and makes it where it is not there. What was there before keeps its owner: it may be anything, for the
/// directory is the service's, and root runs commands too.
fn open_or_create(path: &Path) -> io::Result<File> {
    let made = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    match made {
        Ok(file) => {
            give_to_owner_of_directory(&file, path);
            Ok(file)
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open(OpenOptions::new().write(true), path),
        Err(error) => Err(error),
    }
}

/// Opens a lock that is there, and nothing that a link makes look like one: it may be written to. Waits for nobody, as a named
/// pipe would.
pub(super) fn open(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path);
    let file = file.map_err(|error| match error.raw_os_error() {
        Some(libc::ELOOP) => io::Error::other("it is a symbolic link, which is not followed; remove it"),
        _ => error,
    })?;
    let found = file.metadata()?;
    match found.is_file() && found.nlink() <= 1 {
        true => Ok(file),
        false => Err(io::Error::other("it is no file of its own, but a link to another or no file at all; remove it")),
    }
}

/// A link to the archive and the archive itself are one; before the first poll there is nothing to follow.
pub(super) fn file_of(path: &Path, end: &str) -> PathBuf {
    sibling_path(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), end)
}
