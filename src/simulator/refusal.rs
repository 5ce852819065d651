//! Errors of the platform: a code, and a text that means little.

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

    /// The caller's address is not on the whitelist; the text has it in both notations.
    pub(super) fn address(ip: &str) -> Self {
        let text = format!("invalid ip {ip} ipv6 ::ffff:{ip}, not in whitelist");
        Self { code: 40164, text: Cow::Owned(text) }
    }

    /// Returns whether real responses have `hint: […]` before the rid for this code.
    pub(super) fn has_hint(&self) -> bool {
        matches!(self.code, 40001 | 40007 | 44003 | 45003 | 45004 | 45110)
    }
}

/// As in 官方文档 "全局返回码", or as in real responses where these differ.
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
        40033 => "invalid charset. please check your request, if include \\uxxxx will create fail!",
        40035 => "invalid parameter",
        40066 => "invalid url",
        40097 => "invalid args",
        40113 => "unsupported file type",
        40114 => "invalid index value",
        40125 => "invalid appsecret",
        40137 => "invalid image format",
        40155 => "do not add other accounts' homepage links",
        40192 => "invalid author in news",
        40201 => "invalid check_operator",
        40202 => "invalid action",
        40230 => "missing Wechatmp-Serial",
        40231 => "missing Wechatmp-TimeStamp",
        40232 => "missing Wechatmp-Signature",
        40233 => "missing Wechatmp-Appid",
        40234 => "invalid signature",
        40235 => "invalid encrypt",
        40236 => "invalid Wechatmp-Appid",
        40237 => "appid does not match the access_token",
        40238 => "no symmetric key configured",
        40239 => "no public key configured",
        40240 => "timestamp expired",
        40243 => "AppSecret is frozen",
        41001 => "access_token missing",
        41002 => "appid missing",
        41004 => "appsecret missing",
        41005 => "media data missing",
        41006 => "media_id missing",
        41039 => "invalid content_source_url",
        42001 => "access_token expired",
        42007 => "access_token and refresh_token exception",
        43002 => "require POST method",
        44002 => "empty post data",
        44003 => "empty news data",
        44004 => "empty content",
        45001 => "media size out of limit",
        45002 => "content size out of limit",
        45003 => "title size out of limit",
        45004 => "description size out of limit",
        45005 => "url size out of limit",
        45006 => "picurl size out of limit",
        45008 => "article size out of limit",
        45009 => "reach max api daily quota limit",
        45011 => "api minute-quota reach limit  mustslower  retry next minute",
        45020 => "pic count out of limit",
        45028 => "has no masssend quota",
        45034 => "media count out of limit",
        45035 => "access clientip is not registered, not in ip-white-list",
        45040 => "reach max monthly quota limit",
        45074 => "media library is full",
        45102 => "blocked for the time being",
        45103 => "this api is no longer supported",
        45110 => "author size out of limit",
        45166 => "invalid content",
        45501 => "blocked for the time being",
        46001 => "media data no exist",
        47001 => "data format error",
        47002 => "invalid charset. please check your request, if include \\uxxxx will create fail!",
        48001 => "api unauthorized",
        48004 => "api forbidden for irregularities, view detail on mp.weixin.qq.com",
        48005 => "forbid to delete material used by auto-reply or menu",
        48006 => "forbid to clear quota because of reaching the limit",
        48009 => "this api is expired",
        48010 => "forbid to modify the material",
        50002 => "user limited",
        50004 => "forbid to use token interface",
        50007 => "account is frozen",
        53402 => "封面裁剪失败,请检查裁剪参数后重试",
        53404 => "账号已被限制带货能力，请删除商品后重试",
        53405 => "插入商品信息有误，请检查后重试",
        53406 => "请先开通带货能力",
        53500 => "发布功能被限制",
        53501 => "发布次数达到上限",
        53502 => "publish_id error",
        53503 => "该草稿未通过发布检查",
        53504 => "需前往公众平台官网使用草稿",
        53505 => "请手动保存成功后再发表",
        53600 => "Article ID 无效",
        61003 => "component is not authorized by this account",
        61004 => "access clientip is not registered",
        61007 => "api is unauthorized to component",
        61016 => "function category of the api need be confirmed by component",
        61017 => "function category not authorized",
        61023 => "refresh_token is invalid",
        61450 => "system error",
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
