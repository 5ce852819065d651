//! Secrets: values that cannot be printed.
//!
//! The platform's tokens ride in query strings, so one careless `{:?}` of a request, a URL or an error would put a
//! credential into a log. A [`Secret`] shows as `[REDACTED]` wherever it is formatted and is wiped from memory when it
//! is dropped; [`Secret::expose`] is the only way to its text, and its callers are few enough to be read one by one.

use secrecy::{ExposeSecret, SecretString};

/// An AppSecret or an access token.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// Takes a secret over from the text it was read as.
    pub fn new(text: impl Into<String>) -> Self {
        Self(SecretString::from(text.into()))
    }

    /// Returns the secret's text, for the one request that needs it.
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

/// Compares texts, to tell whether a token that was refused is still the one in use.
impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Secret {}

/// Stands for what is hidden.
pub const HIDDEN: &str = "[REDACTED]";

/// Hides a secret everywhere in a text, plain and percent-encoded.
pub fn hide(text: &str, secret: &str) -> String {
    if secret.is_empty() {
        return text.to_owned();
    }
    text.replace(secret, HIDDEN).replace(&percent_encoded(secret), HIDDEN)
}

/// Hides what looks like a credential in the words of another program: the value of a name such as `key`, and long words of letters and digits.
pub fn hide_credentials(text: &str) -> String {
    let mut hides_next = false;
    let words = text.split_whitespace().map(|word| {
        let is_hidden = std::mem::take(&mut hides_next) || looks_random(word);
        let name = word.rsplit(['?', '&', '-', '\'', '"']).find_map(|part| part.split_once(['=', ':']));
        hides_next = ["bearer", "basic"].contains(&word.trim_matches(['\'', '"']).to_ascii_lowercase().as_str());
        match name {
            _ if is_hidden => HIDDEN.to_owned(),
            Some((name, value)) if is_credential(name) && !value.is_empty() => word.replace(value, HIDDEN),
            _ => word.to_owned(),
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn is_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    ["key", "token", "secret", "sign", "password", "passwd", "pwd", "hook"].iter().any(|part| name.contains(part))
}

/// Whether a word holds sixteen letters, digits and dashes in a row, of which some are digits and some are letters.
fn looks_random(word: &str) -> bool {
    word.split(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))).any(|part| {
        let has = |what: fn(&u8) -> bool| part.as_bytes().iter().any(what);
        part.len() >= 16 && has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic)
    })
}

/// Encodes a text as it stands in a query.
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
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_like_a_credential_is_hidden_in_the_words_of_others() {
        for (said, shown) in [
            (
                "curl: (6) Could not resolve host: hook.example.com",
                "curl: (6) Could not resolve host: hook.example.com",
            ),
            ("refused: no such group", "refused: no such group"),
            (
                "POST https://x.example/send?a=1&key=693a91f6 failed",
                "POST https://x.example/send?a=1&key=[REDACTED] failed",
            ),
            ("password=hunter2", "password=[REDACTED]"),
            ("Authorization: Bearer abc", "Authorization: Bearer [REDACTED]"),
            ("https://open.example/hook/0f1e2d3c-4b5a-6978", "[REDACTED]"),
        ] {
            assert_eq!(hide_credentials(said), shown);
        }
    }

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("0123456789abcdef");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("0123"));
        assert_eq!(secret.expose(), "0123456789abcdef");
    }

    proptest! {
        #[test]
        fn a_secret_never_survives(before in ".{0,20}", secret in "[!-~]{8,40}", after in ".{0,20}") {
            for echoed in [secret.clone(), percent_encoded(&secret)] {
                let shown = hide(&format!("{before}{echoed}{after}"), &secret);
                prop_assert!(!shown.contains(&echoed), "{shown}");
            }
        }
    }
}
