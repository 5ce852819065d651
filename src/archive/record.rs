//! Writing: what a poll saw goes into the archive, one short IMMEDIATE transaction at a time, so that other commands
//! may write beside the daemon.

use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, OptionalExtension, Transaction, TransactionBehavior};

use super::document;
use super::error::Error;
use super::fault::Fault;
use super::migrate;
use crate::canonical::{self, Canonical};
use crate::model::{AccountName, Calls, DraftState, Hash, Interface, MediaId, Timestamp, rfc3339};

/// How long a writer waits for another process's transaction. Ours take milliseconds; ten seconds outlast a migration.
const BUSY: Duration = Duration::from_secs(10);

/// The archive, to write to.
#[derive(Debug)]
pub struct Writer {
    connection: Connection,
    path: PathBuf,
}

/// An account's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountId(i64);

/// One draft as a poll saw it.
#[derive(Debug)]
pub struct Sighting {
    pub media_id: MediaId,
    /// The platform's answer as received.
    pub document: Vec<u8>,
    /// Its canonical form.
    pub canonical: Canonical,
    /// When the platform says it was saved, in Unix seconds.
    pub update_time: Option<i64>,
    pub observed_at: Timestamp,
}

/// What became of a sighting.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recorded {
    /// The newest version has this content.
    Unchanged,
    /// It is a version of this number now.
    Version(u64),
}

/// What the archive knows of a draft before a poll.
#[derive(Clone, Debug)]
pub struct Known {
    pub media_id: MediaId,
    pub state: DraftState,
    /// When it was first missed, while it is not live.
    pub missing_since: Option<Timestamp>,
}

/// A draft that a poll did not find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Absence {
    pub media_id: MediaId,
    /// What it is from now on: missing, or confirmed to be gone.
    pub state: DraftState,
}

/// A failure within a poll.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The draft it is about; none where it is about the account.
    pub media_id: Option<MediaId>,
    /// The platform's errcode, where it gave one.
    pub code: Option<i64>,
    pub message: String,
}

/// A poll that has ended.
#[derive(Debug)]
pub struct Poll {
    pub started_at: Timestamp,
    pub finished_at: Timestamp,
    /// `list` or `sweep`.
    pub strategy: &'static str,
    /// How many calls it made.
    pub calls: u64,
    /// The drafts it read.
    pub seen: Vec<MediaId>,
    pub new_versions: u64,
    pub absences: Vec<Absence>,
    pub failures: Vec<Failure>,
}

impl Writer {
    /// Opens the archive, makes it where there is none, and brings it to this program's schema.
    pub fn open(path: &Path) -> Result<Self, Error> {
        super::create_private(path)?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.busy_timeout(BUSY)?;
            // Has an effect in an empty file only: pages that a shrunk document frees can be given back later.
            connection.pragma_update(None, "auto_vacuum", "INCREMENTAL")?;
            Ok(connection)
        };
        let mut connection = open().map_err(|error| Error::of(path, &error))?;
        // Before the journal mode, which would already write to a stranger's file.
        migrate::version(&connection, path)?;
        let configure = |connection: &Connection| -> rusqlite::Result<()> {
            connection.pragma_update(None, "journal_mode", "WAL")?;
            connection.pragma_update(None, "synchronous", "FULL")?;
            connection.pragma_update(None, "foreign_keys", true)
        };
        configure(&connection).map_err(|error| Error::of(path, &error))?;
        migrate::migrate(&mut connection, path)?;
        Ok(Self { connection, path: path.to_owned() })
    }

    /// Asks the archive for an answer, as proof that it is there and can be read.
    pub fn ping(&mut self) -> Result<(), Error> {
        let answer = self.connection.query_row("SELECT count(*) FROM account", (), |row| row.get::<_, i64>(0));
        answer.map(drop).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the account's number, entering it where it is new.
    ///
    /// # Errors
    ///
    /// [`Error::OtherAppid`] where the name belongs to another appid: its drafts would mix.
    pub fn account(&mut self, name: &AccountName, appid: &str, now: Timestamp) -> Result<AccountId, Error> {
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO account (name, appid, first_seen) VALUES (?1, ?2, ?3) ON CONFLICT (name) DO NOTHING",
                (name.as_str(), appid, rfc3339(now)),
            )?;
            let (id, known): (i64, String) =
                transaction.query_row("SELECT id, appid FROM account WHERE name = ?1", [name.as_str()], |row| {
                    Ok((row.get(0)?, row.get(1)?))
                })?;
            if known == appid {
                Ok(AccountId(id))
            } else {
                Err(Error::OtherAppid { name: name.clone(), known, configured: appid.to_owned() }.into())
            }
        })
    }

    /// Returns the drafts of an account as the polls before this one left them.
    pub fn known(&mut self, account: AccountId) -> Result<Vec<Known>, Error> {
        let known = || -> rusqlite::Result<Vec<Known>> {
            self.connection
                .prepare_cached("SELECT media_id, state, missing_since FROM draft WHERE account = ?1 ORDER BY id")?
                .query_map([account.0], |row| {
                    Ok(Known {
                        media_id: MediaId::new(row.get::<_, String>(0)?),
                        state: super::row::state(row, 1)?,
                        missing_since: super::row::instant_or_null(row, 2)?,
                    })
                })?
                .collect()
        };
        known().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how many calls to an interface the ledger holds for a day.
    pub fn calls_on(&mut self, account: AccountId, interface: Interface, day: &str) -> Result<u64, Error> {
        self.connection
            .prepare_cached("SELECT calls FROM call WHERE account = ?1 AND interface = ?2 AND day = ?3")
            .and_then(|mut query| query.query_row((account.0, interface.as_str(), day), |row| row.get(0)).optional())
            .map(Option::unwrap_or_default)
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Records what was seen of a draft, and the calls made so far with it. An unchanged draft writes nothing.
    ///
    /// Before the commit the document is read back from the database, decoded, canonicalised and compared.
    pub fn record(&mut self, account: AccountId, sighting: &Sighting, calls: &[Calls]) -> Result<Recorded, Error> {
        let newest = newest(&self.connection, account, &sighting.media_id).map_err(|fault| fault.told(&self.path))?;
        if newest.is_some_and(|newest| newest.hash == sighting.canonical.hash()) {
            return Ok(Recorded::Unchanged);
        }
        self.transaction(|transaction| {
            count(transaction, account, calls)?;
            add_version(transaction, account, sighting)
        })
    }

    /// Writes calls into the ledger.
    pub fn count(&mut self, account: AccountId, calls: &[Calls]) -> Result<(), Error> {
        self.transaction(|transaction| Ok(count(transaction, account, calls)?))
    }

    /// Writes down a poll that has ended: its row, what it saw and missed, and the calls that are not in the ledger yet.
    pub fn finish(&mut self, account: AccountId, poll: &Poll, calls: &[Calls]) -> Result<(), Error> {
        self.transaction(|transaction| {
            count(transaction, account, calls)?;
            mark_seen(transaction, account, poll)?;
            mark_absent(transaction, account, poll)?;
            Ok(insert_poll(transaction, account, poll)?)
        })?;
        self.tidy()
    }

    /// Gives pages back to the file system once an eighth of the file is free; a document that became a delta frees
    /// some, and most are soon used again.
    fn tidy(&mut self) -> Result<(), Error> {
        let pages = |sql| self.connection.query_row(sql, (), |row| row.get::<_, i64>(0));
        let tidy = || -> rusqlite::Result<()> {
            if pages("PRAGMA freelist_count")? * 8 > pages("PRAGMA page_count")? {
                self.connection.execute_batch("PRAGMA incremental_vacuum")?;
            }
            Ok(())
        };
        tidy().map_err(|error| Error::of(&self.path, &error))
    }

    fn transaction<T>(&mut self, write: impl FnOnce(&Transaction<'_>) -> Result<T, Fault>) -> Result<T, Error> {
        let run = || -> Result<T, Fault> {
            let transaction = self.connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = write(&transaction)?;
            transaction.commit()?;
            Ok(result)
        };
        run().map_err(|fault| fault.told(&self.path))
    }
}

/// The newest version of a draft.
struct Newest {
    version: i64,
    number: u64,
    hash: Hash,
}

/// Finds the newest version of a draft, hashed by the law of today: one that was hashed by an older law is hashed anew,
/// so that a new law makes no false versions.
fn newest(connection: &Connection, account: AccountId, media_id: &MediaId) -> Result<Option<Newest>, Fault> {
    let found = connection
        .prepare_cached(
            "SELECT version.id, version.number, version.hash, version.canon
             FROM draft JOIN version ON version.draft = draft.id
             WHERE draft.account = ?1 AND draft.media_id = ?2
             ORDER BY version.number DESC LIMIT 1",
        )?
        .query_row((account.0, media_id.as_str()), |row| {
            let newest = Newest { version: row.get(0)?, number: row.get(1)?, hash: Hash(row.get(2)?) };
            Ok((newest, row.get::<_, u32>(3)?))
        })
        .optional()?;
    let Some((mut newest, law)) = found else { return Ok(None) };
    if law != canonical::LAW {
        newest.hash = rehash(&document::load_received(connection, newest.version)?)?;
    }
    Ok(Some(newest))
}

fn rehash(document: &[u8]) -> Result<Hash, Error> {
    let canonical = canonical::canonicalise(document).map_err(|error| Error::Damaged(error.to_string()))?;
    Ok(canonical.hash())
}

/// Adds a version, unless another process has just added the same one.
fn add_version(transaction: &Transaction<'_>, account: AccountId, sighting: &Sighting) -> Result<Recorded, Fault> {
    let hash = sighting.canonical.hash();
    let newest = newest(transaction, account, &sighting.media_id)?;
    if newest.as_ref().is_some_and(|newest| newest.hash == hash) {
        return Ok(Recorded::Unchanged);
    }
    let number = newest.as_ref().map_or(1, |newest| newest.number + 1);
    let draft = draft(transaction, account, sighting)?;
    let version = insert_version(transaction, draft, number, hash, sighting)?;
    let repaired = (!sighting.canonical.strict).then(|| canonical::repair(&sighting.document));
    let document = repaired.as_deref().unwrap_or(&sighting.document);
    document::store(transaction, version, document)?;
    if repaired.is_some() {
        document::store_received(transaction, version, &sighting.document)?;
    }
    if let Some(newest) = newest {
        document::recode(transaction, newest.version, version, document)?;
    }
    read_back(transaction, version, sighting, hash)?;
    Ok(Recorded::Version(number))
}

/// Proves that what was stored is what was seen, through the same door that a restore will use.
fn read_back(transaction: &Transaction<'_>, version: i64, sighting: &Sighting, hash: Hash) -> Result<(), Fault> {
    if document::load_received(transaction, version)? != sighting.document {
        return Err(Error::ReadBack("other bytes came back").into());
    }
    if rehash(&document::load(transaction, version)?)? != hash {
        return Err(Error::ReadBack("another hash came back").into());
    }
    Ok(())
}

fn draft(transaction: &Transaction<'_>, account: AccountId, sighting: &Sighting) -> rusqlite::Result<i64> {
    let now = rfc3339(sighting.observed_at);
    transaction
        .prepare_cached(
            "INSERT INTO draft (account, media_id, first_seen, last_seen) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (account, media_id) DO UPDATE SET last_seen = max(last_seen, excluded.last_seen), state = 'live', missing_since = NULL
             RETURNING id",
        )?
        .query_row((account.0, sighting.media_id.as_str(), now), |row| row.get(0))
}

fn insert_version(
    transaction: &Transaction<'_>,
    draft: i64,
    number: u64,
    hash: Hash,
    sighting: &Sighting,
) -> Result<i64, Fault> {
    let articles =
        canonical::articles(&sighting.document).map_err(|_| Error::ReadBack("its articles cannot be read"))?;
    let title = articles.first().map_or("", |article| &article.title);
    let observed_at = rfc3339(sighting.observed_at);
    transaction
        .prepare_cached(
            "INSERT INTO version (draft, number, hash, canon, observed_at, update_time, articles, title)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((draft, number, hash.0, canonical::LAW, observed_at, sighting.update_time, articles.len(), title))?;
    Ok(transaction.last_insert_rowid())
}

fn count(transaction: &Transaction<'_>, account: AccountId, calls: &[Calls]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO call (account, interface, day, calls) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, interface, day) DO UPDATE SET calls = calls + excluded.calls",
    )?;
    for line in calls {
        statement.execute((account.0, line.interface.as_str(), &line.day, line.count))?;
    }
    Ok(())
}

fn mark_seen(transaction: &Transaction<'_>, account: AccountId, poll: &Poll) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "UPDATE draft SET last_seen = max(last_seen, ?3), state = 'live', missing_since = NULL WHERE account = ?1 AND media_id = ?2",
    )?;
    let now = rfc3339(poll.finished_at);
    for media_id in &poll.seen {
        statement.execute((account.0, media_id.as_str(), &now))?;
    }
    Ok(())
}

fn mark_absent(transaction: &Transaction<'_>, account: AccountId, poll: &Poll) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "UPDATE draft SET state = ?3, missing_since = coalesce(missing_since, ?4) WHERE account = ?1 AND media_id = ?2",
    )?;
    let now = rfc3339(poll.finished_at);
    for absence in &poll.absences {
        statement.execute((account.0, absence.media_id.as_str(), absence.state.as_str(), &now))?;
    }
    Ok(())
}

fn insert_poll(transaction: &Transaction<'_>, account: AccountId, poll: &Poll) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO poll (account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            account.0,
            rfc3339(poll.started_at),
            rfc3339(poll.finished_at),
            poll.strategy,
            poll.calls,
            poll.seen.len(),
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
