//! HTTP clients: proxy, trusted certificates, timeouts.

use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{ClientBuilder, Response, Url};

use super::error::Error;
use super::proxy::Proxy;
use super::request_failure::RequestFailure;
use crate::config::{Account, ca_certificates};
use crate::http_client::{self, SetupError, Timeouts, is_loopback, needs_certificates};
use crate::model::root_cause;

/// A page of many drafts takes long over a slow connection.
pub(super) const TIMEOUTS: Timeouts = Timeouts { connect: Duration::from_secs(10), whole: Duration::from_secs(60) };

/// The proxy and the trusted certificates of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Route {
    /// The proxy in the configuration; without one, that of the environment.
    pub(super) proxy: Option<String>,
    /// CA certificates that are trusted in addition to the system's.
    pub(super) ca_file: Option<PathBuf>,
}

impl Route {
    pub(super) fn of(account: &Account) -> Self {
        Self { proxy: account.proxy.clone(), ca_file: account.ca_file.clone() }
    }

    /// Returns the proxy for requests to `target`.
    pub(super) fn proxy(&self, target: &Url) -> Option<Proxy> {
        if self.proxy.is_none() && is_loopback(target) {
            return None;
        }
        Proxy::find(self.proxy.as_deref(), target)
    }

    /// Adds to the failure of a request to `target` which proxy it went through, and why the proxy refused it.
    pub(super) async fn explain(&self, reason: RequestFailure, target: &Url) -> RequestFailure {
        match self.proxy(target) {
            Some(proxy) => proxy.explain(reason, target).await,
            None => reason,
        }
    }
}

/// Builds a client for `target`: no redirects, for loopback only an explicit proxy, CA certificates only where needed.
pub(super) fn http_client(target: &str, route: &Route, timeouts: Timeouts) -> Result<reqwest::Client, Error> {
    http_client_with(target, route, timeouts, |builder| builder.gzip(true))
}

/// Builds such a client with further options.
pub(super) fn http_client_with(
    target: &str,
    route: &Route,
    timeouts: Timeouts,
    finish: impl FnOnce(ClientBuilder) -> ClientBuilder,
) -> Result<reqwest::Client, Error> {
    let target = parse(target)?;
    let proxy = route.proxy.as_deref();
    let authorities = match &route.ca_file {
        Some(path) if needs_certificates(&target, proxy) => authorities(path)?,
        _ => Vec::new(),
    };
    let builder = http_client::builder(&target, proxy, &authorities, timeouts).map_err(|error| match error {
        SetupError::Proxy => Error::local("the address in `proxy` is not valid"),
        SetupError::Certificate(cause) => unusable(route.ca_file.as_deref(), &cause),
    })?;
    let builder = builder.pool_idle_timeout(Duration::from_secs(90));
    finish(builder).build().map_err(|error| Error::local(client_build_error(&root_cause(&error))))
}

/// Parses the address of a server.
pub(super) fn parse(target: &str) -> Result<Url, Error> {
    Url::parse(target).map_err(|error| Error::local(format!("the server's address is not valid: {error}")))
}

fn authorities(path: &Path) -> Result<Vec<Vec<u8>>, Error> {
    ca_certificates(path).map_err(|error| unusable(Some(path), &error))
}

fn unusable(ca_file: Option<&Path>, cause: &dyn fmt::Display) -> Error {
    let path = ca_file.unwrap_or(Path::new("")).display();
    Error::local(format!("ca_file {path} cannot be used: {cause}"))
}

fn client_build_error(cause: &str) -> String {
    if cause.contains("No CA certificates") {
        "there are no CA certificates, so no HTTPS server can be trusted. \
         Install the package ca-certificates, or name a bundle in the environment variable SSL_CERT_FILE"
            .to_owned()
    } else {
        format!("the HTTP client cannot be set up: {cause}")
    }
}

/// Reads a response of at most `limit` decompressed bytes; `None` if it is larger.
pub(super) async fn read_capped(mut response: Response, limit: usize) -> reqwest::Result<Option<Vec<u8>>> {
    let announced = response.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
    if announced > limit {
        return Ok(None);
    }
    let mut bytes = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await? {
        if bytes.len() + chunk.len() > limit {
            return Ok(None);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(Some(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHORT: Timeouts = Timeouts { connect: Duration::from_secs(10), whole: Duration::from_millis(50) };

    #[test]
    fn https_needs_roots_and_plain_http_does_not() {
        assert!(http_client("http://127.0.0.1:1", &Route::default(), SHORT).is_ok());
        if let Err(error) = http_client("https://api.weixin.qq.com", &Route::default(), SHORT) {
            assert!(error.to_string().contains("ca-certificates"), "{error}");
        }
    }

    #[test]
    fn a_machine_without_roots_is_told_what_to_install() {
        let text = client_build_error("No CA certificates were loaded from the system");
        assert!(text.contains("ca-certificates") && text.contains("SSL_CERT_FILE"), "{text}");
    }
}
