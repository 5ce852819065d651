//! Copies of the archive, as programs read them.

use serde_json::{Value, json};

use crate::config::CopyTarget;
use crate::copies::{CopyName, StoredCopy};
use crate::copy::{CopyFailure, CopyReport};
use crate::model::rfc3339;

/// How a copy went.
pub fn copy_made(place: &CopyTarget, outcome: &Result<CopyReport, CopyFailure>) -> Value {
    let place = place.to_string();
    match outcome {
        Ok(report) => json!({
            "place": place,
            "name": report.good.name,
            "made_at": rfc3339(report.good.made_at),
            "proven_at": rfc3339(report.good.proven_at),
            "size": report.good.size,
            "plain_size": report.plain_size,
            "drafts": report.proof.drafts,
            "versions": report.proof.versions,
            "removed": report.removed.iter().map(ToString::to_string).collect::<Vec<_>>(),
            "error": Value::Null,
        }),
        Err(failure) => json!({"place": place, "error": failure.to_string()}),
    }
}

/// A copy that is there; `own` is the name of the archive that is asked from.
pub fn stored_copy(place: &CopyTarget, copy: &StoredCopy, own: Option<&str>) -> Value {
    let StoredCopy { name, size } = copy;
    let CopyName { archive, at, encryption } = name;
    json!({
        "place": place.to_string(),
        "name": name.to_string(),
        "made_at": rfc3339(*at),
        "size": size,
        "archive": archive,
        "encrypted": encryption.is_some(),
        "own": own.map(|own| own == archive),
    })
}
