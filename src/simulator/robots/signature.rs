//! HMAC-SHA256 in base64.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

pub(super) fn hmac_sha256(key: &[u8], message: &[u8]) -> String {
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message))
}

pub(super) fn decoded(text: &str) -> Vec<u8> {
    STANDARD.decode(text).unwrap_or_default()
}
