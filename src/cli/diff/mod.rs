//! `draftkeep diff`: what changed between two versions of a draft.

mod human;
mod json;
mod picture;

use super::draft_ref::{VersionKey, VersionRef};
use super::times::local_exactly;
use super::{ArchivePath, CommandContext, CommandError, Exit, lookup, show};
use crate::archive::{Draft, Version};
use crate::diff::{self, Content};
use crate::invocation::for_the_shell;

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
    /// The draft: its number, media_id (or the first 8 characters), or title (or a part); @A behind it names the version to begin with
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

/// Two versions of one draft, in the order they are compared in.
struct Compared<'a> {
    draft: &'a Draft,
    from: Version,
    to: Version,
    diff: diff::Diff,
}

impl Diff {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let draft = lookup::draft(&reader, &self.from.draft)?;
        let (from, to) = self.numbers(&reader.version_numbers(draft.id)?)?;
        let from = lookup::version(&reader, &draft, from)?;
        let to = lookup::version(&reader, &draft, to)?;
        let read = |version: &Version| {
            let document = lookup::document(&reader, &draft, version)?;
            Content::read(&document).map_err(|error| lookup::unreadable(&draft, version.number, show::damaged(&error)))
        };
        let diff = diff::between(&read(&from)?, &read(&to)?);
        let compared = Compared { draft: &draft, from, to, diff };
        if context.ui.json {
            context.ui.document(&json::document(&compared))?;
            return Ok(Exit::Done);
        }
        context.ui.status(&compared.caption());
        match (compared.diff.is_empty(), self.stat) {
            (true, _) if compared.from.number == compared.to.number => {
                context.ui.status("Nothing differs: it is the same version twice.");
            }
            (true, _) => context.ui.status("Nothing differs."),
            (false, true) => human::stat(&context.ui, &compared.diff)?,
            (false, false) => context.ui.content(&human::text(&context.ui, &compared.diff))?,
        }
        Ok(Exit::Done)
    }

    /// Finds the numbers of the two versions that are meant, in all, newest first.
    fn numbers(&self, all: &[u64]) -> Result<(u64, u64), CommandError> {
        let VersionRef { draft, version } = &self.from;
        let is_newest_alone = self.to.is_none() && *version == VersionKey::Back(0);
        let from = if is_newest_alone { VersionKey::Back(1) } else { *version };
        if let ([only], true) = (all, is_newest_alone) {
            let message = format!("draft {draft} has version {only} only, and none to compare it with");
            let see = format!("See it: draftkeep show {}", for_the_shell(&draft.to_string()));
            return Err(CommandError::new(Exit::NotFound, message).hint(see));
        }
        let to = self.to.unwrap_or(VersionKey::Back(0));
        Ok((lookup::number(all, from, draft)?, lookup::number(all, to, draft)?))
    }
}

impl Compared<'_> {
    fn caption(&self) -> String {
        let Draft { account, id, .. } = self.draft;
        let version =
            |version: &Version| format!("version {} ({})", version.number, local_exactly(version.observed_at));
        format!("{account}/{id}, from {} to {}", version(&self.from), version(&self.to))
    }
}
