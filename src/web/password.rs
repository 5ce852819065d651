//! The editors' password: known by its argon2id hash alone, written as a PHC string.

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};

/// Shorter ones are guessed too soon.
pub const SHORTEST: usize = 10;

/// Returns the hash of a password, with a salt of its own. It takes 19 MiB and some 30 ms.
///
/// # Errors
///
/// If the system has no random numbers.
pub fn hash(password: &str) -> Result<String, String> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(|error| error.to_string())?;
    Ok(hash.to_string())
}

/// Returns whether a password is the one of this hash.
///
/// # Errors
///
/// If the hash is none.
pub(super) fn verify(password: &str, hash: &str) -> Result<bool, String> {
    let hash = PasswordHash::new(hash).map_err(|error| error.to_string())?;
    Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_password_is_known_by_its_hash() {
        let hash = hash("correct horse").unwrap();
        assert!(hash.starts_with("$argon2id$v=19$"), "{hash}");
        assert_eq!(verify("correct horse", &hash), Ok(true));
        assert_eq!(verify("correct horsf", &hash), Ok(false));
        assert!(verify("correct horse", "correct horse").is_err());
    }
}
