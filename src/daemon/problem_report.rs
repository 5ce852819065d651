//! Errors of polls, refused configurations and pings that do not arrive, written to a file beside the archive: on a full disk the archive itself cannot be
//! written.

use std::sync::Arc;

use super::outcome::StepOutcome;
use super::pinger::PingRecord;
use crate::archive::{BrokenPoll, DaemonLock, DaemonReport, FailedPing, RefusedReload};
use crate::config::PingConfig;
use crate::model::{AccountName, Timestamp};

/// The current problems.
pub(super) struct ProblemReport {
    lock: Arc<DaemonLock>,
    report: DaemonReport,
}

impl ProblemReport {
    pub(super) fn new(lock: Arc<DaemonLock>) -> Self {
        Self { lock, report: DaemonReport::default() }
    }

    /// Records the outcome of a step, and writes the report if it changed.
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

    /// Records that a configuration was refused; `None` if it was accepted.
    pub(super) fn on_reload(&mut self, refused: Option<(Timestamp, String)>) {
        self.report.refused = refused.map(|(at, message)| RefusedReload { at, message });
        self.write();
    }

    /// Records how the sending of a ping ended. A failure that lasts is written and logged once.
    pub(super) fn on_ping(&mut self, outcome: &PingRecord) {
        let PingRecord { name, at, failure } = outcome;
        let before = self.report.pings.iter_mut().find(|ping| ping.name == *name);
        match (failure, before) {
            (Some(answer), Some(before)) if before.answer == *answer => return,
            (Some(answer), before) => {
                tracing::warn!(ping = name, answer, "a ping does not arrive; draftkeep notify test sends one by hand");
                match before {
                    Some(before) => before.answer.clone_from(answer),
                    None => {
                        let (name, answer) = (name.clone(), answer.clone());
                        self.report.pings.push(FailedPing { name, since: *at, answer });
                    }
                }
            }
            (None, Some(_)) => {
                tracing::info!(ping = name, "pings arrive again");
                self.report.pings.retain(|ping| ping.name != *name);
            }
            (None, None) => return,
        }
        self.write();
    }

    /// Removes the pings that are no longer in the configuration.
    pub(super) fn keep_pings(&mut self, configured: &[PingConfig]) {
        let is_configured = |failed: &FailedPing| configured.iter().any(|ping| ping.name == failed.name);
        if self.report.pings.extract_if(.., |failed| !is_configured(failed)).count() > 0 {
            self.write();
        }
    }

    /// Removes an account that is no longer in the configuration.
    pub(super) fn forget(&mut self, account: &AccountName) {
        if let Some(place) = self.index_of(account.as_str()) {
            self.report.broken.remove(place);
            self.write();
        }
    }

    /// Returns what the report says now.
    pub(super) fn current(&self) -> &DaemonReport {
        &self.report
    }

    fn index_of(&self, account: &str) -> Option<usize> {
        self.report.broken.iter().position(|poll| poll.account == account)
    }

    fn write(&self) {
        if let Err(error) = self.lock.write_report(&self.report) {
            tracing::warn!(%error, "the problem report cannot be written; `draftkeep status` will not show the daemon's problems");
        }
    }
}
