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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let secret = Secret::new("0123456789abcdef");
        assert!(!format!("{secret:?} {:#?}", Some(&secret)).contains("0123"));
        assert_eq!(secret.expose(), "0123456789abcdef");
    }
}
