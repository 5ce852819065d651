//! 钉钉 custom robots.

use serde_json::{Value, json};

use super::address::{self, TargetError};
use super::answer::Answer;
use super::client::Client;
use super::meaning::Meaning;
use super::message::Message;
use super::robot::{self, Dialect, Forms, Verdict};
use super::signature;
use super::text::{command_for_markdown, cut, for_markdown, link_address, one_line};
use crate::model::Timestamp;
use crate::secret::Secret;

/// The longest request, in bytes; 20,000 are refused.
const LARGEST: usize = 18_000;

/// The longest title in the list of chats, in bytes.
const LONGEST_TITLE: usize = 120;

/// The least time between two messages: 20 a minute, and more are answered with ten minutes of silence.
pub(super) const GAP_MILLISECONDS: u64 = 3_500;

/// How long a robot stays silent that got too much, in seconds, and a little more.
const SILENCE: u64 = 630;

const DIALECT: Dialect = Dialect { codes: &["errcode"], message: "errmsg", verdict };

pub(super) fn parse(url: &Secret, secret: Option<&Secret>) -> Result<reqwest::Url, TargetError> {
    address::check_robot_secret(secret)?;
    address::with_key_in_query(url, "/robot/send", "access_token", address::DINGTALK)
}

pub(super) async fn send(
    client: &Client,
    url: reqwest::Url,
    secret: Option<&Secret>,
    message: &Message,
    now: Timestamp,
) -> Answer {
    let short = |includes_title| {
        let (ids, names) = mentions(message);
        let names = if names.is_empty() { String::new() } else { format!("\n{}", names.join(" ")) };
        let text = message.short_text(includes_title) + &names;
        json!({"msgtype": "text", "text": {"content": text}, "at": ids}).to_string()
    };
    let forms = Forms { full: body(message).to_string(), short };
    robot::send(client, signed(url, secret, now), forms, &DIALECT, now).await
}

/// Adds the time, in milliseconds, and the signature to the query of this request.
fn signed(mut url: reqwest::Url, secret: Option<&Secret>, now: Timestamp) -> reqwest::Url {
    if let Some(secret) = secret {
        let milliseconds = now.timestamp_millis();
        let signature = signature::dingtalk(milliseconds, secret);
        url.query_pairs_mut().append_pair("timestamp", &milliseconds.to_string()).append_pair("sign", &signature);
    }
    url
}

pub(super) fn body(message: &Message) -> Value {
    message.fitted(|lines| with_lines(message, lines), |body| body.to_string().len() <= LARGEST)
}

fn with_lines(message: &Message, lines: &[String]) -> Value {
    let title = match message.severity_word() {
        Some(word) => format!("{word} · {}", message.marked_title()),
        None => message.marked_title(),
    };
    let (ids, names) = mentions(message);
    let mut parts = vec![format!("### {}", for_markdown(&title))];
    parts.extend(lines.iter().map(|line| format!("> {}", for_markdown(line))));
    parts.extend(way_on(message));
    parts.extend((!names.is_empty()).then(|| names.join(" ")));
    // A single line break would join two lines.
    json!({
        "msgtype": "markdown",
        "markdown": {"title": cut(&title, LONGEST_TITLE), "text": parts.join("\n\n")},
        "at": ids,
    })
}

fn way_on(message: &Message) -> Option<String> {
    if let Some(link) = &message.link {
        let label = for_markdown(&one_line(&link.label));
        return link_address(&link.url).map(|url| format!("[{}]({url})", cut(&label, 60)));
    }
    message.command.as_deref().map(|command| format!("`{}`", command_for_markdown(command)))
}

/// Returns the people to mention, for the robot and as they must stand in the text. A number is a mobile phone's.
fn mentions(message: &Message) -> (Value, Vec<String>) {
    let (mut mobiles, mut users, mut is_all) = (Vec::new(), Vec::new(), false);
    for person in message.mentioned() {
        match person {
            "all" => is_all = true,
            mobile if mobile.trim_start_matches('+').bytes().all(|b| b.is_ascii_digit() || b == b'-') => {
                mobiles.push(mobile);
            }
            user => users.push(user),
        }
    }
    let names = mobiles.iter().chain(&users).map(|who| format!("@{who}")).collect();
    (json!({"atMobiles": mobiles, "atUserIds": users, "isAtAll": is_all}), names)
}

fn verdict(code: i64, said: &str) -> Verdict {
    match code {
        0 => Verdict::Delivered,
        -1 | 404 => Verdict::Later(30, Meaning::Busy),
        130_101 | 410_100 => Verdict::Later(SILENCE, Meaning::TooOften),
        310_000 => Verdict::Parked(security(said)),
        300_001 | 400_101 => Verdict::Parked(Meaning::RobotUnknown),
        400_013 | 400_102 | 400_106 => Verdict::Parked(Meaning::RobotStopped),
        101_002 | 460_101 => Verdict::Rejected(Meaning::TooLong),
        430_101..=430_104 => Verdict::Rejected(Meaning::ContentRefused),
        43_004 | 40_035 | 400_105 => Verdict::Rejected(Meaning::InvalidRequest),
        _ => Verdict::Later(300, Meaning::Unknown),
    }
}

/// One code stands for all security settings; its text says which.
fn security(said: &str) -> Meaning {
    if said.contains("keyword") || said.contains("关键词") {
        Meaning::KeywordMissing
    } else if said.contains("ip ") || said.contains("whitelist") {
        Meaning::IpNotAllowed
    } else {
        Meaning::SignatureWrong
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::Response;
    use super::super::message::samples::{huge, message, nasty};
    use super::*;

    fn text(message: &Message) -> String {
        body(message)["markdown"]["text"].as_str().unwrap().to_owned()
    }

    #[test]
    fn a_message_is_title_numbers_link_people() {
        let people = ["zhangsan", "13800000000"].map(str::to_owned).to_vec();
        let message = Message { people, ..message() };
        insta::assert_snapshot!(text(&message), @r"
        ### 警报 · 《秋季新品》的正文被清空

        > 正文 3,214 → 12 字 · 图 9 → 0

        > 14:02 由编辑器保存

        [看改动](https://keep.example/d/3?a=1&b=2)

        @13800000000 @zhangsan
        ");
        let at = json!({"atMobiles": ["13800000000"], "atUserIds": ["zhangsan"], "isAtAll": false});
        assert_eq!(body(&message)["at"], at);
    }

    #[test]
    fn a_nasty_title_does_nothing() {
        insta::assert_snapshot!(text(&Message { people: Vec::new(), ..nasty() }).replace('\u{200b}', "|"), @r#"
        ### 警报 · ＜@|all＞ ］(javascript:alert(1)) ＊＊秋＊＊ ～～冬～～ ＿春＿ gpj # ｀x｀ www.|evil.|example @|13800000000 👨‍👩‍👧

        > ＜@|all＞ ］(javascript:alert(1)) ＊＊秋＊＊ ～～冬～～ ＿春＿ gpj # ｀x｀ www.|evil.|example @|13800000000 👨‍👩‍👧

        > ＜at user_id="all"＞所有人＜/at＞ ＆lt;@|all＆gt;

        `draftkeep diff mag/3@1 @2`
        "#);
    }

    #[test]
    fn a_huge_message_fits_and_keeps_its_link() {
        let body = body(&huge()).to_string();
        assert!(
            body.len() <= LARGEST && body.contains("项）") && body.contains("](https://keep.example/d/3"),
            "{body}"
        );
    }

    #[test]
    fn the_signature_stands_in_the_query_encoded() {
        let now = chrono::DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let secret = Secret::new("SEC000000000000000000000000000000000000000000000000000000000000demo");
        let url = parse(&Secret::new("https://oapi.dingtalk.com/robot/send?access_token=abc"), Some(&secret)).unwrap();
        let query = "access_token=abc&timestamp=1790000000000&sign=%2FjKg0uODhpcuMPbyC%2BHIobxVx3lbKrDom4lKDWmGYAc%3D";
        assert_eq!(signed(url, Some(&secret), now).query(), Some(query));
    }

    #[test]
    fn a_code_decides_and_not_the_status() {
        let read = |code: i64, said: &str| {
            let body = json!({"errcode": code, "errmsg": said}).to_string();
            robot::read(&Response::of(200, &body), &DIALECT, Timestamp::default())
        };
        assert_eq!(read(0, "ok"), Answer::Delivered);
        for (said, meaning) in [
            ("keywords not in content", Meaning::KeywordMissing),
            ("invalid timestamp", Meaning::SignatureWrong),
            ("sign not match", Meaning::SignatureWrong),
            ("ip 203.0.113.7 not in whitelist", Meaning::IpNotAllowed),
        ] {
            assert_eq!(read(310_000, said), Answer::parked(meaning).code(310_000).said(said));
        }
        let too_fast = read(130_101, "send too fast, exceed 20 times per minute");
        assert!(matches!(too_fast, Answer::Later { wait, .. } if wait.as_secs() == SILENCE));
        assert!(matches!(read(460_101, "message too long, exceed 20000 bytes"), Answer::Rejected { .. }));
    }
}
