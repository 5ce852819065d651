//! `draftkeep mcp`: the archive for agents.

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::runtime::block_on;
use crate::mcp;

/// Let an agent read the archive: tools of the Model Context Protocol on stdin and stdout
///
/// Agents can list drafts, read their versions, compare them, and search them. They cannot write anything. An agent starts this command itself.
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
        match block_on(mcp::serve(archive))? {
            Ok(()) => Ok(Exit::Done),
            Err(error) => Err(CommandError::of(Exit::Failed, &error)
                .hint("An agent starts this command and speaks to it; see docs/mcp.md")),
        }
    }
}
