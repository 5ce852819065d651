//! What a failure means and what to do about it, in words: for messages, pages, and the errors of the command line.

use crate::model::{FailureKind, Language};

/// Says what happened and what to do, in one line: `The platform refuses the access token (errcode 40001). Make sure that …`.
pub fn failure_sentence(kind: FailureKind, code: Option<i64>, language: Language) -> String {
    let (what, next) = (what_failed(kind, code, language), next_step(kind, code, language));
    let what = match (code, language) {
        (Some(code), Language::Chinese) => format!("{what}（错误码 {code}）"),
        (Some(code), Language::English) => format!("{what} (errcode {code})"),
        (None, _) => what.to_owned(),
    };
    match (next, language) {
        ("", _) => what,
        (next, Language::Chinese) => format!("{what}。{next}"),
        (next, Language::English) => format!("{what}. {next}"),
    }
}

/// Says what happened.
pub fn what_failed(kind: FailureKind, code: Option<i64>, language: Language) -> &'static str {
    let [chinese, english] = match kind {
        FailureKind::HeldBack => ["一次消失的草稿太多，先不下结论", "Too many drafts vanished at once to believe it"],
        FailureKind::NotStored => ["有草稿的内容没能写入存档", "The content of drafts could not be stored"],
        FailureKind::Damaged => ["存档有损坏", "The archive is damaged"],
        FailureKind::Broken => ["程序出错，或存档无法写入", "The program failed, or could not write the archive"],
        FailureKind::UnusableAnswer => {
            ["微信答复的内容无法存档", "Nothing can be archived from what the platform answered"]
        }
        FailureKind::NotFound => ["草稿箱里没有这篇草稿", "The draft is not in the draft box"],
        FailureKind::NoArticles => ["草稿里没有文章", "The draft has no articles"],
        FailureKind::Token => ["微信不认这个 access_token", "The platform refuses the access token"],
        FailureKind::Credentials => credentials(code),
        FailureKind::IpNotWhitelisted => {
            ["这台服务器的 IP 不在 IP 白名单里", "This machine's address is not in the account's IP whitelist"]
        }
        FailureKind::Quota => ["接口调用次数已用完", "The limit of the endpoint is used up"],
        FailureKind::RateLimited => ["一分钟内调用太多", "Too many calls within a minute"],
        FailureKind::Permission => ["公众号没有这个接口的权限", "The account may not use the endpoint"],
        FailureKind::Suspended => ["公众号被微信限制", "The platform has restricted the account"],
        FailureKind::AccountBlocked => [
            "微信暂时不接受这个公众号或这台服务器的调用",
            "The platform has blocked the account or this machine for a while",
        ],
        FailureKind::SecurityMode => ["公众号开启了 API 安全鉴权模式", "API security mode (API 安全鉴权模式) is on"],
        FailureKind::InvalidRequest => ["微信不接受这个请求", "The platform does not accept the request"],
        FailureKind::Unreachable => {
            ["连不上微信，或微信没有正常答复", "The platform cannot be reached, or gave no usable response"]
        }
        FailureKind::UnknownAnswer => ["微信的答复无法识别", "The platform's answer is not known"],
        FailureKind::Local => {
            ["这台服务器上的密钥或证书读不到", "A secret or a certificate cannot be read on this machine"]
        }
    };
    if language == Language::Chinese { chinese } else { english }
}

/// Says what to do about it; empty where there is nothing to say.
pub fn next_step(kind: FailureKind, code: Option<i64>, language: Language) -> &'static str {
    let [chinese, english] = match kind {
        FailureKind::Token => [
            "请确认没有别的系统在强制刷新它；下次调用时自动重试",
            "Make sure that no other system keeps renewing it by force; the next call tries again",
        ],
        FailureKind::Credentials => credentials_step(code),
        FailureKind::IpNotWhitelisted => [
            "请到公众平台添加：设置与开发 → 开发接口管理（或基本配置）→ IP白名单，约 30 秒后生效",
            "Add it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置) → IP白名单; \
             it takes effect after about 30 seconds",
        ],
        FailureKind::Quota => match code {
            Some(45040 | 48006) => ["这是每月的次数，下个月恢复", "It is a monthly limit, and free again next month"],
            _ => [
                "北京时间 0 点恢复，其他接口不受影响",
                "It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected",
            ],
        },
        FailureKind::RateLimited => [
            "一分钟后再试；请看看还有哪些系统在调用这个公众号的接口",
            "Wait a minute; see what else calls the platform for this account",
        ],
        FailureKind::Permission => permission_step(code),
        FailureKind::Suspended => ["请登录公众平台查看通知", "Log in to mp.weixin.qq.com and read the notice there"],
        FailureKind::AccountBlocked => blocked_step(code),
        FailureKind::SecurityMode => [
            "draftkeep 不支持签名调用，请到公众平台关闭：开发管理 → 开发设置 → API安全",
            "Turn it off at mp.weixin.qq.com: 开发管理 → 开发设置 → API安全; signing is not supported",
        ],
        FailureKind::Unreachable => {
            ["请检查这台服务器的网络，以及配置里的 api_base 和 proxy", "Check the network, `api_base` and `proxy`"]
        }
        FailureKind::Broken | FailureKind::NotStored | FailureKind::Damaged | FailureKind::Local => {
            ["具体原因见 draftkeep status", "See why: draftkeep status"]
        }
        FailureKind::HeldBack
        | FailureKind::UnusableAnswer
        | FailureKind::NotFound
        | FailureKind::NoArticles
        | FailureKind::InvalidRequest
        | FailureKind::UnknownAnswer => [""; 2],
    };
    if language == Language::Chinese { chinese } else { english }
}

fn credentials(code: Option<i64>) -> [&'static str; 2] {
    match code {
        Some(40013) => ["AppID 不对", "The platform does not know the AppID"],
        Some(40125 | 40001) => ["AppSecret 不对，可能已被重置", "The AppSecret is wrong; it may have been reset"],
        Some(40243) => ["AppSecret 被冻结", "The AppSecret is frozen"],
        Some(42007 | 61023) => ["给第三方平台的授权已失效", "The authorisation of the third-party platform is void"],
        _ => ["微信不认公众号的 AppID 或 AppSecret", "The platform refuses the account's credentials"],
    }
}

fn credentials_step(code: Option<i64>) -> [&'static str; 2] {
    match code {
        Some(40013) => ["请检查配置里的 appid", "Check `appid` in the configuration"],
        Some(40243) => [
            "请到公众平台解冻：设置与开发 → 开发接口管理（或基本配置）",
            "Unfreeze it at mp.weixin.qq.com: 设置与开发 → 开发接口管理 (or 基本配置)",
        ],
        Some(42007 | 61023) => AUTHORISE_AGAIN,
        _ => [
            "请核对 AppSecret 属于这个 AppID；找不到原来的，只能到公众平台重置：设置与开发 → 开发接口管理（或基本配置）",
            "Check that the AppSecret belongs to this AppID; a lost one can only be reset at mp.weixin.qq.com: \
             设置与开发 → 开发接口管理 (or 基本配置)",
        ],
    }
}

const AUTHORISE_AGAIN: [&str; 2] =
    ["请公众号管理员重新授权第三方平台", "The account's owner must authorise the third-party platform again"];

fn permission_step(code: Option<i64>) -> [&'static str; 2] {
    match code {
        Some(61003) => AUTHORISE_AGAIN,
        Some(61007 | 61016 | 61017) => [
            "请公众号管理员给第三方平台更多权限（权限集 11）",
            "The account's owner must grant the third-party platform more (权限集 11)",
        ],
        Some(45103 | 48009) => [
            "微信已停用这个接口，请看看 draftkeep 有没有新版本",
            "The platform has retired it; look for a newer draftkeep",
        ],
        _ => [
            "请到公众平台检查认证有没有过期、接口权限里有没有草稿箱，并确认 appid 不是小程序的",
            "Check at mp.weixin.qq.com that 认证 has not expired and that 设置与开发 → 接口权限 lists it, and that \
             `appid` is an official account and no mini program",
        ],
    }
}

fn blocked_step(code: Option<i64>) -> [&'static str; 2] {
    match code {
        Some(89503) => [
            "微信已请公众号管理员确认这台服务器的 IP，请管理员在微信里同意",
            "An administrator of the account has been asked in WeChat to allow this address",
        ],
        Some(89506) => [
            "管理员没有同意这台服务器的 IP，24 小时后才能再申请",
            "An administrator refused this address; it may ask again after 24 hours",
        ],
        Some(89507) => [
            "管理员没有同意这台服务器的 IP，1 小时后才能再申请",
            "An administrator refused this address once; it may ask again after an hour",
        ],
        _ => [
            "请等一小时，再登录公众平台查看通知",
            "Wait an hour, then log in to mp.weixin.qq.com and read the notices there",
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_is_told_in_both_languages() {
        let codes = [40013, 40125, 40243, 42007, 61003, 61007, 45103, 45040, 45009, 89503, 89506, 89507, 48001];
        for kind in FailureKind::ALL {
            for code in codes.map(Some).into_iter().chain([None]) {
                let chinese = failure_sentence(kind, code, Language::Chinese);
                let words = chinese.split(|c: char| !c.is_ascii()).map(|part| part.split_whitespace().count());
                assert!(words.max() <= Some(4), "an English sentence: {chinese}");
                assert!(chinese.chars().any(|c| ('\u{4e00}'..'\u{9fff}').contains(&c)), "{chinese}");
                let english = failure_sentence(kind, code, Language::English);
                assert!(english.starts_with(|c: char| c.is_ascii_uppercase()) && !english.ends_with('.'), "{english}");
            }
        }
        assert_eq!(
            failure_sentence(FailureKind::Credentials, Some(40013), Language::Chinese),
            "AppID 不对（错误码 40013）。请检查配置里的 appid"
        );
    }
}
