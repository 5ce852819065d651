//! What can go wrong with a call, by what the caller can do about it.
//!
//! The platform answers HTTP 200 to nearly everything; only `errcode` tells, and [`kind_of`] is the one table from
//! code to [`Kind`] (官方文档 全局返回码, and what real accounts have been seen to get).

use std::net::IpAddr;

use super::redact::{printable, redact};
use crate::model::Endpoint;
use crate::secret::Secret;

/// A call that failed. It shows as text for people: what happened, why, and the next step.
///
/// Only [`Kind::NotFound`] and [`Kind::NoArticles`] say anything about a draft; every other kind says nothing about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The endpoint that was called; `None` where no call was made.
    pub endpoint: Option<Endpoint>,
    /// What the caller can do.
    pub kind: Kind,
    /// The platform's `errcode`.
    pub code: Option<i64>,
    /// The platform's `errmsg` without its rid, or what we saw instead of an answer. Holds no token and no secret.
    pub message: String,
    /// The request's id, for the platform's support and for `openapi/rid/get`; good for seven days.
    pub rid: Option<String>,
}

impl std::error::Error for Error {}

/// What a failed call means for its caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The draft is not in this account's box now: published, deleted, or never there. Look twice before believing it. Of a
    /// material: it is not in this account's library.
    NotFound,
    /// The draft is in the box, and its list of articles is empty.
    NoArticles,
    /// The access token is refused and renewing it did not help. Stop; try again at the next poll.
    Token,
    /// The access token is refused, and it is somebody else who keeps it: they must renew it.
    KeeperToken,
    /// AppID or AppSecret are wrong, frozen or revoked. Stop until a person has mended them.
    Credentials,
    /// The platform does not let this machine's address in.
    Address {
        /// The address as the platform sees it, the only reliable statement of it there is.
        ip: Option<IpAddr>,
    },
    /// The daily limit of this endpoint is used up, until 00:00 UTC+8; the other endpoints go on.
    Quota,
    /// Too many calls within a minute, even after waiting.
    Slow,
    /// The account lacks this endpoint. Ask again once a day.
    Permission,
    /// The account or the endpoint was punished, or the account is frozen. Stop everything.
    Banned,
    /// The platform has closed the door for an hour or a day, or until an administrator confirms.
    Blocked,
    /// The content is refused; the same content will be refused again.
    Refused,
    /// The request is wrong: bad data, or a mistake of ours.
    Request,
    /// The platform is out of breath, or something on the way answered in its stead: −1, HTTP 5xx, HTML, half an answer.
    Busy,
    /// A JSON object that is not what this endpoint answers.
    Unexpected,
    /// HTTP 3xx or 4xx, which the platform itself never answers: `api_base` or a proxy leads elsewhere.
    Gateway,
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

impl Kind {
    /// Returns what an `errcode` of an endpoint means, where nothing else is known of the failure.
    pub fn of(endpoint: Endpoint, code: i64) -> Self {
        kind_of(endpoint, code, "")
    }
}

impl Error {
    /// Returns whether every further call to the same endpoint for this account would fail the same way now, so that
    /// a poll can stop early. A [`Kind::Quota`] is about its own endpoint only.
    pub fn is_about_account(&self) -> bool {
        self.is_platform_refusal()
            || matches!(
                self.kind,
                Kind::Local | Kind::Gateway | Kind::Untrusted | Kind::ProxyRefused | Kind::Unreachable { sent: false }
            )
    }

    /// Returns whether the network or the platform is out of order, so that the next call will probably fail too.
    pub fn is_trouble(&self) -> bool {
        matches!(self.kind, Kind::Busy | Kind::Unreachable { .. })
    }

    /// Returns whether the platform turned the account away: credentials, whitelist, quota or permission.
    pub fn is_platform_refusal(&self) -> bool {
        use Kind::*;
        matches!(
            self.kind,
            Token
                | KeeperToken
                | Credentials
                | Address { .. }
                | Quota
                | Slow
                | Permission
                | Banned
                | Blocked
                | SecurityMode
        )
    }

    /// Returns whether the call was a write that may have taken effect although it failed: its answer was lost or made
    /// no sense. Look into the draft box before repeating it.
    pub fn effect_unknown(&self) -> bool {
        use Endpoint::{DraftAdd, DraftDelete, DraftUpdate, MaterialAdd};
        let writes = matches!(self.endpoint, Some(DraftAdd | DraftUpdate | DraftDelete | MaterialAdd));
        let lost = matches!(
            self.kind,
            Kind::Busy
                | Kind::Unexpected
                | Kind::Gateway
                | Kind::Unreachable { sent: true }
                | Kind::Oversize
                | Kind::SecurityMode
        );
        writes && lost
    }

    /// A failure that `errcode` tells.
    pub(crate) fn answered(endpoint: Endpoint, code: i64, errmsg: &str) -> Self {
        let (message, rid) = without_rid(errmsg);
        let kind = kind_of(endpoint, code, errmsg);
        Self { endpoint: Some(endpoint), kind, code: Some(code), message: printable(&message), rid }
    }

    /// A failure without an `errcode`.
    pub(crate) fn call(endpoint: Endpoint, kind: Kind, message: impl AsRef<str>) -> Self {
        Self { endpoint: Some(endpoint), kind, code: None, message: printable(message.as_ref()), rid: None }
    }

    /// Trouble of this machine, before any call.
    pub(crate) fn local(message: impl AsRef<str>) -> Self {
        Self { endpoint: None, kind: Kind::Local, code: None, message: printable(message.as_ref()), rid: None }
    }

    /// The same failure with another meaning, which only the caller could know.
    pub(crate) fn into_kind(self, kind: Kind) -> Self {
        Self { kind, ..self }
    }

    /// Takes `secret` out of the text, should the other side have echoed it.
    pub(crate) fn without(mut self, secret: &Secret) -> Self {
        self.message = redact(&self.message, secret);
        self
    }
}

/// The table: what a code means, by the endpoint that answered it.
fn kind_of(endpoint: Endpoint, code: i64, errmsg: &str) -> Kind {
    use Endpoint::{DraftDelete, DraftGet, MaterialGet, StableToken, StableTokenForce};
    match code {
        -1 | 61450 => Kind::Busy,
        // From the token endpoint these are about the secret; there is no token yet.
        40001 | 40014 | 42001 if matches!(endpoint, StableToken | StableTokenForce) => Kind::Credentials,
        40001 | 40014 | 42001 => Kind::Token,
        // draft/update answers 40007 to an incomplete article too, so only what has no other reason for it proves an absence.
        40007 | 46001 if matches!(endpoint, DraftGet | DraftDelete | MaterialGet) => Kind::NotFound,
        // Wrong AppID, wrong secret, frozen secret; authorisation void after a password change, refresh token void.
        40013 | 40125 | 40243 | 42007 | 61023 => Kind::Credentials,
        40164 | 45035 | 61004 => Kind::Address { ip: address_in(errmsg) },
        40230..=40240 => Kind::SecurityMode,
        // Daily, mass sends, monthly, resets.
        45009 | 45028 | 45040 | 48006 => Kind::Quota,
        45011 => Kind::Slow,
        // Temporarily blocked; an administrator must confirm the address, refused for a day, refused for an hour.
        45102 | 45501 | 89503 | 89506 | 89507 => Kind::Blocked,
        // Irregularities, account limited, token endpoint forbidden, account frozen.
        48004 | 50002 | 50004 | 50007 => Kind::Banned,
        // No longer supported; 48001, 48009, 61003, 61007, 61016 and 61017 fall to their ranges.
        45103 => Kind::Permission,
        // Links to other accounts, author, 阅读原文 link, material in use or locked, 草稿 refused, no 留言 privilege.
        40155 | 40192 | 41039 | 48005 | 48010 | 53400..=53599 | 88000 => Kind::Refused,
        45001 | 76001..=76099 => Kind::Request,
        // A code that nobody listed, by the neighbours it has.
        40000..=41999 | 43000..=44999 | 46001 | 47000..=47999 => Kind::Request,
        45000..=45999 => Kind::Refused,
        48000..=48999 | 50000..=50999 | 53000..=53999 | 61000..=61999 => Kind::Permission,
        _ => Kind::Unknown,
    }
}

/// Splits `errmsg` into its text and the rid that nearly every refusal ends with: `rid: ` and three groups of eight hex
/// digits. What merely looks like a rid stays in the text.
fn without_rid(errmsg: &str) -> (String, Option<String>) {
    const MARK: &str = "rid: ";
    const LENGTH: usize = 26;
    let found = errmsg.match_indices(MARK).find_map(|(at, _)| {
        let rid = errmsg.get(at + MARK.len()..at + MARK.len() + LENGTH)?;
        is_rid(rid).then_some((at, rid))
    });
    match found {
        Some((at, rid)) => {
            let text = [errmsg[..at].trim(), errmsg[at + MARK.len() + LENGTH..].trim()].join(" ");
            (text.trim().to_owned(), Some(rid.to_owned()))
        }
        None => (errmsg.trim().to_owned(), None),
    }
}

fn is_rid(text: &str) -> bool {
    let group = |group: &str| group.len() == 8 && group.bytes().all(|byte| byte.is_ascii_hexdigit());
    text.split('-').count() == 3 && text.split('-').all(group)
}

/// Finds the refused address, in either of the platform's forms: `invalid ip A ipv6 B, not in whitelist`, where B may
/// be A written as IPv6, and `invalid ip A, not in whitelist`.
fn address_in(errmsg: &str) -> Option<IpAddr> {
    let (text, _) = without_rid(errmsg);
    text.split(|c: char| !(c.is_ascii_hexdigit() || c == ':' || c == '.'))
        .flat_map(|word| [word, word.trim_matches([':', '.'])])
        .find_map(|word| word.parse::<IpAddr>().ok())
        .map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const RID: &str = "6a1b2c3d-0f1e2d3c-4b5a6978";

    fn kind(endpoint: Endpoint, code: i64) -> Kind {
        Error::answered(endpoint, code, "").kind
    }

    #[test]
    fn every_known_code_has_its_kind() {
        use Kind::*;
        let table: [(Kind, &[i64]); 14] = [
            (Busy, &[-1, 61450]),
            (Token, &[40001, 40014, 42001]),
            (NotFound, &[40007, 46001]),
            (Credentials, &[40013, 40125, 40243, 42007, 61023]),
            (Address { ip: None }, &[40164, 45035, 61004]),
            (SecurityMode, &[40230, 40231, 40234, 40235, 40240]),
            (Quota, &[45009, 45040, 48006]),
            (Slow, &[45011]),
            (Blocked, &[45102, 45501, 89503, 89506, 89507]),
            (Permission, &[45103, 48001, 48009, 61003, 61007, 61016, 61017]),
            (Banned, &[48004, 50002, 50004, 50007]),
            (
                Refused,
                &[
                    40155, 40192, 41039, 45002, 45003, 45004, 45005, 45006, 45008, 45034, 45074, 45110, 45166, 48005,
                    48010, 53402, 53404, 53405, 53406, 53500, 53503, 53504, 53505, 88000,
                ],
            ),
            (
                Request,
                &[
                    40002, 40004, 40005, 40006, 40009, 40033, 40035, 40097, 40113, 40114, 40137, 41001, 41002, 41004,
                    41005, 41006, 43002, 44002, 44003, 44004, 45001, 47001, 47002, 76001, 76022,
                ],
            ),
            (Unknown, &[-2, 1, 42999, 46000, 99999]),
        ];
        for (expected, codes) in table {
            for &code in codes {
                assert_eq!(kind(Endpoint::DraftGet, code), expected, "{code}");
            }
        }
    }

    #[test]
    fn codes_that_nobody_listed_go_by_their_neighbours() {
        use Kind::*;
        for (code, expected) in [
            (40999, Request),
            (41999, Request),
            (43999, Request),
            (44999, Request),
            (47999, Request),
            (45999, Refused),
            (48999, Permission),
            (50999, Permission),
            (53999, Permission),
            (61999, Permission),
        ] {
            assert_eq!(kind(Endpoint::DraftGet, code), expected, "{code}");
        }
    }

    #[test]
    fn some_codes_mean_what_their_interface_makes_of_them() {
        assert_eq!(kind(Endpoint::StableToken, 40001), Kind::Credentials);
        assert_eq!(kind(Endpoint::StableTokenForce, 40001), Kind::Credentials);
        for code in [40007, 46001] {
            assert_eq!(kind(Endpoint::DraftUpdate, code), Kind::Request, "{code}: never says that a draft is gone");
            assert_eq!(kind(Endpoint::DraftAdd, code), Kind::Request, "{code}");
        }
    }

    #[test]
    fn the_rid_is_taken_out_of_the_text() {
        for (errmsg, message, rid) in [
            (format!("invalid media_id rid: {RID}"), "invalid media_id", Some(RID)),
            (format!("invalid media_id hint: [aB3-1] rid: {RID}"), "invalid media_id hint: [aB3-1]", Some(RID)),
            (format!("before rid: {RID} after"), "before after", Some(RID)),
            (format!("rid: {RID}"), "", Some(RID)),
            (format!("rid: none rid: {RID}"), "rid: none", Some(RID)),
            ("system error".to_owned(), "system error", None),
            ("x rid: 6a1b2c3d-0f1e2d3c-4b5a69".to_owned(), "x rid: 6a1b2c3d-0f1e2d3c-4b5a69", None),
            ("x rid: 出错了出错了出错了".to_owned(), "x rid: 出错了出错了出错了", None),
        ] {
            let error = Error::answered(Endpoint::DraftGet, 40007, &errmsg);
            assert_eq!((error.message.as_str(), error.rid.as_deref()), (message, rid));
        }
    }

    #[test]
    fn the_address_to_whitelist_is_found_in_each_form() {
        for (errmsg, ip) in [
            (format!("invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist rid: {RID}"), "203.0.113.24"),
            ("invalid ip 203.0.113.24, not in whitelist hint: [jXyZMa01143580]".to_owned(), "203.0.113.24"),
            ("invalid ip 203.0.113.24 not in whitelist".to_owned(), "203.0.113.24"),
            ("invalid ip 2001:db8::5 ipv6 2001:db8::5, not in whitelist".to_owned(), "2001:db8::5"),
            ("invalid ip ::ffff:203.0.113.24, not in whitelist".to_owned(), "203.0.113.24"),
            ("access clientip is not registered requestIP:203.0.113.24 rid: x".to_owned(), "203.0.113.24"),
        ] {
            let error = Error::answered(Endpoint::StableToken, 40164, &errmsg);
            assert_eq!(error.kind, Kind::Address { ip: Some(ip.parse().unwrap()) }, "{errmsg}");
        }
        let nameless = Error::answered(Endpoint::StableToken, 40164, &format!("not in whitelist rid: {RID}"));
        assert_eq!(nameless.kind, Kind::Address { ip: None });
    }

    #[test]
    fn only_lost_answers_of_writes_leave_their_effect_unknown() {
        // A gateway may have passed the request on before it answered in the platform's stead.
        let lost = [Kind::Busy, Kind::Unexpected, Kind::Oversize, Kind::Gateway, Kind::Unreachable { sent: true }];
        let settled = [Kind::Unreachable { sent: false }, Kind::ProxyRefused, Kind::Refused, Kind::Quota, Kind::Token];
        for kind in lost.clone() {
            assert!(Error::call(Endpoint::DraftAdd, kind.clone(), "").effect_unknown(), "{kind:?}");
            assert!(!Error::call(Endpoint::DraftGet, kind.clone(), "").effect_unknown(), "{kind:?}");
        }
        for kind in settled {
            assert!(!Error::call(Endpoint::DraftAdd, kind.clone(), "").effect_unknown(), "{kind:?}");
        }
    }
}
