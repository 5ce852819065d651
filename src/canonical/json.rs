//! A tolerant JSON reader for bytes as received.
//!
//! The platform sends raw control characters and invalid UTF-8 inside strings (seen by several SDKs), which every strict parser
//! rejects, and the archive must cut a draft out of a page without changing a byte. So values are slices of the input, and are
//! decoded only where needed. Everything except the inside of strings follows RFC 8259.

use std::borrow::Cow;

use super::escape::{escape, is_lone_surrogate, plain_length, text_inside};

/// Deeper nesting is rejected: drafts need far less, and SQLite and serde have limits too.
pub const DEPTH: usize = 100;

/// Text that is not JSON, even with tolerance.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// A syntax error: cut off, no JSON at all, or something after its end.
    #[error("not JSON: {what} at byte {at}")]
    Grammar { what: &'static str, at: usize },
    /// Values nested deeper than [`DEPTH`].
    #[error("not readable: nested deeper than {DEPTH} levels")]
    TooDeep,
    /// JSON, but not in the shape of a draft.
    #[error("not a draft: {0}")]
    NotADraft(&'static str),
}

/// A member of an object: its key, decoded, and its value as received.
pub type Member<'a> = (Cow<'a, str>, &'a [u8]);

/// Returns the members of the object that `bytes` is, in order, with duplicates.
pub fn members(bytes: &[u8]) -> Result<Vec<Member<'_>>, Malformed> {
    let mut reader = Reader::new(bytes);
    let mut found = Vec::new();
    reader.object(|reader, key| {
        found.push((text_inside(key), reader.skip()?));
        Ok(())
    })?;
    reader.end()?;
    Ok(found)
}

/// Returns the elements of the array that `bytes` is, each as received.
pub fn elements(bytes: &[u8]) -> Result<Vec<&[u8]>, Malformed> {
    let mut reader = Reader::new(bytes);
    let mut found = Vec::new();
    reader.array(|reader| {
        found.push(reader.skip()?);
        Ok(())
    })?;
    reader.end()?;
    Ok(found)
}

/// Returns the text of a string value, or `None` if `value` is not a string.
pub fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(text_inside(inner))
}

/// Returns an integer from a number or a numeric string: the platform mixes them.
pub fn integer(value: &[u8]) -> Option<i64> {
    match text(value) {
        Some(text) => text.trim().parse().ok(),
        None => std::str::from_utf8(value).ok()?.parse().ok(),
    }
}

/// A part of a string.
#[derive(Clone, Copy)]
pub(super) enum Piece<'a> {
    /// Text that JSON does not escape.
    Plain(&'a [u8]),
    /// A character that was escaped, or a control character that should have been.
    Escaped(char),
}

/// A position in a JSON text.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    /// Whether a strict parser would have accepted everything so far.
    pub(super) strict: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        // Some servers send a byte order mark; it is not part of the value.
        let marked = bytes.starts_with("\u{feff}".as_bytes());
        Self { bytes, at: if marked { 3 } else { 0 }, depth: 0, strict: !marked }
    }

    /// Returns the first byte of the value that comes next.
    pub(super) fn peek(&mut self) -> Result<u8, Malformed> {
        while matches!(self.bytes.get(self.at), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
        self.bytes.get(self.at).copied().ok_or(self.broken("cut short"))
    }

    /// Checks that nothing but space is left.
    pub(super) fn end(&mut self) -> Result<(), Malformed> {
        match self.peek() {
            Err(_) => Ok(()),
            Ok(_) => Err(self.broken("something after its end")),
        }
    }

    /// Reads an object, calling `member` at each value with the inside of its key.
    pub(super) fn object(
        &mut self,
        mut member: impl FnMut(&mut Self, &'a [u8]) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.sequence(b'{', b'}', |reader| {
            let key = reader.inside()?;
            reader.expect(b':', "a colon is missing")?;
            member(reader, key)
        })
    }

    /// Reads an array, calling `element` at each value.
    pub(super) fn array(&mut self, element: impl FnMut(&mut Self) -> Result<(), Malformed>) -> Result<(), Malformed> {
        self.sequence(b'[', b']', element)
    }

    fn sequence(
        &mut self,
        open: u8,
        close: u8,
        mut each: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<(), Malformed> {
        self.expect(open, "another kind of value than expected")?;
        self.depth += 1;
        if self.depth > DEPTH {
            return Err(Malformed::TooDeep);
        }
        if self.peek()? == close {
            self.at += 1;
        } else {
            loop {
                each(self)?;
                let separator = self.peek()?;
                self.at += 1;
                match separator {
                    b',' => {}
                    end if end == close => break,
                    _ => return Err(self.broken("a comma is missing")),
                }
            }
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string, calling `each` with its parts, in order.
    pub(super) fn string(&mut self, mut each: impl FnMut(Piece<'a>)) -> Result<(), Malformed> {
        self.expect(b'"', "a string is missing")?;
        loop {
            let rest = &self.bytes[self.at..];
            let length = plain_length(rest);
            each(Piece::Plain(&rest[..length]));
            self.at += length;
            match rest.get(length) {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(());
                }
                Some(b'\\') => {
                    let escaped = &rest[length..];
                    let (character, length) =
                        escape(escaped).ok_or(self.broken("an escape that JSON does not know"))?;
                    self.strict &= !is_lone_surrogate(character, &escaped[..length]);
                    self.at += length;
                    each(Piece::Escaped(character));
                }
                Some(&control) => {
                    self.strict = false;
                    self.at += 1;
                    each(Piece::Escaped(char::from(control)));
                }
                None => return Err(self.broken("a string has no end")),
            }
        }
    }

    /// Reads a string and returns its inside, escapes and all.
    fn inside(&mut self) -> Result<&'a [u8], Malformed> {
        self.peek()?;
        let start = self.at + 1;
        self.string(|_| ())?;
        Ok(&self.bytes[start..self.at - 1])
    }

    /// Reads a number, `true`, `false` or `null`, and returns its spelling.
    pub(super) fn scalar(&mut self) -> Result<&'a str, Malformed> {
        let first = self.peek()?;
        let start = self.at;
        let length = self.bytes[start..]
            .iter()
            .take_while(|byte| matches!(byte, b'a'..=b'z' | b'E' | b'0'..=b'9' | b'+' | b'-' | b'.'))
            .count();
        self.at += length;
        let spelling = std::str::from_utf8(&self.bytes[start..self.at]).unwrap_or_default();
        let known = matches!(spelling, "true" | "false" | "null");
        if known || (matches!(first, b'-' | b'0'..=b'9') && super::number::is_number(spelling)) {
            Ok(spelling)
        } else {
            self.at = start;
            Err(self.broken("no value of JSON"))
        }
    }

    /// Skips one value and returns its bytes.
    pub(super) fn skip(&mut self) -> Result<&'a [u8], Malformed> {
        let first = self.peek()?;
        let start = self.at;
        match first {
            b'{' => self.object(|reader, _| reader.skip().map(drop))?,
            b'[' => self.array(|reader| reader.skip().map(drop))?,
            b'"' => self.string(|_| ())?,
            _ => self.scalar().map(drop)?,
        }
        Ok(&self.bytes[start..self.at])
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Malformed> {
        if self.peek()? != byte {
            return Err(self.broken(what));
        }
        self.at += 1;
        Ok(())
    }

    fn broken(&self, what: &'static str) -> Malformed {
        Malformed::Grammar { what, at: self.at }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_cut_out_as_received() {
        let page = b" {\"a\" : [1, \"\\/\x01\xff\" ] , \"b\\u4f60\":{\"x\":null}}\n";
        let found = members(page).unwrap();
        assert_eq!(found[0], (Cow::from("a"), &b"[1, \"\\/\x01\xff\" ]"[..]));
        assert_eq!(found[1], (Cow::from("b你"), &b"{\"x\":null}"[..]));
        let inner = elements(found[0].1).unwrap();
        assert_eq!(text(inner[1]).unwrap(), "/\u{1}\u{fffd}");
        assert_eq!(integer(inner[0]), Some(1));
        assert_eq!(integer(b"\"42\""), Some(42));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for bad in [
            "",
            "{",
            "<html>",
            "{\"a\":1,}",
            "{\"a\" 1}",
            "{\"a\":1} x",
            "[1 2]",
            "{\"a\":\"x}",
            "{\"a\":\"\\x\"}",
            "{\"a\":01}",
            "{\"a\":nul}",
            "{'a':1}",
            "{\"a\":1\"b\":2}",
            "{\"a\":-}",
            "{\"a\":\"\\u12\"}",
        ] {
            assert!(members(bad.as_bytes()).is_err(), "{bad}");
        }
        let deep = "[".repeat(100_000);
        assert_eq!(elements(deep.as_bytes()), Err(Malformed::TooDeep));
    }

    #[test]
    fn surrogates_are_paired_or_replaced() {
        assert_eq!(text(br#""\ud83d\ude00""#).unwrap(), "😀");
        assert_eq!(text(br#""a\ud83db\ude00""#).unwrap(), "a\u{fffd}b\u{fffd}");
        assert_eq!(text(br#""\udc00\udc00""#).unwrap(), "\u{fffd}\u{fffd}");
    }
}
