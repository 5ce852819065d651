//! A journal that was left behind, and belongs to another archive than the one beside it.
//!
//! SQLite applies the journal that it finds to the file that it finds. Where a backup was put in the place of an archive whose
//! program was killed, that destroys the backup. So before SQLite opens the archive the two are compared, and a journal
//! that is not the archive's is moved aside: never applied, never deleted. In doubt it is the archive's, for moving that aside
//! would lose what it holds.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufReader, ErrorKind};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, fcntl};
use nix::libc;

use super::error::Error;
use super::files::sibling_path;
use super::journal_mark::{self, Mark};
use super::wal::{Frame, Frames};
use crate::owner::sync_directory;

/// What SQLite calls the files beside a database.
const JOURNAL: &str = "-wal";
const INDEX: &str = "-shm";

/// A journal in use is kept below 4 MiB. One that a reader has held up for long, and that is larger than this, is not read for a look.
const LARGEST_READ: u64 = 64 << 20;

/// The bytes that SQLite locks while it has a database open (`PENDING_BYTE` and those behind it).
const LOCK_BYTES: (i64, i64) = (0x4000_0000, 512);

/// Moves the journal beside the archive aside where it is another archive's, and returns where it is now. Does nothing
/// while somebody has the archive open: who opened it first has looked.
///
/// This process must have no connection to the archive: closing a file lets go of all its locks (POSIX).
pub(super) fn move_if_foreign(path: &Path) -> Result<Option<PathBuf>, Error> {
    let path = &path.canonicalize().map_err(|source| failed("cannot find", path, source))?;
    let journal = sibling_path(path, JOURNAL);
    let written = match fs::symlink_metadata(&journal) {
        Ok(found) if found.is_file() && found.len() > 0 => found.modified().unwrap_or(std::time::UNIX_EPOCH),
        _ => return Ok(None),
    };
    let database = open(path, true).map(|file| (file, true)).or_else(|_| Ok((open(path, false)?, false)));
    let (database, writable) = database.map_err(|source| failed("cannot open", path, source))?;
    if !is_alone(&database, writable).map_err(|source| failed("cannot lock", path, source))? {
        return Ok(None);
    }
    let log = open(&journal, false).map_err(|source| failed("cannot open", &journal, source))?;
    if belongs(&database, &log).map_err(|source| failed("cannot read", &journal, source))? {
        return Ok(None);
    }
    let aside = move_aside(path, written.into()).map_err(|source| Error::ForeignJournal { journal, source })?;
    tracing::warn!(
        archive = %path.display(),
        journal = %aside.display(),
        "the journal beside the archive was another archive's; it was not applied, and was moved aside"
    );
    Ok(Some(aside))
}

/// Returns whether the journal beside an archive that can be in use belongs to another one. In doubt it does not.
pub(super) fn is_foreign_journal(path: &Path, database: &File) -> bool {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let is_another = |journal: File| {
        let is_read = journal.metadata()?.len() <= LARGEST_READ;
        Ok::<_, io::Error>(is_read && !belongs(database, &journal)?)
    };
    open(&sibling_path(&path, JOURNAL), false).and_then(is_another).unwrap_or(false)
}

fn failed(what: &'static str, path: &Path, source: io::Error) -> Error {
    Error::File { what, path: path.to_owned(), source }
}

fn open(path: &Path, write: bool) -> io::Result<File> {
    OpenOptions::new().read(true).write(write).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Returns whether nobody has the archive open. Where the file may be written, nobody opens it either before it is closed; the
/// lock belongs to the open file, and so keeps this process's other threads out as well.
fn is_alone(database: &File, writable: bool) -> io::Result<bool> {
    let mut lock = libc::flock {
        l_type: libc::F_WRLCK as _,
        l_whence: libc::SEEK_SET as _,
        l_start: LOCK_BYTES.0,
        l_len: LOCK_BYTES.1,
        l_pid: 0,
    };
    let asked = if writable { FcntlArg::F_OFD_SETLK(&lock) } else { FcntlArg::F_OFD_GETLK(&mut lock) };
    match fcntl(database, asked) {
        Ok(_) => Ok(writable || lock.l_type == libc::F_UNLCK as libc::c_short),
        // A file system without such locks leaves it in doubt.
        Err(Errno::EAGAIN | Errno::EACCES | Errno::EINVAL | Errno::ENOLCK | Errno::EOPNOTSUPP) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Returns whether a journal belongs to a database that nobody has open.
fn belongs(database: &File, journal: &File) -> io::Result<bool> {
    if database.metadata()?.len() == 0 {
        // SQLite would delete the journal.
        return Ok(false);
    }
    let Some(mut frames) = Frames::read(BufReader::new(journal))? else { return Ok(true) };
    let Some((page, mark)) = first_mark(&mut frames)? else { return Ok(true) };
    let first_page = journal_mark::page_of(database, 1, frames.page_size())?;
    let Some(schema_version) = journal_mark::schema_version(&first_page) else { return Ok(true) };
    let there = journal_mark::page_of(database, page, frames.page_size())?;

    let mut schemas = BTreeSet::from([mark.schema_version]);
    let mut ids = BTreeSet::from([mark.id, mark.previous]);
    // Where somebody rebuilt the database, another page stands there now.
    let mut is_same_page = false;
    while let Some(frame) = frames.next()? {
        schemas.extend(schema_of(&frame));
        if frame.page == page {
            ids.extend(Mark::of_page(&frame.bytes).map(|mark| mark.id));
            is_same_page |= frame.bytes == there;
        }
    }
    let is_marked = Mark::of_page(&there).is_some_and(|mark| ids.contains(&mark.id));
    Ok(schemas.contains(&schema_version) && (is_marked || is_same_page))
}

/// Returns the mark of the journal's first transaction and its page. `None` where the journal does not tell what it
/// continues: it is older than marks are, another program began it, or the transaction changed the schema.
fn first_mark(frames: &mut Frames<impl io::Read>) -> io::Result<Option<(u32, Mark)>> {
    let (mut found, mut schemas) = (None, Vec::new());
    while let Some(frame) = frames.next()? {
        schemas.extend(schema_of(&frame));
        if let Some(mark) = Mark::of_page(&frame.bytes) {
            found = Some((frame.page, mark));
        }
        if frame.commits {
            return Ok(found.filter(|(_, mark)| schemas.iter().all(|schema| *schema == mark.schema_version)));
        }
    }
    Ok(None)
}

fn schema_of(frame: &Frame) -> Option<u32> {
    journal_mark::schema_version(&frame.bytes).filter(|_| frame.page == 1)
}

/// Moves the journal and its index aside; returns where the journal is.
fn move_aside(path: &Path, written: DateTime<Utc>) -> io::Result<PathBuf> {
    let aside = free_aside_path(path, written);
    let journal = sibling_path(&aside, JOURNAL);
    fs::rename(sibling_path(path, JOURNAL), &journal)?;
    // It describes that journal, and somebody whose archive was moved away may still use it.
    match fs::rename(sibling_path(path, INDEX), sibling_path(&aside, INDEX)) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    sync_directory(path)?;
    Ok(journal)
}

/// Returns a name beside the archive for what is set aside, which tells the time; no file has it yet.
pub(super) fn free_aside_path(path: &Path, time: DateTime<Utc>) -> PathBuf {
    let name = sibling_path(path, &format!(".aside-{}", time.format("%Y%m%dT%H%M%SZ")));
    let is_free =
        |name: &Path| ["", JOURNAL, INDEX].iter().all(|end| sibling_path(name, end).symlink_metadata().is_err());
    let numbered = (2..).map(|number| sibling_path(&name, &format!(".{number}")));
    std::iter::once(name.clone()).chain(numbered).find(|name| is_free(name)).unwrap_or(name)
}
