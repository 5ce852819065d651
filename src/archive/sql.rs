//! SQL of the users' own: reads whatever they ask, and changes nothing.
//!
//! The file is opened for reading, and `query_only` is on; above that, SQLite compiles nothing but questions, which also
//! keeps `ATTACH` and `VACUUM INTO` from making other files.
//! Each statement sees the archive as of one instant; a daemon may write meanwhile.

mod guard;
mod text;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, ErrorCode};

use super::error::Error;
use super::open_file::OpenedFile;
use super::reader::Reader;
use guard::Guard;
pub use text::{is_blank, statement_end};

/// The views and the tables, views first, as a statement of its own.
pub const TABLES: &str = "SELECT name, type FROM sqlite_schema
    WHERE type IN ('view', 'table') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY type DESC, rowid";

/// How many steps of SQLite's machine are made before it asks whether it should stop: a fraction of a millisecond.
const STEPS: i32 = 10_000;

/// The archive, to be asked in SQL.
#[derive(Debug)]
pub struct SqlSession {
    connection: Connection,
    path: PathBuf,
    file: OpenedFile,
    guard: Guard,
    interrupt: InterruptHandle,
}

/// Stops statements, from whatever thread.
#[derive(Clone, Debug, Default)]
pub struct InterruptHandle(Arc<AtomicBool>);

impl InterruptHandle {
    /// Stops the statement that runs, and each that is begun before [`InterruptHandle::clear`].
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Lets statements run again.
    pub fn clear(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Returns whether it was stopped since it was last cleared.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// One value of a row.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Integer(i64),
    Real(f64),
    /// Bytes that are no UTF-8 are replaced by U+FFFD.
    Text(String),
    Blob(Vec<u8>),
}

/// Why a statement gave no answer, or no whole one.
#[derive(Debug, thiserror::Error)]
pub enum SqlError {
    /// It is no SQL, or asks for what is not there.
    #[error("{message}")]
    Wrong {
        message: String,
        /// Where in the statement, in bytes; `None` where SQLite does not tell.
        offset: Option<usize>,
    },
    /// It would do more than read.
    #[error("{0} is refused: only reading is possible here")]
    MoreThanReading(String),
    /// It failed while it ran.
    #[error("{0}")]
    Failed(String),
    /// It was stopped.
    #[error("interrupted")]
    Interrupted,
    #[error(transparent)]
    Archive(#[from] Error),
}

impl SqlSession {
    /// Opens the archive as [`Reader::open`] does.
    pub fn open(path: &Path) -> Result<Self, Error> {
        let Reader { mut connection, path, file } = Reader::open(path)?;
        let (guard, interrupt) = (Guard::default(), InterruptHandle::default());
        prepare(&mut connection, &guard, interrupt.clone()).map_err(|error| Error::of(&path, &error))?;
        Ok(Self { connection, path, file, guard, interrupt })
    }

    /// Returns where a journal was moved that stood beside the archive and was another one's.
    pub fn moved_journal(&self) -> Option<&Path> {
        self.file.moved_journal()
    }

    /// Returns what stops this console's statements.
    pub fn interrupt(&self) -> InterruptHandle {
        self.interrupt.clone()
    }

    /// Reads one statement.
    pub fn statement(&self, sql: &str) -> Result<Statement<'_>, SqlError> {
        // A statement of few steps would run to its end.
        if self.interrupt.is_stopped() {
            return Err(SqlError::Interrupted);
        }
        if let Some(zero) = sql.find('\0') {
            // SQLite would take it for the end, and pass over what follows.
            return Err(SqlError::Wrong { message: "a zero byte is no SQL".to_owned(), offset: Some(zero) });
        }
        match self.connection.prepare(sql) {
            // VACUUM asks nobody until it runs, but gives no rows either.
            Ok(statement) if statement.column_count() == 0 && !is_blank(sql) => Err(more_than_reading(sql)),
            Ok(statement) => Ok(Statement { statement, sql: sql.to_owned(), console: self }),
            Err(error) => Err(self.wrong(&error, sql)),
        }
    }

    /// Returns the names of the views and tables, views first.
    pub fn tables(&self) -> Result<Vec<String>, SqlError> {
        self.texts(TABLES, None)
    }

    /// Returns the names of the columns of all views and tables.
    pub fn columns(&self) -> Result<Vec<String>, SqlError> {
        self.texts("SELECT DISTINCT column.name FROM sqlite_schema, pragma_table_info(sqlite_schema.name) column", None)
    }

    /// Returns the names of the functions that may be called.
    pub fn functions(&self) -> Result<Vec<String>, SqlError> {
        self.texts("SELECT DISTINCT name FROM pragma_function_list WHERE name GLOB '[a-z]*'", None)
    }

    /// Returns the SQL that made the archive, or what is called `name` in it with its indexes and triggers. Comments are
    /// as they were written.
    pub fn schema(&self, name: Option<&str>) -> Result<Vec<String>, SqlError> {
        self.texts(
            "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND (?1 IS NULL OR tbl_name = ?1 COLLATE NOCASE) ORDER BY rowid",
            name,
        )
    }

    fn texts(&self, sql: &str, name: Option<&str>) -> Result<Vec<String>, SqlError> {
        let texts = || -> rusqlite::Result<Vec<String>> {
            let mut statement = self.connection.prepare(sql)?;
            match statement.parameter_count() {
                0 => statement.query_map((), |row| row.get(0))?.collect(),
                _ => statement.query_map([name], |row| row.get(0))?.collect(),
            }
        };
        texts().map_err(|error| self.sql_error(&error, sql))
    }

    /// Says why a statement cannot be read.
    fn wrong(&self, error: &rusqlite::Error, sql: &str) -> SqlError {
        match (self.sql_error(error, sql), error) {
            (SqlError::Failed(_), rusqlite::Error::SqlInputError { msg, offset, .. }) => {
                SqlError::Wrong { message: msg.clone(), offset: usize::try_from(*offset).ok() }
            }
            (SqlError::Failed(message), _) => SqlError::Wrong { message, offset: None },
            (sql_error, _) => sql_error,
        }
    }

    fn sql_error(&self, error: &rusqlite::Error, sql: &str) -> SqlError {
        // What is refused fails at once, but not always by that name: a statement may run another one inside.
        match self.guard.refused() {
            Some(Some(refused)) => return SqlError::MoreThanReading(refused),
            Some(None) => return more_than_reading(sql),
            None => {}
        }
        match (error.sqlite_error_code(), Error::of(&self.path, error)) {
            (Some(ErrorCode::OperationInterrupted), _) => SqlError::Interrupted,
            // Elsewhere this is damage: no document that was stored is too big. Here people may ask for as much as they like.
            // Nor need what they ask for be there.
            (Some(ErrorCode::TooBig | ErrorCode::Unknown), _) => SqlError::Failed(error.to_string()),
            _ if matches!(error, rusqlite::Error::SqlInputError { .. }) => SqlError::Failed(error.to_string()),
            (_, Error::Other(message)) => SqlError::Failed(message),
            (_, told) => told.into(),
        }
    }
}

/// Names what a statement wanted by its first word.
fn more_than_reading(sql: &str) -> SqlError {
    SqlError::MoreThanReading(text::first_word(sql).to_uppercase())
}

fn prepare(connection: &mut Connection, guard: &Guard, interrupt: InterruptHandle) -> rusqlite::Result<()> {
    // An archive may come from elsewhere: its views may call nothing that could do harm.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_TRUSTED_SCHEMA, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    // A column's name that is mistyped in double quotes shall be an error, not a text, as in SQLite's own shell.
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DQS_DML, false)?;
    connection.progress_handler(STEPS, Some(move || interrupt.is_stopped()))?;
    guard.watch(connection)
}

/// A statement that was read and can be run.
#[derive(Debug)]
pub struct Statement<'console> {
    statement: rusqlite::Statement<'console>,
    sql: String,
    console: &'console SqlSession,
}

impl Statement<'_> {
    /// Returns the names of its columns, which need not differ. A comment alone has none, and no rows.
    pub fn columns(&self) -> Vec<String> {
        self.statement.column_names().map(str::to_owned).collect()
    }

    /// Runs it; each row is made when it is asked for.
    pub fn rows(&mut self) -> Rows<'_> {
        let columns = self.statement.column_count();
        Rows { rows: self.statement.raw_query(), columns, sql: &self.sql, console: self.console }
    }
}

/// The rows of a statement that runs.
pub struct Rows<'statement> {
    rows: rusqlite::Rows<'statement>,
    columns: usize,
    sql: &'statement str,
    console: &'statement SqlSession,
}

impl Iterator for Rows<'_> {
    type Item = Result<Vec<Value>, SqlError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.columns == 0 {
            return None;
        }
        let values = |row: &rusqlite::Row<'_>| (0..self.columns).map(|column| row.get_ref(column).map(value)).collect();
        let row = self.rows.next().and_then(|row| row.map(values).transpose());
        row.map_err(|error| self.console.sql_error(&error, self.sql)).transpose()
    }
}

fn value(value: ValueRef<'_>) -> Value {
    match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(integer) => Value::Integer(integer),
        ValueRef::Real(real) => Value::Real(real),
        ValueRef::Text(bytes) => Value::Text(String::from_utf8_lossy(bytes).into_owned()),
        ValueRef::Blob(bytes) => Value::Blob(bytes.to_vec()),
    }
}
