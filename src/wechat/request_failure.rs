//! Why a request got no complete response.

use reqwest::Url;

use super::certificate::certificate_problem;
use crate::model::root_cause;

/// Why a request failed, as far as is known here.
pub(super) struct RequestFailure {
    pub(super) text: String,
    pub(super) cause: FailureCause,
}

/// The cause of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureCause {
    /// The network or the server; it may pass.
    Network,
    /// The server's certificate, which is not trusted.
    Certificate,
    /// The proxy, which refuses to forward requests.
    Proxy,
}

impl RequestFailure {
    /// Takes the reason from an error; `too_long` is the text for a timeout.
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
