//! Reading an archive of somebody else without leaving files beside it.
//!
//! SQLite makes a journal and its index beside every archive that it opens, also to read, and a connection that only reads does not remove them.
//! Its last connection that may write does, once it knows that nobody else has the archive open.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use super::files::sibling_path;

/// Removes the journal of an archive that had none, when dropped. The connections that made it must be closed before.
#[derive(Debug)]
pub struct TracelessRead {
    /// `None` where there was a journal: it may hold something, and stays.
    path: Option<PathBuf>,
}

impl TracelessRead {
    /// Call it before the archive is opened.
    pub fn of(path: &Path) -> Self {
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let has_journal = ["-wal", "-shm"].iter().any(|end| sibling_path(&path, end).symlink_metadata().is_ok());
        Self { path: (!has_journal).then_some(path) }
    }
}

impl Drop for TracelessRead {
    fn drop(&mut self) {
        let Some(path) = self.path.as_deref().filter(|path| sibling_path(path, "-shm").exists()) else { return };
        let close = || -> rusqlite::Result<()> {
            let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
            connection.query_row("SELECT count(*) FROM sqlite_schema", (), |_| Ok(()))?;
            connection.close().map_err(|(_, error)| error)
        };
        if let Err(error) = close() {
            tracing::warn!(archive = %path.display(), %error, "an empty journal stays beside it");
        }
    }
}
