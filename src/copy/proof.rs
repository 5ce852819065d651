//! A copy verified, as `draftkeep verify` does.

use std::path::Path;

use tokio_util::sync::CancellationToken;

use super::error::CopyFailure;
use super::step::{CopyStep, OnStep};
use crate::archive::{Error, Reader};
use crate::verify::{self, SampleRate, VerifyReport};

/// Verifies the SQLite file of a copy, until it is stopped.
///
/// # Errors
///
/// [`CopyFailure::Damaged`] where it is not sound; [`CopyFailure::Stopped`] where it was stopped.
pub(super) fn prove(file: &Path, stop: &CancellationToken, on_step: OnStep<'_>) -> Result<VerifyReport, CopyFailure> {
    let mut reader = Reader::open(file)?;
    let stop = stop.clone();
    reader.interrupt_when(move || stop.is_cancelled())?;
    let report = verify::verify_while(&reader, SampleRate::Whole, &mut |progress| on_step(CopyStep::Proving(progress)));
    let report = report.map_err(|error| match error {
        Error::Interrupted => CopyFailure::Stopped,
        error => error.into(),
    })?;
    match report.damaged.first() {
        None => Ok(report),
        Some(first) => {
            let first = format!("{} {}: {}", first.kind.as_str(), first.id, first.reason);
            Err(CopyFailure::Damaged { places: report.damaged.len() as u64, first })
        }
    }
}
