//! The platform's own addresses, and its network check (官方文档 "获取微信 API 服务器 IP", "获取微信推送服务器 IP", "网络检测").
//!
//! All addresses are from the ranges kept for documentation (RFC 5737).

use serde_json::json;

use super::account_handle::AccountHandle;
use super::endpoint::{Input, Reply};
use super::refusal::Refusal;

/// `get_api_domain_ip`: addresses for firewall rules.
pub(super) fn domain_addresses(_: &mut AccountHandle<'_>, _: &Input<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::Data(json!({"ip_list": ["192.0.2.10", "192.0.2.11", "198.51.100.10", "203.0.113.10"]})))
}

/// `getcallbackip`: where messages to the account's own server come from.
pub(super) fn callback_addresses(_: &mut AccountHandle<'_>, _: &Input<'_>) -> Result<Reply, Refusal> {
    Ok(Reply::Data(json!({"ip_list": ["192.0.2.20", "198.51.100.20"]})))
}

/// `callback/check`: whether the account's own server can be resolved and reached.
pub(super) fn check(_: &mut AccountHandle<'_>, input: &Input<'_>) -> Result<Reply, Refusal> {
    let operator = match input.text("check_operator") {
        known @ ("CHINANET" | "UNICOM" | "CAP") => known,
        "DEFAULT" | "" => "DEFAULT",
        _ => return Err(Refusal::of(40201)),
    };
    let dns = json!([{"ip": "203.0.113.24", "real_operator": "UNICOM"}]);
    let ping = json!([{"ip": "203.0.113.24", "from_operator": operator, "package_loss": "0%", "time": "23.079ms"}]);
    match input.text("action") {
        "dns" => Ok(Reply::Data(json!({"dns": dns}))),
        "ping" => Ok(Reply::Data(json!({"ping": ping}))),
        "all" => Ok(Reply::Data(json!({"dns": dns, "ping": ping}))),
        _ => Err(Refusal::of(40202)),
    }
}
