//! A new configuration takes the old one's place while the daemon runs: accounts that stay as they are notice nothing.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::Daemon;
use super::worker::{Duty, Worker};
use crate::archive::{self, Identity};
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
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join(" Also: "))]
    OtherAppids(Vec<archive::Error>),
    #[error("it cannot be compared with the archive: {0}")]
    Archive(#[from] archive::Error),
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
                self.broken.reloaded(None);
                tracing::info!(added = added.len(), removed = removed.len(), kept, "configuration reloaded");
            }
            Err(refused) => {
                self.web.reload_refused();
                self.broken.reloaded(Some((self.office.clock.now(), refused.to_string())));
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
        let refused = self.recognise(&config).await?;
        if !refused.is_empty() {
            return Err(Refused::OtherAppids(refused));
        }
        let changes = compare(&self.config.accounts, &config.accounts);
        for warning in loaded.warnings {
            tracing::warn!("{}:{warning}", config.path.display());
        }
        self.hand_over(&changes.added);
        changes.removed.iter().for_each(|account| self.strike(account));
        changes.added.iter().for_each(|account| self.enter(account));
        self.config = config;
        Ok(changes)
    }

    /// Gives accounts that were renamed their new names in the archive, and returns why others cannot be polled: their names
    /// belong to other appids there.
    pub(super) async fn recognise(&self, config: &Config) -> Result<Vec<archive::Error>, archive::Error> {
        let (accounts, now) = (config.identities(), self.office.clock.now());
        let names = accounts.clone();
        let identities = self.office.archive.run(move |writer| writer.recognise(&accounts, now)).await?;
        let mut refused = Vec::new();
        for ((name, configured), identity) in names.into_iter().zip(identities) {
            match identity {
                Identity::Renamed { from } => {
                    tracing::info!(account = %name, "renamed from {from}: history, ledger and quota follow the appid");
                }
                Identity::Taken { by: known } => refused.push(archive::Error::OtherAppid { name, known, configured }),
                _ => {}
            }
        }
        Ok(refused)
    }

    /// Keeps the worker of an account that was renamed: two polls of it must not overlap.
    fn hand_over(&mut self, added: &[Account]) {
        let before = |account: &Account| self.config.accounts.iter().find(|before| before.appid == account.appid);
        let worker = |account: &Account| Some((account.name.clone(), self.workers.remove(&before(account)?.name)?));
        // All before any: one may take the name that another one gives up.
        let workers: Vec<_> = added.iter().filter_map(worker).collect();
        for (name, worker) in workers {
            if let Some(other) = self.workers.insert(name, worker) {
                other.assign(None);
                other.ring();
            }
        }
    }

    /// Watches an account from now on; a worker that it has had before goes on with its new duty.
    pub(super) fn enter(&mut self, account: &Account) {
        self.agenda.enter(account.name.clone(), account.poll_mode.clone());
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
        self.broken.forget(account);
        if let Some(worker) = self.workers.get(account) {
            worker.assign(None);
            // What its last steps saw is written.
            worker.ring();
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
