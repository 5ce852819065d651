//! The last steps of a repair: what is lost is written down, what follows from other rows is made again, and the archive gets its name.

use std::fs::File;
use std::io;

use rusqlite::Connection;

use super::super::account_id::AccountId;
use super::super::checksum_tables::TABLES;
use super::super::damage::Damage;
use super::super::error::Error;
use super::super::left_journal::put_in_free_place;
use super::super::reader::Reader;
use super::super::writer::Writer;
use super::unproven::columns;
use super::{Left, Salvage};
use crate::model::{Timestamp, rfc3339};

impl Salvage {
    /// Makes the archive complete: versions of these numbers of drafts are lost, and what belonged to something that is lost is left
    /// out. Returns what that was.
    pub fn seal(&mut self, lost: &[(i64, u64)], now: Timestamp) -> Result<Vec<Damage>, Error> {
        self.drop_documents_without_version().map_err(|error| error.into_error(&self.path))?;
        let mut sealed = || -> rusqlite::Result<Left> {
            self.connection.execute_batch("DELETE FROM lost_version")?;
            self.connection.execute(
                "INSERT INTO repair (repaired_at, last_poll) SELECT ?1, coalesce(max(id), 0) FROM poll",
                [rfc3339(now)],
            )?;
            let mut insert = self.connection.prepare(
                "INSERT INTO lost_version (draft, number, repair) SELECT id, ?2, (SELECT max(id) FROM repair) FROM draft WHERE id = ?1",
            )?;
            for version in lost {
                insert.execute(*version)?;
            }
            drop(insert);
            // A draft that has lost all its versions stays: its numbers are not given again.
            self.connection.execute_batch(
                "DELETE FROM draft WHERE id NOT IN (SELECT draft FROM version) AND id NOT IN (SELECT draft FROM lost_version);
                 DELETE FROM account WHERE appid GLOB 'lost-*' AND id NOT IN (SELECT account FROM draft)",
            )?;
            // Their drafts are read again: what a poll has read may be what is lost.
            self.connection.execute("DELETE FROM draft_time WHERE draft IN (SELECT draft FROM lost_version)", ())?;
            let left = self.drop_dangling()?;
            make_derived(&self.connection)?;
            self.set_triggers(true)?;
            Ok(left)
        };
        let left = sealed().map_err(|error| Error::of(&self.path, &error))?;
        Ok(left)
    }

    /// Enters which pictures the versions need, and takes the bytes of those that are not held from other archives.
    pub fn fill_pictures(&mut self, sources: &[&Reader], now: Timestamp) -> Result<u64, Error> {
        let accounts = || -> rusqlite::Result<Vec<i64>> {
            self.connection.prepare("SELECT id FROM account ORDER BY id")?.query_map((), |row| row.get(0))?.collect()
        };
        let accounts = accounts().map_err(|error| self.error(&error))?;
        let mut writer = Writer::open(&self.path)?;
        for account in accounts {
            while writer.extract_pictures(AccountId(account), now)? > 0 {}
        }
        let mut filled = 0;
        for source in sources {
            filled += writer.take_pictures(source, now)?;
        }
        Ok(filled)
    }

    /// Gives the archive its name, once it is on the disk.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`] where there is a file of that name by now; where it is not whole in its one file.
    pub fn finish(mut self) -> Result<(), Error> {
        let failed = |source| Error::File { what: "cannot write", path: self.path.clone(), source };
        if !empty_journal(&self.connection).map_err(|error| self.error(&error))? {
            return Err(failed(io::Error::other("another program reads it, so its journal cannot be brought into it")));
        }
        let nothing = Connection::open_in_memory().map_err(|error| self.error(&error))?;
        let closed = std::mem::replace(&mut self.connection, nothing).close();
        closed.map_err(|(_, error)| self.error(&error))?;
        File::open(&self.path).and_then(|file| file.sync_all()).map_err(failed)?;
        put_in_free_place(&self.path, &self.to)
    }
}

/// Brings the journal of a new archive into it, which goes to its place alone.
fn empty_journal(connection: &Connection) -> rusqlite::Result<bool> {
    let (is_busy, frames, written): (bool, i64, i64) =
        connection
            .query_row("PRAGMA wal_checkpoint(TRUNCATE)", (), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    Ok(!is_busy && frames == written)
}

/// Counts versions, and makes the checksums of all rows: those that are left are proven.
fn make_derived(connection: &Connection) -> rusqlite::Result<()> {
    let transaction = connection.unchecked_transaction()?;
    transaction.execute_batch(
        "DELETE FROM version_count;
         INSERT INTO version_count
         SELECT account.id, coalesce(date(version.observed_at, '+8 hours'), ''), count(*)
         FROM version JOIN draft ON draft.id = version.draft JOIN account ON account.id = draft.account
         GROUP BY 1, 2;
         DELETE FROM checksum;",
    )?;
    for table in TABLES {
        let (name, owner) = (table.name, table.owner);
        let columns = columns(&transaction, name)?;
        let kind = if ["whole", "delta", "received"].contains(&name) { "document" } else { name };
        transaction.execute(
            &format!(
                "INSERT INTO checksum (kind, id, sum) SELECT '{kind}', {owner}, sum(row_checksum({columns})) FROM {name} WHERE true GROUP BY 2
                 ON CONFLICT DO UPDATE SET sum = sum + excluded.sum"
            ),
            (),
        )?;
    }
    transaction.commit()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    /// What is in the journal only would be lost with it.
    #[test]
    fn an_archive_whose_journal_is_not_in_it_gets_no_name() {
        let directory = tempfile::tempdir().unwrap();
        let (damaged, to) = (directory.path().join("archive.db"), directory.path().join("new.db"));
        drop(Writer::open(&damaged).unwrap());
        let mut salvage = Salvage::read(&damaged, &to, &mut |_, _| {}).unwrap();
        salvage.seal(&[], Timestamp::default()).unwrap();
        salvage.fill_pictures(&[], Timestamp::default()).unwrap();
        let other = Connection::open(&salvage.path).unwrap();
        other.execute_batch("BEGIN").unwrap();
        let _: i64 = other.query_row("SELECT count(*) FROM repair", (), |row| row.get(0)).unwrap();
        salvage.connection.busy_timeout(Duration::ZERO).unwrap();
        salvage.connection.execute_batch("CREATE TABLE late (n)").unwrap();
        let error = salvage.finish().unwrap_err();
        assert!(matches!(error, Error::File { .. }), "{error}");
        assert!(!to.exists());
    }
}
