//! The part of the configuration that health and metrics need.

use std::sync::Arc;

use crate::config::{Account, Config, DEFAULT_PATH, Listen};
use crate::invocation::Invocation;

/// The part of the configuration that matters here.
#[derive(Clone, Debug)]
pub(super) struct Settings {
    pub(super) listen: Option<Listen>,
    pub(super) hosts: Arc<[String]>,
    pub(super) accounts: Arc<[Account]>,
    /// Completes commands in messages.
    pub(super) invocation: Arc<Invocation>,
}

impl Settings {
    pub(super) fn of(config: &Config) -> Self {
        let (hosts, accounts) = (config.http_hosts.clone().into(), config.accounts.clone().into());
        let invocation = Invocation::of_daemon(&config.path, DEFAULT_PATH.as_ref()).into();
        Self { listen: config.http.clone(), hosts, accounts, invocation }
    }
}
