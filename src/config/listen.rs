//! The address at which the daemon answers HTTP requests.

use std::fmt;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;

/// The address of `[http] listen`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Listen {
    /// An address of this machine and a port.
    Tcp(SocketAddr),
    /// A unix socket, created at the start: an absolute path, or relative to the working directory.
    Unix(PathBuf),
}

impl Listen {
    /// Parses it; a text with a slash is a path, relative to `directory`.
    pub(super) fn parse(text: &str, directory: &Path) -> Result<Self, &'static str> {
        const RULE: &str = "this is an address and a port, such as \"127.0.0.1:8787\" or \"[::1]:8787\", or the path of a \
                            unix socket";
        if text.contains('\0') {
            return Err("a path holds no NUL");
        }
        if text.contains("://") || text.ends_with('/') {
            return Err(RULE);
        }
        if text.starts_with("~/") {
            return Err("~ is not understood here; write the whole path");
        }
        if text.contains('/') {
            return Ok(Self::Unix(directory.join(text)));
        }
        text.parse().map(Self::Tcp).map_err(|_| RULE)
    }

    /// Returns whether only this machine can reach it.
    pub(super) fn is_private(&self) -> bool {
        match self {
            Self::Tcp(address) => address.ip().is_loopback(),
            Self::Unix(_) => true,
        }
    }
}

/// A relative path is relative to the working directory.
impl FromStr for Listen {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text, Path::new(""))
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => write!(f, "http://{address}"),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Returns what was probably meant by an invalid address.
pub(super) fn suggest_address(text: &str) -> Option<String> {
    let text = text.trim().strip_prefix("http://").unwrap_or(text.trim()).trim_end_matches('/');
    let port = text.strip_prefix("localhost").unwrap_or(text);
    let port = port.strip_prefix(':').unwrap_or(port);
    match (text.parse::<SocketAddr>(), port.parse::<u16>()) {
        (Ok(address), _) => Some(address.to_string()),
        (_, Ok(port)) => Some(format!("127.0.0.1:{port}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_or_a_path() {
        let parse = |text| Listen::parse(text, Path::new("/etc/draftkeep")).map(|listen| listen.to_string());
        for (text, expected) in [
            ("127.0.0.1:8787", "http://127.0.0.1:8787"),
            ("[::1]:8787", "http://[::1]:8787"),
            ("0.0.0.0:1", "http://0.0.0.0:1"),
            ("/run/draftkeep/http.sock", "unix:/run/draftkeep/http.sock"),
            ("./http.sock", "unix:/etc/draftkeep/./http.sock"),
        ] {
            assert_eq!(parse(text).as_deref(), Ok(expected), "{text}");
        }
        for text in
            ["", "8787", ":8787", "localhost:8787", "http://127.0.0.1:8787", "127.0.0.1", "/run/", "~/s", "/a\0"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_was_meant() {
        for text in ["8787", ":8787", "localhost:8787", "http://127.0.0.1:8787/"] {
            assert_eq!(suggest_address(text).as_deref(), Some("127.0.0.1:8787"), "{text}");
        }
        assert_eq!(suggest_address("everywhere"), None);
    }
}
