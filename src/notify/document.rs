//! The message as a JSON document, for webhooks and commands.

use serde_json::{Value, json};

use super::message::Message;
use super::text::{link_address, one_line};
use crate::model::rfc3339;

/// The longest document, in bytes: what receivers take at least.
const LARGEST: usize = 20_000;

/// Renders the message. `data` is left out if there is no room for it.
pub(super) fn document(message: &Message) -> Value {
    let fits = |document: &Value| document.to_string().len() <= LARGEST;
    let with = |data: &Value| message.fitted(|lines| render(message, lines, data), fits);
    let document = with(&message.data);
    if fits(&document) { document } else { with(&Value::Null) }
}

fn render(message: &Message, lines: &[String], data: &Value) -> Value {
    json!({
        "type": message.kind,
        "timestamp": rfc3339(message.at),
        "id": message.id,
        "severity": message.severity.as_str(),
        "title": message.title(),
        "lines": lines,
        "link": message.link.as_ref().and_then(|link| link_address(&link.url)),
        "command": message.command.as_deref().map(one_line),
        "data": data,
    })
}

#[cfg(test)]
mod tests {
    use super::super::message::samples::{huge, message};
    use super::*;

    #[test]
    fn a_document_says_what_happened_and_when() {
        insta::assert_snapshot!(document(&message()), @r#"{"command":null,"data":{"account":"mag","draft":3,"version":2},"id":"msg_7Qm2","lines":["正文 3,214 → 12 字 · 图 9 → 0","14:02 由编辑器保存"],"link":"https://keep.example/d/3?a=1&b=2","severity":"alarm","timestamp":"2026-09-21T06:02:00.000Z","title":"《秋季新品》的正文被清空","type":"draft.emptied"}"#);
    }

    #[test]
    fn a_document_has_a_limit() {
        assert!(document(&huge()).to_string().len() <= LARGEST);
        let message = Message { data: Value::String("稿".repeat(10_000)), ..message() };
        let document = document(&message);
        assert_eq!((document["data"].is_null(), document["lines"].as_array().unwrap().len()), (true, 2));
    }
}
