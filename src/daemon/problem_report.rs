//! Polls that broke and a configuration that was refused, told beside the archive: where the disk is full, nothing can be written
//! into it.

use std::sync::Arc;

use super::worker::StepOutcome;
use crate::archive::{BrokenPoll, DaemonLock, DaemonReport, RefusedReload};
use crate::model::{AccountName, Timestamp};

/// What is wrong now.
pub(super) struct ProblemReport {
    lock: Arc<DaemonLock>,
    report: DaemonReport,
}

impl ProblemReport {
    pub(super) fn new(lock: Arc<DaemonLock>) -> Self {
        Self { lock, report: DaemonReport::default() }
    }

    /// Takes note of how a poll ended, and reports what has changed.
    pub(super) fn on_step(&mut self, outcome: &StepOutcome) {
        let account = outcome.account.as_str();
        let before = self.index_of(account);
        match (&outcome.result, before) {
            (Ok(_), Some(place)) => drop(self.report.broken.remove(place)),
            (Err(broken), None) => self.report.broken.push(BrokenPoll {
                account: account.to_owned(),
                since: outcome.ended_at,
                message: broken.to_string(),
            }),
            (Ok(_), None) | (Err(_), Some(_)) => return,
        }
        self.write();
    }

    /// Takes note of a configuration that was refused; `None` where one was taken.
    pub(super) fn on_reload(&mut self, refused: Option<(Timestamp, String)>) {
        self.report.refused = refused.map(|(at, message)| RefusedReload { at, message });
        self.write();
    }

    /// Forgets an account that is watched no longer.
    pub(super) fn forget(&mut self, account: &AccountName) {
        if let Some(place) = self.index_of(account.as_str()) {
            self.report.broken.remove(place);
            self.write();
        }
    }

    fn index_of(&self, account: &str) -> Option<usize> {
        self.report.broken.iter().position(|poll| poll.account == account)
    }

    fn write(&self) {
        if let Err(error) = self.lock.report(&self.report) {
            tracing::warn!(%error, "the status cannot tell what is wrong with the daemon; the log does");
        }
    }
}
