//! `draftkeep gate`: what programs write.

mod approval;
mod writes;

use clap::Subcommand;

use super::context::CommandContext;
use super::error::{CommandError, Exit};

/// Programs that write drafts: what they asked for
///
/// docs/gate.md says how.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  draftkeep gate list --held                  which writes wait for a yes
  draftkeep gate show 12                      what would write 12 change?
  draftkeep gate approve 12                   yes, write it
  draftkeep gate deny 12                      no")]
pub(super) enum GateCommand {
    List(writes::WriteList),
    Show(writes::ShowWrite),
    Approve(approval::Approve),
    Deny(approval::Deny),
}

impl GateCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        match self {
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Approve(approve) => approve.run(context),
            Self::Deny(deny) => deny.run(context),
        }
    }
}
