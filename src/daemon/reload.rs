//! Reloads the configuration while the daemon runs. Unchanged accounts are not affected.

use std::collections::BTreeMap;
use std::path::PathBuf;

use super::running::Daemon;
use super::session::AccountSession;
use super::worker::Worker;
use crate::archive::{self, AccountMatch};
use crate::config::{Account, Config, ConfigError};
use crate::model::AccountName;

/// Why the old configuration stays.
#[derive(Debug, thiserror::Error)]
enum ReloadError {
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
    /// New and changed accounts.
    added: Vec<Account>,
    removed: Vec<AccountName>,
    kept: usize,
}

impl Daemon {
    /// Reads the configuration again. If it cannot be used, the whole old one stays.
    pub(super) async fn reload(&mut self) {
        self.systemd.reloading();
        match self.replace_configuration().await {
            Ok(Changes { added, removed, kept }) => {
                self.monitoring.on_reload(&self.config);
                self.web.on_reload(&self.config);
                self.gate.on_reload(&self.config);
                self.notifier.configure(&self.config);
                self.pinger.configure(&self.config);
                self.copier.configure(&self.config);
                self.prover.configure(&self.config);
                self.driller.configure(&self.config);
                self.mirrorer.configure(&self.config);
                self.problems.keep_pings(&self.config.pings);
                self.problems.on_reload(None);
                self.conditions.on_reload(&removed);
                let targets = self.config.notify.len() + self.config.pings.len();
                tracing::info!(added = added.len(), removed = removed.len(), kept, targets, "configuration reloaded");
            }
            Err(refused) => {
                self.monitoring.on_reload_refused();
                self.problems.on_reload(Some((self.context.clock.now(), refused.to_string())));
                tracing::error!("the configuration is not reloaded, the old one stays in force: {refused}");
            }
        }
        self.systemd.ready(&self.status_line());
    }

    async fn replace_configuration(&mut self) -> Result<Changes, ReloadError> {
        let path = self.config.path.clone();
        let loaded = tokio::task::spawn_blocking(move || Config::load(&path)).await??;
        let config = loaded.config;
        if config.archive != self.config.archive {
            return Err(ReloadError::OtherArchive { was: self.config.archive.clone(), is: config.archive });
        }
        let refused = self.apply_renames(&config).await?;
        if !refused.is_empty() {
            return Err(ReloadError::OtherAppids(refused));
        }
        let changes = compare(&self.config.accounts, &config.accounts);
        for warning in loaded.warnings {
            tracing::warn!("{}:{warning}", config.path.display());
        }
        // What a changed account trusts may be another file of the same name now.
        self.context.http.clear();
        self.keep_renamed_workers(&changes.added);
        changes.removed.iter().for_each(|account| self.remove_account(account));
        changes.added.iter().for_each(|account| self.add_account(account));
        self.config = config;
        Ok(changes)
    }

    /// Renames accounts in the archive whose name changed in the configuration. Returns an error for each account that cannot be
    /// polled because its name belongs to another appid in the archive.
    pub(super) async fn apply_renames(&self, config: &Config) -> Result<Vec<archive::Error>, archive::Error> {
        let (accounts, now) = (config.identities(), self.context.clock.now());
        let names = accounts.clone();
        let identities = self.context.archive.run(move |writer| writer.recognise(&accounts, now)).await?;
        let mut refused = Vec::new();
        for ((name, configured), identity) in names.into_iter().zip(identities) {
            match identity {
                AccountMatch::Renamed { from } => {
                    tracing::info!(account = %name, %from, "renamed; its history and call counts follow the appid");
                }
                AccountMatch::Taken { by: known } => {
                    refused.push(archive::Error::OtherAppid { name, known, configured });
                }
                _ => {}
            }
        }
        Ok(refused)
    }

    /// Gives a renamed account its old worker: two polls of one account must not overlap.
    fn keep_renamed_workers(&mut self, added: &[Account]) {
        let before = |account: &Account| self.config.accounts.iter().find(|before| before.appid == account.appid);
        let worker = |account: &Account| Some((account.name.clone(), self.workers.remove(&before(account)?.name)?));
        // Remove all first: an account may take a name that another one gives up.
        let workers: Vec<_> = added.iter().filter_map(worker).collect();
        for (name, worker) in workers {
            if let Some(other) = self.workers.insert(name, worker) {
                other.set_session(None);
                other.wake();
            }
        }
    }

    /// Adds an account, or replaces its configuration. An existing worker gets the new session.
    pub(super) fn add_account(&mut self, account: &Account) {
        self.scheduler.upsert(account.name.clone(), account.poll_mode.clone());
        self.status.add(account.name.clone());
        let session = AccountSession::new(account.clone());
        match self.workers.get(&account.name) {
            Some(worker) => worker.set_session(Some(session)),
            None => drop(self.workers.insert(account.name.clone(), Worker::new(session, self.context.clone()))),
        }
    }

    /// Removes an account. A running poll ends normally; the worker stays idle in case the account returns.
    fn remove_account(&mut self, account: &AccountName) {
        self.scheduler.remove(account);
        self.status.remove(account);
        self.problems.forget(account);
        if let Some(worker) = self.workers.get(account) {
            worker.set_session(None);
            // The worker saves its last observations.
            worker.wake();
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
