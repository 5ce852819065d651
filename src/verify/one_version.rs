//! Verifies one version, for those who look often: what reading it for a restore would find.

use super::document::prove;
use crate::archive::{Error, Reader};

/// A version, by its numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionNumber {
    pub draft: i64,
    pub number: u64,
}

/// Chooses a version by a random number; `None` if there is none.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn choose_version(reader: &Reader, random: u64) -> Result<Option<VersionNumber>, Error> {
    let last = reader.max_draft_id()?;
    let Ok(drafts @ 1..) = u64::try_from(last) else { return Ok(None) };
    // Numbers of drafts may have gaps: the one after a gap is chosen more often.
    let Some(draft) = reader.next_draft_id((random % drafts) as i64)? else { return Ok(None) };
    let numbers = reader.version_numbers(draft)?;
    let place = (random / drafts).checked_rem(numbers.len() as u64);
    Ok(place.map(|place| VersionNumber { draft, number: numbers[place as usize] }))
}

/// Rebuilds the document of a version, hashes it and compares it with the version's row. Returns what is wrong with it.
///
/// # Errors
///
/// If the archive cannot be read for another reason than damage.
pub fn damage_of(reader: &Reader, version: VersionNumber) -> Result<Option<String>, Error> {
    let proof = || {
        let row = reader.version(version.draft, version.number)?;
        reader.documents(&[row], |row, document| prove(row, &document?).map_err(Error::Damaged))
    };
    match proof() {
        Ok(()) => Ok(None),
        Err(error) => error.damage_reason().map(Some),
    }
}
