//! Canonical bytes, written in one pass over the document. The law is in the module above.

use std::borrow::Cow;
use std::ops::Range;

use super::html::{picture_identity, reduce_pictures};
use super::json::{self, Malformed, Reader};
use super::number;
use crate::model::Hash;

/// A draft's canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical bytes.
    pub bytes: Vec<u8>,
    /// Whether the document is strict JSON in valid UTF-8, which readers other than ours can read as it is. Where it is
    /// not, [`repair()`](super::repair()) makes it so.
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
/// Where the document is no JSON even tolerantly read, is nested too deep, or is no draft: no conclusion about a draft
/// may be drawn from it.
pub fn canonicalise(document: &[u8]) -> Result<Canonical, Malformed> {
    let text = String::from_utf8_lossy(document);
    let mut reader = Reader::new(text.as_bytes());
    let mut form = Form { out: Vec::with_capacity(text.len()), strict: matches!(text, Cow::Borrowed(_)) };
    form.strict &= !text.starts_with('\u{feff}');
    form.document(&mut reader)?;
    reader.end()?;
    Ok(Canonical { bytes: form.out, strict: form.strict })
}

/// Canonical bytes in the making.
struct Form {
    out: Vec<u8>,
    strict: bool,
}

/// A member written to `Form::out`, to be put into its place when the object ends.
struct Member {
    key: Range<usize>,
    whole: Range<usize>,
    present: bool,
}

impl Form {
    fn document(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let mut is_draft = false;
        self.object(reader, |form, reader, key| match key {
            "create_time" | "update_time" | "errcode" | "errmsg" => reader.skip().map(|_| false),
            "news_item" => {
                is_draft = true;
                form.articles(reader).map(|()| true)
            }
            _ => form.value(reader),
        })?;
        if is_draft { Ok(()) } else { Err(Malformed::NotADraft("it has no news_item")) }
    }

    fn articles(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        if reader.peek()? != b'[' {
            return Err(Malformed::NotADraft("its news_item is no array"));
        }
        self.array(reader, |form, reader| match reader.peek()? {
            b'{' => form.article(reader),
            _ => Err(Malformed::NotADraft("one of its articles is no object")),
        })
    }

    fn article(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let start = self.out.len();
        let mut received = Received::default();
        let mut members = self.members(reader, |form, reader, key| match key {
            "url" | "show_cover_pic" | "create_time" | "update_time" => reader.skip().map(|_| false),
            "article_type" => reader.skip().map(|value| received.article_type = value).map(|()| false),
            "thumb_url" => reader.skip().map(|value| received.thumb_url = value).map(|()| false),
            "thumb_media_id" => reader.skip().map(|value| received.thumb_media_id = value).map(|()| false),
            "need_open_comment" | "only_fans_can_comment" => form.flag(reader),
            "content" if reader.peek()? == b'"' => form.content(reader),
            "image_info" => {
                let value = reader.skip()?;
                received.has_pictures = has_pictures(value);
                form.value(&mut Reader::new(value))
            }
            _ => form.value(reader),
        })?;
        members.extend([
            self.derived("article_type", &received.effective_type()),
            self.derived("thumb_url", &received.cover()),
        ]);
        self.close(start, members);
        Ok(())
    }

    /// Writes any value by the general rules; returns whether it is more than nothing (`null` or `""`).
    fn value(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        match reader.peek()? {
            b'{' => self.object(reader, Self::any_member)?,
            b'[' => self.array(reader, Self::element)?,
            b'"' => {
                let inner = reader.string()?;
                self.string(inner);
                return Ok(!inner.is_empty());
            }
            _ => match reader.scalar()? {
                "null" => {
                    self.out.extend_from_slice(b"null");
                    return Ok(false);
                }
                word @ ("true" | "false") => self.out.extend_from_slice(word.as_bytes()),
                spelling => self.plain_string(&number::canonical(spelling)),
            },
        }
        Ok(true)
    }

    fn any_member(&mut self, reader: &mut Reader<'_>, _key: &str) -> Result<bool, Malformed> {
        self.value(reader)
    }

    fn element(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        self.value(reader).map(drop)
    }

    fn array(
        &mut self,
        reader: &mut Reader<'_>,
        mut element: impl FnMut(&mut Self, &mut Reader<'_>) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.out.push(b'[');
        let mut first = true;
        reader.array(|reader| {
            if !std::mem::take(&mut first) {
                self.out.push(b',');
            }
            element(self, reader)
        })?;
        self.out.push(b']');
        Ok(())
    }

    /// Writes an object; `write` writes one member's value and tells whether the member is kept.
    fn object<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        write: impl FnMut(&mut Self, &mut Reader<'a>, &str) -> Result<bool, Malformed>,
    ) -> Result<(), Malformed> {
        let start = self.out.len();
        let members = self.members(reader, write)?;
        self.close(start, members);
        Ok(())
    }

    /// Writes an object's members one after another, in the order of the document.
    fn members<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        mut write: impl FnMut(&mut Self, &mut Reader<'a>, &str) -> Result<bool, Malformed>,
    ) -> Result<Vec<Member>, Malformed> {
        let mut members = Vec::new();
        reader.object(|reader, inner| {
            let start = self.out.len();
            self.string(inner);
            let key = start..self.out.len();
            self.out.push(b':');
            let present = write(self, reader, &json::text_inside(inner))?;
            members.push(Member { key, whole: start..self.out.len(), present });
            Ok(())
        })?;
        Ok(members)
    }

    /// Replaces what stands from `start` on by the object of `members`, sorted; of equal keys the last one counts.
    fn close(&mut self, start: usize, mut members: Vec<Member>) {
        members.sort_by(|a, b| self.out[a.key.clone()].cmp(&self.out[b.key.clone()]));
        let mut object = Vec::with_capacity(self.out.len() - start + 2);
        object.push(b'{');
        for (at, member) in members.iter().enumerate() {
            let overridden =
                members.get(at + 1).is_some_and(|next| self.out[next.key.clone()] == self.out[member.key.clone()]);
            if member.present && !overridden {
                if object.len() > 1 {
                    object.push(b',');
                }
                object.extend_from_slice(&self.out[member.whole.clone()]);
            }
        }
        object.push(b'}');
        self.out.truncate(start);
        self.out.append(&mut object);
    }

    fn derived(&mut self, key: &str, value: &str) -> Member {
        let start = self.out.len();
        self.plain_string(key);
        let key = start..self.out.len();
        self.out.push(b':');
        self.plain_string(value);
        Member { key, whole: start..self.out.len(), present: !value.is_empty() }
    }

    fn flag(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let start = self.out.len();
        let present = self.value(reader)?;
        match &self.out[start..] {
            b"\"0\"" | b"false" => return Ok(false),
            b"true" => {
                self.out.truncate(start);
                self.plain_string("1");
            }
            _ => {}
        }
        Ok(present)
    }

    fn content(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let start = self.out.len();
        let inner = reader.string()?;
        self.string(inner);
        let written = self.out.split_off(start);
        reduce_pictures(&written, &mut self.out);
        Ok(!inner.is_empty())
    }

    /// Writes a string from the inside of one as received.
    fn string(&mut self, inner: &[u8]) {
        self.out.push(b'"');
        let mut rest = inner;
        while let Some(at) = rest.iter().position(|&byte| byte < 0x20 || byte == b'\\') {
            self.out.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            let (character, length) = match rest[0] {
                b'\\' => json::escape(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 1)),
                control => {
                    self.strict = false;
                    (char::from(control), 1)
                }
            };
            self.strict &= !json::is_lone_surrogate(character, &rest[..length]);
            self.character(character);
            rest = &rest[length..];
        }
        self.out.extend_from_slice(rest);
        self.out.push(b'"');
    }

    /// Writes a string from its text.
    fn plain_string(&mut self, text: &str) {
        self.out.push(b'"');
        text.chars().for_each(|character| self.character(character));
        self.out.push(b'"');
    }

    fn character(&mut self, character: char) {
        match character {
            '"' => self.out.extend_from_slice(b"\\\""),
            '\\' => self.out.extend_from_slice(b"\\\\"),
            '\0'..'\x20' => self.out.extend_from_slice(format!("\\u{:04x}", u32::from(character)).as_bytes()),
            _ => self.out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// What of an article decides its derived members, as received.
#[derive(Default)]
struct Received<'a> {
    article_type: &'a [u8],
    thumb_url: &'a [u8],
    thumb_media_id: &'a [u8],
    has_pictures: bool,
}

impl<'a> Received<'a> {
    fn effective_type(&self) -> Cow<'a, str> {
        let inferred = if self.has_pictures { "newspic" } else { "news" };
        json::text(self.article_type).filter(|declared| !declared.is_empty()).unwrap_or(Cow::Borrowed(inferred))
    }

    fn cover(&self) -> Cow<'a, str> {
        match json::text(self.thumb_url).filter(|url| !url.is_empty()) {
            Some(url) => Cow::Owned(picture_identity(&url).into_owned()),
            None => json::text(self.thumb_media_id).unwrap_or_default(),
        }
    }
}

/// Tells whether an `image_info` lists a picture.
pub(super) fn has_pictures(image_info: &[u8]) -> bool {
    let listed = |members: Vec<json::Member<'_>>| {
        let list = members.iter().rev().find(|(key, _)| key == "image_list")?.1;
        Some(!json::elements(list).ok()?.is_empty())
    };
    json::members(image_info).ok().and_then(listed).unwrap_or(false)
}
