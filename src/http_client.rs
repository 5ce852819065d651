//! What the HTTP clients of the program have in common: the provider of TLS, time limits, no redirects, which requests go through a proxy,
//! and which certificates are trusted.

use std::time::Duration;

use reqwest::{Certificate, ClientBuilder, Proxy, Url, redirect};
use rustls::crypto::CryptoProvider;

use crate::config;
use crate::model::root_cause;

/// How long connecting and a whole request may take.
#[derive(Clone, Copy, Debug)]
pub struct Timeouts {
    pub connect: Duration,
    pub whole: Duration,
}

/// Why a client cannot be set up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetupError {
    /// The address of the proxy is not valid. Its text may hold a password, so it is not shown.
    Proxy,
    /// A certificate cannot be used.
    Certificate(String),
}

/// Starts a client for `target`. It uses the proxy, or without one that of the environment, but for loopback. DER certificates in
/// `authorities` are trusted beside the system's.
///
/// # Errors
///
/// If the proxy or a certificate cannot be used.
pub fn builder(
    target: &Url,
    proxy: Option<&str>,
    authorities: &[impl AsRef<[u8]>],
    timeouts: Timeouts,
) -> Result<ClientBuilder, SetupError> {
    install_tls_provider();
    let builder = reqwest::Client::builder()
        .user_agent(concat!("draftkeep/", env!("CARGO_PKG_VERSION")))
        .connect_timeout(timeouts.connect)
        .timeout(timeouts.whole)
        .redirect(redirect::Policy::none())
        // object_store turns HTTP/2 on for the whole program; nobody has tried the platform with it.
        .http1_only();
    let builder = match proxy {
        Some(address) => builder.proxy(Proxy::all(address).map_err(|_| SetupError::Proxy)?),
        None if is_loopback(target) => builder.no_proxy(),
        None => builder,
    };
    if !needs_certificates(target, proxy) {
        // They would be read all the same, and a machine may have none.
        return Ok(builder.tls_certs_only([]));
    }
    if authorities.is_empty() {
        return Ok(builder);
    }
    let certificates: Result<Vec<_>, _> = authorities.iter().map(|der| Certificate::from_der(der.as_ref())).collect();
    Ok(builder.tls_certs_merge(certificates.map_err(|error| SetupError::Certificate(root_cause(&error)))?))
}

/// Returns whether requests to `target` are encrypted, all the way or to the proxy.
pub fn needs_certificates(target: &Url, proxy: Option<&str>) -> bool {
    target.scheme() != "http" || proxy.is_some_and(|proxy| proxy.starts_with("https:"))
}

/// Returns whether a server is on this machine.
pub fn is_loopback(url: &Url) -> bool {
    config::is_loopback(url.host_str().unwrap_or_default())
}

/// TLS needs one provider per process; the first caller installs it.
pub fn install_tls_provider() {
    if CryptoProvider::get_default().is_none() && rustls::crypto::ring::default_provider().install_default().is_err() {
        tracing::trace!("the TLS provider was installed by another thread meanwhile");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_is_told_from_the_world() {
        for (url, expected) in [
            ("http://127.0.0.1:8080", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("https://api.weixin.qq.com", false),
            ("http://127.0.0.1.example.com", false),
        ] {
            assert_eq!(is_loopback(&Url::parse(url).unwrap()), expected, "{url}");
        }
    }

    #[test]
    fn what_cannot_be_used_is_refused_without_its_text() {
        let timeouts = Timeouts { connect: Duration::from_secs(1), whole: Duration::from_secs(1) };
        let target = Url::parse("https://api.example").unwrap();
        let none: &[Vec<u8>] = &[];
        let built = builder(&target, Some("http://user:pass word@"), none, timeouts);
        assert_eq!(built.map(drop), Err(SetupError::Proxy));
        let plain = Url::parse("http://127.0.0.1:1").unwrap();
        assert!(builder(&plain, None, none, timeouts).is_ok_and(|builder| builder.build().is_ok()));
    }
}
