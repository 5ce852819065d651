//! Errors as text for people: what happened, why, and the next step.

use std::fmt;

use super::error::Error;
use super::error_kind::ErrorKind;
use super::failure_words;
use crate::model::Language;

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(endpoint) = self.endpoint {
            write!(f, "{endpoint}: ")?;
        }
        f.write_str(&self.what())?;
        if !self.message.is_empty() {
            write!(f, ": {}", self.message)?;
        }
        match (self.code, &self.rid) {
            (Some(code), Some(rid)) => write!(f, " (errcode {code}, rid {rid})")?,
            (Some(code), None) => write!(f, " (errcode {code})")?,
            (None, _) => {}
        }
        if self.has_unknown_effect() {
            f.write_str(". It is unknown whether it took effect: look into the draft box before repeating it")?;
        }
        match self.next_step() {
            "" => Ok(()),
            next => write!(f, ". {next}"),
        }
    }
}

impl Error {
    fn what(&self) -> String {
        let what = match &self.kind {
            ErrorKind::NotFound => "the draft is not in the draft box",
            ErrorKind::NoArticles => "the draft has no articles",
            ErrorKind::Token => "the platform refuses the access token, and renewing it did not help",
            ErrorKind::ExternalToken => "the platform refuses the access token that `token` names",
            ErrorKind::Credentials => "the platform refuses the account's credentials",
            ErrorKind::IpNotWhitelisted { ip: Some(ip) } => {
                return format!("this machine's address {ip} is not in the account's IP whitelist");
            }
            ErrorKind::IpNotWhitelisted { ip: None } => "this machine's address is not in the account's IP whitelist",
            ErrorKind::Quota => "the limit of this endpoint is used up",
            ErrorKind::RateLimited => "too many calls within a minute",
            ErrorKind::Permission => "the account may not use this endpoint",
            ErrorKind::Suspended => "the platform has restricted the account",
            ErrorKind::AccountBlocked => "the platform has blocked the account or this machine for a while",
            ErrorKind::ContentRejected => "the platform refuses the content",
            ErrorKind::InvalidRequest => "the platform does not accept the request",
            ErrorKind::Busy => "the platform gave no usable response",
            ErrorKind::Unexpected => "the answer is not a response of this endpoint",
            ErrorKind::UnexpectedStatus => "something else than the platform answered",
            ErrorKind::Unreachable { sent: false } | ErrorKind::ProxyRefused => "the platform cannot be reached",
            ErrorKind::Unreachable { sent: true } => "no complete response came",
            ErrorKind::Untrusted => "the server is not trusted",
            ErrorKind::Oversize => "the answer is too large",
            ErrorKind::SecurityMode => "API security mode (API 安全鉴权模式) is on for this account",
            ErrorKind::Local => "on this machine",
            ErrorKind::Unknown => "the platform answered with a code that is not known",
        };
        what.to_owned()
    }

    fn next_step(&self) -> &'static str {
        match &self.kind {
            ErrorKind::NotFound => "It was published or deleted, or it belongs to another account",
            ErrorKind::NoArticles => "Look at it in the draft box at mp.weixin.qq.com",
            ErrorKind::ExternalToken => "Whoever keeps it must renew it; it is read again at the next call",
            ErrorKind::UnexpectedStatus => "Check `api_base` and `proxy` in the configuration",
            ErrorKind::ProxyRefused => {
                "Check where the proxy is named, or ask whoever runs it to let this machine through"
            }
            ErrorKind::Unknown => "Please report it, with the rid",
            ErrorKind::Token
            | ErrorKind::Credentials
            | ErrorKind::IpNotWhitelisted { .. }
            | ErrorKind::Quota
            | ErrorKind::RateLimited
            | ErrorKind::Permission
            | ErrorKind::Suspended
            | ErrorKind::AccountBlocked
            | ErrorKind::SecurityMode
            | ErrorKind::Unreachable { sent: false } => {
                failure_words::next_step(self.kind.failure_kind(), self.code, Language::English)
            }
            ErrorKind::ContentRejected
            | ErrorKind::InvalidRequest
            | ErrorKind::Busy
            | ErrorKind::Unexpected
            | ErrorKind::Unreachable { sent: true }
            | ErrorKind::Untrusted
            | ErrorKind::Oversize
            | ErrorKind::Local => "",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Endpoint;
    use insta::assert_snapshot;

    const RID: &str = "6a1b2c3d-0f1e2d3c-4b5a6978";

    fn answered(endpoint: Endpoint, code: i64, text: &str) -> String {
        Error::from_errcode(endpoint, code, &format!("{text} rid: {RID}")).to_string()
    }

    #[test]
    fn an_address_is_told_with_the_page_to_whitelist_it() {
        assert_snapshot!(
            answered(Endpoint::StableToken, 40164, "invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist"),
            @"stable_token: this machine's address 203.0.113.24 is not in the account's IP whitelist: invalid ip 203.0.113.24 ipv6 ::ffff:203.0.113.24, not in whitelist (errcode 40164, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; it takes effect after about 30 seconds"
        );
    }

    #[test]
    fn each_kind_tells_its_next_step() {
        let get = |code, text| answered(Endpoint::DraftGet, code, text);
        assert_snapshot!(
            [
                get(40007, "invalid media_id"),
                get(40001, "invalid credential, access_token is invalid or not latest"),
                answered(Endpoint::StableToken, 40125, "invalid appsecret"),
                answered(Endpoint::StableToken, 40013, "invalid appid"),
                get(45009, "reach max api daily quota limit"),
                get(45040, "reach max monthly quota limit"),
                get(45011, "api minute-quota reach limit  mustslower  retry next minute"),
                get(48001, "api unauthorized"),
                get(48004, "api forbidden for irregularities, view detail on mp.weixin.qq.com"),
                get(40234, "invalid signature"),
                answered(Endpoint::DraftAdd, 45166, "invalid content"),
                get(99999, "something new"),
            ]
            .join("\n"),
            @"
        draft/get: the draft is not in the draft box: invalid media_id (errcode 40007, rid 6a1b2c3d-0f1e2d3c-4b5a6978). It was published or deleted, or it belongs to another account
        draft/get: the platform refuses the access token, and renewing it did not help: invalid credential, access_token is invalid or not latest (errcode 40001, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Make sure that no other system keeps renewing it by force; the next call tries again
        stable_token: the platform refuses the account's credentials: invalid appsecret (errcode 40125, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Check that the AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)
        stable_token: the platform refuses the account's credentials: invalid appid (errcode 40013, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Check `appid` in the configuration
        draft/get: the limit of this endpoint is used up: reach max api daily quota limit (errcode 45009, rid 6a1b2c3d-0f1e2d3c-4b5a6978). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected
        draft/get: the limit of this endpoint is used up: reach max monthly quota limit (errcode 45040, rid 6a1b2c3d-0f1e2d3c-4b5a6978). It is a monthly limit, and free again next month
        draft/get: too many calls within a minute: api minute-quota reach limit  mustslower  retry next minute (errcode 45011, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Wait a minute; see what else calls the platform for this account
        draft/get: the account may not use this endpoint: api unauthorized (errcode 48001, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that `appid` is an official account and no mini program
        draft/get: the platform has restricted the account: api forbidden for irregularities, view detail on mp.weixin.qq.com (errcode 48004, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Log in to mp.weixin.qq.com and read the notice there
        draft/get: API security mode (API 安全鉴权模式) is on for this account: invalid signature (errcode 40234, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Turn it off at mp.weixin.qq.com: 开发管理 → 开发设置 → API安全; signing is not supported
        draft/add: the platform refuses the content: invalid content (errcode 45166, rid 6a1b2c3d-0f1e2d3c-4b5a6978)
        draft/get: the platform answered with a code that is not known: something new (errcode 99999, rid 6a1b2c3d-0f1e2d3c-4b5a6978). Please report it, with the rid
        "
        );
    }

    #[test]
    fn lost_answers_tell_what_is_not_known() {
        let call = |endpoint, kind, text: &str| Error::new(endpoint, kind, text).to_string();
        assert_snapshot!(
            [
                call(Endpoint::DraftGet, ErrorKind::Busy, "HTTP 502"),
                call(Endpoint::DraftAdd, ErrorKind::Busy, "HTTP 502"),
                call(Endpoint::DraftGet, ErrorKind::Unreachable { sent: false }, "Connection refused (os error 111)"),
                call(Endpoint::DraftAdd, ErrorKind::Unreachable { sent: true }, "not within 60s"),
                Error::local("the secret file /etc/draftkeep/mag.secret does not exist").to_string(),
            ]
            .join("\n"),
            @r#"
            draft/get: the platform gave no usable response: HTTP 502
            draft/add: the platform gave no usable response: HTTP 502. It is unknown whether it took effect: look into the draft box before repeating it
            draft/get: the platform cannot be reached: Connection refused (os error 111). Check the network, `api_base` and `proxy`
            draft/add: no complete response came: not within 60s. It is unknown whether it took effect: look into the draft box before repeating it
            on this machine: the secret file /etc/draftkeep/mag.secret does not exist
            "#
        );
    }
}
