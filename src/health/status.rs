//! How each account stands: its statistics, its forecast and its problems, from the archive and the configuration.

use super::forecast::{Forecast, forecast};
use super::problem::{Problem, problems};
use crate::archive::{AccountStats, DaemonReport};
use crate::config::{self, Config};
use crate::model::{AccountName, Timestamp};

/// An account of the configuration, the archive, or both.
#[derive(Debug)]
pub struct AccountStatus {
    pub stats: AccountStats,
    /// Whether it is in the configuration; `None` if no configuration was read.
    pub configured: Option<bool>,
    /// The forecast, if it is in the configuration and was polled.
    pub forecast: Option<Forecast>,
    pub problems: Vec<Problem>,
    /// Another name under which the same appid is polled; an older version of the program kept both.
    pub polled_as: Option<AccountName>,
}

/// Returns the accounts of the configuration in its order, then those that only the archive has.
pub fn status(
    config: &Config,
    mut all_stats: Vec<AccountStats>,
    daemon: Option<bool>,
    says: &DaemonReport,
    now: Timestamp,
) -> Vec<AccountStatus> {
    let mut accounts = Vec::new();
    for account in &config.accounts {
        let stats = AccountStats::take_or_default(&mut all_stats, &account.name, &account.appid);
        accounts.push(AccountStatus::new(stats, Some(true), Some(account), daemon, says, now));
    }
    for stats in all_stats {
        let polled = config.accounts.iter().find(|account| account.appid == stats.appid);
        let polled_as = polled.map(|account| account.name.clone());
        accounts.push(AccountStatus { polled_as, ..AccountStatus::new(stats, Some(false), None, daemon, says, now) });
    }
    accounts
}

/// Returns the accounts of an archive without its configuration.
pub fn status_without_config(
    all_stats: Vec<AccountStats>,
    daemon: Option<bool>,
    says: &DaemonReport,
    now: Timestamp,
) -> Vec<AccountStatus> {
    all_stats.into_iter().map(|stats| AccountStatus::new(stats, None, None, daemon, says, now)).collect()
}

impl AccountStatus {
    /// The status of an account of the configuration, for the daemon or a command that polls it.
    pub fn configured(stats: AccountStats, account: &config::Account, report: &DaemonReport, now: Timestamp) -> Self {
        Self::new(stats, Some(true), Some(account), Some(true), report, now)
    }

    fn new(
        stats: AccountStats,
        configured: Option<bool>,
        settings: Option<&config::Account>,
        daemon: Option<bool>,
        says: &DaemonReport,
        now: Timestamp,
    ) -> Self {
        let forecast = settings.and_then(|settings| forecast(&stats, settings, now));
        let problems = match configured {
            // Nobody waits for it any more.
            Some(false) => Vec::new(),
            _ => problems(&stats, settings, forecast.as_ref(), daemon, says, now),
        };
        Self { stats, configured, forecast, problems, polled_as: None }
    }

    /// Returns the command to type for the first problem, if there is one.
    pub fn next(&self) -> Option<String> {
        self.problems.first().and_then(|problem| problem.command(&self.stats.account))
    }
}
