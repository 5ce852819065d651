//! The file's text, and the mistakes found in it.

use std::fs::File;
use std::io::{self, Read};
use std::ops::Range;
use std::path::Path;

use super::MAX_BYTES;
use super::error::{ConfigError, Mistake, Warning};
use crate::model::shortened;

/// Reads the file; tells apart why it could not.
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

/// Decodes UTF-8, with or without the byte order mark that some editors put before it.
pub(super) fn decode(bytes: &[u8]) -> Result<&str, Mistake> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
        let (line, column) = position(&good, good.len());
        let rule = "the file is not UTF-8".to_owned();
        let hint = Some("save it as UTF-8, in the editor or with: iconv -f GB18030 -t UTF-8".to_owned());
        Mistake { line, column, key: None, value: None, rule, hint }
    })
}

/// Returns line and column of a byte offset, both from 1, the column in characters.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.rsplit('\n').next().unwrap_or_default();
    (before.matches('\n').count() + 1, line.chars().count() + 1)
}

/// Collects mistakes and warnings, with their places in the text.
pub(super) struct Report<'t> {
    text: &'t str,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) warnings: Vec<Warning>,
}

impl<'t> Report<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, mistakes: Vec::new(), warnings: Vec::new() }
    }

    /// Adds a mistake that shows no value.
    pub(super) fn refuse(&mut self, key: &str, at: &Range<usize>, rule: impl Into<String>) -> &mut Mistake {
        self.add(Some(key.to_owned()), at, rule.into())
    }

    /// Adds a mistake of TOML itself. Its message never quotes the text, which may hold a secret.
    pub(super) fn refuse_syntax(&mut self, error: &toml::de::Error) {
        let end = self.text.len();
        self.add(
            None,
            &error.span().unwrap_or(end..end),
            error.message().trim_end_matches(", expected nothing").to_owned(),
        );
    }

    pub(super) fn warn(&mut self, key: &str, at: &Range<usize>, message: impl Into<String>) {
        let (line, column) = position(self.text, at.start);
        self.warnings.push(Warning { line, column, key: key.to_owned(), message: message.into() });
    }

    /// Returns the line of a place, to point at it from another one.
    pub(super) fn line(&self, at: &Range<usize>) -> usize {
        position(self.text, at.start).0
    }

    /// Returns the text of a place as it was written.
    pub(super) fn written(&self, at: &Range<usize>) -> &'t str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    fn add(&mut self, key: Option<String>, at: &Range<usize>, rule: String) -> &mut Mistake {
        let (line, column) = position(self.text, at.start);
        self.mistakes.push_mut(Mistake { line, column, key, value: None, rule, hint: None })
    }
}

impl Mistake {
    /// Shows the value, unless it could be a secret that was put into the wrong place.
    pub(super) fn showing(&mut self, value: &str) -> &mut Self {
        self.value = (!could_be_secret(value)).then(|| quoted(value));
        self
    }

    /// Shows a `media_id`, which looks like a secret and is none.
    pub(super) fn showing_id(&mut self, media_id: &str) -> &mut Self {
        self.value = Some(quoted(media_id));
        self
    }

    /// Shows what is known to be harmless as it is.
    pub(super) fn showing_plain(&mut self, value: impl Into<String>) -> &mut Self {
        self.value = Some(value.into());
        self
    }

    pub(super) fn hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Tells whether a text has the look of an AppSecret (32 hex digits) or of an access token (over 100 characters).
pub(super) fn could_be_secret(text: &str) -> bool {
    const LETTERS_IN_A_ROW: usize = 28;
    let longest = text.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::len).max();
    longest.is_some_and(|longest| longest >= LETTERS_IN_A_ROW) || (text.len() > 100 && !text.contains(['/', ' ']))
}

/// Quotes a value, shortened to what a line can hold.
fn quoted(value: &str) -> String {
    const LONGEST: usize = 80;
    format!("{:?}", shortened(value, LONGEST))
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
        let mistake =
            decode("好\n".as_bytes().iter().chain(b"ab\xb9\xab").copied().collect::<Vec<_>>().as_slice()).unwrap_err();
        assert_eq!((mistake.line, mistake.column), (2, 3));
    }

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        let mistake = || Mistake { line: 1, column: 1, key: None, value: None, rule: String::new(), hint: None };
        for secret in ["0123456789abcdef0123456789abcdef", &"9a_B-".repeat(27), "x 0123456789abcdef0123456789abcdef"] {
            assert_eq!(mistake().showing(secret).value, None, "{secret}");
        }
        assert_eq!(mistake().showing("*/5 * * *").value.as_deref(), Some(r#""*/5 * * *""#));
        assert_eq!(mistake().showing(&"字 ".repeat(90)).value.clone().unwrap().chars().count(), 80 + 1 + 2);
    }
}
