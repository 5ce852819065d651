//! `draftkeep show`: one version of a draft.

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::restorability;
use super::times::local_exactly;
use crate::archive::{Draft, Error, Reader, Version};
use crate::canonical::{self, Malformed};
use crate::json::{self, ShownVersion};
use crate::lookup::{self, VersionRef, version_of};
use crate::render::{self, Pictures};
use crate::restore::{self, AssetBytes};

/// Show one version of a draft, by default the newest
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep show 3                           the newest version, as text
  draftkeep show 3@2                         version 2
  draftkeep show 3@-1 --format html > a.html
                                             the one before the newest, a page
  draftkeep show 3 --format canonical | sha256sum")]
pub(super) struct Show {
    /// Draft: its number, media_id (or the first 8 characters), or title (or a part); with @N, that version
    #[arg(value_name = "DRAFT[@N]", allow_hyphen_values = true)]
    version: VersionRef,
    /// Output format
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    archive: ArchivePath,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Format {
    /// Plain text
    Text,
    /// HTML page with the archived pictures
    Html,
    /// Markdown; pictures link to WeChat
    Markdown,
    /// The document as received, byte for byte
    Json,
    /// The canonical bytes, from which the version's hash is computed
    Canonical,
}

impl Show {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let draft = lookup::find_draft(&reader, &self.version.draft)?;
        let numbers = reader.version_numbers(draft.id)?;
        let number = lookup::version_number(&reader, &draft, &numbers, self.version.version, &self.version.draft)?;
        let version = lookup::read_version(&reader, &draft, number)?;
        let doubt = reader.doubt_of_version(draft.id, number)?;
        context.warn_of_doubts(&draft, [doubt.clone()]);
        let document = lookup::read_document(&reader, &draft, &version)?;
        let pictures = match self.format {
            Format::Html => inline_pictures(&reader, &draft, &document, context)?,
            _ => Pictures::default(),
        };
        let shown = self.form(&document, &pictures).map_err(|error| lookup::unreadable(&draft, number, error))?;
        let judged = restore::judge(&reader, &draft, &document).ok().flatten();
        if context.ui.json {
            let format = self.format.to_possible_value();
            let format = format.as_ref().map_or("", PossibleValue::get_name);
            let (draft, version, text, restorable) = (&draft, &version, &shown[..], judged.as_ref());
            let shown = ShownVersion { draft, version, format, text, restorable, doubt: doubt.as_deref() };
            context.ui.document(&json::show(&shown))?;
        } else {
            context.ui.status(&caption(&draft, &version));
            if let Some(judged) = &judged {
                context.ui.status(&format!("Restorable {}", restorability::in_words(judged)));
            }
            context.ui.data(&shown)?;
        }
        let canonical = canonical::canonicalise(&document);
        if canonical.is_ok_and(|canonical| version.matches_hash(canonical.hash())) {
            return Ok(Exit::Done);
        }
        let name = lookup::version_label(&draft, number);
        context.ui.warning(&format!("{name} does not have the hash that names it; see what to do: draftkeep verify"));
        Ok(Exit::Damaged)
    }

    fn form(&self, document: &[u8], pictures: &Pictures) -> Result<Vec<u8>, Error> {
        let articles = || canonical::articles(document).map_err(|error| damaged(&error));
        Ok(match self.format {
            Format::Text => render::text(&articles()?).into_bytes(),
            Format::Html => render::page(&articles()?, pictures).into_bytes(),
            Format::Markdown => render::markdown(&articles()?, pictures).into_bytes(),
            Format::Json => document.to_vec(),
            Format::Canonical => canonical::canonicalise(document).map_err(|error| damaged(&error))?.bytes,
        })
    }
}

/// Returns the archived pictures, so that a page loads nothing from elsewhere. Damaged ones count as missing.
fn inline_pictures(
    reader: &Reader,
    draft: &Draft,
    document: &[u8],
    context: &CommandContext,
) -> Result<Pictures, CommandError> {
    let pictures = match reader.pictures(draft, document) {
        // A document that is no draft is told when it is to be shown.
        Err(Error::Damaged(_)) => Vec::new(),
        pictures => pictures?,
    };
    let mut held = AssetBytes::new();
    for asset in pictures.iter().filter_map(|picture| picture.asset.as_ref()) {
        match reader.asset(asset.sha256) {
            Ok(bytes) => held.extend(bytes.map(|bytes| (asset.sha256, bytes))),
            Err(Error::Damaged(reason)) => {
                context.warn_of_damage(&format!("a picture is damaged: {reason}; see what to do: draftkeep verify"));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(restore::inline_pictures(pictures.iter(), &held))
}

/// A document that was a draft when it was recorded and is none today.
pub(super) fn damaged(error: &Malformed) -> Error {
    Error::Damaged(error.to_string())
}

fn caption(draft: &Draft, version: &Version) -> String {
    let Draft { account, id, .. } = draft;
    format!("{account}/{id}, {}, observed {}", version_of(draft, version.number), local_exactly(version.observed_at))
}
