//! Removes credentials from text of other systems.
//!
//! Tokens are in query strings, and gateways often echo the requested address. So all text of other systems passes through here
//! before it is shown.

use crate::model::shortened;
use crate::secret::Secret;

/// Characters of such a text that are shown.
const LONGEST: usize = 300;

const HIDDEN: &str = "[REDACTED]";

/// Makes text of other systems safe to show: one line, no control characters, no credentials after their usual names, at most 300
/// characters.
pub(crate) fn printable(text: &str) -> String {
    let visible = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect::<String>();
    shortened(&hide_values(&visible), LONGEST).into_owned()
}

/// Hides `secret` everywhere in `text`, plain and percent-encoded.
pub(crate) fn redact(text: &str, secret: &Secret) -> String {
    let plain = secret.expose();
    if plain.is_empty() {
        return text.to_owned();
    }
    text.replace(plain, HIDDEN).replace(&percent_encoded(plain), HIDDEN)
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

fn percent_encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
            _ => format!("%{byte:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn a_secret_never_survives(before in ".{0,20}", secret in "[!-~]{8,40}", after in ".{0,20}") {
            let token = Secret::new(secret.clone());
            for echoed in [secret.clone(), percent_encoded(&secret)] {
                let shown = redact(&format!("{before}{echoed}{after}"), &token);
                prop_assert!(!shown.contains(&echoed), "{shown}");
            }
        }
    }
}
