//! `draftkeep init`: from nothing to a configuration that works, in one conversation.
//!
//! The answers are tested with the platform before anything is written: a wrong secret leaves nothing behind.

mod input;
mod writer;

use std::io::Write as _;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};

use serde_json::json;

use self::input::InitInput;
pub(super) use self::input::hidden;
use self::writer::{InitWriter, SecretPlace};
use super::context::CommandContext;
use super::error::{CommandError, Exit};
use super::probe::{self, ProbeResult};
use crate::config::{Account, Config, ConfigTemplate, Credentials, DraftSelection, SecretSource};
use crate::model::AccountName;

/// Write the first configuration: ask for one account, test it, and print the next command
///
/// In a terminal, asks for everything that no option gives; otherwise the options must give everything. The secret is read
/// without echo, or from a file, and is never written to the configuration: for the service, systemd stores it encrypted if it
/// can, otherwise it is stored in a file that the service may read. Nothing is overwritten.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  sudo draftkeep init                for the service: /etc/draftkeep/config.toml
  draftkeep init --config mag/config.toml
  draftkeep init --config mag.toml --name mag --appid wx0123456789abcdef \\
    --secret-file - < secret         without a terminal")]
pub(super) struct Init {
    /// Your own name for the account: 1 to 32 characters of a-z, 0-9, _ and -
    #[arg(long)]
    name: Option<AccountName>,
    /// The account's AppID (开发者ID)
    #[arg(long, value_parser = |text: &str| crate::config::appid(text).map(|()| text.to_owned()))]
    appid: Option<String>,
    /// Read the AppSecret from this file; - is stdin
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// Watch only these drafts, not the whole draft box: media_ids separated by commas
    #[arg(long, value_name = "MEDIA_ID", value_delimiter = ',')]
    drafts: Option<Vec<String>>,
    /// Path of the archive [default: the service's, else archive.db beside the configuration]
    #[arg(long, value_name = "PATH")]
    archive: Option<PathBuf>,
    /// Base URL of the API, for a relay or the simulator
    #[arg(long, value_name = "URL")]
    api_base: Option<String>,
    /// Store the secret in a file even if systemd could store it encrypted
    #[arg(long)]
    plain_secret: bool,
    /// Do not test the account with the platform
    #[arg(long)]
    offline: bool,
}

impl Init {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let path = context.config.as_path();
        refuse_existing(path)?;
        let writer = InitWriter::prepare(path, self.plain_secret)?;
        let input = InitInput::ask(&self)?;
        let place = writer.secret_place(&input.name)?;
        let archive = self.archive.clone().unwrap_or_else(|| writer.archive());
        let source = place.source();
        let beginning = ConfigTemplate {
            archive: &archive,
            name: &input.name,
            appid: &input.appid,
            secret: &source,
            drafts: &input.drafts,
            api_base: self.api_base.as_deref(),
        };
        let text = beginning.text();
        let config = Config::from_text(path, &text)?;
        let answer = if self.offline { None } else { Some(try_out(&config, &input, context)?) };
        writer.write(path, &text, &place, &input.secret)?;
        print(context, &writer, &place, &config, answer.as_ref())?;
        Ok(answer.map_or(Exit::Done, |answer| probe::exit(&[answer])))
    }
}

fn refuse_existing(path: &Path) -> Result<(), CommandError> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let message = format!("there is a configuration already: {}", path.display());
    let more = "One more account is one more [[account]] in it (docs/configuration.md); then: draftkeep config check";
    Err(CommandError::new(Exit::Usage, message).hint(more).hint("Another one: draftkeep init --config PATH"))
}

/// Tests the account with the secret as typed. The secret is in an unnamed file meanwhile, which disappears with the process.
/// A mistyped value is an error here; what must be fixed elsewhere (the whitelist, the network) is reported later.
fn try_out(config: &Config, input: &InitInput, context: &CommandContext) -> Result<ProbeResult, CommandError> {
    // A file system in memory, where there is one.
    let memory = Path::new("/dev/shm");
    let directory = if memory.is_dir() { memory.to_owned() } else { std::env::temp_dir() };
    let cannot = |error| CommandError::new(Exit::Failed, "the account cannot be tried out").because(&error);
    let mut file = tempfile::tempfile_in(directory).map_err(cannot)?;
    file.write_all(input.secret.expose().as_bytes()).map_err(cannot)?;
    let account = config.accounts.first().cloned();
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    let credentials = Credentials::Secret(SecretSource::File(path));
    let Some(account) = account.map(|account| Account { credentials, ..account }) else {
        return Err(CommandError::new(Exit::Usage, "the configuration has no account"));
    };
    context.ui.status("Asking the platform …");
    let mut answers = super::runtime::block_on(probe::probe(&[account], &config.archive, &context.clock))??;
    let Some(answer) = answers.pop() else {
        return Err(CommandError::new(Exit::Usage, "the configuration has no account"));
    };
    match &answer.error {
        Some(error) if answer.is_user_error => {
            Err(CommandError::new(Exit::Refused, error).hint("Nothing was written; type it once more: draftkeep init"))
        }
        _ => Ok(answer),
    }
}

fn print(
    context: &CommandContext,
    writer: &InitWriter,
    place: &SecretPlace,
    config: &Config,
    answer: Option<&ProbeResult>,
) -> Result<(), CommandError> {
    let path = config.path.display();
    let next = match (answer.and_then(|answer| answer.error.as_ref()), writer.is_for_the_service()) {
        (Some(_), _) => "draftkeep config check --online",
        (None, true) => "systemctl enable --now draftkeep",
        (None, false) => "draftkeep run",
    };
    if context.ui.json {
        return context.ui.document(&json!({
            "config": config.path,
            "archive": config.archive,
            "account": config.accounts.first().map(|account| account.name.as_str()),
            "secret_file": place.file(),
            "credential": place.credential(),
            "online": answer,
            "next": next,
        }));
    }
    context.ui.status(&format!("Wrote {path}"));
    context.ui.status(&format!("Wrote the secret: {}", place.in_words()));
    match answer {
        Some(ProbeResult { error: Some(error), .. }) => {
            context.ui.warning(&format!("the account is not let in yet: {error}"));
        }
        Some(ProbeResult { account, drafts, .. }) => {
            context
                .ui
                .status(&format!("The platform lets {account} in; drafts in the box: {}", drafts.unwrap_or_default()));
        }
        None => {}
    }
    context.ui.hint(&format!("Next: {next}"));
    Ok(())
}

/// Reads a list of media_ids, separated by commas or spaces; `all` or nothing means the whole box.
fn drafts(words: &[String]) -> Result<DraftSelection, &'static str> {
    let ids: Vec<&str> = words.iter().flat_map(|word| word.split([',', ' '])).filter(|id| !id.is_empty()).collect();
    if ids.is_empty() || ids == ["all"] {
        return Ok(DraftSelection::All);
    }
    ids.iter().try_for_each(|id| crate::config::media_id(id))?;
    Ok(DraftSelection::Listed(ids.into_iter().map(crate::model::MediaId::new).collect()))
}
