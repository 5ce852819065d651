//! `draftkeep compact`: gives the room of what was pruned back to the disk.

use serde_json::json;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::output::size;
use super::verify::bar;
use crate::archive::{FileUse, Writer};
use crate::model::counted;

/// Give the room of what was removed back to the disk
#[derive(Debug, clap::Args)]
#[command(after_help = "\
What is pruned leaves free pages in the archive's file, which are used again.
This command gives them back. The daemon may run: each step is one short
transaction.

Examples:
  draftkeep compact
  draftkeep compact --json")]
pub(super) struct Compact {
    #[command(flatten)]
    archive: ArchivePath,
}

impl Compact {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let path = context.reader(&self.archive)?.path().to_owned();
        let mut writer = Writer::open(&path)?;
        let before = writer.file_use()?;
        if before.free > 0 {
            context.ui.status(&needs(&before));
            check_room(&writer, &before)?;
        }
        let after = give_back(context, &mut writer, before)?;
        if context.ui.json {
            context.ui.document(&json!({"before": before.bytes, "after": after.bytes, "freed": before.bytes.saturating_sub(after.bytes)}))?;
        } else if before.free == 0 {
            context.ui.status(&format!("The archive takes {}, and no page of it is free.", size(before.bytes)));
        } else {
            let freed = before.bytes.saturating_sub(after.bytes);
            context.ui.status(&format!(
                "The archive takes {}: {} went back to the disk.",
                size(after.bytes),
                size(freed)
            ));
        }
        Ok(Exit::Done)
    }
}

/// Says what will be done, and what it needs.
fn needs(found: &FileUse) -> String {
    let steps = counted(found.free.div_ceil(found.step), "step");
    format!(
        "The archive takes {}, {} of it free pages. They go back in {steps}; in each, other writers wait for some milliseconds. \
         Meanwhile up to {} of the disk are needed for the journal.",
        size(found.bytes),
        size(found.free),
        size(journal(found))
    )
}

/// Returns how large the journal becomes: it holds the pages that are moved, and what describes the free ones.
fn journal(found: &FileUse) -> u64 {
    2 * found.step
}

fn check_room(writer: &Writer, found: &FileUse) -> Result<(), CommandError> {
    let free = writer.disk_space()?.free;
    if free >= journal(found) {
        return Ok(());
    }
    let message = format!("the disk of the archive has {} left, and this needs {}", size(free), size(journal(found)));
    Err(CommandError::new(Exit::Failed, message).hint("Make room first; nothing was changed"))
}

/// Gives back what was free at the beginning, step by step.
fn give_back(context: &CommandContext, writer: &mut Writer, before: FileUse) -> Result<FileUse, CommandError> {
    let bar = bar(context)?;
    bar.set_length(before.free);
    let mut now = before;
    for _ in 0..before.free.div_ceil(before.step) {
        let next = writer.give_pages_back()?;
        if next.free >= now.free {
            break;
        }
        now = next;
        bar.set_position(before.free - now.free.min(before.free));
        bar.set_message(size(now.free));
    }
    bar.finish_and_clear();
    Ok(now)
}
