//! The archive: one SQLite file that ordinary tools can read. The only room that knows SQL.
//!
//! [`Reader`] cannot write, [`Writer`] writes in short IMMEDIATE transactions, and [`sql`] runs read-only queries of the users' own.
//! [`WriterHandle`] sends jobs to a writer that runs on a thread of its own, for the polls.

mod account_state;
mod asset;
mod broken;
mod check;
mod checksum;
mod copy;
mod damage;
mod damaged_draft;
mod damaged_rows;
mod damaged_state;
mod decode;
pub mod delta;
mod document;
mod draft_iter;
mod draft_snapshot;
mod draft_state;
mod drafts;
mod endpoint_block;
mod error;
mod export_rows;
mod fault;
mod foreign;
mod functions;
mod held_back;
mod identity;
mod import_rows;
mod lock;
mod mark;
mod migrate;
mod missing_drafts;
mod observation;
mod opened;
mod picture;
mod picture_row;
mod picture_use;
mod plan;
mod poll_start;
mod reader;
mod replace;
mod restore;
mod restore_journal;
mod rules;
pub mod sql;
mod stats;
mod table;
mod version;
mod wal;
mod writer;
mod writer_handle;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

pub use account_state::{AccountState, EndpointUsage, QuotaReport, QuotaSource};
pub use asset::{AssetInfo, NewAsset};
pub use broken::{BrokenPoll, DaemonReport, RefusedReload};
pub use check::CheckReport;
pub use damage::{Damage, DamageKind};
pub use damaged_rows::DamagedRow;
pub use document::StoredDocument;
pub use draft_iter::DraftLabel;
pub use endpoint_block::EndpointBlock;
pub use error::{Change, Error};
pub use export_rows::{AccountRow, DraftRow};
pub use held_back::{HeldBack, HeldBackUpdate};
pub use identity::Identity;
pub use import_rows::ImportedVersion;
pub use lock::{DaemonLock, RestoreLock};
pub use missing_drafts::MissingDraftContent;
pub use observation::{DraftSnapshot, Failure, MissingDraft, Observation, PollLog, RecordOutcome, SeenDraft};
pub use picture::{
    AssetScope, DownloadFailure, LONGEST_WAIT, PendingDownload, PictureCount, PictureId, VersionPicture,
};
pub use plan::{PlanGoal, PlanId, PlanState, ShownPlan};
pub use poll_start::PollStart;
pub use reader::{Draft, Filter, Reader, Version};
pub use replace::Replacement;
pub use restore::{
    BeginRestore, CompletedRestore, RestoreId, RestoreKind, RestoreOutcome, RestoreRecord, UnfinishedRestore,
};
pub use restore_journal::{JournalEntry, RestoreAction, Upload};
pub use stats::{AccountStats, FailureStreak, HeldDrafts, LastSeen, PollRecord, VersionTimes};
pub use writer::{AccountId, Writer};
pub use writer_handle::WriterHandle;

/// No text or blob that SQLite reads or makes is larger: the largest picture that can be kept has 100 MiB. A damaged or crafted
/// archive must not ask for more memory than that.
const LARGEST_VALUE: i32 = 128 << 20;

fn limit_values(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, LARGEST_VALUE).map(drop)
}

/// Has SQLite plan each statement once, and not again with each value that is bound: of what a look at an unchanged draft box
/// costs the archive, that is a third. No plan here is better for one value than for another.
fn plan_once(connection: &Connection) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true).map(drop)
}

/// Makes an empty file that only its owner may read, unless there is a file already. SQLite gives its journals the same
/// mode.
fn create_private(path: &Path) -> Result<(), Error> {
    match OpenOptions::new().write(true).create_new(true).mode(0o600).open(path) {
        Ok(file) => {
            give_to_owner_of_directory(&file, path);
            Ok(())
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists && path.is_dir() => {
            Err(Error::NotAFile(path.to_owned()))
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Ok(()),
        Err(source) => Err(Error::File { what: "cannot make the archive", path: path.to_owned(), source }),
    }
}

/// Gives a file that root has made to whoever owns its directory, as SQLite does with its journals: the service must be
/// able to use what root's commands leave beside its archive.
fn give_to_owner_of_directory(file: &File, path: &Path) {
    let (Ok(made), Ok(directory)) = (file.metadata(), directory_of(path).metadata()) else { return };
    let is_of_another = made.uid() == 0 && directory.uid() != 0;
    if is_of_another && let Err(error) = fchown(file, Some(directory.uid()), Some(directory.gid())) {
        tracing::warn!(path = %path.display(), %error, "the file stays root's");
    }
}

/// Puts the names in the directory of `path` on the disk.
fn sync_directory(path: &Path) -> std::io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}

fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Returns the path of a file that stands beside the archive and is called like it, but for its `end`.
fn sibling_path(archive: &Path, end: &str) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
