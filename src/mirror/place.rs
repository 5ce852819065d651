//! The directory of a mirror: whether it can hold one, and edited files that are moved aside.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use super::error::MirrorError;
use crate::owner::{Owner, open_directory, sync_directory};

/// Checks that a mirror may be in the directory. It is not made: below a disk that is not mounted, it would fill another one.
pub(super) fn check(directory: &Path, archive: &Path) -> Result<(), MirrorError> {
    let read = |path: &Path| {
        path.canonicalize().map_err(|source| match source.kind() {
            ErrorKind::NotFound => MirrorError::NotThere(path.to_owned()),
            _ => MirrorError::Read { path: path.to_owned(), source },
        })
    };
    let (directory_is, archive_is) = (read(directory)?, read(archive)?);
    match archive_is.starts_with(&directory_is) {
        true => Err(MirrorError::OwnDirectory(directory.to_owned())),
        false => Ok(()),
    }
}

/// Moves an edited file to another place of the mirror. Returns whether there was anything to move: not where it was removed.
pub(super) fn move_aside(root: &Path, file: &str, place: &Path) -> Result<bool, MirrorError> {
    let (from, to) = (root.join(file), place.join(file));
    if from.symlink_metadata().is_err() {
        return Ok(false);
    }
    make(root, to.parent().unwrap_or(place))?;
    // Before another file gets the name that it had.
    let moved = fs::rename(&from, &to).and_then(|()| sync_directory(&to));
    moved.map_err(|source| MirrorError::Write { path: to, source })?;
    Ok(true)
}

/// Makes a directory of the mirror, and those above it that are not there. What root makes is given to the owner of the mirror.
pub(super) fn make(root: &Path, path: &Path) -> Result<(), MirrorError> {
    let missing: Vec<&Path> = path.ancestors().take_while(|above| *above != root && !above.exists()).collect();
    for directory in missing.into_iter().rev() {
        let make = || {
            DirBuilder::new().mode(0o700).create(directory)?;
            let made = open_directory(directory)?;
            let owner = Owner::inherited(&made, directory.parent().unwrap_or(root))?;
            owner.map_or(Ok(()), |owner| owner.give(&made))?;
            sync_directory(directory)
        };
        make().map_err(|source| MirrorError::Write { path: directory.to_owned(), source })?;
    }
    Ok(())
}

/// Writes a file whole or not at all, for its owner alone. It is on the disk before the files are that it tells of. No link is followed: whoever
/// owns the mirror may have put one there, and root runs this, too.
pub(super) fn put(path: &Path, bytes: &[u8]) -> Result<(), MirrorError> {
    let parent = path.parent().unwrap_or(path);
    let unfinished = path.with_extension("unfinished");
    let write = || {
        let directory = open_directory(parent)?;
        clear(&unfinished)?;
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&unfinished)?;
        if let Some(owner) = Owner::inherited(&file, parent)? {
            owner.give(&file)?;
        }
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&unfinished, path)?;
        directory.sync_all()
    };
    write().map_err(|source| {
        // On a full disk, it would take the room that the next try needs.
        if let Err(error) = fs::remove_file(&unfinished) {
            tracing::debug!(%error, "{} stays behind until the next try", unfinished.display());
        }
        MirrorError::Write { path: path.to_owned(), source }
    })
}

/// Removes what a mirror that was killed may have left.
fn clear(unfinished: &Path) -> io::Result<()> {
    match fs::remove_file(unfinished) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}
