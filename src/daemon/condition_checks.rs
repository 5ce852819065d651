//! When the conditions of each account and of the service are looked at: after a poll, and from time to time, because some begin and end
//! without one.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::TimeDelta;
use tokio::sync::watch;

use super::context::WorkerContext;
use super::lasting_error::LastingError;
use super::outcome::StepOutcome;
use crate::archive::{self, DaemonReport, Writer};
use crate::conditions::{self, AccountCheck};
use crate::config::Account;
use crate::gate;
use crate::model::{AccountName, ConditionReport, Timestamp};

/// How often an account that was not polled is looked at, and the service. Each look reads the archive.
const INTERVAL: TimeDelta = TimeDelta::minutes(10);

/// After its first step, an account has this long to read what nobody read before: a poll is recorded when it ends.
const GRACE: TimeDelta = TimeDelta::minutes(30);

/// So many accounts are looked at by one tick, the longest waiting first: of thousands, each takes a moment.
const AT_ONCE: usize = 100;

/// When to look at each account.
pub(super) struct ConditionChecks {
    context: WorkerContext,
    accounts: BTreeMap<AccountName, CheckTimes>,
    /// When the service was looked at; `None` before the first time.
    service: Option<Timestamp>,
    lasting: Arc<Mutex<LastingError>>,
    /// Changes when something may have been recorded.
    recorded: watch::Sender<()>,
}

struct CheckTimes {
    known_since: Timestamp,
    checked_at: Timestamp,
}

impl ConditionChecks {
    /// `recorded` wakes those who send what was recorded.
    pub(super) fn new(context: WorkerContext, recorded: watch::Sender<()>) -> Self {
        Self { context, accounts: BTreeMap::new(), service: None, lasting: Arc::default(), recorded }
    }

    /// Looks at an account whose poll has ended.
    pub(super) fn on_step(&mut self, outcome: &StepOutcome, account: Option<&Account>, report: &DaemonReport) {
        let Some(account) = account.filter(|_| !outcome.cut_short) else { return };
        if !matches!(outcome.result, Ok(None)) {
            self.check(account, report, outcome.ended_at);
        }
        if self.context.service.on_step(outcome) {
            self.check_service(outcome.ended_at);
        }
    }

    /// Looks at what was not looked at for long.
    pub(super) fn check_due(&mut self, accounts: &[Account], report: &DaemonReport, now: Timestamp) {
        if self.service.is_none_or(|at| is_due(at, now)) {
            self.service = Some(now);
            self.end_others(accounts, now);
            self.check_service(now);
        }
        let mut due: Vec<(Timestamp, &Account)> = Vec::new();
        for account in accounts {
            let checked_at = self.times(account, now).checked_at;
            if is_due(checked_at, now) {
                due.push((checked_at, account));
            }
        }
        due.sort_by_key(|(at, _)| *at);
        for (_, account) in due.into_iter().take(AT_ONCE) {
            self.check(account, report, now);
        }
    }

    /// The configuration has changed: what belongs to accounts that are gone ends with the next look.
    pub(super) fn on_reload(&mut self, removed: &[AccountName]) {
        for account in removed {
            self.accounts.remove(account);
            self.context.service.forget(account);
        }
        self.service = None;
    }

    fn times(&mut self, account: &Account, now: Timestamp) -> &mut CheckTimes {
        let times = || CheckTimes { known_since: now, checked_at: now };
        self.accounts.entry(account.name.clone()).or_insert_with(times)
    }

    fn check(&mut self, account: &Account, report: &DaemonReport, now: Timestamp) {
        let times = self.times(account, now);
        times.checked_at = now;
        let has_just_started = (now - times.known_since).abs() < GRACE;
        let check = AccountCheck { account: account.clone(), report: report.clone(), has_just_started };
        self.run(move |writer| {
            for event in check.run(writer, now)? {
                tracing::debug!(account = %check.account.name, event = event.as_str(), "an event");
            }
            Ok(())
        });
    }

    fn end_others(&self, accounts: &[Account], now: Timestamp) {
        let watched: Vec<String> = accounts.iter().map(|account| account.name.to_string()).collect();
        self.run(move |writer| {
            for account in writer.end_conditions_of_others(&watched, now)? {
                tracing::debug!(account, "it is not in the configuration any more, so its conditions end");
            }
            Ok(())
        });
    }

    /// Looks at the service, and ends what waited too long for a yes.
    pub(super) fn check_service(&self, now: Timestamp) {
        let service = self.context.service.clone();
        self.run(move |writer| {
            gate::lapse(writer, now)?;
            let (reports, mut last) = (service.reports(), ConditionReport::default());
            for report in &reports {
                last = conditions::check_service(writer, report.clone(), now)?;
            }
            service.on_written(&reports, &last);
            Ok(())
        });
    }

    /// Runs a job on the archive's thread; nobody waits for it.
    fn run(&self, job: impl FnOnce(&mut Writer) -> Result<(), archive::Error> + Send + 'static) {
        let (archive, lasting) = (self.context.archive.clone(), Arc::clone(&self.lasting));
        let recorded = self.recorded.clone();
        self.context.tasks.spawn(async move {
            let error = archive.run(job).await.err().map(|error| error.to_string());
            if error.is_none() {
                recorded.send_replace(());
            }
            let mut lasting = lasting.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(error) = lasting.update(error.as_deref()) {
                tracing::warn!(error, "what is wrong cannot be written down as an event yet; it is tried again");
            }
        });
    }
}

/// A last time that lies in the future was read from a clock that was set back since.
fn is_due(checked_at: Timestamp, now: Timestamp) -> bool {
    (now - checked_at).abs() >= INTERVAL
}
