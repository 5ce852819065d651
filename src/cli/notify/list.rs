//! `draftkeep notify list`: how each target stands.

use owo_colors::Style;
use serde_json::{Value, json};

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision};
use super::targets;
use crate::archive::OutboxTarget;
use crate::config::{Config, NotifyConfig};
use crate::model::rfc3339;

/// Show who is told of what, what waits, and what each target answered last
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A target that refused for good is parked: nothing is sent to it until its
address changes and the daemon is reloaded, or until draftkeep notify retry.

Examples:
  draftkeep notify list
  draftkeep notify list --json")]
pub(in super::super) struct TargetList {}

impl TargetList {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        let rules = targets(&config, None)?;
        let known = match config.archive.exists() {
            true => context.reader_at(&config.archive)?.outbox_targets()?,
            false => Vec::new(),
        };
        let find = |rule: &NotifyConfig| known.iter().find(|target| target.name == rule.name);
        let all: Vec<_> = rules.iter().map(|rule| (*rule, find(rule))).collect();
        if context.ui.json {
            context.ui.document(&all.iter().map(|(rule, target)| json(rule, *target)).collect::<Vec<_>>())?;
        } else {
            print(context, &all)?;
        }
        Ok(Exit::Done)
    }
}

fn print(context: &CommandContext, all: &[(&NotifyConfig, Option<&OutboxTarget>)]) -> Result<(), CommandError> {
    let times: Vec<_> = all.iter().map(|(_, target)| target.and_then(|target| target.last_sent_at)).collect();
    let sent = TimeColumn::new("LAST SENT", &times, TimePrecision::Minute);
    let columns = [
        Column { heading: "NAME", align: Align::Left },
        Column { heading: "TO", align: Align::Left },
        Column { heading: "STATE", align: Align::Left },
        Column { heading: "WAITING", align: Align::Right },
        Column { heading: &sent.heading, align: Align::Left },
        Column { heading: "LAST ANSWER", align: Align::Shortened },
    ];
    let row = |((rule, target), sent): (&(&NotifyConfig, Option<&OutboxTarget>), &String)| TableRow {
        values: vec![
            rule.name.clone(),
            rule.to.kind().to_owned(),
            state(*target).to_owned(),
            target.map_or_else(String::new, |target| target.waiting.to_string()),
            sent.clone(),
            target.and_then(|target| target.answer.clone()).unwrap_or_default(),
        ],
        style: match state(*target) {
            "parked" => Style::new().red(),
            "failing" => Style::new().yellow(),
            _ => Style::new(),
        },
    };
    let rows: Vec<_> = all.iter().zip(&sent.values).map(row).collect();
    context.ui.table(&columns, &rows)?;
    if let Some((rule, _)) = all.iter().find(|(_, target)| state(*target) == "parked") {
        context.ui.hint(&format!("Once it is mended: draftkeep notify retry {}", rule.name));
    }
    Ok(())
}

fn state(target: Option<&OutboxTarget>) -> &'static str {
    match target {
        None => "new",
        Some(target) if target.parked_at.is_some() => "parked",
        Some(target) if target.answer.is_some() => "failing",
        Some(_) => "ok",
    }
}

fn json(rule: &NotifyConfig, target: Option<&OutboxTarget>) -> Value {
    let time = |time: fn(&OutboxTarget) -> Option<crate::model::Timestamp>| target.and_then(time).map(rfc3339);
    json!({
        "name": rule.name,
        "to": rule.to.kind(),
        "state": state(target),
        "accounts": rule.accounts.as_ref().map(|accounts| accounts.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "kinds": rule.kinds.as_ref().map(|kinds| kinds.iter().map(ToString::to_string).collect::<Vec<_>>()),
        "at_least": rule.at_least.as_str(),
        "waiting": target.map_or(0, |target| target.waiting),
        "waiting_since": time(|target| target.waiting_since),
        "due_at": time(|target| target.due_at),
        "parked_at": time(|target| target.parked_at),
        "last_sent_at": time(|target| target.last_sent_at),
        "answer": target.and_then(|target| target.answer.clone()),
        "failed_at": time(|target| target.failed_at),
    })
}
