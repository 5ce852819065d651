//! `draftkeep import`: an archive out of a tree of files.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::export::{MOST_SHOWN, counts, in_words};
use super::verify::bar;
use crate::archive::{DaemonLock, Writer};
use crate::export::{Count, ExportTree, Imported, Renumbered, SkippedItem};
use crate::model::counted;
use crate::sanitize;

/// Build an archive from an exported tree
///
/// Every version is verified before it is written: its document must have the hash that names it. An existing archive gets the
/// drafts and versions that it does not have; a draft with other versions than in the archive is skipped. Nothing in the
/// archive is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A daemon must not run meanwhile.
What is not as it was written is told by name and left out.

Examples:
  draftkeep import kept --archive again.db
  draftkeep import kept              into the archive of the configuration")]
pub(super) struct Import {
    /// Directory of the tree
    #[arg(value_name = "DIR")]
    directory: PathBuf,
    /// Write to this archive, which is created if needed; no configuration is needed then
    #[arg(long, value_name = "PATH")]
    archive: Option<PathBuf>,
}

impl Import {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let found = ExportTree::at(&self.directory)?;
        let path = context.archive(&ArchivePath { archive: self.archive })?;
        let _lock = DaemonLock::acquire(&path)?;
        let mut writer = Writer::open(&path)?;
        context.warn_of_foreign_journal(writer.moved_journal());
        let bar = bar(context)?;
        let imported = found.import(&mut writer, context.clock.now(), &mut |progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.drafts);
            bar.set_message(counted(progress.versions, "version"));
        });
        bar.finish_and_clear();
        let imported = imported?;
        for warning in imported.refused.iter().take(MOST_SHOWN).map(left_out) {
            context.ui.warning(&warning);
        }
        for renumbered in imported.renumbered.iter().take(MOST_SHOWN) {
            context.ui.warning(&another_number(renumbered));
        }
        if context.ui.json {
            context.ui.document(&document(&imported))?;
        } else {
            print(context, &imported);
        }
        Ok(match (imported.refused.is_empty(), imported.there.drafts == 0) {
            (true, _) => Exit::Done,
            (false, false) => Exit::Partly,
            (false, true) => Exit::Failed,
        })
    }
}

fn left_out(SkippedItem { path, reason }: &SkippedItem) -> String {
    // Both hold what stands in the tree.
    format!("left out: {}: {}", sanitize::line(&path.display().to_string()), sanitize::line(reason))
}

fn another_number(Renumbered { account, media_id, from, to }: &Renumbered) -> String {
    format!("{account}/{media_id} is draft {to} here, because draft {from} is another one")
}

fn print(context: &CommandContext, imported: &Imported) {
    context.ui.status(&format!("Of the tree the archive holds {}", in_words(&imported.there)));
    context.ui.status(&match imported.new {
        new if new == Count::default() => "Nothing was new.".to_owned(),
        new => format!("New: {}", in_words(&new)),
    });
    if imported.refused.len() > MOST_SHOWN {
        context.ui.hint("See all that was left out: --json");
    } else if imported.new.versions > 0 {
        context.ui.hint("Prove the archive: draftkeep verify");
    }
}

fn document(imported: &Imported) -> Value {
    let renumbered = |Renumbered { account, media_id, from, to }: &Renumbered| json!({"account": account, "media_id": media_id, "from": from, "to": to});
    let refused =
        |SkippedItem { path, reason }: &SkippedItem| json!({"path": path.display().to_string(), "reason": reason});
    json!({
        "there": counts(&imported.there),
        "new": counts(&imported.new),
        "renumbered": imported.renumbered.iter().map(renumbered).collect::<Vec<_>>(),
        "refused": imported.refused.iter().map(refused).collect::<Vec<_>>(),
    })
}
