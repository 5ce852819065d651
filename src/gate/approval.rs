//! Writes that wait until somebody says yes.

use super::error::GateError;
use super::request::{Caller, GateRequest, Rights};
use super::session::{GateContext, HOLD, Written};
use super::write::write_approved;
use crate::archive::{self, GateRecord, GateState, Reader, Writer, unless_damaged};
use crate::model::Timestamp;

/// Says yes to a write that waits, and carries it out, if the draft is still what the program expected.
///
/// # Errors
///
/// [`GateError::NotHeld`] if it does not wait any more; or if it was not written, see [`GateError`].
pub async fn approve(record: &GateRecord, by: &str, context: &GateContext<'_>) -> Result<Written, GateError> {
    let now = context.restore.clock.now();
    context.restore.archive.run(move |writer| lapse(writer, now)).await?;
    let waits = record.state == GateState::Held && (now - record.asked_at).abs() < HOLD;
    let request = GateRequest::of(record).filter(|_| waits).ok_or(GateError::NotHeld(record.id))?;
    let caller = Caller { origin: record.origin.clone(), rights: Rights::Account };
    write_approved((record.id, by), &request, &caller, context).await
}

/// Says no to a write that waits. Returns `false` where it does not wait any more.
///
/// # Errors
///
/// If the archive cannot be written.
pub fn deny(writer: &mut Writer, record: &GateRecord, by: &str, now: Timestamp) -> Result<bool, archive::Error> {
    lapse(writer, now)?;
    writer.deny_gate_write(record.id, by, now)
}

/// Ends the writes that waited too long. Returns how many.
///
/// # Errors
///
/// If the archive cannot be written.
pub fn lapse(writer: &mut Writer, now: Timestamp) -> Result<usize, archive::Error> {
    writer.lapse_gate_writes(HOLD, now)
}

/// Returns the writes that wait for a yes, the newest first; none where they cannot be read.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn waiting(reader: &Reader, now: Timestamp) -> Result<Vec<GateRecord>, archive::Error> {
    let mut held = unless_damaged(reader.gate_writes(Some(GateState::Held), usize::MAX))?;
    // The daemon ends those whose time is over from time to time.
    held.retain(|write| (now - write.asked_at).abs() < HOLD);
    Ok(held)
}
