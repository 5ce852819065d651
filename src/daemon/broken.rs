//! Polls that broke and a configuration that was refused, told beside the archive: where the disk is full, nothing can be written
//! into it.

use std::sync::Arc;

use super::worker::Outcome;
use crate::archive::{BrokenPoll, DaemonLock, DaemonReport, RefusedReload};
use crate::model::{AccountName, Timestamp};

/// What is wrong now.
pub(super) struct Broken {
    lock: Arc<DaemonLock>,
    report: DaemonReport,
}

impl Broken {
    pub(super) fn of(lock: Arc<DaemonLock>) -> Self {
        Self { lock, report: DaemonReport::default() }
    }

    /// Takes note of how a poll ended, and reports what has changed.
    pub(super) fn ended(&mut self, outcome: &Outcome) {
        let account = outcome.account.as_str();
        let before = self.place(account);
        match (&outcome.result, before) {
            (Ok(_), Some(place)) => drop(self.report.broken.remove(place)),
            (Err(broken), None) => self.report.broken.push(BrokenPoll {
                account: account.to_owned(),
                since: outcome.ended_at,
                message: broken.to_string(),
            }),
            (Ok(_), None) | (Err(_), Some(_)) => return,
        }
        self.report();
    }

    /// Takes note of a configuration that was refused; `None` where one was taken.
    pub(super) fn reloaded(&mut self, refused: Option<(Timestamp, String)>) {
        self.report.refused = refused.map(|(at, message)| RefusedReload { at, message });
        self.report();
    }

    /// Forgets an account that is watched no longer.
    pub(super) fn forget(&mut self, account: &AccountName) {
        if let Some(place) = self.place(account.as_str()) {
            self.report.broken.remove(place);
            self.report();
        }
    }

    fn place(&self, account: &str) -> Option<usize> {
        self.report.broken.iter().position(|poll| poll.account == account)
    }

    fn report(&self) {
        if let Err(error) = self.lock.report(&self.report) {
            tracing::warn!(%error, "the status cannot tell what is wrong with the daemon; the log does");
        }
    }
}
