//! The files of an archive: made for their owner alone, and named after the archive.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use nix::errno::Errno;
use nix::fcntl::{AT_FDCWD, RenameFlags, renameat2};

use super::error::Error;
use crate::owner::directory_of;

/// Makes an empty file that only its owner may read, unless there is a file already. SQLite gives its journals the same
/// mode.
pub(super) fn create_private(path: &Path) -> Result<(), Error> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => {
            give_to_owner_of_directory(&file, path);
            Ok(())
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => {
            Err(Error::NotAFile(path.to_owned()))
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(Error::File { what: "cannot make the archive", path: path.to_owned(), source }),
    }
}

/// Gives a file that root has made to whoever owns its directory, as SQLite does with its journals: the service must be
/// able to use what root's commands leave beside its archive.
pub(super) fn give_to_owner_of_directory(file: &File, path: &Path) {
    let (Ok(made), Ok(directory)) = (file.metadata(), directory_of(path).metadata()) else { return };
    let is_of_another = made.uid() == 0 && directory.uid() != 0;
    if is_of_another && let Err(error) = fchown(file, Some(directory.uid()), Some(directory.gid())) {
        tracing::warn!(path = %path.display(), %error, "the file stays root's");
    }
}

/// Gives a file a name that no other file has.
///
/// # Errors
///
/// [`ErrorKind::AlreadyExists`] where one has.
pub(super) fn rename_to_free(from: &Path, to: &Path) -> io::Result<()> {
    match renameat2(AT_FDCWD, from, AT_FDCWD, to, RenameFlags::RENAME_NOREPLACE) {
        // Some file systems know no such thing: the name is looked at.
        Err(Errno::EINVAL | Errno::ENOSYS) if to.symlink_metadata().is_ok() => Err(ErrorKind::AlreadyExists.into()),
        Err(Errno::EINVAL | Errno::ENOSYS) => fs::rename(from, to),
        renamed => renamed.map_err(io::Error::from),
    }
}

/// Returns the path of a file that stands beside the archive and is called like it, but for its `end`.
pub(super) fn sibling_path(archive: &Path, end: &str) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
