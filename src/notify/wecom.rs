//! 企业微信 message push (developer.work.weixin.qq.com/document/path/99110).

use serde_json::{Value, json};

use super::address::{self, TargetError};
use super::answer::Answer;
use super::client::Client;
use super::meaning::Meaning;
use super::message::Message;
use super::robot::{self, Dialect, Forms, Verdict};
use super::text::{command_for_markdown, cut, for_markdown, link_address, one_line};
use crate::model::Timestamp;
use crate::secret::Secret;

/// The longest content, in bytes.
const LARGEST_MARKDOWN: usize = 4096;
const LARGEST_TEXT: usize = 2048;

const DIALECT: Dialect = Dialect { codes: &["errcode"], message: "errmsg", verdict };

pub(super) fn parse(url: &Secret) -> Result<reqwest::Url, TargetError> {
    address::with_key_in_query(url, "/webhook/send", "key", address::WECOM)
}

pub(super) async fn send(client: &Client, url: reqwest::Url, message: &Message, now: Timestamp) -> Answer {
    let full = body(message).to_string();
    let short = |includes_title| {
        let mentioned: Vec<&str> = message.mentioned().map(|who| if who == "all" { "@all" } else { who }).collect();
        let text = message.short_text(includes_title);
        let content = cut(&text, LARGEST_TEXT);
        json!({"msgtype": "text", "text": {"content": content, "mentioned_list": mentioned}}).to_string()
    };
    robot::send(client, url, Forms { full, short }, &DIALECT, now).await
}

pub(super) fn body(message: &Message) -> Value {
    json!({"msgtype": "markdown", "markdown": {"content": markdown(message)}})
}

fn markdown(message: &Message) -> String {
    message.fitted(|lines| content(message, lines), |content| content.len() <= LARGEST_MARKDOWN)
}

fn content(message: &Message, lines: &[String]) -> String {
    let title = for_markdown(&message.marked_title());
    let mut parts = vec![match message.severity_word() {
        Some(word) => format!("<font color=\"warning\">{word}</font> **{title}**"),
        None => format!("**{title}**"),
    }];
    parts.extend(lines.iter().map(|line| format!("> {}", for_markdown(line))));
    parts.extend(way_on(message));
    let people: String = message.mentioned().map(|person| format!("<@{person}>")).collect();
    parts.extend((!people.is_empty()).then_some(people));
    parts.join("\n")
}

/// The link, or what to type. The empty line before it ends the quote.
fn way_on(message: &Message) -> Option<String> {
    if let Some(link) = &message.link {
        let label = for_markdown(&one_line(&link.label));
        return link_address(&link.url).map(|url| format!("\n[{}]({url})", cut(&label, 60)));
    }
    message.command.as_deref().map(|command| format!("\n`{}`", command_for_markdown(command)))
}

fn verdict(code: i64, _: &str) -> Verdict {
    match code {
        0 => Verdict::Delivered,
        -1 => Verdict::Later(30, Meaning::Busy),
        45009 => Verdict::Later(75, Meaning::TooOften),
        45033 => Verdict::Later(10, Meaning::TooOften),
        93000 => Verdict::Parked(Meaning::RobotUnknown),
        93004 | 93008 | 93017 | 93018 => Verdict::Parked(Meaning::RobotStopped),
        60020 => Verdict::Parked(Meaning::IpNotAllowed),
        40058 => Verdict::Rejected(Meaning::TooLong),
        40008 | 44004 => Verdict::Rejected(Meaning::InvalidRequest),
        _ => Verdict::Later(300, Meaning::Unknown),
    }
}

/// The least time between two messages: 20 a minute.
pub(super) const GAP_MILLISECONDS: u64 = 3_500;

#[cfg(test)]
mod tests {
    use super::super::client::Response;
    use super::super::message::samples::{huge, message, nasty};
    use super::*;
    use crate::model::Severity;

    #[test]
    fn a_message_is_title_numbers_link_people() {
        insta::assert_snapshot!(markdown(&message()), @r#"
        <font color="warning">警报</font> **《秋季新品》的正文被清空**
        > 正文 3,214 → 12 字 · 图 9 → 0
        > 14:02 由编辑器保存

        [看改动](https://keep.example/d/3?a=1&b=2)
        <@zhangsan>
        "#);
        let info = Message { severity: Severity::Info, is_again: true, people: Vec::new(), link: None, ..message() };
        insta::assert_snapshot!(markdown(&info), @"
        **（重发）《秋季新品》的正文被清空**
        > 正文 3,214 → 12 字 · 图 9 → 0
        > 14:02 由编辑器保存
        ");
    }

    #[test]
    fn a_nasty_title_does_nothing() {
        let content = markdown(&nasty());
        insta::assert_snapshot!(content.replace('\u{200b}', "|"), @r#"
        <font color="warning">警报</font> **＜@|all＞ ］(javascript:alert(1)) ＊＊秋＊＊ ～～冬～～ ＿春＿ gpj # ｀x｀ www.|evil.|example @|13800000000 👨‍👩‍👧**
        > ＜@|all＞ ］(javascript:alert(1)) ＊＊秋＊＊ ～～冬～～ ＿春＿ gpj # ｀x｀ www.|evil.|example @|13800000000 👨‍👩‍👧
        > ＜at user_id="all"＞所有人＜/at＞ ＆lt;@|all＆gt;

        `draftkeep diff mag/3@1 @2`
        <@zhangsan>
        "#);
    }

    #[test]
    fn a_huge_message_fits_and_keeps_its_link() {
        let content = markdown(&huge());
        assert!(content.len() <= LARGEST_MARKDOWN, "{}", content.len());
        assert!(content.contains("（还有 29") && content.contains("](https://keep.example/d/3?a=1&b=2)"), "{content}");
    }

    #[test]
    fn a_code_decides_and_not_the_status() {
        let read = |body: &str| robot::read(&Response::of(200, body), &DIALECT, Timestamp::default());
        assert_eq!(read(r#"{"errcode":0,"errmsg":"ok"}"#), Answer::Delivered);
        let said = "invalid webhook url, hint: [1790000000], from ip: 203.0.113.7";
        let refused = read(&json!({"errcode": 93000, "errmsg": said}).to_string());
        assert_eq!(refused, Answer::parked(Meaning::RobotUnknown).code(93000).said(said));
        for (code, meaning) in
            [(45009, Meaning::TooOften), (-1, Meaning::Busy), (45033, Meaning::TooOften), (7, Meaning::Unknown)]
        {
            let answer = read(&format!(r#"{{"errcode":{code},"errmsg":""}}"#));
            assert!(matches!(&answer, Answer::Later { reason, .. } if reason.meaning == meaning), "{answer:?}");
        }
        assert!(matches!(read(r#"{"errcode":40058}"#), Answer::Rejected { .. }));
        assert!(matches!(read("{}"), Answer::Later { .. }), "no code is no success");
    }
}
