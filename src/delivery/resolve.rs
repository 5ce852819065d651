//! From the configuration to a target: its secrets are read at each send, so that a new address needs no reload.

use std::io;
use std::path::Path;

use crate::config::{MailAddress, NotifyAddress, SecretSource, SignedAddress, ca_certificates};
use crate::model::Hash;
use crate::notify::{Client, Mail, Target};
use crate::secret::Secret;
use crate::wechat::read_secret;

/// Reads the secrets of a target.
///
/// # Errors
///
/// Why they cannot be read, in words.
pub(super) async fn resolve(address: &NotifyAddress) -> Result<Target, String> {
    Ok(match address {
        NotifyAddress::Wecom(url) => Target::Wecom { url: read(url).await? },
        NotifyAddress::Feishu(address) => {
            let (url, secret) = signed(address).await?;
            Target::Feishu { url, secret }
        }
        NotifyAddress::Dingtalk(address) => {
            let (url, secret) = signed(address).await?;
            Target::Dingtalk { url, secret }
        }
        NotifyAddress::Webhook(address) => {
            let (url, secret) = signed(address).await?;
            Target::Webhook { url, secret }
        }
        NotifyAddress::Mail(address) => Target::Mail(mail(address).await?),
        NotifyAddress::Exec(command) => Target::Exec { command: command.clone() },
        NotifyAddress::Apprise(url) => Target::Apprise { url: read(url).await? },
    })
}

async fn signed(address: &SignedAddress) -> Result<(Secret, Option<Secret>), String> {
    let secret = match &address.secret {
        Some(secret) => Some(read(secret).await?),
        None => None,
    };
    Ok((read(&address.url).await?, secret))
}

async fn mail(address: &MailAddress) -> Result<Mail, String> {
    let MailAddress { host, port, security, login, from, to } = address;
    let login = match login {
        Some((user, password)) => Some((user.clone(), read(password).await?)),
        None => None,
    };
    Ok(Mail { host: host.clone(), port: *port, security: *security, login, from: from.clone(), to: to.clone() })
}

pub(super) async fn read(source: &SecretSource) -> Result<Secret, String> {
    read_secret(source).await.map_err(|error| error.to_string())
}

/// Returns 32 bits of a hash of the address and its secrets: enough to see that it was changed, too few to guess it from.
pub(super) fn fingerprint(target: &Target) -> String {
    let address = match target {
        Target::Wecom { url } | Target::Apprise { url } => url.expose().to_owned(),
        Target::Feishu { url, secret } | Target::Dingtalk { url, secret } | Target::Webhook { url, secret } => {
            format!("{} {}", url.expose(), secret.as_ref().map_or("", Secret::expose))
        }
        Target::Mail(Mail { host, port, security, login, from, to }) => {
            let login = login.as_ref().map(|(user, password)| format!("{user} {}", password.expose()));
            format!("{host}:{port} {security:?} {} {from} {}", login.unwrap_or_default(), to.join(" "))
        }
        Target::Exec { command } => command.join(" "),
    };
    Hash::of(address.as_bytes()).to_string().chars().take(8).collect()
}

/// Returns what messages are sent with: the CA certificates of the configuration are trusted beside the system's.
///
/// # Errors
///
/// If they cannot be read.
pub fn client(ca_file: Option<&Path>) -> io::Result<Client> {
    let certificates = match ca_file {
        Some(path) => ca_certificates(path)?,
        None => Vec::new(),
    };
    Ok(Client::new(certificates))
}
