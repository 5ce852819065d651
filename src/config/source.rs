//! Where the secret or the token of an account comes from.

use std::fmt;
use std::path::PathBuf;

use super::address;

/// How an account gets its access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// From `stable_token`, with the AppSecret.
    Secret(SecretSource),
    /// From another system that renews it; it is read again when it is rejected.
    Token(TokenSource),
}

/// The source of the AppSecret. It is read at each use, so that a rotated secret needs no reload.
#[derive(Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// Absolute, or relative to the working directory.
    File(PathBuf),
    Env(String),
    /// A file of that name below `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    Credential(String),
    /// Program and arguments; at least the program, which is found by `$PATH` if it has no slash.
    Command(Vec<String>),
}

/// The source of a token that another system renews.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// Absolute, or relative to the working directory.
    File(PathBuf),
    /// Program and arguments; at least the program, which is found by `$PATH` if it has no slash.
    Command(Vec<String>),
    Url(String),
}

/// Names the source. A command's arguments could contain a secret, so only the program is shown.
impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Env(name) => write!(f, "environment variable {name}"),
            Self::Credential(name) => write!(f, "systemd credential {name}"),
            Self::Command(words) => write!(f, "command {}", words.first().map_or("", String::as_str)),
        }
    }
}

/// Names the source without what could be secret: arguments of a command, path and query of an address.
impl fmt::Display for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file {}", path.display()),
            Self::Command(words) => write!(f, "command {}", words.first().map_or("", String::as_str)),
            Self::Url(url) => write!(f, "address {}", address::without_secrets(url)),
        }
    }
}

impl fmt::Debug for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretSource({self})")
    }
}

impl fmt::Debug for TokenSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TokenSource({self})")
    }
}
