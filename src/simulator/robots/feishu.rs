//! 飞书 custom bots: open.feishu.cn/document/client-docs/bot-v3/add-custom-bot.

use serde_json::{Value, json};

use super::signature::hmac_sha256;
use super::{Incoming, Outcome, json_response};

const ID: &str = "5f2c1e0d-33aa-4b77-9d0e-2c1b0a998877";
pub(super) const PATH: &str = "/open-apis/bot/v2/hook/5f2c1e0d-33aa-4b77-9d0e-2c1b0a998877";
pub(super) const SECRET: &str = "feishu-demo-secret-0123456789";

pub(super) fn receive(incoming: &mut Incoming<'_>) -> Outcome {
    let refused =
        |code: i64, text: &str| Outcome::refused(json_response(&json!({"code": code, "data": {}, "msg": text})));
    if !incoming.request.path.ends_with(ID) || incoming.rules.is_removed {
        return refused(19001, "param invalid: incoming webhook access token invalid");
    }
    if incoming.is_from_elsewhere() {
        return refused(19022, "Ip Not Allowed");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&incoming.request.body) else {
        return refused(9499, "Bad Request");
    };
    match incoming.request.body.len() {
        ..=20_480 => {}
        20_481..=30_720 => return refused(9499, "Bad Request"),
        _ => return refused(19036, "message exceeds the size limit of 30KB"),
    }
    if !is_signed(&body, incoming.now) {
        return refused(19021, "sign match fail or timestamp is not within one hour from current time");
    }
    let Some((text, mentioned)) = text_of(&body) else { return refused(19002, "params error, msg_type need") };
    if incoming.lacks_keyword(&text) {
        return refused(19024, "Key Words Not Found");
    }
    if incoming.rate.is_exceeded(incoming.now, 5, 1, 0) {
        return refused(11232, "frequency limited psm");
    }
    let success = json!({"StatusCode": 0, "StatusMessage": "success", "code": 0, "data": {}, "msg": "success"});
    Outcome::taken(json_response(&success), text, mentioned)
}

/// The time and the secret are the key, and nothing is signed.
fn is_signed(body: &Value, now: i64) -> bool {
    let timestamp = body["timestamp"].as_str().unwrap_or_default();
    let expected = hmac_sha256(format!("{timestamp}\n{SECRET}").as_bytes(), b"");
    let is_recent = timestamp.parse::<i64>().is_ok_and(|at| (now - at).abs() <= 3600);
    is_recent && body["sign"] == expected
}

/// Returns what people see, and whom it mentions.
fn text_of(body: &Value) -> Option<(String, Vec<String>)> {
    match body["msg_type"].as_str()? {
        "text" => {
            let text = body["content"]["text"].as_str()?;
            let mentioned = text.split("<at user_id=\"").skip(1).filter_map(|rest| rest.split_once('"'));
            Some((text.to_owned(), mentioned.map(|(person, _)| person.to_owned()).collect()))
        }
        "post" => {
            let post = body["content"]["post"].as_object()?.values().next()?;
            let mut lines = vec![post["title"].as_str().unwrap_or_default().to_owned()];
            let mut mentioned = Vec::new();
            for paragraph in post["content"].as_array()? {
                let elements = paragraph.as_array()?.iter().map(|element| match element["tag"].as_str() {
                    Some("text") => element["text"].as_str().map(ToOwned::to_owned),
                    Some("a") => Some(format!("{} <{}>", element["text"].as_str()?, element["href"].as_str()?)),
                    Some("at") => {
                        mentioned.push(element["user_id"].as_str()?.to_owned());
                        Some(format!("@{}", element["user_id"].as_str()?))
                    }
                    _ => None,
                });
                lines.push(elements.collect::<Option<Vec<_>>>()?.concat());
            }
            Some((lines.join("\n"), mentioned))
        }
        _ => None,
    }
}
