//! Why the gate did not write, by what the program can do.

use axum::http::StatusCode;
use chrono::TimeDelta;
use serde_json::Value;

use super::failure::Failure;
use crate::archive;
use crate::gate::GateError;
use crate::model::{MediaId, Timestamp, quota_day_began};
use crate::restore::{IssueKind, RestoreError};

/// Says why a write was not made; `diff` is what changed since the expected version, where that is the reason.
pub(super) fn of_write(error: GateError, diff: Value, now: Timestamp) -> Failure {
    let told = match error.hint() {
        hint if hint.is_empty() => error.to_string(),
        hint => format!("{error}. {hint}"),
    };
    let failure = |status, code| Failure::new(status, code, told.clone());
    match error {
        GateError::NotAllowed { .. } => failure(StatusCode::FORBIDDEN, 48001),
        GateError::TooMany { wait, .. } => failure(StatusCode::TOO_MANY_REQUESTS, 45011).retry_after(wait),
        GateError::Bad(_) => Failure::bad(told),
        GateError::Stale { id, hash, now, .. } => failure(StatusCode::PRECONDITION_FAILED, 412)
            .with("write", id.0)
            .with("hash", hash.to_string())
            .with("version", now)
            .with("diff", diff),
        GateError::NotThere(_) => failure(StatusCode::NOT_FOUND, 40007),
        GateError::Blocked(issue) => blocked(&issue, now),
        GateError::Held(id) => failure(StatusCode::ACCEPTED, 202).with("write", id.0).with("state", "held"),
        GateError::NotHeld(id) => failure(StatusCode::CONFLICT, 409).with("write", id.0),
        GateError::NotRestorable { version, reasons, .. } => {
            failure(StatusCode::CONFLICT, 409).with("version", version).with("reasons", reasons)
        }
        GateError::Failed { id, error } => Failure::platform(&error).with("write", id.map(|id| id.0)),
        GateError::Partly { id, written, of, error } => Failure::platform(&error)
            .with("write", id.0)
            .with("undo", id.0)
            .with("state", "partly")
            .with("written", written)
            .with("of", of),
        GateError::Unknown { id, .. } => {
            failure(StatusCode::BAD_GATEWAY, -1).with("write", id.0).with("state", "unknown")
        }
        GateError::Unsettled { id, until } => {
            failure(StatusCode::SERVICE_UNAVAILABLE, -1).with("write", id.0).retry_after(until - now)
        }
        GateError::NotRecorded { media_id, .. } => {
            failure(StatusCode::INTERNAL_SERVER_ERROR, -1).with("media_id", media_id.as_str())
        }
        GateError::Restore(_) => failure(StatusCode::INTERNAL_SERVER_ERROR, -1),
        GateError::Archive(archive::Error::SecondRestore(_)) => Failure::busy("another write or restore runs"),
        GateError::Archive(error) => error.into(),
    }
}

/// Says why a draft was not read: as the platform does, where it was asked.
pub(super) fn of_read(error: RestoreError, media_id: &MediaId) -> Failure {
    match error {
        RestoreError::NotThere(_) => {
            Failure::new(StatusCode::OK, 40007, format!("invalid media_id: {media_id} is not in the draft box"))
        }
        RestoreError::NotMade(error) => Failure::platform(&error),
        RestoreError::Archive(error) => error.into(),
        error => Failure::new(StatusCode::BAD_GATEWAY, -1, error.to_string()),
    }
}

/// Says that no call may be made now, and until when.
pub(super) fn blocked(issue: &IssueKind, now: Timestamp) -> Failure {
    let (code, until) = match issue {
        IssueKind::Blocked { until, .. } => (50002, *until),
        _ => (45009, quota_day_began(now) + TimeDelta::days(1)),
    };
    let message = format!("{issue}, so the platform was not asked. Ask again later");
    Failure::new(StatusCode::SERVICE_UNAVAILABLE, code, message).retry_after(until - now)
}
