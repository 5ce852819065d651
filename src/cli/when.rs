//! `draftkeep when`: in which versions a sentence came and went.

use std::ops::RangeInclusive;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::search;
use super::times::local_exactly;
use crate::full_text::{self, Appearance, Appearances};
use crate::json;
use crate::lookup::{self, DraftRef};
use crate::model::{DraftState, Timestamp};
use crate::search::Query;

/// Tell when a sentence came into a draft, and when it went
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep when 3 \"凌晨四点的菜市场\"
  draftkeep when mag/3 \"hello world\" --json")]
pub(super) struct When {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part)
    #[arg(value_name = "DRAFT", allow_hyphen_values = true)]
    draft: DraftRef,
    /// What it said, within one paragraph
    #[arg(value_name = "SENTENCE", allow_hyphen_values = true)]
    sentence: String,
    #[command(flatten)]
    archive: ArchivePath,
}

impl When {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let phrase = Query::sentence(&self.sentence).map_err(|error| CommandError::of(Exit::Usage, &error))?;
        let reader = context.reader(&self.archive)?;
        let draft = lookup::find_draft(&reader, &self.draft)?;
        let mut searcher = search::open(context, &reader, false)?;
        let said = full_text::when(&reader, &mut searcher, draft.id, &phrase)?;
        context.warn_of_doubts(&draft, [said.doubt.clone()]);
        search::warn_of_unread(context, said.unread);
        if context.ui.json {
            context.ui.document(&json::when(&draft, &self.sentence, &said))?;
            return Ok(exit(&said));
        }
        for one @ Appearance { went, .. } in &said.all {
            let went = match (went, draft.state) {
                (Some(went), _) if let Some(pruned) = &one.pruned_after => {
                    format!("went between version {} and {}; {} pruned", one.last, version(*went), numbers(pruned))
                }
                (Some(went), _) => format!("went with {}", version(*went)),
                (None, DraftState::Live) => format!("still there in version {}", said.newest),
                (None, state) => format!("in the newest version, {}; the draft is {}", said.newest, state.as_str()),
            };
            context.ui.text(&format!("{}, {went}\n", came(one)))?;
        }
        if said.all.is_empty() {
            context.ui.status("No version of the draft says that.");
            context.ui.hint("Look in all drafts: draftkeep search WORDS");
        }
        Ok(exit(&said))
    }
}

fn exit(said: &Appearances) -> Exit {
    if said.all.is_empty() { Exit::NotFound } else { Exit::Done }
}

fn came(Appearance { came, pruned_before, .. }: &Appearance) -> String {
    match pruned_before {
        Some(pruned) => format!("in {} already; {} pruned", version(*came), numbers(pruned)),
        None => format!("came with {}", version(*came)),
    }
}

/// `1–19 were`, `4 was`.
fn numbers(pruned: &RangeInclusive<u64>) -> String {
    match (pruned.start(), pruned.end()) {
        (first, last) if first == last => format!("{first} was"),
        (first, last) => format!("{first}–{last} were"),
    }
}

fn version((number, at): (u64, Option<Timestamp>)) -> String {
    let at = at.map_or_else(String::new, |at| format!(" ({})", local_exactly(at)));
    format!("version {number}{at}")
}
