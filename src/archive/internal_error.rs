//! The error inside this module: SQLite's own, before the archive's path gives it a meaning, or the archive's.

use std::path::Path;

use super::error::Error;

#[derive(Debug)]
pub(super) enum InternalError {
    Sqlite(rusqlite::Error),
    Archive(Error),
}

impl InternalError {
    pub(super) fn into_error(self, path: &Path) -> Error {
        match self {
            Self::Sqlite(error) => Error::of(path, &error),
            Self::Archive(error) => error,
        }
    }

    /// Returns the damage that it reports; the error itself where it is another failure.
    pub(super) fn damage_only(self) -> Result<Error, Self> {
        match self {
            Self::Archive(error @ Error::Damaged(_)) => Ok(error),
            Self::Sqlite(error) => Error::damage(&error).ok_or(Self::Sqlite(error)),
            other => Err(other),
        }
    }
}

/// Separates damage, which is reported, from a failure that ends the operation.
pub(super) fn separate_damage<T>(found: Result<T, InternalError>) -> Result<Result<T, Error>, InternalError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(fault) => fault.damage_only().map(Err),
    }
}

impl From<rusqlite::Error> for InternalError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

impl From<Error> for InternalError {
    fn from(error: Error) -> Self {
        Self::Archive(error)
    }
}
