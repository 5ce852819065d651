//! Validates `to = { mail = { … } }`.

use std::ops::Range;

use super::address::is_loopback;
use super::notify::{MailAddress, MailSecurity};
use super::notify_validator::NotifyValidator;
use super::raw_notify::RawMail;

/// Returns how mail is sent; `None` if a value was rejected.
pub(super) fn validate_mail(
    validator: &mut NotifyValidator<'_, '_>,
    raw: &RawMail,
    at: &Range<usize>,
    key: &str,
) -> Option<MailAddress> {
    let security = validator.optional(&format!("{key}.security"), raw.security.as_ref(), str::parse);
    let security = security.map(|security| security.unwrap_or(MailSecurity::StartTls));
    let server = raw.server.as_ref().and_then(|text| validator.read(&format!("{key}.server"), text, server));
    let password = match &raw.password {
        Some(password) => validator.secret(password).map(Some),
        None => Some(None),
    };
    let from = raw.from.as_ref().and_then(|text| validator.read(&format!("{key}.from"), text, mailbox));
    let to: Vec<_> = raw.to.iter().map(|text| validator.read(&format!("{key}.to"), text, mailbox)).collect();
    if raw.to.is_empty() {
        let rule = "missing: mail goes to somebody, such as [\"editors@example.com\"]";
        validator.diagnostics.refuse(&format!("{key}.to"), at, rule);
        return None;
    }
    let login = match (&raw.user, password?) {
        (Some(user), Some(password)) => Some((user.get_ref().clone(), password)),
        (None, None) => None,
        (Some(_), None) => {
            validator.diagnostics.refuse(&format!("{key}.password"), at, "missing: a login has a user and a password");
            return None;
        }
        (None, Some(_)) => {
            validator.diagnostics.refuse(&format!("{key}.user"), at, "missing: a login has a user and a password");
            return None;
        }
    };
    let ((host, port), security) = (server?, security?);
    if security == MailSecurity::None && !is_loopback(&host) {
        let rule = "mail crosses the network for everybody to read: \"none\" is for a server on this machine";
        validator.diagnostics.refuse(&format!("{key}.security"), at, rule).with_hint("leave it out, or write \"tls\"");
        return None;
    }
    let port = port.unwrap_or(security.usual_port());
    Some(MailAddress { host, port, security, login, from: from?, to: to.into_iter().collect::<Option<_>>()? })
}

/// Reads `smtp.example.com`, with a port or without.
fn server(text: &str) -> Result<(String, Option<u16>), &'static str> {
    const RULE: &str = "this is the name of a mail server, such as \"smtp.example.com\" or \"smtp.example.com:465\"";
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().ok().filter(|port| *port > 0).ok_or(RULE)?)),
        None => (text, None),
    };
    let is_name = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-.".contains(&byte));
    if is_name { Ok((host.to_ascii_lowercase(), port)) } else { Err(RULE) }
}

/// Reads `editors@example.com`, or `Editors <editors@example.com>`.
fn mailbox(text: &str) -> Result<String, &'static str> {
    let address = match text.strip_suffix('>').and_then(|text| text.split_once('<')) {
        Some((_, address)) => address,
        None => text,
    };
    let is_one_line = !text.contains(|c: char| c.is_control() || c == '"');
    let parts =
        address.split_once('@').filter(|(name, host)| !name.is_empty() && !host.is_empty() && !host.contains('@'));
    let is_plain = is_one_line
        && text.len() <= 254
        && !address.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
    match parts {
        Some(_) if is_plain => Ok(text.to_owned()),
        _ => Err("this is a mail address, such as \"editors@example.com\""),
    }
}
