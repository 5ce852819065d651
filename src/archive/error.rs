//! What can go wrong with an archive, by what the operator can do about it.

use std::fmt;
use std::path::{Path, PathBuf};

use rusqlite::{ErrorCode, ffi};

use crate::model::{AccountName, MediaId};

/// A failure of the archive. Nothing half-written ever stays: every write is one transaction.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no file yet.
    #[error("there is no archive at {}", .0.display())]
    NotFound(PathBuf),
    /// There is no file any more: it was moved or deleted, and its journal is still there.
    #[error("the archive {} is gone, and its journal {} is still there", .path.display(), .journal.display())]
    Gone { path: PathBuf, journal: PathBuf },
    /// There is a file already where a new archive is to be.
    #[error("there is a file at {} already, and nothing takes its place", .0.display())]
    Exists(PathBuf),
    /// The path names a directory, a pipe or a device.
    #[error("{} is no regular file", .0.display())]
    NotAFile(PathBuf),
    /// The file is there, and nothing is in it: what it held is lost, or somebody made an empty file.
    #[error("the archive {} is an empty file; whatever it held is lost with it", .0.display())]
    Empty(PathBuf),
    /// The file is no SQLite database: something else, or an archive whose beginning is lost.
    #[error("{} is no SQLite database", .0.display())]
    NotADatabase(PathBuf),
    /// The file is another program's database.
    #[error("{} is no draftkeep archive but another program's database", .0.display())]
    NotAnArchive(PathBuf),
    /// A newer version of the program wrote it.
    #[error("the archive {} has schema {found}, this program knows {known} at most", path.display())]
    Newer { path: PathBuf, found: i64, known: i64 },
    /// What was stored does not come back.
    #[error("the archive is damaged: {0}")]
    Damaged(String),
    /// The disk is full.
    #[error("the disk that holds the archive is full")]
    Full,
    /// The file cannot be opened, or the files that SQLite needs beside it.
    #[error("the archive {} cannot be opened: {reason}", path.display())]
    CannotOpen { path: PathBuf, reason: String },
    /// The file cannot be written.
    #[error("the archive {} cannot be written: {reason}", path.display())]
    NotWritable { path: PathBuf, reason: String },
    /// Another process kept writing for longer than we wait.
    #[error("another process is writing to the archive and did not finish within ten seconds")]
    Busy,
    /// The path does not name the file any more that was opened under it, which may be gone with all that is written to it.
    #[error("{} was {change} while it was in use, so nothing more is written to it", path.display())]
    Moved { path: PathBuf, change: Change },
    /// The journal beside the archive is another archive's, and cannot be moved aside.
    #[error("{} is another archive's journal, and would destroy the one beside it", journal.display())]
    ForeignJournal { journal: PathBuf, source: std::io::Error },
    /// Somebody wrote to it while it was read past SQLite.
    #[error("the archive {} was written while it was read", .0.display())]
    Changed(PathBuf),
    /// Another daemon has this archive.
    #[error("another draftkeep daemon is running on the archive {}", .0.display())]
    SecondDaemon(PathBuf),
    /// Another restore is at work on this archive.
    #[error("another restore is at work on the archive {}", .0.display())]
    SecondRestore(PathBuf),
    /// Another archive is being merged into this one.
    #[error("another archive is being merged into {}", .0.display())]
    MergeRuns(PathBuf),
    /// A poll is at work on this archive.
    #[error("a poll is at work on the archive {}", .0.display())]
    PollRuns(PathBuf),
    /// Another copy of this archive is being made.
    #[error("another copy of the archive {} is being made", .0.display())]
    SecondCopy(PathBuf),
    /// The account's name belongs to another appid.
    #[error(
        "the archive knows account {name} as {known}, the configuration says {configured}. Correct `appid`; another \
         account needs a name of its own. Then: draftkeep config check"
    )]
    OtherAppid { name: AccountName, known: String, configured: String },
    /// What was about to be stored did not read back as itself; nothing was stored.
    #[error("a document did not read back as it was written, so it was not stored: {0}")]
    ReadBack(&'static str),
    /// Another process added a version to the draft that is being imported.
    #[error("version {next} of the draft comes next, not version {got}")]
    OutOfOrder { next: u64, got: u64 },
    /// Other processes kept adding versions to a draft that is being merged.
    #[error("versions were added to the draft {0} again and again while it was merged")]
    Overtaken(MediaId),
    /// A mistake in the program. Nothing of what was being written is kept; everything else goes on.
    #[error("writing to the archive panicked: {0}. Please report it")]
    Panicked(String),
    /// The archive's own thread is gone.
    #[error("the archive's thread has stopped")]
    Stopped,
    /// Whoever reads does not wait for it any more.
    #[error("the reading of the archive was interrupted")]
    Interrupted,
    /// The file system refused.
    #[error("{what} {}", path.display())]
    File { what: &'static str, path: PathBuf, source: std::io::Error },
    /// Anything else of SQLite.
    #[error("the archive cannot be used: {0}")]
    Other(String),
}

/// What became of a file that is in use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Gone,
    Replaced,
    /// The file is the same, and what is in it is not: as by `cp`.
    Overwritten,
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Gone => "deleted or moved away",
            Self::Replaced => "replaced by another file",
            Self::Overwritten => "overwritten with another archive",
        })
    }
}

/// Leaves out what is damaged where the rest is of use without it; `verify` tells of it.
///
/// # Errors
///
/// Of any other failure.
pub fn unless_damaged<T: Default>(read: Result<T, Error>) -> Result<T, Error> {
    match read {
        Err(Error::Damaged(_)) => Ok(T::default()),
        read => read,
    }
}

impl Error {
    /// Returns whether nothing can be written any more, whatever is tried again: the program has to start anew.
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Stopped | Self::Moved { .. })
    }

    /// Gives an error of SQLite its meaning.
    pub(super) fn of(path: &Path, error: &rusqlite::Error) -> Self {
        let path = path.to_owned();
        if let Some(damage) = Self::damage(error) {
            return damage;
        }
        match error.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => Self::NotADatabase(path),
            Some(ErrorCode::DiskFull) => Self::Full,
            Some(ErrorCode::OperationInterrupted) => Self::Interrupted,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Self::Busy,
            Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied) => {
                Self::CannotOpen { path, reason: error.to_string() }
            }
            Some(ErrorCode::ReadOnly) => Self::NotWritable { path, reason: error.to_string() },
            _ if is_of_another_schema(error) => Self::Damaged(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }

    /// Returns what is wrong with the archive, in words: damage, and whatever else SQLite could not do that a sound archive
    /// on a sound disk lets it do.
    ///
    /// # Errors
    ///
    /// The failure itself, where it says nothing about the archive's soundness.
    pub fn damage_reason(self) -> Result<String, Self> {
        match self {
            Self::Damaged(reason) | Self::Other(reason) => Ok(reason),
            Self::NotADatabase(_) => Ok("its beginning cannot be read".to_owned()),
            other => Err(other),
        }
    }

    /// Gives an error of SQLite its meaning where it says that what is stored is not what was stored.
    pub(super) fn damage(error: &rusqlite::Error) -> Option<Self> {
        use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
        let is_reported_by_sqlite =
            || matches!(error.sqlite_error_code(), Some(ErrorCode::DatabaseCorrupt | ErrorCode::TooBig));
        match error {
            FromSqlConversionFailure(_, _, what) => Some(Self::Damaged(what.to_string())),
            IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..) => {
                Some(Self::Damaged(error.to_string()))
            }
            _ => is_reported_by_sqlite().then(|| Self::Damaged(error.to_string())),
        }
    }
}

/// Returns whether a statement of ours does not fit what is there. The statements fit the schema that the archive says it has, so its
/// tables or a row of them were changed on the disk.
fn is_of_another_schema(error: &rusqlite::Error) -> bool {
    let is_schema_message =
        |message: &str| ["no such table", "no such column"].iter().any(|start| message.starts_with(start));
    match error {
        rusqlite::Error::SqliteFailure(code, _) if code.extended_code == ffi::SQLITE_CONSTRAINT_DATATYPE => true,
        rusqlite::Error::SqliteFailure(_, Some(message)) | rusqlite::Error::SqlInputError { msg: message, .. } => {
            is_schema_message(message)
        }
        _ => false,
    }
}
