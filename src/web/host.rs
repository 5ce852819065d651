//! By which name a client asks.
//!
//! A page on the net can make a browser of this machine ask for a name of the page's own that suddenly means 127.0.0.1 (DNS
//! rebinding), and read the answer. Such a request carries the page's name in its header `Host`, so only names of this machine
//! are answered.

use std::net::IpAddr;

use hyper::Request;
use hyper::header::HOST;
use hyper::http::uri::Authority;

pub(super) const UNKNOWN_HOST: &str = "this daemon is not known by the name that it was asked by. Ask by its address, or name it in the \
                                  configuration: [http] hosts = [\"NAME\"]\n";

/// Tells whether a request asks for the address that its connection came to, for this machine, or for one of `hosts`. One that
/// names nothing comes from no browser.
pub(super) fn is_allowed<B>(request: &Request<B>, local: IpAddr, hosts: &[String]) -> bool {
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
