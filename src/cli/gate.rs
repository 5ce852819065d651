//! `draftkeep gate`: what programs write, and which may.

mod approval;
mod tokens;
mod writes;

use clap::Subcommand;

use super::context::CommandContext;
use super::error::{CommandError, Exit};

/// Programs that write drafts: what they asked for, and their tokens
///
/// A program that has a token reads and writes the draft box of one account over HTTP, where the configuration says that the gate listens.
/// docs/gate.md says how.
#[derive(Debug, Subcommand)]
#[command(after_help = "\
Examples:
  draftkeep gate list --held                  which writes wait for a yes
  draftkeep gate show 12                      what would write 12 change?
  draftkeep gate approve 12                   yes, write it
  draftkeep gate deny 12                      no
  draftkeep gate token --account mag --name publisher --allow create,update
  draftkeep gate tokens                       which tokens there are
  draftkeep gate revoke publisher             it opens nothing any more")]
pub(super) enum GateCommand {
    List(writes::WriteList),
    Show(writes::ShowWrite),
    Approve(approval::Approve),
    Deny(approval::Deny),
    Token(tokens::NewToken),
    Tokens(tokens::TokenList),
    Revoke(tokens::Revoke),
}

impl GateCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        match self {
            Self::List(list) => list.run(context),
            Self::Show(show) => show.run(context),
            Self::Approve(approve) => approve.run(context),
            Self::Deny(deny) => deny.run(context),
            Self::Token(new) => new.run(context),
            Self::Tokens(list) => list.run(context),
            Self::Revoke(revoke) => revoke.run(context),
        }
    }
}
