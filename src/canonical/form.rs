//! Canonical bytes, written in one pass over the document. The law is in the module above.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use super::html::{picture_identity, reduce_pictures};
use super::json::{self, Malformed, Piece, Reader};
use super::number;
use crate::model::Hash;

/// A draft's canonical form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Canonical {
    /// The canonical bytes.
    pub bytes: Vec<u8>,
    /// How many articles it holds.
    pub articles: usize,
    /// Of its first article; empty where there is none.
    pub title: String,
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
    let text = json::decoded(document);
    let mut reader = Reader::new(text.as_bytes());
    let mut form = Form {
        out: Vec::with_capacity(text.len()),
        spare: Vec::new(),
        articles: 0,
        title: String::new(),
        flaw: Some("it has no news_item"),
    };
    form.document(&mut reader)?;
    reader.end()?;
    match form.flaw {
        Some(flaw) => Err(Malformed::NotADraft(flaw)),
        None => Ok(Canonical {
            bytes: form.out,
            articles: form.articles,
            title: form.title,
            strict: reader.strict && matches!(text, Cow::Borrowed(_)),
        }),
    }
}

/// Canonical bytes in the making.
struct Form {
    out: Vec<u8>,
    /// Room for what is written twice: `content` before its pictures are reduced, members before they are sorted.
    spare: Vec<u8>,
    /// Of the last `news_item`, which is the one that counts.
    articles: usize,
    /// Of its first article.
    title: String,
    /// Why the document is no draft: what is wrong with the last `news_item`.
    flaw: Option<&'static str>,
}

/// A member written to `Form::out`, to be put into its place when the object ends.
struct Member<'a> {
    key: Cow<'a, str>,
    whole: Range<usize>,
    present: bool,
}

impl Form {
    fn document(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        self.object(reader, |form, reader, key| match key {
            "create_time" | "update_time" | "errcode" | "errmsg" => reader.skip().map(|_| false),
            "news_item" => form.articles(reader),
            _ => form.value(reader),
        })
    }

    fn articles(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        if reader.peek()? != b'[' {
            self.flaw = Some("its news_item is no array");
            return self.value(reader);
        }
        self.flaw = None;
        (self.articles, self.title) = (0, String::new());
        self.array(reader, |form, reader| match reader.peek()? {
            b'{' => form.article(reader),
            _ => {
                form.flaw = Some("one of its articles is no object");
                form.element(reader)
            }
        })?;
        Ok(true)
    }

    fn article(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        let start = self.out.len();
        let mut received = Received::default();
        let mut members = self.members(reader, |form, reader, key| match key {
            "url" | "show_cover_pic" | "create_time" | "update_time" => reader.skip().map(|_| false),
            "article_type" => received.note(reader, |received| &mut received.article_type),
            "thumb_url" => received.note(reader, |received| &mut received.thumb_url),
            "thumb_media_id" => received.note(reader, |received| &mut received.thumb_media_id),
            "need_open_comment" | "only_fans_can_comment" => form.flag(reader),
            "content" if reader.peek()? == b'"' => form.content(reader),
            "title" => {
                received.title = reader.skip()?;
                form.value(&mut Reader::new(received.title))
            }
            "image_info" => {
                let value = reader.skip()?;
                received.has_pictures = has_pictures(value);
                form.value(&mut Reader::new(value))
            }
            _ => form.value(reader),
        })?;
        members.push(self.derived("article_type", |form| form.article_type(&received))?);
        members.push(self.derived("thumb_url", |form| form.cover(&received))?);
        self.close(start, members);
        if self.articles == 0 {
            self.title = json::text(received.title).unwrap_or_default().into_owned();
        }
        self.articles += 1;
        Ok(())
    }

    fn article_type(&mut self, received: &Received<'_>) -> Result<bool, Malformed> {
        match received.article_type {
            b"" if received.has_pictures => self.text("newspic"),
            b"" => self.text("news"),
            declared => return self.value(&mut Reader::new(declared)),
        }
        Ok(true)
    }

    fn cover(&mut self, received: &Received<'_>) -> Result<bool, Malformed> {
        let cover = [received.thumb_url, received.thumb_media_id].into_iter().find(|cover| !cover.is_empty());
        let Some(cover) = cover else { return Ok(false) };
        match json::text(cover) {
            Some(text) => self.text(&picture_identity(&text)),
            None => return self.value(&mut Reader::new(cover)),
        }
        Ok(true)
    }

    fn flag(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let start = self.out.len();
        let present = self.value(reader)?;
        match &self.out[start..] {
            b"\"0\"" | b"false" => return Ok(false),
            b"true" => {
                self.out.truncate(start);
                self.text("1");
            }
            _ => {}
        }
        Ok(present)
    }

    fn content(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        let mut content = mem::take(&mut self.spare);
        content.clear();
        reader.string(|piece| write_piece(&mut content, piece))?;
        self.out.push(b'"');
        reduce_pictures(&content, &mut self.out);
        self.out.push(b'"');
        self.spare = content;
        Ok(!self.spare.is_empty())
    }

    /// Writes any value by the general rules; returns whether it is present: neither `null` nor `""`.
    fn value(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        match reader.peek()? {
            b'{' => self.object(reader, |form, reader, _| form.value(reader))?,
            b'[' => self.array(reader, Self::element)?,
            b'"' => return self.string(reader),
            _ => match reader.scalar()? {
                "null" => {
                    self.out.extend_from_slice(b"null");
                    return Ok(false);
                }
                word @ ("true" | "false") => self.out.extend_from_slice(word.as_bytes()),
                spelling => self.text(&number::canonical(spelling)),
            },
        }
        Ok(true)
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
            if !mem::take(&mut first) {
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
    ) -> Result<Vec<Member<'a>>, Malformed> {
        let mut members = Vec::new();
        reader.object(|reader, inside| {
            let key = json::text_inside(inside);
            members.push(self.member(key, |form, key| write(form, reader, key))?);
            Ok(())
        })?;
        Ok(members)
    }

    fn derived(
        &mut self,
        key: &'static str,
        write: impl FnOnce(&mut Self) -> Result<bool, Malformed>,
    ) -> Result<Member<'static>, Malformed> {
        self.member(Cow::Borrowed(key), |form, _| write(form))
    }

    fn member<'a>(
        &mut self,
        key: Cow<'a, str>,
        write: impl FnOnce(&mut Self, &str) -> Result<bool, Malformed>,
    ) -> Result<Member<'a>, Malformed> {
        let start = self.out.len();
        self.text(&key);
        self.out.push(b':');
        let present = write(self, &key)?;
        Ok(Member { key, whole: start..self.out.len(), present })
    }

    /// Replaces what stands from `start` on by the object of `members`, sorted; of equal keys the last one counts.
    fn close(&mut self, start: usize, mut members: Vec<Member<'_>>) {
        members.sort_by(|a, b| a.key.cmp(&b.key));
        self.spare.clear();
        self.spare.extend_from_slice(&self.out[start..]);
        self.out.truncate(start);
        self.out.push(b'{');
        for (at, member) in members.iter().enumerate() {
            let overridden = members.get(at + 1).is_some_and(|next| next.key == member.key);
            if member.present && !overridden {
                if self.out.len() > start + 1 {
                    self.out.push(b',');
                }
                self.out.extend_from_slice(&self.spare[member.whole.start - start..member.whole.end - start]);
            }
        }
        self.out.push(b'}');
    }

    /// Writes a string as it is read; returns whether there is anything in it.
    fn string(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        self.out.push(b'"');
        let start = self.out.len();
        reader.string(|piece| write_piece(&mut self.out, piece))?;
        let present = self.out.len() > start;
        self.out.push(b'"');
        Ok(present)
    }

    /// Writes a string from its text.
    fn text(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        loop {
            let (plain, special) = rest.split_at(json::plain_length(rest));
            write_piece(&mut self.out, Piece::Plain(plain));
            let Some((&character, after)) = special.split_first() else { break };
            write_piece(&mut self.out, Piece::Escaped(char::from(character)));
            rest = after;
        }
        self.out.push(b'"');
    }
}

fn write_piece(out: &mut Vec<u8>, piece: Piece<'_>) {
    match piece {
        Piece::Plain(bytes) => out.extend_from_slice(bytes),
        Piece::Escaped(character @ ('"' | '\\')) => out.extend_from_slice(&[b'\\', character as u8]),
        Piece::Escaped(control @ '\0'..'\x20') => {
            let digit = |value: u32| char::from_digit(value, 16).map_or(b'0', |digit| digit as u8);
            let control = u32::from(control);
            out.extend_from_slice(&[b'\\', b'u', b'0', b'0', digit(control >> 4), digit(control & 0xf)]);
        }
        Piece::Escaped(character) => out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes()),
    }
}

/// What of an article is wanted beside its own place, as received; empty where absent.
#[derive(Default)]
struct Received<'a> {
    article_type: &'a [u8],
    thumb_url: &'a [u8],
    thumb_media_id: &'a [u8],
    title: &'a [u8],
    has_pictures: bool,
}

impl<'a> Received<'a> {
    /// Notes a value that is not written where it stands.
    fn note(
        &mut self,
        reader: &mut Reader<'a>,
        place: impl FnOnce(&mut Self) -> &mut &'a [u8],
    ) -> Result<bool, Malformed> {
        let value = reader.skip()?;
        *place(self) = if matches!(value, b"null" | b"\"\"") { b"" } else { value };
        Ok(false)
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
