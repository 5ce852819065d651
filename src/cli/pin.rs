//! `draftkeep pin`: versions that pruning keeps.

use owo_colors::Style;
use serde_json::json;

use super::caller;
use super::context::{ArchivePath, CommandContext};
use super::error::{CommandError, Exit};
use super::list::title;
use super::table::{Align, Column, TableRow};
use super::times::{TimeColumn, TimePrecision};
use crate::archive::{Pin, PinnedVersion, Reader, Version, Writer};
use crate::json;
use crate::lookup::{self, VersionRef};

/// A note is one line of this many characters at most.
const LONGEST_NOTE: usize = 200;

/// Pin a version, so that it is never pruned; or list what is pinned
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Without DRAFT, the pinned versions are listed. Who pinned a version and when is
shown by log and on the pages. A second pin takes the place of the first.

Examples:
  draftkeep pin 3@7 --note \"final, as printed\"
  draftkeep pin 3@7 --remove
  draftkeep pin")]
pub(super) struct PinCommand {
    /// Draft, and its version after @; without one, the newest
    #[arg(value_name = "DRAFT[@N]", allow_hyphen_values = true)]
    version: Option<VersionRef>,
    /// Why it is pinned, in your words
    #[arg(long, value_name = "TEXT", value_parser = note, requires = "version", conflicts_with = "remove")]
    note: Option<String>,
    /// Remove the pin
    #[arg(long, requires = "version")]
    remove: bool,
    #[command(flatten)]
    archive: ArchivePath,
}

fn note(text: &str) -> Result<String, String> {
    match text.trim() {
        text if text.chars().any(char::is_control) => Err("it is more than one line".to_owned()),
        text if text.chars().count() > LONGEST_NOTE => Err(format!("it is longer than {LONGEST_NOTE} characters")),
        text => Ok(text.to_owned()),
    }
}

impl PinCommand {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&self.archive)?;
        let Some(meant) = &self.version else { return list(context, &reader) };
        let (draft, version) = lookup::find_version(&reader, meant)?;
        let label = lookup::version_label(&draft, version.number);
        let mut writer = Writer::open(reader.path())?;
        drop(reader);
        let pin = match self.remove {
            true => remove(&mut writer, &version, &label).map(|()| None)?,
            false => Some(self.pin(context, &mut writer, &version, &label)?),
        };
        if context.ui.json {
            context.ui.document(&json!({
                "account": draft.account,
                "media_id": draft.media_id,
                "id": draft.id,
                "version": version.number,
                "title": version.title,
                "pinned": pin.as_ref().map(json::pin),
            }))?;
        } else if pin.is_some() {
            context.ui.status(&format!("{label} is pinned: it is never pruned."));
        } else {
            context.ui.status(&format!("{label} is no longer pinned."));
        }
        Ok(Exit::Done)
    }

    fn pin(
        &self,
        context: &CommandContext,
        writer: &mut Writer,
        version: &Version,
        label: &str,
    ) -> Result<Pin, CommandError> {
        let note = self.note.clone().unwrap_or_default();
        let pin = Pin { note, user: caller::user_name(), pinned_at: context.clock.now() };
        match writer.pin(version, &pin)? {
            true => Ok(pin),
            false => Err(CommandError::new(Exit::NotFound, format!("{label} has just been pruned"))),
        }
    }
}

fn remove(writer: &mut Writer, version: &Version, label: &str) -> Result<(), CommandError> {
    match writer.unpin(version)? {
        true => Ok(()),
        false => Err(CommandError::new(Exit::NotFound, format!("{label} is not pinned"))
            .hint("See what is pinned: draftkeep pin")),
    }
}

fn list(context: &CommandContext, reader: &Reader) -> Result<Exit, CommandError> {
    let pinned = reader.pinned_versions()?;
    if context.ui.json {
        context.ui.document(&json::pinned(&pinned))?;
    } else if pinned.is_empty() {
        context.ui.status("No version is pinned.");
    } else {
        print(context, &pinned)?;
    }
    Ok(Exit::Done)
}

fn print(context: &CommandContext, pinned: &[PinnedVersion]) -> Result<(), CommandError> {
    let times: Vec<_> = pinned.iter().map(|pinned| Some(pinned.pin.pinned_at)).collect();
    let times = TimeColumn::new("PINNED", &times, TimePrecision::Minute);
    let columns = [
        Column { heading: "VERSION", align: Align::Left },
        Column { heading: &times.heading, align: Align::Left },
        Column { heading: "BY", align: Align::Left },
        Column { heading: "NOTE", align: Align::Shortened },
        Column { heading: "TITLE", align: Align::Shortened },
    ];
    let row = |(pinned, at): (&PinnedVersion, &String)| {
        let PinnedVersion { account, id, version, pin, .. } = pinned;
        let values = vec![
            format!("{account}/{id}@{version}"),
            at.clone(),
            pin.user.clone(),
            pin.note.clone(),
            title(&pinned.title),
        ];
        TableRow { values, style: Style::new() }
    };
    let rows: Vec<_> = pinned.iter().zip(&times.values).map(row).collect();
    context.ui.table(&columns, &rows)
}
