//! Secrets that nobody can guess, for sessions, links and programs. Only their hash is stored.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::model::Hash;

/// A new secret of 256 bits, as text, and its hash.
///
/// # Errors
///
/// If the system has no random numbers.
pub fn new() -> Result<(String, Hash), getrandom::Error> {
    let mut secret = [0; 32];
    getrandom::fill(&mut secret)?;
    let text = URL_SAFE_NO_PAD.encode(secret);
    let hash = hash(&text);
    Ok((text, hash))
}

/// The hash by which a secret is known.
pub fn hash(secret: &str) -> Hash {
    Hash::of(secret.as_bytes())
}
