//! Whether what is configured for a target can work. No error shows an address or a secret.

use reqwest::Url;

use super::signature;
use crate::config;
use crate::http_client::is_loopback;
use crate::secret::Secret;

/// What is configured for a target cannot work: what, why, and what to type. Shows neither the address nor the secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("the address is empty. Copy the whole address: {expected}")]
    Empty { expected: &'static str },
    #[error("this is no address of the web. Copy the whole address: {expected}")]
    NotAnAddress { expected: &'static str },
    #[error(
        "http:// would show the address, which is a secret, to the network; it is taken for a loopback address only. Write https://"
    )]
    Unencrypted,
    #[error(
        "the address holds a placeholder. Copy the whole address from the robot's settings; it looks like this: {expected}"
    )]
    Placeholder { expected: &'static str },
    #[error("this is not the address of such a target. It looks like this: {expected}")]
    OtherKind { expected: &'static str },
    #[error("a whole address stands in the place of the key. The address is the whole of it, once: {expected}")]
    AddressAsKey { expected: &'static str },
    #[error("the secret is empty. Copy it from the robot's settings, or leave `secret` out if the robot has none")]
    EmptySecret,
    #[error("an address stands in the place of the secret. The secret is the text beside it in the robot's settings")]
    AddressAsSecret,
    #[error(
        "the signing secret is `whsec_` and 24 to 64 random bytes in base64. Make one: echo whsec_$(openssl rand -base64 32)"
    )]
    SigningSecret,
    #[error("the mail server is written as its name and a port, such as smtp.example.com and 587, without smtp://")]
    MailServer,
    #[error(
        "mail would go over the network without encryption; that is taken for a server on this machine only. Use TLS or STARTTLS"
    )]
    MailUnencrypted,
    #[error("the login needs a user name and a password; many providers want an authorisation code as the password")]
    MailLogin,
    #[error("{text:?} is no mail address. Write `name@example.com` or `Name <name@example.com>`")]
    MailAddress { text: String },
    #[error("there is nobody to write to. Name one address at least in `to`")]
    MailToNobody,
    #[error("the command is empty. Write the program and its arguments: [\"/usr/local/bin/tell\", \"--loud\"]")]
    NoCommand,
}

impl TargetError {
    /// Returns whether it is about the secret beside the address.
    pub fn is_of_secret(&self) -> bool {
        matches!(self, Self::EmptySecret | Self::AddressAsSecret | Self::SigningSecret)
    }
}

/// How the address of a kind of target looks.
pub(super) const WECOM: &str = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=KEY";
pub(super) const FEISHU: &str = "https://open.feishu.cn/open-apis/bot/v2/hook/ID";
pub(super) const DINGTALK: &str = "https://oapi.dingtalk.com/robot/send?access_token=TOKEN";
pub(super) const WEBHOOK: &str = "https://HOST/PATH";
pub(super) const APPRISE: &str = "https://HOST/notify/KEY";
pub(super) const PING: &str = "https://hc-ping.com/ID";

/// Reads the address of a target.
pub(super) fn parse(address: &Secret, expected: &'static str) -> Result<Url, TargetError> {
    let text = address.expose().trim();
    if text.is_empty() {
        return Err(TargetError::Empty { expected });
    }
    if text == expected {
        return Err(TargetError::Placeholder { expected });
    }
    let url = Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let url = url.ok_or(TargetError::NotAnAddress { expected })?;
    let is_encrypted = url.scheme() == "https" || is_loopback(&url);
    if is_encrypted { Ok(url) } else { Err(TargetError::Unencrypted) }
}

/// Reads an address whose key is a parameter of its query.
pub(super) fn with_key_in_query(
    address: &Secret,
    path_end: &str,
    parameter: &str,
    expected: &'static str,
) -> Result<Url, TargetError> {
    let url = parse(address, expected)?;
    let key = url.query_pairs().find(|(name, _)| name == parameter).map(|(_, value)| value.into_owned());
    match key {
        Some(key) if is_address(&key) => Err(TargetError::AddressAsKey { expected }),
        Some(key) if !key.is_empty() && url.path().ends_with(path_end) => {
            refuse_placeholder(&key, expected)?;
            Ok(url)
        }
        _ => Err(TargetError::OtherKind { expected }),
    }
}

/// Reads an address whose key is the end of its path.
pub(super) fn with_key_in_path(address: &Secret, before: &str, expected: &'static str) -> Result<Url, TargetError> {
    let url = parse(address, expected)?;
    match url.path().split_once(before) {
        Some((_, key)) if is_address(key) => Err(TargetError::AddressAsKey { expected }),
        Some((_, key)) if !key.trim_matches('/').is_empty() => Ok(url),
        _ => Err(TargetError::OtherKind { expected }),
    }
}

/// Checks a key that a vendor made: none of these is a word. People choose the keys of their own servers.
pub(super) fn refuse_placeholder(key: &str, expected: &'static str) -> Result<(), TargetError> {
    if config::is_placeholder(key) { Err(TargetError::Placeholder { expected }) } else { Ok(()) }
}

/// Checks the secret by which a robot's messages are signed.
pub(super) fn check_robot_secret(secret: Option<&Secret>) -> Result<(), TargetError> {
    match secret.map(|secret| secret.expose().trim()) {
        Some("") => Err(TargetError::EmptySecret),
        Some(text) if is_address(text) => Err(TargetError::AddressAsSecret),
        _ => Ok(()),
    }
}

/// Checks the secret by which webhooks are signed.
pub(super) fn check_signing_secret(secret: Option<&Secret>) -> Result<(), TargetError> {
    match secret {
        Some(secret) if signature::webhook_key(secret).is_none() => Err(TargetError::SigningSecret),
        _ => Ok(()),
    }
}

fn is_address(text: &str) -> bool {
    text.contains("://") || text.contains("%3A%2F%2F") || text.starts_with("https:") || text.starts_with("http:")
}

/// The parts of addresses that are no secrets.
const PUBLIC: [&str; 12] =
    ["cgi-bin", "webhook", "webhooks", "send", "open-apis", "bot", "hook", "hooks", "robot", "notify", "push", "ping"];

/// Returns the parts of an address that must not be shown.
pub(super) fn secrets_of(address: &Secret) -> Vec<String> {
    let text = address.expose().trim();
    let mut secrets = vec![text.to_owned()];
    if let Ok(url) = Url::parse(text) {
        secrets.extend(url.query().map(ToOwned::to_owned));
        secrets.extend(url.query_pairs().map(|(_, value)| value.into_owned()).filter(|value| value.len() >= 4));
        secrets.extend([url.username(), url.password().unwrap_or_default()].map(ToOwned::to_owned));
        let segments = url.path_segments().into_iter().flatten();
        secrets.extend(segments.filter(|part| part.len() >= 4 && !PUBLIC.contains(part)).map(ToOwned::to_owned));
    }
    // The longest first: a part of another one must not leave the rest of that.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
    secrets
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_checked_and_never_shown() {
        let key = "693a91f6-7xxx-4bc4-97a0-0ec2sifa5aaa";
        let whole = format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={key}");
        let check = |text: &str| with_key_in_query(&Secret::new(text), "/webhook/send", "key", WECOM);
        assert!(check(&whole).is_ok());
        assert!(check(&format!("http://127.0.0.1:8080/cgi-bin/webhook/send?key={key}")).is_ok());
        for (text, expected) in [
            (String::new(), TargetError::Empty { expected: WECOM }),
            (key.to_owned(), TargetError::NotAnAddress { expected: WECOM }),
            (format!("ftp://x.example/{key}"), TargetError::NotAnAddress { expected: WECOM }),
            (whole.replace("https", "http"), TargetError::Unencrypted),
            (
                format!("https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key={whole}"),
                TargetError::AddressAsKey { expected: WECOM },
            ),
            (whole.replace(key, ""), TargetError::OtherKind { expected: WECOM }),
            (WECOM.to_owned(), TargetError::Placeholder { expected: WECOM }),
            (whole.replace(key, "xxxxxxxx-xxxx"), TargetError::Placeholder { expected: WECOM }),
            (format!("https://open.feishu.cn/open-apis/bot/v2/hook/{key}"), TargetError::OtherKind { expected: WECOM }),
        ] {
            let error = check(&text).unwrap_err();
            assert_eq!(error, expected, "{text}");
            assert!(!format!("{error} {error:?}").contains(key));
        }
    }

    #[test]
    fn the_key_may_be_the_end_of_the_path() {
        let check = |text: &str| with_key_in_path(&Secret::new(text), "/hook/", FEISHU);
        assert!(check("https://open.feishu.cn/open-apis/bot/v2/hook/aaaa-bbbb").is_ok());
        assert!(check("https://open.larksuite.com/open-apis/bot/v2/hook/aaaa-bbbb").is_ok());
        assert_eq!(
            check("https://open.feishu.cn/open-apis/bot/v2/hook/").unwrap_err(),
            TargetError::OtherKind { expected: FEISHU }
        );
        let twice = "https://open.feishu.cn/open-apis/bot/v2/hook/https://open.feishu.cn/open-apis/bot/v2/hook/aaaa";
        assert_eq!(check(twice).unwrap_err(), TargetError::AddressAsKey { expected: FEISHU });
    }

    #[test]
    fn a_secret_is_not_empty_and_no_address() {
        let check = |text: &str| check_robot_secret(Some(&Secret::new(text)));
        assert_eq!(check("SEC0123"), Ok(()));
        assert_eq!(check(" "), Err(TargetError::EmptySecret));
        assert_eq!(check("https://oapi.dingtalk.com/robot/send?access_token=1"), Err(TargetError::AddressAsSecret));
        let check = |text: &str| check_signing_secret(Some(&Secret::new(text)));
        assert_eq!(check("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), Ok(()));
        for text in ["", "whsec_", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_c2hvcnQ=", "whsec_稿"] {
            assert_eq!(check(text), Err(TargetError::SigningSecret), "{text}");
        }
    }

    #[test]
    fn the_secret_parts_of_an_address_are_known() {
        let secrets = secrets_of(&Secret::new("https://me:pass1@x.example/hooks/abcd-1/send?key=K-123&b=1"));
        assert_eq!(secrets[0], "https://me:pass1@x.example/hooks/abcd-1/send?key=K-123&b=1");
        for part in ["key=K-123&b=1", "K-123", "me", "pass1", "abcd-1"] {
            assert!(secrets.contains(&part.to_owned()), "{part}");
        }
        assert!(!secrets.contains(&"send".to_owned()));
    }
}
