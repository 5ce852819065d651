//! One client for each account, so that its requests share a token, connections and the rate limit.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use crate::clock::Clock;
use crate::config::Account;
use crate::model::AccountName;
use crate::wechat::{Client, Error};

/// The clients, each with the configuration that it was made for.
#[derive(Default)]
pub(super) struct Clients(Mutex<HashMap<AccountName, (Account, Client)>>);

impl Clients {
    /// Returns the client of an account; a new one where its configuration changed.
    pub(super) fn of(&self, account: &Account, clock: &Clock) -> Result<Client, Error> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match known.get(&account.name) {
            Some((made_for, client)) if made_for == account => Ok(client.clone()),
            _ => {
                let client = Client::new(account, clock.clone())?;
                known.insert(account.name.clone(), (account.clone(), client.clone()));
                Ok(client)
            }
        }
    }
}
