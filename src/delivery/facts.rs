//! Reads what a message tells of: what happened, and how things stand now.

use crate::archive::{DraftNow, Error, Event, GateRecord, Reader, WriteId, WriteOrigin, unless_damaged};
use crate::model::EventKind;
use crate::outbox::Item;

/// More drafts are only counted, so their documents are not read.
pub(super) const MOST_NAMED: usize = 20;

/// What an item tells of.
#[derive(Clone, Debug)]
pub(super) struct Facts {
    /// The first of its events that matter most.
    pub event: Event,
    /// Its last event.
    pub last: Event,
    /// How its draft stands now; `None` where it is about none, or cannot be read.
    pub now: Option<DraftNow>,
    /// The program that did it, through the gate.
    pub by: Option<WriteOrigin>,
    /// What a program asks for.
    pub write: Option<GateRecord>,
}

/// Reads the facts of items. What is damaged is left out: a message that tells less is better than none.
pub(super) fn read(reader: &Reader, items: &[Item]) -> Result<Vec<Facts>, Error> {
    let mut all = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let (event, last) = (event(reader, item.worst)?, event(reader, item.last)?);
        let (Some(event), Some(last)) = (event, last) else { continue };
        let now = if index < MOST_NAMED { draft_now(reader, &event, item.last) } else { None };
        let by = unless_damaged(by(reader, &event))?;
        let write = unless_damaged(write(reader, &event))?;
        all.push(Facts { event, last, now, by, write });
    }
    Ok(all)
}

fn event(reader: &Reader, id: i64) -> Result<Option<Event>, Error> {
    reader.event(id).or_else(|error| error.damage_reason().map(|_| None))
}

fn by(reader: &Reader, event: &Event) -> Result<Option<WriteOrigin>, Error> {
    let (Some(draft), Some(version)) = (event.draft, event.version) else { return Ok(None) };
    match event.kind {
        EventKind::DraftRestored => Ok(reader.origins(draft)?.remove(&version)),
        EventKind::DraftDeleted | EventKind::DraftGone => reader.deleted_by(draft),
        kind if kind.is_of_content() => Ok(reader.origins(draft)?.remove(&version)),
        _ => Ok(None),
    }
}

fn write(reader: &Reader, event: &Event) -> Result<Option<GateRecord>, Error> {
    let number = event.details.quantity.filter(|_| event.kind == EventKind::GateHeld);
    match number.and_then(|number| i64::try_from(number).ok()) {
        Some(number) => reader.gate_write(WriteId(number)),
        None => Ok(None),
    }
}

fn draft_now(reader: &Reader, event: &Event, last: i64) -> Option<DraftNow> {
    let before = event.version?.saturating_sub(1).max(1);
    reader.draft_now(event.draft?, before, last).ok()?
}
