//! What a poll reads of its account before it begins.
//!
//! A row that cannot be read must not keep the account from being polled: it is set to what is not known, reported, and read again.

use rusqlite::Connection;

use super::account_id::AccountId;
use super::account_state::{AccountState, account_state};
use super::damaged_row::DamagedRow;
use super::endpoint_block::{self, EndpointBlock};
use super::endpoint_usage::{self, EndpointUsage};
use super::error::Error;
use super::internal_error::InternalError;
use super::observation::{DraftSnapshot, PollLog};
use super::quota_report::{QuotaReport, QuotaSource};
use super::writer::Writer;
use super::{decode, draft_snapshot, draft_state, usage};
use crate::model::{AccountName, Endpoint, Strategy, Timestamp, quota_day};

/// What the archive knows of an account when a poll begins.
#[derive(Debug)]
pub struct PollStart {
    pub account: AccountId,
    pub known: Vec<DraftSnapshot>,
    /// What was used of each limit today.
    pub usage: Vec<EndpointUsage>,
    /// How often a token was refreshed by force today.
    pub forced_refreshes: u64,
    pub blocks: Vec<EndpointBlock>,
    pub state: AccountState,
    /// Whether the last poll on record failed for the account as a whole.
    pub last_poll_failed: bool,
    /// The rows that could not be read. What they said is not known any more.
    pub damaged: Vec<DamagedRow>,
}

impl Writer {
    /// Returns what is known of an account. A new account is inserted. Rows that cannot be read are reset, and reported at once by a
    /// poll of this `strategy`: they are reported even if the program is killed before its poll ends.
    ///
    /// # Errors
    ///
    /// [`Error::OtherAppid`] where the name belongs to another appid.
    pub fn prepare_poll(
        &mut self,
        name: &AccountName,
        appid: &str,
        strategy: Strategy,
        now: Timestamp,
    ) -> Result<PollStart, Error> {
        let account = self.get_or_create_account(name, appid, now)?;
        let mut start = match self.poll_start(account, now) {
            Err(Error::Damaged(_)) => {
                let damaged = self.reset_damaged_rows(account, name, appid, &PollLog::begin(strategy, now))?;
                PollStart { damaged, ..self.poll_start(account, now)? }
            }
            start => start?,
        };
        // Where the archive cannot be written, this fails, before a call is made that could not be counted.
        self.transaction(|transaction| {
            Ok(draft_state::replace_times_ahead(transaction, account, &mut start.known, now)?)
        })?;
        Ok(start)
    }

    fn poll_start(&mut self, account: AccountId, now: Timestamp) -> Result<PollStart, Error> {
        self.read(|connection| {
            check_account(connection, account)?;
            let today = quota_day(now);
            Ok(PollStart {
                account,
                known: draft_snapshot::list(connection, account, None)?,
                usage: usage_of_day(connection, account, &today)?,
                forced_refreshes: usage::calls_on_day(connection, account, Endpoint::StableTokenForce, &today)?,
                blocks: endpoint_block::list(connection, account.0)?,
                state: account_state(connection, account.0)?,
                last_poll_failed: last_poll_failed(connection, account)?,
                damaged: Vec::new(),
            })
        })
    }
}

/// Returns the usage of one of the platform's days. A limit of which nobody knows who told it is damage: polls depend on it.
fn usage_of_day(connection: &Connection, account: AccountId, day: &str) -> Result<Vec<EndpointUsage>, InternalError> {
    let usage = endpoint_usage::of_day(connection, account.0, day)?;
    let is_unknown = |report: &QuotaReport| report.from == QuotaSource::Unknown;
    match usage.iter().find(|line| line.reported.as_ref().is_some_and(is_unknown)) {
        Some(line) => {
            Err(Error::Damaged(format!("nobody knows who told the limit of {}", line.endpoint.as_str())).into())
        }
        None => Ok(usage),
    }
}

/// Returns whether the last poll on record failed for the account as a whole.
fn last_poll_failed(connection: &Connection, account: AccountId) -> rusqlite::Result<bool> {
    connection
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM poll_error
                            WHERE poll = (SELECT max(id) FROM poll WHERE account = ?1) AND media_id IS NULL)",
        )?
        .query_row([account.0], |row| row.get(0))
}

/// Checks that the account's own row can be read.
fn check_account(connection: &Connection, account: AccountId) -> rusqlite::Result<()> {
    connection.prepare_cached("SELECT name, appid, first_seen FROM account WHERE id = ?1")?.query_row(
        [account.0],
        |columns| {
            columns.get::<_, String>(0)?;
            columns.get::<_, String>(1)?;
            decode::instant(columns, 2).map(drop)
        },
    )
}
