//! A new configuration takes the old one's place while the daemon runs: accounts that stay as they are notice nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Daemon;
use super::worker::{Duty, Worker};
use crate::config::{Account, Config, ConfigError};
use crate::model::AccountName;

/// Why the old configuration stays in force.
#[derive(Debug, thiserror::Error)]
enum Refused {
    #[error(transparent)]
    Configuration(#[from] ConfigError),
    #[error(
        "the archive was {} when the daemon started, the configuration now says {}. The archive changes with a restart \
         only: systemctl restart draftkeep", .was.display(), .is.display()
    )]
    OtherArchive { was: PathBuf, is: PathBuf },
    #[error("the configuration was not read to its end: {0}")]
    Interrupted(#[from] tokio::task::JoinError),
}

/// What a new configuration changes.
#[derive(Debug, Default, PartialEq)]
struct Changes {
    /// Accounts that are new or other than they were.
    added: Vec<Account>,
    removed: Vec<AccountName>,
    kept: usize,
}

impl Daemon {
    /// Reads the configuration anew. Where it cannot be used, the old one stays in force, whole.
    pub(super) async fn reload(&mut self) {
        self.systemd.reloading();
        match self.replace_configuration().await {
            Ok(Changes { added, removed, kept }) => {
                self.web.reloaded(&self.config);
                tracing::info!(added = added.len(), removed = removed.len(), kept, "configuration reloaded");
            }
            Err(refused) => {
                self.web.reload_refused();
                tracing::error!("the configuration is not reloaded, the old one stays in force: {refused}");
            }
        }
        self.systemd.ready(&self.status_line());
    }

    async fn replace_configuration(&mut self) -> Result<Changes, Refused> {
        let path = self.config.path.clone();
        let loaded = tokio::task::spawn_blocking(move || Config::load(&path)).await??;
        let config = loaded.config;
        if config.archive != self.config.archive {
            return Err(Refused::OtherArchive { was: self.config.archive.clone(), is: config.archive });
        }
        let changes = compare(&self.config.accounts, &config.accounts);
        for warning in loaded.warnings {
            tracing::warn!("{}:{warning}", config.path.display());
        }
        changes.removed.iter().for_each(|account| self.strike(account));
        changes.added.iter().for_each(|account| self.enter(account));
        self.config = config;
        Ok(changes)
    }

    /// Watches an account from now on; a worker that it has had before goes on with its new duty.
    pub(super) fn enter(&mut self, account: &Account) {
        self.agenda.enter(account.name.clone(), account.timing.clone());
        self.status.enter(account.name.clone());
        let duty = Duty::new(account.clone());
        match self.workers.get(&account.name) {
            Some(worker) => worker.assign(Some(duty)),
            None => drop(self.workers.insert(account.name.clone(), Worker::start(duty, self.office.clone()))),
        }
    }

    /// Watches an account no longer. A poll at hand ends as it would; the worker stays, idle, should the account return.
    fn strike(&mut self, account: &AccountName) {
        self.agenda.strike(account);
        self.status.strike(account);
        if let Some(worker) = self.workers.get(account) {
            worker.assign(None);
        }
    }
}

fn compare(old: &[Account], new: &[Account]) -> Changes {
    let mut left: BTreeMap<&AccountName, &Account> = old.iter().map(|account| (&account.name, account)).collect();
    let mut changes = Changes::default();
    for account in new {
        match left.remove(&account.name) {
            Some(before) if before == account => changes.kept += 1,
            _ => changes.added.push(account.clone()),
        }
    }
    changes.removed = left.into_keys().cloned().collect();
    changes
}
