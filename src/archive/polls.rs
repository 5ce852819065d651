//! Polls: what a step or a whole poll saw, missed and learned is saved in one transaction, with the poll's row.

use rusqlite::Transaction;

use super::account_id::AccountId;
use super::account_state::{self, AccountState};
use super::error::Error;
use super::failure::insert_failures;
use super::observation::PollLog;
use super::usage::add_usage;
use super::writer::Writer;
use super::{draft_state, reader};
use crate::model::{AccountName, ApiUsage, Timestamp, rfc3339};

impl Writer {
    /// Returns when the poll of the account that was recorded last began, as [`super::Reader::last_poll`] does.
    pub fn last_poll(&mut self, account: &AccountName) -> Result<Option<Timestamp>, Error> {
        reader::last_poll(&self.connection, account.as_str()).map_err(|error| Error::of(&self.path, &error))
    }

    /// Saves a poll that has ended: what it saw, missed and learned, the calls that are not counted yet, its row.
    pub fn save_poll(
        &mut self,
        account: AccountId,
        poll: &PollLog,
        calls: &[ApiUsage],
        state: &AccountState,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            write_step(transaction, account, poll, calls, state)?;
            Ok(insert_poll(transaction, account, poll)?)
        })?;
        self.vacuum_if_needed();
        Ok(())
    }

    /// Saves a step of a poll that goes on: all but the row.
    pub fn save_step(
        &mut self,
        account: AccountId,
        step: &PollLog,
        calls: &[ApiUsage],
        state: &AccountState,
    ) -> Result<(), Error> {
        self.transaction(|transaction| Ok(write_step(transaction, account, step, calls, state)?))
    }

    /// Saves the row of a poll that broke before it could write anything. An account that was renamed during the poll keeps its
    /// new name.
    pub fn record_broken(&mut self, name: &AccountName, appid: &str, poll: &PollLog) -> Result<(), Error> {
        let account = self.account_by_any_name(name, appid, poll.started_at)?;
        self.transaction(|transaction| Ok(insert_poll(transaction, account, poll)?))
    }
}

fn write_step(
    transaction: &Transaction<'_>,
    account: AccountId,
    poll: &PollLog,
    calls: &[ApiUsage],
    state: &AccountState,
) -> rusqlite::Result<()> {
    add_usage(transaction, account, calls)?;
    for (endpoint, report) in &poll.limits {
        account_state::write_limit(transaction, account, *endpoint, report, poll.finished_at)?;
    }
    draft_state::mark(transaction, account, poll)?;
    account_state::save_account_state(transaction, account, state, poll.finished_at)
}

pub(super) fn insert_poll(transaction: &Transaction<'_>, account: AccountId, poll: &PollLog) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO poll (id, account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM poll), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        )?
        .execute((
            account.0,
            rfc3339(poll.started_at),
            rfc3339(poll.finished_at),
            poll.strategy.as_str(),
            poll.calls,
            poll.drafts_seen(),
            poll.new_versions,
            poll.absences.len(),
            poll.failures.len(),
        ))?;
    let id = transaction.last_insert_rowid();
    insert_failures(transaction, id, &poll.failures)
}
