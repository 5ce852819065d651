//! Removes credentials from text of other systems.
//!
//! Tokens are in query strings, and gateways often echo the requested address. So all text of other systems passes through here
//! before it is shown.

use crate::model::shortened;
use crate::secret::HIDDEN;

/// Characters of such a text that are shown.
const LONGEST: usize = 300;

/// Makes text of other systems safe to show: one line, no control characters, no credentials after their usual names, at most 300
/// characters.
pub(crate) fn printable(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    shortened(&hide_values(&visible), LONGEST).into_owned()
}

/// Hides the values after `access_token=` and similar names.
fn hide_values(text: &str) -> String {
    let mut shown = text.to_owned();
    for name in ["access_token", "secret", "refresh_token"] {
        let mut from = 0;
        while let Some(at) = shown[from..].find(name).map(|at| from + at + name.len()) {
            from = at;
            let rest = &shown[at..];
            let value = rest.trim_start_matches(['=', ':', '"', '\\', ' ']);
            let gap = &rest[..rest.len() - value.len()];
            if !gap.contains(['=', ':']) {
                continue;
            }
            let ends =
                |c: char| c.is_whitespace() || matches!(c, '&' | '"' | '\'' | '<' | '>' | ',' | '#' | '\\' | '}');
            let length = value.find(ends).unwrap_or(value.len());
            let start = at + gap.len();
            shown.replace_range(start..start + length, HIDDEN);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_behind_their_names_are_hidden() {
        for (text, shown) in [
            ("GET /cgi-bin/draft/get?access_token=97_abc&x=1", "GET /cgi-bin/draft/get?access_token=[REDACTED]&x=1"),
            (r#"{"secret":"0123","appid":"wx1"}"#, r#"{"secret":"[REDACTED]","appid":"wx1"}"#),
            (r#"{\"access_token\":\"97_abc\"}"#, r#"{\"access_token\":\"[REDACTED]\"}"#),
            ("invalid credential, access_token is invalid", "invalid credential, access_token is invalid"),
            ("access_token missing", "access_token missing"),
            ("a\u{1b}[31mb\nc", "a [31mb c"),
        ] {
            assert_eq!(printable(text), shown);
        }
    }

    #[test]
    fn long_text_is_cut_between_characters() {
        let shown = printable(&"稿".repeat(400));
        assert_eq!(shown.chars().count(), LONGEST + 1);
        assert!(shown.ends_with("稿…"));
    }
}
