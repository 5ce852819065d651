//! Signatures: HMAC-SHA256 in base64. The three targets that sign differ in what is the key and what is the message.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;

use crate::secret::Secret;

/// 飞书: the time in seconds and the secret are the key, and the message is empty.
pub(super) fn feishu(seconds: i64, secret: &Secret) -> String {
    sign(format!("{seconds}\n{}", secret.expose().trim()).as_bytes(), b"")
}

/// 钉钉: the secret is the key; the time in milliseconds and the secret are the message.
pub(super) fn dingtalk(milliseconds: i64, secret: &Secret) -> String {
    let secret = secret.expose().trim();
    sign(secret.as_bytes(), format!("{milliseconds}\n{secret}").as_bytes())
}

/// Standard Webhooks 1.0. `None` if the secret is none.
pub(super) fn webhook(id: &str, seconds: i64, body: &str, secret: &Secret) -> Option<String> {
    let key = webhook_key(secret)?;
    Some(format!("v1,{}", sign(&key, format!("{id}.{seconds}.{body}").as_bytes())))
}

/// Returns the key in a secret of a webhook: 24 to 64 bytes in base64 after `whsec_`.
pub(super) fn webhook_key(secret: &Secret) -> Option<Vec<u8>> {
    let text = secret.expose().trim().strip_prefix("whsec_")?;
    STANDARD.decode(text).ok().filter(|key| (24..=64).contains(&key.len()))
}

fn sign(key: &[u8], message: &[u8]) -> String {
    STANDARD.encode(hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feishu and DingTalk are confused all the time: both vectors, computed by hand.
    #[test]
    fn the_vectors_hold() {
        let secret = Secret::new("demo-secret-0123456789");
        assert_eq!(feishu(1_790_000_000, &secret), "qlx4zP41UgScXNcxqvINMdRTHeIATxjVCbTkPCLqFu0=");
        let secret = Secret::new("SEC000000000000000000000000000000000000000000000000000000000000demo");
        assert_eq!(dingtalk(1_790_000_000_000, &secret), "/jKg0uODhpcuMPbyC+HIobxVx3lbKrDom4lKDWmGYAc=");
    }

    /// The vector of the specification's own test suite.
    #[test]
    fn the_vector_of_standard_webhooks_holds() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let signature = webhook("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#, &secret);
        assert_eq!(signature.unwrap(), "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }
}
