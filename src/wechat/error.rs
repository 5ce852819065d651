//! Failed calls.
//!
//! The platform answers nearly everything with HTTP 200; `errcode` says what failed. [`kind_of_errcode`] is the only table from
//! errcode to [`ErrorKind`].

use super::errcode::kind_of_errcode;
use super::errmsg::without_rid;
use super::error_kind::ErrorKind;
use super::redact::printable;
use crate::model::Endpoint;
use crate::secret::{Secret, hide};

/// A failed call. Its `Display` is text for people: what happened, why, and the next step.
///
/// Only [`ErrorKind::NotFound`] and [`ErrorKind::NoArticles`] say anything about a draft; every other kind says nothing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The endpoint; `None` if no call was made.
    pub endpoint: Option<Endpoint>,
    /// What the failure means to the caller.
    pub kind: ErrorKind,
    /// The platform's `errcode`.
    pub code: Option<i64>,
    /// The platform's `errmsg` without its rid, or a description of what came instead of a response. Contains no token and no secret.
    pub message: String,
    /// The request's id, for the platform's support and for `openapi/rid/get`; good for seven days.
    pub rid: Option<String>,
}

impl std::error::Error for Error {}

impl Error {
    /// Returns whether every further call of this account to the same endpoint would fail the same way now, so that a poll can stop
    /// early. [`ErrorKind::Quota`] concerns its own endpoint only.
    pub fn affects_further_calls(&self) -> bool {
        self.is_account_level()
            || matches!(
                self.kind,
                ErrorKind::Local
                    | ErrorKind::UnexpectedStatus
                    | ErrorKind::Untrusted
                    | ErrorKind::ProxyRefused
                    | ErrorKind::Unreachable { sent: false }
            )
    }

    /// Returns whether the network or the platform is down, so that the next call will probably fail too.
    pub fn is_outage(&self) -> bool {
        matches!(self.kind, ErrorKind::Busy | ErrorKind::Unreachable { .. })
    }

    /// Returns whether the platform rejected the account: credentials, whitelist, quota or permission.
    pub fn is_account_level(&self) -> bool {
        use ErrorKind::*;
        matches!(
            self.kind,
            Token
                | ExternalToken
                | Credentials
                | IpNotWhitelisted { .. }
                | Quota
                | RateLimited
                | Permission
                | Suspended
                | AccountBlocked
                | SecurityMode
        )
    }

    /// Returns whether the call was a write that may have taken effect although it failed, because its response was lost or not
    /// readable. Look into the draft box before repeating it.
    pub fn has_unknown_effect(&self) -> bool {
        use Endpoint::{DraftAdd, DraftDelete, DraftUpdate, MaterialAdd};
        let writes = matches!(self.endpoint, Some(DraftAdd | DraftUpdate | DraftDelete | MaterialAdd));
        let lost = matches!(
            self.kind,
            ErrorKind::Busy
                | ErrorKind::Unexpected
                | ErrorKind::UnexpectedStatus
                | ErrorKind::Unreachable { sent: true }
                | ErrorKind::Oversize
                | ErrorKind::SecurityMode
        );
        writes && lost
    }

    /// A failure with an `errcode`.
    pub(crate) fn from_errcode(endpoint: Endpoint, code: i64, errmsg: &str) -> Self {
        let (message, rid) = without_rid(errmsg);
        let kind = kind_of_errcode(endpoint, code, errmsg);
        Self { endpoint: Some(endpoint), kind, code: Some(code), message: printable(&message), rid }
    }

    /// A failure without an `errcode`.
    pub(crate) fn new(endpoint: Endpoint, kind: ErrorKind, message: impl AsRef<str>) -> Self {
        Self { endpoint: Some(endpoint), kind, code: None, message: printable(message.as_ref()), rid: None }
    }

    /// A failure on this machine, before any call.
    pub(crate) fn local(message: impl AsRef<str>) -> Self {
        Self { endpoint: None, kind: ErrorKind::Local, code: None, message: printable(message.as_ref()), rid: None }
    }

    /// The same failure with another kind, which only the caller knows.
    pub(crate) fn with_kind(self, kind: ErrorKind) -> Self {
        Self { kind, ..self }
    }

    /// Removes `secret` from the text, in case the server has echoed it.
    pub(crate) fn redacted(mut self, secret: &Secret) -> Self {
        self.message = hide(&self.message, secret.expose());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lost_answers_of_writes_leave_their_effect_unknown() {
        // A gateway may have forwarded the request before it answered instead of the platform.
        let lost = [
            ErrorKind::Busy,
            ErrorKind::Unexpected,
            ErrorKind::Oversize,
            ErrorKind::UnexpectedStatus,
            ErrorKind::Unreachable { sent: true },
        ];
        let settled = [
            ErrorKind::Unreachable { sent: false },
            ErrorKind::ProxyRefused,
            ErrorKind::ContentRejected,
            ErrorKind::Quota,
            ErrorKind::Token,
        ];
        for kind in lost.clone() {
            assert!(Error::new(Endpoint::DraftAdd, kind.clone(), "").has_unknown_effect(), "{kind:?}");
            assert!(!Error::new(Endpoint::DraftGet, kind.clone(), "").has_unknown_effect(), "{kind:?}");
        }
        for kind in settled {
            assert!(!Error::new(Endpoint::DraftAdd, kind.clone(), "").has_unknown_effect(), "{kind:?}");
        }
    }
}
