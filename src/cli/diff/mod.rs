//! `draftkeep diff`: what changed between two versions of a draft.

mod human;
mod picture;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::times::local_exactly;
use crate::archive::{Draft, Version};
use crate::compare::{self, CompareError, Comparison};
use crate::invocation::for_the_shell;
use crate::json;
use crate::lookup::{VersionKey, VersionRef};

/// Show what changed between two versions of a draft, by default the last two
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep diff 3                 what the newest version changed
  draftkeep diff 3@2               from version 2 to the newest
  draftkeep diff 3@2 @5            from version 2 to version 5
  draftkeep diff 3@-2 --stat       one line an article

[-removed-] and {+added+} stand in the text around them; long parts that did not
change are left out: […].")]
pub(super) struct Diff {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part); with @A, from that version
    #[arg(value_name = "DRAFT[@A]", allow_hyphen_values = true)]
    from: VersionRef,
    /// The version to end with [default: the newest]
    #[arg(value_name = "@B", value_parser = version)]
    to: Option<VersionKey>,
    /// Show one line an article, and a total
    #[arg(long)]
    stat: bool,
    #[command(flatten)]
    archive: ArchivePath,
}

fn version(text: &str) -> Result<VersionKey, String> {
    match text.strip_prefix('@') {
        Some(version) => version.parse(),
        None => Err("a version of the same draft is meant: @1, @2, or @-1 for the one before the newest".to_owned()),
    }
}

impl Diff {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let compared = compare::compare(&reader, &self.from, self.to).map_err(explained)?;
        context.warn_of_doubts(&compared.draft, [compared.doubt.clone()]);
        if context.ui.json {
            context.ui.document(&json::diff(&compared))?;
            return Ok(Exit::Done);
        }
        context.ui.status(&caption(&compared));
        match (compared.diff.is_empty(), self.stat) {
            (true, _) if compared.from.number == compared.to.number => {
                context.ui.status("Nothing differs: it is the same version twice.");
            }
            (true, _) => context.ui.status("Nothing differs."),
            (false, true) => human::stat(&context.ui, &compared.diff)?,
            (false, false) => print(&compared.diff, context)?,
        }
        Ok(Exit::Done)
    }
}

/// Prints changes as text.
pub(super) fn print(diff: &crate::diff::Diff, context: &CommandContext) -> Result<(), CommandError> {
    context.ui.content(&human::text(&context.ui, diff))
}

fn explained(error: CompareError) -> CommandError {
    match &error {
        CompareError::OnlyVersion { meant, .. } => CommandError::of(Exit::NotFound, &error)
            .hint(format!("See it: draftkeep show {}", for_the_shell(&meant.draft.to_string()))),
        CompareError::Lookup(_) => match error {
            CompareError::Lookup(error) => error.into(),
            error => CommandError::of(Exit::Failed, &error),
        },
    }
}

fn caption(compared: &Comparison) -> String {
    let Draft { account, id, .. } = &compared.draft;
    let version = |version: &Version| format!("version {} ({})", version.number, local_exactly(version.observed_at));
    format!("{account}/{id}, from {} to {}", version(&compared.from), version(&compared.to))
}
