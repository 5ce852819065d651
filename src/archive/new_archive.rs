//! A new archive: it gets its name once it is whole, so that a failure or a kill leaves no part of one under its name.

use std::ffi::OsString;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

use rusqlite::{Connection, OpenFlags};
use tempfile::{Builder, TempPath};

use super::error::Error;
use super::files::give_to_owner_of_directory;
use super::left_journal::put_in_free_place;
use super::{functions, limits, migrate};
use crate::owner::directory_of;

/// How large the pages of a new archive are, in bytes. A document ends in a page that it does not fill, so small pages waste less:
/// with SQLite's default of 4096 bytes an archive of short drafts is a third larger.
pub(super) const PAGE_SIZE: u32 = 1024;

/// Makes an archive, unless there is a file of that name. Returns whether it did: another process may make one meanwhile.
///
/// # Errors
///
/// [`Error::Gone`] where there is none any more and its journal is still there: a new archive is not what was wanted.
pub(super) fn create(path: &Path) -> Result<bool, Error> {
    let failed = |source| Error::File { what: "cannot make the archive", path: path.to_owned(), source };
    if path.is_dir() {
        return Err(Error::NotAFile(path.to_owned()));
    }
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    let unfinished = private_file_beside(path).map_err(failed)?;
    let connection = make_tables(&unfinished, migrate::NEWEST).map_err(|error| Error::of(path, &error))?;
    connection.close().map_err(|(_, error)| Error::of(path, &error))?;
    File::open(&unfinished).and_then(|file| file.sync_all()).map_err(failed)?;
    match put_in_free_place(&unfinished, path) {
        Err(Error::Exists(_)) => Ok(false),
        named => named.map(|()| true),
    }
}

/// Makes the tables of the schema of that number in an empty file that nobody else knows: it needs no journal, and is on the disk only
/// once it is synced.
pub(super) fn make_tables(path: &Path, number: usize) -> rusqlite::Result<Connection> {
    let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    limits::limit_values(&connection)?;
    functions::register_checksum(&connection)?;
    connection.pragma_update_and_check(None, "journal_mode", "MEMORY", |_| Ok(()))?;
    connection.pragma_update(None, "synchronous", "OFF")?;
    lay_out(&connection)?;
    migrate::create(&connection, number)?;
    Ok(connection)
}

/// Sets what can be set in an empty file only. The second: pages that a document frees can be given back later.
pub(super) fn lay_out(connection: &Connection) -> rusqlite::Result<()> {
    connection.pragma_update(None, "page_size", PAGE_SIZE)?;
    connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")
}

/// Makes an empty file that vanishes again unless it gets another name, and that only its owner may read.
fn private_file_beside(path: &Path) -> io::Result<TempPath> {
    let mut prefix = path.file_name().map(OsString::from).unwrap_or_default();
    prefix.push(".");
    // As `tempfile_in` does, but for errors: whoever reads them knows the archive's name and not this one.
    let make = |path: &Path| OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let made = Builder::new().prefix(&prefix).suffix(".unfinished").make_in(directory_of(path), make)?;
    give_to_owner_of_directory(made.as_file(), path);
    Ok(made.into_temp_path())
}
