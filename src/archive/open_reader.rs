//! Opening an archive to read it: a file on a medium that cannot be written, one that is cut off, one whose journal is another's.

use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags};

use super::error::Error;
use super::files::sibling_path;
use super::left_journal::{has_journal, has_rollback_journal, journal_left_of};
use super::open_file::OpenedFile;
use super::reader::Reader;
use super::{functions, limits, migrate};

impl Reader {
    /// Opens the archive for reading.
    pub fn open(path: &Path) -> Result<Self, Error> {
        // Asked without opening it: closing a file lets go of all locks that this process has on it (POSIX).
        match std::fs::metadata(path) {
            Ok(file) if !file.is_file() => return Err(Error::NotAFile(path.to_owned())),
            Ok(file) if file.len() == 0 => return Err(Error::Empty(path.to_owned())),
            Ok(_) => {}
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(match journal_left_of(path) {
                    Some(journal) => Error::Gone { path: path.to_owned(), journal },
                    None => Error::NotFound(path.to_owned()),
                });
            }
            Err(source) => return Err(Error::File { what: "cannot look at", path: path.to_owned(), source }),
        }
        let mut file = OpenedFile::prepare(path)?;
        if has_journal(path) {
            // Where somebody wrote another archive into the file, what is read is a mix of that and the journal of the one before.
            file.open_bytes()?;
            file.check_journal()?;
        }
        let connect = || Self::connect(path, path, OpenFlags::SQLITE_OPEN_READ_ONLY);
        let connection = match connect() {
            Err(Error::NotWritable { .. }) if roll_back(path) => connect(),
            connection => connection,
        };
        let connection = match connection {
            Err(Error::NotWritable { .. } | Error::CannotOpen { .. }) => Self::connect_immutable(path),
            connection => connection,
        }?;
        if is_in_part(&connection) {
            file.open_bytes()?;
        }
        Ok(Self { connection, path: path.to_owned(), file })
    }

    fn connect(path: &Path, name: &Path, flags: OpenFlags) -> Result<Connection, Error> {
        let open = || -> rusqlite::Result<Connection> {
            let connection = Connection::open_with_flags(name, flags)?;
            connection.busy_timeout(std::time::Duration::from_secs(10))?;
            connection.pragma_update(None, "query_only", true)?;
            limits::limit_values(&connection)?;
            limits::plan_once(&connection)?;
            functions::register(&connection)?;
            // An answer of many drafts asks some dozens of questions of each.
            connection.set_prepared_statement_cache_capacity(64);
            Ok(connection)
        };
        let connection = open().map_err(|error| Error::of(path, &error))?;
        let schema = read_schema(&connection, path).or_else(|error| match error {
            Error::Damaged(_) => {
                read_what_is_left(&connection).map_err(|error| Error::of(path, &error))?;
                read_schema(&connection, path)
            }
            error => Err(error),
        });
        match schema? {
            0 => Err(Error::NotFound(path.to_owned())),
            _ => Ok(connection),
        }
    }

    /// Opens an archive where nothing can be written, for example on a medium. Even readers write to a journal's index;
    /// where there is no journal no writer is at work, and the file alone is the archive.
    fn connect_immutable(path: &Path) -> Result<Connection, Error> {
        if sibling_path(path, "-wal").exists() {
            let reason = "its last changes are in the -wal file beside it; copy both to a place that can be written";
            return Err(Error::NotWritable { path: path.to_owned(), reason: reason.to_owned() });
        }
        if has_rollback_journal(path) {
            let reason = "a writer was stopped within a change, and what takes that back is in the -journal file beside it; \
                          copy both to a place that can be written";
            return Err(Error::NotWritable { path: path.to_owned(), reason: reason.to_owned() });
        }
        Self::connect(path, &unchanging(path), OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI)
    }

    /// Returns whether the file as a whole is damaged, so that only what is left of it can be read.
    pub fn is_in_part(&self) -> bool {
        is_in_part(&self.connection)
    }

    /// Returns whether the file is shorter than it says: what was in its end is lost.
    pub fn is_cut_off(&self) -> bool {
        self.is_in_part() && self.file.is_truncated()
    }
}

/// Takes back what a writer had begun when it was killed: SQLite does so before it reads, where it may write. Returns whether it did.
pub(super) fn roll_back(path: &Path) -> bool {
    let read = |connection: Connection| connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()));
    let open = || Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
    has_rollback_journal(path) && open().and_then(read).is_ok()
}

/// Returns the number of the schema, once SQLite has read its tables: before a query, it would not notice that they are damaged.
fn read_schema(connection: &Connection, path: &Path) -> Result<i64, Error> {
    let number = migrate::version(connection, path)?;
    let read = connection.query_row("SELECT count(*) FROM (SELECT 1 FROM sqlite_schema LIMIT 1)", (), |_| Ok(()));
    read.map_err(|error| Error::of(path, &error))?;
    Ok(number)
}

/// Has SQLite read a file that is shorter than it says, which it refuses as a whole otherwise: the pages that are missing are
/// damage where they are asked for, and the others are read. The setting is meant for programs that mend a schema; nothing
/// can be written here.
fn read_what_is_left(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA, true).map(drop)
}

fn is_in_part(connection: &Connection) -> bool {
    connection.db_config(DbConfig::SQLITE_DBCONFIG_WRITABLE_SCHEMA).unwrap_or(false)
}

/// Names the archive for SQLite as a file that does not change while it is read (<https://sqlite.org/uri.html>).
fn unchanging(path: &Path) -> PathBuf {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"/-_.~".contains(byte);
    let escaped = |byte: &u8| if plain(byte) { char::from(*byte).to_string() } else { format!("%{byte:02X}") };
    let name: String = path.as_os_str().as_bytes().iter().map(escaped).collect();
    format!("file:{name}?immutable=1").into()
}
