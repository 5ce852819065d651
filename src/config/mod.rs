//! The configuration: as written ([`raw`]), then as meant ([`Config`]).

use std::path::PathBuf;

use crate::model::{AccountName, MediaId};
use crate::schedule::Schedule;

/// A configuration that has passed every check which needs no network.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it came from, for messages.
    pub path: PathBuf,
    /// Where the archive is, absolute or relative to the working directory.
    pub archive: PathBuf,
    /// The accounts to watch, in the file's order; at least one.
    pub accounts: Vec<Account>,
}

/// One official account to watch.
#[derive(Clone, Debug)]
pub struct Account {
    pub name: AccountName,
    pub appid: String,
    pub credentials: Credentials,
    pub drafts: Drafts,
    pub schedule: Schedule,
    /// Scheme, host and port of the API, without a trailing slash.
    pub api_base: String,
    /// Replaces scheme and host when pictures are fetched.
    pub image_base: Option<String>,
    /// An explicit proxy for this account; the usual environment variables count otherwise.
    pub proxy: Option<String>,
}

/// How an account comes by its access token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Credentials {
    /// We hold the AppSecret and ask `stable_token` ourselves.
    Secret(SecretSource),
    /// Somebody else keeps the token; it is read again when it is refused.
    Token(TokenSource),
}

/// Where the AppSecret is read from. Read at each use, so that a rotated secret needs no reload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    File(PathBuf),
    Env(String),
    /// A file of that name below `$CREDENTIALS_DIRECTORY` (systemd's `LoadCredential=`).
    Credential(String),
    Command(Vec<String>),
}

/// Where a token kept by somebody else is read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TokenSource {
    File(PathBuf),
    Command(Vec<String>),
    Url(String),
}

/// Which drafts of an account are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drafts {
    /// The whole draft box.
    All,
    /// These, in this order, without repeats.
    List(Vec<MediaId>),
}
