//! `draftkeep mcp`: the archive for agents.

use super::caller;
use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::runtime::block_on;
use crate::config::Config;
use crate::mcp::{self, WriteAccess};

/// Serve the archive to an agent: tools of the Model Context Protocol on stdin and stdout
///
/// Agents can list drafts, read their versions, compare them, and search them. They write drafts only where the configuration lets them:
/// gate = { allow = [...] } of an account. An agent starts this command itself.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  claude mcp add draftkeep -- draftkeep mcp
  draftkeep mcp --archive archive.db")]
pub(super) struct Mcp {
    #[command(flatten)]
    archive: ArchivePath,
}

impl Mcp {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        // The first mistake is told here, and not to the agent.
        let archive = context.reader(&self.archive)?.path().to_owned();
        let writes = self.writes(context)?;
        match block_on(mcp::serve(archive, writes))? {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(CommandError::of(Exit::Failed, &error)
                .hint("An agent starts this command and speaks to it; see docs/mcp.md")),
        }
    }

    /// Returns what is needed to write, if an account lets programs write. An archive that is named has no configuration.
    fn writes(&self, context: &CommandContext) -> Result<Option<WriteAccess>, CommandError> {
        if self.archive.archive.is_some() {
            return Ok(None);
        }
        let config = Config::load_without_secrets(&context.config)?;
        if config.accounts.iter().all(|account| account.gate.allow.is_empty()) {
            return Ok(None);
        }
        context.ui.log()?;
        context.rename_accounts(&config)?;
        // A mistake in it is told here, and not to the agent.
        context.configuration()?;
        let (config, clock) = (context.config.clone(), context.clock.clone());
        Ok(Some(WriteAccess { config, clock, user: caller::user_name() }))
    }
}
