//! The archive at one instant, as a file of its own beside it: what a copy elsewhere is made from.

use std::fs::{self, File};
use std::io;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use rusqlite::backup::{Backup, StepResult};
use rusqlite::{Connection, OpenFlags};

use super::disk_space::disk_space;
use super::error::Error;
use super::files::{create_private, sibling_path};
use super::lock;
use super::reader::Reader;

/// What the files are called, beside the archive.
const LOCK: &str = ".copy.lock";
const FILE: &str = ".copying";

/// How many bytes are copied between two looks whether to go on.
const STEP: i32 = 4 << 20;

/// How far a copy is, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CopyProgress {
    pub done: u64,
    pub all: u64,
}

/// The right to copy an archive. One copy is made at a time, so that copies take the room of one on the archive's disk, and two never
/// write to one place. The operating system lets go of it however the copy ends.
#[derive(Debug)]
pub struct CopyLock {
    /// The working file, which a copy that was killed may have left.
    path: PathBuf,
    _file: File,
}

impl CopyLock {
    /// # Errors
    ///
    /// [`Error::SecondCopy`] where another copy of the archive is being made.
    pub fn acquire(archive: &Path) -> Result<Self, Error> {
        match lock::take(&lock::file_of(archive, LOCK))? {
            Some(file) => Ok(Self { path: lock::file_of(archive, FILE), _file: file }),
            None => Err(Error::SecondCopy(archive.to_owned())),
        }
    }

    /// Makes a file of the archive as it is at this instant; `None` where `on_progress` ended it. Holds up no writer: it reads one state,
    /// and others write to the journal meanwhile.
    ///
    /// # Errors
    ///
    /// Where the archive cannot be read, or there is no room for the file.
    pub fn copy(
        &self,
        archive: &Reader,
        on_progress: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>,
    ) -> Result<Option<WorkingFile>, Error> {
        let file = self.empty_file()?;
        let is_complete = archive.with_snapshot(|archive| fill(archive, &file.path, on_progress))?;
        Ok(is_complete.then_some(file))
    }

    /// Makes an empty file, for what comes back from elsewhere.
    ///
    /// # Errors
    ///
    /// Where it cannot be made.
    pub fn empty_file(&self) -> Result<WorkingFile, Error> {
        let file = WorkingFile { path: self.path.clone() };
        file.remove().map_err(|source| Error::File { what: "cannot remove", path: self.path.clone(), source })?;
        create_private(&self.path)?;
        Ok(file)
    }
}

/// A file beside the archive that goes when it is dropped.
#[derive(Debug)]
pub struct WorkingFile {
    path: PathBuf,
}

impl WorkingFile {
    pub fn path(&self) -> &Path {
        &self.path
    }

    fn remove(&self) -> io::Result<()> {
        for end in ["", "-journal", "-wal", "-shm"] {
            match fs::remove_file(sibling_path(&self.path, end)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        Ok(())
    }
}

impl Drop for WorkingFile {
    fn drop(&mut self) {
        if let Err(error) = self.remove() {
            tracing::warn!(path = %self.path.display(), %error, "the working file of a copy stays; the next copy removes it");
        }
    }
}

/// Returns whether the file is complete.
fn fill(
    archive: &Reader,
    to: &Path,
    on_progress: &mut dyn FnMut(CopyProgress) -> ControlFlow<()>,
) -> Result<bool, Error> {
    let failed = |error: rusqlite::Error| Error::of(&archive.path, &error);
    let pragma = |name| archive.connection.pragma_query_value(None, name, |row| row.get::<_, u64>(0)).map_err(failed);
    let (page_size, pages) = (pragma("page_size")?, pragma("page_count")?);
    if disk_space(&archive.path)?.free < page_size * pages {
        return Err(Error::Full);
    }
    let mut copy = Connection::open_with_flags(to, OpenFlags::SQLITE_OPEN_READ_WRITE).map_err(failed)?;
    // The file is thrown away where the machine stops.
    copy.pragma_update(None, "synchronous", "OFF").map_err(failed)?;
    // The snapshot is held by the archive's connection: the backup never begins anew, however much is written meanwhile.
    let backup = Backup::new(&archive.connection, &mut copy).map_err(failed)?;
    loop {
        match backup.step(STEP / page_size as i32).map_err(failed)? {
            StepResult::Done => break,
            StepResult::More => {}
            _ => return Err(Error::Busy),
        }
        let progress = backup.progress();
        let (all, left) = (progress.pagecount.max(0) as u64, progress.remaining.max(0) as u64);
        if on_progress(CopyProgress { done: all - left, all }).is_break() {
            return Ok(false);
        }
    }
    drop(backup);
    // The archive's pages say that there is a journal; a copy is one file.
    let mode =
        copy.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get::<_, String>(0)).map_err(failed)?;
    match mode.as_str() {
        "delete" => Ok(true),
        mode => Err(Error::Other(format!("the copy stays in journal mode {mode}"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Writer;

    fn add(writer: &Writer, from: i64, to: i64) {
        for number in from..to {
            let sql = "INSERT INTO account (name, appid, first_seen) VALUES ('mag' || ?1, ?2, '')";
            writer.connection.execute(sql, (number, "x".repeat(10_000))).unwrap();
        }
    }

    fn accounts(path: &Path) -> i64 {
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        connection.query_row("SELECT count(*) FROM account", (), |row| row.get(0)).unwrap()
    }

    #[test]
    fn a_copy_holds_one_instant_and_is_done_in_one_pass_while_others_write() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let writer = Writer::open(&path).unwrap();
        add(&writer, 0, 1_000);
        let (reader, lock) = (Reader::open(&path).unwrap(), CopyLock::acquire(&path).unwrap());
        let mut steps = Vec::new();
        let copy = lock.copy(&reader, &mut |progress| {
            steps.push(progress.done);
            let from = 1_000 + steps.len() as i64 * 10;
            add(&writer, from, from + 10);
            ControlFlow::Continue(())
        });
        let copy = copy.unwrap().unwrap();
        assert!((2..=4).contains(&steps.len()) && steps.is_sorted(), "{steps:?}");
        assert_eq!(accounts(copy.path()), 1_000);
        assert_eq!(fs::read(copy.path()).unwrap()[18..20], [1, 1], "it is a file without a journal");
        let working = copy.path().to_owned();
        drop(copy);
        assert!(!working.exists());
    }

    #[test]
    fn one_copy_is_made_at_a_time_and_what_a_killed_one_left_goes() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let writer = Writer::open(&path).unwrap();
        add(&writer, 0, 1_000);
        let reader = Reader::open(&path).unwrap();
        let lock = CopyLock::acquire(&path).unwrap();
        assert!(matches!(CopyLock::acquire(&path), Err(Error::SecondCopy(_))));
        assert!(lock.copy(&reader, &mut |_| ControlFlow::Break(())).unwrap().is_none(), "it was stopped");
        let left = sibling_path(&path, FILE);
        assert!(!left.exists());
        fs::write(&left, "half a page").unwrap();
        fs::write(sibling_path(&left, "-journal"), "and a journal").unwrap();
        let copy = lock.copy(&reader, &mut |_| ControlFlow::Continue(())).unwrap().unwrap();
        assert_eq!(accounts(copy.path()), 1_000);
        drop(copy);
        assert!(!left.exists() && !sibling_path(&left, "-journal").exists());
    }
}
