//! The report of a restore: the draft as sent, compared with the draft as read back.
//!
//! The platform re-serialises what it stores, so bytes are never equal; people care about text, pictures, links, styles and
//! fields. The report distinguishes another spelling from another content, and announced losses from unexpected ones.

mod body;
mod note;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

pub use self::note::FieldNote;

use super::content;
use super::payload::ArticlePayload;
use crate::canonical::{self, Malformed};
use crate::diff::{self, ArticleDiff, FieldChange};
use crate::model::ArticleType;

/// The result of a restore.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    pub articles: Vec<ArticleReport>,
}

/// The result of an article.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArticleReport {
    pub position: usize,
    pub title: String,
    /// The fields that were sent or read back.
    pub fields: Vec<FieldReport>,
}

/// The result of a field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldReport {
    /// `title`, `author`, `digest`, `link`, `type`, `comments`, `fans-only comments`, `cover`, `crop`, `text`, `pictures`,
    /// `styles`, `line breaks`, `markup`, `links`, `cards`, a part that the text does not show such as `strikethrough` or
    /// `picture description`, or the platform's own name behind `other: `.
    pub field: String,
    pub verdict: FieldOutcome,
    /// Whether the plan announced the difference; also true if there is none.
    pub expected: bool,
    /// The difference, if there is one.
    pub note: Option<FieldNote>,
}

/// How a field compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FieldOutcome {
    Same,
    /// Another spelling of the same.
    Rewritten,
    /// Other content.
    Changed,
    /// The field is missing.
    Lost,
}

impl FieldOutcome {
    /// Returns the word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Rewritten => "rewritten",
            Self::Changed => "changed",
            Self::Lost => "lost",
        }
    }

    /// Returns whether nothing was changed or lost.
    pub fn is_ok(self) -> bool {
        matches!(self, Self::Same | Self::Rewritten)
    }
}

impl FieldReport {
    fn new(field: &str, verdict: FieldOutcome, note: FieldNote) -> Self {
        Self { field: field.to_owned(), verdict, expected: verdict.is_ok(), note: Some(note) }
    }

    fn same(field: &str) -> Self {
        Self { field: field.to_owned(), verdict: FieldOutcome::Same, expected: true, note: None }
    }

    /// Marks it as announced, if the plan announced it.
    fn expected_if(self, is_announced: bool) -> Self {
        Self { expected: self.expected || is_announced, ..self }
    }
}

impl Report {
    /// Returns whether everything that was sent came back.
    pub fn is_complete(&self) -> bool {
        self.articles.iter().flat_map(|article| &article.fields).all(|field| field.verdict.is_ok())
    }

    /// Returns the articles with differences that the plan did not announce.
    pub fn unexpected(&self) -> impl Iterator<Item = &ArticleReport> {
        self.articles.iter().filter(|article| article.unexpected().next().is_some())
    }
}

/// Fields that can be sent and are answered, but for the cover, which the platform may name otherwise.
const COMPARED: [&str; 10] = [
    "article_type",
    "title",
    "author",
    "digest",
    "content",
    "content_source_url",
    "need_open_comment",
    "only_fans_can_comment",
    "image_info",
    "product_info",
];

/// Compares what was sent with the document that was read back; `lost` are the addresses of pictures of which the plan said
/// that nobody may have them, and nobody has.
///
/// # Errors
///
/// If it is not a draft.
pub(super) fn compare(sent: &[ArticlePayload], lost: &[String], read_back: &[u8]) -> Result<Report, Malformed> {
    let Report { mut articles } = compare_some(sent, lost, read_back)?;
    let read_back = canonical::fields(read_back)?;
    articles.extend(read_back.iter().enumerate().skip(sent.len()).map(|(position, got)| ArticleReport {
        position,
        title: text(got, "title").to_owned(),
        fields: vec![FieldReport::new("article", FieldOutcome::Changed, FieldNote::NotSent)],
    }));
    Ok(Report { articles })
}

/// Compares those articles that were sent, and says nothing of the others.
///
/// # Errors
///
/// If it is not a draft.
pub(crate) fn compare_some(sent: &[ArticlePayload], lost: &[String], read_back: &[u8]) -> Result<Report, Malformed> {
    let read_back = canonical::fields(read_back)?;
    let one = |sent: &ArticlePayload| match read_back.get(sent.article.position) {
        Some(got) => article(&sent.resolve_uncertain_uploads(got), got, lost, read_back.len()),
        None => Ok(ArticleReport {
            fields: vec![FieldReport::new("article", FieldOutcome::Lost, FieldNote::NotThere)],
            ..ArticleReport::of(sent)
        }),
    };
    Ok(Report { articles: sent.iter().map(one).collect::<Result<_, _>>()? })
}

/// Returns whether the platform can have made this document of these articles: the same number, titles and texts.
pub(super) fn is_made_of(sent: &[ArticlePayload], document: &[u8]) -> bool {
    let Ok(read_back) = canonical::fields(document) else { return false };
    read_back.len() == sent.len() && sent.iter().zip(&read_back).all(|(sent, got)| is_article_of(sent, got))
}

/// Returns whether an article is what the platform makes of another, pictures included; those of other sites it leaves out.
pub(crate) fn is_written(sent: &ArticlePayload, got: &Map<String, Value>) -> bool {
    let has_them = difference(sent, got).is_ok_and(|difference| {
        difference.is_none_or(|article| {
            let of_body = article.body.map_or(0, |body| body.pictures_added.len() + body.pictures_removed.len());
            let of_list = article.pictures.map_or(0, |list| list.added.len() + list.removed.len());
            of_body + of_list == 0
        })
    });
    has_them && is_article_of(sent, got)
}

/// Returns whether nothing of an article is otherwise than it was sent, but for what was announced. The draft has `count` articles.
pub(super) fn is_as_sent(sent: &ArticlePayload, got: &Map<String, Value>, count: usize) -> bool {
    let report = article(&sent.resolve_uncertain_uploads(got), got, &[], count);
    report.is_ok_and(|report| report.unexpected().next().is_none())
}

/// Returns whether a document is what `sent` made of `before`: each article that was sent is as it was sent, and each other one as before.
/// Of a new draft, nothing was there before.
pub(crate) fn is_only_of(sent: &[ArticlePayload], before: Option<&[u8]>, now: &[u8]) -> bool {
    let Ok(now) = canonical::fields(now) else { return false };
    let before = before.map_or(Ok(Vec::new()), canonical::fields).unwrap_or_default();
    let is_known = |(position, got): (usize, &Map<String, Value>)| {
        let of_sent = sent.iter().find(|sent| sent.article.position == position);
        of_sent.is_some_and(|sent| is_as_sent(sent, got, now.len()))
            || of_sent.is_none() && before.get(position).is_some_and(|before| canonical::is_same_article(before, got))
    };
    now.len() == before.len().max(sent.len()) && now.iter().enumerate().all(is_known)
}

/// Returns whether the platform can have made this article of the other: the same title and text.
pub(super) fn is_article_of(sent: &ArticlePayload, got: &Map<String, Value>) -> bool {
    difference(sent, got).is_ok_and(|difference| {
        difference.is_none_or(|article| {
            article.fields.iter().all(|field| field.name != "title")
                && article.body.is_none_or(|change| body::is_same_text(&change))
        })
    })
}

impl ArticleReport {
    /// Returns the differences that the plan did not announce.
    pub fn unexpected(&self) -> impl Iterator<Item = &FieldReport> {
        self.fields.iter().filter(|field| !field.expected)
    }

    fn of(sent: &ArticlePayload) -> Self {
        Self { position: sent.article.position, title: sent.article.title.clone(), fields: Vec::new() }
    }
}

fn article(
    sent: &ArticlePayload,
    got: &Map<String, Value>,
    lost: &[String],
    count: usize,
) -> Result<ArticleReport, Malformed> {
    let difference = difference(sent, got)?;
    let changed: &[FieldChange] = difference.as_ref().map_or(&[], |article| &article.fields);
    let mut report = ArticleReport::of(sent);
    for (name, field) in
        [("title", "title"), ("author", "author"), ("digest", "digest"), ("link", "content_source_url")]
    {
        if !sent.text(field).is_empty() && changed.iter().all(|change| change.name != name) {
            report.fields.push(FieldReport::same(name));
        }
    }
    report.fields.extend(changed.iter().map(|change| changed_field(change, count)));
    report.fields.extend(cover(sent, got));
    if sent.loses_crop {
        report.fields.push(FieldReport::new("crop", FieldOutcome::Lost, FieldNote::NotTold).expected_if(true));
    }
    report.fields.extend(body::fields(sent, got, lost, difference.as_ref())?);
    Ok(report)
}

fn text<'a>(fields: &'a Map<String, Value>, name: &str) -> &'a str {
    fields.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// Compares one article with what was read back of it, without what [`content::words`] leaves out, and the cover; `None`
/// where they are equal.
fn difference(sent: &ArticlePayload, got: &Map<String, Value>) -> Result<Option<ArticleDiff>, Malformed> {
    between(&sent.fields, got, content::words)
}

/// Compares what can be compared of two articles, of their bodies what `part` takes.
fn between(
    sent: &Map<String, Value>,
    got: &Map<String, Value>,
    part: impl Fn(&str) -> String,
) -> Result<Option<ArticleDiff>, Malformed> {
    let [sent, got] = [sent, got].map(|fields| alone(fields, &part));
    Ok(diff::diff(&sent, &got)?.articles.into_iter().next())
}

/// Returns a document of one article, of what can be compared of it.
fn alone(fields: &Map<String, Value>, part: impl Fn(&str) -> String) -> Vec<u8> {
    let compared = |(name, value): (&String, &Value)| {
        let value = match value.as_str() {
            Some(html) if name == "content" => part(html).into(),
            _ => value.clone(),
        };
        COMPARED.contains(&name.as_str()).then(|| (name.clone(), value))
    };
    let article: Map<String, Value> = fields.iter().filter_map(compared).collect();
    json!({ "news_item": [article] }).to_string().into_bytes()
}

fn changed_field(change: &FieldChange, count: usize) -> FieldReport {
    let (verdict, note) = match (change.name.as_str(), &change.older, &change.newer) {
        ("digest", None, Some(_)) => (FieldOutcome::Rewritten, FieldNote::FilledIn),
        ("digest", Some(_), None) if count > 1 => (FieldOutcome::Rewritten, FieldNote::OfOneArticle),
        (_, Some(_), None) => (FieldOutcome::Lost, FieldNote::Empty),
        (_, _, None) => (FieldOutcome::Changed, FieldNote::Empty),
        (_, _, Some(newer)) => (FieldOutcome::Changed, FieldNote::Value(newer.clone())),
    };
    FieldReport::new(&change.name, verdict, note)
}

/// The platform may name a cover by another media_id than the one that was sent; its address says whether it is that picture.
fn cover(sent: &ArticlePayload, got: &Map<String, Value>) -> Option<FieldReport> {
    let sent_cover = sent.text("thumb_media_id");
    if sent.article.article_type == ArticleType::Newspic || sent_cover.is_empty() {
        return None;
    }
    let (media_id, address) = (text(got, "thumb_media_id"), text(got, "thumb_url"));
    let is_at = |known: &String| canonical::picture_identity(known) == canonical::picture_identity(address);
    Some(match sent.cover_address.as_ref().filter(|known| !known.is_empty()).map(is_at) {
        _ if media_id == sent_cover => FieldReport::same("cover"),
        _ if media_id.is_empty() && address.is_empty() => {
            FieldReport::new("cover", FieldOutcome::Lost, FieldNote::Empty)
        }
        Some(true) => FieldReport::new("cover", FieldOutcome::Rewritten, FieldNote::SamePicture),
        Some(false) => FieldReport::new("cover", FieldOutcome::Changed, FieldNote::OtherPicture),
        None => FieldReport::new("cover", FieldOutcome::Changed, FieldNote::UnknownPicture),
    })
}
