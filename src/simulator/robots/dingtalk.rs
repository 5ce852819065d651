//! 钉钉 custom robots: open.dingtalk.com/document/orgapp/custom-robots-send-group-messages.

use serde_json::Value;

use super::signature::hmac_sha256;
use super::{Incoming, Outcome, coded};

const TOKEN: &str = "8c1f0e2d3b4a59687786a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(super) const PATH: &str =
    "/robot/send?access_token=8c1f0e2d3b4a59687786a5b4c3d2e1f00f1e2d3c4b5a69788796a5b4c3d2e1f0";
pub(super) const SECRET: &str = "SEC1f0e2d3c4b5a69788796a5b4c3d2e1f01f0e2d3c4b5a69788796a5b4c3d2e1f0";

/// How long a robot takes nothing after too many messages, in seconds.
const SILENCE: i64 = 600;

pub(super) fn receive(incoming: &mut Incoming<'_>) -> Outcome {
    let refused = |code, text: &str| Outcome::refused(coded(code, text));
    if incoming.request.query.get("access_token").map(String::as_str) != Some(TOKEN) || incoming.rules.is_removed {
        return refused(300_001, "token is not exist");
    }
    if incoming.is_from_elsewhere() {
        return refused(310_000, &format!("ip {} not in whitelist", incoming.request.ip));
    }
    if let Some(text) = unsigned(incoming) {
        return refused(310_000, text);
    }
    if incoming.request.body.len() > 20_000 {
        return refused(460_101, "message too long, exceed 20000 bytes");
    }
    let body: Value = serde_json::from_slice(&incoming.request.body).unwrap_or_default();
    let text = match body["msgtype"].as_str() {
        Some("text") => body["text"]["content"].as_str(),
        Some("markdown") if body["markdown"]["title"].is_string() => body["markdown"]["text"].as_str(),
        _ => return refused(40_035, "缺少参数 json"),
    };
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return refused(43_004, "无效的HTTP HEADER Content-Type");
    };
    if incoming.lacks_keyword(text) {
        return refused(310_000, "keywords not in content");
    }
    if incoming.rate.is_exceeded(incoming.now, 20, 60, SILENCE) {
        return refused(130_101, "send too fast, exceed 20 times per minute");
    }
    Outcome::taken(coded(0, "ok"), text.to_owned(), mentioned(&body, text))
}

/// Somebody is rung who is named in the list and in the text.
fn mentioned(body: &Value, text: &str) -> Vec<String> {
    let names = ["atMobiles", "atUserIds"].into_iter().flat_map(|key| body["at"][key].as_array().into_iter().flatten());
    let mut rung: Vec<String> = names
        .filter_map(Value::as_str)
        .filter(|name| text.contains(&format!("@{name}")))
        .map(ToOwned::to_owned)
        .collect();
    rung.extend((body["at"]["isAtAll"] == true).then(|| "all".to_owned()));
    rung
}

/// Returns what is wrong with the signature: the secret is the key; the time, in milliseconds, and the secret are signed.
fn unsigned(incoming: &Incoming<'_>) -> Option<&'static str> {
    let parameter = |name: &str| incoming.request.query.get(name).map(String::as_str).unwrap_or_default();
    let timestamp = parameter("timestamp");
    let is_recent = timestamp.parse::<i64>().is_ok_and(|at| (incoming.now - at / 1000).abs() <= 3600);
    if !is_recent {
        return Some("invalid timestamp");
    }
    let expected = hmac_sha256(SECRET.as_bytes(), format!("{timestamp}\n{SECRET}").as_bytes());
    (parameter("sign") != expected).then_some("sign not match")
}
