//! What came through: a draft as it was sent, compared with the draft as it was read back.
//!
//! The platform re-serialises what it stores, so bytes are never equal; people ask about text, pictures and fields. A
//! difference that the platform is known to make is told apart from one that it is not.

use serde_json::{Map, Value, json};

use super::content::{self, Tally};
use super::sent::Sent;
use crate::canonical::{self, Malformed};
use crate::diff::{self, ArticleDiff, BodyChange, FieldChange};
use crate::model::ArticleType;

/// What came through of a restore.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub articles: Vec<ArticleReport>,
}

/// What came through of an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleReport {
    pub position: usize,
    pub title: String,
    /// What the article has; what it has not, and did not get, is left out.
    pub fields: Vec<FieldReport>,
}

/// What came through of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldReport {
    /// `title`, `author`, `digest`, `link`, `type`, `comments`, `fans-only comments`, `cover`, `text`, `pictures`, `markup`,
    /// `links`, `styles`, `cards`, or the platform's own name behind `other: `.
    pub field: String,
    pub verdict: Verdict,
    /// What the difference is, in words; empty where there is none.
    pub note: String,
}

/// How a field came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Same,
    /// Another spelling of the same, which the platform is known to make.
    Rewritten,
    /// It says something else.
    Changed,
    /// It is gone.
    Lost,
}

impl Verdict {
    /// Returns the word for it in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Same => "same",
            Self::Rewritten => "rewritten",
            Self::Changed => "changed",
            Self::Lost => "lost",
        }
    }

    /// Tells whether nothing was lost on the way.
    pub fn is_well(self) -> bool {
        matches!(self, Self::Same | Self::Rewritten)
    }
}

impl Report {
    /// Tells whether all that was sent came through.
    pub fn is_complete(&self) -> bool {
        self.articles.iter().flat_map(|article| &article.fields).all(|field| field.verdict.is_well())
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

/// Compares what was sent with the document that was read back.
///
/// # Errors
///
/// Where that is no draft.
pub(super) fn compare(sent: &[Sent], read_back: &[u8]) -> Result<Report, Malformed> {
    let read_back = canonical::fields(read_back)?;
    let one = |(place, sent): (usize, &Sent)| match read_back.get(place) {
        Some(got) => article(sent, got, read_back.len()),
        None => Ok(ArticleReport {
            fields: vec![field("article", Verdict::Lost, "the platform left it out")],
            ..ArticleReport::of(sent)
        }),
    };
    let mut articles = sent.iter().enumerate().map(one).collect::<Result<Vec<_>, _>>()?;
    articles.extend(read_back.iter().enumerate().skip(sent.len()).map(|(position, got)| ArticleReport {
        position,
        title: got.get("title").and_then(Value::as_str).unwrap_or_default().to_owned(),
        fields: vec![field("article", Verdict::Changed, "it was not sent")],
    }));
    Ok(Report { articles })
}

/// Tells whether a document is what the platform makes of these articles: as many, with their titles and texts.
pub(super) fn is_made_of(sent: &[Sent], document: &[u8]) -> bool {
    let Ok(read_back) = canonical::fields(document) else { return false };
    read_back.len() == sent.len() && sent.iter().zip(&read_back).all(|(sent, got)| is_article_of(sent, got))
}

/// Tells whether an article is what the platform makes of another, pictures included; those of other sites it leaves out.
pub(super) fn is_written(sent: &Sent, got: &Map<String, Value>) -> bool {
    let has_them = difference(sent, got).is_ok_and(|difference| {
        difference.is_none_or(|article| {
            let of_body = article.body.map_or((0, 0), |body| (body.pictures_added.len(), body.pictures_removed.len()));
            let of_list = article.pictures.map_or(0, |list| list.added.len() + list.removed.len());
            of_body.0 + of_list == 0 && of_body.1 <= sent.losses.foreign_pictures
        })
    });
    has_them && is_article_of(sent, got)
}

/// Tells whether an article is what the platform makes of another: with its title and text.
pub(super) fn is_article_of(sent: &Sent, got: &Map<String, Value>) -> bool {
    difference(sent, got).is_ok_and(|difference| {
        difference.is_none_or(|article| {
            article.fields.iter().all(|field| field.name != "title")
                && article.body.is_none_or(|body| is_same_text(&body))
        })
    })
}

impl ArticleReport {
    fn of(sent: &Sent) -> Self {
        Self { position: sent.article.position, title: sent.article.title.clone(), fields: Vec::new() }
    }
}

fn article(sent: &Sent, got: &Map<String, Value>, count: usize) -> Result<ArticleReport, Malformed> {
    let difference = difference(sent, got)?;
    let changed: &[FieldChange] = difference.as_ref().map_or(&[], |article| &article.fields);
    let mut report = ArticleReport::of(sent);
    for (name, field) in
        [("title", "title"), ("author", "author"), ("digest", "digest"), ("link", "content_source_url")]
    {
        if !sent.text(field).is_empty() && changed.iter().all(|change| change.name != name) {
            report.fields.push(self::field(name, Verdict::Same, ""));
        }
    }
    report.fields.extend(changed.iter().map(|change| changed_field(change, count)));
    report.fields.extend(cover(sent, got));
    report.fields.extend(body(sent, difference.as_ref()));
    report.fields.extend(markup(sent, got));
    Ok(report)
}

/// Compares one article with what was read back of it, links, cards and cover aside; `None` where they are equal.
fn difference(sent: &Sent, got: &Map<String, Value>) -> Result<Option<ArticleDiff>, Malformed> {
    let [sent, got] = [&sent.fields, got].map(alone);
    Ok(diff::diff(&sent, &got)?.articles.into_iter().next())
}

/// Returns a document of one article, of what can be compared of it.
fn alone(fields: &Map<String, Value>) -> Vec<u8> {
    let compared = |(name, value): (&String, &Value)| {
        let value = match value.as_str() {
            Some(html) if name == "content" => content::words(html).into(),
            _ => value.clone(),
        };
        COMPARED.contains(&name.as_str()).then(|| (name.clone(), value))
    };
    let article: Map<String, Value> = fields.iter().filter_map(compared).collect();
    json!({ "news_item": [article] }).to_string().into_bytes()
}

fn changed_field(change: &FieldChange, count: usize) -> FieldReport {
    let (verdict, note) = match (change.name.as_str(), &change.older, &change.newer) {
        ("digest", None, Some(_)) => (Verdict::Rewritten, "the platform filled it in".to_owned()),
        ("digest", Some(_), None) if count > 1 => {
            (Verdict::Rewritten, "only drafts of one article have one".to_owned())
        }
        (_, Some(_), None) => (Verdict::Lost, "it is empty".to_owned()),
        (_, _, newer) => (Verdict::Changed, format!("it is {}", newer.as_deref().unwrap_or("empty"))),
    };
    FieldReport { field: change.name.clone(), verdict, note }
}

/// The platform may name a cover by another media_id than the one that was sent.
fn cover(sent: &Sent, got: &Map<String, Value>) -> Option<FieldReport> {
    let text = |name: &str| got.get(name).and_then(Value::as_str).unwrap_or_default();
    let sent_cover = sent.text("thumb_media_id");
    if sent.article.article_type == ArticleType::Newspic || sent_cover.is_empty() {
        return None;
    }
    Some(match (text("thumb_media_id"), text("thumb_url")) {
        (media_id, _) if media_id == sent_cover => field("cover", Verdict::Same, ""),
        ("", "") => field("cover", Verdict::Lost, "it is empty"),
        _ => field("cover", Verdict::Rewritten, "the platform names it by another media_id"),
    })
}

fn body(sent: &Sent, difference: Option<&ArticleDiff>) -> Vec<FieldReport> {
    let change = difference.and_then(|article| article.body.as_ref());
    let mut fields = vec![match change.filter(|change| !is_same_text(change)) {
        None => field("text", Verdict::Same, ""),
        Some(change) => field("text", Verdict::Changed, &format!("+{} −{} characters", change.added, change.removed)),
    }];
    let list = difference.and_then(|article| article.pictures.as_ref());
    let lost = change.map_or(0, |change| change.pictures_removed.len()) + list.map_or(0, |list| list.removed.len());
    let added = change.map_or(0, |change| change.pictures_added.len()) + list.map_or(0, |list| list.added.len());
    if lost + added > 0 {
        let verdict = if lost > 0 { Verdict::Lost } else { Verdict::Changed };
        fields.push(field("pictures", verdict, &format!("{lost} lost, {added} added")));
    } else if !sent.pictures.is_empty() || sent.undone.pictures > 0 {
        fields.push(field("pictures", Verdict::Same, ""));
    }
    if change.is_some_and(|change| change.formatting_only) {
        fields.push(field("markup", Verdict::Rewritten, "the platform spells HTML its own way"));
    }
    fields
}

fn is_same_text(change: &BodyChange) -> bool {
    change.formatting_only || change.added + change.removed == 0
}

/// Counts what a comparison of texts does not see.
fn markup(sent: &Sent, got: &Map<String, Value>) -> Vec<FieldReport> {
    let body = got.get("content").and_then(Value::as_str).unwrap_or_default();
    let (before, after) = (content::tally(sent.text("content")), content::tally(body));
    let kept = |name, count: fn(&Tally) -> usize, what: &str| {
        let (before, after) = (count(&before), count(&after));
        match before {
            0 => None,
            _ if after >= before => Some(field(name, Verdict::Same, "")),
            _ => Some(field(name, Verdict::Lost, &format!("{} of {before} {what}", before - after))),
        }
    };
    let emptied = after.empty_styles.saturating_sub(before.empty_styles);
    let styles = match emptied {
        0 if after.styles < before.styles => {
            let gone = before.styles - after.styles;
            Some(field(
                "styles",
                Verdict::Rewritten,
                &format!("{gone} of {} went with tags that the platform dissolves", before.styles),
            ))
        }
        0 => kept("styles", |tally| tally.styles, ""),
        _ => Some(field("styles", Verdict::Lost, &format!("{emptied} of {} were emptied", before.styles))),
    };
    let links = kept("links", |tally| tally.losses.links, "lost their address, their words stay");
    let cards = kept("cards", |tally| tally.losses.cards, "are gone");
    [styles, links, cards].into_iter().flatten().collect()
}

fn field(name: &str, verdict: Verdict, note: &str) -> FieldReport {
    FieldReport { field: name.to_owned(), verdict, note: note.to_owned() }
}
