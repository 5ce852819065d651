//! Canonical bytes of a draft, written in one pass over the document. The rules are in the module above; those that hold for
//! any JSON are in `writer`.

use std::borrow::Cow;
use std::mem;

use serde_json::{Map, Value};

use super::escape::decoded;
use super::html::{picture_identity, reduce_pictures};
use super::json::{self, Malformed, Reader};
use super::writer::{CanonicalWriter, write_piece};
use crate::model::Hash;

/// The canonical form of a draft.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical bytes.
    pub bytes: Vec<u8>,
    /// The number of its articles.
    pub articles: usize,
    /// The title of its first article; empty if there is none.
    pub title: String,
    /// Whether the document is strict JSON in valid UTF-8, which any parser can read. If not, [`repair()`](super::repair()) makes it so.
    pub strict: bool,
}

impl Canonical {
    /// Returns the hash that names a version with this content.
    pub fn hash(&self) -> Hash {
        Hash::of(&self.bytes)
    }
}

/// Returns the canonical form of a document as received.
///
/// # Errors
///
/// If the document is not JSON, even with tolerance, is nested too deep, or is not a draft. Then nothing may be concluded about a
/// draft.
pub fn canonicalise(document: &[u8]) -> Result<Canonical, Malformed> {
    let text = decoded(document);
    let mut reader = Reader::new(text.as_bytes());
    let mut writer = CanonicalWriter::with_capacity(text.len());
    let mut summary = Summary { articles: 0, title: String::new(), flaw: Some("it has no news_item") };
    write_document(&mut writer, &mut reader, &mut summary)?;
    reader.end()?;
    match summary.flaw {
        Some(flaw) => Err(Malformed::NotADraft(flaw)),
        None => Ok(Canonical {
            bytes: writer.out,
            articles: summary.articles,
            title: summary.title,
            strict: reader.strict && matches!(text, Cow::Borrowed(_)),
        }),
    }
}

/// Facts about a draft, collected while it is written.
struct Summary {
    /// The number of articles of the last `news_item`, which is the one that counts.
    articles: usize,
    /// The title of its first article.
    title: String,
    /// Why the document is not a draft: the fault of the last `news_item`.
    flaw: Option<&'static str>,
}

fn write_document(
    writer: &mut CanonicalWriter,
    reader: &mut Reader<'_>,
    summary: &mut Summary,
) -> Result<(), Malformed> {
    writer.object(reader, |writer, reader, key| match key {
        "create_time" | "update_time" | "errcode" | "errmsg" => reader.skip().map(|_| false),
        "news_item" => write_articles(writer, reader, summary),
        _ => writer.value(reader),
    })
}

fn write_articles(
    writer: &mut CanonicalWriter,
    reader: &mut Reader<'_>,
    summary: &mut Summary,
) -> Result<bool, Malformed> {
    if reader.peek()? != b'[' {
        summary.flaw = Some("its news_item is no array");
        return writer.value(reader);
    }
    *summary = Summary { articles: 0, title: String::new(), flaw: None };
    writer.array(reader, |writer, reader| match reader.peek()? {
        b'{' => write_article(writer, reader, summary),
        _ => {
            summary.flaw = Some("one of its articles is no object");
            writer.element(reader)
        }
    })?;
    Ok(true)
}

fn write_article(
    writer: &mut CanonicalWriter,
    reader: &mut Reader<'_>,
    summary: &mut Summary,
) -> Result<(), Malformed> {
    let start = writer.out.len();
    let mut raw = RawFields::default();
    let mut members = writer.members(reader, |writer, reader, key| match key {
        "url" | "show_cover_pic" | "create_time" | "update_time" => reader.skip().map(|_| false),
        "article_type" => raw.set(reader, |raw| &mut raw.article_type),
        "thumb_url" => raw.set(reader, |raw| &mut raw.thumb_url),
        "thumb_media_id" => raw.set(reader, |raw| &mut raw.thumb_media_id),
        "need_open_comment" | "only_fans_can_comment" => write_flag(writer, reader),
        "content" if reader.peek()? == b'"' => write_content(writer, reader),
        "title" => {
            raw.title = reader.skip()?;
            writer.value(&mut Reader::new(raw.title))
        }
        "image_info" => {
            let value = reader.skip()?;
            raw.has_pictures = has_pictures(value);
            writer.value(&mut Reader::new(value))
        }
        _ => writer.value(reader),
    })?;
    members.push(writer.derived("article_type", |writer| write_article_type(writer, &raw))?);
    members.push(writer.derived("thumb_url", |writer| write_cover(writer, &raw))?);
    writer.close(start, members);
    if summary.articles == 0 {
        summary.title = json::text(raw.title).unwrap_or_default().into_owned();
    }
    summary.articles += 1;
    Ok(())
}

fn write_article_type(writer: &mut CanonicalWriter, raw: &RawFields<'_>) -> Result<bool, Malformed> {
    match raw.article_type {
        b"" if raw.has_pictures => writer.text("newspic"),
        b"" => writer.text("news"),
        declared => return writer.value(&mut Reader::new(declared)),
    }
    Ok(true)
}

fn write_cover(writer: &mut CanonicalWriter, raw: &RawFields<'_>) -> Result<bool, Malformed> {
    let cover = [raw.thumb_url, raw.thumb_media_id].into_iter().find(|cover| !cover.is_empty());
    let Some(cover) = cover else { return Ok(false) };
    match json::text(cover) {
        Some(text) => writer.text(&picture_identity(&text)),
        None => return writer.value(&mut Reader::new(cover)),
    }
    Ok(true)
}

fn write_flag(writer: &mut CanonicalWriter, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let start = writer.out.len();
    let present = writer.value(reader)?;
    match &writer.out[start..] {
        b"\"0\"" | b"false" => return Ok(false),
        b"true" => {
            writer.out.truncate(start);
            writer.text("1");
        }
        _ => {}
    }
    Ok(present)
}

fn write_content(writer: &mut CanonicalWriter, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
    let mut content = mem::take(&mut writer.spare);
    content.clear();
    reader.string(|piece| write_piece(&mut content, piece))?;
    writer.out.push(b'"');
    reduce_pictures(&content, &mut writer.out);
    writer.out.push(b'"');
    writer.spare = content;
    Ok(!writer.spare.is_empty())
}

/// Fields of an article that are needed elsewhere than where they stand, as received; empty where absent.
#[derive(Default)]
struct RawFields<'a> {
    article_type: &'a [u8],
    thumb_url: &'a [u8],
    thumb_media_id: &'a [u8],
    title: &'a [u8],
    has_pictures: bool,
}

impl<'a> RawFields<'a> {
    /// Keeps a value that is not written where it stands.
    fn set(
        &mut self,
        reader: &mut Reader<'a>,
        place: impl FnOnce(&mut Self) -> &mut &'a [u8],
    ) -> Result<bool, Malformed> {
        let value = reader.skip()?;
        *place(self) = if matches!(value, b"null" | b"\"\"") { b"" } else { value };
        Ok(false)
    }
}

/// Returns whether an `image_info` lists a picture.
pub(super) fn has_pictures(image_info: &[u8]) -> bool {
    let listed = |members: Vec<json::Member<'_>>| {
        let list = members.iter().rev().find(|(key, _)| key == "image_list")?.1;
        Some(!json::elements(list).ok()?.is_empty())
    };
    json::members(image_info).ok().and_then(listed).unwrap_or(false)
}
/// Returns whether two articles as received, or ready to be sent, have the same canonical content. What is none is like nothing.
pub fn is_same_article(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let hash = |article: &Map<String, Value>| {
        let document = serde_json::json!({ "news_item": [article] }).to_string();
        canonicalise(document.as_bytes()).map(|canonical| canonical.hash()).ok()
    };
    hash(one).is_some() && hash(one) == hash(other)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_title_is_that_of_the_first_article() {
        let title =
            |articles: Value| canonicalise(json!({ "news_item": articles }).to_string().as_bytes()).unwrap().title;
        assert_eq!(title(json!([{"title": "早市"}, {"title": "夜市"}])), "早市");
        assert_eq!(title(json!([{}, {"title": "夜市"}])), "");
        assert_eq!(title(json!([])), "");
    }

    #[test]
    fn articles_are_the_same_if_their_canonical_content_is() {
        let is_same = |one: Value, other: Value| is_same_article(one.as_object().unwrap(), other.as_object().unwrap());
        assert!(is_same(json!({"title": "a", "url": "1"}), json!({"url": "2", "title": "a", "author": ""})));
        assert!(!is_same(json!({"title": "a"}), json!({"title": "b"})));
    }
}
