//! The configuration as meant.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use super::listen::Listen;
use super::share::QuotaShare;
use super::source::Credentials;
use crate::model::{AccountName, MediaId};
use crate::schedule::Schedule;

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

impl Config {
    /// Returns the names and appids of its accounts.
    pub fn identities(&self) -> Vec<(AccountName, String)> {
        self.accounts.iter().map(|account| (account.name.clone(), account.appid.clone())).collect()
    }
}

/// One official account to watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    pub name: AccountName,
    pub appid: String,
    pub credentials: Credentials,
    pub drafts: DraftSelection,
    pub poll_mode: PollMode,
    /// How much of each daily limit polls may use; the rest is for the account's other systems and for restores.
    pub quota_share: QuotaShare,
    /// Unknown fields of drafts of which the operator knows better.
    pub fields: FieldRules,
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
pub struct FieldRules {
    /// What differs in these alone is never a version.
    pub ignored: BTreeSet<String>,
    /// What differs in these always is, however often they change.
    pub watched: BTreeSet<String>,
}

/// When an account is polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollMode {
    /// We decide, so that the day's calls buy the freshest archive.
    Adaptive,
    /// At these times and at no others: that often at most.
    Cron(Schedule),
}

impl PollMode {
    /// How [`PollMode::Adaptive`] is written.
    pub const AUTO: &str = "auto";

    /// Returns the schedule, where there is one.
    pub fn schedule(&self) -> Option<&Schedule> {
        match self {
            Self::Adaptive => None,
            Self::Cron(schedule) => Some(schedule),
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
pub enum DraftSelection {
    /// The whole draft box.
    All,
    /// These, in this order, without repeats.
    Listed(Vec<MediaId>),
}

impl DraftSelection {
    /// Returns the name of the way in which a poll reads them: `sweep` for the whole box, `list` for a list.
    pub fn strategy(&self) -> &'static str {
        match self {
            Self::All => "sweep",
            Self::Listed(_) => "list",
        }
    }
}
