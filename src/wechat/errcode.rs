//! What an `errcode` means to the caller (官方文档 全局返回码, and what real accounts have been seen to get).

use super::errmsg::address_in;
use super::error_kind::ErrorKind;
use crate::model::Endpoint;

impl ErrorKind {
    /// Returns what an `errcode` of an endpoint means, where nothing else is known of the failure.
    pub fn of(endpoint: Endpoint, code: i64) -> Self {
        kind_of_errcode(endpoint, code, "")
    }
}

/// The table: what a code means, by the endpoint that answered it.
pub(super) fn kind_of_errcode(endpoint: Endpoint, code: i64, errmsg: &str) -> ErrorKind {
    use Endpoint::{DraftDelete, DraftGet, MaterialGet, StableToken, StableTokenForce};
    match code {
        -1 | 61450 => ErrorKind::Busy,
        // From the token endpoint these are about the secret; there is no token yet.
        40001 | 40014 | 42001 if matches!(endpoint, StableToken | StableTokenForce) => ErrorKind::Credentials,
        40001 | 40014 | 42001 => ErrorKind::Token,
        // draft/update answers 40007 to an incomplete article too, so only what has no other reason for it proves an absence.
        40007 | 46001 if matches!(endpoint, DraftGet | DraftDelete | MaterialGet) => ErrorKind::NotFound,
        // Wrong AppID, wrong secret, frozen secret; authorisation void after a password change, refresh token void.
        40013 | 40125 | 40243 | 42007 | 61023 => ErrorKind::Credentials,
        40164 | 45035 | 61004 => ErrorKind::IpNotWhitelisted { ip: address_in(errmsg) },
        40230..=40240 => ErrorKind::SecurityMode,
        // Daily, mass sends, monthly, resets.
        45009 | 45028 | 45040 | 48006 => ErrorKind::Quota,
        45011 => ErrorKind::RateLimited,
        // Temporarily blocked; an administrator must confirm the address, refused for a day, refused for an hour.
        45102 | 45501 | 89503 | 89506 | 89507 => ErrorKind::AccountBlocked,
        // Irregularities, account limited, token endpoint forbidden, account frozen.
        48004 | 50002 | 50004 | 50007 => ErrorKind::Suspended,
        // No longer supported; 48001, 48009, 61003, 61007, 61016 and 61017 fall to their ranges.
        45103 => ErrorKind::Permission,
        // Links to other accounts, author, 阅读原文 link, material in use or locked, 草稿 refused, no 留言 privilege.
        40155 | 40192 | 41039 | 48005 | 48010 | 53400..=53599 | 88000 => ErrorKind::ContentRejected,
        45001 | 76001..=76099 => ErrorKind::InvalidRequest,
        // A code that nobody listed, by the neighbours it has.
        40000..=41999 | 43000..=44999 | 46001 | 47000..=47999 => ErrorKind::InvalidRequest,
        45000..=45999 => ErrorKind::ContentRejected,
        48000..=48999 | 50000..=50999 | 53000..=53999 | 61000..=61999 => ErrorKind::Permission,
        _ => ErrorKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(endpoint: Endpoint, code: i64) -> ErrorKind {
        kind_of_errcode(endpoint, code, "")
    }

    #[test]
    fn every_known_code_has_its_kind() {
        use ErrorKind::*;
        let table: [(ErrorKind, &[i64]); 14] = [
            (Busy, &[-1, 61450]),
            (Token, &[40001, 40014, 42001]),
            (NotFound, &[40007, 46001]),
            (Credentials, &[40013, 40125, 40243, 42007, 61023]),
            (IpNotWhitelisted { ip: None }, &[40164, 45035, 61004]),
            (SecurityMode, &[40230, 40231, 40234, 40235, 40240]),
            (Quota, &[45009, 45040, 48006]),
            (RateLimited, &[45011]),
            (AccountBlocked, &[45102, 45501, 89503, 89506, 89507]),
            (Permission, &[45103, 48001, 48009, 61003, 61007, 61016, 61017]),
            (Suspended, &[48004, 50002, 50004, 50007]),
            (
                ContentRejected,
                &[
                    40155, 40192, 41039, 45002, 45003, 45004, 45005, 45006, 45008, 45034, 45074, 45110, 45166, 48005,
                    48010, 53402, 53404, 53405, 53406, 53500, 53503, 53504, 53505, 88000,
                ],
            ),
            (
                InvalidRequest,
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
        use ErrorKind::*;
        for (code, expected) in [
            (40999, InvalidRequest),
            (41999, InvalidRequest),
            (43999, InvalidRequest),
            (44999, InvalidRequest),
            (47999, InvalidRequest),
            (45999, ContentRejected),
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
        assert_eq!(kind(Endpoint::StableToken, 40001), ErrorKind::Credentials);
        assert_eq!(kind(Endpoint::StableTokenForce, 40001), ErrorKind::Credentials);
        for code in [40007, 46001] {
            assert_eq!(
                kind(Endpoint::DraftUpdate, code),
                ErrorKind::InvalidRequest,
                "{code}: never says that a draft is gone"
            );
            assert_eq!(kind(Endpoint::DraftAdd, code), ErrorKind::InvalidRequest, "{code}");
        }
    }
}
