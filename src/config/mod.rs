//! The configuration: as written (`raw`), then as meant ([`Config`]).
//!
//! [`Config::load`] tells all mistakes of a file at once. The keys and their rules stand in docs/configuration.md.

mod address;
mod begin;
mod ca_file;
mod credentials;
pub mod credstore;
mod error;
mod listen;
mod media_id;
mod nearest;
mod placeholder;
mod quota;
mod raw;
mod share;
mod sources;
mod text;
mod validate;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

pub use begin::Beginning;
pub use ca_file::ca_certificates;
pub use error::{ConfigError, Mistake, Warning};
pub use listen::Listen;
pub use media_id::media_id;
pub use nearest::nearest;
pub use placeholder::is_placeholder;
pub use raw::{KEYS, Key, Within};
pub use share::Share;
use sources::Sought;
pub use validate::appid;

use crate::model::{AccountName, MediaId};
use crate::schedule::Schedule;

/// The file that is read where neither `--config` nor `$DRAFTKEEP_CONFIG` names another.
pub const DEFAULT_PATH: &str = "/etc/draftkeep/config.toml";

/// A larger file is refused: a hundred accounts are 30 KB, and a mistaken path must not fill the memory.
const MAX_BYTES: u64 = 1 << 20;

/// Returns the file to read: `flag`, else `$DRAFTKEEP_CONFIG`, else [`DEFAULT_PATH`].
pub fn path(flag: Option<PathBuf>) -> PathBuf {
    let variable = || std::env::var_os("DRAFTKEEP_CONFIG").filter(|value| !value.is_empty()).map(PathBuf::from);
    flag.or_else(variable).unwrap_or_else(|| DEFAULT_PATH.into())
}

/// A configuration that has passed every check which needs no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file it came from, for messages.
    pub path: PathBuf,
    /// Where the archive is, absolute or relative to the working directory.
    pub archive: PathBuf,
    /// Certificates of authorities that are trusted beside the system's; every account has it as well.
    pub ca_file: Option<PathBuf>,
    /// Where health and metrics are answered over HTTP; nowhere unless somebody says so.
    pub http: Option<Listen>,
    /// Names and addresses, in lower case, by which it may be asked there beside this machine's own.
    pub http_hosts: Vec<String>,
    /// The accounts to watch, in the file's order; at least one.
    pub accounts: Vec<Account>,
}

/// A configuration, and what its operator should know of it.
#[derive(Clone, Debug)]
pub struct Loaded {
    pub config: Config,
    pub warnings: Vec<Warning>,
}

impl Config {
    /// Reads and checks the file at `path`, and looks whether its secrets are where it says.
    ///
    /// # Errors
    ///
    /// Tells that the file cannot be read, or every mistake in it.
    pub fn load(path: &Path) -> Result<Loaded, ConfigError> {
        Self::load_with(path, &|name| std::env::var_os(name))
    }

    /// As [`Config::load`], with the environment passed in.
    ///
    /// # Errors
    ///
    /// As [`Config::load`].
    pub fn load_with(path: &Path, environment: &dyn Fn(&str) -> Option<OsString>) -> Result<Loaded, ConfigError> {
        Self::read(path, |credentials, report| credentials.check(environment, report))
    }

    /// Reads and checks the file at `path` without a look at its secrets: who may read the archive need not be let near
    /// them.
    ///
    /// # Errors
    ///
    /// As [`Config::load`], but for secrets that are not there.
    pub fn load_without_secrets(path: &Path) -> Result<Self, ConfigError> {
        Self::read(path, |_, _| {}).map(|loaded| loaded.config)
    }

    /// Checks a text that would stand in the file at `path`, without a look at its secrets.
    ///
    /// # Errors
    ///
    /// Tells every mistake in it.
    pub fn of_text(path: &Path, text: &str) -> Result<Self, ConfigError> {
        Self::parse(path, text.as_bytes(), |_, _| {}).map(|loaded| loaded.config)
    }

    /// Returns the names and appids of its accounts.
    pub fn identities(&self) -> Vec<(AccountName, String)> {
        self.accounts.iter().map(|account| (account.name.clone(), account.appid.clone())).collect()
    }

    fn read(path: &Path, look: impl Fn(&Sought, &mut text::Report<'_>)) -> Result<Loaded, ConfigError> {
        Self::parse(path, &text::read(path)?, look)
    }

    fn parse(path: &Path, bytes: &[u8], look: impl Fn(&Sought, &mut text::Report<'_>)) -> Result<Loaded, ConfigError> {
        let refused = |mut mistakes: Vec<Mistake>| {
            mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
            ConfigError::Mistakes { path: path.to_owned(), mistakes }
        };
        let text = text::decode(bytes).map_err(|mistake| refused(vec![mistake]))?;
        let mut report = text::Report::new(text);
        let config = raw::read(text, &mut report).and_then(|raw| {
            let (config, sought) = validate::validate(path, &raw, &mut report);
            sought.iter().for_each(|credentials| look(credentials, &mut report));
            config
        });
        match config {
            Some(config) if report.mistakes.is_empty() => {
                report.warnings.sort_by_key(|warning| (warning.line, warning.column));
                Ok(Loaded { config, warnings: report.warnings })
            }
            _ => Err(refused(report.mistakes)),
        }
    }
}

/// One official account to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: AccountName,
    pub appid: String,
    pub credentials: Credentials,
    pub drafts: Drafts,
    pub timing: Timing,
    /// How much of each daily limit polls may use; the rest is for the account's other systems and for restores.
    pub quota_share: Share,
    /// Unknown fields of drafts of which the operator knows better.
    pub fields: Fields,
    /// Which pictures are kept as bytes.
    pub assets: Assets,
    /// The largest picture that is kept, in bytes.
    pub asset_limit: usize,
    /// Scheme, host and port of the API, and the path of a relay; without a trailing slash.
    pub api_base: String,
    /// Replaces scheme and host when pictures are fetched.
    pub image_base: Option<String>,
    /// An explicit proxy for this account; the usual environment variables count otherwise.
    pub proxy: Option<String>,
    /// Certificates of authorities that are trusted beside the system's, in PEM.
    pub ca_file: Option<PathBuf>,
}

/// What the operator says of fields that nobody knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    /// What differs in these alone is never a version.
    pub ignored: BTreeSet<String>,
    /// What differs in these always is, however often they change.
    pub watched: BTreeSet<String>,
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

/// When an account is polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Timing {
    /// We decide, so that the day's calls buy the freshest archive.
    Auto,
    /// At these times and at no others: that often at most.
    Schedule(Schedule),
}

impl Timing {
    /// How [`Timing::Auto`] is written.
    pub const AUTO: &str = "auto";

    /// Returns the schedule, where there is one.
    pub fn schedule(&self) -> Option<&Schedule> {
        match self {
            Self::Auto => None,
            Self::Schedule(schedule) => Some(schedule),
        }
    }

    /// Returns it as the key `schedule` holds it.
    pub fn as_str(&self) -> &str {
        self.schedule().map_or(Self::AUTO, Schedule::expression)
    }
}

/// Which pictures of an account's drafts are kept as bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Assets {
    /// All of them.
    #[default]
    All,
    /// Covers: what a draft cannot be restored without.
    Covers,
    None,
}

impl Assets {
    /// Returns the word that the file has for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::All => "all",
            Self::Covers => "covers",
            Self::None => "none",
        }
    }
}

impl FromStr for Assets {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = [Self::All, Self::Covers, Self::None];
        known.into_iter().find(|assets| assets.as_str() == text).ok_or("assets is \"all\", \"covers\" or \"none\"")
    }
}

/// Which drafts of an account are watched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Drafts {
    /// The whole draft box.
    All,
    /// These, in this order, without repeats.
    List(Vec<MediaId>),
}

impl Drafts {
    /// Returns the name of the way in which a poll reads them: `sweep` for the whole box, `list` for a list.
    pub fn strategy(&self) -> &'static str {
        match self {
            Self::All => "sweep",
            Self::List(_) => "list",
        }
    }
}
