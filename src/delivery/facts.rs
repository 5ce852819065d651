//! Reads what a message tells of: what happened, and how things stand now.

use crate::archive::{DraftNow, Error, Event, Reader};
use crate::outbox::Item;

/// More drafts are only counted, so nothing of them is read.
pub(super) const MOST_NAMED: usize = 20;

/// What an item tells of.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// What matters most of its events.
    pub event: Event,
    /// Its last event.
    pub last: Event,
    /// How its draft stands now; `None` where it is about none, or cannot be read.
    pub now: Option<DraftNow>,
    /// Whether the target was told of `event` before: then it is told that it lasts, or that it was made good.
    pub was_told: bool,
    /// How often the condition began within the hour before its last event; 0 where it is about a draft.
    pub times_in_hour: u32,
}

/// Reads the facts of the first items. What is damaged is left out: a message that tells less is better than none. Without a target,
/// nobody was told of anything.
pub(super) fn read(reader: &Reader, target: Option<&str>, items: &[Item]) -> Result<Vec<Facts>, Error> {
    let mut all = Vec::new();
    for item in items.iter().take(MOST_NAMED) {
        let (event, last) = (event(reader, item.worst)?, event(reader, item.last)?);
        let (Some(event), Some(last)) = (event, last) else { continue };
        let was_told = target.map_or(Ok(false), |target| reader.was_told(target, &item.matter, item.worst))?;
        let (now, times_in_hour) = (draft_now(reader, &event), reader.begins_in_hour(&last)?);
        all.push(Facts { event, last, now, was_told, times_in_hour });
    }
    Ok(all)
}

fn event(reader: &Reader, id: i64) -> Result<Option<Event>, Error> {
    reader.event(id).or_else(|error| error.damage_reason().map(|_| None))
}

fn draft_now(reader: &Reader, event: &Event) -> Option<DraftNow> {
    let before = event.version?.saturating_sub(1).max(1);
    reader.draft_now(event.draft?, before).ok()?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Writer;
    use crate::model::{ActiveCondition, Condition, ConditionDetails, ConditionReport, EventKind, Severity, Timestamp};

    #[test]
    fn of_ten_thousand_items_twenty_are_read() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let now: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let condition = Condition::ArchiveTrouble;
        let active = vec![ActiveCondition { condition, since: now, details: ConditionDetails::default() }];
        let report = ConditionReport { active, unknown: Vec::new() };
        Writer::open(&path).unwrap().record_conditions(None, &report, now).unwrap();
        let item = Item {
            matter: "archive.trouble".to_owned(),
            first: 1,
            worst: 1,
            last: 1,
            kind: Some(EventKind::Began(condition)),
            severity: Severity::Alarm,
            opened_at: now,
            due_at: now,
        };
        let facts = read(&Reader::open(&path).unwrap(), Some("editors"), &vec![item; 10_000]).unwrap();
        assert_eq!(facts.len(), MOST_NAMED);
        assert_eq!((facts[0].was_told, facts[0].times_in_hour), (false, 1));
    }
}
