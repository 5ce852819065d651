//! The newest copy of a place, read again some time after it was proven.

use super::error::CopyFailure;
use super::open::open;
use super::step::OnStep;
use super::transfer::compare;
use crate::archive::{self, GoodCopy, Writer};
use crate::config::CopyTarget;
use crate::copies::{CopyError, CopyName};
use crate::model::{Hash, Timestamp};

/// Reads a copy of a place again: its bytes must have the hash that they had when they were proven. So an encrypted copy is proven, too, and
/// no room on a disk is needed. Must not be called where futures run.
///
/// # Errors
///
/// Where it is not there, is another one, or cannot be read.
pub fn read_again(target: &CopyTarget, name: &str, sha256: Hash, on_step: OnStep<'_>) -> Result<(), CopyFailure> {
    let name: CopyName = name.parse().map_err(|_| CopyError::NotACopy(format!("{name} is no name of a copy")))?;
    compare(&open(target)?, &name, sha256, on_step)
}

/// Writes down how the reading went. A copy that is not as it was written counts no more; another one is due soon.
///
/// # Errors
///
/// Where the archive fails.
pub fn record_read_again(
    writer: &mut Writer,
    place: &str,
    good: &GoodCopy,
    now: Timestamp,
    outcome: &Result<(), CopyFailure>,
) -> Result<(), archive::Error> {
    let failure = match outcome {
        Ok(()) => return writer.record_copy_proof(place, &good.name, now),
        Err(failure) => failure,
    };
    let Some(fault) = failure.fault() else { return Ok(()) };
    let is_lost = matches!(failure, CopyFailure::Place(CopyError::Changed { .. } | CopyError::NotACopy(_)));
    writer.record_failed_copy_proof(place, &good.name, now, &fault.to_string(), is_lost)
}
