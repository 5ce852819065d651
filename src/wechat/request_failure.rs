//! Why a request got no complete response.

use std::error::Error as _;

use reqwest::Url;

use super::certificate::certificate_problem;

/// Why a request failed, as far as this side knows.
pub(super) struct RequestFailure {
    pub(super) text: String,
    pub(super) cause: FailureCause,
}

/// What stands between this side and an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureCause {
    /// The network or the server; it may be better soon.
    Network,
    /// The server's certificate, which is not trusted.
    Certificate,
    /// The proxy, which refuses to pass anything on.
    Proxy,
}

impl RequestFailure {
    /// Reads the reason out of an error; `too_long` says so where it took too long.
    pub(super) fn of(error: &reqwest::Error, target: &Url, too_long: &str) -> Self {
        if error.is_timeout() {
            return Self { text: too_long.to_owned(), cause: FailureCause::Network };
        }
        match certificate_problem(error, &host(target)) {
            Some(text) => Self { text, cause: FailureCause::Certificate },
            None => Self { text: root_cause(error), cause: FailureCause::Network },
        }
    }
}

/// Host and port of an address.
pub(super) fn host(url: &Url) -> String {
    let name = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| name.to_owned(), |port| format!("{name}:{port}"))
}

/// The innermost reason, which is the one that a person can act on; the outer ones only say that there was an error.
pub(super) fn root_cause(error: &reqwest::Error) -> String {
    let mut innermost: &dyn std::error::Error = error;
    let mut next = error.source();
    while let Some(source) = next {
        innermost = source;
        next = source.source();
    }
    innermost.to_string()
}
