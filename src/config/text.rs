//! The file's bytes as text, and places in it.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use super::error::{ConfigError, ConfigIssue};
use super::path::MAX_BYTES;

/// Reads the file.
pub(super) fn read(path: &Path) -> Result<Vec<u8>, ConfigError> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(MAX_BYTES + 1).read_to_end(&mut bytes));
    match read {
        Ok(_) if bytes.len() as u64 > MAX_BYTES => Err(ConfigError::TooLarge { path: path.to_owned() }),
        Ok(_) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(ConfigError::NotFound { path: path.to_owned() }),
        Err(source) => Err(ConfigError::Unreadable { path: path.to_owned(), source }),
    }
}

/// Decodes UTF-8, with or without a byte order mark, which some editors write.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, ConfigIssue> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = position(&good, good.len());
        let rule = "the file is not UTF-8".to_owned();
        let hint = Some("save it as UTF-8, in the editor or with: iconv -f GB18030 -t UTF-8".to_owned());
        ConfigIssue { line, column, key: None, value: None, rule, hint }
    })
}

/// Returns line and column of a byte offset, both from 1, the column in characters.
pub(super) fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_count_lines_and_characters_from_one() {
        let text = "a\n账号 = 1\n";
        for (offset, place) in [(0, (1, 1)), (1, (1, 2)), (2, (2, 1)), (8, (2, 3)), (text.len(), (3, 1)), (99, (3, 1))]
        {
            assert_eq!(position(text, offset), place, "{offset}");
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_text_and_other_encodings_are_refused() {
        assert_eq!(decode(b"\xef\xbb\xbfa"), Ok("a"));
        let issue =
            decode("好\n".as_bytes().iter().chain(b"ab\xb9\xab").copied().collect::<Vec<_>>().as_slice()).unwrap_err();
        assert_eq!((issue.line, issue.column), (2, 3));
    }
}
