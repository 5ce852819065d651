//! `draftkeep copy list`: which copies are there.

use std::path::Path;

use owo_colors::Style;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::output::size;
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision};
use super::place::Places;
use crate::config::CopyTarget;
use crate::copies::StoredCopy;
use crate::copy;
use crate::invocation::for_the_shell;
use crate::json::stored_copy;

/// Show the copies at a place, or at all of the configuration
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Copies of other archives at the same place are shown, too; none of this
archive's copies ever takes their place.

Examples:
  draftkeep copy list
  draftkeep copy list /mnt/usb --json")]
pub(super) struct CopyList {
    /// The place
    #[arg(value_name = "DEST")]
    place: Option<String>,
}

impl CopyList {
    pub(super) fn run(self, context: &CommandContext, archive: Option<&Path>) -> Result<Exit, CommandError> {
        let places = Places::read(context, archive)?;
        let own = places.own_id();
        let (mut found, mut failed) = (Vec::new(), None);
        for place in places.targets(self.place.as_deref())? {
            match copy::list(&place) {
                Ok(copies) => found.push((place, copies)),
                Err(error) => {
                    let error = super::errors::explain(
                        &place,
                        &error,
                        &format!("draftkeep copy list {}", for_the_shell(&place.to_string())),
                    );
                    if let Some(earlier) = failed.replace(error) {
                        context.ui.error(&earlier);
                    }
                }
            }
        }
        let all: Vec<(&CopyTarget, &StoredCopy)> =
            found.iter().flat_map(|(place, copies)| copies.iter().map(move |copy| (place, copy))).collect();
        match failed {
            Some(error) if found.is_empty() => return Err(error),
            Some(error) => context.ui.error(&error),
            None => {}
        }
        if context.ui.json {
            let all: Vec<_> = all.iter().map(|(place, copy)| stored_copy(place, copy, own.as_deref())).collect();
            context.ui.document(&all)?;
        } else {
            print(context, &all, own.as_deref())?;
        }
        Ok(Exit::Done)
    }
}

fn print(context: &CommandContext, all: &[(&CopyTarget, &StoredCopy)], own: Option<&str>) -> Result<(), CommandError> {
    if all.is_empty() {
        context.ui.status("There is no copy.");
        return Ok(());
    }
    let times: Vec<_> = all.iter().map(|(_, copy)| Some(copy.name.at)).collect();
    let made = TimeColumn::new("MADE", &times, TimePrecision::Minute);
    let columns = [
        Column { heading: &made.heading, align: Align::Left },
        Column { heading: "SIZE", align: Align::Right },
        Column { heading: "OF", align: Align::Left },
        Column { heading: "PLACE", align: Align::Left },
        Column { heading: "NAME", align: Align::Left },
    ];
    let row = |((place, copy), made): (&(&CopyTarget, &StoredCopy), &String)| TableRow {
        values: vec![
            made.clone(),
            size(copy.size),
            if own == Some(copy.name.archive.as_str()) { "this archive".to_owned() } else { copy.name.archive.clone() },
            place.to_string(),
            copy.name.to_string(),
        ],
        style: Style::new(),
    };
    context.ui.table(&columns, &all.iter().zip(&made.values).map(row).collect::<Vec<_>>())
}
