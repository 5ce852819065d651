//! `draftkeep web`: who may see the pages.

use std::io::{BufRead, IsTerminal};

use chrono::TimeDelta;
use clap::Subcommand;
use serde_json::json;

use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::init::hidden;
use crate::archive::{self, Writer};
use crate::config::{Config, WebConfig};
use crate::lookup::{self, VersionRef};
use crate::model::{Timestamp, counted, rfc3339};
use crate::token;
use crate::web::{password, shared_link};

/// How long a link for one login may be used.
pub(super) const LINK_TTL: TimeDelta = TimeDelta::minutes(10);

/// Access to the pages for editors
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  draftkeep web link                           an address for one login
  draftkeep web password > web.password        the password of all editors
  draftkeep web logout --all                   end every session")]
pub(super) enum WebCommand {
    Link(Link),
    Password(Password),
    Logout(Logout),
}

/// Print an address that logs one person in to the pages, once, within ten minutes
///
/// With --draft, print one that shows a single change without a login, as long as web.link_ttl in the configuration says.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep web link                    an address for one login
  draftkeep web link --draft mag/7      shows what the newest version changed
  draftkeep web link --draft mag/7@3    shows what version 3 changed")]
pub(super) struct Link {
    /// Show what this version changed, and nothing else, to whoever has the link
    #[arg(long, value_name = "DRAFT[@N]")]
    draft: Option<VersionRef>,
}

/// Ask for the editors' password, and print the hash that the configuration needs
#[derive(Debug, clap::Args)]
#[command(after_help = "\
The password is read from the terminal, or from the first line of stdin.

Examples:
  draftkeep web password > /etc/draftkeep/web.password
  pass show drafts | draftkeep web password > web.password

Then, in the configuration:
  [web]
  password = { file = \"web.password\" }")]
pub(super) struct Password {}

/// End the sessions of the pages, and make all links useless
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep web logout --all")]
pub(super) struct Logout {
    /// All of them
    #[arg(long, required = true)]
    all: bool,
}

impl WebCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        match self {
            Self::Link(Link { draft: None }) => link(context),
            Self::Link(Link { draft: Some(shown) }) => shared_link(&shown, context),
            Self::Password(_) => ask_password(context),
            Self::Logout(_) => log_out(context),
        }
    }
}

fn link(context: &CommandContext) -> Result<Exit, CommandError> {
    let config = Config::load_without_secrets(&context.config)?;
    let (_, url) = pages(&config)?;
    let expires_at = context.clock.now() + LINK_TTL;
    let link = new_link(&mut writer(context, &config)?, &url, context)?;
    print(&link, expires_at, "It logs one person in, once, within ten minutes.", context)
}

/// Prints a link that shows what a version changed.
fn shared_link(shown: &VersionRef, context: &CommandContext) -> Result<Exit, CommandError> {
    let config = Config::load_without_secrets(&context.config)?;
    let (web, url) = pages(&config)?;
    let ttl = web.link_ttl.ok_or_else(|| {
        CommandError::new(Exit::Usage, "the configuration allows no links without a login")
            .hint("Allow them, then reload the daemon: link_ttl = \"72h\" under [web]")
    })?;
    let reader = context.reader_at(&config.archive)?;
    let draft = lookup::find_draft(&reader, &shown.draft)?;
    let numbers = reader.version_numbers(draft.id)?;
    let to = lookup::version_number(&reader, &draft, &numbers, shown.version, &shown.draft)?;
    let from = numbers.iter().copied().filter(|number| *number < to).max().unwrap_or(to);
    let now = context.clock.now();
    let path = shared_link::new_path(&config.archive, draft.id, [from, to], ttl, now)?;
    let what = "It shows this change to whoever has it, without a login.";
    print(&format!("{url}{path}"), now + ttl, what, context)
}

/// Returns the pages' part of the configuration, and their address.
fn pages(config: &Config) -> Result<(&WebConfig, String), CommandError> {
    let web = config.web.as_ref().ok_or_else(|| {
        CommandError::new(Exit::Usage, "the configuration has no [web], so there are no pages")
            .hint("Add it, then reload the daemon: draftkeep config check")
    })?;
    let url = web.url().ok_or_else(|| {
        CommandError::new(Exit::Usage, "nothing says at which address browsers find the pages")
            .hint("Add web.public_url to the configuration, then: draftkeep config check")
    })?;
    Ok((web, url))
}

fn print(link: &str, expires_at: Timestamp, what: &str, context: &CommandContext) -> Result<Exit, CommandError> {
    if context.ui.json {
        context.ui.document(&json!({"link": link, "expires_at": rfc3339(expires_at)}))?;
        return Ok(Exit::Done);
    }
    context.ui.text(&format!("{link}\n"))?;
    context.ui.status(what);
    Ok(Exit::Done)
}

/// Makes a link for one login at the pages of this address.
pub(super) fn new_link(writer: &mut Writer, url: &str, context: &CommandContext) -> Result<String, CommandError> {
    let (secret, hash) = token::new()
        .map_err(|error| CommandError::new(Exit::Failed, "the system gives no random numbers").because(&error))?;
    let now = context.clock.now();
    writer.create_web_link(hash, now + LINK_TTL, now)?;
    Ok(format!("{url}/login?link={secret}"))
}

fn log_out(context: &CommandContext) -> Result<Exit, CommandError> {
    let config = Config::load_without_secrets(&context.config)?;
    let ended = writer(context, &config)?.end_all_web_sessions()?;
    archive::remove_link_key(&config.archive)?;
    if context.ui.json {
        context.ui.document(&json!({"ended": ended}))?;
    } else {
        context.ui.status(&format!("{} ended.", counted(ended, "session")));
    }
    Ok(Exit::Done)
}

/// Opens the archive to write to. One that is not there is not made: without the daemon, nobody could use the link.
fn writer(context: &CommandContext, config: &Config) -> Result<Writer, CommandError> {
    drop(context.reader_at(&config.archive)?);
    Ok(Writer::open(&config.archive)?)
}

fn ask_password(context: &CommandContext) -> Result<Exit, CommandError> {
    let password = match std::io::stdin().is_terminal() {
        true => hidden("Password for the pages")?,
        false => first_line()?,
    };
    if password.chars().count() < password::SHORTEST {
        let rule = format!("the password has fewer than {} characters, and could be guessed", password::SHORTEST);
        return Err(CommandError::new(Exit::Usage, rule).hint("Choose a longer one, for example four words"));
    }
    let hash = password::hash(&password)
        .map_err(|error| CommandError::new(Exit::Failed, format!("the password cannot be hashed: {error}")))?;
    if context.ui.json {
        context.ui.document(&json!({"hash": hash}))?;
        return Ok(Exit::Done);
    }
    context.ui.text(&format!("{hash}\n"))?;
    Ok(Exit::Done)
}

fn first_line() -> Result<String, CommandError> {
    let mut line = String::new();
    std::io::stdin()
        .lock()
        .read_line(&mut line)
        .map_err(|error| CommandError::new(Exit::Failed, "the password cannot be read from stdin").because(&error))?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}
