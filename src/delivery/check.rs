//! Whether what the configuration names can be sent to, as far as that shows without a send.

use std::env;
use std::fs;

use super::resolve::{read, resolve};
use crate::config::credstore::{SystemdCredential, find_credential};
use crate::config::{Config, MailAddress, NotifyAddress, PingConfig, SecretSource, SignedAddress};
use crate::notify::check_ping;

/// Checks the addresses and secrets of all targets. What a command or a pipe would give is left out. Each issue is the dotted key of
/// a target or of a source in it, and the rule. No secret is in it.
pub async fn check_targets(config: &Config) -> Vec<(String, String)> {
    let mut issues = Vec::new();
    for rule in &config.notify {
        let key = format!("notify.{}.to.{}", rule.name, rule.to.kind());
        issues.extend(check_target(&key, &rule.to).await.err());
    }
    for PingConfig { name, url, .. } in &config.pings {
        let key = format!("notify.{name}.to.{}", PingConfig::KIND);
        issues.extend(check_url(key, url).await.err());
    }
    issues
}

async fn check_target(key: &str, to: &NotifyAddress) -> Result<(), (String, String)> {
    let Some(to) = at_rest(to) else { return Ok(()) };
    for (part, source) in secrets(&to) {
        read(source).await.map_err(|reason| (format!("{key}{part}"), reason))?;
    }
    let target = resolve(&to).await.map_err(|reason| (key.to_owned(), reason))?;
    target.check().map_err(|error| {
        let part = if error.is_of_secret() { SECRET } else { "" };
        (format!("{key}{part}"), error.to_string())
    })
}

async fn check_url(key: String, url: &SecretSource) -> Result<(), (String, String)> {
    if !is_at_rest(url) {
        return Ok(());
    }
    let checked = match read(url).await {
        Ok(url) => check_ping(&url).map_err(|error| error.to_string()),
        Err(reason) => Err(reason),
    };
    checked.map_err(|reason| (key, reason))
}

const SECRET: &str = ".secret";

/// Returns the sources of a target, each with the key below that of the target. Its address has none of its own where it stands alone.
fn secrets(to: &NotifyAddress) -> Vec<(&'static str, &SecretSource)> {
    match to {
        NotifyAddress::Wecom(url) | NotifyAddress::Apprise(url) => vec![("", url)],
        NotifyAddress::Feishu(address) | NotifyAddress::Dingtalk(address) | NotifyAddress::Webhook(address) => {
            let secret = address.secret.as_ref().map(|secret| (SECRET, secret));
            [("", &address.url)].into_iter().chain(secret).collect()
        }
        NotifyAddress::Mail(address) => address.login.iter().map(|(_, password)| (".password", password)).collect(),
        NotifyAddress::Exec(_) => Vec::new(),
    }
}

/// Returns what can be checked of a target by reading alone.
fn at_rest(to: &NotifyAddress) -> Option<NotifyAddress> {
    let signed = |SignedAddress { url, secret }: &SignedAddress| {
        let secret = secret.clone().filter(is_at_rest);
        is_at_rest(url).then(|| SignedAddress { url: url.clone(), secret })
    };
    match to {
        NotifyAddress::Wecom(url) | NotifyAddress::Apprise(url) => is_at_rest(url).then(|| to.clone()),
        NotifyAddress::Feishu(address) => signed(address).map(NotifyAddress::Feishu),
        NotifyAddress::Dingtalk(address) => signed(address).map(NotifyAddress::Dingtalk),
        NotifyAddress::Webhook(address) => signed(address).map(NotifyAddress::Webhook),
        NotifyAddress::Mail(address) => {
            let login = address.login.clone().filter(|(_, password)| is_at_rest(password));
            Some(NotifyAddress::Mail(MailAddress { login, ..address.clone() }))
        }
        NotifyAddress::Exec(_) => Some(to.clone()),
    }
}

/// Returns whether a source can be read again and again, without a command.
fn is_at_rest(source: &SecretSource) -> bool {
    match source {
        SecretSource::File(path) => fs::metadata(path).is_ok_and(|file| file.is_file()),
        SecretSource::Env(_) => true,
        SecretSource::Credential(name) => {
            env::var_os("CREDENTIALS_DIRECTORY").is_some()
                || !matches!(find_credential(name), Some(SystemdCredential::Encrypted(_)))
        }
        SecretSource::Command(_) => false,
    }
}
