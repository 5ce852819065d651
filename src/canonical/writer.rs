//! Writes canonical JSON in one pass over the document: the rules for strings, numbers, arrays and objects.

use std::borrow::Cow;
use std::mem;
use std::ops::Range;

use super::escape::{plain_length, text_inside};
use super::json::{Malformed, Piece, Reader};
use super::number;

/// Canonical bytes in the making.
pub(super) struct CanonicalWriter {
    pub(super) out: Vec<u8>,
    /// A buffer for what is written twice: `content` before its pictures are reduced, members before they are sorted.
    pub(super) spare: Vec<u8>,
}

/// A member written to `CanonicalWriter::out`, to be sorted when the object ends.
pub(super) struct Member<'a> {
    key: Cow<'a, str>,
    whole: Range<usize>,
    present: bool,
}

impl CanonicalWriter {
    /// A writer with room for a document of so many bytes.
    pub(super) fn with_capacity(length: usize) -> Self {
        Self { out: Vec::with_capacity(length), spare: Vec::new() }
    }

    /// Writes any value by the general rules; returns whether it is present, that is, neither `null` nor `""`.
    pub(super) fn value(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        match reader.peek()? {
            b'{' => self.object(reader, |writer, reader, _| writer.value(reader))?,
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

    pub(super) fn element(&mut self, reader: &mut Reader<'_>) -> Result<(), Malformed> {
        self.value(reader).map(drop)
    }

    pub(super) fn array(
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

    /// Writes an object; `write` writes one member's value and returns whether the member is kept.
    pub(super) fn object<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        write: impl FnMut(&mut Self, &mut Reader<'a>, &str) -> Result<bool, Malformed>,
    ) -> Result<(), Malformed> {
        let start = self.out.len();
        let members = self.members(reader, write)?;
        self.close(start, members);
        Ok(())
    }

    /// Writes the members of an object in the order of the document.
    pub(super) fn members<'a>(
        &mut self,
        reader: &mut Reader<'a>,
        mut write: impl FnMut(&mut Self, &mut Reader<'a>, &str) -> Result<bool, Malformed>,
    ) -> Result<Vec<Member<'a>>, Malformed> {
        let mut members = Vec::new();
        reader.object(|reader, inside| {
            let key = text_inside(inside);
            members.push(self.member(key, |writer, key| write(writer, reader, key))?);
            Ok(())
        })?;
        Ok(members)
    }

    pub(super) fn derived(
        &mut self,
        key: &'static str,
        write: impl FnOnce(&mut Self) -> Result<bool, Malformed>,
    ) -> Result<Member<'static>, Malformed> {
        self.member(Cow::Borrowed(key), |writer, _| write(writer))
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

    /// Replaces everything from `start` on by the object of `members`, sorted; of equal keys the last one counts.
    pub(super) fn close(&mut self, start: usize, mut members: Vec<Member<'_>>) {
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

    /// Writes a string while it is read; returns whether it is not empty.
    fn string(&mut self, reader: &mut Reader<'_>) -> Result<bool, Malformed> {
        self.out.push(b'"');
        let start = self.out.len();
        reader.string(|piece| write_piece(&mut self.out, piece))?;
        let present = self.out.len() > start;
        self.out.push(b'"');
        Ok(present)
    }

    /// Writes a text as a string.
    pub(super) fn text(&mut self, text: &str) {
        self.out.push(b'"');
        let mut rest = text.as_bytes();
        loop {
            let (plain, special) = rest.split_at(plain_length(rest));
            write_piece(&mut self.out, Piece::Plain(plain));
            let Some((&character, after)) = special.split_first() else { break };
            write_piece(&mut self.out, Piece::Escaped(char::from(character)));
            rest = after;
        }
        self.out.push(b'"');
    }
}

pub(super) fn write_piece(out: &mut Vec<u8>, piece: Piece<'_>) {
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
