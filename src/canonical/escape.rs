//! The inside of JSON strings: escapes, invalid UTF-8, and where the next special character is.

use std::borrow::Cow;

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

/// Reads the escape at the start of `bytes`: its character and its length, or `None` if it is not valid in JSON.
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

/// Returns whether an escape was read as U+FFFD because it is half of a surrogate pair.
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

/// Returns how many bytes are before the first quotation mark, backslash or control character, eight at a time: nearly
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
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_plain_goes_on_to_the_first_special_byte(bytes in prop::collection::vec(prop::sample::select(b"a \x1f\n\"\\\x7f\x80\xff!#[]".to_vec()), 0..40), plain in 0..40_usize) {
            let bytes = [vec![b' '; plain], bytes].concat();
            let is_special = |byte: &u8| *byte < 0x20 || *byte == b'"' || *byte == b'\\';
            prop_assert_eq!(plain_length(&bytes), bytes.iter().position(is_special).unwrap_or(bytes.len()));
        }
    }
}
