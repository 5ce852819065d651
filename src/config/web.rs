//! The pages for editors, as configured.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use chrono::TimeDelta;

use super::listen::Listen;
use super::source::SecretSource;

/// `[web]`
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebConfig {
    /// Where to listen; without it, only on a socket from systemd.
    pub listen: Option<Listen>,
    /// What links begin with: scheme, host and port, without a trailing slash.
    pub public_url: Option<String>,
    /// The source of the password's hash.
    pub password: Option<SecretSource>,
    /// The proxies whose headers are believed.
    pub trusted_proxies: Vec<TrustedProxy>,
    /// The header in which these proxies name the user, in lower case.
    pub user_header: Option<String>,
    /// Whether who is logged in may restore into a draft box.
    pub allow_restore: bool,
    /// How long a link to one change of a draft shows it without a login; `None`: there are no such links.
    pub link_ttl: Option<TimeDelta>,
}

impl WebConfig {
    /// Returns whether the headers of a client are believed; `None` is a client on a unix socket.
    pub fn is_trusted(&self, peer: Option<IpAddr>) -> bool {
        self.trusted_proxies.iter().any(|proxy| proxy.contains(peer))
    }

    /// Returns the address that browsers use, without a trailing slash; `None` where nobody can tell.
    pub fn url(&self) -> Option<String> {
        self.public_url.clone().or_else(|| match &self.listen {
            Some(Listen::Tcp(address)) => Some(format!("http://{address}")),
            _ => None,
        })
    }
}

/// A proxy whose headers are believed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TrustedProxy {
    /// Every client on a unix socket.
    Unix,
    /// The addresses that begin with these bits.
    Network(IpAddr, u8),
}

impl TrustedProxy {
    fn contains(self, peer: Option<IpAddr>) -> bool {
        match (self, peer) {
            (Self::Unix, None) => true,
            (Self::Network(IpAddr::V4(network), bits), Some(IpAddr::V4(peer))) => {
                begins_alike(u128::from(network.to_bits()) << 96, u128::from(peer.to_bits()) << 96, bits)
            }
            (Self::Network(IpAddr::V6(network), bits), Some(IpAddr::V6(peer))) => match peer.to_ipv4_mapped() {
                Some(peer) => self.contains(Some(IpAddr::V4(peer))),
                None => begins_alike(network.to_bits(), peer.to_bits(), bits),
            },
            (Self::Network(IpAddr::V4(_), _), Some(IpAddr::V6(peer))) => {
                peer.to_ipv4_mapped().is_some_and(|peer| self.contains(Some(IpAddr::V4(peer))))
            }
            _ => false,
        }
    }
}

/// Returns whether the first bits of two addresses are the same.
fn begins_alike(a: u128, b: u128, bits: u8) -> bool {
    (a ^ b).leading_zeros() >= u32::from(bits)
}

impl FromStr for TrustedProxy {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const RULE: &str =
            "this is an address, a network such as \"10.0.0.0/24\", or \"unix\" for who connects to a unix socket";
        if text == "unix" {
            return Ok(Self::Unix);
        }
        let (address, bits) = match text.split_once('/') {
            Some((address, bits)) => (address, Some(bits.parse::<u8>().map_err(|_| RULE)?)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| RULE)?;
        let all = if address.is_ipv4() { 32 } else { 128 };
        match bits.unwrap_or(all) {
            0 => Err("this is every address there is: anybody could say who he is"),
            bits if bits <= all => Ok(Self::Network(address, bits)),
            _ => Err(RULE),
        }
    }
}

impl fmt::Display for TrustedProxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unix => f.write_str("unix"),
            Self::Network(address, bits) => write!(f, "{address}/{bits}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_the_addresses_that_begin_like_it() {
        for (proxy, peer, is_in) in [
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1/32", "127.0.0.2", false),
            ("10.1.0.0/16", "10.1.255.3", true),
            ("10.1.0.0/16", "10.2.0.1", false),
            ("10.1.0.0/16", "::ffff:10.1.2.3", true),
            ("fd00::/8", "fdab::1", true),
            ("fd00::/8", "fe80::1", false),
            ("fd00::/8", "10.0.0.1", false),
            ("unix", "127.0.0.1", false),
        ] {
            let proxy: TrustedProxy = proxy.parse().unwrap();
            assert_eq!(proxy.contains(Some(peer.parse().unwrap())), is_in, "{proxy} {peer}");
        }
        assert!(TrustedProxy::Unix.contains(None));
        assert!(!"10.0.0.0/8".parse::<TrustedProxy>().unwrap().contains(None));
        for text in ["", "0.0.0.0/0", "::/0", "10.0.0.0/33", "10.0.0/8", "localhost", "10.0.0.1/", "UNIX"] {
            assert!(text.parse::<TrustedProxy>().is_err(), "{text}");
        }
    }
}
