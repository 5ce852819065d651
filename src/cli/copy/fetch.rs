//! `draftkeep copy fetch`: a copy brought back.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::place::Places;
use super::progress::with_progress;
use crate::config::CopyTarget;
use crate::copies::CopyName;
use crate::copy::{self, FetchError};
use crate::invocation::for_the_shell;
use crate::model::{counted, rfc3339};

/// Bring a copy back as the SQLite file that it holds, and check it
///
/// The newest copy, or that of a time. It is checked as `draftkeep verify` does before the file has its name.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A copy that ends with .age is opened with --identity; one that ends with
.gpg by the program gpg, with the keys that it finds.
TIME is in UTC, as `draftkeep copy list` shows it in the names: a day, or as
much of a time as is needed. The newest copy that begins so is taken. The
whole name of a copy is understood as well.
The archive in use is not touched; `draftkeep import-backup` puts the file in
its place.

Examples:
  draftkeep copy fetch /mnt/usb archive.db
  draftkeep copy fetch /mnt/usb@2026-09-01 september.db
  draftkeep copy fetch s3://my-bucket archive.db --identity key.txt")]
pub(super) struct CopyFetch {
    /// The place, and which copy
    #[arg(value_name = "DEST[@TIME]")]
    place: String,
    /// The file to write; it must not be there
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The key of a copy that is encrypted with age, as age-keygen writes it
    #[arg(long, value_name = "KEY")]
    identity: Option<PathBuf>,
}

impl CopyFetch {
    pub(super) fn run(self, context: &CommandContext, archive: Option<&Path>) -> Result<Exit, CommandError> {
        let places = Places::read(context, archive)?;
        let (place, time) = split(&self.place);
        let place = places.target(place)?;
        let from = copy::open(&place).map_err(|failure| self.explain(&place, failure.into()))?;
        let found = copy::find(&from, time, places.own_id().as_deref());
        let copy = found.map_err(|error| self.explain(&place, error))?;
        let (file, name, keys) = (self.file.clone(), copy.name.clone(), self.identity.clone());
        let proof = with_progress(context, move |on_step| copy::fetch(&from, &name, keys.as_deref(), &file, on_step))?;
        let proof = proof.map_err(|error| self.explain(&place, error))?;
        let file = self.file.display();
        if context.ui.json {
            context.ui.document(&json!({
                "place": place.to_string(),
                "name": copy.name.to_string(),
                "made_at": rfc3339(copy.name.at),
                "file": file.to_string(),
                "drafts": proof.drafts,
                "versions": proof.versions,
            }))?;
            return Ok(Exit::Done);
        }
        let (drafts, versions) = (counted(proof.drafts, "draft"), counted(proof.versions, "version"));
        context.ui.status(&format!("{file} is the copy {}: {drafts}, {versions}, all proven.", copy.name));
        let file = for_the_shell(&file.to_string());
        context.ui.hint(&format!("Look into it: draftkeep list --archive {file}"));
        context.ui.hint(&format!("Put it in the archive's place: draftkeep import-backup {file}"));
        Ok(Exit::Done)
    }

    fn explain(&self, place: &CopyTarget, error: FetchError) -> CommandError {
        let shown = for_the_shell(&place.to_string());
        match error {
            FetchError::Failed(failure) => {
                let file = for_the_shell(&self.file.display().to_string());
                let again = format!("draftkeep copy fetch {} {file}", for_the_shell(&self.place));
                super::errors::explain(place, &failure, &again)
            }
            FetchError::NoCopy(_) => {
                CommandError::of(Exit::NotFound, &error).hint(format!("Make one: draftkeep copy {shown}"))
            }
            FetchError::NoSuchCopy { .. } => CommandError::of(Exit::NotFound, &error)
                .hint(format!("See which there are: draftkeep copy list {shown}")),
            FetchError::FileIsThere(_) => CommandError::of(Exit::Usage, &error)
                .hint(format!("Name another file: draftkeep copy fetch {} FILE", for_the_shell(&self.place))),
            FetchError::SeveralArchives { ref newest_of_each, .. } => {
                let file = for_the_shell(&self.file.display().to_string());
                newest_of_each.iter().fold(CommandError::of(Exit::Usage, &error), |explained, name| {
                    explained.hint(format!("Say which is meant: draftkeep copy fetch {shown}@{name} {file}"))
                })
            }
        }
    }
}

/// Splits `DEST@TIME`. An `@` may be part of a directory's name.
fn split(text: &str) -> (&str, Option<&str>) {
    let is_time = |time: &str| {
        time.starts_with(|c: char| c.is_ascii_digit())
            && time.chars().all(|c| c.is_ascii_digit() || matches!(c, '-' | ':' | 'T' | 'Z'))
    };
    match text.rsplit_once('@') {
        Some((place, time)) if !place.is_empty() && (is_time(time) || time.parse::<CopyName>().is_ok()) => {
            (place, Some(time))
        }
        _ => (text, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_from_a_directory() {
        assert_eq!(split("/mnt/usb"), ("/mnt/usb", None));
        assert_eq!(split("/mnt/usb@2026-09-01"), ("/mnt/usb", Some("2026-09-01")));
        assert_eq!(split("/mnt/a@b/usb"), ("/mnt/a@b/usb", None));
        assert_eq!(split("/mnt/a@b"), ("/mnt/a@b", None));
        let name = "draftkeep-1f0c22d9a7b4-20260901T033000Z.db.zst";
        assert_eq!(split(&format!("/mnt/a@b@{name}")), ("/mnt/a@b", Some(name)));
    }
}
