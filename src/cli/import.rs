//! `draftkeep import`: a tree of files, or another archive, into the archive.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::export::{MOST_SHOWN, counts, in_words};
use super::import_archive::ArchiveImport;
use super::verify::bar;
use crate::archive::{DaemonLock, Writer};
use crate::export::{Count, ExportTree, Imported, Renumbered, SkippedItem};
use crate::model::counted;
use crate::sanitize;

/// Bring an exported tree or another archive into the archive
///
/// A tree: an existing archive gets the drafts and versions that it does not have; a draft with other versions than in the archive is
/// skipped. An archive, or a copy of one as it lies (.zst, .gz): what it has and this one has not comes over, versions, pictures, pins,
/// events and restores; a plan is printed, and carried out with --apply. Every version is verified before it is written: its document must
/// have the hash that names it. Nothing in the archive is changed, and no version gets another number.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A daemon must not run meanwhile; while another archive is merged, no poll and no
restore either.
What is not as it was written is told by name and left out. Versions of the
other archive that are older than the newest here stay behind, and the plan
names them: merge the younger archive into the older one.

Examples:
  draftkeep import kept --archive again.db
  draftkeep import kept              into the archive of the configuration
  draftkeep import old.db            what would come over from another archive
  draftkeep import old.db --apply    bring it over")]
pub(super) struct Import {
    /// Directory of a tree, or file of an archive
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Write to this archive, which is created if needed; no configuration is needed then
    #[arg(long, value_name = "PATH")]
    archive: Option<PathBuf>,
    /// Merge the other archive; without it, only the plan is printed. A tree needs none
    #[arg(long)]
    apply: bool,
}

impl Import {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let is_named = self.archive.is_some();
        if self.path.is_dir() {
            return self.import_tree(context);
        }
        let archive = context.archive(&ArchivePath { archive: self.archive })?;
        ArchiveImport { given: &self.path, archive, is_named, apply: self.apply }.run(context)
    }

    fn import_tree(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let found = ExportTree::at(&self.path)?;
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
