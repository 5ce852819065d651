//! Rows of an account's state that cannot be read: a value has another type, is no time, or is a word that nobody knows. They were
//! changed on the disk.
//!
//! What such a value said is not known any more, and the row is set to that, so that polls can read it and write to it. No version is
//! concerned, and nothing is hidden: the row's checksum stays wrong, and `verify` reports it.

use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::damaged_row::{DamagedRow, TEXT, TIME, faults, reasons};
use super::error::Error;
use super::failure::Failure;
use super::observation::PollLog;
use super::writer::Writer;
use super::{account_state, damaged_draft, damaged_state, decode, polls};
use crate::model::{AccountName, Timestamp, quota_day, rfc3339};

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
