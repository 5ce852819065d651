//! What a program is told of a write, by the gate's tools and over HTTP.

use serde_json::{Value, json};

use super::diff::diff;
use super::restore::report;
use crate::archive::{Error, GateRecord, Reader};
use crate::compare::{self, CompareError};
use crate::gate::Written;
use crate::lookup::{DraftKey, DraftRef, LookupError, VersionKey, VersionRef};
use crate::model::{Hash, rfc3339};

/// What a write did.
pub fn written(written: &Written) -> Value {
    json!({
        "write": written.id.map(|id| id.0),
        "media_id": written.media_id,
        "id": written.kept.map(|(draft, _)| draft),
        "version": written.kept.map(|(_, version)| version),
        "hash": written.hash,
        "unchanged": written.id.is_none(),
        "report": written.report.as_ref().ok().map(report),
        "not_read_back": written.report.as_ref().err(),
        "undo": written.id.map(|id| format!("draftkeep undo {id} --apply")),
    })
}

/// A write on record.
pub fn gate_record(record: &GateRecord) -> Value {
    json!({
        "write": record.id.0,
        "action": record.action.as_str(),
        "account": record.account,
        "id": record.draft,
        "media_id": record.media_id,
        "state": record.state.as_str(),
        "reason": record.reason,
        "who": record.origin.who,
        "program": record.origin.program,
        "note": record.origin.note,
        "before": record.before,
        "version": record.result,
        "asked_at": rfc3339(record.asked_at),
        "finished_at": record.finished_at.map(rfc3339),
        "decided_by": record.decided.as_ref().map(|(by, _)| by),
        "restore": record.restore.map(|restore| restore.0),
    })
}

/// What changed in a draft since the version that a program expected; null where the archive never had that version.
///
/// # Errors
///
/// If the archive cannot be read, or a version is damaged.
pub fn changed_since(reader: &Reader, draft: i64, expected: Hash, now: u64) -> Result<Value, Error> {
    let Some(number) = reader.version_with_hash(draft, expected)? else { return Ok(Value::Null) };
    let key = |number: u64| VersionKey::Number(u32::try_from(number).unwrap_or(u32::MAX));
    let meant = VersionRef { draft: DraftRef { account: None, draft: DraftKey::Id(draft) }, version: key(number) };
    match compare::compare(reader, &meant, Some(key(now))) {
        Ok(compared) => Ok(diff(&compared)),
        Err(CompareError::Lookup(LookupError::Archive(error))) => Err(error),
        Err(error) => Err(Error::Damaged(error.to_string())),
    }
}
