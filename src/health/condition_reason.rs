//! Why a condition holds: in English, and as facts for programs. Pure.

use serde_json::Value;

use crate::copies::PlaceFault;
use crate::model::{Condition, ConditionDetails, EventKind, Language};
use crate::notify::Reason;
use crate::proof::FailedProof;

/// Says why the condition that an event tells of holds: that of a target is what it answered, that of copies what is wrong at each place, that of
/// proofs what each of them found.
pub fn condition_reason(kind: EventKind, details: &ConditionDetails) -> Option<String> {
    if let Some(places) = copy_faults(kind, details) {
        return Some(places.iter().map(PlaceFault::text).collect::<Vec<_>>().join("; "));
    }
    if let Some(failed) = failed_proofs(kind, details) {
        return Some(failed.iter().map(|proof| proof.fault.text()).collect::<Vec<_>>().join("; "));
    }
    let reason = details.reason.as_ref()?;
    Some(if details.target.is_some() { Reason::in_words(reason, Language::English) } else { reason.clone() })
}

/// Returns what is wrong with copies at each place; `None` where an event is about something else, or an older program recorded it.
pub fn copy_faults(kind: EventKind, details: &ConditionDetails) -> Option<Vec<PlaceFault>> {
    let reason = details.reason.as_ref().filter(|_| kind.condition() == Some(Condition::CopyFailed))?;
    PlaceFault::read_all(reason)
}

/// Returns the same for programs.
pub fn copy_faults_json(kind: EventKind, details: &ConditionDetails) -> Option<Value> {
    copy_faults(kind, details).map(|places| places.iter().map(PlaceFault::json).collect())
}

/// Returns the proofs that failed; `None` where an event is about something else, or an older program recorded it.
pub fn failed_proofs(kind: EventKind, details: &ConditionDetails) -> Option<Vec<FailedProof>> {
    let reason = details.reason.as_ref().filter(|_| kind.condition() == Some(Condition::ProofFailed))?;
    FailedProof::read_all(reason)
}

/// Returns the same for programs.
pub fn failed_proofs_json(kind: EventKind, details: &ConditionDetails) -> Option<Value> {
    failed_proofs(kind, details).map(|failed| failed.iter().map(FailedProof::json).collect())
}
