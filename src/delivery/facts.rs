//! Reads what a message tells of: what happened, and how things stand now.

use crate::archive::{DraftNow, Error, Event, Reader};
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
}

/// Reads the facts of items. What is damaged is left out: a message that tells less is better than none.
pub(super) fn read(reader: &Reader, items: &[Item]) -> Result<Vec<Facts>, Error> {
    let mut all = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let (event, last) = (event(reader, item.worst)?, event(reader, item.last)?);
        let (Some(event), Some(last)) = (event, last) else { continue };
        let now = if index < MOST_NAMED { draft_now(reader, &event, item.last) } else { None };
        all.push(Facts { event, last, now });
    }
    Ok(all)
}

fn event(reader: &Reader, id: i64) -> Result<Option<Event>, Error> {
    reader.event(id).or_else(|error| error.damage_reason().map(|_| None))
}

fn draft_now(reader: &Reader, event: &Event, last: i64) -> Option<DraftNow> {
    let before = event.version?.saturating_sub(1).max(1);
    reader.draft_now(event.draft?, before, last).ok()?
}
