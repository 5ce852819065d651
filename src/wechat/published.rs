//! Published messages, as `freepublish/batchget` lists them.

use super::error::Error;
use super::json_response::{JsonResponse, value};
use crate::canonical::json;
use crate::model::Endpoint;

/// A page of the published messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedPage {
    /// The number of all messages; each may have several articles.
    pub total_count: u64,
    /// The messages of this page, newest first, as far as is known.
    pub published: Vec<PublishedMessage>,
    /// Entries of this page that cannot be parsed: each may be the message that is searched for.
    pub unreadable: u64,
}

impl PublishedPage {
    /// Returns where the next page begins, if this one began at `offset`.
    pub fn end(&self, offset: u64) -> u64 {
        offset + self.published.len() as u64 + self.unreadable
    }
}

/// A published message. Only its content links it to its former draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedMessage {
    /// The platform's id of the message.
    pub article_id: String,
    /// Its articles in order, including those that were deleted since.
    pub articles: Vec<PublishedArticle>,
    /// When it was published, in Unix seconds.
    pub update_time: Option<i64>,
}

/// The fields of a published article without its body. Missing ones are empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PublishedArticle {
    pub title: String,
    pub author: String,
    pub content_source_url: String,
    pub thumb_media_id: String,
    pub thumb_url: String,
}

/// Parses a response of `freepublish/batchget`.
pub(super) fn parse_page(bytes: &[u8], offset: u64) -> Result<PublishedPage, Error> {
    let answer = JsonResponse::open(Endpoint::FreepublishBatchget, bytes)?;
    let entries = answer.page(offset, |_, item| message(item))?;
    Ok(PublishedPage { total_count: entries.total_count, published: entries.read, unreadable: entries.unreadable })
}

fn message(item: &[u8]) -> Option<PublishedMessage> {
    let members = json::members(item).ok()?;
    let article_id = value(&members, "article_id").and_then(text_or_number).filter(|id| !id.is_empty())?;
    let content = json::members(value(&members, "content")?).ok()?;
    let articles = json::elements(value(&content, "news_item")?).ok()?;
    // In some responses it is only within the content.
    let update_time = value(&members, "update_time").or_else(|| value(&content, "update_time"));
    Some(PublishedMessage {
        article_id,
        articles: articles.into_iter().map(article).collect::<Option<_>>()?,
        update_time: update_time.and_then(json::integer),
    })
}

fn article(article: &[u8]) -> Option<PublishedArticle> {
    let members = json::members(article).ok()?;
    let text = |key| value(&members, key).and_then(json::text).unwrap_or_default().into_owned();
    Some(PublishedArticle {
        title: text("title"),
        author: text("author"),
        content_source_url: text("content_source_url"),
        thumb_media_id: text("thumb_media_id"),
        thumb_url: text("thumb_url"),
    })
}

/// Some SDKs expect the id of a message to be a number.
fn text_or_number(value: &[u8]) -> Option<String> {
    let number = || json::integer(value).map(|number| number.to_string());
    json::text(value).map(Into::into).or_else(number)
}

#[cfg(test)]
mod tests {
    use super::super::ErrorKind;
    use super::*;

    #[test]
    fn a_message_is_read_with_what_it_is_known_by() {
        let bytes = r#"{"total_count":"31","item_count":2,"item":[
            {"article_id":"kT9","update_time":1790003600,"content":{"update_time":7,"create_time":1,"news_item":[
                {"title":"秋\/冬","author":"林晚","digest":"","content_source_url":"https:\/\/example.com\/a",
                 "thumb_media_id":"M","thumb_url":"http:\/\/mmbiz.qpic.cn\/a\/b\/0","url":"http:\/\/x","is_deleted":true},
                {"title":"二"}]}},
            {"article_id":2247500123,"content":{"news_item":[],"update_time":"9"}}]}"#;
        let page = parse_page(bytes.as_bytes(), 0).unwrap();
        assert_eq!((page.total_count, page.published.len()), (31, 2));
        let [first, second] = &page.published[..] else { unreachable!() };
        assert_eq!((first.article_id.as_str(), first.update_time), ("kT9", Some(1_790_003_600)));
        let article = PublishedArticle {
            title: "秋/冬".to_owned(),
            author: "林晚".to_owned(),
            content_source_url: "https://example.com/a".to_owned(),
            thumb_media_id: "M".to_owned(),
            thumb_url: "http://mmbiz.qpic.cn/a/b/0".to_owned(),
        };
        let bare = PublishedArticle { title: "二".to_owned(), ..PublishedArticle::default() };
        assert_eq!(first.articles, [article, bare]);
        let taken_back =
            PublishedMessage { article_id: "2247500123".to_owned(), articles: Vec::new(), update_time: Some(9) };
        assert_eq!(*second, taken_back);
    }

    #[test]
    fn what_is_no_list_of_messages_is_no_fact() {
        let page = |bytes: &[u8]| parse_page(bytes, 0);
        assert_eq!(page(br#"{"total_count":0}"#).unwrap().published, []);
        for nothing in ["{}", r#"{"errcode":0}"#, r#"{"total_count":3}"#, r#"{"total_count":-1,"item":[]}"#] {
            assert_eq!(page(nothing.as_bytes()).unwrap_err().kind, ErrorKind::Unexpected, "{nothing}");
        }
        for unreadable in [
            "null",
            r#"{"content":{"news_item":[]}}"#,
            r#"{"article_id":"","content":{"news_item":[]}}"#,
            r#"{"article_id":"A"}"#,
            r#"{"article_id":"A","content":{}}"#,
            r#"{"article_id":"A","content":{"news_item":[7]}}"#,
        ] {
            let bytes = format!(
                r#"{{"total_count":2,"item":[{unreadable},{{"article_id":"B","content":{{"news_item":[]}}}}]}}"#
            );
            let page = page(bytes.as_bytes()).unwrap();
            let ids: Vec<_> = page.published.iter().map(|message| message.article_id.as_str()).collect();
            assert_eq!((ids, page.unreadable, page.end(0)), (vec!["B"], 1, 2), "{unreadable}");
        }
        assert_eq!(page(br#"{"errcode":48001,"errmsg":"api unauthorized"}"#).unwrap_err().kind, ErrorKind::Permission);
    }
}
