//! Free pages are given back to the file system, some at a time.

use rusqlite::Connection;

use super::error::Error;
use super::writer::{Writer, checkpoint, page_size};

/// How many bytes of free pages are given back at once: a matter of milliseconds, as every transaction here.
const VACUUM_SIZE: u32 = 4 << 20;

/// How an archive's file is filled, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileUse {
    /// The whole file.
    pub bytes: u64,
    /// Of pages that hold nothing.
    pub free: u64,
    /// How much is given back in one step.
    pub step: u64,
}

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

    /// Returns how the file is filled.
    pub fn file_use(&self) -> Result<FileUse, Error> {
        let read = || -> rusqlite::Result<FileUse> {
            let size = u64::from(page_size(&self.connection)?);
            let pages = |sql| self.connection.query_row(sql, (), |row| row.get::<_, u64>(0));
            let (all, free) = (pages("PRAGMA page_count")?, pages("PRAGMA freelist_count")?);
            Ok(FileUse { bytes: all * size, free: free * size, step: VACUUM_SIZE.into() })
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }

    /// Gives free pages back in one short transaction, at most [`FileUse::step`], and brings the journal into the file, which becomes
    /// shorter as far as nobody reads an older state of it. Returns how the file is filled then.
    pub fn give_pages_back(&mut self) -> Result<FileUse, Error> {
        self.transaction(|transaction| Ok(vacuum_free_pages(transaction)?))?;
        checkpoint(&self.connection).map_err(|error| Error::of(&self.path, &error))?;
        self.file_use()
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
