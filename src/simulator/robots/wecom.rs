//! 企业微信 message push: developer.work.weixin.qq.com/document/path/99110.

use serde_json::Value;

use super::{Incoming, Outcome, coded};

const KEY: &str = "693a91f6-7aaa-4bc4-97a0-0ec2515a5aaa";
pub(super) const PATH: &str = "/cgi-bin/webhook/send?key=693a91f6-7aaa-4bc4-97a0-0ec2515a5aaa";

pub(super) fn receive(incoming: &mut Incoming<'_>) -> Outcome {
    let refused = |code, text: &str| {
        let ip = &incoming.request.ip;
        let more = format!(
            "{text}, hint: [1790000000], from ip: {ip}, more info at https://open.work.weixin.qq.com/devtool/query?e={code}"
        );
        Outcome::refused(coded(code, &more))
    };
    if incoming.request.query.get("key").map(String::as_str) != Some(KEY) || incoming.rules.is_removed {
        return refused(93000, "invalid webhook url");
    }
    if incoming.is_from_elsewhere() {
        return refused(60020, "not allow to access from your ip");
    }
    let body: Value = match serde_json::from_slice(&incoming.request.body) {
        Ok(body) => body,
        Err(_) => return refused(47001, "data format error"),
    };
    let (content, largest) = match body["msgtype"].as_str() {
        Some("text") => (&body["text"]["content"], 2048),
        Some(kind @ ("markdown" | "markdown_v2")) => (&body[kind]["content"], 4096),
        _ => return refused(40008, "invalid message type"),
    };
    let content = content.as_str().unwrap_or_default();
    if content.is_empty() {
        return refused(44004, "empty content");
    }
    if content.len() > largest {
        return refused(
            40058,
            &format!("{}.content exceed max length {largest}", body["msgtype"].as_str().unwrap_or_default()),
        );
    }
    if incoming.rate.is_exceeded(incoming.now, 20, 60, 0) {
        return refused(45009, "api freq out of limit");
    }
    let mut mentioned: Vec<String> =
        content.split("<@").skip(1).filter_map(|rest| Some(rest.split_once('>')?.0.to_owned())).collect();
    let listed = body["text"]["mentioned_list"].as_array().into_iter().flatten();
    mentioned.extend(listed.filter_map(Value::as_str).map(|person| person.trim_start_matches('@').to_owned()));
    Outcome::taken(coded(0, "ok"), content.to_owned(), mentioned)
}
