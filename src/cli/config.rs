//! `draftkeep config check`: is the file in order, and what does it mean?

mod human;
mod json;
mod online;

use std::path::Path;

use chrono::Local;

use self::human::write_online;
pub use self::human::write_text;
pub use self::json::write_json;
use self::online::OnlineCheck;
use super::accounts::{self, Recognised};
use super::context::CommandContext;
use super::error::{CommandError, Exit};
use crate::config::{Config, ConfigError, LoadedConfig};
use crate::copy;
use crate::delivery;
use crate::model::Timestamp;
use crate::schedule::Schedule;

/// How many of the next polls are shown.
const UPCOMING: usize = 3;

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
    /// Also ask the platform for a token and the number of drafts of each account, and try each place of copies
    #[arg(long)]
    online: bool,
}

impl Check {
    pub(super) fn run(&self, context: &CommandContext) -> Result<Exit, CommandError> {
        let outcome = load(&context.config)?;
        let online = match &outcome {
            Ok(loaded) if self.online => Some(OnlineCheck::run(&loaded.config, &context.clock)?),
            _ => None,
        };
        let recognised = outcome.as_ref().map_or_else(|_| Vec::new(), |loaded| compared(&loaded.config, context));
        let mut text = Vec::new();
        let now = context.clock.now();
        match context.ui.json {
            true => write_json(&outcome, &recognised, online.as_ref(), &context.config, now, &mut text)?,
            false => {
                write_text(&outcome, &recognised, now, &Local, &mut text)?;
                accounts::write(&recognised, &mut text)?;
                if let Some(online) = &online {
                    write_online(online, &mut text)?;
                }
            }
        }
        match context.ui.json {
            true => context.ui.json(String::from_utf8_lossy(&text).trim_end())?,
            false => context.ui.text(&String::from_utf8_lossy(&text))?,
        }
        Ok(match online {
            _ if outcome.is_err() || !accounts::all_ok(&recognised) => Exit::Usage,
            Some(online) => online.exit(),
            None => Exit::Done,
        })
    }
}

/// Reads the file, and what its targets are sent with. The daemon parks a target that cannot work, and starts all the same.
fn load(path: &Path) -> Result<Result<LoadedConfig, ConfigError>, CommandError> {
    let loaded = match Config::load(path) {
        Ok(loaded) => loaded,
        Err(error) => return Ok(Err(error)),
    };
    let mut issues = super::runtime::block_on(delivery::check_targets(&loaded.config))?;
    issues.extend(copy::check_directories(&loaded.config));
    Ok(if issues.is_empty() { Ok(loaded) } else { Err(loaded.refused(issues)) })
}

/// Compares with the archive. The file may be in order where that cannot be read, perhaps by this user.
fn compared(config: &Config, context: &CommandContext) -> Vec<Recognised> {
    accounts::compare(config).unwrap_or_else(|error| {
        context.ui.warning(&format!("names and appids are not compared with the archive: {error}"));
        Vec::new()
    })
}

/// Returns when the next polls are due.
fn upcoming(schedule: &Schedule, now: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(Some(schedule.next_after(now)), |last| Some(schedule.next_after(*last))).take(UPCOMING)
}
