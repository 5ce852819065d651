//! Reads the articles of a document.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Map, Value};

use super::json::{self, Malformed};
use crate::model::{Article, ArticleType};

/// Returns the articles of a document as received, in their order. A field that is missing or not a text is empty.
///
/// # Errors
///
/// As [`canonicalise()`](super::canonicalise()): the document is not a draft.
pub fn articles(document: &[u8]) -> Result<Vec<Article>, Malformed> {
    elements(document)?.into_iter().enumerate().map(|(position, article)| read(position, article)).collect()
}

/// Returns whether the platform would publish a draft as it is, as far as is known: a news article needs a title and a cover, a
/// newspic its pictures. An unknown type may need nothing.
///
/// # Errors
///
/// As [`articles`].
pub fn is_publishable(document: &[u8]) -> Result<bool, Malformed> {
    for (position, element) in elements(document)?.into_iter().enumerate() {
        let members = json::members(element)?;
        let declared = last(&members, "article_type").and_then(json::text).unwrap_or_default();
        let article = read(position, element)?;
        let is_complete = match (article.article_type, &*declared) {
            (ArticleType::Newspic, _) => last(&members, "image_info").is_some_and(super::canonicalise::has_pictures),
            (ArticleType::News, "" | "news") => !article.title.trim().is_empty() && !article.cover.is_empty(),
            (ArticleType::News, _) => true,
        };
        if !is_complete {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Returns the fields of each article as received.
///
/// # Errors
///
/// As [`articles`].
pub fn fields(document: &[u8]) -> Result<Vec<Map<String, Value>>, Malformed> {
    #[derive(Deserialize)]
    struct Document {
        news_item: Vec<Map<String, Value>>,
    }
    let read: Result<Document, _> = serde_json::from_slice(&super::repair::repair(document));
    read.map(|document| document.news_item).map_err(|_| Malformed::NotADraft("its articles are no JSON for everybody"))
}

pub(super) fn elements(document: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let members = json::members(document)?;
    json::elements(last(&members, "news_item").ok_or(Malformed::NotADraft("it has no news_item"))?)
}

/// Returns the value of the last member called `key`.
pub(super) fn last<'a>(members: &[json::Member<'a>], key: &str) -> Option<&'a [u8]> {
    members.iter().rev().find(|(name, _)| name == key).map(|&(_, value)| value)
}

fn read(position: usize, article: &[u8]) -> Result<Article, Malformed> {
    let members = json::members(article)?;
    let text = |key| last(&members, key).and_then(json::text).unwrap_or_default();
    let cover = [text("thumb_url"), text("thumb_media_id")].into_iter().find(|cover| !cover.is_empty());
    let pictures = last(&members, "image_info").is_some_and(super::canonicalise::has_pictures);
    Ok(Article {
        position,
        article_type: effective_type(&text("article_type"), pictures),
        title: text("title").into_owned(),
        author: text("author").into_owned(),
        digest: text("digest").into_owned(),
        content_source_url: text("content_source_url").into_owned(),
        cover: cover.map(Cow::into_owned).unwrap_or_default(),
        content: text("content").into_owned(),
    })
}

/// Returns the effective type, as in the canonical form. An unknown type is read as `news`, which shows its HTML.
fn effective_type(declared: &str, has_pictures: bool) -> ArticleType {
    match declared {
        "newspic" => ArticleType::Newspic,
        "" if has_pictures => ArticleType::Newspic,
        _ => ArticleType::News,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn articles_are_read_tolerantly() {
        let document = "{\"news_item\":[{\"title\":\"a\x08\",\"content\":\"<p>\\/<\\/p>\",\"thumb_url\":\"\",\"thumb_media_id\":\"M\"},\
                        {\"title\":7,\"image_info\":{\"image_list\":[{}]}}]}";
        let found = articles(document.as_bytes()).unwrap();
        assert_eq!(
            (found[0].title.as_str(), found[0].content.as_str(), found[0].cover.as_str()),
            ("a\u{8}", "<p>/</p>", "M")
        );
        assert_eq!((found[1].title.as_str(), found[1].article_type, found[1].position), ("", ArticleType::Newspic, 1));
        assert!(articles(b"{}").is_err());
    }

    #[test]
    fn fields_are_those_that_were_received() {
        let found = fields("{\"news_item\":[{\"title\":\"a\x08\",\"x\":7},{}]}".as_bytes()).unwrap();
        assert_eq!(
            found,
            [serde_json::json!({"title": "a\u{8}", "x": 7}), serde_json::json!({})]
                .map(|article| article.as_object().unwrap().clone())
        );
        assert!(fields(b"{}").is_err());
    }

    #[test]
    fn a_draft_is_published_with_titles_covers_and_pictures() {
        let is_publishable =
            |articles: &str| is_publishable(format!(r#"{{"news_item":[{articles}]}}"#).as_bytes()).unwrap();
        let whole = r#"{"title":"a","thumb_url":"https://mmbiz.qpic.cn/a/b/0"}"#;
        assert!(is_publishable(whole));
        assert!(is_publishable(r#"{"title":"a","thumb_media_id":"M"}"#));
        assert!(!is_publishable(r#"{"title":"a","thumb_media_id":"","thumb_url":""}"#));
        assert!(!is_publishable(r#"{"title":" ","thumb_media_id":"M"}"#));
        assert!(!is_publishable(&format!(r#"{whole},{{"title":"b"}}"#)), "all of it is published, or nothing");
        let newspic = |list: &str| format!(r#"{{"article_type":"newspic","image_info":{{"image_list":[{list}]}}}}"#);
        assert!(is_publishable(&newspic("{}")), "its title is optional, its cover its first picture");
        assert!(!is_publishable(&newspic("")));
        assert!(!is_publishable(r#"{"article_type":"newspic","title":"a","thumb_media_id":"M"}"#));
        assert!(is_publishable(r#"{"article_type":"something new"}"#));
    }
}
