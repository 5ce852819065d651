//! `draftkeep gate list` and `gate show`: what programs asked to write, and what one that waits would change.

use std::borrow::Cow;

use owo_colors::Style;
use serde_json::json;

use super::super::context::{ArchivePath, CommandContext};
use super::super::diff;
use super::super::error::{CommandError, Exit};
use super::super::list::title;
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision, local};
use crate::archive::{GateRecord, GateState, Reader, WriteId};
use crate::gate::{self, GateRequest, HOLD, Proposal};
use crate::json;
use crate::model::GateAction;

/// How many writes are shown without `--limit`.
const USUAL: usize = 100;

const ARCHIVE: ArchivePath = ArchivePath { archive: None };

/// List what programs asked to write, newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep gate list
  draftkeep gate list --held          what waits for a yes
  draftkeep gate list --limit 0 --json")]
pub(in super::super) struct WriteList {
    /// Only what waits until somebody says yes
    #[arg(long)]
    held: bool,
    /// Show only the newest N writes; 0 shows all
    #[arg(long, value_name = "N", default_value_t = USUAL)]
    limit: usize,
}

/// Show what a program asked to write, and what that would change
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  draftkeep gate show 12
  draftkeep gate show 12 --json")]
pub(in super::super) struct ShowWrite {
    /// The number of the write
    #[arg(value_name = "NUMBER")]
    number: i64,
}

impl WriteList {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&ARCHIVE)?;
        let limit = if self.limit == 0 { usize::MAX } else { self.limit };
        let mut writes = match self.held {
            true => gate::waiting(&reader, context.clock.now())?,
            false => reader.gate_writes(None, limit)?,
        };
        writes.truncate(limit);
        if context.ui.json {
            let documents: Vec<_> = writes.iter().map(json::gate_record).collect();
            context.ui.document(&documents)?;
        } else if writes.is_empty() {
            context.ui.status(if self.held { "No write waits." } else { "No program asked to write anything yet." });
        } else {
            print(&writes, context)?;
        }
        Ok(Exit::Done)
    }
}

fn print(writes: &[GateRecord], context: &CommandContext) -> Result<(), CommandError> {
    let times: Vec<_> = writes.iter().map(|write| Some(write.asked_at)).collect();
    let asked = TimeColumn::new("ASKED", &times, TimePrecision::Distinct);
    let columns = [
        Column { heading: "WRITE", align: Align::Right },
        Column { heading: &asked.heading, align: Align::Left },
        Column { heading: "STATE", align: Align::Left },
        Column { heading: "ACTION", align: Align::Left },
        Column { heading: "DRAFT", align: Align::Left },
        Column { heading: "BY", align: Align::Shortened },
    ];
    let row = |(write, asked): (&GateRecord, String)| TableRow {
        values: vec![
            write.id.to_string(),
            asked,
            write.state.as_str().to_owned(),
            write.action.as_str().to_owned(),
            draft(write),
            by(write),
        ],
        style: if write.state == GateState::Held { Style::new().yellow() } else { Style::new() },
    };
    let rows: Vec<_> = writes.iter().zip(asked.values.clone()).map(row).collect();
    context.ui.table(&columns, &rows)?;
    if let Some(held) = writes.iter().find(|write| write.state == GateState::Held) {
        context.ui.hint(&format!("See what it would change: draftkeep gate show {}", held.id));
    }
    Ok(())
}

/// Names the draft as it is typed, with the version that was written; of a new one that is not there yet, the account.
fn draft(write: &GateRecord) -> String {
    let number = write.draft.map_or_else(String::new, |draft| format!("/{draft}"));
    let version = write.result.map_or_else(String::new, |version| format!("@{version}"));
    format!("{}{number}{version}", write.account)
}

/// Says who asked, and why; or why it was not written.
fn by(write: &GateRecord) -> String {
    let note = write.origin.short_note().map(Cow::into_owned);
    [Some(write.origin.in_words()), note, write.reason.clone()].into_iter().flatten().collect::<Vec<_>>().join("; ")
}

/// Finds a write by its number.
pub(super) fn find(number: i64, reader: &Reader) -> Result<GateRecord, CommandError> {
    reader.gate_write(WriteId(number))?.ok_or_else(|| {
        CommandError::new(Exit::NotFound, format!("there is no write {number}"))
            .hint("See what programs asked for: draftkeep gate list")
    })
}

impl ShowWrite {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let reader = context.reader(&ARCHIVE)?;
        let write = find(self.number, &reader)?;
        let proposal = Proposal::read(&write, &reader)?;
        if context.ui.json {
            let diff = proposal.as_ref().and_then(|proposal| proposal.diff.as_ref());
            let mut document = json::gate_record(&write);
            document["change"] = diff.map_or(json!(null), json::change);
            document["text"] = json!(proposal.as_ref().and_then(|proposal| proposal.text.as_ref()));
            context.ui.document(&document)?;
            return Ok(Exit::Done);
        }
        context.ui.text(&in_words(&write, proposal.as_ref()))?;
        if let Some(proposal) = &proposal {
            show(&write, proposal, context)?;
        }
        Ok(Exit::Done)
    }
}

/// Says what is asked for, by whom and why, and how it stands.
pub(super) fn in_words(write: &GateRecord, proposal: Option<&Proposal>) -> String {
    let named = proposal.and_then(Proposal::title).map_or_else(String::new, |named| format!(", {}", title(named)));
    let verb = write.action.as_str();
    let mut lines = format!("Write {}: {verb} {}{named}\n", write.id, draft(write));
    lines += &format!("  By       {}\n", write.origin.in_words());
    if let Some(note) = write.origin.short_note() {
        lines += &format!("  Reason   {note}\n");
    }
    lines += &format!("  Asked    {}\n", local(write.asked_at));
    let decided = write.decided.as_ref().map_or_else(String::new, |(by, at)| format!(", by {by} at {}", local(*at)));
    let state = match write.state {
        GateState::Held => format!("held until {}", local(write.asked_at + HOLD)),
        state => format!("{}{decided}", state.as_str()),
    };
    lines += &format!("  State    {state}\n");
    if let Some(reason) = &write.reason {
        lines += &format!("  Because  {reason}\n");
    }
    lines
}

/// Shows what a write that waits would change, and how to decide.
fn show(write: &GateRecord, proposal: &Proposal, context: &CommandContext) -> Result<(), CommandError> {
    if let Some(diff) = &proposal.diff {
        context.ui.status(if diff.is_empty() { "It would change nothing." } else { "It would change:" });
        diff::print(diff, context)?;
    }
    if let Some(text) = &proposal.text {
        context.ui.content(&format!("\n{text}"))?;
    }
    let newest = proposal.newest.unwrap_or_default();
    if let (Some(before), Some(draft)) = (write.before.filter(|before| *before < newest), &proposal.draft) {
        let named = format!("{}/{}", draft.account, draft.id);
        context.ui.warning(&format!(
            "the draft changed since it was asked for; see how: draftkeep diff {named}@{before} @{newest}"
        ));
    }
    if let (GateRequest::Restore { version, .. }, Some(draft)) = (&proposal.request, &proposal.draft) {
        let named = format!("{}/{}", draft.account, draft.id);
        context.ui.hint(&format!("See what it would change: draftkeep diff {named}@{newest} @{version}"));
    }
    if let (GateAction::Delete, Some(draft)) = (write.action, &proposal.draft) {
        context.ui.hint(&format!("See what would be deleted: draftkeep show {}/{}", draft.account, draft.id));
    }
    if write.state == GateState::Held {
        let id = write.id;
        context.ui.hint(&format!("To say yes: draftkeep gate approve {id}; to say no: draftkeep gate deny {id}"));
    }
    Ok(())
}
