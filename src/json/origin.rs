//! Which program asked for a write.

use serde_json::{Value, json};

use crate::archive::WriteOrigin;

/// Returns what is known of it, in its own words.
pub(super) fn origin(origin: &WriteOrigin) -> Value {
    let WriteOrigin { who, program, note } = origin;
    json!({"who": who, "program": program, "note": note})
}
