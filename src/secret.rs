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
