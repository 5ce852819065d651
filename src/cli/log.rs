//! `draftkeep log`: the versions of one draft.

mod human;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::list::title;
use crate::archive::{Draft, Error, Reader};
use crate::json;
use crate::lookup::{self, DraftRef};
use crate::timeline::{self, Marks};

/// How many versions are shown without `--limit`; each takes some milliseconds if the article is large.
const USUAL: usize = 100;

/// Show the versions of a draft, newest first, and what changed in each
#[derive(Debug, clap::Args)]
#[command(after_help = "\
SAVED is when the platform says that it was saved, OBSERVED when it was seen
first. Without --limit, the newest 100 are shown, and all with --json.

Examples:
  draftkeep log 3
  draftkeep log 3 --limit 10
  draftkeep log mag/Qm7xK2vTnS0b --json")]
pub(super) struct Log {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part); optionally ACCOUNT/ before it
    #[arg(allow_hyphen_values = true)]
    draft: DraftRef,
    /// Show only the newest N versions; 0 shows all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    archive: ArchivePath,
}

impl Log {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let draft = lookup::find_draft(&reader, &self.draft)?;
        let numbers = reader.version_numbers(draft.id)?;
        let shown = self.shown(numbers.len(), context);
        let marks = marks(&reader, &draft, context)?;
        let entries = timeline::entries(&reader, &draft, &numbers, shown, &marks, true)?;
        let damaged = entries.iter().filter(|entry| entry.held.is_err()).count();
        // Damaged versions say so themselves.
        let doubt = if damaged > 0 { reader.doubt_beside_versions(draft.id)? } else { reader.doubt_of(draft.id)? };
        context.warn_of_doubts(&draft, [doubt.clone()]);
        if context.ui.json {
            context.ui.document(&json::log(&entries, doubt.as_deref()))?;
        } else {
            context.ui.status(&format!("{}/{}, {}", draft.account, draft.id, title(&draft.title)));
            human::print(context, &entries, &marks.lost, shown == numbers.len())?;
        }
        match numbers.len() - shown {
            0 => {}
            more => context.ui.hint(&format!(
                "{more} older versions are not shown; to see all: draftkeep log {}/{} --limit 0",
                draft.account, draft.id
            )),
        }
        match damaged {
            0 => Ok(Exit::Done),
            damaged => Err(Error::Damaged(format!("{damaged} of {} versions cannot be read", entries.len())).into()),
        }
    }

    /// Returns how many of all versions are shown.
    fn shown(&self, all: usize, context: &CommandContext) -> usize {
        match self.limit {
            Some(0) => all,
            Some(limit) => limit.min(all),
            None if context.ui.json => all,
            None => USUAL.min(all),
        }
    }
}

/// Returns which versions were made by restores, and which are pinned. If these records are damaged, the versions are shown without them.
fn marks(reader: &Reader, draft: &Draft, context: &CommandContext) -> Result<Marks, CommandError> {
    match timeline::marks(reader, draft) {
        Err(Error::Damaged(reason)) => {
            context.warn_of_damage(&format!(
                "which versions restores made, and which are pinned, cannot be read: {reason}; \
                 see what to do: draftkeep verify"
            ));
            Ok(Marks::default())
        }
        marks => Ok(marks?),
    }
}
