//! Whose the files are that a command of root's writes: they are for a person, and not for root.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, fchown};
use std::path::Path;

use nix::libc;

/// A user and a group, by number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Owner {
    pub uid: u32,
    pub gid: u32,
}

impl Owner {
    /// Returns whose a directory is, where root has just made a file in it and it is not root's.
    pub fn inherited(made: &File, directory: &Path) -> io::Result<Option<Self>> {
        if made.metadata()?.uid() != 0 {
            return Ok(None);
        }
        let above = directory.metadata()?;
        Ok((above.uid() != 0).then_some(Self { uid: above.uid(), gid: above.gid() }))
    }

    /// Gives an open file away, and so nothing that a link leads to.
    pub fn give(self, file: &File) -> io::Result<()> {
        fchown(file, Some(self.uid), Some(self.gid))
    }
}

/// Opens a directory itself, and nothing that a link leads to.
pub fn open_directory(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_DIRECTORY | libc::O_NOFOLLOW).open(path)
}

/// Puts the names in the directory of `path` on the disk: a new file or directory is lost with its name in a power loss.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

/// Returns the directory in which a path stands.
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Makes a directory, and those above it that are not there, for their owner alone; gives those that it makes to `owner`. They are on
/// the disk when this returns.
pub fn make_directories(path: &Path, owner: Option<Owner>) -> io::Result<()> {
    let is_missing = |path: &&Path| !path.as_os_str().is_empty() && !path.exists();
    let missing: Vec<_> = path.ancestors().take_while(is_missing).collect();
    for path in missing.into_iter().rev() {
        match DirBuilder::new().mode(0o700).create(path) {
            // Somebody else has just made it.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => continue,
            made => made?,
        }
        if let Some(owner) = owner {
            owner.give(&open_directory(path)?)?;
        }
        sync_directory(path)?;
    }
    Ok(())
}
