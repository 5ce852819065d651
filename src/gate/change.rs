//! What a program changes in a draft: whole articles, or some of their fields.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::error::GateError;
use crate::canonical;
use crate::model::{ArticleType, article_number, counted};
use crate::restore::{self, ArticlePayload, RestoreOptions};

/// Fields that the platform answers and never takes (官方文档 新增草稿).
const READ_ONLY: [&str; 5] = ["url", "thumb_url", "show_cover_pic", "is_deleted", "update_time"];

/// Fields that a patch may set: a misspelt one must not be lost silently.
const PATCHABLE: [&str; 13] = [
    "title",
    "author",
    "digest",
    "content",
    "content_source_url",
    "thumb_media_id",
    "need_open_comment",
    "only_fans_can_comment",
    "image_info",
    "cover_info",
    "product_info",
    "pic_crop_235_1",
    "pic_crop_1_1",
];

/// The short texts and the body: another type of value would be sent as an empty one.
const TEXTS: [&str; 6] = ["title", "author", "digest", "content", "content_source_url", "thumb_media_id"];

/// What only a 图文消息 has, and what only a 图片消息 has.
const OF_NEWS: [&str; 4] = ["author", "digest", "content_source_url", "thumb_media_id"];
const OF_NEWSPIC: [&str; 1] = ["image_info"];

/// What is changed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// All articles, as they are to be. The platform adds and removes none.
    Articles(Vec<Map<String, Value>>),
    /// One article as it is to be, by its position from 0: what `draft/update` of the platform takes.
    Article { index: usize, article: Map<String, Value> },
    /// Some fields of some articles; the others stay.
    Patch(Vec<Patch>),
}

/// Some fields of an article.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Patch {
    /// The position of the article, from 0.
    #[serde(default)]
    pub index: usize,
    /// Their new values; null empties a field.
    pub fields: Map<String, Value>,
}

impl Change {
    /// Returns the articles that differ from the draft as it is now, ready to be sent.
    pub(super) fn of(&self, live: &[u8]) -> Result<Vec<ArticlePayload>, GateError> {
        let now = canonical::fields(live).map_err(|error| GateError::Bad(error.to_string()))?;
        let sent_now = payloads(&now)?;
        let wanted = self.articles(&now)?;
        let mut wanted = payloads(&wanted)?;
        self.add_unknown(&mut wanted);
        let types = wanted.iter().zip(&sent_now).find(|(wanted, now)| type_of(wanted) != type_of(now));
        if let Some((wanted, now)) = types {
            let (number, is, to) =
                (article_number(wanted.article.position), type_of(now).as_str(), type_of(wanted).as_str());
            return Err(GateError::Bad(format!("article {number} is {is}, and the platform makes no {to} of it")));
        }
        let differs = |(wanted, now): &(ArticlePayload, ArticlePayload)| wanted.fields != now.fields;
        Ok(wanted.into_iter().zip(sent_now).filter(differs).map(|(wanted, _)| wanted).collect())
    }

    /// Returns all articles as they are to be.
    pub(super) fn articles(&self, now: &[Map<String, Value>]) -> Result<Vec<Map<String, Value>>, GateError> {
        let mut articles = now.to_vec();
        match self {
            Self::Articles(wanted) if wanted.len() != now.len() => {
                let (is, wanted) = (counted(now.len() as u64, "article"), wanted.len());
                return Err(GateError::Bad(format!(
                    "the draft has {is}, and this has {wanted}; the platform adds and removes none"
                )));
            }
            Self::Articles(wanted) => {
                check(wanted, 0)?;
                for (article, wanted) in articles.iter_mut().zip(wanted) {
                    replace(article, wanted);
                }
            }
            Self::Article { index, article } => {
                check(std::slice::from_ref(article), *index)?;
                replace(at(&mut articles, *index)?, article);
            }
            Self::Patch(patches) => {
                for Patch { index, fields } in patches {
                    let article = at(&mut articles, *index)?;
                    for (name, value) in fields {
                        set(article, *index, (name, value))?;
                    }
                }
            }
        }
        Ok(articles)
    }
}

impl Change {
    /// Adds the fields that draftkeep does not know and the program gave. Those of the draft as it is may be read-only, and are not sent.
    fn add_unknown(&self, wanted: &mut [ArticlePayload]) {
        match self {
            Self::Articles(articles) => add_unknown(wanted, articles),
            Self::Article { index, article } => {
                if let Some(sent) = wanted.get_mut(*index) {
                    add_unknown(std::slice::from_mut(sent), std::slice::from_ref(article));
                }
            }
            Self::Patch(_) => {}
        }
    }
}

/// Refuses whole articles that lack what every article has, or hold values of another type. The first is that at index `first`.
pub(super) fn check(articles: &[Map<String, Value>], first: usize) -> Result<(), GateError> {
    for (position, article) in articles.iter().enumerate() {
        let number = article_number(first + position);
        if let Some(missing) = ["title", "content"].into_iter().find(|name| !article.contains_key(*name)) {
            return Err(GateError::Bad(format!(
                "article {number} has no {missing}; to change some fields alone, use patch"
            )));
        }
        for (name, value) in article {
            check_type(number, name, value)?;
        }
    }
    Ok(())
}

fn check_type(number: usize, name: &str, value: &Value) -> Result<(), GateError> {
    if TEXTS.contains(&name) && !value.is_string() && !value.is_null() {
        return Err(GateError::Bad(format!("{name} of article {number} is a text, in quotes")));
    }
    Ok(())
}

fn at(articles: &mut [Map<String, Value>], index: usize) -> Result<&mut Map<String, Value>, GateError> {
    let count = counted(articles.len() as u64, "article");
    let none = || GateError::Bad(format!("the draft has {count}; there is none at index {index}, which counts from 0"));
    articles.get_mut(index).ok_or_else(none)
}

/// Replaces an article. Its cover stays where no other is named, for there is no article without one.
fn replace(article: &mut Map<String, Value>, wanted: &Map<String, Value>) {
    let names_cover = wanted.get("thumb_media_id").is_some_and(|named| named.as_str() != Some("") && !named.is_null());
    let mut new = wanted.clone();
    if !names_cover {
        for name in ["thumb_media_id", "thumb_url"] {
            if let Some(value) = article.remove(name) {
                new.insert(name.to_owned(), value);
            }
        }
    }
    *article = new;
}

fn set(article: &mut Map<String, Value>, index: usize, (name, value): (&String, &Value)) -> Result<(), GateError> {
    if !PATCHABLE.contains(&name.as_str()) {
        return Err(GateError::Bad(format!("{name:?} cannot be set; these can: {}", PATCHABLE.join(", "))));
    }
    let number = article_number(index);
    check_type(number, name, value)?;
    let is_newspic = article.get("article_type").is_some_and(|kind| kind == "newspic");
    let (of_other, kind) = if is_newspic { (&OF_NEWS[..], "newspic") } else { (&OF_NEWSPIC[..], "news") };
    if of_other.contains(&name.as_str()) {
        return Err(GateError::Bad(format!("article {number} is a {kind} article, which has no {name}")));
    }
    if name == "thumb_media_id" {
        // What says where the cover was would contradict the new one.
        article.remove("thumb_url");
    }
    article.insert(name.to_owned(), value.clone());
    Ok(())
}

fn type_of(sent: &ArticlePayload) -> ArticleType {
    sent.article.article_type
}

/// Adds the fields that draftkeep does not know.
pub(super) fn add_unknown(sent: &mut [ArticlePayload], articles: &[Map<String, Value>]) {
    for (sent, article) in sent.iter_mut().zip(articles) {
        let unknown = article.iter().filter(|(name, value)| {
            !READ_ONLY.contains(&name.as_str()) && !PATCHABLE.contains(&name.as_str()) && !value.is_null()
        });
        for (name, value) in unknown {
            sent.fields.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
}

/// Returns articles ready to be sent: without what the platform did to them when it stored them.
pub(super) fn payloads(articles: &[Map<String, Value>]) -> Result<Vec<ArticlePayload>, GateError> {
    let document = json!({ "news_item": articles }).to_string();
    let bad = |error: canonical::Malformed| GateError::Bad(format!("these are no articles: {error}"));
    restore::payloads(document.as_bytes(), &[], &RestoreOptions::default()).map_err(bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn live() -> Vec<u8> {
        let article = json!({
            "article_type": "news", "title": "早市", "author": "林晚", "digest": "", "content": "<p>水声</p><img data-src=\"https://mmbiz.qpic.cn/a\">",
            "thumb_media_id": "COVER", "thumb_url": "https://mmbiz.qpic.cn/c", "url": "https://mp.weixin.qq.com/s?a", "show_cover_pic": 0,
        });
        json!({ "news_item": [article, article] }).to_string().into_bytes()
    }

    fn patch(index: usize, fields: &Value) -> Change {
        Change::Patch(vec![Patch { index, fields: fields.as_object().unwrap().clone() }])
    }

    #[test]
    fn a_patch_sends_the_whole_article_with_what_it_changes_and_nothing_that_is_read_only() {
        let sent = patch(1, &json!({ "title": "夜市" })).of(&live()).unwrap();
        assert_eq!(sent.len(), 1);
        assert_eq!(sent[0].article.position, 1);
        assert_eq!(
            Value::Object(sent[0].fields.clone()),
            json!({
                "article_type": "news", "title": "夜市", "author": "林晚", "content": "<p>水声</p><img src=\"https://mmbiz.qpic.cn/a\">",
                "thumb_media_id": "COVER", "need_open_comment": 0, "only_fans_can_comment": 0,
            })
        );
    }

    #[test]
    fn what_is_so_already_is_not_sent() {
        assert!(patch(0, &json!({ "title": "早市" })).of(&live()).unwrap().is_empty());
        let articles = canonical::fields(&live()).unwrap();
        assert!(Change::Articles(articles.clone()).of(&live()).unwrap().is_empty());
        assert!(Change::Article { index: 1, article: articles[1].clone() }.of(&live()).unwrap().is_empty());
    }

    #[test]
    fn fields_that_nobody_knows_are_sent_if_the_program_gave_them() {
        let mut article = json!({ "title": "早市", "content": "<p>水声</p>", "new_setting": 1, "thumb_url": "x" });
        let change = Change::Article { index: 0, article: article.as_object_mut().unwrap().clone() };
        let sent = change.of(&live()).unwrap();
        assert_eq!((&sent[0].fields["new_setting"], sent[0].fields.get("thumb_url")), (&1.into(), None));
        let mut received: Value = serde_json::from_slice(&live()).unwrap();
        received["news_item"][0]["new_answer"] = 1.into();
        let sent = patch(0, &json!({ "title": "夜市" })).of(received.to_string().as_bytes()).unwrap();
        assert!(!sent[0].fields.contains_key("new_answer"), "what the platform answers may be read-only");
    }

    #[test]
    fn what_the_platform_cannot_do_is_refused_before_it_is_asked() {
        let told = |change: Change| change.of(&live()).unwrap_err().to_string();
        assert_eq!(
            told(patch(2, &json!({ "title": "" }))),
            "the draft has 2 articles; there is none at index 2, which counts from 0"
        );
        assert!(
            told(patch(0, &json!({ "titel": "" }))).starts_with("\"titel\" cannot be set; these can: title, author")
        );
        assert_eq!(
            told(Change::Articles(Vec::new())),
            "the draft has 2 articles, and this has 0; the platform adds and removes none"
        );
        assert_eq!(told(patch(1, &json!({ "title": 2026 }))), "title of article 2 is a text, in quotes");
        assert_eq!(
            told(patch(0, &json!({ "image_info": {} }))),
            "article 1 is a news article, which has no image_info"
        );
        let article = json!({ "title": "只有标题" }).as_object().unwrap().clone();
        assert_eq!(
            told(Change::Article { index: 1, article }),
            "article 2 has no content; to change some fields alone, use patch"
        );
        let other = patch(0, &json!({ "title": "a" })).articles(&canonical::fields(&live()).unwrap()).unwrap();
        let mut other = other[0].clone();
        other.insert("article_type".to_owned(), "newspic".into());
        assert_eq!(
            told(Change::Article { index: 0, article: other }),
            "article 1 is news, and the platform makes no newspic of it"
        );
    }
}
