//! A copy verified, as `draftkeep verify` does.

use std::path::Path;

use super::error::CopyFailure;
use super::step::{CopyStep, OnStep};
use crate::archive::Reader;
use crate::verify::{self, SampleRate, VerifyReport};

/// Verifies the SQLite file of a copy.
///
/// # Errors
///
/// [`CopyFailure::Damaged`] where it is not sound.
pub(super) fn prove(file: &Path, on_step: OnStep<'_>) -> Result<VerifyReport, CopyFailure> {
    let mut stopped = false;
    let mut on_progress = |progress| stopped |= on_step(CopyStep::Proving(progress)).is_break();
    let report = verify::verify(&Reader::open(file)?, SampleRate::Whole, &mut on_progress)?;
    match report.damaged.first() {
        _ if stopped => Err(CopyFailure::Stopped),
        None => Ok(report),
        Some(first) => {
            let first = format!("{} {}: {}", first.kind.as_str(), first.id, first.reason);
            Err(CopyFailure::Damaged { places: report.damaged.len() as u64, first })
        }
    }
}
