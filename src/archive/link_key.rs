//! The key by which links to single drafts are signed: a file of its own beside the archive. A copy of the archive signs nothing.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};

use super::error::Error;
use super::files::{give_to_owner_of_directory, sibling_path};
use super::lock;
use crate::owner::{directory_of, sync_directory};

/// What the file is called, beside the archive.
const FILE: &str = ".link-key";

/// What it is called until it is whole. The rest of the name is random: what a killed process left is in nobody's way.
const TEMPORARY: &str = ".draftkeep-link-key-";

/// A key of 256 bits.
pub type LinkKey = [u8; 32];

/// Returns the key of the archive at `path`; `None` if there is none yet.
///
/// # Errors
///
/// If the file cannot be read, or is no key.
pub fn link_key(path: &Path) -> Result<Option<LinkKey>, Error> {
    let file = file_of(path);
    match read(&file) {
        Ok(key) => Ok(Some(key)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(source) => Err(failed("cannot read the key of links", file, source)),
    }
}

/// Returns the key of the archive at `path`, and makes `new` the key if there is none yet.
///
/// # Errors
///
/// If the file cannot be read or made.
pub fn link_key_or(path: &Path, new: LinkKey) -> Result<LinkKey, Error> {
    if let Some(key) = link_key(path)? {
        return Ok(key);
    }
    let file = file_of(path);
    create(&file, &new).map_err(|source| failed("cannot make the key of links", file, source))?;
    // Another program may have been faster.
    Ok(link_key(path)?.unwrap_or(new))
}

/// Removes the key, so that no link holds any more. Returns whether there was one.
///
/// # Errors
///
/// If the file cannot be removed.
pub fn remove_link_key(path: &Path) -> Result<bool, Error> {
    let file = file_of(path);
    match fs::remove_file(&file) {
        // It must not come back: whoever removes it wants no link to hold.
        Ok(()) => match sync_directory(&file) {
            Ok(()) => Ok(true),
            Err(source) => Err(failed("cannot put on the disk that the key of links was removed", file, source)),
        },
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(source) => Err(failed("cannot remove the key of links", file, source)),
    }
}

fn read(file: &Path) -> io::Result<LinkKey> {
    let mut key = Vec::new();
    lock::open(OpenOptions::new().read(true), file)?.take(33).read_to_end(&mut key)?;
    key.try_into().map_err(|_| io::Error::other("it is no key; remove it, and a new one is made"))
}

/// Makes the file whole or not at all, and leaves one that is there.
fn create(file: &Path, key: &LinkKey) -> io::Result<()> {
    let mut made = tempfile::Builder::new().prefix(TEMPORARY).tempfile_in(directory_of(file))?;
    made.write_all(key)?;
    made.as_file().sync_all()?;
    give_to_owner_of_directory(made.as_file(), made.path());
    match made.persist_noclobber(file) {
        Err(error) if error.error.kind() != ErrorKind::AlreadyExists => return Err(error.error),
        _ => {}
    }
    // Links are given out after this.
    sync_directory(file)
}

fn file_of(path: &Path) -> PathBuf {
    sibling_path(&path.canonicalize().unwrap_or_else(|_| path.to_owned()), FILE)
}

fn failed(what: &'static str, path: PathBuf, source: io::Error) -> Error {
    Error::File { what, path, source }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_made_once_and_can_be_removed() {
        let directory = tempfile::tempdir().unwrap();
        let archive = directory.path().join("archive.db");
        assert_eq!(link_key(&archive).unwrap(), None);
        assert_eq!(link_key_or(&archive, [1; 32]).unwrap(), [1; 32]);
        assert_eq!(link_key_or(&archive, [2; 32]).unwrap(), [1; 32]);
        let mode = std::os::unix::fs::MetadataExt::mode(&fs::metadata(file_of(&archive)).unwrap());
        assert_eq!(mode & 0o777, 0o600);
        assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "nothing is left behind");
        assert!(remove_link_key(&archive).unwrap() && !remove_link_key(&archive).unwrap());
        fs::write(file_of(&archive), "short").unwrap();
        assert!(link_key(&archive).unwrap_err().to_string().contains("cannot read the key of links"));
    }
}
