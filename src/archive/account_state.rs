//! What is kept of an account from poll to poll, beside its drafts: the calls of the day, what was learned, and which fields
//! change by themselves.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::{Connection, OptionalExtension, Transaction, params};

use super::account_id::AccountId;
use super::decode;
use super::error::Error;
use super::quota_report::QuotaReport;
use super::writer::Writer;
use crate::model::{Endpoint, ListOrder, Timestamp, quota_day, rfc3339};

/// The first schema that counts flips.
const SCHEMA_OF_FLIPS: i64 = 8;

/// What is kept of an account from poll to poll.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct AccountState {
    /// The planner's figures, opaque to the archive. An empty string keeps the stored ones.
    pub learned: String,
    /// The order of `draft/batchget`, as observed.
    pub list_order: Option<ListOrder>,
    /// When one draft was read twice, to see what differs by itself.
    pub checked_at: Option<Timestamp>,
    /// How often fields were seen to change although nobody saved.
    pub flips: BTreeMap<String, u64>,
    /// Those of them that did so too often: what differs in them alone is no version.
    pub volatile: BTreeSet<String>,
    /// Fields whose flips and volatile mark the next write deletes.
    pub forgotten_fields: BTreeSet<String>,
}

impl AccountState {
    /// Forgets that these fields changed although nobody saved.
    pub fn forget_fields(&mut self, fields: &BTreeSet<String>) {
        for field in fields {
            let was_counted = self.flips.remove(field).is_some();
            if self.volatile.remove(field) || was_counted {
                self.forgotten_fields.insert(field.clone());
            }
        }
    }
}

impl Writer {
    /// Returns the state of an account.
    pub fn account_state(&mut self, account: AccountId) -> Result<AccountState, Error> {
        account_state(&self.connection, account.0).map_err(|error| Error::of(&self.path, &error))
    }

    /// Saves what the platform reported of an endpoint's limit, for the day of the report.
    pub fn save_quota_report(
        &mut self,
        account: AccountId,
        endpoint: Endpoint,
        report: &QuotaReport,
    ) -> Result<(), Error> {
        self.transaction(|transaction| Ok(write_limit(transaction, account, endpoint, report, report.at)?))
    }
}

/// Saves a report, at `now`. A later one of another process stays, but none that lies in the future: the clock was set back since, and
/// what was told now would be forgotten until it reaches that time again.
pub(super) fn write_limit(
    transaction: &Transaction<'_>,
    account: AccountId,
    endpoint: Endpoint,
    report: &QuotaReport,
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO quota (account, interface, day, daily_limit, others, limit_from, told_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
             ON CONFLICT (account, interface, day) DO UPDATE
             SET daily_limit = excluded.daily_limit, others = excluded.others, limit_from = excluded.limit_from, told_at = excluded.told_at
             WHERE excluded.told_at >= told_at OR told_at > ?8",
        )?
        .execute(params![
            account.0,
            endpoint.as_str(),
            quota_day(report.at),
            report.limit,
            report.others,
            report.from.as_str(),
            rfc3339(report.at),
            rfc3339(now)
        ])
        .map(drop)
}

/// Deletes the reports of a day: the platform is asked again.
pub(super) fn forget_quota_reports(
    transaction: &Transaction<'_>,
    account: AccountId,
    day: &str,
) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM quota WHERE account = ?1 AND day = ?2", (account.0, day)).map(drop)
}

pub(super) fn account_state(connection: &Connection, account: i64) -> rusqlite::Result<AccountState> {
    let habit = connection
        .prepare_cached("SELECT learned, list_order, checked_at FROM habit WHERE account = ?1")?
        .query_row([account], |columns| {
            Ok(AccountState {
                learned: columns.get(0)?,
                list_order: decode::order_or_null(columns, 1)?,
                checked_at: decode::instant_or_null(columns, 2)?,
                ..AccountState::default()
            })
        })
        .optional()?;
    let volatile = connection
        .prepare_cached("SELECT field, found_at FROM volatile WHERE account = ?1")?
        .query_map([account], |columns| decode::instant(columns, 1).and_then(|_| columns.get(0)))?
        .collect::<Result<_, _>>()?;
    Ok(AccountState { volatile, flips: flips(connection, account)?, ..habit.unwrap_or_default() })
}

fn flips(connection: &Connection, account: i64) -> rusqlite::Result<BTreeMap<String, u64>> {
    // A reader may look into an older archive.
    if connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))? < SCHEMA_OF_FLIPS {
        return Ok(BTreeMap::new());
    }
    connection
        .prepare_cached("SELECT field, flips, last_at FROM flip WHERE account = ?1")?
        .query_map([account], |columns| {
            decode::instant(columns, 2).and_then(|_| Ok((columns.get(0)?, columns.get(1)?)))
        })?
        .collect()
}

pub(super) fn save_account_state(
    transaction: &Transaction<'_>,
    account: AccountId,
    state: &AccountState,
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO habit (account, learned, list_order, checked_at) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (account) DO UPDATE
             SET learned = iif(excluded.learned = '', learned, excluded.learned), list_order = excluded.list_order, checked_at = excluded.checked_at",
        )?
        .execute(params![
            account.0,
            state.learned,
            state.list_order.map(ListOrder::as_str),
            state.checked_at.map(rfc3339)
        ])?;
    for field in &state.forgotten_fields {
        for table in [
            "DELETE FROM volatile WHERE account = ?1 AND field = ?2",
            "DELETE FROM flip WHERE account = ?1 AND field = ?2",
        ] {
            transaction.prepare_cached(table)?.execute((account.0, field))?;
        }
    }
    let mut statement = transaction
        .prepare_cached("INSERT INTO volatile (account, field, found_at) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")?;
    for field in &state.volatile {
        statement.execute(params![account.0, field, rfc3339(now)])?;
    }
    let mut statement = transaction.prepare_cached(
        "INSERT INTO flip (account, field, flips, last_at) VALUES (?1, ?2, ?3, ?4)
         ON CONFLICT (account, field) DO UPDATE SET flips = excluded.flips, last_at = excluded.last_at
         WHERE excluded.flips > flips",
    )?;
    for (field, flips) in &state.flips {
        statement.execute(params![account.0, field, flips, rfc3339(now)])?;
    }
    Ok(())
}
