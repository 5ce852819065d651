//! Polls that broke, told beside the archive: where the disk is full, nothing can be written into it.

use std::sync::Arc;

use super::worker::Outcome;
use crate::archive::{BrokenPoll, DaemonLock};
use crate::model::AccountName;

/// The accounts whose polls break now.
pub(super) struct Broken {
    lock: Arc<DaemonLock>,
    polls: Vec<BrokenPoll>,
}

impl Broken {
    pub(super) fn of(lock: Arc<DaemonLock>) -> Self {
        Self { lock, polls: Vec::new() }
    }

    /// Takes note of how a poll ended, and reports what has changed.
    pub(super) fn ended(&mut self, outcome: &Outcome) {
        let account = outcome.account.as_str();
        let before = self.place(account);
        match (&outcome.result, before) {
            (Ok(_), Some(place)) => drop(self.polls.remove(place)),
            (Err(broken), None) => self.polls.push(BrokenPoll {
                account: account.to_owned(),
                since: outcome.ended_at,
                message: broken.to_string(),
            }),
            (Ok(_), None) | (Err(_), Some(_)) => return,
        }
        self.report();
    }

    /// Forgets an account that is watched no longer.
    pub(super) fn forget(&mut self, account: &AccountName) {
        if let Some(place) = self.place(account.as_str()) {
            self.polls.remove(place);
            self.report();
        }
    }

    fn place(&self, account: &str) -> Option<usize> {
        self.polls.iter().position(|poll| poll.account == account)
    }

    fn report(&self) {
        if let Err(error) = self.lock.report(&self.polls) {
            tracing::warn!(%error, "the status cannot tell which polls break; the log does");
        }
    }
}
