//! The file of the index: opened, proven by its checksum, written in one transaction at a time.

use std::fmt;
use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::checksum::checksum;
use super::error::IndexError;
use super::tokens::TOKENS_VERSION;
use crate::owner::{Owner, sync_directory};

/// How long another process may write before we give up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The index. A process has one of each file: the file is also read past SQLite, and closing it would end the locks of another one.
pub struct Index {
    // Closed before the file: that ends no lock then.
    pub(super) connection: Connection,
    file: File,
    path: PathBuf,
    /// What SQLite calls the state of the file that was proven last, and when the file was written last: SQLite does not see what is
    /// written past it.
    proven: Option<(i64, SystemTime)>,
}

/// How far an index goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexState {
    /// The last row of the archive's versions that it holds.
    pub version_row: i64,
    pub version_hash: Vec<u8>,
    /// When that version was observed, as it stands in the archive.
    pub through: String,
    /// How many versions the archive had up to there. It has fewer once some were removed.
    pub versions: u64,
}

impl Index {
    /// Returns where the index of an archive is.
    pub fn path_of(archive: &Path) -> PathBuf {
        // SQLite follows no link to this file, in none of its parts.
        let archive = archive.canonicalize().unwrap_or_else(|_| archive.to_owned());
        let mut name = archive.into_os_string();
        name.push(".search");
        PathBuf::from(name)
    }

    /// Opens the index, or makes an empty one.
    ///
    /// # Errors
    ///
    /// [`IndexError::OtherRules`] for one of another version of this program.
    pub fn open(path: &Path) -> Result<Self, IndexError> {
        let file = create(path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NOFOLLOW;
        let connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(PATIENCE)?;
        connection.pragma_update(None, "journal_mode", "TRUNCATE")?;
        // With less, the end of a journal may be lost in a power loss. SQLite then takes a part of the last transaction back.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "cache_size", -16_384)?;
        let mut index = Self { connection, file, path: path.to_owned(), proven: None };
        if index.pragma("user_version")? != i64::from(TOKENS_VERSION) {
            index.make_tables()?;
        }
        Ok(index)
    }

    /// Puts a new index in the place of another one. Whoever uses that goes on with it until it is noticed; nobody finds a part of an
    /// index there.
    pub fn replace(path: &Path, new: &Path) -> io::Result<()> {
        for journal in [journal_of(path), journal_of(new)] {
            match std::fs::remove_file(journal) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        // After a power loss, a journal that came back would be applied to the new index.
        sync_directory(path)?;
        std::fs::rename(new, path)?;
        sync_directory(path)
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns whether the path still names the file that was opened: another process may have made the index again.
    pub fn is_in_place(&self) -> bool {
        let same = |path: Metadata, file: Metadata| (path.dev(), path.ino()) == (file.dev(), file.ino());
        let path = self.path.symlink_metadata().ok();
        path.zip(self.file.metadata().ok()).is_some_and(|(path, file)| same(path, file))
    }

    fn make_tables(&mut self) -> Result<(), IndexError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        match transaction.pragma_query_value(None, "user_version", |row| row.get::<_, i32>(0))? {
            // Another process has made it meanwhile.
            TOKENS_VERSION => return Ok(()),
            0 if transaction.query_row("SELECT count(*) FROM sqlite_schema", (), |row| row.get::<_, i64>(0))? == 0 => {}
            found => return Err(IndexError::OtherRules { found, known: TOKENS_VERSION }),
        }
        transaction.execute_batch(include_str!("../../schema/search.sql"))?;
        transaction.pragma_update(None, "user_version", TOKENS_VERSION)?;
        transaction.commit()?;
        self.write_checksum()
    }

    /// Runs `read` on the index as it is at this instant, once it is known to be what was written.
    pub(super) fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Result<T, IndexError>) -> Result<T, IndexError> {
        // Held while the file is read past SQLite: nobody writes meanwhile.
        let transaction = self.connection.unchecked_transaction()?;
        check_unchanged(&transaction, &self.file, &mut self.proven)?;
        let result = read(&transaction)?;
        transaction.finish()?;
        Ok(result)
    }

    /// Runs `write` in one transaction, on an index that is known to be what was written. The checksum is made of the whole file, so
    /// it is made with the last of several changes.
    pub(super) fn write<T>(
        &mut self,
        is_last: bool,
        write: impl FnOnce(&Connection) -> Result<T, IndexError>,
    ) -> Result<T, IndexError> {
        let written = {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            check_unchanged(&transaction, &self.file, &mut self.proven)?;
            let written = write(&transaction)?;
            // None until it is known what SQLite has made of it.
            transaction.pragma_update(None, "application_id", 0)?;
            transaction.commit()?;
            written
        };
        if is_last {
            self.write_checksum()?;
        }
        Ok(written)
    }

    /// Makes the checksum, if a writer was killed before it had.
    pub fn complete(&mut self) -> Result<(), IndexError> {
        if self.pragma("application_id")? == 0 { self.write_checksum() } else { Ok(()) }
    }

    /// Copies the file as it is at an instant.
    pub fn copy_to(&mut self, path: &Path) -> Result<(), IndexError> {
        let from = self.path.clone();
        self.read(|_| Ok(std::fs::copy(from, path).map(drop)?))
    }

    fn write_checksum(&mut self) -> Result<(), IndexError> {
        let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let sum = checksum(&self.file)?;
        transaction.pragma_update(None, "application_id", sum)?;
        transaction.commit()?;
        self.proven = Some((self.pragma("data_version")?, self.file.metadata()?.modified()?));
        Ok(())
    }

    /// Returns how far the index goes; `None` where it is empty.
    pub fn state(&mut self) -> Result<Option<IndexState>, IndexError> {
        self.read(|connection| {
            let state = connection
                .prepare_cached("SELECT version_row, version_hash, through, versions FROM state")?
                .query_row((), |row| {
                    let (version_row, version_hash) = (row.get(0)?, row.get(1)?);
                    Ok(IndexState { version_row, version_hash, through: row.get(2)?, versions: row.get(3)? })
                })
                .optional()?;
            Ok(state)
        })
    }

    fn pragma(&self, name: &str) -> Result<i64, IndexError> {
        Ok(self.connection.pragma_query_value(None, name, |row| row.get(0))?)
    }
}

impl fmt::Debug for Index {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Index").field("path", &self.path).finish_non_exhaustive()
    }
}

/// Compares the checksum, unless this connection has done so and nobody has written since.
fn check_unchanged(
    transaction: &Transaction<'_>,
    file: &File,
    proven: &mut Option<(i64, SystemTime)>,
) -> Result<(), IndexError> {
    // The transaction begins with the first look.
    let wanted: i32 = transaction.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let version = transaction.pragma_query_value(None, "data_version", |row| row.get(0))?;
    let state = (version, file.metadata()?.modified()?);
    if *proven == Some(state) {
        return Ok(());
    }
    // Where there is none, a writer was killed between its two transactions; SQLite's journal has kept the index whole.
    if wanted != 0 && wanted != checksum(file)? {
        return Err(IndexError::Damaged("its checksum does not match".to_owned()));
    }
    *proven = Some(state);
    Ok(())
}

fn journal_of(path: &Path) -> PathBuf {
    let mut journal = path.as_os_str().to_owned();
    journal.push("-journal");
    journal.into()
}

/// Opens the file to read it past SQLite; makes an empty one for its owner alone, if there is none. No link is followed.
fn create(path: &Path) -> Result<File, IndexError> {
    let refused = |error: io::Error| match error.kind() {
        io::ErrorKind::StorageFull => IndexError::Full,
        _ => IndexError::NotWritable { path: path.to_owned(), reason: error.to_string() },
    };
    let no_follow = nix::libc::O_NOFOLLOW;
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags(no_follow);
    match options.clone().create_new(true).mode(0o600).open(path) {
        Ok(file) => {
            let directory = path.parent().unwrap_or(Path::new("/"));
            if let Some(owner) = Owner::inherited(&file, directory)? {
                owner.give(&file)?;
            }
            Ok(file)
        }
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => options.open(path).map_err(refused),
        Err(error) => Err(refused(error)),
    }
}
