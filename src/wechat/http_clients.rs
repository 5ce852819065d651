//! The HTTP clients that accounts share. Each holds all certificates that it trusts, 130 KB, and its connections: one for each of
//! thousands of accounts would take most of the daemon's memory.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::Url;

use super::error::Error;
use super::http::{self, Route};

/// The HTTP clients for each server, and for each way to it. Clones share them.
#[derive(Clone, Default)]
pub struct HttpClients(Arc<Mutex<Vec<(Key, reqwest::Client)>>>);

/// What the requests of a client are for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Api,
    Pictures,
}

#[derive(PartialEq, Eq)]
struct Key {
    purpose: Purpose,
    /// Scheme, host and port.
    server: String,
    route: Route,
}

impl HttpClients {
    /// Makes the clients that are needed from now on read their certificates anew. Who has one keeps it.
    pub fn clear(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the client for the server of `target`; the first time, `build` makes it.
    pub(super) fn get(
        &self,
        purpose: Purpose,
        target: &str,
        route: &Route,
        build: impl FnOnce() -> Result<reqwest::Client, Error>,
    ) -> Result<reqwest::Client, Error> {
        let target: Url = http::parse(target)?;
        let key = Key { purpose, server: target.origin().ascii_serialization(), route: route.clone() };
        let mut clients = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, client)) = clients.iter().find(|(made_for, _)| *made_for == key) {
            return Ok(client.clone());
        }
        let client = build()?;
        clients.push((key, client.clone()));
        Ok(client)
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;
    use crate::wechat::http::{TIMEOUTS, http_client};

    #[test]
    fn accounts_share_a_client_where_they_reach_the_same_server_the_same_way() {
        let (clients, built) = (HttpClients::default(), Cell::new(0));
        let client = |purpose, target: &str, route: &Route| {
            let build = || {
                built.set(built.get() + 1);
                http_client(target, route, TIMEOUTS)
            };
            clients.get(purpose, target, route, build).unwrap();
            built.get()
        };
        let direct = Route::default();
        let proxied = Route { proxy: Some("http://127.0.0.1:2".to_owned()), ca_file: None };
        assert_eq!(client(Purpose::Api, "http://127.0.0.1:1", &direct), 1);
        assert_eq!(client(Purpose::Api, "http://127.0.0.1:1/path", &direct), 1);
        assert_eq!(client(Purpose::Pictures, "http://127.0.0.1:1", &direct), 2);
        assert_eq!(client(Purpose::Api, "http://127.0.0.1:3", &direct), 3);
        assert_eq!(client(Purpose::Api, "http://127.0.0.1:1", &proxied), 4);
        assert_eq!(client(Purpose::Api, "http://127.0.0.1:1", &proxied), 4);
        clients.clear();
        assert_eq!(client(Purpose::Api, "http://127.0.0.1:1", &direct), 5);
    }

    #[test]
    fn what_cannot_be_set_up_is_tried_again() {
        let (clients, direct) = (HttpClients::default(), Route::default());
        let failing = || Err(Error::local("no certificates"));
        assert!(clients.get(Purpose::Api, "http://127.0.0.1:1", &direct, failing).is_err());
        let build = || http_client("http://127.0.0.1:1", &direct, TIMEOUTS);
        assert!(clients.get(Purpose::Api, "http://127.0.0.1:1", &direct, build).is_ok());
    }
}
