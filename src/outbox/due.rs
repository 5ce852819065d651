//! When an item is sent.

use chrono::TimeDelta;

use super::new_event::NewEvent;
use crate::config::{NotifyConfig, next_time_of_day};
use crate::model::{EventKind, Severity, Timestamp};

/// So long nothing more has to happen to a draft before a change of it is sent: editors save every few minutes.
const CALM: TimeDelta = TimeDelta::seconds(90);

/// A change is sent after so long, however often the draft is saved.
const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// A condition that begins or ends so often within an hour comes and goes, and is told of once an hour.
const UNSTABLE: u32 = 3;
const UNSTABLE_WAIT: TimeDelta = TimeDelta::hours(1);

/// When something is sent of what happened at `now`; `opened_at` is when the first event of the item came.
pub(super) fn due(
    rule: &NotifyConfig,
    event: &NewEvent,
    severity: Severity,
    opened_at: Timestamp,
    now: Timestamp,
) -> Timestamp {
    let is_alarm = severity == Severity::Alarm;
    let soon = match rule.digest {
        Some(time) if !is_alarm => next_time_of_day(time, opened_at, rule.zone) + spread(rule),
        _ if event.times_in_hour >= UNSTABLE && event.kind.condition().is_some() => opened_at + UNSTABLE_WAIT,
        _ if is_alarm => now,
        _ => (now + CALM).min(opened_at + LONGEST_WAIT).max(now),
    };
    after_quiet(rule, event.kind, soon)
}

fn after_quiet(rule: &NotifyConfig, kind: EventKind, at: Timestamp) -> Timestamp {
    let passes = rule.through.iter().any(|pattern| pattern.holds(kind));
    let end = rule.quiet.filter(|_| !passes).and_then(|quiet| quiet.end(at, rule.zone));
    end.map_or(at, |end| end + spread(rule))
}

/// At full hours everybody's robots write, and vendors refuse some of them: each target has some seconds of its own.
fn spread(rule: &NotifyConfig) -> TimeDelta {
    TimeDelta::seconds(5 + rule.name.bytes().map(i64::from).sum::<i64>() % 40)
}
