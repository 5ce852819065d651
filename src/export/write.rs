//! Writes files so that each is there completely or not at all, whatever happens meanwhile.
//!
//! Unfinished files have one reserved name per directory; the next export removes what a killed export left there.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::error::Error;
use crate::owner::{Owner, open_directory};

/// The name of unfinished files.
pub(super) const UNFINISHED: &str = ".draftkeep-unfinished";

/// A file of a directory: its name and what is in it.
pub(super) type NamedFile = (&'static str, Vec<u8>);

/// Creates directories for the owner only, like the archive.
pub(super) fn owners() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.mode(0o700);
    builder
}

/// Creates a directory if there is none; its parent must exist. Follows no symlink.
pub(super) fn directory(path: &Path) -> Result<(), Error> {
    if is_directory(path)? {
        return Ok(());
    }
    make(path).map_err(|source| unwritten(path, source))?;
    settle(path.parent().unwrap_or(path))
}

fn make(path: &Path) -> io::Result<()> {
    owners().create(path)?;
    hand_down(&open_directory(path)?, path)
}

/// Gives what root created to the owner of the directory that it is in.
fn hand_down(made: &File, path: &Path) -> io::Result<()> {
    let owner = Owner::inherited(made, path.parent().unwrap_or(path))?;
    owner.map_or(Ok(()), |owner| owner.give(made))
}

/// Gives a directory another name beside it.
pub(super) fn rename(from: &Path, to: &Path) -> Result<(), Error> {
    fs::rename(from, to).map_err(|source| unwritten(to, source))?;
    settle(to.parent().unwrap_or(to))
}

/// Returns whether a directory is there.
///
/// # Errors
///
/// [`Error::NotADirectory`] where something else is, links included.
pub(super) fn is_directory(path: &Path) -> Result<bool, Error> {
    match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => Ok(true),
        Ok(_) => Err(Error::NotADirectory(path.to_owned())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(source) => Err(Error::Read { path: path.to_owned(), source }),
    }
}

/// Writes a file, in the place of the one that may be there; returns whether that was another.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<bool, Error> {
    if holds(path, bytes) {
        return Ok(false);
    }
    let parent = path.parent().unwrap_or(path);
    let unfinished = parent.join(UNFINISHED);
    clear(&unfinished)?;
    let written = create(&unfinished, bytes).and_then(|()| fs::rename(&unfinished, path));
    written.map_err(|source| given_up(&unfinished, path, source))?;
    settle(parent)?;
    Ok(true)
}

/// Makes a directory with all its files; there must be none.
pub(super) fn place(path: &Path, files: &[NamedFile]) -> Result<(), Error> {
    let parent = path.parent().unwrap_or(path);
    let unfinished = parent.join(UNFINISHED);
    clear(&unfinished)?;
    let written = make(&unfinished)
        .and_then(|()| files.iter().try_for_each(|(name, bytes)| create(&unfinished.join(name), bytes)))
        .and_then(|()| sync(&unfinished))
        .and_then(|()| fs::rename(&unfinished, path));
    written.map_err(|source| given_up(&unfinished, path, source))?;
    settle(parent)
}

/// Returns whether a file is there and holds these bytes.
fn holds(path: &Path, bytes: &[u8]) -> bool {
    let is_as_long = fs::symlink_metadata(path).is_ok_and(|file| file.is_file() && file.len() == bytes.len() as u64);
    is_as_long && fs::read(path).is_ok_and(|there| there == bytes)
}

fn create(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(bytes)?;
    hand_down(&file, path)?;
    file.sync_all()
}

/// Removes what an interrupted export left.
pub(super) fn clear(path: &Path) -> Result<(), Error> {
    let cleared = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error),
    };
    cleared.map_err(|source| unwritten(path, source))
}

/// Removes an unfinished file: on a full disk it would block what comes next.
fn given_up(unfinished: &Path, path: &Path, source: io::Error) -> Error {
    if let Err(error) = clear(unfinished) {
        tracing::warn!(%error, "{} stays behind until the next export", unfinished.display());
    }
    unwritten(path, source)
}

/// Syncs a directory to the disk.
fn settle(path: &Path) -> Result<(), Error> {
    sync(path).map_err(|source| unwritten(path, source))
}

fn sync(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

pub(super) fn unwritten(path: &Path, source: io::Error) -> Error {
    Error::Write { path: path.to_owned(), source }
}
