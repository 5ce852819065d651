//! What waits to be sent to one target about one matter.

use super::due::due;
use super::new_event::NewEvent;
use crate::config::NotifyConfig;
use crate::model::{Condition, EventKind, Severity, Timestamp};

/// What waits to be sent to one target about one matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// What its events are about, such as `draft:17`.
    pub matter: String,
    /// The number of its first event.
    pub first: i64,
    /// The first of those that matter most.
    pub worst: i64,
    pub last: i64,
    /// Of the worst one.
    pub severity: Severity,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
}

impl Item {
    /// Returns what waits after an event: the event joins what waits already, or is the first one if the rule asks for it. `None`
    /// where there is nothing to send.
    pub fn after(waiting: Option<Self>, event: &NewEvent, rule: &NotifyConfig, now: Timestamp) -> Option<Self> {
        let is_wanted = rule.selects(event.account.as_deref(), event.kind);
        let severity = weight(event.kind);
        let Some(mut item) = waiting else {
            return is_wanted.then(|| Self {
                matter: event.matter.clone(),
                first: event.id,
                worst: event.id,
                last: event.id,
                severity,
                opened_at: now,
                due_at: due(rule, event, severity, now, now),
            });
        };
        // What happened after it belongs to it, even if the rule asks for no such events: the draft may be whole again.
        item.last = event.id;
        if is_wanted && severity > item.severity {
            (item.worst, item.severity) = (event.id, severity);
            item.due_at = item.due_at.min(due(rule, event, severity, item.opened_at, now));
        } else if is_wanted && item.severity < Severity::Alarm {
            item.due_at = due(rule, event, item.severity, item.opened_at, now);
        }
        Some(item)
    }
}

/// How much an event matters here: the end of a condition as much as its begin, so that who was told of one is told of the other.
fn weight(kind: EventKind) -> Severity {
    kind.condition().map_or(kind.severity(), Condition::severity)
}
