//! The document of `list`.

use serde_json::{Value, json};

use super::restorability::restorability;
use crate::draft_list::DraftEntry;
use crate::model::rfc3339;

/// Returns an element for each draft.
pub fn list(entries: &[DraftEntry]) -> Vec<Value> {
    entries.iter().map(entry).collect()
}

fn entry(DraftEntry { draft, damaged, restorable, doubt }: &DraftEntry) -> Value {
    json!({
        "account": draft.account,
        "media_id": draft.media_id,
        "id": draft.id,
        "title": draft.title,
        "state": draft.state.as_str(),
        "versions": draft.versions,
        "first_seen": rfc3339(draft.first_seen),
        "last_seen": rfc3339(draft.last_seen),
        "last_changed": draft.last_changed.map(rfc3339),
        "restorable": restorability(restorable.as_ref()),
        "damaged": damaged,
        "doubt": doubt,
    })
}
