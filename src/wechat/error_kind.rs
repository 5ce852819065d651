//! Kinds of failed calls, by what the caller can do.

use std::net::IpAddr;

use crate::model::FailureKind;

/// What a failed call means to its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The draft is not in this account's box now: published, deleted, or never there. Confirm it before concluding anything. For a
    /// material: it is not in this account's library.
    NotFound,
    /// The draft is in the box, but its list of articles is empty.
    NoArticles,
    /// The access token is rejected, and a new one did not help. Stop; try again at the next poll.
    Token,
    /// The access token is rejected, and another system provides it, which must renew it.
    ExternalToken,
    /// AppID or AppSecret are wrong, frozen or revoked. Stop until a person has corrected them.
    Credentials,
    /// The address of this machine is not on the IP whitelist.
    IpNotWhitelisted {
        /// The address as the platform sees it. No other source of it is reliable.
        ip: Option<IpAddr>,
    },
    /// The daily limit of this endpoint is used up, until 00:00 UTC+8; other endpoints are not affected.
    Quota,
    /// Too many calls within a minute, even after waiting.
    RateLimited,
    /// The account may not use this endpoint. Try again once a day.
    Permission,
    /// The account or the endpoint is suspended, or the account is frozen. Stop everything.
    Suspended,
    /// The platform blocks calls for an hour or a day, or until an administrator confirms.
    AccountBlocked,
    /// The content is rejected; the same content will be rejected again.
    ContentRejected,
    /// The request is invalid: bad data, or a bug of this program.
    InvalidRequest,
    /// The platform is overloaded, or something between answered instead: −1, HTTP 5xx, HTML, half a response.
    Busy,
    /// A JSON object that is no response of this endpoint.
    Unexpected,
    /// HTTP 3xx or 4xx, which the platform itself never sends: `api_base` or a proxy leads elsewhere.
    UnexpectedStatus,
    /// No response, or an incomplete one.
    Unreachable {
        /// Whether the request may have reached the platform; `false` if no connection was established.
        sent: bool,
    },
    /// The server's certificate is not trusted: nothing was sent.
    Untrusted,
    /// The proxy refuses to forward requests: nothing was sent.
    ProxyRefused,
    /// The response is larger than the limit and was not read completely.
    Oversize,
    /// API security mode (API 安全鉴权模式) is on, which needs signed requests.
    SecurityMode,
    /// A failure on this machine: a secret that cannot be read, a command that failed, no CA certificates.
    Local,
    /// A code that is not documented.
    Unknown,
}

impl ErrorKind {
    /// Returns how a poll records it.
    pub fn failure_kind(&self) -> FailureKind {
        match self {
            Self::NotFound => FailureKind::NotFound,
            Self::NoArticles => FailureKind::NoArticles,
            Self::Token | Self::ExternalToken => FailureKind::Token,
            Self::Credentials => FailureKind::Credentials,
            Self::IpNotWhitelisted { .. } => FailureKind::IpNotWhitelisted,
            Self::Quota => FailureKind::Quota,
            Self::RateLimited => FailureKind::RateLimited,
            Self::Permission => FailureKind::Permission,
            Self::Suspended => FailureKind::Suspended,
            Self::AccountBlocked => FailureKind::AccountBlocked,
            Self::SecurityMode => FailureKind::SecurityMode,
            Self::ContentRejected | Self::InvalidRequest => FailureKind::InvalidRequest,
            Self::Busy | Self::UnexpectedStatus | Self::Unreachable { .. } | Self::Untrusted | Self::ProxyRefused => {
                FailureKind::Unreachable
            }
            Self::Unexpected | Self::Oversize | Self::Unknown => FailureKind::UnknownAnswer,
            Self::Local => FailureKind::Local,
        }
    }
}
