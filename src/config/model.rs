//! The validated configuration.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::str::FromStr;

use chrono_tz::Tz;

use super::copy::CopyConfig;
use super::gate::GatePolicy;
use super::listen::Listen;
use super::mirror::MirrorConfig;
use super::notify::NotifyConfig;
use super::ping::PingConfig;
use super::proof::{DrillConfig, ProofConfig};
use super::share::QuotaShare;
use super::source::Credentials;
use super::web::WebConfig;
use crate::model::{AccountName, MediaId, ShrunkShare, Strategy};
use crate::retention::Rules;
use crate::schedule::Schedule;

/// A configuration that has passed all checks that need no network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The file it came from, for messages.
    pub path: PathBuf,
    /// The archive's path, absolute or relative to the working directory.
    pub archive: PathBuf,
    /// CA certificates that are trusted in addition to the system's; copied to every account.
    pub ca_file: Option<PathBuf>,
    /// The address of health and metrics over HTTP; off by default.
    pub http: Option<Listen>,
    /// Host names and addresses, in lower case, that requests may use besides this machine's own.
    pub http_hosts: Vec<String>,
    /// The pages for editors; off by default.
    pub web: Option<WebConfig>,
    /// Who is told of what happens, in the file's order.
    pub notify: Vec<NotifyConfig>,
    /// The dead man's switches that are told that the service works.
    pub pings: Vec<PingConfig>,
    /// Where copies of the archive are made, in the file's order.
    pub copies: Vec<CopyConfig>,
    /// Which versions the daemon keeps; `None`: all.
    pub retention: Option<Rules>,
    /// What the daemon proves every night.
    pub proof: ProofConfig,
    /// The archive as a tree of files that follows it; off by default.
    pub mirror: Option<MirrorConfig>,
    /// The address of the gate over HTTP; off by default.
    pub gate: Option<Listen>,
    /// The accounts to watch, in the file's order; at least one.
    pub accounts: Vec<Account>,
}

impl Config {
    /// Returns whether a `[[notify]]` has this name.
    pub fn names_target(&self, name: &str) -> bool {
        self.notify.iter().any(|rule| rule.name == name) || self.pings.iter().any(|ping| ping.name == name)
    }

    /// Returns the account that the daemon makes drills at, and when.
    pub fn drill(&self) -> Option<(&Account, &Schedule)> {
        let DrillConfig { account: name, schedule } = self.proof.drill.as_ref()?;
        Some((self.accounts.iter().find(|account| account.name == *name)?, schedule))
    }

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
    /// Its days, weeks and months begin in this time zone, and the times of a cron expression are of it.
    pub zone: Tz,
    /// How much of each daily limit polls may use; the rest is for the account's other systems and for restores.
    pub quota_share: QuotaShare,
    /// The share of a text whose loss is an event.
    pub shrunk_share: ShrunkShare,
    /// Rules for fields of drafts that this program does not know.
    pub fields: FieldRules,
    /// Which pictures are stored.
    pub assets: Assets,
    /// The largest picture that is stored, in bytes.
    pub asset_limit: usize,
    /// Scheme, host and port of the API, and the path of a relay; without a trailing slash.
    pub api_base: String,
    /// Replaces scheme and host of picture addresses.
    pub image_base: Option<String>,
    /// The proxy of this account; by default that of the environment.
    pub proxy: Option<String>,
    /// What programs may write to its draft box.
    pub gate: GatePolicy,
    /// CA certificates that are trusted in addition to the system's, a PEM file.
    pub ca_file: Option<PathBuf>,
}

/// Rules for fields of drafts that this program does not know.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldRules {
    /// A change of these alone makes no version.
    pub ignored: BTreeSet<String>,
    /// A change of these makes a version, however often they change.
    pub watched: BTreeSet<String>,
}

/// When an account is polled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PollMode {
    /// The planner decides when, for the freshest archive within the daily limits.
    Adaptive,
    /// At the times of a cron expression, and at no others.
    Cron(Schedule),
}

impl PollMode {
    /// The value of the key `schedule` for [`PollMode::Adaptive`].
    pub const AUTO: &str = "auto";

    /// Returns the schedule, if there is one.
    pub fn schedule(&self) -> Option<&Schedule> {
        match self {
            Self::Adaptive => None,
            Self::Cron(schedule) => Some(schedule),
        }
    }

    /// Returns the value of the key `schedule`.
    pub fn as_str(&self) -> &str {
        self.schedule().map_or(Self::AUTO, Schedule::expression)
    }
}

/// Which pictures of an account's drafts are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum Assets {
    /// All of them.
    #[default]
    All,
    /// Covers only: a draft cannot be restored without them.
    Covers,
    None,
}

impl Assets {
    /// Returns the value of the key `assets`.
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
    /// Returns the strategy of a poll that reads all of them.
    pub fn strategy(&self) -> Strategy {
        match self {
            Self::All => Strategy::Sweep,
            Self::Listed(_) => Strategy::List,
        }
    }
}
