//! Who is asking, and how: the address as the browser knows it, the client behind a proxy, the language.

use std::net::IpAddr;

use axum::http::header::{ACCEPT, ACCEPT_LANGUAGE, HOST};
use axum::http::{HeaderMap, Request, Uri};

use super::cookie;
use crate::config::WebConfig;
use crate::http_server::{Ends, host};
use crate::model::{Language, Timestamp};

/// What is known of a request before it is answered.
#[derive(Clone, Debug)]
pub(super) struct Caller {
    /// Scheme, host and port, as the browser has them.
    pub(super) origin: String,
    /// Where the request comes from, as wrong passwords are counted: an address, or the first half of one of IPv6.
    pub(super) address: String,
    /// The user that a trusted proxy names.
    pub(super) proxy_user: Option<String>,
    /// The secret of the session.
    pub(super) session: Option<String>,
    pub(super) language: Language,
    /// Whether the language was chosen with this request, and is to be kept.
    pub(super) has_chosen_language: bool,
    pub(super) wants_json: bool,
    /// Path and query.
    pub(super) target: String,
    /// When it was asked.
    pub(super) now: Timestamp,
}

impl Caller {
    /// Reads a request; `None` where it names a host that is not ours, as a page does that turns its own name to this machine.
    pub(super) fn of<B>(request: &Request<B>, ends: Ends, config: &WebConfig, now: Timestamp) -> Option<Self> {
        let headers = request.headers();
        let is_trusted = config.is_trusted(ends.peer);
        let origin = origin(request, ends, config, is_trusted)?;
        let chosen = query(request.uri(), "lang").and_then(Language::of_code);
        let language = chosen
            .or_else(|| cookie::language(headers).as_deref().and_then(Language::of_code))
            .unwrap_or_else(|| Language::of_browser(text(headers, ACCEPT_LANGUAGE.as_str()).unwrap_or_default()));
        let user_header = config.user_header.as_deref().filter(|_| is_trusted);
        Some(Self {
            address: address(headers, ends.peer, is_trusted, config),
            proxy_user: user_header.and_then(|name| user(headers, name)),
            session: cookie::session(headers, origin.starts_with("https://")),
            origin,
            language,
            has_chosen_language: chosen.is_some(),
            wants_json: text(headers, ACCEPT.as_str()).is_some_and(|accept| accept.starts_with("application/json")),
            now,
            target: request.uri().path_and_query().map_or("/".to_owned(), ToString::to_string),
        })
    }

    pub(super) fn is_secure(&self) -> bool {
        self.origin.starts_with("https://")
    }
}

/// Returns the origin of our pages for this browser. A proxy may name this machine in the place of what the browser asked for. Any other
/// name is refused from a proxy, too: at the proxy's address may be a browser, at whose page's name this machine is.
fn origin<B>(request: &Request<B>, ends: Ends, config: &WebConfig, is_trusted: bool) -> Option<String> {
    let named = text(request.headers(), HOST.as_str()).unwrap_or_default().to_ascii_lowercase();
    // No browser reaches a unix socket by a name.
    let is_ours = ends.local.map(|local| host::is_allowed(request, local, &[]));
    if let Some(url) = &config.public_url {
        let public = url.split_once("://").map_or(url.as_str(), |(_, host)| host);
        if named == public || (is_trusted && is_ours.unwrap_or(true)) {
            return Some(url.clone());
        }
    }
    is_ours.unwrap_or(false).then(|| format!("http://{named}"))
}

/// Returns the client's address. A proxy adds the address that it saw to the end of `X-Forwarded-For`; what stands before the last
/// address that is no proxy of ours is the client's own word.
fn address(headers: &HeaderMap, peer: Option<IpAddr>, is_trusted: bool, config: &WebConfig) -> String {
    let forwarded = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let named: Vec<IpAddr> =
        forwarded.flat_map(|line| line.split(',')).filter_map(|text| text.trim().parse().ok()).collect();
    let client = named.iter().rev().find(|address| !config.is_trusted(Some(**address))).filter(|_| is_trusted);
    match client.copied().or(peer).map(|address| address.to_canonical()) {
        Some(IpAddr::V6(address)) => {
            // One customer has at least this many bits.
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Some(address) => address.to_string(),
        None => "unix".to_owned(),
    }
}

/// Returns the user that a proxy names. Two headers of one name may be one of the client's own and one of the proxy's.
fn user(headers: &HeaderMap, name: &str) -> Option<String> {
    let mut users = headers.get_all(name).iter();
    let user = users.next()?.to_str().ok()?.trim();
    (users.next().is_none() && !user.is_empty()).then(|| user.chars().take(64).collect())
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name)?.to_str().ok()
}

fn query<'a>(uri: &'a Uri, name: &str) -> Option<&'a str> {
    uri.query()?
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(proxies: &[&str]) -> WebConfig {
        WebConfig {
            listen: None,
            public_url: Some("https://drafts.example.com".to_owned()),
            password: None,
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            user_header: Some("remote-user".to_owned()),
            allow_restore: false,
            link_ttl: None,
        }
    }

    fn caller(peer: &str, headers: &[(&str, &str)], proxies: &[&str]) -> Option<Caller> {
        let request = Request::builder().uri("/a/mag?lang=en");
        let request = headers.iter().fold(request, |request, (name, value)| request.header(*name, *value));
        let ends = Ends { local: Some("127.0.0.1".parse().unwrap()), peer: Some(peer.parse().unwrap()) };
        Caller::of(&request.body(()).unwrap(), ends, &config(proxies), "2026-09-01T00:00:00Z".parse().unwrap())
    }

    #[test]
    fn headers_of_a_proxy_are_believed_of_a_trusted_one_alone() {
        let headers =
            [("host", "127.0.0.1:8788"), ("remote-user", "wang"), ("x-forwarded-for", "6.6.6.6, 9.9.9.9, 10.0.0.2")];
        let trusted = caller("10.0.0.1", &headers, &["10.0.0.0/24"]).unwrap();
        assert_eq!((trusted.proxy_user.as_deref(), &*trusted.address), (Some("wang"), "9.9.9.9"));
        assert_eq!(trusted.origin, "https://drafts.example.com");
        let stranger = caller("10.0.1.1", &headers, &["10.0.0.0/24"]).unwrap();
        assert_eq!((stranger.proxy_user, &*stranger.address), (None, "10.0.1.1"));
        assert_eq!(stranger.origin, "http://127.0.0.1:8788");
        let twice = [("host", "127.0.0.1"), ("remote-user", "wang"), ("remote-user", "root")];
        assert_eq!(caller("10.0.0.1", &twice, &["10.0.0.1"]).unwrap().proxy_user, None);
    }

    /// Also where the name comes from a proxy's address: a browser on the proxy's machine has that address.
    #[test]
    fn a_host_that_is_not_ours_is_not_answered() {
        for (host, is_ours) in [
            ("drafts.example.com", true),
            ("localhost:8788", true),
            ("evil.example", false),
            ("drafts.example.com.evil", false),
        ] {
            let headers = [("host", host), ("remote-user", "wang")];
            for proxies in [&[][..], &["10.0.1.1"]] {
                assert_eq!(caller("10.0.1.1", &headers, proxies).is_some(), is_ours, "{host}, {proxies:?}");
            }
        }
        assert_eq!(caller("2001:db8:1:2:3::4", &[("host", "localhost")], &[]).unwrap().address, "2001:db8:1:2::/64");
    }
}
