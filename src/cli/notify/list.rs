//! `draftkeep notify list`: how each target stands.

use owo_colors::Style;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision};
use super::targets;
use crate::archive::OutboxTarget;
use crate::config::{Config, NotifyConfig};
use crate::json::{notify_target, target_state};
use crate::model::Language;
use crate::notify::Reason;

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
            context.ui.document(&all.iter().map(|(rule, target)| notify_target(rule, *target)).collect::<Vec<_>>())?;
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
            target_state(*target).to_owned(),
            target.map_or_else(String::new, |target| target.waiting.to_string()),
            sent.clone(),
            target
                .and_then(|target| target.answer.as_deref())
                .map_or_else(String::new, |kept| Reason::in_words(kept, Language::English)),
        ],
        style: match target_state(*target) {
            "parked" => Style::new().red(),
            "failing" => Style::new().yellow(),
            _ => Style::new(),
        },
    };
    let rows: Vec<_> = all.iter().zip(&sent.values).map(row).collect();
    context.ui.table(&columns, &rows)?;
    if let Some((rule, _)) = all.iter().find(|(_, target)| target_state(*target) == "parked") {
        context.ui.hint(&format!("Once it is mended: draftkeep notify retry {}", rule.name));
    }
    Ok(())
}
