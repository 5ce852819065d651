//! `draftkeep notify log`: what happened.

use clap::builder::{PossibleValuesParser, TypedValueParser};
use owo_colors::Style;

use super::super::context::{ArchivePath, CommandContext};
use super::super::error::{CommandError, Exit};
use super::super::list::title;
use super::super::table::{Align, Column, TableRow};
use super::super::times::{TimeColumn, TimePrecision, local};
use crate::archive::{Event, EventFilter};
use crate::health::condition_reason;
use crate::json;
use crate::model::{ConditionDetails, ContentSize, Severity};

/// How many events are shown without `--limit`.
const DEFAULT_LIMIT: usize = 100;

/// List the events: what happened to drafts, and what went wrong with accounts and the service
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Newest first. Without --limit, the newest 100 are shown, and all with --json.

  draft.emptied    less than 5 % of its text is left (alarm)
  draft.shrunk     half of its text (shrunk_share) or more was lost (warning)
  draft.rewritten  another text stands in its place (warning)
  draft.deleted, draft.gone                            (warning)
  draft.new, draft.changed, draft.restored, draft.published, draft.returned,
  gate.held

Texts of fewer than 200 characters are not judged.

Conditions last for a while. Each begins with one event, and ends with
another of the same name and .ended:

  account.credentials   the platform refuses the credentials (alarm)
  account.whitelist     the address is not on the whitelist (alarm)
  account.verification  the account may not use the draft box (alarm)
  account.blocked       the platform accepts no calls (alarm)
  account.late          drafts were not read as promised (alarm)
  account.quota         a daily limit is used up (warning)
  box.emptied           too many drafts vanished at once (alarm)
  archive.trouble       something could not be archived (alarm)
  archive.disk          the disk is nearly full (warning)
  notify.parked         a target refuses messages for good (alarm)
  notify.stuck          messages wait for 15 minutes and more (alarm)
  copy.failed           the archive could not be copied elsewhere (warning)
  proof.failed          the proof of the night found something wrong (alarm)
  mirror.failed         the mirror is not up to date (warning)
  pictures.lost         pictures cannot be downloaded (warning)
  restore.cut_off       a restore was cut off, and waits (warning)

Examples:
  draftkeep notify log
  draftkeep notify log --at-least alarm
  draftkeep notify log --limit 20 --json")]
pub(in super::super) struct EventLog {
    /// Only events that matter so much: info, warning or alarm
    #[arg(long, value_name = "SEVERITY", value_parser = severity(), default_value = "info")]
    at_least: Severity,
    /// Show only the newest N events; 0 shows all
    #[arg(long, value_name = "N")]
    limit: Option<usize>,
    #[command(flatten)]
    archive: ArchivePath,
}

fn severity() -> impl TypedValueParser<Value = Severity> {
    PossibleValuesParser::new(Severity::ALL.map(Severity::as_str)).try_map(|text| text.parse::<Severity>())
}

impl EventLog {
    pub(super) fn run(self, context: &CommandContext) -> Result<Exit, CommandError> {
        let limit = match self.limit {
            Some(0) => None,
            None if context.ui.json => None,
            limit => Some(limit.unwrap_or(DEFAULT_LIMIT)),
        };
        let reader = context.reader(&self.archive)?;
        let events = reader.events(&EventFilter { at_least: self.at_least, limit })?;
        if context.ui.json {
            context.ui.document(&json::events(&events))?;
        } else if events.is_empty() {
            context.ui.status("Nothing happened yet that somebody may have to be told of.");
        } else {
            print(context, &events)?;
        }
        Ok(Exit::Done)
    }
}

fn print(context: &CommandContext, events: &[Event]) -> Result<(), CommandError> {
    let times: Vec<_> = events.iter().map(|event| Some(event.at)).collect();
    let at = TimeColumn::new("AT", &times, TimePrecision::Distinct);
    let has_details = events.iter().any(|event| event.details != ConditionDetails::default());
    let columns = [
        Column { heading: &at.heading, align: Align::Left },
        Column { heading: "EVENT", align: Align::Left },
        Column { heading: "DRAFT", align: Align::Left },
        Column { heading: if has_details { "TITLE, DETAILS" } else { "TITLE" }, align: Align::Shortened },
        Column { heading: "CHARACTERS", align: Align::Left },
        Column { heading: "PICTURES", align: Align::Left },
    ];
    let row = |(event, at): (&Event, String)| TableRow {
        values: vec![
            at,
            event.kind.as_str().to_owned(),
            draft(event),
            title_and_details(event),
            sizes(event, |size| size.characters),
            sizes(event, |size| size.pictures),
        ],
        style: style(event.severity),
    };
    let rows: Vec<_> = events.iter().zip(at.values).map(row).collect();
    context.ui.table(&columns, &rows)?;
    let alarm = events.iter().find(|event| event.severity == Severity::Alarm);
    if let Some(Event { account: Some(account), draft: Some(draft), version: Some(version @ 2..), .. }) = alarm {
        let before = version - 1;
        let of = format!("{account}/{draft}@{before} @{version}");
        context.ui.hint(&format!("See what the last alarm is about: draftkeep diff {of}"));
    }
    Ok(())
}

/// Names the version as it is typed, or the account.
fn draft(event: &Event) -> String {
    let Event { account, draft, version, .. } = event;
    let account = account.as_deref().unwrap_or_default();
    let draft = draft.map_or_else(String::new, |draft| format!("/{draft}"));
    let version = version.map_or_else(String::new, |version| format!("@{version}"));
    format!("{account}{draft}{version}")
}

/// Says how much there was and is: `3214 → 12`.
fn sizes(event: &Event, count: fn(ContentSize) -> u64) -> String {
    match event.sizes.map(|sizes| sizes.map(count)) {
        Some([before, after]) if before == after => after.to_string(),
        Some([before, after]) => format!("{before} → {after}"),
        None => String::new(),
    }
}

/// Says which draft it is, or what is known of a condition; and of an event of a draft, whether it came from another archive.
fn title_and_details(event: &Event) -> String {
    let details = Some(details(event)).filter(|details| !details.is_empty());
    event.title.as_deref().map(title).into_iter().chain(details).collect::<Vec<_>>().join(", ")
}

/// Says what is known of a condition: `203.0.113.24`, `12, until 2026-09-02 00:00`.
fn details(event: &Event) -> String {
    let ConditionDetails { address, quantity, until, target, .. } = &event.details;
    let reason = condition_reason(event.kind, &event.details);
    let quantity = quantity.map(|quantity| quantity.to_string());
    let until = until.map(|until| format!("until {}", local(until)));
    let known: Vec<String> = [address.clone(), quantity, until, target.clone(), reason].into_iter().flatten().collect();
    known.join(", ")
}

fn style(severity: Severity) -> Style {
    match severity {
        Severity::Info => Style::new(),
        Severity::Warning => Style::new().yellow(),
        Severity::Alarm => Style::new().red(),
    }
}
