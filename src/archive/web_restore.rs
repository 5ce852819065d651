//! Who asked for a restore on the pages, and how it ended.

use rusqlite::OptionalExtension;

use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
use super::restore_records::RestoreId;
use super::writer::Writer;
use crate::model::{Timestamp, rfc3339};

/// The first schema that knows them.
const MIN_SCHEMA: i64 = 16;

/// A form that asks for a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestoreRequest {
    /// The random name of the form.
    pub form: String,
    pub user: String,
    pub address: String,
}

/// A form that began a restore, or completed one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebRestore {
    pub user: String,
    pub address: String,
    pub sent_at: Timestamp,
    /// How it ended, as JSON; `None` while it runs, and where it was cut off.
    pub ending: Option<String>,
}

impl Writer {
    /// Records that a form began a restore, or goes on with it.
    pub fn add_web_restore(
        &mut self,
        request: &RestoreRequest,
        restore: RestoreId,
        now: Timestamp,
    ) -> Result<(), Error> {
        let RestoreRequest { form, user, address } = request;
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO web_restore (form, restore, user, address, sent_at) VALUES (?1, ?2, ?3, ?4, ?5)
                     ON CONFLICT DO NOTHING",
                )?
                .execute((form, restore.0, user, address, rfc3339(now)))?;
            Ok(())
        })
    }

    /// Records how the restore of a form ended.
    pub fn end_web_restore(&mut self, form: &str, ending: &str) -> Result<(), Error> {
        self.transaction(|transaction| {
            let update = "UPDATE web_restore SET ending = ?2 WHERE form = ?1";
            transaction.prepare_cached(update)?.execute((form, ending))?;
            Ok(())
        })
    }
}

impl Reader {
    /// Returns the restore that a form began, or completed.
    pub fn restore_of_form(&self, form: &str) -> Result<Option<RestoreId>, Error> {
        self.connection
            .prepare_cached("SELECT restore FROM web_restore WHERE form = ?1")
            .and_then(|mut query| query.query_row([form], |row| Ok(RestoreId(row.get(0)?))).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the forms that began a restore or went on with it, the latest last. There are none if it was restored by a command.
    pub fn web_restores(&self, restore: RestoreId) -> Result<Vec<WebRestore>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<WebRestore>> {
            self.connection
                .prepare_cached(
                    "SELECT user, address, sent_at, ending FROM web_restore WHERE restore = ?1 ORDER BY sent_at, form",
                )?
                .query_map([restore.0], |row| {
                    let sent_at = decode::instant(row, 2)?;
                    Ok(WebRestore { user: row.get(0)?, address: row.get(1)?, sent_at, ending: row.get(3)? })
                })?
                .collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}
