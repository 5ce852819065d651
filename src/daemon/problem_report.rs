//! Errors of polls, refused configurations and how pings go, written to a file beside the archive: on a full disk the archive itself cannot be
//! written.

use std::sync::Arc;

use super::outcome::StepOutcome;
use super::pinger::PingRecord;
use crate::archive::{BrokenPoll, DaemonLock, DaemonReport, PingFailure, PingStatus, RefusedReload};
use crate::config::PingConfig;
use crate::model::{AccountName, Language, Timestamp};
use crate::notify::Reason;

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
    pub(super) fn on_ping(&mut self, record: &PingRecord) {
        let place = self.report.pings.iter().position(|ping| ping.name == record.name).unwrap_or_else(|| {
            let name = record.name.clone();
            self.report.pings.push(PingStatus { name, arrived_at: None, proven_at: None, failure: None });
            self.report.pings.len() - 1
        });
        let ping = &mut self.report.pings[place];
        let is_new = match &record.failure {
            Some(reason) => on_ping_failed(ping, reason, record.at),
            None => {
                on_ping_arrived(ping, record);
                true
            }
        };
        if is_new {
            self.write();
        }
    }

    /// Removes the pings that are no longer in the configuration.
    pub(super) fn keep_pings(&mut self, configured: &[PingConfig]) {
        let is_configured = |known: &PingStatus| configured.iter().any(|ping| ping.name == known.name);
        if self.report.pings.extract_if(.., |known| !is_configured(known)).count() > 0 {
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

/// Returns whether that is something new.
fn on_ping_failed(ping: &mut PingStatus, reason: &Reason, at: Timestamp) -> bool {
    let answer = reason.to_string();
    let since = match ping.failing() {
        Some(failing) if failing.answer == answer => return false,
        Some(failing) => failing.since,
        None => at,
    };
    let (name, words) = (&ping.name, reason.text(Language::English));
    tracing::warn!(ping = name, answer = words, "a ping does not arrive; draftkeep notify test sends one by hand");
    ping.failure = Some(PingFailure { since, answer, is_over: false });
    true
}

fn on_ping_arrived(ping: &mut PingStatus, record: &PingRecord) {
    if let Some(failure) = ping.failure.as_mut().filter(|failure| !failure.is_over) {
        failure.is_over = true;
        tracing::info!(ping = record.name, "pings arrive again");
    }
    ping.arrived_at = Some(record.at);
    if record.is_success {
        ping.proven_at = Some(record.at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::Meaning;

    #[test]
    fn the_last_failure_of_a_ping_is_kept_when_it_is_over() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let mut report = ProblemReport::new(Arc::new(DaemonLock::acquire(&path).unwrap()));
        let at =
            |minute: i64| "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + chrono::TimeDelta::minutes(minute);
        let mut ping = |minute, is_success, meaning: Option<Meaning>| {
            let failure = meaning.map(|meaning| Reason::of_ours(meaning, ""));
            report.on_ping(&PingRecord { name: "watch".to_owned(), at: at(minute), is_success, failure });
            DaemonLock::read_report(&path).unwrap().pings.remove(0)
        };
        ping(0, true, None);
        let failing = ping(5, true, Some(Meaning::NotReached));
        assert_eq!((failing.proven_at, failing.failing().unwrap().since), (Some(at(0)), at(5)));
        let other = ping(6, false, Some(Meaning::NoAnswer));
        assert_eq!(other.failing().map(|failing| (failing.since, failing.answer.as_str())), Some((at(5), "no_answer")));
        let over = ping(10, false, None);
        assert_eq!((over.failing(), over.arrived_at, over.proven_at), (None, Some(at(10)), Some(at(0))));
        assert_eq!(over.failure.unwrap().answer, "no_answer");
    }
}
