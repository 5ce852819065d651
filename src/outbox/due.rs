//! When an item is sent.

use chrono::TimeDelta;

use super::new_event::NewEvent;
use crate::config::{NotifyConfig, next_time_of_day};
use crate::model::{EventKind, Severity, Timestamp};

/// So long nothing more has to happen to a draft before a change of it is sent: editors save every few minutes.
const CALM: TimeDelta = TimeDelta::seconds(90);

/// A change is sent after so long, however often the draft is saved.
pub(super) const LONGEST_WAIT: TimeDelta = TimeDelta::minutes(10);

/// A condition that begins so often within an hour comes and goes. That is told at once, and once an hour from then on.
pub const UNSTABLE: u32 = 3;
const UNSTABLE_WAIT: TimeDelta = TimeDelta::hours(1);

/// What waits, as far as its time depends on it.
pub(super) struct Pending {
    pub(super) kind: Option<EventKind>,
    pub(super) severity: Severity,
    pub(super) opened_at: Timestamp,
    /// When it is sent at the latest.
    pub(super) latest: Timestamp,
}

/// When something is sent that an event has opened or joined.
pub(super) fn due(rule: &NotifyConfig, pending: &Pending, event: &NewEvent, now: Timestamp) -> Timestamp {
    let is_alarm = pending.severity == Severity::Alarm;
    let soon = match rule.digest {
        Some(time) if !is_alarm => next_time_of_day(time, pending.opened_at, rule.zone) + spread(rule),
        _ if waits_an_hour(event) => pending.opened_at + UNSTABLE_WAIT,
        _ if is_alarm => now,
        _ => (now + CALM).min(pending.latest),
    };
    held_until(rule, pending.kind, soon).unwrap_or(soon)
}

/// Returns when something of this kind may be sent, if quiet hours hold it at that time; of a damaged event, it is not known.
pub(super) fn held_until(rule: &NotifyConfig, kind: Option<EventKind>, at: Timestamp) -> Option<Timestamp> {
    let end = match kind {
        Some(kind) => rule.quiet_end(kind, at),
        None => rule.quiet.and_then(|quiet| quiet.end(at, rule.zone)),
    };
    end.map(|end| end + spread(rule))
}

/// Returns whether people know that it comes and goes: the begin that made it so was told at once.
fn waits_an_hour(event: &NewEvent) -> bool {
    let is_end = matches!(event.kind, EventKind::Ended(_));
    event.times_in_hour > UNSTABLE || (is_end && event.times_in_hour == UNSTABLE)
}

/// At full hours everybody's robots write, and vendors refuse some of them: each target has some seconds of its own.
fn spread(rule: &NotifyConfig) -> TimeDelta {
    TimeDelta::seconds(5 + rule.name.bytes().map(i64::from).sum::<i64>() % 40)
}
