//! The mark that an archive and its journal share (`schema/0006_journal_mark.sql`).
//!
//! The first transaction of each journal writes a new random id into the archive, and keeps the id before it beside it. So
//! whatever an archive and its own journal went through, the archive's id is the one from before the journal or one of the
//! journal's. It is read from the bytes of pages: before it is known whether the journal belongs to the file, SQLite must not
//! open it.

use std::fs::File;
use std::io::{self, ErrorKind};
use std::os::unix::fs::FileExt;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior};

use super::error::Error;
use super::wal;

/// What the page of the table begins its one cell with: the sizes of the record and its header, row 1, a NULL (the row's
/// number stands in its place) and a text of 95 bytes, and how that begins. No other table has such a row.
const CELL: &[u8] = b"\x63\x01\x04\x00\x81\x4bdraftkeep journal mark ";

/// How many bytes an id takes, in hex digits.
const ID: usize = 32;

/// The mark of one journal.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mark {
    pub(super) id: Vec<u8>,
    /// The id of the journal before it.
    pub(super) previous: Vec<u8>,
    /// The number of changes of the schema when it was written. Copies that SQLite makes have another one.
    pub(super) schema_version: u32,
}

impl Mark {
    /// Reads the mark from the page that holds it; `None` from any other.
    pub(super) fn of_page(page: &[u8]) -> Option<Self> {
        const LEAF: u8 = 13;
        let is_table_of_one = page.first() == Some(&LEAF) && page.get(3..5) == Some(&[0, 1]);
        let place = usize::from(u16::from_be_bytes([*page.get(8)?, *page.get(9)?]));
        page.get(place..)?.strip_prefix(CELL).filter(|_| is_table_of_one).and_then(Self::of_text)
    }

    /// Reads the mark behind its first words.
    fn of_text(text: &[u8]) -> Option<Self> {
        let (id, previous, schema) = (text.get(..ID)?, text.get(ID..2 * ID)?, text.get(2 * ID..2 * ID + 8)?);
        let schema_version = u32::from_str_radix(std::str::from_utf8(schema).ok()?, 16).ok()?;
        Some(Self { id: id.to_owned(), previous: previous.to_owned(), schema_version })
    }
}

/// Writes a new mark, as part of the transaction at hand.
pub(super) fn renew(connection: &Connection) -> rusqlite::Result<()> {
    let renew =
        "UPDATE journal_mark SET mark = substr(mark, 1, 23) || lower(hex(randomblob(16))) || substr(mark, 24, 32)
                     || printf('%08x', (SELECT schema_version FROM pragma_schema_version))";
    connection.prepare_cached(renew)?.execute(()).map(drop)
}

/// Writes a first mark in the place of one that cannot be read, for [`renew`] would write nothing either. It is a transaction of its own that
/// changes page 1 and has another number of changes of the schema, so that a journal which begins with it is the archive's in doubt. Returns
/// whether it did.
pub(super) fn repair(connection: &mut Connection) -> rusqlite::Result<bool> {
    let readable = "SELECT count(*) = 1 AND (SELECT count(*) FROM journal_mark) = 1 FROM journal_mark
                    WHERE id = 1 AND typeof(mark) = 'text' AND length(mark) = 95
                      AND mark GLOB 'draftkeep journal mark *' AND substr(mark, 24) NOT GLOB '*[^0-9a-f]*'";
    match connection.prepare_cached(readable)?.query_row((), |row| row.get(0)) {
        Ok(false) => {}
        // Its page is lost, and takes no new one.
        Err(error) if !says_nothing(&error) => return Err(error),
        _ => return Ok(false),
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let schema: i64 = transaction.pragma_query_value(None, "user_version", |row| row.get(0))?;
    transaction.execute_batch(
        "DELETE FROM journal_mark;
         INSERT INTO journal_mark (id, mark)
         VALUES (1, 'draftkeep journal mark ' || lower(hex(randomblob(16))) || printf('%032x', 0) || printf('%08x', 0))",
    )?;
    transaction.pragma_update(None, "user_version", schema)?;
    transaction.commit()?;
    Ok(true)
}

/// The pauses before each look at a file that seems to be overwritten: a checkpoint may be writing it at that moment.
pub(super) const PAUSES: [Duration; 3] = [Duration::ZERO, Duration::from_millis(10), Duration::from_millis(50)];

/// Returns whether somebody has written another archive into the file that a connection has open: its bytes have neither the
/// mark that the connection sees nor the one before, or another number of changes of the schema, as copies have that SQLite made.
/// In doubt nobody has.
pub(super) fn is_overwritten(connection: &Connection, file: &File) -> Result<bool, CompareFileError> {
    for pause in PAUSES {
        std::thread::sleep(pause);
        if is_same(connection, file)? {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Why a file could not be compared with what a connection sees.
pub(super) enum CompareFileError {
    Sqlite(rusqlite::Error),
    File(io::Error),
}

impl From<rusqlite::Error> for CompareFileError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<io::Error> for CompareFileError {
    fn from(error: io::Error) -> Self {
        Self::File(error)
    }
}

fn is_same(connection: &Connection, file: &File) -> Result<bool, CompareFileError> {
    let look = "SELECT rootpage, substr(mark, 24), page_size, schema_version
                FROM sqlite_schema, journal_mark, pragma_page_size, pragma_schema_version WHERE name = 'journal_mark'";
    let found = connection.prepare_cached(look)?.query_row((), |row| {
        Ok((row.get::<_, u32>(0)?, row.get::<_, String>(1)?, row.get::<_, usize>(2)?, row.get::<_, u32>(3)?))
    });
    let (page, text, size, schema) = match found {
        Err(error) if says_nothing(&error) => return Ok(true),
        found => found?,
    };
    // Where the schema was changed in this journal, the pages may be elsewhere until the journal is in the file.
    let Some(seen) = Mark::of_text(text.as_bytes()).filter(|seen| seen.schema_version == schema) else {
        return Ok(true);
    };
    let first_page = page_of(file, 1, size)?;
    let there = Mark::of_page(&page_of(file, page, size)?);
    let is_marked = there.is_some_and(|there| there.id == seen.id || there.id == seen.previous);
    Ok(is_marked && schema_version(&first_page) == Some(schema))
}

/// Returns whether somebody has taken the mark away, or the page that holds it is damaged: that keeps no other page from being
/// written.
fn says_nothing(error: &rusqlite::Error) -> bool {
    matches!(error, rusqlite::Error::QueryReturnedNoRows) || Error::damage(error).is_some()
}

/// Returns whether the next transaction may begin a new journal: all of the one at hand is in the archive's file.
pub(super) fn is_due(connection: &Connection) -> rusqlite::Result<bool> {
    let frames = |row: &rusqlite::Row<'_>| Ok((row.get::<_, i64>(1)?, row.get::<_, i64>(2)?));
    let (written, applied) = connection.query_row("PRAGMA wal_checkpoint(NOOP)", (), frames)?;
    Ok(written <= applied)
}

/// Returns the number of changes of the schema from the first page of a database; `None` where it is not one.
pub(super) fn schema_version(first_page: &[u8]) -> Option<u32> {
    let is_database = first_page.len() >= 100 && first_page.starts_with(b"SQLite format 3\0");
    is_database.then(|| wal::number(first_page, 40))
}

/// Reads a page; empty where the file ends before it.
pub(super) fn page_of(database: &File, page: u32, size: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; size];
    match database.read_exact_at(&mut bytes, u64::from(page - 1) * size as u64) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
