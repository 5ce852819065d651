//! The document of `pin`, and what others tell of a pin.

use serde_json::{Value, json};

use crate::archive::{Pin, PinnedVersion};
use crate::model::rfc3339;

/// Tells who pinned a version, when and why.
pub fn pin(pin: &Pin) -> Value {
    json!({"note": pin.note, "user": pin.user, "at": rfc3339(pin.pinned_at)})
}

/// Returns an element for each pinned version.
pub fn pinned(versions: &[PinnedVersion]) -> Vec<Value> {
    versions.iter().map(version).collect()
}

fn version(pinned: &PinnedVersion) -> Value {
    let PinnedVersion { account, media_id, id, version, title, pin } = pinned;
    json!({
        "account": account,
        "media_id": media_id,
        "id": id,
        "version": version,
        "title": title,
        "pinned": self::pin(pin),
    })
}
