//! A message as a mail: headers, and its text in plain and as a page.

use lettre::message::header::{Header, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use super::message::Message;
use super::text::{link_address, one_line, unlinked};
use crate::model::Timestamp;

/// The longest text, in bytes.
const LARGEST: usize = 100_000;

/// A mail as people read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailPreview {
    pub headers: Vec<(String, String)>,
    pub text: String,
    /// The same as a page.
    pub html: String,
}

/// The headers that people look at.
const SHOWN: [&str; 7] = ["From", "To", "Subject", "Date", "Message-ID", "References", "Auto-Submitted"];

/// Writes the message as it goes over the network.
pub(super) fn format(
    from: &Mailbox,
    to: &[Mailbox],
    message: &Message,
    now: Timestamp,
) -> Result<Vec<u8>, lettre::error::Error> {
    Ok(compose(from, to, message, now)?.formatted())
}

/// Returns the same as people read it.
pub(super) fn preview(
    from: &Mailbox,
    to: &[Mailbox],
    message: &Message,
    now: Timestamp,
) -> Result<MailPreview, lettre::error::Error> {
    let composed = compose(from, to, message, now)?;
    let header = |name: &str| Some((name.to_owned(), composed.headers().get_raw(name)?.to_owned()));
    let headers = SHOWN.into_iter().filter_map(header).collect();
    Ok(MailPreview { headers, text: text(message), html: html(message) })
}

/// The id stays the same over retries, so that mail programs can collapse them.
fn compose(
    from: &Mailbox,
    to: &[Mailbox],
    message: &Message,
    now: Timestamp,
) -> Result<lettre::Message, lettre::error::Error> {
    let subject = match message.severity_word() {
        Some(word) => format!("[{word}] {}", message.title()),
        None => message.title(),
    };
    let id = |id: &str| format!("<{id}@{}>", from.email.domain());
    let mut builder = lettre::Message::builder()
        .from(from.clone())
        .subject(subject)
        .date(now.into())
        .message_id(Some(id(&message.id)))
        .header(AutoSubmitted);
    for mailbox in to {
        builder = builder.to(mailbox.clone());
    }
    // What belongs to one matter stands together.
    let matter = message.data.get("matter").and_then(serde_json::Value::as_str).map(|matter| matter.replace(':', "-"));
    if let Some(matter) = matter.filter(|text| is_id(text)) {
        builder = builder.references(id(&matter));
    }
    let body = MultiPart::alternative_plain_html(text(message), html(message));
    builder.multipart(body)
}

fn is_id(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'))
}

/// No answering machine is to answer.
#[derive(Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

fn text(message: &Message) -> String {
    let render = |lines: &[String]| {
        let mut parts = vec![unlinked(&message.title())];
        parts.extend((!lines.is_empty()).then(|| unlinked(&lines.join("\n"))));
        parts.extend(message.way_on());
        parts.join("\n\n") + "\n"
    };
    message.fitted(render, |text| text.len() <= LARGEST)
}

/// With styles in the elements only: mail programs drop others.
fn html(message: &Message) -> String {
    let render = |lines: &[String]| {
        let items: String = lines.iter().map(|line| format!("<li>{}</li>", escaped(&unlinked(line)))).collect();
        let items = if items.is_empty() { items } else { format!("<ul style=\"padding-left:1.2em\">{items}</ul>") };
        let way_on = match &message.link {
            Some(link) => link_address(&link.url)
                .map(|url| format!("<p><a href=\"{}\">{}</a></p>", escaped(&url), escaped(&one_line(&link.label)))),
            None => {
                message.command.as_deref().map(|command| format!("<p><code>{}</code></p>", escaped(&one_line(command))))
            }
        };
        let title = escaped(&unlinked(&message.title()));
        format!("<p style=\"font-size:1.1em\"><b>{title}</b></p>{items}{}", way_on.unwrap_or_default())
    };
    message.fitted(render, |html| html.len() <= LARGEST)
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::super::message::samples::{message, nasty};
    use super::*;

    #[test]
    fn a_mail_has_the_headers_that_programs_need() {
        let from = "draftkeep <keep@example.com>".parse().unwrap();
        let to = ["li@example.com", "王 <wang@example.com>"].map(|mailbox| mailbox.parse().unwrap());
        let message = Message { data: serde_json::json!({"matter": "draft:3"}), ..message() };
        let text = String::from_utf8(format(&from, &to, &message, message.at).unwrap()).unwrap();
        for header in [
            "From: draftkeep <keep@example.com>",
            "Message-ID: <msg_7Qm2@example.com>",
            "References: <draft-3@example.com>",
            "Auto-Submitted: auto-generated",
            "Date: Mon, 21 Sep 2026 06:02:00 +0000",
            "Subject: =?utf-8?",
            "Content-Type: multipart/alternative;",
        ] {
            assert!(text.contains(header), "{header}\n{text}");
        }
        assert!(text.is_ascii() && text.lines().all(|line| line.len() <= 998), "any server takes it");
    }

    #[test]
    fn a_nasty_title_is_text_in_a_page_too() {
        insta::assert_snapshot!(html(&nasty()).replace('\u{200b}', "|"), @r#"<p style="font-size:1.1em"><b>&lt;@all&gt; ](javascript:alert(1)) **秋** ~~冬~~ _春_ gpj # `x` www.|evil.|example @13800000000 👨‍👩‍👧</b></p><ul style="padding-left:1.2em"><li>&lt;@all&gt; ](javascript:alert(1)) **秋** ~~冬~~ _春_ gpj # `x` www.|evil.|example @13800000000 👨‍👩‍👧</li><li>&lt;at user_id=&quot;all&quot;&gt;所有人&lt;/at&gt; &amp;lt;@all&amp;gt;</li></ul><p><code>draftkeep diff mag/3@1 @2</code></p>"#);
        insta::assert_snapshot!(text(&message()), @r"
        《秋季新品》的正文被清空

        正文 3,214 → 12 字 · 图 9 → 0
        14:02 由编辑器保存

        看改动：https://keep.example/d/3?a=1&b=2
        ");
    }
}
