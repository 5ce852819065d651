//! Apprise API servers (github.com/caronc/apprise-api), which pass a message on.

use serde_json::{Value, json};

use super::address::{self, TargetError};
use super::answer::Answer;
use super::client::{Client, Request, Response};
use super::meaning::Meaning;
use super::message::Message;
use super::status;
use super::text::unlinked;
use crate::model::{Severity, Timestamp};
use crate::secret::Secret;

/// The longest request, in bytes: many services behind it take no more.
const LARGEST: usize = 18_000;

pub(super) fn parse(url: &Secret) -> Result<reqwest::Url, TargetError> {
    address::with_key_in_path(url, "/notify/", address::APPRISE)
}

pub(super) async fn send(client: &Client, url: reqwest::Url, message: &Message, now: Timestamp) -> Answer {
    match client.post(Request::json(url, body(message).to_string())).await {
        Ok(response) => read(&response, now),
        Err(answer) => answer,
    }
}

pub(super) fn body(message: &Message) -> Value {
    message.fitted(|lines| with_lines(message, lines), |body| body.to_string().len() <= LARGEST)
}

/// The format is plain text, so nothing is markup.
fn with_lines(message: &Message, lines: &[String]) -> Value {
    let kind = match message.severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Alarm => "failure",
    };
    let text = lines.iter().map(|line| unlinked(line)).chain(message.way_on()).collect::<Vec<_>>().join("\n");
    // Without a body, the server refuses.
    let text = if text.is_empty() { unlinked(&message.title()) } else { text };
    json!({"title": unlinked(&message.marked_title()), "body": text, "type": kind, "format": "text"})
}

/// 204: nothing is configured for the key. 424: one of the services behind it has not got the message, the others have.
fn read(response: &Response, now: Timestamp) -> Answer {
    match response.status {
        200 => Answer::Delivered,
        204 => Answer::parked(Meaning::NothingConfigured).code(204),
        424 => Answer::uncertain(Meaning::PartlySent).code(424).said(response.text()),
        _ => status::refusal(response, now).unwrap_or_else(|| status::not_understood(response)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::samples::{huge, message};
    use super::*;

    #[test]
    fn a_message_is_plain_text() {
        insta::assert_snapshot!(body(&message()), @r#"{"body":"正文 3,214 → 12 字 · 图 9 → 0\n14:02 由编辑器保存\n看改动：https://keep.example/d/3?a=1&b=2","format":"text","title":"《秋季新品》的正文被清空","type":"failure"}"#);
        assert!(body(&huge()).to_string().len() <= LARGEST);
    }

    #[test]
    fn only_200_says_that_all_have_it() {
        let read = |status| read(&Response::of(status, ""), Timestamp::default());
        assert_eq!(read(200), Answer::Delivered);
        assert_eq!(read(204), Answer::parked(Meaning::NothingConfigured).code(204));
        assert_eq!(read(424), Answer::uncertain(Meaning::PartlySent).code(424));
        assert!(matches!(read(202), Answer::Uncertain { .. }));
    }
}
