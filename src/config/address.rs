//! Checks addresses in the configuration, more strictly than a browser, so that the address that was checked is the one that is called.
//!
//! User names, spaces, characters beyond ASCII and unusual notations of IP addresses are rejected. A host is only a loopback address
//! if it is written exactly like one.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

const NO_PATH: &str = "only scheme, host and port belong here, such as https://host.example:8443: no path, no query";
const NO_PLAIN_HTTP: &str =
    "plain http:// is taken for a loopback address only (127.0.0.1, [::1], localhost): others could read what is sent";

/// A parsed address.
struct Address {
    /// In lower case.
    scheme: String,
    /// Host and port as written, in lower case.
    authority: String,
    loopback: bool,
    /// Path, query and fragment.
    rest: String,
}

/// Reads the address of a server: `https://`, or `http://` on loopback. Returns it without a trailing slash.
pub(super) fn server(text: &str) -> Result<String, &'static str> {
    let address = parse(text)?;
    address.must_be_private()?;
    address.base()
}

/// Reads the address of the API, which may have the path of a relay. Returns it without a trailing slash.
pub(super) fn api(text: &str) -> Result<String, &'static str> {
    let address = parse(text)?;
    address.must_be_private()?;
    let path = address.rest.trim_end_matches('/');
    match path {
        _ if path.contains(['?', '#']) => {
            Err("an API's address has no query (\"?…\") and no fragment (\"#…\"): each call brings its own")
        }
        _ if path.ends_with("/cgi-bin") || path.starts_with("/cgi-bin/") => {
            Err("leave out /cgi-bin and what follows: each call adds it")
        }
        _ => Ok(format!("{}://{}{path}", address.scheme, address.authority)),
    }
}

/// Reads the address of a proxy. Returns it without a trailing slash.
pub(super) fn proxy(text: &str) -> Result<String, &'static str> {
    let address = parse(text)?;
    match address.scheme.as_str() {
        "http" | "https" | "socks5" | "socks5h" => address.base(),
        _ => Err("a proxy's address begins with http://, https://, socks5:// or socks5h://"),
    }
}

/// Reads the address of a page, path and query allowed: `https://`, or `http://` on loopback.
pub(super) fn page(text: &str) -> Result<String, &'static str> {
    let address = parse(text)?;
    address.must_be_private()?;
    match address.rest.contains('#') {
        true => Err("a fragment (\"#…\") is never sent to the server"),
        false => Ok(format!("{}://{}{}", address.scheme, address.authority, address.rest)),
    }
}

/// Returns an address, valid or not, without user name, password, path and query, so that it can be shown.
pub(super) fn without_secrets(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, tail) = rest.split_at(end);
    let host = authority.rsplit_once('@').map_or(authority.to_owned(), |(_, host)| format!("…@{host}"));
    let tail = if tail.len() > 1 { "/…" } else { tail };
    let colon = if scheme.is_empty() { "" } else { "://" };
    format!("{scheme}{colon}{host}{tail}")
}

/// Returns whether a host is this machine; an IPv6 address may stand in brackets.
pub fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

impl Address {
    fn must_be_private(&self) -> Result<(), &'static str> {
        match self.scheme.as_str() {
            "https" => Ok(()),
            "http" if self.loopback => Ok(()),
            "http" => Err(NO_PLAIN_HTTP),
            _ => Err("an address begins with https://"),
        }
    }

    fn base(&self) -> Result<String, &'static str> {
        match self.rest.as_str() {
            "" | "/" => Ok(format!("{}://{}", self.scheme, self.authority)),
            _ => Err(NO_PATH),
        }
    }
}

fn parse(text: &str) -> Result<Address, &'static str> {
    if !text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\') {
        return Err("an address holds no spaces and no letters beyond ASCII");
    }
    let (scheme, rest) = text.split_once("://").ok_or("an address begins with its scheme, such as https://")?;
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, rest) = rest.split_at(end);
    if authority.contains('@') {
        return Err("no user name or password belongs into an address in this file");
    }
    let authority = authority.to_ascii_lowercase();
    let loopback = check_host(&authority)?;
    Ok(Address { scheme: scheme.to_ascii_lowercase(), authority, loopback, rest: rest.to_owned() })
}

/// Checks host and port; returns whether the host is this machine.
fn check_host(authority: &str) -> Result<bool, &'static str> {
    if let Some(rest) = authority.strip_prefix('[') {
        let (host, port) = rest.split_once(']').ok_or("the \"]\" of the IPv6 address is missing")?;
        let host: Ipv6Addr = host.parse().map_err(|_| "no IPv6 address stands between the brackets")?;
        check_port(port)?;
        return Ok(host.is_loopback());
    }
    let (host, port) = authority.split_at(authority.find(':').unwrap_or(authority.len()));
    check_port(port)?;
    if host.is_empty() || !host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte)) {
        return Err("the host is a name or an IP address (IPv6 in brackets)");
    }
    Ok(host == "localhost" || host.parse::<Ipv4Addr>().is_ok_and(|host| host.is_loopback()))
}

/// Checks what follows the host: nothing, or a colon and a port.
fn check_port(port: &str) -> Result<(), &'static str> {
    match port.strip_prefix(':').map(str::parse::<u16>) {
        None if port.is_empty() => Ok(()),
        Some(Ok(1..)) => Ok(()),
        _ => Err("a port is a number from 1 to 65535"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_that_are_taken() {
        for (written, meant) in [
            ("https://api.weixin.qq.com", "https://api.weixin.qq.com"),
            ("HTTPS://API.weixin.qq.com/", "https://api.weixin.qq.com"),
            ("https://10.0.0.7:8443", "https://10.0.0.7:8443"),
            ("http://127.8.9.1:18080", "http://127.8.9.1:18080"),
            ("http://[::1]:80/", "http://[::1]:80"),
            ("http://localhost", "http://localhost"),
        ] {
            assert_eq!(server(written).as_deref(), Ok(meant));
        }
    }

    #[test]
    fn servers_that_are_refused() {
        for refused in [
            "",
            "api.weixin.qq.com",
            "ftp://api.weixin.qq.com",
            "http://api.weixin.qq.com",
            "http://localhost.evil.example",
            "http://127.0.0.1.evil.example",
            "http://127.1",
            "http://2130706433",
            "http://0x7f.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "https://user@api.weixin.qq.com",
            "http://127.0.0.1@evil.example",
            "http://127.0.0.1\\@evil.example",
            "https://api.weixin.qq.com/cgi-bin",
            "https://api.weixin.qq.com?x",
            "https://api.weixin.qq.com#x",
            "https://",
            "https://:443",
            "https://host:",
            "https://host:0",
            "https://host:65536",
            "https://host:80:80",
            "https://[::1",
            "https://[::1]8080",
            "https://[1.2.3.4]",
            "https://微信.example",
            " https://api.weixin.qq.com",
        ] {
            assert!(server(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn an_api_may_lie_below_a_path() {
        for (written, meant) in [
            ("https://api.weixin.qq.com/", Ok("https://api.weixin.qq.com")),
            ("https://Relay.example/WeChat/", Ok("https://relay.example/WeChat")),
            ("https://relay.example/a/b//", Ok("https://relay.example/a/b")),
            ("https://relay.example/wechat?key=1", Err("query")),
            ("https://relay.example/wechat/#x", Err("fragment")),
            ("https://relay.example/?", Err("query")),
            ("https://api.weixin.qq.com/cgi-bin/", Err("/cgi-bin")),
            ("https://relay.example/wechat/cgi-bin", Err("/cgi-bin")),
            ("https://api.weixin.qq.com/cgi-bin/draft/get", Err("/cgi-bin")),
            ("http://relay.example/wechat", Err("plain http")),
        ] {
            match (api(written), meant) {
                (Ok(read), Ok(meant)) => assert_eq!(read, meant),
                (Err(rule), Err(about)) => assert!(rule.contains(about), "{written}: {rule}"),
                (read, _) => panic!("{written}: {read:?}"),
            }
        }
    }

    #[test]
    fn proxies_and_pages_have_their_own_rules() {
        assert_eq!(proxy("http://proxy.example:3128/").as_deref(), Ok("http://proxy.example:3128"));
        assert_eq!(proxy("socks5h://10.0.0.1:1080").as_deref(), Ok("socks5h://10.0.0.1:1080"));
        assert!(proxy("ftp://proxy.example").is_err());
        assert!(proxy("http://me:word@proxy.example").is_err());
        assert_eq!(page("https://tokens.example/wx?a=b").as_deref(), Ok("https://tokens.example/wx?a=b"));
        assert_eq!(page("http://127.0.0.1:9000/t").as_deref(), Ok("http://127.0.0.1:9000/t"));
        assert!(page("http://tokens.example/t").is_err());
        assert!(page("https://tokens.example/t#x").is_err());
    }

    #[test]
    fn an_address_is_shown_without_what_could_be_secret() {
        for (written, shown) in [
            ("http://me:word@proxy.example:3128", "http://…@proxy.example:3128"),
            ("https://tokens.example/t/abc?key=word", "https://tokens.example/…"),
            ("https://tokens.example/", "https://tokens.example/"),
            ("me:word@proxy", "…@proxy"),
        ] {
            assert_eq!(without_secrets(written), shown);
        }
    }
}
