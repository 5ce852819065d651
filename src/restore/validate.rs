//! Validates articles before the platform is called: certain refusals, and limits that may cause one.
//!
//! The limits are documented in 字, but not how these are counted, and accounts differ; archived content was accepted once. So
//! only certain refusals stop a restore, and nothing is shortened automatically.

use super::payload::ArticlePayload;
use crate::model::{ArticleType, article_number, counted};

/// Articles of one draft; undocumented, but SDKs and experience agree.
const ARTICLES: usize = 8;
/// Pictures of a 图片消息 (官方文档 新增草稿).
const PICTURES: usize = 20;
/// Characters of a 图片消息's text; from experience.
const CAPTION: usize = 1_000;
/// Characters and bytes of a body (ibid.); 26,843 characters have been seen to pass.
const CONTENT: (usize, usize) = (20_000, 1 << 20);
/// Bytes of 阅读原文 (ibid.).
const LINK: usize = 1 << 10;
/// Characters of the short fields (ibid., autumn 2026), and the bytes at which some accounts were measured to stop.
pub(super) const SHORT: [(&str, usize, usize); 3] = [("title", 32, 64), ("author", 16, 20), ("digest", 120, 120)];

/// Something that the operator should know before a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    pub weight: Severity,
    /// The article's position; `None` if it is about the draft.
    pub position: Option<usize>,
    /// One sentence without a full stop.
    pub message: String,
}

/// What an issue means for the restore.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The platform certainly refuses it.
    Stop,
    /// The platform may refuse it.
    Risk,
    /// It will be lost.
    Loss,
}

impl Severity {
    /// Returns the word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Stop => "stop",
            Self::Risk => "risk",
            Self::Loss => "loss",
        }
    }
}

/// Checks articles.
pub(super) fn validate(articles: &[ArticlePayload]) -> Vec<Issue> {
    let count = articles.len();
    let draft = match count {
        0 => Some((Severity::Stop, "it has no article".to_owned())),
        1..=ARTICLES => None,
        _ => Some((Severity::Risk, format!("it has {count} articles; drafts of more than {ARTICLES} were refused"))),
    };
    let draft = draft.map(|(weight, message)| Issue { weight, position: None, message });
    draft.into_iter().chain(articles.iter().flat_map(article)).collect()
}

fn article(sent: &ArticlePayload) -> Vec<Issue> {
    let mut found = Vec::new();
    let mut find = |weight, message| {
        found.push(Issue { weight, position: Some(sent.article.position), message });
    };
    match sent.article.article_type {
        ArticleType::Newspic => newspic(sent, &mut find),
        ArticleType::News => news(sent, &mut find),
    }
    for (field, characters, _) in SHORT {
        if sent.text(field).chars().count() > characters {
            find(
                Severity::Risk,
                format!("its {field} has {}; the limit is {characters} characters", measured(sent.text(field))),
            );
        }
    }
    let ArticlePayload { losses, .. } = sent;
    if losses.links > 0 {
        find(
            Severity::Loss,
            format!(
                "{} in the text: the platform keeps the words and drops the addresses",
                counted(losses.links, "link")
            ),
        );
    }
    if !sent.cards.is_empty() {
        let cards: Vec<_> = sent.cards.iter().map(|(kind, count)| counted(*count, kind)).collect();
        find(Severity::Loss, format!("{}, which only the platform's own editor inserts", cards.join(", ")));
    }
    if losses.foreign_pictures > 0 {
        let pictures = counted(losses.foreign_pictures, "picture");
        find(Severity::Loss, format!("{pictures} of other sites, which the platform leaves out"));
    }
    if losses.styles > 0 {
        let styles = counted(losses.styles, "style");
        find(
            Severity::Loss,
            format!("{styles} with position or -webkit-overflow-scrolling, which the platform removes"),
        );
    }
    if losses.divs > 0 {
        let divs = counted(losses.divs, "<div>");
        find(Severity::Loss, format!("some styles of {divs}: the platform makes paragraphs of them"));
    }
    if sent.loses_crop {
        find(Severity::Loss, "the crop of its cover, which the API does not tell".to_owned());
    }
    found
}

fn news(sent: &ArticlePayload, find: &mut impl FnMut(Severity, String)) {
    if sent.text("thumb_media_id").is_empty() && !sent.holds_cover() {
        let way_out = format!("give it one: --cover {}=MEDIA_ID", article_number(sent.article.position));
        find(
            Severity::Stop,
            format!(
                "the platform takes no article without a cover, and this one's has no media_id and is not held; {way_out}"
            ),
        );
    }
    if sent.text("content").is_empty() {
        find(Severity::Stop, "it has no text, which the platform does not take".to_owned());
    }
    let content = sent.text("content");
    if content.len() > CONTENT.1 || content.chars().count() > CONTENT.0 {
        find(
            Severity::Risk,
            format!(
                "its text with its markup has {}; the documented limit is 20,000 characters and 1 MB",
                measured(content)
            ),
        );
    }
    if sent.text("content_source_url").len() > LINK {
        find(
            Severity::Risk,
            format!("its link has {}; the limit is {LINK} bytes", measured(sent.text("content_source_url"))),
        );
    }
}

fn newspic(sent: &ArticlePayload, find: &mut impl FnMut(Severity, String)) {
    match sent.pictures.len() {
        0 => find(
            Severity::Stop,
            "the platform takes no 图片消息 without pictures, and none of its has a media_id".to_owned(),
        ),
        1..=PICTURES => {}
        count => find(Severity::Risk, format!("it has {count} pictures; the limit is {PICTURES}")),
    }
    if sent.text("content").is_empty() {
        find(Severity::Risk, "it has no text, which the platform may not take".to_owned());
    }
    if sent.text("content").chars().count() > CAPTION {
        find(
            Severity::Risk,
            format!(
                "its text has {}; texts of more than {CAPTION} characters were refused",
                measured(sent.text("content"))
            ),
        );
    }
}

/// Measures a text in both ways that the platform may count.
pub(super) fn measured(text: &str) -> String {
    format!("{} and {}", counted(text.chars().count(), "character"), counted(text.len(), "byte"))
}
