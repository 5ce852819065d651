//! `draftkeep notify list`: how each target stands.

use owo_colors::Style;
use serde_json::Value;

use super::super::context::CommandContext;
use super::super::error::{CommandError, Exit};
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision, local};
use super::{Rule, rules};
use crate::archive::{DaemonLock, DaemonReport, OutboxTarget, PingStatus};
use crate::config::Config;
use crate::json::{notify_ping, notify_target, ping_state, target_state};
use crate::model::{Language, Timestamp};
use crate::notify::Reason;

/// Show who is told of what, what waits, and what each target answered last
#[derive(Debug, clap::Args)]
#[command(after_help = "\
A target that refused for good is parked: nothing is sent to it until its
address changes and the daemon is reloaded, or until draftkeep notify retry.
A ping (a dead man's switch) is off while the daemon does not run.

Examples:
  draftkeep notify list
  draftkeep notify list --json")]
pub(in super::super) struct TargetList {}

impl TargetList {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let config = Config::load_without_secrets(&context.config)?;
        let rules = rules(&config, None)?;
        let (runs, report) = (DaemonLock::is_held(&config.archive), DaemonLock::read_report(&config.archive)?);
        let known = match config.archive.exists() {
            true => context.reader_at(&config.archive)?.outbox_targets()?,
            false => Vec::new(),
        };
        let all: Vec<_> = rules.iter().map(|rule| Standing::of(*rule, &known, &report, runs)).collect();
        if context.ui.json {
            context.ui.document(&all.iter().map(|standing| json(standing, runs)).collect::<Vec<_>>())?;
        } else {
            print(context, &all)?;
        }
        warn_of_refused(context, &report);
        Ok(Exit::Done)
    }
}

/// How a rule stands.
struct Standing<'a> {
    rule: Rule<'a>,
    state: &'static str,
    /// What the archive knows of a target of messages.
    target: Option<&'a OutboxTarget>,
    /// What the daemon knows of a ping.
    ping: Option<&'a PingStatus>,
}

impl<'a> Standing<'a> {
    fn of(rule: Rule<'a>, known: &'a [OutboxTarget], report: &'a DaemonReport, runs: Option<bool>) -> Self {
        match rule {
            Rule::Messages(_) => {
                let target = known.iter().find(|target| target.name == rule.name());
                Self { rule, state: target_state(target), target, ping: None }
            }
            Rule::Ping(_) => {
                let ping = report.pings.iter().find(|ping| ping.name == rule.name());
                Self { rule, state: ping_state(ping, runs), target: None, ping }
            }
        }
    }

    fn answer(&self) -> Option<&'a str> {
        let of_target = self.target.and_then(|target| target.answer.as_deref());
        let failing = || self.ping.and_then(PingStatus::failing).map(|failing| failing.answer.as_str());
        of_target.or_else(failing)
    }

    fn last_sent_at(&self) -> Option<Timestamp> {
        let of_target = self.target.and_then(|target| target.last_sent_at);
        of_target.or_else(|| self.ping.and_then(|ping| ping.arrived_at))
    }
}

fn print(context: &CommandContext, all: &[Standing<'_>]) -> Result<(), CommandError> {
    let times: Vec<_> = all.iter().map(Standing::last_sent_at).collect();
    let sent = TimeColumn::new("LAST SENT", &times, TimePrecision::Minute);
    let columns = [
        Column { heading: "NAME", align: Align::Left },
        Column { heading: "TO", align: Align::Left },
        Column { heading: "STATE", align: Align::Left },
        Column { heading: "WAITING", align: Align::Right },
        Column { heading: &sent.heading, align: Align::Left },
        Column { heading: "LAST ANSWER", align: Align::Shortened },
    ];
    let row = |(standing, sent): (&Standing<'_>, &String)| TableRow {
        values: vec![
            standing.rule.name().to_owned(),
            standing.rule.kind().to_owned(),
            standing.state.to_owned(),
            standing.target.map_or_else(String::new, |target| target.waiting.to_string()),
            sent.clone(),
            standing.answer().map_or_else(String::new, |kept| Reason::in_words(kept, Language::English)),
        ],
        style: match standing.state {
            "parked" => Style::new().red(),
            "failing" => Style::new().yellow(),
            _ => Style::new(),
        },
    };
    let rows: Vec<_> = all.iter().zip(&sent.values).map(row).collect();
    context.ui.table(&columns, &rows)?;
    if let Some(parked) = all.iter().find(|standing| standing.state == "parked") {
        context.ui.hint(&format!("Once it is mended: draftkeep notify retry {}", parked.rule.name()));
    }
    Ok(())
}

/// The file's rules are shown; the daemon may go by others.
fn warn_of_refused(context: &CommandContext, report: &DaemonReport) {
    let Some(refused) = &report.refused else { return };
    let at = local(refused.at);
    context.ui.warning(&format!(
        "the daemon refused this configuration at {at}, and sends by the one before: {}",
        refused.message
    ));
    context.ui.hint("Correct it, then: draftkeep config check && systemctl reload draftkeep");
}

fn json(standing: &Standing<'_>, runs: Option<bool>) -> Value {
    match standing.rule {
        Rule::Messages(rule) => notify_target(rule, standing.target),
        Rule::Ping(ping) => notify_ping(ping, standing.ping, runs),
    }
}
