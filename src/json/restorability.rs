//! Whether a version can be restored through the API.

use serde_json::{Value, json};

use crate::restore::Restorability;

/// Returns `null` for a version that cannot be read.
pub(super) fn restorability(judged: Option<&Restorability>) -> Value {
    judged.map_or(Value::Null, |judged| json!({"verdict": judged.level.as_str(), "reasons": judged.reasons()}))
}
