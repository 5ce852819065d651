//! 飞书 and Lark custom bots. Text of others stands in plain-text elements, where nothing is markup.

use serde_json::{Value, json};

use super::address::{self, TargetError};
use super::answer::Answer;
use super::client::Client;
use super::meaning::Meaning;
use super::message::Message;
use super::robot::{self, Dialect, Forms, Verdict};
use super::signature;
use super::text::{cut, link_address, one_line, unlinked};
use crate::model::{Language, Timestamp};
use crate::secret::Secret;

/// The longest request, in bytes; 20 KB are documented.
const LARGEST: usize = 18_000;

/// The least time between two messages: five a second, a hundred a minute.
pub(super) const GAP_MILLISECONDS: u64 = 1_000;

/// Older bots answer with `StatusCode` alone.
const DIALECT: Dialect = Dialect { codes: &["code", "StatusCode"], message: "msg", verdict };

pub(super) fn parse(url: &Secret, secret: Option<&Secret>) -> Result<reqwest::Url, TargetError> {
    address::check_robot_secret(secret)?;
    let url = address::with_key_in_path(url, "/hook/", address::FEISHU)?;
    address::refuse_placeholder(url.path().rsplit('/').next().unwrap_or_default(), address::FEISHU)?;
    Ok(url)
}

pub(super) async fn send(
    client: &Client,
    url: reqwest::Url,
    secret: Option<&Secret>,
    message: &Message,
    now: Timestamp,
) -> Answer {
    let signed = |body| signed(body, secret, now).to_string();
    let short =
        |includes_title| signed(json!({"msg_type": "text", "content": {"text": message.short_text(includes_title)}}));
    robot::send(client, url, Forms { full: signed(post(message)), short }, &DIALECT, now).await
}

/// Adds the time, in seconds, and the signature.
fn signed(mut body: Value, secret: Option<&Secret>, now: Timestamp) -> Value {
    if let Some(secret) = secret {
        let seconds = now.timestamp();
        body["timestamp"] = json!(seconds.to_string());
        body["sign"] = json!(signature::feishu(seconds, secret));
    }
    body
}

pub(super) fn post(message: &Message) -> Value {
    // A signature needs some hundred bytes.
    message.fitted(|lines| with_lines(message, lines), |body| body.to_string().len() <= LARGEST - 200)
}

fn with_lines(message: &Message, lines: &[String]) -> Value {
    let title = match message.severity_word() {
        Some(word) => format!("{word} · {}", unlinked(&message.marked_title())),
        None => unlinked(&message.marked_title()),
    };
    let text = |text: &str| json!({"tag": "text", "text": text});
    let mut content: Vec<Value> = lines.iter().map(|line| json!([text(&unlinked(line))])).collect();
    content.extend(way_on(message).map(|element| json!([element])));
    let people: Vec<Value> = message.mentioned().map(|who| json!({"tag": "at", "user_id": who})).collect();
    content.extend((!people.is_empty()).then(|| json!(people)));
    let locale = match message.language {
        Language::Chinese => "zh_cn",
        Language::English => "en_us",
    };
    json!({"msg_type": "post", "content": {"post": {locale: {"title": title, "content": content}}}})
}

fn way_on(message: &Message) -> Option<Value> {
    if let Some(link) = &message.link {
        let label = one_line(&link.label);
        return link_address(&link.url).map(|url| json!({"tag": "a", "text": cut(&label, 60), "href": url}));
    }
    message.command.as_deref().map(|command| json!({"tag": "text", "text": one_line(command)}))
}

fn verdict(code: i64, said: &str) -> Verdict {
    match code {
        0 => Verdict::Delivered,
        11232 => Verdict::Later(40, Meaning::TooOften),
        19001 => Verdict::Parked(Meaning::RobotUnknown),
        19021 => Verdict::Parked(Meaning::SignatureWrong),
        19022 => Verdict::Parked(Meaning::IpNotAllowed),
        19024 => Verdict::Parked(Meaning::KeywordMissing),
        19036 => Verdict::Rejected(Meaning::TooLong),
        // Too many, to one answer; a wrong form or size, to most.
        9499 if said.to_lowercase().contains("frequency") => Verdict::Later(40, Meaning::TooOften),
        9499 | 19002 => Verdict::Rejected(Meaning::InvalidRequest),
        _ => Verdict::Later(300, Meaning::Unknown),
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::Response;
    use super::super::message::samples::{huge, message, nasty};
    use super::*;

    #[test]
    fn a_message_is_a_post_of_plain_elements() {
        insta::assert_snapshot!(post(&message()), @r#"{"content":{"post":{"zh_cn":{"content":[[{"tag":"text","text":"正文 3,214 → 12 字 · 图 9 → 0"}],[{"tag":"text","text":"14:02 由编辑器保存"}],[{"href":"https://keep.example/d/3?a=1&b=2","tag":"a","text":"看改动"}],[{"tag":"at","user_id":"zhangsan"}]],"title":"警报 · 《秋季新品》的正文被清空"}}},"msg_type":"post"}"#);
    }

    #[test]
    fn a_nasty_title_is_text() {
        let post = post(&Message { people: Vec::new(), ..nasty() });
        assert_eq!(
            post["content"]["post"]["zh_cn"]["title"],
            "警报 · <@all> ](javascript:alert(1)) **秋** ~~冬~~ _春_ gpj # `x` www.\u{200b}evil.\u{200b}example @13800000000 👨\u{200d}👩\u{200d}👧"
        );
        assert!(post.to_string().matches("\"tag\":\"").count() == post.to_string().matches("\"tag\":\"text\"").count());
    }

    #[test]
    fn a_huge_message_fits_and_keeps_its_link() {
        let body =
            signed(post(&huge()), Some(&Secret::new("demo-secret-0123456789")), Timestamp::default()).to_string();
        assert!(body.len() <= LARGEST && body.contains("项）") && body.contains("https://keep.example/d/3"), "{body}");
    }

    #[test]
    fn the_signature_stands_in_the_body() {
        let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let body = signed(json!({}), Some(&Secret::new("demo-secret-0123456789")), now);
        assert_eq!(body, json!({"timestamp": "1790000000", "sign": "qlx4zP41UgScXNcxqvINMdRTHeIATxjVCbTkPCLqFu0="}));
        assert_eq!(signed(json!({}), None, now), json!({}));
    }

    #[test]
    fn a_code_decides_and_not_the_status() {
        let read = |status, body: &str| robot::read(&Response::of(status, body), &DIALECT, Timestamp::default());
        for body in [r#"{"code":0,"msg":"success","data":{}}"#, r#"{"StatusCode":0,"StatusMessage":"success"}"#] {
            assert_eq!(read(200, body), Answer::Delivered, "{body}");
        }
        for (code, meaning) in [
            (19001, Meaning::RobotUnknown),
            (19021, Meaning::SignatureWrong),
            (19022, Meaning::IpNotAllowed),
            (19024, Meaning::KeywordMissing),
        ] {
            let answer = read(400, &format!(r#"{{"code":{code},"msg":"no"}}"#));
            assert_eq!(answer, Answer::parked(meaning).code(code).said("no"));
        }
        assert!(matches!(read(200, r#"{"code":9499,"msg":"Bad Request"}"#), Answer::Rejected { .. }));
        assert!(matches!(read(200, r#"{"msg":"success"}"#), Answer::Later { .. }), "no code is no success");
    }
}
