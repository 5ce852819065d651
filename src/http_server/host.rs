//! Checks the `Host` header against DNS rebinding.
//!
//! A web page can make a browser on this machine send requests to the page's own host name after that name was changed to resolve
//! to 127.0.0.1, and read the responses. Such a request has the page's name in its `Host` header, so only names of this machine are
//! answered.

use std::net::IpAddr;

use hyper::Request;
use hyper::header::HOST;
use hyper::http::uri::Authority;

pub const UNKNOWN_HOST: &str = "unknown host name. Use this machine's address, or add the name to the configuration: \
                                       [http] hosts = [\"NAME\"]\n";

/// Returns whether the request names the address it was sent to, this machine, or one of `hosts`. A request without a name does not
/// come from a browser.
pub fn is_allowed<B>(request: &Request<B>, local: IpAddr, hosts: &[String]) -> bool {
    let mut named = request.headers().get_all(HOST).iter().map(|host| Authority::try_from(host.as_bytes()).ok());
    let named_in_line = request.uri().authority();
    named.all(|host| host.is_some_and(|host| is_ours(&host, local, hosts)))
        && named_in_line.is_none_or(|host| is_ours(host, local, hosts))
}

fn is_ours(named: &Authority, local: IpAddr, hosts: &[String]) -> bool {
    let host = named.host().trim_matches(['[', ']']).to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    match host.parse::<IpAddr>() {
        Ok(address) if address.is_loopback() || address.to_canonical() == local.to_canonical() => true,
        _ => host == "localhost" || hosts.iter().any(|known| known == host),
    }
}
