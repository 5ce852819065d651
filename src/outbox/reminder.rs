//! Reminders: what lasts is told again each day.

use chrono::TimeDelta;

use super::item::{Item, weight};
use super::new_event::NewEvent;
use crate::config::NotifyConfig;
use crate::model::{CLOCK_TOLERANCE, EventKind, Timestamp};

/// A condition that lasts is told again after so long. A target gets at most one reminder in that time.
const INTERVAL: TimeDelta = TimeDelta::hours(24);

/// A condition that lasts, of which a target was told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LastingCondition {
    /// The event of its begin.
    pub event: i64,
    pub matter: String,
    pub account: Option<String>,
    pub kind: EventKind,
    pub told_at: Timestamp,
}

/// Returns whether it is time to look for conditions that last. No time that was set is that far away, unless the clock was set back.
pub fn is_time_to_look(look_at: Option<Timestamp>, now: Timestamp) -> bool {
    look_at.is_none_or(|at| at <= now || at - now > INTERVAL + CLOCK_TOLERANCE)
}

/// Returns what is told again, and when to look next. When the first one has lasted a day since it was told, all are told again, so
/// that they stay together.
pub fn reminders(lasting: &[LastingCondition], rule: &NotifyConfig, now: Timestamp) -> (Vec<Item>, Timestamp) {
    let wanted = |lasting: &&LastingCondition| rule.selects(lasting.account.as_deref(), lasting.kind);
    let lasting: Vec<_> = lasting.iter().filter(wanted).collect();
    match lasting.iter().map(|lasting| lasting.told_at.min(now) + INTERVAL).min() {
        Some(first) if first <= now => {
            (lasting.into_iter().map(|each| item(each, rule, now)).collect(), now + INTERVAL)
        }
        Some(first) => (Vec::new(), first),
        None => (Vec::new(), now + INTERVAL),
    }
}

fn item(lasting: &LastingCondition, rule: &NotifyConfig, now: Timestamp) -> Item {
    let LastingCondition { event, matter, account, kind, .. } = lasting.clone();
    let (first, worst, last) = (event, event, event);
    let item = Item {
        matter: matter.clone(),
        first,
        worst,
        last,
        kind: Some(kind),
        severity: weight(kind),
        opened_at: now,
        due_at: now,
    };
    let event = NewEvent { id: event, matter, account, kind, characters: None, times_in_hour: 1, told: None };
    Item { due_at: item.due_when_new(&event, rule, now), ..item }
}
