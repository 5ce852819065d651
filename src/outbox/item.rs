//! What waits to be sent to one target about one matter.

use super::due::{LONGEST_WAIT, Pending, due, held_until};
use super::loss::makes_good;
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
    /// The first of those that matter most; of a condition, the last one. Where a loss was made good that the target was told of before,
    /// that loss.
    pub worst: i64,
    pub last: i64,
    /// Of the worst one; `None` where it is damaged.
    pub kind: Option<EventKind>,
    /// How much it matters that it is told, which is how much the worst one matters; info where a loss was made good.
    pub severity: Severity,
    pub opened_at: Timestamp,
    pub due_at: Timestamp,
}

impl Item {
    /// Returns what waits after an event: the event joins what waits already, or is the first one if the rule asks for it, or if it
    /// makes good what the target was told of. `None` where there is nothing to send.
    pub fn after(waiting: Option<Self>, event: &NewEvent, rule: &NotifyConfig, now: Timestamp) -> Option<Self> {
        let is_wanted = rule.selects(event.account.as_deref(), event.kind);
        let Some(item) = waiting else {
            let mut item = match &event.told {
                _ if is_wanted => Self::of(event, event.id, event.kind, weight(event.kind), now),
                Some(loss) if makes_good(event, loss) => Self::of(event, loss.event, loss.kind, Severity::Info, now),
                _ => return None,
            };
            item.due_at = item.due_when_new(event, rule, now);
            return Some(item);
        };
        // What happened after it belongs to it, even if the rule asks for no such events: the draft may be whole again.
        let item = Self { last: event.id, ..item };
        Some(if is_wanted { item.and(event, rule, now) } else { item })
    }

    fn of(event: &NewEvent, worst: i64, kind: EventKind, severity: Severity, now: Timestamp) -> Self {
        let (matter, id) = (event.matter.clone(), event.id);
        Self { matter, first: id, worst, last: id, kind: Some(kind), severity, opened_at: now, due_at: now }
    }

    /// Lets an event that the rule asks for count.
    fn and(mut self, event: &NewEvent, rule: &NotifyConfig, now: Timestamp) -> Self {
        let severity = weight(event.kind);
        let is_worse = severity > self.severity;
        if is_worse || event.kind.condition().is_some() {
            (self.worst, self.kind, self.severity) = (event.id, Some(event.kind), severity);
        }
        let due = match is_worse {
            true => self.due_when_new(event, rule, now),
            false => due(rule, &self.pending((self.opened_at + LONGEST_WAIT).max(self.due_at).max(now)), event, now),
        };
        self.due_at = if self.severity == Severity::Alarm { self.due_at.min(due) } else { due };
        self
    }

    /// Returns when it is sent if it has just opened, or become worse: from then on, it has its own time to come to rest.
    pub(super) fn due_when_new(&self, event: &NewEvent, rule: &NotifyConfig, now: Timestamp) -> Timestamp {
        due(rule, &self.pending(now + LONGEST_WAIT), event, now)
    }

    fn pending(&self, latest: Timestamp) -> Pending {
        let Self { kind, severity, opened_at, .. } = *self;
        Pending { kind, severity, opened_at, latest }
    }

    /// Returns when it may be sent, if quiet hours hold it at that time: what it is decides, not what joined it last.
    pub fn held_until(&self, rule: &NotifyConfig, at: Timestamp) -> Option<Timestamp> {
        held_until(rule, self.kind, at)
    }

    /// Makes one item of two of the same matter. Nobody was told of either.
    pub fn joined(self, later: &Self) -> Self {
        let due_at = self.due_at.min(later.due_at);
        let is_condition = later.kind.is_some_and(|kind| kind.condition().is_some());
        let (worst, kind, severity) = match is_condition || later.severity > self.severity {
            true => (later.worst, later.kind, later.severity),
            false => (self.worst, self.kind, self.severity),
        };
        Self { worst, kind, severity, last: later.last, due_at, ..self }
    }

    /// Returns how much it matters as things stand: a condition that is over rings nobody.
    pub fn severity_now(&self) -> Severity {
        match self.kind {
            Some(kind @ EventKind::Ended(_)) => kind.severity(),
            _ => self.severity,
        }
    }
}

/// How much an event matters here: the end of a condition as much as its begin, so that who was told of one is told of the other.
pub(super) fn weight(kind: EventKind) -> Severity {
    kind.condition().map_or(kind.severity(), Condition::severity)
}
