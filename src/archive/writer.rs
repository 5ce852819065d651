//! Writing: what a poll saw goes into the archive, one short IMMEDIATE transaction at a time, so that other commands
//! may write beside the daemon.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::account_state::{self, AccountState};
use super::error::Error;
use super::fault::Fault;
use super::observation::{Observation, PollLog, RecordOutcome};
use super::opened::OpenedFile;
use super::version::{self, Older};
use super::{draft_state, functions, mark, migrate, reader};
use crate::model::{AccountName, ApiUsage, Endpoint, MediaId, Timestamp, rfc3339};

/// How long a writer waits for another process's transaction. Ours take milliseconds; ten seconds outlast a migration.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// How large the pages of a new archive are, in bytes. A document ends in a page that it does not fill, so small pages waste less:
/// with SQLite's default of 4096 bytes an archive of short drafts is a third larger.
const PAGE_SIZE: u32 = 1024;

/// How large the journal grows, in bytes, before SQLite brings it into the archive, and how large it stays after a large document
/// passed through it.
const WAL_SIZE_LIMIT: u32 = 4 << 20;

/// How many bytes of free pages are given back at once: a matter of milliseconds, as every transaction here.
const VACUUM_SIZE: u32 = 4 << 20;

/// The archive, to write to.
#[derive(Debug)]
pub struct Writer {
    pub(super) connection: Connection,
    pub(super) path: PathBuf,
    file: OpenedFile,
    is_new: bool,
}

/// An account's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountId(pub(super) i64);

impl Writer {
    /// Opens the archive, makes it where there is none, and brings it to this program's schema.
    ///
    /// # Errors
    ///
    /// [`Error::Gone`] where there is none and its journal is still there: a new archive is not what was wanted.
    pub fn open(path: &Path) -> Result<Self, Error> {
        if reader::is_gone(path) {
            return Err(Error::Gone(path.to_owned()));
        }
        super::create_private(path)?;
        let mut file = OpenedFile::prepare(path)?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(BUSY_TIMEOUT)?;
            super::limit_values(&connection)?;
            super::plan_once(&connection)?;
            functions::register_checksum(&connection)?;
            Ok(connection)
        };
        let mut connection = open().map_err(|error| Error::of(path, &error))?;
        // Asked before anything is set: a stranger's file is not written to.
        let is_new = migrate::version(&connection, path)? == 0;
        let configure = |connection: &Connection| -> rusqlite::Result<String> {
            if is_new {
                // Possible in an empty file only. The second: pages that a document frees can be given back later.
                connection.pragma_update(None, "page_size", PAGE_SIZE)?;
                connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
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
        Ok(Self { connection, path: path.to_owned(), file, is_new })
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

    /// Tells whether there was no archive before this one was opened.
    pub fn is_new(&self) -> bool {
        self.is_new
    }

    /// Returns where a journal was moved that stood beside the archive and was another one's.
    pub fn set_aside(&self) -> Option<&Path> {
        self.file.set_aside()
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

    /// Returns when the poll of the account that was recorded last began, as [`super::Reader::last_poll`] does.
    pub fn last_poll(&mut self, account: &AccountName) -> Result<Option<Timestamp>, Error> {
        reader::last_poll(&self.connection, account.as_str()).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how many calls to an endpoint the ledger holds for a day.
    pub fn calls_on_day(&mut self, account: AccountId, endpoint: Endpoint, day: &str) -> Result<u64, Error> {
        self.connection
            .prepare_cached("SELECT calls FROM call WHERE account = ?1 AND interface = ?2 AND day = ?3")
            .and_then(|mut query| query.query_row((account.0, endpoint.as_str(), day), |row| row.get(0)).optional())
            .map(Option::unwrap_or_default)
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Records what was seen of a draft; a new version takes the calls made so far into the ledger with it. An unchanged
    /// draft writes nothing.
    ///
    /// Before the commit the document is read back from the database, decoded, canonicalised and compared.
    pub fn record(
        &mut self,
        account: AccountId,
        sighting: &Observation,
        calls: &[ApiUsage],
    ) -> Result<RecordOutcome, Error> {
        let unchanged =
            version::is_newest(&self.connection, account, sighting).map_err(|fault| fault.into_error(&self.path))?;
        if unchanged {
            return Ok(RecordOutcome::Unchanged);
        }
        let (recorded, found) = self.transaction_beside_damage(|transaction, older| {
            let recorded = version::add(transaction, account, sighting, older)?;
            if let RecordOutcome::Version { .. } = recorded {
                add_usage(transaction, account, calls)?;
            }
            Ok(recorded)
        })?;
        Ok(match recorded {
            RecordOutcome::Version { draft, number, title, .. } => {
                RecordOutcome::Version { draft, number, title, damage: found }
            }
            recorded => recorded,
        })
    }

    /// Returns the number of the newest version of a draft, 0 where it has none.
    pub fn newest_number(&mut self, account: AccountId, media_id: &MediaId) -> Result<u64, Error> {
        version::newest_number(&self.connection, account, media_id).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the document of the newest version of a draft, as received; `None` where it has none.
    pub fn newest_document(&mut self, account: AccountId, media_id: &MediaId) -> Result<Option<Vec<u8>>, Error> {
        version::newest_document(&self.connection, account, media_id).map_err(|fault| fault.into_error(&self.path))
    }

    /// Writes calls into the ledger.
    pub fn add_usage(&mut self, account: AccountId, calls: &[ApiUsage]) -> Result<(), Error> {
        self.transaction(|transaction| Ok(add_usage(transaction, account, calls)?))
    }

    /// Writes down a poll that has ended: what it saw, missed and learned, the calls that are not in the ledger yet, its row.
    pub fn save_poll(
        &mut self,
        account: AccountId,
        poll: &PollLog,
        calls: &[ApiUsage],
        memory: &AccountState,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            write_step(transaction, account, poll, calls, memory)?;
            Ok(insert_poll(transaction, account, poll)?)
        })?;
        self.vacuum_if_needed();
        Ok(())
    }

    /// Writes down a step of a poll that goes on: all but the row.
    pub fn save_step(
        &mut self,
        account: AccountId,
        step: &PollLog,
        calls: &[ApiUsage],
        memory: &AccountState,
    ) -> Result<(), Error> {
        self.transaction(|transaction| Ok(write_step(transaction, account, step, calls, memory)?))
    }

    /// Writes down the row of a poll that broke before it could write anything. An account that was renamed while it was
    /// polled keeps its new name.
    pub fn record_broken(&mut self, name: &AccountName, appid: &str, poll: &PollLog) -> Result<(), Error> {
        let account = self.account_by_any_name(name, appid, poll.started_at)?;
        self.transaction(|transaction| Ok(insert_poll(transaction, account, poll)?))
    }

    fn vacuum_if_needed(&mut self) {
        let vacuumed = match needs_vacuum(&self.connection) {
            Ok(true) => self.transaction(|transaction| Ok(vacuum_free_pages(transaction)?)),
            Ok(false) => Ok(()),
            Err(error) => Err(Error::of(&self.path, &error)),
        };
        if let Err(error) = vacuumed {
            // The poll is written down; the next one tries again.
            tracing::debug!(%error, "free pages stay in the archive for now");
        }
    }

    pub(super) fn transaction<T>(
        &mut self,
        write: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let run = || -> Result<T, Fault> {
            let (seen, begins_journal) = (data_version(&self.connection)?, mark::is_due(&self.connection)?);
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            self.file.check_content(&transaction)?;
            // Unless another process has begun one in between.
            if begins_journal && data_version(&transaction)? == seen {
                mark::renew(&transaction)?;
            }
            let result = write(&transaction)?;
            self.file.check()?;
            transaction.commit()?;
            Ok(result)
        };
        let written = run().map_err(|fault| fault.into_error(&self.path));
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
        write: impl Fn(&Transaction<'_>, Older) -> Result<T, Fault>,
    ) -> Result<(T, Option<String>), Error> {
        match self.transaction(|transaction| write(transaction, Older::Recode)) {
            Err(Error::Damaged(reason)) => {
                Ok((self.transaction(|transaction| write(transaction, Older::Leave))?, Some(reason)))
            }
            written => Ok((written?, None)),
        }
    }
}

/// Returns a number that changes when another connection writes.
fn data_version(connection: &Connection) -> rusqlite::Result<i64> {
    connection.pragma_query_value(None, "data_version", |row| row.get(0))
}

/// Brings what the journal holds into the archive's file, as far as nobody reads an older state.
fn checkpoint(connection: &Connection) -> rusqlite::Result<()> {
    connection.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |_| Ok(()))
}

/// Tells whether more than an eighth of the file is free: a document that became a delta frees some pages, and most are
/// soon used again.
fn needs_vacuum(connection: &Connection) -> rusqlite::Result<bool> {
    let pages = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    Ok(pages("PRAGMA freelist_count")? * 8 > pages("PRAGMA page_count")?)
}

/// Returns how large the archive's pages are, in bytes: those of an archive that an older program made are larger.
fn page_size(connection: &Connection) -> rusqlite::Result<u32> {
    connection.pragma_query_value(None, "page_size", |row| row.get(0))
}

/// Gives pages back to the file system.
fn vacuum_free_pages(connection: &Connection) -> rusqlite::Result<()> {
    // Gives one page back a row; `execute_batch` would stop after the first.
    let mut vacuum =
        connection.prepare(&format!("PRAGMA incremental_vacuum({})", VACUUM_SIZE / page_size(connection)?))?;
    let mut freed = vacuum.query(())?;
    while freed.next()?.is_some() {}
    Ok(())
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

pub(super) fn add_usage(transaction: &Transaction<'_>, account: AccountId, calls: &[ApiUsage]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO call (account, interface, day, calls) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, interface, day) DO UPDATE SET calls = calls + excluded.calls",
    )?;
    for line in calls {
        statement.execute((account.0, line.endpoint.as_str(), &line.day, line.count))?;
    }
    Ok(())
}

fn write_step(
    transaction: &Transaction<'_>,
    account: AccountId,
    poll: &PollLog,
    calls: &[ApiUsage],
    memory: &AccountState,
) -> rusqlite::Result<()> {
    add_usage(transaction, account, calls)?;
    for (endpoint, told) in &poll.limits {
        account_state::write_limit(transaction, account, *endpoint, told)?;
    }
    draft_state::mark(transaction, account, poll)?;
    account_state::save_account_state(transaction, account, memory, poll.finished_at)
}

fn insert_poll(transaction: &Transaction<'_>, account: AccountId, poll: &PollLog) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO poll (id, account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM poll), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            account.0,
            rfc3339(poll.started_at),
            rfc3339(poll.finished_at),
            poll.strategy,
            poll.calls,
            poll.drafts_seen(),
            poll.new_versions,
            poll.absences.len(),
            poll.failures.len(),
        ))?;
    let id = transaction.last_insert_rowid();
    let mut statement =
        transaction.prepare_cached("INSERT INTO poll_error (poll, media_id, code, message) VALUES (?1, ?2, ?3, ?4)")?;
    for failure in &poll.failures {
        statement.execute((id, failure.media_id.as_ref().map(MediaId::as_str), failure.code, &failure.message))?;
    }
    Ok(())
}
