//! `draftkeep import FILE`: another archive merged into this one.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::context::CommandContext;
use super::encrypted;
use super::error::{CommandError, Exit};
use super::export::MOST_SHOWN;
use super::given_archive::{GivenArchive, GivenError, is_same};
use super::verify::bar;
use crate::archive::{Error, MergeLock, MergedRecords, Reader, Writer};
use crate::copies::UnpackError;
use crate::invocation::for_the_shell;
use crate::merge::{self, DraftPlan, MergePlan, Merged};
use crate::model::{counted, shortened};
use crate::sanitize;

/// How many characters of a title are shown.
const LONGEST_TITLE: usize = 30;

/// A merge that was asked for.
pub(super) struct ArchiveImport<'a> {
    pub(super) given: &'a Path,
    /// The archive that gets it.
    pub(super) archive: PathBuf,
    /// Whether that was named on the command line.
    pub(super) is_named: bool,
    pub(super) apply: bool,
}

impl ArchiveImport<'_> {
    pub(super) fn run(&self, context: &CommandContext) -> Result<Exit, CommandError> {
        if is_same(self.given, &self.archive) {
            return Err(CommandError::new(Exit::Usage, "this is the archive itself")
                .hint("Name another archive: draftkeep import PATH"));
        }
        let lock = self.apply.then(|| MergeLock::acquire(&self.archive)).transpose();
        let lock = lock.map_err(|error| self.cannot_begin(error))?;
        let given =
            GivenArchive::open(self.given, &self.archive, context).map_err(|error| self.cannot_be_used(error))?;
        let proof = given.prove("archive", context)?;
        let (drafts, versions) = (counted(proof.drafts, "draft"), counted(proof.versions, "version"));
        context.ui.status(&format!("{} holds {drafts}, {versions}, all proven.", self.shown()));
        let plan = merge::plan(self.here(context)?.as_ref(), &given.reader)?;
        let merged = match lock {
            Some(_) => Some(self.merge(&given.reader, context)?),
            None => None,
        };
        match context.ui.json {
            true => context.ui.document(&document(&plan, merged.as_ref()))?,
            false => self.print(context, &plan, merged.as_ref())?,
        }
        Ok(if plan.left() == 0 { Exit::Done } else { Exit::Partly })
    }

    /// Says whom to wait for, or to stop.
    fn cannot_begin(&self, error: Error) -> CommandError {
        let again = self.with_apply();
        let hint = match &error {
            Error::SecondDaemon(_) if self.is_named => format!("Stop it first, where it was started. Then: {again}"),
            Error::SecondDaemon(_) => format!("Stop it first: systemctl stop draftkeep && {again}"),
            Error::SecondRestore(_) | Error::PollRuns(_) | Error::MergeRuns(_) => {
                format!("Wait until it has ended. Then: {again}")
            }
            _ => return error.into(),
        };
        CommandError::of(Exit::Failed, &error).hint(hint)
    }

    /// Writes the command that carries it out.
    fn with_apply(&self) -> String {
        format!("draftkeep import {}{} --apply", quoted(self.given), self.archive_option())
    }

    fn archive_option(&self) -> String {
        if self.is_named { format!(" --archive {}", quoted(&self.archive)) } else { String::new() }
    }

    /// Opens the archive to read; `None` where there is none yet.
    fn here(&self, context: &CommandContext) -> Result<Option<Reader>, CommandError> {
        match context.reader_at(&self.archive) {
            Ok(reader) => Ok(Some(reader)),
            Err(Error::NotFound(_) | Error::Empty(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn merge(&self, there: &Reader, context: &CommandContext) -> Result<Merged, CommandError> {
        let mut writer = Writer::open(&self.archive)?;
        let here = Reader::open(&self.archive)?;
        let bar = bar(context)?;
        let merged = merge::merge(there, &here, &mut writer, context.clock.now(), &mut |progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.drafts);
            bar.set_message(counted(progress.versions, "version"));
        });
        bar.finish_and_clear();
        Ok(merged?)
    }

    fn shown(&self) -> String {
        sanitize::line(&self.given.display().to_string()).into_owned()
    }

    fn print(&self, context: &CommandContext, plan: &MergePlan, merged: Option<&Merged>) -> Result<(), CommandError> {
        for (there, here) in &plan.renamed {
            let (there, here) = (sanitize::line(there), sanitize::line(here));
            context.ui.text(&format!("The account {there} of {} is {here} here.\n", self.shown()))?;
        }
        for draft in plan.drafts.iter().take(MOST_SHOWN) {
            context.ui.text(&format!("{}\n", line(draft)))?;
        }
        if plan.drafts.len() > MOST_SHOWN {
            context.ui.text(&format!("… {} more: --json\n", plan.drafts.len() - MOST_SHOWN))?;
        }
        match merged {
            Some(merged) => self.print_merged(context, merged)?,
            None if plan.versions() == 0 => context.ui.text("No version is new.\n")?,
            None => context.ui.text(&format!("New: {}.\n", counted(plan.versions(), "version")))?,
        }
        self.advise(context, plan, merged);
        Ok(())
    }

    fn print_merged(&self, context: &CommandContext, merged: &Merged) -> Result<(), CommandError> {
        let MergedRecords { pins, events, events_left, restores, restores_left, writes, writes_left } = merged.records;
        let counts = [
            (merged.accounts, "account"),
            (merged.drafts, "draft"),
            (merged.versions, "version"),
            (merged.pictures, "picture"),
            (pins, "pin"),
            (events, "event"),
            (restores, "restore"),
            (writes, "write"),
        ];
        let counts: Vec<_> =
            counts.into_iter().filter(|(count, _)| *count > 0).map(|(count, noun)| counted(count, noun)).collect();
        context.ui.text(&match counts.is_empty() {
            true => "Nothing was new.\n".to_owned(),
            false => format!("Came over: {}.\n", counts.join(", ")),
        })?;
        for (left, noun, why) in [
            (events_left, "event", "of versions that are not here"),
            (restores_left, "restore", "not ended there, or of a version that is not here"),
            (writes_left, "write", "not ended there, or of a draft that is not here"),
        ] {
            if left > 0 {
                context.ui.text(&format!("{} stayed behind: {why}.\n", counted(left, noun)))?;
            }
        }
        Ok(())
    }

    fn advise(&self, context: &CommandContext, plan: &MergePlan, merged: Option<&Merged>) {
        let (given, archive) = (quoted(self.given), quoted(&self.archive));
        let option = self.archive_option();
        if plan.left() > 0 {
            context.ui.warning(&format!(
                "{} stay behind: they are older than what is here, and no version gets another number",
                counted(plan.left(), "version")
            ));
            context.ui.hint(&format!(
                "Where the other archive is the older one, merge into that, and put it in this one's place: draftkeep import {archive} --archive {given} --apply && draftkeep import-backup {given}{option}"
            ));
        }
        match merged {
            None => {
                context.ui.hint(&format!("Nothing was written. To merge: {}", self.with_apply()));
            }
            Some(merged) if merged.versions > 0 => context.ui.hint("Prove the archive: draftkeep verify"),
            Some(_) => {}
        }
    }

    fn cannot_be_used(&self, error: GivenError) -> CommandError {
        let path = self.shown();
        let of_archive = |error: Error| {
            let message = format!("{path} cannot be imported, and the archive was not touched: {error}");
            CommandError::new(CommandError::from(error).exit, message)
        };
        match error {
            _ if !self.given.exists() => CommandError::new(Exit::NotFound, format!("there is nothing at {path}")),
            GivenError::Archive(error) => of_archive(error),
            GivenError::Unpack(error @ UnpackError::Encrypted(encryption)) => {
                let message = format!("{path} cannot be imported, and the archive was not touched: {error}");
                return CommandError::new(Exit::Usage, message).hint(encrypted::hint(self.given, encryption));
            }
            GivenError::Unpack(UnpackError::File(error)) => {
                CommandError::new(Exit::Failed, format!("{path} cannot be read: {error}"))
            }
        }
        .hint("Name the directory of an export, an archive, or a copy of one: draftkeep import PATH")
    }
}

fn quoted(path: &Path) -> String {
    for_the_shell(&path.display().to_string()).to_string()
}

fn line(draft: &DraftPlan) -> String {
    let title = sanitize::line(&draft.title);
    let title = shortened(&title, LONGEST_TITLE);
    let name = match draft.id {
        Some(id) => format!("{}/#{id}", sanitize::line(&draft.account)),
        None => format!("{}, new", sanitize::line(&draft.account)),
    };
    let comes = match (draft.versions, draft.newest) {
        (0, _) => None,
        (versions, 0) => Some(counted(versions, "version")),
        (versions, newest) => Some(format!("{} after @{newest}", counted(versions, "version"))),
    };
    let stays = (!draft.left.is_empty()).then(|| {
        let numbers: Vec<_> = draft.left.iter().take(5).map(|number| format!("@{number}")).collect();
        let more = if draft.left.len() > numbers.len() { " …" } else { "" };
        format!("{} stay behind ({}{more} there)", counted(draft.left.len() as u64, "version"), numbers.join(" "))
    });
    format!("{name}  {title}  {}", comes.into_iter().chain(stays).collect::<Vec<_>>().join(", "))
}

fn document(plan: &MergePlan, merged: Option<&Merged>) -> Value {
    let draft = |draft: &DraftPlan| {
        json!({
            "account": draft.account,
            "media_id": draft.media_id,
            "id": draft.id,
            "newest": (draft.newest > 0).then_some(draft.newest),
            "versions": draft.versions,
            "left": draft.left,
        })
    };
    let new = |merged: &Merged| {
        let MergedRecords { pins, events, events_left, restores, restores_left, writes, writes_left } = merged.records;
        json!({
            "accounts": merged.accounts,
            "drafts": merged.drafts,
            "versions": merged.versions,
            "pictures": merged.pictures,
            "pins": pins,
            "events": events,
            "events_left": events_left,
            "restores": restores,
            "restores_left": restores_left,
            "writes": writes,
            "writes_left": writes_left,
        })
    };
    let renamed = |(there, here): &(String, String)| json!({"there": there, "here": here});
    json!({
        "plan": {
            "accounts": plan.new_accounts,
            "renamed": plan.renamed.iter().map(renamed).collect::<Vec<_>>(),
            "drafts": plan.drafts.iter().map(draft).collect::<Vec<_>>(),
        },
        "applied": merged.is_some(),
        "new": merged.map(new),
    })
}
