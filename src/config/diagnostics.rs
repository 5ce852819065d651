//! The issues and warnings found in a file, with their places.

use std::ops::Range;

use super::error::{ConfigIssue, Warning};
use super::text::position;
use crate::model::shortened;

/// Collects issues and warnings, with their places in the text.
pub(super) struct Diagnostics<'t> {
    text: &'t str,
    pub(super) issues: Vec<ConfigIssue>,
    pub(super) warnings: Vec<Warning>,
}

impl<'t> Diagnostics<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, issues: Vec::new(), warnings: Vec::new() }
    }

    /// Adds an issue that shows no value.
    pub(super) fn refuse(&mut self, key: &str, at: &Range<usize>, rule: impl Into<String>) -> &mut ConfigIssue {
        self.add(Some(key.to_owned()), at, rule.into())
    }

    /// Returns whether an issue of this key, or of one below it, was added.
    pub(super) fn has(&self, key: &str) -> bool {
        let is_of = |issue: &ConfigIssue| issue.key.as_deref().is_some_and(|known| known.starts_with(key));
        self.issues.iter().any(is_of)
    }

    /// Adds an error of the TOML syntax. Its message never quotes the text, which may contain a secret.
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

    /// Returns the line of a place, to refer to it.
    pub(super) fn line(&self, at: &Range<usize>) -> usize {
        self.position(at).0
    }

    /// Returns the line and the column of a place.
    pub(super) fn position(&self, at: &Range<usize>) -> (usize, usize) {
        position(self.text, at.start)
    }

    /// Returns the text at a place.
    pub(super) fn written(&self, at: &Range<usize>) -> &'t str {
        self.text.get(at.clone()).unwrap_or_default()
    }

    fn add(&mut self, key: Option<String>, at: &Range<usize>, rule: String) -> &mut ConfigIssue {
        let (line, column) = position(self.text, at.start);
        self.issues.push_mut(ConfigIssue { line, column, key, value: None, rule, hint: None })
    }
}

impl ConfigIssue {
    /// Shows the value, unless it could be a secret in the wrong place.
    pub(super) fn with_value(&mut self, value: &str) -> &mut Self {
        self.value = (!could_be_secret(value)).then(|| quoted(value));
        self
    }

    /// Shows a `media_id`, which looks like a secret but is not, unless it holds an AppSecret.
    pub(super) fn with_media_id(&mut self, media_id: &str) -> &mut Self {
        self.value = (!holds_app_secret(media_id)).then(|| quoted(media_id));
        self
    }

    /// Shows a value that is known to be no secret.
    pub(super) fn with_plain_value(&mut self, value: impl Into<String>) -> &mut Self {
        self.value = Some(value.into());
        self
    }

    pub(super) fn with_hint(&mut self, hint: impl Into<String>) -> &mut Self {
        self.hint = Some(hint.into());
        self
    }
}

/// Returns whether a text could be an AppSecret (32 hex digits) or an access token (over 100 characters): 28 letters or digits
/// in a row, or over 100 characters without a slash or a space.
pub(super) fn could_be_secret(text: &str) -> bool {
    const LETTERS_IN_A_ROW: usize = 28;
    let longest = text.split(|letter: char| !letter.is_ascii_alphanumeric()).map(str::len).max();
    longest.is_some_and(|longest| longest >= LETTERS_IN_A_ROW) || (text.len() > 100 && !text.contains(['/', ' ']))
}

/// Returns whether an AppSecret may stand in a text, whatever stands around it: 32 hex digits in a row. In a media_id, upper and lower case
/// alternate.
fn holds_app_secret(text: &str) -> bool {
    let is_hex = |letter: char| matches!(letter, '0'..='9' | 'a'..='f');
    text.split(|letter| !is_hex(letter)).any(|digits| digits.len() >= 32)
}

/// Quotes a value, shortened to a line.
fn quoted(value: &str) -> String {
    const LONGEST: usize = 80;
    format!("{:?}", shortened(value, LONGEST))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Once, an AppSecret that was pasted into a media_id was shown.
    #[test]
    fn a_media_id_is_shown_unless_an_app_secret_stands_in_it() {
        let issue = || ConfigIssue { line: 1, column: 1, key: None, value: None, rule: String::new(), hint: None };
        let media_id = "BgSb3ZNRyVDeMEXgZ_2Tk34BIOLSsUnqWPoMF6rFPZ9xHzLAw0qOkEFaK8lbgQcv x";
        assert!(issue().with_media_id(media_id).value.is_some());
        let pasted = "BgSb3ZNRyVDe 6rFPZ9xHzLA9f3c1d7a5b2e4860a1c9d8e7f6b5a403w0qOk";
        assert_eq!(issue().with_media_id(pasted).value, None);
    }

    #[test]
    fn what_looks_like_a_secret_is_not_shown() {
        let issue = || ConfigIssue { line: 1, column: 1, key: None, value: None, rule: String::new(), hint: None };
        for secret in ["0123456789abcdef0123456789abcdef", &"9a_B-".repeat(27), "x 0123456789abcdef0123456789abcdef"] {
            assert_eq!(issue().with_value(secret).value, None, "{secret}");
        }
        assert_eq!(issue().with_value("*/5 * * *").value.as_deref(), Some(r#""*/5 * * *""#));
        assert_eq!(issue().with_value(&"字 ".repeat(90)).value.clone().unwrap().chars().count(), 80 + 1 + 2);
    }
}
