//! Turns a document that only a tolerant reader can parse into strict JSON.

use super::escape::{decoded, escape, is_lone_surrogate};

/// Returns the document as strict JSON in valid UTF-8 with the same canonical bytes: invalid UTF-8 and lone surrogates
/// as U+FFFD, raw control characters inside strings escaped, a byte order mark gone, every other byte as received.
pub fn repair(document: &[u8]) -> Vec<u8> {
    let text = decoded(document);
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(&text).as_bytes();
    let mut out = Vec::with_capacity(rest.len() + 64);
    let mut in_string = false;
    while let Some(&byte) = rest.first() {
        let length = match byte {
            b'\\' => {
                let (character, length) = escape(rest).unwrap_or((char::REPLACEMENT_CHARACTER, 1));
                let lone = is_lone_surrogate(character, &rest[..length]);
                out.extend_from_slice(if lone { b"\\ufffd" } else { &rest[..length] });
                length
            }
            0..0x20 if in_string => {
                out.extend_from_slice(format!("\\u{byte:04x}").as_bytes());
                1
            }
            _ => {
                in_string ^= byte == b'"';
                out.push(byte);
                1
            }
        };
        rest = &rest[length..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::canonicalise;
    use super::*;

    #[test]
    fn a_repaired_document_is_strict_and_the_same() {
        let received =
            b"\xef\xbb\xbf{\"news_item\":[{\"title\":\"a\x08b\\ud83d \xff\",\"content\":\"\xe4\xbd\n\\\"\\u0001\"}]}";
        let repaired = repair(received);
        assert_eq!(
            String::from_utf8(repaired.clone()).unwrap(),
            "{\"news_item\":[{\"title\":\"a\\u0008b\\ufffd \u{fffd}\",\"content\":\"\u{fffd}\\u000a\\\"\\u0001\"}]}"
        );
        let (before, after) = (canonicalise(received).unwrap(), canonicalise(&repaired).unwrap());
        assert!(!before.strict && after.strict);
        assert_eq!(before.bytes, after.bytes);
    }
}
