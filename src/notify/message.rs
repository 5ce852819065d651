//! The neutral message. Every text in it is plain text: renderers escape it for their target.

use super::text::{cut, for_text_message, link_address, one_line};
use crate::model::{Language, Severity, Timestamp};

/// The longest title and the longest line that are sent, in bytes: a title of a draft may have kilobytes.
const LONGEST_TITLE: usize = 240;
const LONGEST_LINE: usize = 400;

/// The highest number of lines that are sent to any target.
const MOST_LINES: usize = 100;

/// A message to people, and its facts for programs.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The same over retries, so that targets can tell a repetition; without a dot.
    pub id: String,
    /// The type for programs, such as `draft.emptied`, `digest` or `test`.
    pub kind: String,
    pub severity: Severity,
    /// The time of the newest event in it.
    pub at: Timestamp,
    /// One line.
    pub title: String,
    /// What changed. Lines that do not fit are left out from the end, and counted.
    pub lines: Vec<String>,
    /// How many more there are beside the lines.
    pub more: usize,
    /// Never left out.
    pub link: Option<Link>,
    /// What to type where there is no link.
    pub command: Option<String>,
    /// Who is mentioned, as the target names people: a user id, a mobile phone number, or `all`.
    pub people: Vec<String>,
    /// Whether an earlier send may have arrived. Targets that do not know the id show it to people.
    pub is_again: bool,
    pub language: Language,
    /// Ids, titles, numbers, addresses: for webhooks and commands. Small: never the text of an article.
    pub data: serde_json::Value,
}

/// Where to see and do more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    pub label: String,
    pub url: String,
}

impl Message {
    /// Returns the title on one line, not too long.
    pub(super) fn title(&self) -> String {
        cut(&one_line(&self.title), LONGEST_TITLE).into_owned()
    }

    /// Returns the title, marked if people may have got the message before.
    pub(super) fn marked_title(&self) -> String {
        match (self.is_again, self.language) {
            (false, _) => self.title(),
            (true, Language::Chinese) => format!("（重发）{}", self.title()),
            (true, Language::English) => format!("(again) {}", self.title()),
        }
    }

    /// Returns the word that stands before the title, where somebody should look at it.
    pub(super) fn severity_word(&self) -> Option<&'static str> {
        match (self.severity, self.language) {
            (Severity::Info, _) => None,
            (Severity::Warning, Language::Chinese) => Some("注意"),
            (Severity::Warning, Language::English) => Some("Warning"),
            (Severity::Alarm, Language::Chinese) => Some("警报"),
            (Severity::Alarm, Language::English) => Some("Alarm"),
        }
    }

    /// Returns the people to mention. Anything that is no id of a person is left out.
    pub(super) fn mentioned(&self) -> impl Iterator<Item = &str> {
        let is_id = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | '+' | '@');
        let people = self.people.iter().map(|person| person.strip_prefix('@').unwrap_or(person));
        people.filter(move |person| !person.is_empty() && person.chars().all(is_id))
    }

    /// Renders the message with as many lines as the target takes. The renderer always includes the link.
    pub(super) fn fitted<T>(&self, render: impl Fn(&[String]) -> T, fits: impl Fn(&T) -> bool) -> T {
        let all = self.lines.len() + self.more;
        let shown: Vec<String> =
            self.lines.iter().take(MOST_LINES).map(|line| cut(&one_line(line), LONGEST_LINE).into_owned()).collect();
        let with = |count: usize| {
            let mut lines = shown[..count].to_vec();
            lines.extend((count < all).then(|| self.more(all - count)));
            render(&lines)
        };
        let largest = (1..=shown.len()).rev().map(with).find(|rendered| fits(rendered));
        largest.unwrap_or_else(|| with(0))
    }

    fn more(&self, count: usize) -> String {
        match self.language {
            Language::Chinese => format!("…（还有 {count} 项）"),
            Language::English => format!("… ({count} more)"),
        }
    }

    /// Returns the link or what to type, as a line of plain text.
    pub(super) fn way_on(&self) -> Option<String> {
        let Some(link) = &self.link else { return self.command.as_deref().map(one_line) };
        let (label, url) = (one_line(&link.label), link_address(&link.url)?);
        Some(match self.language {
            Language::Chinese => format!("{label}：{url}"),
            Language::English => format!("{label}: {url}"),
        })
    }

    /// Returns the text for a target that refuses the message in its full form: the title, and where to see more. Without the
    /// title if that is what the target refuses.
    pub(super) fn short_text(&self, includes_title: bool) -> String {
        let title = match self.language {
            _ if includes_title => for_text_message(&self.marked_title()),
            Language::Chinese => "draftkeep 有一条通知，内容未被接受".to_owned(),
            Language::English => "draftkeep has a notification whose content was not accepted".to_owned(),
        };
        let more = match &self.link {
            Some(link) => link_address(&link.url),
            None => self.command.as_deref().map(one_line),
        };
        [Some(title), more].into_iter().flatten().collect::<Vec<_>>().join("\n")
    }
}

/// Messages for the tests of renderers.
#[cfg(test)]
pub(super) mod samples {
    use serde_json::json;

    use super::*;

    pub(in crate::notify) fn message() -> Message {
        Message {
            id: "msg_7Qm2".to_owned(),
            kind: "draft.emptied".to_owned(),
            severity: Severity::Alarm,
            at: "2026-09-21T06:02:00Z".parse().unwrap(),
            title: "《秋季新品》的正文被清空".to_owned(),
            lines: vec!["正文 3,214 → 12 字 · 图 9 → 0".to_owned(), "14:02 由编辑器保存".to_owned()],
            more: 0,
            link: Some(Link { label: "看改动".to_owned(), url: "https://keep.example/d/3?a=1&b=2".to_owned() }),
            command: None,
            people: vec!["zhangsan".to_owned()],
            is_again: false,
            language: Language::Chinese,
            data: json!({"account": "mag", "draft": 3, "version": 2}),
        }
    }

    /// Titles that would do something if they were not escaped.
    pub(in crate::notify) fn nasty() -> Message {
        let title = "<@all> ](javascript:alert(1)) **秋** ~~冬~~ _春_ \u{202e}gpj\u{202c}\n# `x` www.evil.example @13800000000 👨\u{200d}👩\u{200d}👧";
        let lines = vec![title.to_owned(), "<at user_id=\"all\">所有人</at> &lt;@all&gt;".to_owned()];
        Message {
            title: title.to_owned(),
            lines,
            link: None,
            command: Some("draftkeep diff mag/3@1 @2".to_owned()),
            ..message()
        }
    }

    /// More than any target takes.
    pub(in crate::notify) fn huge() -> Message {
        let lines = (1..=300).map(|number| format!("{number}. {}", "稿".repeat(1000))).collect();
        Message { title: "新👨\u{200d}👩".repeat(1000), lines, ..message() }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::{huge, message};
    use super::*;

    #[test]
    fn lines_are_left_out_from_the_end_and_counted() {
        let message = Message { lines: ["一", "二", "三"].map(str::to_owned).to_vec(), ..message() };
        let fitted = |most: usize| message.fitted(|lines| lines.join("/"), |text| text.chars().count() <= most);
        assert_eq!(fitted(5), "一/二/三");
        assert_eq!(fitted(12), "一/二/三");
        assert_eq!(fitted(4), "…（还有 3 项）", "nothing fits: the count is all that is shown");
        let english = Message { language: Language::English, ..message.clone() };
        assert_eq!(english.fitted(|lines| lines.join("/"), |text| text.chars().count() < 5), "… (3 more)");
    }

    #[test]
    fn a_message_of_any_size_is_rendered_within_a_limit() {
        let text = huge().fitted(|lines| lines.join("\n"), |text| text.len() <= 4000);
        assert!(text.len() <= 4000 && text.ends_with("项）"), "{text}");
        assert!(huge().title().len() <= LONGEST_TITLE);
    }

    #[test]
    fn a_short_text_keeps_the_link_as_it_is() {
        let url = "https://keep.example/l/3.1.2.1790000000.a_b-c?x=1&y=2".to_owned();
        let message =
            Message { title: "<@all>".to_owned(), link: Some(Link { label: String::new(), url }), ..message() };
        let text = message.short_text(true);
        assert_eq!(text, "＜@\u{200b}all＞\nhttps://keep.example/l/3.1.2.1790000000.a_b-c?x=1&y=2");
    }

    #[test]
    fn who_is_no_person_is_not_mentioned() {
        let people = ["zhangsan", "@all", "13800000000", "<@x>", "", "a b"].map(str::to_owned).to_vec();
        let message = Message { people, ..message() };
        assert_eq!(message.mentioned().collect::<Vec<_>>(), ["zhangsan", "all", "13800000000"]);
    }
}
