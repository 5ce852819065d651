//! `draftkeep verify`: is everything that is kept still what it was?

use std::ops::ControlFlow;
use std::path::Path;

use indicatif::{ProgressBar, ProgressStyle};
use owo_colors::Style;
use serde_json::{Value, json};

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::output::size;
use super::table::{Align, Column, TableRow};
use crate::archive::{self, DaemonLock, Damage, DamageKind};
use crate::full_text;
use crate::invocation::NEW_ARCHIVE;
use crate::invocation::for_the_shell;
use crate::model::{Timestamp, counted};
use crate::verify::{self, Progress, SampleRate, VerifyReport};

/// Check the archive: recompute the hash of every version and picture and the checksum of every row, check what the views show and
/// the records of polls, calls and restores, and run SQLite's integrity check
#[derive(Debug, clap::Args)]
#[command(after_help = "\
It only reads, and a daemon may run beside it.
What is damaged is told by name, and stops nothing else from being looked at.

Examples:
  draftkeep verify
  draftkeep verify --sample 5%       some drafts, others each time
  draftkeep verify --json --archive /mnt/copy/archive.db")]
pub(super) struct Verify {
    /// Check the documents of only this share of the drafts, chosen at random
    #[arg(long, value_name = "N%", value_parser = percent)]
    sample: Option<u8>,
    #[command(flatten)]
    archive: ArchivePath,
}

fn percent(text: &str) -> Result<u8, &'static str> {
    let number = text.strip_suffix('%').unwrap_or(text).trim_end();
    number.parse().ok().filter(|percent| (1..=100).contains(percent)).ok_or("a share is 1% to 100%")
}

impl Verify {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let path = context.archive(&self.archive)?;
        let bar = bar(context)?;
        let share = self.share(context.clock.now());
        let proof = context
            .reader_at(&path)
            .and_then(|reader| verify::verify(&reader, share, &mut |progress| show(&bar, progress)));
        bar.finish_and_clear();
        let mut proof = match proof {
            Ok(proof) => proof,
            Err(error) => return self.unreadable(context, &path, error),
        };
        if proof.is_ok() && share == SampleRate::Whole {
            proof.search_index = self.prove_search_index(context, &path)?;
        }
        if let Some(reason) = &proof.search_index {
            context.ui.warning(&about_search_index(reason));
            context.ui.hint("Make it again: draftkeep search --rebuild");
        }
        proof.added.iter().for_each(|object| context.ui.warning(&about_added(object)));
        match self.print(context, &proof, &path) {
            // The reader left, as in `draftkeep verify | head -1`; whoever asks for the exit code is still there.
            Err(error) if error.exit == Exit::Done => {}
            printed => printed?,
        }
        Ok(if proof.is_ok() { Exit::Done } else { Exit::Damaged })
    }

    /// Returns what is wrong with the index of the search. The archive is whole without it.
    fn prove_search_index(&self, context: &CommandContext, path: &Path) -> Result<Option<String>, CommandError> {
        let bar = bar(context)?;
        let mut on_progress = |versions| {
            bar.set_message(format!("the index of the search, {}", counted(versions, "version")));
            ControlFlow::Continue(())
        };
        let proof = full_text::prove(&context.reader_at(path)?, &mut on_progress);
        bar.finish_and_clear();
        // It cannot be proven, for example because there is no room for another one: it is not proven, then.
        Ok(proof.unwrap_or_else(|error| Some(format!("it could not be proven: {error}"))))
    }

    /// Reports an archive of which nothing can be checked. The JSON document is the same as for other damage.
    fn unreadable(&self, context: &CommandContext, path: &Path, error: archive::Error) -> Result<Exit, CommandError> {
        let reason = error.to_string();
        let error = match error {
            archive::Error::Damaged(_) => CommandError::new(Exit::Damaged, &reason)
                .hint(keep_a_copy(path))
                .hint("SQLite can read nothing of it. See what is left: draftkeep repair --to NEW. Or put a backup in its place: draftkeep import-backup FILE"),
            error => self.archive.explain(error),
        };
        if error.exit != Exit::Damaged || !context.ui.json {
            return Err(error);
        }
        let file = Damage::new(DamageKind::Database, path.display().to_string(), reason);
        context.ui.document(&self.document(&VerifyReport { damaged: vec![file], ..VerifyReport::default() }))?;
        Ok(Exit::Damaged)
    }

    fn print(&self, context: &CommandContext, proof: &VerifyReport, path: &Path) -> Result<(), CommandError> {
        if context.ui.json {
            return context.ui.document(&self.document(proof));
        }
        if proof.is_ok() {
            return context.ui.text(&self.proven(proof));
        }
        print_damages(context, "DAMAGED", &proof.damaged, "draftkeep verify --json")?;
        context.ui.text(&format!("\n{}", self.found(proof)))?;
        advise(context, proof, path);
        Ok(())
    }

    fn share(&self, now: Timestamp) -> SampleRate {
        match self.sample {
            None | Some(100) => SampleRate::Whole,
            Some(percent) => SampleRate::Sample { percent, seed: now.timestamp_micros() as u64 },
        }
    }

    fn document(&self, proof: &VerifyReport) -> Value {
        let damage = |damage: &Damage| json!({"kind": damage.kind.as_str(), "id": damage.id, "reason": damage.reason});
        let about_index = proof.search_index.iter().map(|reason| about_search_index(reason));
        let warnings = proof.added.iter().map(|object| about_added(object)).chain(about_index);
        json!({
            "ok": proof.is_ok(),
            "versions": proof.versions,
            "assets": proof.assets,
            "warnings": warnings.collect::<Vec<_>>(),
            "damaged": proof.damaged.iter().map(damage).collect::<Vec<_>>(),
            "drafts": proof.drafts,
            "polls": proof.polls,
            "proven": proof.proven,
            "bytes": proof.bytes,
            "sample": self.sample,
        })
    }

    /// Describes what was checked.
    fn proven(&self, proof: &VerifyReport) -> String {
        let there = format!("{}, {}", counted(proof.drafts, "draft"), counted(proof.polls, "poll"));
        let (versions, size) = (counted(proof.versions, "version"), size(proof.bytes));
        let assets = match proof.assets {
            0 => String::new(),
            assets => format!("{} came back, each with the hash that it is named by.\n", counted(assets, "picture")),
        };
        match self.sample.filter(|&percent| percent < 100) {
            Some(percent) => format!(
                "No damage was found in a sample of {percent}%: {there}.\n\
                 {} of {versions} ({size}) came back, each with the hash that it is named by; the others were not looked at.\n{assets}",
                proof.proven
            ),
            None => format!(
                "The archive is sound: {there}.\n{versions} ({size}) came back, each with the hash that it is named by.\n{assets}"
            ),
        }
    }

    /// Describes how much is intact.
    fn found(&self, proof: &VerifyReport) -> String {
        let sampled = self.sample.map_or_else(String::new, |percent| format!("; a sample of {percent}% was looked at"));
        format!(
            "The archive is damaged in {}; {} of {} are whole ({}){sampled}.\n",
            counted(proof.damaged.len() as u64, "place"),
            proof.proven,
            counted(proof.versions, "version"),
            size(proof.bytes)
        )
    }
}

/// How many damaged objects are printed.
const MOST_SHOWN: usize = 50;

/// Prints what is damaged; `all` says how all of it is printed.
pub(super) fn print_damages(
    context: &CommandContext,
    heading: &'static str,
    damaged: &[Damage],
    all: &str,
) -> Result<(), CommandError> {
    let columns = [
        Column { heading, align: Align::Left },
        Column { heading: "WHICH", align: Align::Left },
        Column { heading: "WHAT", align: Align::Left },
    ];
    let line = |damage: &Damage| TableRow {
        values: vec![damage.kind.as_str().to_owned(), damage.typed_id(), damage.reason.clone()],
        style: Style::new(),
    };
    context.ui.table(&columns, &damaged.iter().take(MOST_SHOWN).map(line).collect::<Vec<_>>())?;
    match damaged.len().saturating_sub(MOST_SHOWN) {
        0 => Ok(()),
        more => context.ui.text(&format!("… and {more} more; see all: {all}\n")),
    }
}

/// How many drafts are named in a hint.
const MOST_NAMED: usize = 8;

/// Says how to keep what is left. The file and its journal are copied one after the other: what is written between makes the copy another
/// archive.
fn keep_a_copy(path: &Path) -> String {
    let stop = if DaemonLock::is_held(path) == Some(false) { "" } else { "systemctl stop draftkeep && " };
    let archive = for_the_shell(&path.display().to_string());
    format!("Keep a copy before anything else is done with it: {stop}cp {archive}* /a/safe/place/")
}

fn advise(context: &CommandContext, proof: &VerifyReport, path: &Path) {
    context.ui.hint(&keep_a_copy(path));
    context.ui.hint(&format!("Bring what is whole into a new archive: {NEW_ARCHIVE}"));
    if proof.newest_whole.is_empty() {
        return;
    }
    let mut named = proof.newest_whole.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    if proof.newest_whole.len() > MOST_NAMED {
        named.push_str(", …");
    }
    context.ui.hint(&format!(
        "What is not named is whole, and so is the newest version of {named}: draftkeep show {}",
        proof.newest_whole[0]
    ));
}

fn about_search_index(reason: &str) -> String {
    format!("the index of the search is not right: {reason}")
}

fn about_added(object: &str) -> String {
    let effect = if object.starts_with("trigger ") { ", and it can change what is written" } else { "" };
    format!("the archive's {object} is none of draftkeep's{effect}")
}

/// A bar on stderr; one that shows nothing if nobody looks, or nothing is to be told.
pub(super) fn bar(context: &CommandContext) -> Result<ProgressBar, CommandError> {
    if !context.ui.shows_progress() {
        return Ok(ProgressBar::hidden());
    }
    let style = ProgressStyle::with_template("{bar:30} {msg}");
    let style = style.map_err(|error| CommandError::new(Exit::Failed, "no progress can be shown").because(&error))?;
    Ok(ProgressBar::no_length().with_style(style))
}

pub(super) fn show(bar: &ProgressBar, progress: Progress) {
    let Progress { draft, last, proven, bytes } = progress;
    if last == 0 {
        bar.set_message("the file, the schema, polls, calls and pictures");
        return;
    }
    bar.set_length(last);
    bar.set_position(draft);
    bar.set_message(format!("draft {draft} of {last}, {}, {}", counted(proven, "version"), size(bytes)));
}
