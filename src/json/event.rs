//! The document of `notify log`.

use serde_json::{Value, json};

use crate::archive::Event;
use crate::health::{condition_reason, copy_faults_json, failed_proofs_json};
use crate::model::{FailureKind, rfc3339};

/// Returns an element for each event.
pub fn events(events: &[Event]) -> Vec<Value> {
    events.iter().map(event).collect()
}

pub(super) fn event(event: &Event) -> Value {
    let (before, after) = (event.sizes.map(|[before, _]| before), event.sizes.map(|[_, after]| after));
    json!({
        "event": event.id,
        "at": rfc3339(event.at),
        "severity": event.severity.as_str(),
        "kind": event.kind.as_str(),
        "account": event.account,
        "media_id": event.media_id,
        "id": event.draft,
        "version": event.version,
        "title": event.title,
        "title_before": event.title_before,
        "characters_before": before.map(|size| size.characters),
        "characters_after": after.map(|size| size.characters),
        "pictures_before": before.map(|size| size.pictures),
        "pictures_after": after.map(|size| size.pictures),
        "address": event.details.address,
        "quantity": event.details.quantity,
        "until": event.details.until.map(rfc3339),
        "reason": condition_reason(event.kind, &event.details),
        "copies": copy_faults_json(event.kind, &event.details),
        "proofs": failed_proofs_json(event.kind, &event.details),
        "target": event.details.target,
        "failure": event.details.failure.map(FailureKind::as_str),
        "code": event.details.code,
        "subject": event.subject(),
    })
}
