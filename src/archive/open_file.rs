//! Which file an archive is, for as long as it is open: the path may come to name another one.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use super::error::{Change, Error};
use super::files::sibling_path;
use super::foreign_journal;
use super::journal_mark::{self, CompareFileError};

/// A file, whatever it is called: device and inode.
type FileId = (u64, u64);

/// How many bytes the header of a database has.
const HEADER: usize = 100;

/// The files that this process has connections to.
static OPEN: Mutex<BTreeMap<FileId, Open>> = Mutex::new(BTreeMap::new());

/// A file that is open.
#[derive(Default)]
struct Open {
    /// How many connections it has: while it has one, no other opening of it may be closed, because that would let go of SQLite's
    /// locks (POSIX).
    connections: usize,
    /// Its bytes, where they are looked at; closed after the last connection.
    bytes: Option<Arc<File>>,
}

/// The file of an archive that is open, or about to be. Must outlive the connection.
#[derive(Debug)]
pub(super) struct OpenedFile {
    path: PathBuf,
    identity: FileId,
    /// The journal's, once it is known.
    journal: Option<FileId>,
    /// What is in it, past SQLite.
    bytes: Option<Arc<File>>,
    /// Where a journal of another archive, which stood beside it, was moved.
    moved_journal: Option<PathBuf>,
}

impl OpenedFile {
    /// Prepares to open the archive, which must be there: a journal beside it that is another archive's is moved aside.
    pub(super) fn prepare(path: &Path) -> Result<Self, Error> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let identity = identify(path).map_err(|source| cannot_look(path, source))?;
        let moved_journal = if open.contains_key(&identity) { None } else { foreign_journal::move_if_foreign(path)? };
        open.entry(identity).or_default().connections += 1;
        Ok(Self { path: path.to_owned(), identity, journal: None, bytes: None, moved_journal })
    }

    /// Returns where a journal of another archive was moved.
    pub(super) fn moved_journal(&self) -> Option<&Path> {
        self.moved_journal.as_deref()
    }

    /// Remembers which file the journal is. It stays the same while the archive is open.
    pub(super) fn learn_journal(&mut self) -> Result<(), Error> {
        let journal = self.journal_path();
        self.journal = Some(identify(&journal).map_err(|source| cannot_look(&journal, source))?);
        Ok(())
    }

    /// Opens the file's bytes, to see what is in it, past SQLite.
    pub(super) fn open_bytes(&mut self) -> Result<(), Error> {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = open.entry(self.identity).or_default();
        let bytes = match entry.bytes.take() {
            Some(bytes) => bytes,
            None => Arc::new(File::open(&self.path).map_err(|source| cannot_look(&self.path, source))?),
        };
        self.bytes = Some(Arc::clone(entry.bytes.insert(bytes)));
        Ok(())
    }

    /// Returns whether the file ends before its last page, by the numbers in its header. Its bytes must be open; in doubt it does not.
    pub(super) fn is_truncated(&self) -> bool {
        let Some(bytes) = &self.bytes else { return false };
        let says = journal_mark::page_of(bytes, 1, HEADER).ok().and_then(|header| length_of(&header));
        bytes.metadata().is_ok_and(|file| says.is_some_and(|says| file.len() < says))
    }

    /// Checks that nobody has written another archive into the file.
    ///
    /// # Errors
    ///
    /// [`Error::Moved`] where somebody has. The connection leaves the file as it is from then on.
    pub(super) fn check_content(&self, connection: &Connection) -> Result<(), Error> {
        let Some(bytes) = &self.bytes else { return Ok(()) };
        let is_overwritten = journal_mark::is_overwritten(connection, bytes).map_err(|error| match error {
            CompareFileError::Sqlite(error) => Error::of(&self.path, &error),
            CompareFileError::File(source) => cannot_look(&self.path, source),
        })?;
        if !is_overwritten {
            return Ok(());
        }
        // Else the journal, which is of what was there before, would be brought into it when the connection is closed.
        connection
            .set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)
            .map_err(|error| Error::of(&self.path, &error))?;
        Err(Error::Moved { path: self.path.clone(), change: Change::Overwritten })
    }

    /// Checks by the bytes of both that the journal is not another archive's. Both may be written at that moment, so what seems to be is
    /// looked at again.
    ///
    /// # Errors
    ///
    /// [`Error::Moved`] where it is.
    pub(super) fn check_journal(&self) -> Result<(), Error> {
        let Some(bytes) = &self.bytes else { return Ok(()) };
        let is_another = |pause: &Duration| {
            std::thread::sleep(*pause);
            foreign_journal::is_foreign_journal(&self.path, bytes)
        };
        match journal_mark::PAUSES.iter().all(is_another) {
            true => Err(Error::Moved { path: self.path.clone(), change: Change::Overwritten }),
            false => Ok(()),
        }
    }

    /// Checks that the archive and its journal are the files that were opened: what is written to others is lost.
    ///
    /// # Errors
    ///
    /// [`Error::Moved`] where they are not.
    pub(super) fn check(&self) -> Result<(), Error> {
        check(&self.path, self.identity)?;
        match self.journal {
            Some(journal) => check(&self.journal_path(), journal),
            None => Ok(()),
        }
    }

    fn journal_path(&self) -> PathBuf {
        sibling_path(&self.path.canonicalize().unwrap_or_else(|_| self.path.clone()), "-wal")
    }
}

impl Drop for OpenedFile {
    fn drop(&mut self) {
        let mut open = OPEN.lock().unwrap_or_else(PoisonError::into_inner);
        self.bytes = None;
        match open.get_mut(&self.identity) {
            Some(file) if file.connections > 1 => file.connections -= 1,
            _ => drop(open.remove(&self.identity)),
        }
    }
}

/// Returns how long a database is by its header.
fn length_of(header: &[u8]) -> Option<u64> {
    let size = u64::from(u16::from_be_bytes([*header.get(16)?, *header.get(17)?]));
    let pages = u32::from_be_bytes(header.get(28..32)?.try_into().ok()?);
    // The largest size is written as 1.
    Some(if size == 1 { 65_536 } else { size } * u64::from(pages))
}

fn identify(path: &Path) -> io::Result<FileId> {
    let file = fs::metadata(path)?;
    Ok((file.dev(), file.ino()))
}

fn check(path: &Path, identity: FileId) -> Result<(), Error> {
    let change = match identify(path) {
        Ok(found) if found == identity => return Ok(()),
        Ok(_) => Change::Replaced,
        Err(error) if error.kind() == ErrorKind::NotFound => Change::Gone,
        Err(source) => return Err(cannot_look(path, source)),
    };
    Err(Error::Moved { path: path.to_owned(), change })
}

fn cannot_look(path: &Path, source: io::Error) -> Error {
    Error::File { what: "cannot look at", path: path.to_owned(), source }
}
