//! Rows of an account's state that cannot be read: a value has another type, is no time, or is a word that nobody knows. They were
//! changed on the disk.
//!
//! What such a value said is not known any more, and the row is set to that, so that polls can read it and write to it. No version is
//! concerned, and nothing is hidden: the row's checksum stays wrong, and `verify` reports it.

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::error::Error;
use super::observation::{Failure, PollLog};
use super::writer::{AccountId, Writer};
use super::{account_state, damaged_draft, damaged_state, decode, polls};
use crate::model::{AccountName, Timestamp, quota_day, rfc3339};

/// A row that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DamagedRow {
    pub table: &'static str,
    /// Which row, in words: the account or the draft, and what else tells it from others.
    pub key: String,
    /// What is wrong with it.
    pub reason: String,
}

impl DamagedRow {
    /// Tells whether it counted calls: those are not counted any more, and the platform alone knows how many there were.
    pub fn is_call_count(&self) -> bool {
        self.table == damaged_state::CALLS
    }
}

/// Reads a column, to see whether it can be read.
pub(super) type Check = fn(&Row<'_>, usize) -> rusqlite::Result<()>;

pub(super) const TEXT: Check = |row, column| row.get::<_, String>(column).map(drop);
pub(super) const TIME: Check = |row, column| decode::instant(row, column).map(drop);

/// What is wrong with a value.
pub(super) struct RowFault {
    /// The place of its column among those that were checked.
    pub(super) column: usize,
    pub(super) reason: String,
}

impl Writer {
    /// Sets the rows of an account's state that cannot be read to what is not known, and returns which ones they were. `name` and
    /// `appid` are the configuration's. The report is written in the same transaction, as a row of its own for `poll`: once they are reset, nothing
    /// but `verify` finds them again.
    pub(super) fn reset_damaged_rows(
        &mut self,
        account: AccountId,
        name: &AccountName,
        appid: &str,
        poll: &PollLog,
    ) -> Result<Vec<DamagedRow>, Error> {
        let now = poll.started_at;
        self.transaction(|transaction| {
            let of_account = reset_account(transaction, account, (name, appid), now)?;
            let mut damaged: Vec<_> = of_account.into_iter().collect();
            damaged.extend(damaged_draft::reset(transaction, account, name)?);
            damaged.extend(damaged_state::reset(transaction, account, name)?);
            if damaged.iter().any(DamagedRow::is_call_count) {
                account_state::forget_quota_reports(transaction, account, &quota_day(now))?;
            }
            if !damaged.is_empty() {
                let failures = damaged.iter().map(Failure::row_damaged).collect();
                polls::insert_poll(transaction, account, &PollLog { failures, ..poll.clone() })?;
            }
            Ok(damaged)
        })
    }
}

/// Reads the columns of a row from the place `first` on, and returns what is wrong with them.
pub(super) fn faults(row: &Row<'_>, first: usize, checks: &[Check]) -> rusqlite::Result<Vec<RowFault>> {
    let mut faults = Vec::new();
    for (column, check) in checks.iter().enumerate() {
        if let Err(error) = check(row, first + column) {
            let name = row.as_ref().column_name(first + column)?;
            let reason = match (&error, Error::damage(&error)) {
                (rusqlite::Error::InvalidColumnType(_, _, found), _) => format!("{name} is of the type {found}"),
                (_, Some(Error::Damaged(reason))) => format!("{name}: {reason}"),
                _ => return Err(error),
            };
            faults.push(RowFault { column, reason });
        }
    }
    Ok(faults)
}

/// Returns all that is wrong with a row, in words.
pub(super) fn reasons(faults: &[RowFault]) -> String {
    faults.iter().map(|fault| fault.reason.as_str()).collect::<Vec<_>>().join("; ")
}

/// Returns a value in words, whatever it is.
pub(super) fn in_words(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "null".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) | ValueRef::Blob(bytes) => match std::str::from_utf8(bytes) {
            Ok(text) => text.to_owned(),
            Err(_) => bytes.escape_ascii().to_string(),
        },
    }
}

/// The account was found by its name or its appid, so both are those of the configuration.
fn reset_account(
    transaction: &Transaction<'_>,
    account: AccountId,
    (name, appid): (&AccountName, &str),
    now: Timestamp,
) -> rusqlite::Result<Option<DamagedRow>> {
    let (faults, first_seen) =
        transaction.query_row("SELECT name, appid, first_seen FROM account WHERE id = ?1", [account.0], |row| {
            Ok((faults(row, 0, &[TEXT, TEXT, TIME])?, decode::instant(row, 2).ok()))
        })?;
    if faults.is_empty() {
        return Ok(None);
    }
    // Nothing older is known of the account than its first poll.
    let first_poll = "SELECT started_at FROM poll WHERE account = ?1 ORDER BY id LIMIT 1";
    let first_poll =
        transaction.query_row(first_poll, [account.0], |row| Ok(decode::instant(row, 0).ok())).optional()?;
    let first_seen = first_seen.or(first_poll.flatten()).unwrap_or(now);
    transaction.execute(
        "UPDATE account SET name = ?2, appid = ?3, first_seen = ?4 WHERE id = ?1",
        (account.0, name.as_str(), appid, rfc3339(first_seen)),
    )?;
    Ok(Some(DamagedRow { table: "account", key: name.to_string(), reason: reasons(&faults) }))
}
