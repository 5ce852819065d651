//! What can go wrong with the index, by what can be done about it.

use std::io;
use std::path::PathBuf;

use rusqlite::{ErrorCode, ffi};

/// A failure of the index. The archive is not touched by it.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// It is not what was written.
    #[error("the index of the search is damaged: {0}")]
    Damaged(String),
    /// Another version of the program has made it, by other rules.
    #[error("the index of the search was made by rules {found}; those of this version are {known}")]
    OtherRules { found: i32, known: i32 },
    /// Another process has made it again.
    #[error("the index of the search was made again by another process")]
    Replaced,
    /// It holds what the archive does not: it was made from another one.
    #[error("the index of the search was made from another archive")]
    OtherArchive,
    /// It cannot be written where it is.
    #[error("the index of the search {} cannot be written: {reason}", path.display())]
    NotWritable { path: PathBuf, reason: String },
    #[error("the disk that holds the index of the search is full")]
    Full,
    #[error("another process is writing to the index of the search and did not finish within ten seconds")]
    Busy,
    #[error("the index of the search cannot be used: {0}")]
    Other(String),
}

impl IndexError {
    /// Returns whether the index has to be made again.
    pub fn is_beyond_use(&self) -> bool {
        matches!(self, Self::Damaged(_) | Self::OtherRules { .. } | Self::OtherArchive)
    }
}

impl From<rusqlite::Error> for IndexError {
    fn from(error: rusqlite::Error) -> Self {
        let is_wrong_value = matches!(
            error,
            rusqlite::Error::InvalidColumnType(..)
                | rusqlite::Error::IntegralValueOutOfRange(..)
                | rusqlite::Error::FromSqlConversionFailure(..)
        );
        match error.sqlite_error_code() {
            None if is_wrong_value => Self::Damaged(error.to_string()),
            Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase) => Self::Damaged(error.to_string()),
            Some(ErrorCode::ReadOnly) if error.sqlite_extended_error_code() == Some(ffi::SQLITE_READONLY_DBMOVED) => {
                Self::Replaced
            }
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<io::Error> for IndexError {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull => Self::Full,
            _ => Self::Other(error.to_string()),
        }
    }
}
