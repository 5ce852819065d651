//! Free pages are given back to the file system, some at a time.

use rusqlite::Connection;

use super::error::Error;
use super::writer::{Writer, page_size};

/// How many bytes of free pages are given back at once: a matter of milliseconds, as every transaction here.
const VACUUM_SIZE: u32 = 4 << 20;

impl Writer {
    /// Gives free pages back where there are many.
    pub(super) fn vacuum_if_needed(&mut self) {
        let vacuumed = match needs_vacuum(&self.connection) {
            Ok(true) => self.transaction(|transaction| Ok(vacuum_free_pages(transaction)?)),
            Ok(false) => Ok(()),
            Err(error) => Err(Error::of(&self.path, &error)),
        };
        if let Err(error) = vacuumed {
            // The poll is written down; the next one tries again.
            tracing::debug!(%error, "free pages stay in the archive for now");
        }
    }
}

/// Returns whether more than an eighth of the file is free: a document that became a delta frees some pages, and most are
/// soon used again.
fn needs_vacuum(connection: &Connection) -> rusqlite::Result<bool> {
    let pages = |sql| connection.query_row(sql, (), |row| row.get::<_, i64>(0));
    Ok(pages("PRAGMA freelist_count")? * 8 > pages("PRAGMA page_count")?)
}

/// Gives pages back to the file system.
fn vacuum_free_pages(connection: &Connection) -> rusqlite::Result<()> {
    // Gives one page back a row; `execute_batch` would stop after the first.
    let mut vacuum =
        connection.prepare(&format!("PRAGMA incremental_vacuum({})", VACUUM_SIZE / page_size(connection)?))?;
    let mut freed = vacuum.query(())?;
    while freed.next()?.is_some() {}
    Ok(())
}
