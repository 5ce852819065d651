//! The connection that writes, and its transactions: each is a short IMMEDIATE one, so that other commands may write beside the daemon.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, Transaction, TransactionBehavior};

use super::error::Error;
use super::internal_error::InternalError;
use super::open_file::OpenedFile;
use super::version::PreviousVersion;
use super::{functions, journal_mark, limits, migrate, new_archive};

/// How long a writer waits for another process's transaction. Ours take milliseconds; ten seconds outlast a migration.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How large the journal grows, in bytes, before SQLite brings it into the archive, and how large it stays after a large document
/// passed through it.
const WAL_SIZE_LIMIT: u32 = 4 << 20;

/// How many statements stay planned. A poll takes some forty different ones, and the daemon does more than poll. Planning them anew each time
/// took a third of the time of the simulated worlds.
const KEPT_STATEMENTS: usize = 256;

/// The archive, to write to.
#[derive(Debug)]
pub struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    file: OpenedFile,
    is_new: bool,
}

impl Writer {
    /// Opens the archive, makes it where there is none, and brings it to this program's schema.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] where there is none and its journal is still there: a new archive is not what was wanted.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let is_made = new_archive::create(path)?;
        let mut file = OpenedFile::prepare(path)?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            limits::limit_values(&connection)?;
            limits::plan_once(&connection)?;
            functions::register_checksum(&connection)?;
            connection.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
            Ok(connection)
        };
        let mut connection = open().map_err(|error| Error::of(path, &error))?;
        // Asked before anything is set: a stranger's file is not written to.
        let is_empty = migrate::version(&connection, path)? == 0;
        let configure = |connection: &Connection| -> rusqlite::Result<String> {
            if is_empty {
                new_archive::lay_out(connection)?;
            }
            let mode = set_journal_mode(connection)?;
            connection.pragma_update(None, "wal_autocheckpoint", WAL_SIZE_LIMIT / page_size(connection)?)?;
            connection.pragma_update(None, "journal_size_limit", WAL_SIZE_LIMIT)?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)?;
            Ok(mode)
        };
        let mode = configure(&connection).map_err(|error| Error::of(path, &error))?;
        if mode != "wal" {
            let reason =
                "its file system cannot hold a write-ahead log, without which readers and writers block each other";
            return Err(Error::NotWritable { path: path.to_owned(), reason: reason.to_owned() });
        }
        if migrate::migrate(&mut connection, path)? {
            // The journal's mark is new as well: the next journal is the first one that can be told by it.
            checkpoint(&connection).map_err(|error| Error::of(path, &error))?;
        }
        file.learn_journal()?;
        file.open_bytes()?;
        file.check()?;
        Ok(Self { connection, path: path.to_owned(), file, is_new: is_made || is_empty })
    }

    /// Opens the same archive again, with a new connection.
    ///
    /// # Errors
    ///
    /// [`Error::Moved`] where another file is there now.
    pub(super) fn reconnect(&self) -> Result<Self, Error> {
        self.file.check()?;
        let reopened = Self::open(&self.path)?;
        self.file.check()?;
        Ok(reopened)
    }

    /// Returns whether there was no archive before this one was opened.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Returns where a journal was moved that stood beside the archive and was another one's.
    pub fn moved_journal(&self) -> Option<&Path> {
        self.file.moved_journal()
    }

    /// Asks the archive for an answer, as proof that it is there and can be read.
    pub fn ping(&mut self) -> Result<(), Error> {
        self.file.check()?;
        self.file.check_content(&self.connection)?;
        let answer = self.connection.query_row("SELECT count(*) FROM account", (), |row| row.get::<_, i64>(0));
        answer.map(drop).map_err(|error| Error::of(&self.path, &error))
    }

    /// Proves that the archive can be written: a page of it is written, with what it holds already.
    pub fn prove_writable(&mut self) -> Result<(), Error> {
        self.transaction(|transaction| {
            let schema: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
            Ok(transaction.pragma_update(None, "user_version", schema)?)
        })
    }

    /// Reads the archive as it is at one instant. A query by itself takes and gives back SQLite's locks; where a poll asks two questions of each draft,
    /// that took a fifth of its time.
    pub(super) fn read<T>(&mut self, read: impl FnOnce(&Connection) -> Result<T, InternalError>) -> Result<T, Error> {
        let snapshot = self.connection.transaction().map_err(|error| Error::of(&self.path, &error))?;
        read(&snapshot).map_err(|error| error.into_error(&self.path))
    }

    pub(super) fn transaction<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, InternalError>,
    ) -> Result<T, Error> {
        let run = || -> Result<T, InternalError> {
            let (seen, begins_journal) = (data_version(&self.connection)?, journal_mark::is_due(&self.connection)?);
            if begins_journal {
                self.file.check()?;
                repair_mark(&mut self.connection)?;
            }
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.file.check_content(&transaction)?;
            // Unless another process has begun one in between.
            if begins_journal && data_version(&transaction)? == seen {
                journal_mark::renew(&transaction)?;
            }
            let result = write(&transaction)?;
            self.file.check()?;
            transaction.commit()?;
            Ok(result)
        };
        let written = run().map_err(|error| error.into_error(&self.path));
        if let Err(Error::Moved { path, .. }) = &written
            && *path != self.path
            && let Err(error) = checkpoint(&self.connection)
        {
            // The journal is gone and the archive is there: what the journal held can still be brought into it.
            tracing::error!(%error, "what was recorded last is lost with the journal");
        }
        written
    }

    /// Runs a write that adds a version behind one that may be damaged, and returns the damage with the result. SQLite writes
    /// nothing more in a transaction that has met damage, so it is begun anew, and leaves that version alone.
    pub(super) fn transaction_beside_damage<T>(
        &mut self,
        write: impl Fn(&Transaction<'_>, PreviousVersion) -> Result<T, InternalError>,
    ) -> Result<(T, Option<String>), Error> {
        match self.transaction(|transaction| write(transaction, PreviousVersion::Recode)) {
            Err(Error::Damaged(reason)) => {
                Ok((self.transaction(|transaction| write(transaction, PreviousVersion::Leave))?, Some(reason)))
            }
            written => Ok((written?, None)),
        }
    }
}

/// Replaces the journal's mark where it cannot be read.
fn repair_mark(connection: &mut Connection) -> rusqlite::Result<()> {
    if journal_mark::repair(connection)? {
        tracing::warn!(
            "the archive is damaged: the mark by which its journal is told from another archive's could not be read, and is new. \
             See what else is damaged: draftkeep verify"
        );
        checkpoint(connection)?;
    }
    Ok(())
}

/// Returns a number that changes when another connection writes.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Brings what the journal holds into the archive's file, as far as nobody reads an older state.
pub(super) fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))
}

/// Returns how large the archive's pages are, in bytes: those of an archive that an older program made are larger.
pub(super) fn page_size(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "page_size", |row| row.get(0))
}

/// Sets the journal's mode, which is kept in the file: it changes once in an archive's life, when it is new. SQLite does
/// not wait for others then, so two processes that find no archive at the same instant would be refused. Returns the mode
/// that is in force.
fn set_journal_mode(connection: &Connection) -> rusqlite::Result<String> {
    const PAUSE: Duration = Duration::from_millis(20);
    let mut waited = Duration::ZERO;
    loop {
        let set = connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get::<_, String>(0));
        match set {
            Err(error) if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy) && waited < BUSY_TIMEOUT => {
                std::thread::sleep(PAUSE);
                waited += PAUSE;
            }
            result => return result,
        }
    }
}

#[cfg(test)]
impl Writer {
    /// Counts the statements that are planned from now on; SQLite asks what they may do while it plans them.
    pub(crate) fn count_planned(&mut self) -> std::sync::Arc<std::sync::atomic::AtomicUsize> {
        use std::sync::Arc;
        use std::sync::atomic::{AtomicUsize, Ordering};

        use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
        let count = Arc::new(AtomicUsize::new(0));
        let planned = Arc::clone(&count);
        let ask = move |asked: AuthContext<'_>| {
            use AuthAction::{Delete, Insert, Select, Update};
            if matches!(asked.action, Select | Insert { .. } | Update { .. } | Delete { .. }) {
                planned.fetch_add(1, Ordering::Relaxed);
            }
            Authorization::Allow
        };
        self.connection.authorizer(Some(ask)).expect("an open connection");
        count
    }
}
