//! What a failed call means to its caller.

use std::net::IpAddr;

/// What a failed call means for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The draft is not in this account's box now: published, deleted, or never there. Look twice before believing it. Of a
    /// material: it is not in this account's library.
    NotFound,
    /// The draft is in the box, and its list of articles is empty.
    NoArticles,
    /// The access token is refused and renewing it did not help. Stop; try again at the next poll.
    Token,
    /// The access token is refused, and it is somebody else who keeps it: they must renew it.
    ExternalToken,
    /// AppID or AppSecret are wrong, frozen or revoked. Stop until a person has mended them.
    Credentials,
    /// The platform does not let this machine's address in.
    IpNotWhitelisted {
        /// The address as the platform sees it, the only reliable statement of it there is.
        ip: Option<IpAddr>,
    },
    /// The daily limit of this endpoint is used up, until 00:00 UTC+8; the other endpoints go on.
    Quota,
    /// Too many calls within a minute, even after waiting.
    RateLimited,
    /// The account lacks this endpoint. Ask again once a day.
    Permission,
    /// The account or the endpoint was punished, or the account is frozen. Stop everything.
    Suspended,
    /// The platform has closed the door for an hour or a day, or until an administrator confirms.
    TemporarilyBlocked,
    /// The content is refused; the same content will be refused again.
    ContentRejected,
    /// The request is wrong: bad data, or a mistake of ours.
    InvalidRequest,
    /// The platform is out of breath, or something on the way answered in its stead: −1, HTTP 5xx, HTML, half an answer.
    Busy,
    /// A JSON object that is not what this endpoint answers.
    Unexpected,
    /// HTTP 3xx or 4xx, which the platform itself never answers: `api_base` or a proxy leads elsewhere.
    UnexpectedStatus,
    /// No answer, or not the whole of it.
    Unreachable {
        /// Whether the request may have reached the platform. `false` when no connection came about.
        sent: bool,
    },
    /// The server's certificate is not trusted: nothing was sent.
    Untrusted,
    /// The proxy refuses to pass requests on: nothing was sent.
    ProxyRefused,
    /// The answer is larger than the limit, and was not read to its end.
    Oversize,
    /// API security mode (API 安全鉴权模式) is on, which needs signed requests.
    SecurityMode,
    /// This machine's own trouble: a secret that cannot be read, a command that failed, no CA certificates.
    Local,
    /// A code that nobody has described yet.
    Unknown,
}
