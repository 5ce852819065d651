//! Calls that were made, by account, endpoint and day.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::writer::Writer;
use crate::model::{ApiUsage, Endpoint};

impl Writer {
    /// Returns how many calls to an endpoint were made on a day.
    pub fn calls_on_day(&mut self, account: AccountId, endpoint: Endpoint, day: &str) -> Result<u64, Error> {
        calls_on_day(&self.connection, account, endpoint, day).map_err(|error| Error::of(&self.path, &error))
    }

    /// Adds calls to the counts.
    pub fn add_usage(&mut self, account: AccountId, calls: &[ApiUsage]) -> Result<(), Error> {
        self.transaction(|transaction| Ok(add_usage(transaction, account, calls)?))
    }
}

pub(super) fn calls_on_day(
    connection: &Connection,
    account: AccountId,
    endpoint: Endpoint,
    day: &str,
) -> rusqlite::Result<u64> {
    connection
        .prepare_cached("SELECT calls FROM call WHERE account = ?1 AND interface = ?2 AND day = ?3")?
        .query_row((account.0, endpoint.as_str(), day), |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

pub(super) fn add_usage(transaction: &Transaction<'_>, account: AccountId, calls: &[ApiUsage]) -> rusqlite::Result<()> {
    let mut statement = transaction.prepare_cached(
        "INSERT INTO call (account, interface, day, calls) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, interface, day) DO UPDATE SET calls = calls + excluded.calls",
    )?;
    for line in calls {
        statement.execute((account.0, line.endpoint.as_str(), &line.day, line.count))?;
    }
    Ok(())
}
