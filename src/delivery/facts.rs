//! Reads what a message tells of: what happened, and how things stand now.

use crate::archive::{Error, Event, Filter, Reader};
use crate::diff::Content;
use crate::model::{ContentSize, DraftState};
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

/// How a draft stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct DraftNow {
    pub state: DraftState,
    /// The number of its newest version.
    pub version: u64,
    /// What that holds; `None` where it cannot be read.
    pub size: Option<ContentSize>,
}

/// Reads the facts of items. What is damaged is left out: a message that tells less is better than none.
pub(super) fn read(reader: &Reader, items: &[Item]) -> Result<Vec<Facts>, Error> {
    let mut all = Vec::new();
    for (index, item) in items.iter().enumerate() {
        let (event, last) = (reader.event(item.worst)?, reader.event(item.last)?);
        let (Some(event), Some(last)) = (event, last) else { continue };
        let now = if index < MOST_NAMED { draft_now(reader, &event) } else { None };
        all.push(Facts { event, last, now });
    }
    Ok(all)
}

fn draft_now(reader: &Reader, event: &Event) -> Option<DraftNow> {
    let id = event.draft?;
    let (drafts, _) = reader.readable_drafts(&Filter { id: Some(id), ..Filter::default() }).ok()?;
    let state = drafts.first()?.state;
    let version = *reader.version_numbers(id).ok()?.first()?;
    let size = match event.sizes {
        Some([_, after]) if event.version == Some(version) => Some(after),
        _ => size(reader, id, version),
    };
    Some(DraftNow { state, version, size })
}

fn size(reader: &Reader, draft: i64, version: u64) -> Option<ContentSize> {
    let document = reader.version(draft, version).and_then(|version| reader.document(&version)).ok()?;
    Some(Content::read(&document).ok()?.size())
}
