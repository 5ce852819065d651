//! One archive as another file: whole or not there.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::error::Error;
use super::files::{create_private, sibling_path};
use crate::owner::sync_directory;

/// What a copy is called until it is complete.
const UNFINISHED: &str = ".unfinished";

/// Copies the archive of a connection to a file, in the place of the one that may be there. That one stays until the copy is
/// complete and on the disk.
pub(super) fn copy(from: &Connection, to: &Path) -> Result<(), Error> {
    let copy = unfinished(from, to)?;
    put_in_place(&copy, to)
}

/// Makes a copy that is complete and on the disk, under another name than the one it is meant for.
pub(super) fn unfinished(from: &Connection, to: &Path) -> Result<PathBuf, Error> {
    let copy = sibling_path(to, UNFINISHED);
    clear(&copy)?;
    create_private(&copy)?;
    let made = fill(from, &copy);
    if made.is_err()
        && let Err(error) = clear(&copy)
    {
        tracing::warn!(%error, "a copy that could not be completed stays behind");
    }
    made.map(|()| copy)
}

/// Gives a complete copy its name.
pub(super) fn put_in_place(copy: &Path, to: &Path) -> Result<(), Error> {
    let renamed = fs::rename(copy, to).and_then(|()| sync_directory(to));
    renamed.map_err(|source| Error::File { what: "cannot replace", path: to.to_owned(), source })
}

fn fill(from: &Connection, copy: &Path) -> Result<(), Error> {
    let failed = |source| Error::File { what: "cannot write", path: copy.to_owned(), source };
    let name = copy.to_str().ok_or_else(|| failed(io::Error::other("SQLite takes UTF-8 names only")))?;
    from.execute("VACUUM INTO ?1", [name]).map_err(|error| Error::of(copy, &error))?;
    File::open(copy).and_then(|file| file.sync_all()).map_err(failed)
}

/// Takes away what a copy that was cut off has left.
fn clear(copy: &Path) -> Result<(), Error> {
    match fs::remove_file(copy) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(Error::File { what: "cannot replace", path: copy.to_owned(), source })
        }
        _ => Ok(()),
    }
}
