//! Refusals: a code that means something, and a text that does not.

use std::borrow::Cow;

/// What the platform answers instead of data; the HTTP status stays 200.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `errcode`.
    pub code: i64,
    /// `errmsg` without its decorations.
    pub text: Cow<'static, str>,
}

impl Refusal {
    /// Returns the refusal of this code with the text that the platform is known to use for it.
    pub fn of(code: i64) -> Self {
        Self { code, text: Cow::Borrowed(text(code)) }
    }

    /// The caller's address is not on the whitelist; tells it in both spellings.
    pub(super) fn address(ip: &str) -> Self {
        let text = format!("invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist");
        Self { code: 40164, text: Cow::Owned(text) }
    }

    /// Tells whether real answers carry a `hint: […]` in front of the rid for this code.
    pub(super) fn has_hint(&self) -> bool {
        matches!(self.code, 40001 | 40007 | 44003 | 45003 | 45004 | 45110)
    }
}

/// 官方文档 "全局返回码" where real answers say the same, else what real answers say.
fn text(code: i64) -> &'static str {
    match code {
        -1 => "system error",
        40001 => {
            "invalid credential, access_token is invalid or not latest, could get access_token by getStableAccessToken, \
             more details at https://mmbizurl.cn/s/JtxxFh33r"
        }
        40002 => "invalid grant_type",
        40004 => "invalid media type",
        40005 => "invalid file type",
        40006 => "invalid meida size",
        40007 => "invalid media_id",
        40009 => "invalid image size",
        40013 => "invalid appid",
        40014 => "invalid access_token",
        40035 => "invalid parameter",
        40066 => "invalid url",
        40097 => "invalid args",
        40113 => "unsupported file type",
        40114 => "invalid index value",
        40125 => "invalid appsecret",
        40137 => "invalid image format",
        40234 => "invalid signature",
        40243 => "AppSecret is frozen",
        41001 => "access_token missing",
        41002 => "appid missing",
        41004 => "appsecret missing",
        41005 => "media data missing",
        41039 => "invalid content_source_url",
        42001 => "access_token expired",
        43002 => "require POST method",
        44002 => "empty post data",
        44003 => "empty news data",
        44004 => "empty content",
        45001 => "media size out of limit",
        45002 => "content size out of limit",
        45003 => "title size out of limit",
        45004 => "description size out of limit",
        45005 => "url size out of limit",
        45008 => "article size out of limit",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit  mustslower  retry next minute",
        45020 => "pic count out of limit",
        45110 => "author size out of limit",
        45166 => "invalid content",
        47001 => "data format error",
        48001 => "api unauthorized",
        48004 => "api forbidden for irregularities, view detail on mp.weixin.qq.com",
        48006 => "forbid to clear quota because of reaching the limit",
        50002 => "user limited",
        53402 => "封面裁剪失败,请检查裁剪参数后重试",
        53406 => "请先开通带货能力",
        53502 => "publish_id error",
        53503 => "该草稿未通过发布检查",
        53504 => "需前往公众平台官网使用草稿",
        53505 => "请手动保存成功后再发表",
        53600 => "Article ID 无效",
        61007 => "api is unauthorized to component",
        76001 => "rid not found",
        76002 => "rid is invalid",
        76003 => "rid does not belong to this account",
        76021 => "cgi_path not found, please check",
        76022 => "could not use this cgi_path,no permission",
        88000 => "without comment privilege",
        89503 => "this ip needs to be confirmed by the administrator",
        89506 => "this ip was refused by the administrator, try again in 24 hours",
        89507 => "this ip was refused by the administrator, try again in 1 hour",
        _ => "error",
    }
}
