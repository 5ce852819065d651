//! `draftkeep copy`: the archive at another place, and back.

mod errors;
mod fetch;
mod list;
mod make;
mod place;
mod progress;

use std::path::PathBuf;

use super::context::CommandContext;
use super::error::{CommandError, Exit};

/// Copy the archive to another place, read the copy back and prove it
///
/// The copy is a SQLite file, compressed with zstd. It is read back from the place and checked as `draftkeep verify` does. Where the
/// configuration has a table `copy` for the place, older copies that are not needed any more go then, and never before.
#[derive(Debug, clap::Args)]
#[command(
    subcommand_negates_reqs = true,
    after_help = "\
DEST is a directory or a bucket (s3://bucket/prefix), as written in the `to`
of a [[copy]] or another one. A directory has to be there, and is not the
archive's own. Without DEST, a copy is made at each [[copy]].
A daemon may run beside it, and goes on polling meanwhile.

Examples:
  draftkeep copy                          at every [[copy]], now
  draftkeep copy /mnt/usb
  draftkeep copy s3://my-bucket/draftkeep --encrypt-to age1…
  draftkeep copy list /mnt/usb
  draftkeep copy fetch /mnt/usb archive.db"
)]
pub(super) struct Copy {
    /// Where the copy is made
    #[arg(value_name = "DEST")]
    place: Option<String>,
    /// Copy this archive; no configuration is needed then
    #[arg(long, value_name = "PATH", global = true)]
    archive: Option<PathBuf>,
    /// Encrypt it for the key of this recipient: age1…, or a file with an
    /// OpenPGP key
    #[arg(long, value_name = "RECIPIENT")]
    encrypt_to: Vec<String>,
    #[command(subcommand)]
    command: Option<CopyCommand>,
}

#[derive(Debug, clap::Subcommand)]
enum CopyCommand {
    List(list::CopyList),
    Fetch(fetch::CopyFetch),
}

impl Copy {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        match self.command {
            None => {
                let recipients = match &self.encrypt_to[..] {
                    [] => None,
                    texts => Some(place::recipients(texts)?),
                };
                make::run(context, self.place.as_deref(), self.archive.as_deref(), recipients.as_ref())
            }
            Some(CopyCommand::List(list)) => list.run(context, self.archive.as_deref()),
            Some(CopyCommand::Fetch(fetch)) => fetch.run(context, self.archive.as_deref()),
        }
    }
}
