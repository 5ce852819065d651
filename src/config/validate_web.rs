//! Validates `[web]`.

use std::path::Path;

use chrono::TimeDelta;

use super::address;
use super::diagnostics::Diagnostics;
use super::listen::{self, Listen};
use super::raw::RawWeb;
use super::source_check::CheckedSource;
use super::table::Text;
use super::value::{optional, secret, value};
use super::web::{TrustedProxy, WebConfig};

/// Headers that a proxy sets for something else.
const OTHER_HEADERS: [&str; 5] = ["authorization", "cookie", "host", "x-forwarded-for", "x-forwarded-proto"];

/// Validates `[web]`; `None` if a value was rejected.
pub(super) fn validate_web(
    directory: &Path,
    raw: &RawWeb,
    checked: &mut Vec<CheckedSource>,
    diagnostics: &mut Diagnostics<'_>,
) -> Option<WebConfig> {
    let listen = validate_listen(directory, raw.listen.as_ref(), diagnostics);
    let public_url = optional("web.public_url", raw.public_url.as_ref(), address::server, diagnostics);
    let password = match &raw.password {
        Some(password) => secret(directory, password, checked, diagnostics).map(Some),
        None => Some(None),
    };
    let proxies: Vec<Option<TrustedProxy>> =
        raw.trusted_proxies.iter().map(|proxy| value("web.trusted_proxies", proxy, str::parse, diagnostics)).collect();
    let user_header = optional("web.user_header", raw.user_header.as_ref(), header_name, diagnostics);
    let link_ttl = optional("web.link_ttl", raw.link_ttl.as_ref(), link_ttl, diagnostics);
    let web = WebConfig {
        listen: listen?,
        public_url: public_url?,
        password: password?,
        trusted_proxies: proxies.into_iter().collect::<Option<_>>()?,
        user_header: user_header?,
        allow_restore: raw.allow_restore,
        link_ttl: link_ttl?.flatten(),
    };
    refuse_unsafe(&web, raw, diagnostics);
    Some(web)
}

/// Reports what would let others in, or could not work.
fn refuse_unsafe(web: &WebConfig, raw: &RawWeb, diagnostics: &mut Diagnostics<'_>) {
    let is_https = web.public_url.as_ref().is_some_and(|url| url.starts_with("https://"));
    if let (Some(listen), Some(text)) = (&web.listen, &raw.listen) {
        if !listen.is_private() && !is_https {
            let rule = "others than this machine reach this address, and there is no public_url with https://: passwords and drafts would \
                        cross the network for everybody to read";
            diagnostics
                .refuse("web.listen", &text.span(), rule)
                .with_value(text.get_ref())
                .with_hint("listen on 127.0.0.1, and let a proxy with a certificate stand in front; see docs/web.md");
        } else if matches!(listen, Listen::Unix(_)) && web.public_url.is_none() {
            let rule = "a browser reaches a unix socket through a proxy only: public_url says at which address";
            diagnostics.refuse("web.public_url", &text.span(), format!("missing: {rule}"));
        }
    }
    let Some(header) = &raw.user_header else { return };
    if web.trusted_proxies.is_empty() {
        let rule = "without trusted_proxies, anybody who reaches the port could say with this header who he is";
        diagnostics
            .refuse("web.user_header", &header.span(), rule)
            .with_hint("name the proxy that sets it, such as trusted_proxies = [\"127.0.0.1\"]");
    } else if web.public_url.is_none() {
        let rule = "missing: a proxy has an address of its own, such as public_url = \"https://drafts.example.com\"";
        diagnostics.refuse("web.public_url", &header.span(), rule);
    }
}

/// Validates an optional address; `None` if it was rejected.
fn validate_listen(directory: &Path, text: Option<&Text>, diagnostics: &mut Diagnostics<'_>) -> Option<Option<Listen>> {
    let Some(text) = text else { return Some(None) };
    match Listen::parse(text.get_ref(), directory) {
        Ok(listen) => Some(Some(listen)),
        Err(rule) => {
            let issue = diagnostics.refuse("web.listen", &text.span(), rule).with_value(text.get_ref());
            if let Some(meant) = listen::suggest_address(text.get_ref()) {
                issue.with_hint(format!("did you mean {meant}?"));
            }
            None
        }
    }
}

/// Reads how long links hold; `None` for `0`.
fn link_ttl(text: &str) -> Result<Option<TimeDelta>, &'static str> {
    const RULE: &str = "this is a time such as \"72h\" or \"3d\", at most \"30d\"; \"0\" for no such links";
    if text == "0" {
        return Ok(None);
    }
    let (number, hours) = match text.strip_suffix('h') {
        Some(number) => (number, 1),
        None => (text.strip_suffix('d').ok_or(RULE)?, 24),
    };
    let hours = number.parse::<u16>().map_err(|_| RULE)?.checked_mul(hours).ok_or(RULE)?;
    if (1..=30 * 24).contains(&hours) { Ok(Some(TimeDelta::hours(i64::from(hours)))) } else { Err(RULE) }
}

fn header_name(text: &str) -> Result<String, &'static str> {
    let name = text.to_ascii_lowercase();
    if OTHER_HEADERS.contains(&name.as_str()) {
        return Err("this header says something else than who the user is");
    }
    let is_name =
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if is_name { Ok(name) } else { Err("this is the name of a header, such as \"Remote-User\"") }
}
