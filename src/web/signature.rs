//! Signatures of picture addresses. A frame in a sandbox sends no cookie with its pictures, so the address itself says that who has it
//! was let in.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;

use crate::model::{Hash, Timestamp};

/// How long an address holds at least, in seconds. The end is a full hour, so that an hour's addresses are the same and can be cached.
const HOUR: i64 = 3600;

/// Signs and checks. The key lives as long as the program: a page that is older is loaded again.
pub(super) struct Signer(hmac::Key);

impl Signer {
    pub(super) fn new() -> Result<Self, getrandom::Error> {
        let mut key = [0; 32];
        getrandom::fill(&mut key)?;
        Ok(Self(hmac::Key::new(hmac::HMAC_SHA256, &key)))
    }

    /// Returns the address of a picture, for an hour or two.
    pub(super) fn address(&self, picture: Hash, now: Timestamp) -> String {
        let expires = (now.timestamp() / HOUR + 2) * HOUR;
        let signature = URL_SAFE_NO_PAD.encode(hmac::sign(&self.0, message(picture, expires).as_bytes()));
        format!("/p/{picture}?e={expires}&s={signature}")
    }

    /// Returns whether an address was made here, and its time is not over.
    pub(super) fn is_valid(&self, picture: Hash, expires: i64, signature: &str, now: Timestamp) -> bool {
        let Ok(signature) = URL_SAFE_NO_PAD.decode(signature) else { return false };
        expires >= now.timestamp() && hmac::verify(&self.0, message(picture, expires).as_bytes(), &signature).is_ok()
    }
}

fn message(picture: Hash, expires: i64) -> String {
    format!("picture {picture} {expires}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_holds_for_its_picture_and_its_time() {
        let (signer, picture) = (Signer::new().unwrap(), Hash::of(b"1"));
        let now: Timestamp = "2026-09-01T02:59:59Z".parse().unwrap();
        let address = signer.address(picture, now);
        let (expires, signature) = address.split_once("?e=").unwrap().1.split_once("&s=").unwrap();
        let expires: i64 = expires.parse().unwrap();
        assert!(signer.is_valid(picture, expires, signature, now + chrono::TimeDelta::hours(1)));
        assert!(!signer.is_valid(picture, expires, signature, now + chrono::TimeDelta::hours(2)), "over");
        assert!(!signer.is_valid(picture, expires + 1, signature, now), "another time");
        assert!(!signer.is_valid(Hash::of(b"2"), expires, signature, now), "another picture");
        assert!(!Signer::new().unwrap().is_valid(picture, expires, signature, now), "another key");
        assert!(!signer.is_valid(picture, expires, "", now));
    }
}
