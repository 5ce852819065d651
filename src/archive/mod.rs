//! The archive: one SQLite file that ordinary tools can read. The only room that knows SQL.
//!
//! Three doors: [`Reader`] cannot write, [`Writer`] writes in short IMMEDIATE transactions, and [`sql`] lets people ask what
//! they like. [`Archive`] is a writer on a thread of its own, for the pollers.

mod asset;
mod broken;
mod check;
mod checksum;
mod closed;
mod copy;
mod damage;
mod damaged_draft;
mod damaged_rows;
mod damaged_state;
pub mod delta;
mod departed;
mod document;
mod drafts;
mod error;
mod export;
mod fault;
mod foreign;
mod functions;
mod held_back;
mod identity;
mod import;
mod journal;
mod known;
mod lock;
mod mark;
mod memory;
mod migrate;
mod opened;
mod picture;
mod picture_row;
mod picture_use;
mod plan;
mod poll_start;
mod presence;
mod query;
mod record;
mod replace;
mod restore;
mod row;
mod rules;
mod series;
mod sighting;
pub mod sql;
mod standing;
mod table;
mod thread;
mod version;
mod wal;

use std::fs::{File, OpenOptions};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, fchown};
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::config::DbConfig;
use rusqlite::limits::Limit;

pub use asset::{AssetInfo, NewAsset};
pub use broken::{BrokenPoll, DaemonReport, RefusedReload};
pub use check::Checked;
pub use closed::Closing;
pub use damage::{Damage, DamageKind};
pub use damaged_rows::DamagedRow;
pub use departed::Departed;
pub use document::Document;
pub use error::{Change, Error};
pub use export::{AccountRow, DraftRow};
pub use held_back::{Doubt, HeldBack};
pub use identity::Identity;
pub use import::NewVersion;
pub use journal::{PastStep, Step, Upload};
pub use lock::{DaemonLock, RestoreLock};
pub use memory::{LedgerLine, LimitFrom, Memory, Told};
pub use picture::{LONGEST_WAIT, MissedPicture, PictureCount, PictureId, Places, VersionPicture, Wanted};
pub use plan::{PlanGoal, PlanId, PlanState, ShownPlan};
pub use poll_start::PollStart;
pub use query::{Draft, Filter, Reader, Version};
pub use record::{AccountId, Writer};
pub use replace::Replacement;
pub use restore::{Begun, OpenRestore, PastRestore, RestoreId, RestoreKind, RestoreOutcome, RestoreRecord};
pub use series::DraftName;
pub use sighting::{Absence, Failure, Known, Poll, Presence, Recorded, Sighting};
pub use standing::{Failing, HeldDrafts, Look, PastPoll, Seen, Standing};
pub use thread::Archive;

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
fn beside(archive: &Path, end: &str) -> PathBuf {
    let mut name = archive.as_os_str().to_owned();
    name.push(end);
    PathBuf::from(name)
}
