//! `draftkeep config check`: is the file in order, and what does it mean?

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::Path;

use chrono::{DateTime, Local, Offset, TimeZone};
use serde::Serialize;

use super::accounts::{self, Recognised};
use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::probe::{self, ProbeResult};
use crate::config::{
    Account, Assets, Config, ConfigError, ConfigIssue, Credentials, DraftSelection, LoadedConfig, PollMode, Warning,
};
use crate::model::{MediaId, Timestamp, rfc3339};
use crate::schedule::Schedule;

/// Check the configuration
#[derive(Debug, clap::Subcommand)]
#[command(after_help = "\
Examples:
  draftkeep config check             is it in order, and what does it mean?")]
pub enum ConfigCommand {
    /// Check the configuration and explain it
    Check(Check),
}

/// What `config check` was asked.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep config check             is it in order, and what does it mean?
  draftkeep config check --online    does the platform let each account in?")]
pub struct Check {
    /// Also request a token and the number of drafts of each account from the platform
    #[arg(long)]
    online: bool,
}

impl Check {
    pub(super) fn run(&self, context: &CommandContext) -> Result<Exit, CommandError> {
        let outcome = Config::load(&context.config);
        let answers = match &outcome {
            Ok(loaded) if self.online => Some(super::runtime::block_on(probe::probe(
                &loaded.config.accounts,
                &loaded.config.archive,
                &context.clock,
            ))??),
            _ => None,
        };
        let recognised = outcome.as_ref().map_or_else(|_| Vec::new(), |loaded| compared(&loaded.config, context));
        let mut text = Vec::new();
        let now = context.clock.now();
        match context.ui.json {
            true => write_json(&outcome, &recognised, answers.as_deref(), &context.config, now, &mut text)?,
            false => {
                write_text(&outcome, &recognised, now, &Local, &mut text)?;
                accounts::write(&recognised, &mut text)?;
                write_answers(answers.as_deref().unwrap_or_default(), &mut text)?;
            }
        }
        match context.ui.json {
            true => context.ui.json(String::from_utf8_lossy(&text).trim_end())?,
            false => context.ui.text(&String::from_utf8_lossy(&text))?,
        }
        Ok(match answers {
            _ if outcome.is_err() || !accounts::all_ok(&recognised) => Exit::Usage,
            Some(answers) => probe::exit(&answers),
            None => Exit::Done,
        })
    }
}

/// Compares with the archive. The file may be in order where that cannot be read, perhaps by this user.
fn compared(config: &Config, context: &CommandContext) -> Vec<Recognised> {
    accounts::compare(config).unwrap_or_else(|error| {
        context.ui.warning(&format!("names and appids are not compared with the archive: {error}"));
        Vec::new()
    })
}

fn write_answers(answers: &[ProbeResult], out: &mut impl Write) -> io::Result<()> {
    for answer in answers {
        match (&answer.error, answer.drafts) {
            (Some(error), _) => writeln!(out, "\nonline     {}: {error}", answer.account)?,
            (None, drafts) => {
                writeln!(
                    out,
                    "\nonline     {}: let in; drafts in the box: {}",
                    answer.account,
                    drafts.unwrap_or_default()
                )?;
            }
        }
    }
    Ok(())
}

/// How many polls to come are shown.
const UPCOMING: usize = 3;

/// Writes what a person wants to know: what was understood, then what to mind. Times are in the account's zone, and in
/// `here`, the reader's, where that differs.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_text<Z: TimeZone>(
    outcome: &Result<LoadedConfig, ConfigError>,
    recognised: &[Recognised],
    now: Timestamp,
    here: &Z,
    out: &mut impl Write,
) -> io::Result<()> {
    let LoadedConfig { config, warnings } = match outcome {
        Ok(loaded) => loaded,
        Err(error) => return writeln!(out, "{error}"),
    };
    match accounts::not_polled(recognised) {
        names if names.is_empty() => writeln!(out, "{} is in order", config.path.display())?,
        names => writeln!(
            out,
            "{} is not in order: {names} cannot be polled, for the archive knows the name with another appid; see below",
            config.path.display()
        )?,
    }
    writeln!(out, "archive    {}", config.archive.display())?;
    if let Some(path) = &config.ca_file {
        writeln!(out, "ca_file    {}", path.display())?;
    }
    if let Some(address) = &config.http {
        writeln!(out, "http       {address}")?;
    }
    if let Some(web) = &config.web {
        writeln!(
            out,
            "web        {}",
            web.listen.as_ref().map_or("socket from systemd".to_owned(), ToString::to_string)
        )?;
    }
    for account in &config.accounts {
        write_account(account, now, here, out)?;
    }
    for warning in warnings {
        writeln!(out, "\nwarning: {}:{warning}", config.path.display())?;
    }
    Ok(())
}

fn write_account<Z: TimeZone>(account: &Account, now: Timestamp, here: &Z, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "\naccount    {}", account.name)?;
    writeln!(out, "appid      {}", account.appid)?;
    match &account.credentials {
        Credentials::Secret(source) => writeln!(out, "secret     {source}")?,
        Credentials::Token(source) => writeln!(out, "token      {source}")?,
    }
    match &account.drafts {
        DraftSelection::All => writeln!(out, "drafts     all of the draft box")?,
        DraftSelection::Listed(list) => writeln!(out, "drafts     {} in the list", list.len())?,
    }
    match &account.poll_mode {
        PollMode::Adaptive => writeln!(out, "schedule   auto: as often as the quota allows")?,
        PollMode::Cron(schedule) => write_schedule(schedule, now, here, out)?,
    }
    writeln!(out, "quota      at most {} of each daily limit", account.quota_share)?;
    for (label, fields) in [("ignored", &account.fields.ignored), ("watched", &account.fields.watched)] {
        if !fields.is_empty() {
            let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
            writeln!(out, "{label:<10} {}", fields.join(", "))?;
        }
    }
    let megabytes = account.asset_limit / (1 << 20);
    let assets = match account.assets {
        Assets::All => format!("all pictures, up to {megabytes} MB each"),
        Assets::Covers => format!("covers, up to {megabytes} MB each"),
        Assets::None => "none: no draft can be restored with pictures that the platform has lost".to_owned(),
    };
    writeln!(out, "assets     {assets}")?;
    writeln!(out, "api        {}", account.api_base)?;
    for (label, address) in [("pictures", &account.image_base), ("proxy", &account.proxy)] {
        if let Some(address) = address {
            writeln!(out, "{label:<10} {address}")?;
        }
    }
    Ok(())
}

fn write_schedule<Z: TimeZone>(schedule: &Schedule, now: Timestamp, here: &Z, out: &mut impl Write) -> io::Result<()> {
    let (words, polls) = (schedule.in_words(), schedule.polls_per_day());
    writeln!(out, "schedule   {schedule} ({words}; polls a day: {polls})")?;
    for (index, poll) in upcoming(schedule, now).enumerate() {
        let label = if index == 0 { "next" } else { "" };
        writeln!(out, "{label:<10} {}", in_both_zones(poll, schedule, here))?;
    }
    Ok(())
}

/// Writes an instant in the schedule's zone and, where clocks differ, in the reader's.
fn in_both_zones<Z: TimeZone>(instant: Timestamp, schedule: &Schedule, here: &Z) -> String {
    let form = |time: &DateTime<chrono::FixedOffset>| time.format("%Y-%m-%d %H:%M:%S %:z").to_string();
    let there = instant.with_timezone(&schedule.zone()).fixed_offset();
    let local = instant.with_timezone(&here.offset_from_utc_datetime(&instant.naive_utc()).fix());
    match there.offset() == local.offset() {
        true => form(&there),
        false => format!("{} ({} here)", form(&there), form(&local)),
    }
}

fn upcoming(schedule: &Schedule, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(schedule.next_after(now)), |last| Some(schedule.next_after(*last))).take(UPCOMING)
}

/// Writes the outcome as one JSON document.
///
/// # Errors
///
/// Fails if `out` cannot be written.
pub fn write_json(
    outcome: &Result<LoadedConfig, ConfigError>,
    recognised: &[Recognised],
    online: Option<&[ProbeResult]>,
    path: &Path,
    now: Timestamp,
    out: &mut impl Write,
) -> io::Result<()> {
    let path = path.to_string_lossy();
    let document = match outcome {
        Ok(LoadedConfig { config, warnings }) => Document::Good {
            ok: accounts::all_ok(recognised) && online.unwrap_or_default().iter().all(|answer| answer.ok),
            path,
            archive: config.archive.to_string_lossy(),
            ca_file: config.ca_file.as_deref().map(Path::to_string_lossy),
            http: config.http.as_ref().map(ToString::to_string),
            web: config.web.as_ref().and_then(|web| web.listen.as_ref()).map(ToString::to_string),
            accounts: config.accounts.iter().map(|account| AccountDocument::new(account, now)).collect(),
            warnings,
            recognised,
            online,
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
