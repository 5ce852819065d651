//! `draftkeep restore`: a version going back out.

pub(super) mod drill;
mod errors;
mod history;
mod in_place;
mod new_draft;
mod output;
mod session;
pub(super) mod undo;

use std::path::{Path, PathBuf};

use self::history::RestoreRef;
use self::in_place::InPlaceCommand;
use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::list::title;
use super::{accounts, caller};
use crate::archive::Reader;
use crate::config::Config;
use crate::json;
use crate::lookup::{self, VersionRef, version_of};
use crate::model::{AccountName, counted, shortened};
use crate::restore::{FilesError, FilesPlan, InPlaceRestore, OptionalField, PlannedFile, RestoreOptions, Source};
use crate::sanitize;
use clap::{ArgGroup, ValueEnum};

/// How many characters of a title are shown.
const ENOUGH: usize = 30;

/// Restore a version: to files, as a new draft, or over the current draft
///
/// Prints a plan, and changes nothing without --apply. Files are never overwritten. A draft is overwritten only if it has not
/// changed since the plan was shown; its current content is saved as a version first. Pictures that WeChat no longer has are uploaded
/// from the archive. A restore can be undone: --undo. Exits with 3 if something was changed or lost that the plan did not announce.
#[derive(Debug, clap::Args)]
#[command(
    group(ArgGroup::new("where").required(true).args(["to", "as_new", "in_place", "undo", "resume"])),
    after_help = "\
Examples:
  draftkeep restore 3@2 --to found               what would be written?
  draftkeep restore 3@2 --to found --apply       HTML, text, Markdown …
  draftkeep restore 3@2 --as-new                 what would be sent and lost?
  draftkeep restore 3@2 --as-new --apply         a new draft of the same box
  draftkeep restore 3@2 --in-place               the plan, with its number
  draftkeep restore 3@2 --in-place --plan 5 --apply
  draftkeep restore --undo 7 --apply             take restore 7 back
  draftkeep restore 3 --as-new --account shop --cover Qm7xK2vTnS0b --apply"
)]
pub(super) struct Restore {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part); with @N, that version
    #[arg(value_name = "DRAFT[@N]", allow_hyphen_values = true, required_unless_present_any = ["undo", "resume"])]
    version: Option<VersionRef>,
    /// Write files into this directory; it is created if needed
    #[arg(long, value_name = "DIR")]
    to: Option<PathBuf>,
    /// Create a new draft
    #[arg(long, conflicts_with = "archive")]
    as_new: bool,
    /// Overwrite the current draft, article by article
    #[arg(long, conflicts_with_all = ["archive", "account", "again"])]
    in_place: bool,
    /// Undo a restore, by its number (7 or mag/7): the previous content is put back, or the new draft is deleted
    #[arg(long, value_name = "RESTORE", conflicts_with_all = ["version", "archive", "account", "again", "cover", "without"])]
    undo: Option<RestoreRef>,
    /// Complete an interrupted restore, by its number (8 or mag/8)
    #[arg(long, value_name = "RESTORE", conflicts_with_all = ["version", "archive", "account", "again", "cover", "without"])]
    resume: Option<RestoreRef>,
    /// Create it in the draft box of this account, not in the draft's own
    #[arg(long, value_name = "ACCOUNT", conflicts_with = "to", value_parser = super::list::account)]
    account: Option<AccountName>,
    /// Use this permanent picture as the cover of article NUMBER (1 if not given); may be repeated
    #[arg(long, value_name = "[NUMBER=]MEDIA_ID", conflicts_with = "to", value_parser = cover, allow_hyphen_values = true)]
    cover: Vec<(usize, String)>,
    /// Omit a field that the platform refuses; may be repeated
    #[arg(long, value_name = "FIELD", conflicts_with = "to", value_enum)]
    without: Vec<OmitField>,
    /// Create another draft even if this content was restored already
    #[arg(long, conflicts_with = "to")]
    again: bool,
    /// Apply the plan with this number, whatever other plans were shown
    #[arg(long, value_name = "PLAN", requires = "apply", conflicts_with_all = ["to", "as_new", "resume"])]
    plan: Option<i64>,
    /// Apply the plan
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    archive: ArchivePath,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum OmitField {
    /// 作者
    Author,
    /// 摘要; the platform fills in the beginning of the text
    Digest,
    /// 阅读原文
    Link,
    /// 留言
    Comments,
    /// 商品
    Product,
}

impl From<OmitField> for OptionalField {
    fn from(without: OmitField) -> Self {
        match without {
            OmitField::Author => Self::Author,
            OmitField::Digest => Self::Digest,
            OmitField::Link => Self::Link,
            OmitField::Comments => Self::Comments,
            OmitField::Product => Self::Product,
        }
    }
}

fn cover(text: &str) -> Result<(usize, String), &'static str> {
    let (position, media_id) = match text.split_once('=') {
        Some((number, media_id)) => {
            let number: Option<usize> = number.parse().ok();
            let position = number.and_then(|number| number.checked_sub(1));
            (position.ok_or("before the = comes an article's number: 1 for the first")?, media_id)
        }
        None => (0, text),
    };
    if media_id.is_empty() { Err("the media_id is missing") } else { Ok((position, media_id.to_owned())) }
}

impl Restore {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        if self.to.is_none() {
            // What goes to a draft box goes there by the names of the configuration.
            context.rename_accounts(&Config::load_without_secrets(&context.config)?)?;
        }
        let reader = context.reader(&self.archive)?;
        match (&self.version, &self.undo, &self.resume) {
            (_, Some(id), _) => self.undo(id, &reader, context),
            (_, _, Some(id)) => self.resume(id, &reader, context),
            (Some(version), ..) => self.of_version(version, &reader, context),
            (None, None, None) => Err(CommandError::new(Exit::Usage, "no version is named")),
        }
    }

    fn of_version(&self, named: &VersionRef, reader: &Reader, context: &CommandContext) -> Result<Exit, CommandError> {
        let (draft, version) = lookup::find_version(reader, named)?;
        let source = Source::read(reader, draft, version)?;
        context.warn_of_doubts(&source.draft, [source.doubt.clone()]);
        if let Some(directory) = &self.to {
            return self.to_files(&source, reader, directory, context);
        }
        history::warn_of_open(reader, context)?;
        if self.in_place {
            let config = context.configuration()?;
            let account = accounts::find_account(&config, &source.draft.account)?;
            let restore = InPlaceRestore::new(source, self.options(), account, reader, context.clock.now())?;
            return self.over(&InPlaceCommand { restore, account, config: &config }, context);
        }
        self.to_new_draft(source, reader, context)
    }

    fn to_files(
        &self,
        source: &Source,
        reader: &Reader,
        directory: &Path,
        context: &CommandContext,
    ) -> Result<Exit, CommandError> {
        let plan = FilesPlan::new(source, &source.asset_bytes(reader)?, directory)?;
        if !context.ui.json {
            context.ui.text(&files_in_words(source, &plan))?;
        }
        if self.apply {
            plan.apply(caller::person())?;
            context.ui.status(&format!(
                "{} written to {}",
                counted(plan.files.len() as u64, "file"),
                directory.display()
            ));
            if let (Some(page), Some(to_paste)) = (plan.page(), plan.page_to_paste()) {
                context.ui.hint(&format!("To read it, open in a browser: {}", page.display()));
                context.ui.hint(&format!("To paste it by hand at mp.weixin.qq.com, open: {}", to_paste.display()));
            }
        } else {
            nothing_done(context);
        }
        if context.ui.json {
            context.ui.document(&json::restored_to_files(source, &plan, self.apply))?;
        }
        Ok(Exit::Done)
    }

    fn options(&self) -> RestoreOptions {
        RestoreOptions {
            covers: self.cover.clone(),
            without: self.without.iter().copied().map(OptionalField::from).collect(),
            is_drill: false,
        }
    }
}

fn nothing_done(context: &CommandContext) {
    context.ui.status("Nothing was done. To do it, type the same with --apply");
}

/// Returns the version that goes back out, as every plan begins.
fn source_in_words(source: &Source) -> String {
    let (draft, version) = (&source.draft, source.version.number);
    let title = title(source.title());
    let title = shortened(&title, ENOUGH);
    format!("{}/{}, {}, {}", draft.account, draft.id, version_of(draft, version), sanitize::line(&title))
}

fn files_in_words(source: &Source, plan: &FilesPlan) -> String {
    // The name is last: where it is Chinese nobody knows how wide it is.
    let line = |file: &PlannedFile| {
        format!("  {:<37}{:>9} bytes  {}\n", file.what, file.bytes.len(), sanitize::line(&file.name))
    };
    let files: String = plan.files.iter().map(line).collect();
    let directory = plan.directory.display().to_string();
    format!("Plan: {}, goes to files in {}:\n{files}", source_in_words(source), sanitize::line(&directory))
}

impl From<FilesError> for CommandError {
    fn from(error: FilesError) -> Self {
        let hint = match &error {
            FilesError::NotADirectory(_) | FilesError::Exists(_) => "Name another directory: --to DIR",
            FilesError::Write { source, .. } if source.kind() == std::io::ErrorKind::StorageFull => {
                "No file stayed behind. Make room, or name another directory: --to DIR"
            }
            FilesError::Write { .. } => "No file stayed behind. Name another directory: --to DIR",
        };
        Self::of(Exit::Failed, &error).hint(hint)
    }
}
