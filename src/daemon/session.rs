//! What an account is polled with, from poll to poll.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use crate::clock::Clock;
use crate::config::Account;
use crate::wechat::{self, Client, HttpClients};

/// The account to poll and its API client, which keeps the token from poll to poll.
pub struct AccountSession {
    account: Account,
    /// Created by the first poll: reading the CA certificates takes time and must not delay the start.
    client: OnceLock<Client>,
}

impl AccountSession {
    /// A session without a client yet.
    pub fn new(account: Account) -> Self {
        Self { account, client: OnceLock::new() }
    }

    /// Returns the account to poll.
    pub fn account(&self) -> &Account {
        &self.account
    }

    pub(super) fn client(&self, clock: &Clock, http: &HttpClients) -> Result<&Client, wechat::Error> {
        match self.client.get() {
            Some(client) => Ok(client),
            None => {
                Client::sharing(&self.account, clock.clone(), http).map(|client| self.client.get_or_init(|| client))
            }
        }
    }

    /// Returns the client, if there is one yet.
    pub(super) fn existing_client(&self) -> Option<&Client> {
        self.client.get()
    }
}

impl fmt::Debug for AccountSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountSession").field("account", &self.account.name).finish_non_exhaustive()
    }
}

/// The session of an account as it is configured now; none while it is not configured.
#[derive(Clone, Debug, Default)]
pub(super) struct CurrentSession(Arc<Mutex<Option<Arc<AccountSession>>>>);

impl CurrentSession {
    pub(super) fn set(&self, session: Option<AccountSession>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = session.map(Arc::new);
    }

    pub(super) fn get(&self) -> Option<Arc<AccountSession>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
