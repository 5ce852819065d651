//! A row that cannot be read, and how that is found out.

use rusqlite::Row;
use rusqlite::types::ValueRef;

use super::decode;
use super::error::Error;

/// The table whose rows count calls.
pub(super) const CALLS: &str = "call";

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRow {
    pub table: &'static str,
    /// Which row, in words: the account or the draft, and what else tells it from others.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl DamagedRow {
    /// Returns whether it counted calls: those are not counted any more, and the platform alone knows how many there were.
    pub fn is_call_count(&self) -> bool {
        self.table == CALLS
    }
}

/// Reads a column, to see whether it can be read.
pub(super) type Check = fn(&Row<'_>, usize) -> rusqlite::Result<()>;

pub(super) const TEXT: Check = |row, column| row.get::<_, String>(column).map(drop);
pub(super) const TIME: Check = |row, column| decode::instant(row, column).map(drop);

/// What is wrong with a value.
pub(super) struct RowFault {
    /// The place of its column among those that were checked.
    pub(super) column: usize,
    pub(super) reason: String,
}

/// Reads the columns of a row from the place `first` on, and returns what is wrong with them.
pub(super) fn faults(row: &Row<'_>, first: usize, checks: &[Check]) -> rusqlite::Result<Vec<RowFault>> {
    let mut faults = Vec::new();
    for (column, check) in checks.iter().enumerate() {
        if let Err(error) = check(row, first + column) {
            let name = row.as_ref().column_name(first + column)?;
            let reason = match (&error, Error::damage(&error)) {
                (rusqlite::Error::InvalidColumnType(_, _, found), _) => format!("{name} is of the type {found}"),
                (_, Some(Error::Damaged(reason))) => format!("{name}: {reason}"),
                _ => return Err(error),
            };
            faults.push(RowFault { column, reason });
        }
    }
    Ok(faults)
}

/// Returns all that is wrong with a row, in words.
pub(super) fn reasons(faults: &[RowFault]) -> String {
    faults.iter().map(|fault| fault.reason.as_str()).collect::<Vec<_>>().join("; ")
}

/// Returns a value in words, whatever it is.
pub(super) fn in_words(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.escape_ascii().to_string(),
        },
    }
}
