//! A new archive from what is left of a damaged one.
//!
//! The damaged file is read page by page, and never written. Its rows go into an empty archive of the same schema under an unfinished
//! name ([`rows`]), which is then brought to the schema of today. There [`unproven`] takes away what no checksum proves, and names what
//! lost its name ([`identity`], [`accounts`]). [`rows_of_copy`] brings rows back from a copy, and
//! [`versions_of_copy`] versions. Which are proven is decided by who reads their documents; [`versions`] takes away those that are lost, and [`seal`] makes the rest fit and gives the archive its name.

mod accounts;
mod evidence;
mod identity;
mod ids;
mod rows;
mod rows_of_copy;
mod schema_number;
mod seal;
mod shape;
mod sums;
mod unproven;
mod versions;
mod versions_of_copy;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use rusqlite::Connection;
use rusqlite::config::DbConfig;

use self::accounts::UnsureAccount;
use self::evidence::Evidence;
use self::rows::{Pages, RowError, Rows};
use self::shape::{DERIVED, Shape};
use self::unproven::Dropped;
use super::checksum_tables::TABLES;
use super::daemon_lock::DaemonLock;
use super::damage::{Damage, DamageKind};
use super::error::Error;
use super::files::{create_private, sibling_path};
use super::pages::Image;
use super::reader::Reader;
use super::{migrate, new_archive};

pub use self::accounts::KnownAccounts;
pub use self::sums::Proof;
pub use self::versions::VersionProof;
pub use self::versions_of_copy::ProvenParts;

/// What the new archive is called until it is proven.
const UNFINISHED: &str = ".unfinished";

/// The first schema whose rows have checksums in the tables of today.
const SCHEMA_OF_CHECKSUMS: usize = 12;

/// A new archive that is being made.
#[derive(Debug)]
pub struct Salvage {
    connection: Connection,
    /// Its name while it is not proven.
    path: PathBuf,
    /// Its name afterwards.
    to: PathBuf,
    evidence: Evidence,
    has_checksums: bool,
    /// What of its journal was not used.
    journal_damage: Option<Damage>,
    /// Rows beside versions that no checksum proves.
    dropped: Vec<Dropped>,
    /// Accounts whose rows are lost or altered.
    unsure_accounts: Vec<UnsureAccount>,
}

impl Salvage {
    /// Brings every row that can be read from the damaged archive into a new one, which will be called `to`. `on_page` is called with
    /// how many pages were read, and how many there are.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is such a file; [`Error::SecondDaemon`] where a daemon writes to the damaged archive, and
    /// [`Error::Changed`] where anybody did;
    /// [`Error::NotAnArchive`] and [`Error::Newer`] where it is something else; where a file cannot be read or written.
    pub fn read(damaged: &Path, to: &Path, on_page: &mut dyn FnMut(u64, u64)) -> Result<Self, Error> {
        if to.symlink_metadata().is_ok() {
            return Err(Error::Exists(to.to_owned()));
        }
        let _kept_out = DaemonLock::keep_out(damaged)?;
        let failed = |source| Error::File { what: "cannot read", path: damaged.to_owned(), source };
        let before = stamps(damaged);
        let image = Image::open(damaged)?;
        let pages = Pages::of(image).map_err(failed)?;
        let number = schema_number::find(damaged, pages.image.header().map_err(failed)?, &pages.trees)?;
        let mut salvage = Self::begin(to, number)?;
        salvage.journal_damage = pages.image.journal_damage().map(|reason| {
            Damage::new(DamageKind::Database, sibling_path(damaged, "-wal").display().to_string(), reason)
        });
        salvage.bring(&pages, number, on_page).map_err(|error| match error {
            RowError::File(error) => failed(error),
            RowError::Sqlite(error) => Error::of(&salvage.path, &error),
        })?;
        if stamps(damaged) != before {
            return Err(Error::Changed(damaged.to_owned()));
        }
        salvage.complete()?;
        Ok(salvage)
    }

    /// Makes an empty archive of that schema.
    fn begin(to: &Path, number: usize) -> Result<Self, Error> {
        let path = sibling_path(to, UNFINISHED);
        clear(&path)?;
        create_private(&path)?;
        let open = || -> rusqlite::Result<Connection> {
            let connection = new_archive::make_tables(&path, number)?;
            // Rows come in any order, and some never.
            connection.pragma_update(None, "foreign_keys", false)?;
            Ok(connection)
        };
        let made = open().map_err(|error| Error::of(&path, &error));
        let connection = made.inspect_err(|_| clear_or_warn(&path))?;
        let has_checksums = number >= SCHEMA_OF_CHECKSUMS;
        Ok(Self {
            connection,
            path,
            to: to.to_owned(),
            evidence: Evidence::default(),
            has_checksums,
            journal_damage: None,
            dropped: Vec::new(),
            unsure_accounts: Vec::new(),
        })
    }

    fn bring(&mut self, pages: &Pages, number: usize, on_page: &mut dyn FnMut(u64, u64)) -> Result<(), RowError> {
        let shapes = Shape::all(&migrate::fresh(number)?)?;
        let kinds = TABLES.iter().map(|table| table.name).filter(|name| !DERIVED.contains(name)).chain(["document"]);
        let kinds = kinds.collect();
        let rows = Rows { of: pages, shapes: &shapes, kinds: &kinds };
        self.set_triggers(false)?;
        let transaction = self.connection.unchecked_transaction()?;
        let sums = rows.sums()?;
        self.evidence = rows.bring(&transaction, &sums, on_page)?;
        if self.has_checksums {
            let mut insert =
                transaction.prepare("INSERT OR REPLACE INTO checksum (kind, id, sum) VALUES (?1, ?2, ?3)")?;
            for sum in sums.iter() {
                insert.execute(sum)?;
            }
            place_altered_versions(&transaction, &self.evidence)?;
        }
        // Of a version that is there, its row tells.
        let ids = ids(&transaction, "SELECT id FROM version")?;
        self.evidence.versions.retain(|_, id| !ids.contains(id));
        transaction.commit()?;
        Ok(())
    }

    /// Brings it to the schema of today.
    fn complete(&mut self) -> Result<(), Error> {
        let sqlite = |error: rusqlite::Error| Error::of(&self.path, &error);
        self.set_triggers(true).map_err(sqlite)?;
        let transaction = self.connection.unchecked_transaction().map_err(sqlite)?;
        migrate::complete(&transaction, &self.path)?;
        transaction.commit().map_err(sqlite)?;
        self.set_triggers(false).map_err(sqlite)
    }

    /// The triggers forbid what a repair does: it writes facts again.
    fn set_triggers(&self, are_on: bool) -> rusqlite::Result<()> {
        self.connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER, are_on).map(drop)
    }

    /// Returns whether the rows of the damaged archive had checksums: those of older programs had none.
    pub fn has_checksums(&self) -> bool {
        self.has_checksums
    }

    /// Returns what of the damaged archive's journal was not used.
    pub fn journal_damage(&self) -> Option<&Damage> {
        self.journal_damage.as_ref()
    }

    /// Opens what is there to read it.
    pub fn reader(&self) -> Result<Reader, Error> {
        Reader::open(&self.path)
    }

    fn error(&self, error: &rusqlite::Error) -> Error {
        Error::of(&self.path, error)
    }
}

impl Drop for Salvage {
    fn drop(&mut self) {
        clear_or_warn(&self.path);
    }
}

/// When the file and its journal were written last, and how long they are.
fn stamps(path: &Path) -> [Option<(u64, SystemTime)>; 2] {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    ["", "-wal"].map(|end| {
        let found = fs::metadata(sibling_path(&path, end)).ok()?;
        Some((found.len(), found.modified().ok()?))
    })
}

fn clear_or_warn(path: &Path) {
    if let Err(error) = clear(path) {
        tracing::warn!(%error, "an archive that could not be completed stays behind");
    }
}

/// Takes away what a repair that was cut off has left.
fn clear(path: &Path) -> Result<(), Error> {
    for end in ["", "-journal", "-wal", "-shm"] {
        let file = sibling_path(path, end);
        match fs::remove_file(&file) {
            Err(source) if source.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::File { what: "cannot replace", path: file, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// The row of a version that is not as it was written may name another draft or number than it had: the index knows them. Where it does
/// not, nobody does, and the version is lost.
fn place_altered_versions(connection: &Connection, evidence: &Evidence) -> rusqlite::Result<()> {
    for id in accounts::altered(connection, "version", identity::VERSION_COLUMNS)? {
        let place = evidence.versions.iter().find(|(_, of)| **of == id).map(|(place, _)| *place);
        let placed = match place {
            Some((draft, number)) => connection
                .execute("UPDATE OR IGNORE version SET draft = ?2, number = ?3 WHERE id = ?1", (id, draft, number))?,
            None => 0,
        };
        if placed == 0 {
            connection.execute("DELETE FROM version WHERE id = ?1", [id])?;
        }
    }
    Ok(())
}

fn ids(connection: &Connection, sql: &str) -> rusqlite::Result<BTreeSet<i64>> {
    connection.prepare(sql)?.query_map((), |row| row.get(0))?.collect()
}

/// What was found and is not brought over, or not as it was.
pub(super) type Left = Vec<Damage>;
