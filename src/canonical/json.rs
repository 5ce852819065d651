//! A tolerant reader of JSON, over bytes as received.
//!
//! The platform puts raw control characters and invalid UTF-8 inside string values (seen by several SDKs), which every
//! strict parser refuses, and an archive must be able to cut a draft out of a page without changing a byte of it. So
//! values are found by their extent and decoded only where somebody looks inside. Everything but the inside of strings
//! follows RFC 8259.

use std::borrow::Cow;

/// Nesting beyond this is refused: no draft comes near, and readers downstream (SQLite, serde) have limits of their own.
pub const DEPTH: usize = 100;

/// Text that is no JSON, even tolerantly read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// The grammar is broken: cut short, no JSON at all, or something after its end.
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

/// Returns the members of the object that `bytes` is, in the order they stand, duplicates included.
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

/// Returns the text of a string value, or `None` where `value` is no string.
pub fn text(value: &[u8]) -> Option<Cow<'_, str>> {
    let inner = value.strip_prefix(b"\"")?.strip_suffix(b"\"")?;
    Some(text_inside(inner))
}

/// Returns the integer that a value means: a number, or a numeric string (the platform mixes them).
pub fn integer(value: &[u8]) -> Option<i64> {
    match text(value) {
        Some(text) => text.trim().parse().ok(),
        None => std::str::from_utf8(value).ok()?.parse().ok(),
    }
}

/// Returns bytes as text, invalid UTF-8 as U+FFFD.
///
/// Nearly all are valid, which `from_utf8` proves several times faster than `from_utf8_lossy` does.
pub(super) fn decoded(bytes: &[u8]) -> Cow<'_, str> {
    std::str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Returns the text of a string from its inside as received: escapes undone, invalid UTF-8 and lone surrogates as U+FFFD.
pub(super) fn text_inside(inner: &[u8]) -> Cow<'_, str> {
    if memchr::memchr(b'\\', inner).is_none() {
        return decoded(inner);
    }
    let mut out = Vec::with_capacity(inner.len());
    let mut rest = inner;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let (character, length) = escape(&rest[at..]).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
        out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        rest = &rest[at + length..];
    }
    out.extend_from_slice(rest);
    Cow::Owned(
        String::from_utf8(out).unwrap_or_else(|invalid| String::from_utf8_lossy(invalid.as_bytes()).into_owned()),
    )
}

/// Reads the escape that `bytes` begins with: its character and its length, or `None` where it is no escape of JSON.
/// A lone surrogate, which no text can hold, is read as U+FFFD.
pub(super) fn escape(bytes: &[u8]) -> Option<(char, usize)> {
    let simple = match bytes.get(1)? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return unicode_escape(bytes),
        _ => return None,
    };
    Some((simple, 2))
}

/// Tells whether an escape was read as U+FFFD because it is half of a surrogate pair.
pub(super) fn is_lone_surrogate(character: char, escape: &[u8]) -> bool {
    character == char::REPLACEMENT_CHARACTER && escape.starts_with(b"\\u") && !escape.eq_ignore_ascii_case(b"\\ufffd")
}

fn unicode_escape(bytes: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| -> Option<u32> {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        digits.iter().try_fold(0, |sum, &digit| Some(sum * 16 + char::from(digit).to_digit(16)?))
    };
    let high = unit(0)?;
    if let Some(character) = char::from_u32(high) {
        return Some((character, 6));
    }
    match unit(6) {
        Some(low) if high < 0xdc00 && (0xdc00..0xe000).contains(&low) => {
            Some((char::from_u32(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00))?, 12))
        }
        _ => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}

/// A stretch of a string.
pub(super) enum Piece<'a> {
    /// Text that JSON lets stand as it is.
    Plain(&'a [u8]),
    /// A character that was escaped, or (a control character) should have been.
    Escaped(char),
}

/// A position in a JSON text.
pub(super) struct Reader<'a> {
    bytes: &'a [u8],
    at: usize,
    depth: usize,
    /// Whether a strict reader would have taken everything so far.
    pub(super) strict: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        // A byte order mark is a habit of some servers; it is no part of the document's value.
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

    /// Reads a string, calling `each` with its stretches, in order.
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

    /// Passes over one value and returns its extent.
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

/// Returns how many bytes stand before the first quotation mark, backslash or control character, eight at a time: nearly
/// all of a document is the inside of strings.
pub(super) fn plain_length(bytes: &[u8]) -> usize {
    const EACH: u64 = u64::from_ne_bytes([1; 8]);
    const TOP: u64 = u64::from_ne_bytes([0x80; 8]);
    // The top bit of the lowest byte below `bound` is set, and of none before it.
    let below = |word: u64, bound: u8| word.wrapping_sub(EACH * u64::from(bound)) & !word;
    let is = |word: u64, byte: u8| below(word ^ (EACH * u64::from(byte)), 1);
    let (words, rest) = bytes.as_chunks::<8>();
    for (at, word) in words.iter().enumerate() {
        let word = u64::from_le_bytes(*word);
        let special = (below(word, 0x20) | is(word, b'"') | is(word, b'\\')) & TOP;
        if special != 0 {
            return at * 8 + special.trailing_zeros() as usize / 8;
        }
    }
    let tail = rest.iter().position(|&byte| byte < 0x20 || matches!(byte, b'"' | b'\\'));
    words.len() * 8 + tail.unwrap_or(rest.len())
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
    }
}
