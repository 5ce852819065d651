//! What `config check --json` writes.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use serde::Serialize;

use super::super::accounts::{self, Recognised};
use super::super::probe::ProbeResult;
use super::online::{OnlineCheck, PlaceResult};
use super::upcoming;
use crate::config::{Account, ConfigError, ConfigIssue, Credentials, DraftSelection, LoadedConfig, Warning};
use crate::model::{MediaId, Timestamp, rfc3339};
use crate::schedule::Schedule;

/// Writes the outcome as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(
    outcome: &Result<LoadedConfig, ConfigError>,
    recognised: &[Recognised],
    online: Option<&OnlineCheck>,
    path: &Path,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let path = path.to_string_lossy();
    let document = match outcome {
        Ok(LoadedConfig { config, warnings, .. }) => Document::Good {
            ok: accounts::all_ok(recognised) && online.is_none_or(OnlineCheck::is_ok),
            path,
            archive: config.archive.to_string_lossy(),
            ca_file: config.ca_file.as_deref().map(Path::to_string_lossy),
            http: config.http.as_ref().map(ToString::to_string),
            web: config.web.as_ref().and_then(|web| web.listen.as_ref()).map(ToString::to_string),
            accounts: config.accounts.iter().map(|account| AccountDocument::new(account, now)).collect(),
            warnings,
            recognised,
            online: online.map(|online| &online.accounts[..]),
            copies: online.map(|online| &online.places[..]),
        },
        Err(ConfigError::Issues { issues, .. }) => {
            Document::Bad { ok: false, path, errors: issues.iter().map(ErrorDocument::InTheFile).collect() }
        }
        Err(other) => Document::Bad { ok: false, path, errors: vec![ErrorDocument::unreadable(other)] },
    };
    serde_json::to_writer(&mut *out, &document)?;
    writeln!(out)
}

#[derive(Serialize)]
#[serde(untagged)]
enum Document<'a> {
    Good {
        ok: bool,
        path: Cow<'a, str>,
        archive: Cow<'a, str>,
        ca_file: Option<Cow<'a, str>>,
        http: Option<String>,
        /// Where the pages for editors are.
        #[serde(skip_serializing_if = "Option::is_none")]
        web: Option<String>,
        accounts: Vec<AccountDocument<'a>>,
        warnings: &'a [Warning],
        /// What the archive has to say of them.
        #[serde(skip_serializing_if = "<[_]>::is_empty")]
        recognised: &'a [Recognised],
        #[serde(skip_serializing_if = "Option::is_none")]
        online: Option<&'a [ProbeResult]>,
        copies: Option<&'a [PlaceResult]>,
    },
    Bad {
        ok: bool,
        path: Cow<'a, str>,
        errors: Vec<ErrorDocument<'a>>,
    },
}

#[derive(Serialize)]
struct AccountDocument<'a> {
    name: &'a str,
    appid: &'a str,
    /// `secret` or `token`.
    credentials: &'static str,
    /// Where they come from, in words.
    source: String,
    drafts: DraftsDocument<'a>,
    /// `auto`, or an expression; only that has a zone, a number of polls a day, and times to come.
    schedule: &'a str,
    timezone: Option<&'static str>,
    polls_per_day: Option<u32>,
    next_polls: Vec<String>,
    quota_share: f64,
    shrunk_share: f64,
    ignore_fields: &'a BTreeSet<String>,
    watch_fields: &'a BTreeSet<String>,
    assets: &'static str,
    /// In bytes.
    asset_limit: usize,
    api_base: &'a str,
    image_base: Option<&'a str>,
    proxy: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum DraftsDocument<'a> {
    All(&'static str),
    List(&'a [MediaId]),
}

impl<'a> AccountDocument<'a> {
    fn new(account: &'a Account, now: Timestamp) -> Self {
        let (credentials, source) = match &account.credentials {
            Credentials::Secret(source) => ("secret", source.to_string()),
            Credentials::Token(source) => ("token", source.to_string()),
        };
        let drafts = match &account.drafts {
            DraftSelection::All => DraftsDocument::All("all"),
            DraftSelection::Listed(list) => DraftsDocument::List(list),
        };
        let schedule = account.poll_mode.schedule();
        Self {
            name: account.name.as_str(),
            appid: &account.appid,
            credentials,
            source,
            drafts,
            schedule: account.poll_mode.as_str(),
            timezone: schedule.map(|schedule| schedule.zone().name()),
            polls_per_day: schedule.map(Schedule::polls_per_day),
            next_polls: schedule.into_iter().flat_map(|schedule| upcoming(schedule, now)).map(rfc3339).collect(),
            quota_share: account.quota_share.as_f64(),
            shrunk_share: account.shrunk_share.as_f64(),
            ignore_fields: &account.fields.ignored,
            watch_fields: &account.fields.watched,
            assets: account.assets.as_str(),
            asset_limit: account.asset_limit,
            api_base: &account.api_base,
            image_base: account.image_base.as_deref(),
            proxy: account.proxy.as_deref(),
        }
    }
}

#[derive(Serialize)]
#[serde(untagged)]
enum ErrorDocument<'a> {
    InTheFile(&'a ConfigIssue),
    /// The file could not be read: the fields of a mistake, with none of its places.
    Unreadable {
        line: Option<usize>,
        column: Option<usize>,
        key: Option<&'a str>,
        value: Option<&'a str>,
        rule: String,
    },
}

impl ErrorDocument<'_> {
    fn unreadable(error: &ConfigError) -> Self {
        Self::Unreadable { line: None, column: None, key: None, value: None, rule: error.to_string() }
    }
}
