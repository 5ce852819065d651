//! What `config check` writes for a person: what was understood, then what to mind.

use std::io::{self, Write};

use chrono::{DateTime, Offset, TimeZone};

use super::super::accounts::{self, Recognised};
use super::online::OnlineCheck;
use super::upcoming;
use crate::config::{
    Account, Assets, ConfigError, CopyConfig, Credentials, DraftSelection, DrillConfig, KeepRule, LoadedConfig,
    NotifyConfig, PingConfig, PollMode,
};
use crate::model::{ShrunkShare, Timestamp, counted};
use crate::schedule::Schedule;

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
    let LoadedConfig { config, warnings, .. } = match outcome {
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
    if !config.proof.enabled {
        writeln!(out, "proof      none: nothing is proven at night")?;
    }
    if let Some(DrillConfig { account, schedule }) = &config.proof.drill {
        writeln!(out, "drill      at {account}, {schedule} ({})", schedule.in_words())?;
    }
    if let Some(rules) = &config.retention {
        writeln!(out, "retention  keeps {rules}; the rest goes once a day")?;
    }
    if let Some(mirror) = &config.mirror {
        let git = match (&mirror.push, mirror.git) {
            (Some(remote), _) => format!(", in git, pushed to {remote}"),
            (None, true) => ", in git".to_owned(),
            (None, false) => String::new(),
        };
        writeln!(out, "mirror     {}{git}", mirror.dir.display())?;
    }
    for NotifyConfig { name, to, at_least, .. } in &config.notify {
        writeln!(out, "notify     {name}: {}, {} at least", to.kind(), at_least.as_str())?;
    }
    for PingConfig { name, every, .. } in &config.pings {
        writeln!(
            out,
            "notify     {name}: {}, every {}",
            PingConfig::KIND,
            counted(every.num_minutes().unsigned_abs(), "minute")
        )?;
    }
    for CopyConfig { to, schedule, keep: KeepRule { daily, weekly, monthly }, encrypt_to } in &config.copies {
        writeln!(out, "copy       {to}, {schedule} ({})", schedule.in_words())?;
        writeln!(out, "           stay: {daily} daily, {weekly} weekly, {monthly} monthly")?;
        if let Some(recipients) = encrypt_to {
            writeln!(out, "           encrypted for {recipients}")?;
        }
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
    if account.shrunk_share != ShrunkShare::default() {
        writeln!(out, "shrunk     when {} of a text are lost", account.shrunk_share)?;
    }
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

/// Writes what the platform answered.
pub(super) fn write_online(online: &OnlineCheck, out: &mut impl Write) -> io::Result<()> {
    for answer in &online.accounts {
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
    for place in &online.places {
        match &place.error {
            Some(error) => writeln!(out, "\ncopies     {error}")?,
            None => writeln!(out, "\ncopies     {}: a file was written, read back and removed", place.place)?,
        }
    }
    Ok(())
}
