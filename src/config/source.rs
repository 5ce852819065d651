//! Where the secret or the token of an account comes from.

use std::fmt;
use std::path::PathBuf;

use super::address;

/// How an account comes by its access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// We hold the AppSecret and ask `stable_token` ourselves.
    Secret(SecretSource),
    /// Somebody else keeps the token; it is read again when it is refused.
    Token(TokenSource),
}

/// Where the AppSecret is read from. Read at each use, so that a rotated secret needs no reload.
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

/// Where a token kept by somebody else is read from.
#[derive(Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// Absolute, or relative to the working directory.
    File(PathBuf),
    /// Program and arguments; at least the program, which is found by `$PATH` if it has no slash.
    Command(Vec<String>),
    Url(String),
}

/// Says where a secret comes from; a command's arguments could hold one, so only the program is named.
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

/// Says where a token comes from, without what could be secret: a command's arguments, an address's path and query.
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
