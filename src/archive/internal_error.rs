//! The error inside this room: SQLite's own, before the archive's path gives it a meaning, or one already told.

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

    /// Sorts out what is wrong with what is stored, and no failure of the reading as such.
    pub(super) fn try_into_damage(self) -> Result<Error, Self> {
        match self {
            Self::Archive(error @ Error::Damaged(_)) => Ok(error),
            Self::Sqlite(error) => Error::damage(&error).ok_or(Self::Sqlite(error)),
            other => Err(other),
        }
    }
}

/// Sets damage, which is to be told, apart from a failure that ends what is going on.
pub(super) fn separate_damage<T>(found: Result<T, InternalError>) -> Result<Result<T, Error>, InternalError> {
    match found {
        Ok(found) => Ok(Ok(found)),
        Err(fault) => fault.try_into_damage().map(Err),
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
