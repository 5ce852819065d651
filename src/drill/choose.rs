//! Which version a drill restores.

use super::run::Drill;
use crate::archive::{self, Filter, Reader};
use crate::config::Account;
use crate::restore::{NewDraftRestore, RestoreError, RestoreOptions, Source};
use crate::verify::{self, VersionNumber};

/// So many versions are looked at until one can be restored.
const MOST_TRIED: u64 = 100;

/// Why there is no drill.
#[derive(Debug, thiserror::Error)]
pub enum NoDrill {
    #[error("no version was found that can be restored as a new draft of {0}")]
    NothingToRestore(String),
    /// Calls are used up, or the platform has closed an interface.
    #[error("{0}")]
    NotNow(String),
    /// What an earlier drill left could not be taken away.
    #[error(transparent)]
    Left(RestoreError),
    #[error(transparent)]
    Restore(#[from] RestoreError),
}

impl From<archive::Error> for NoDrill {
    fn from(error: archive::Error) -> Self {
        Self::Restore(error.into())
    }
}

/// Plans a drill with this version. Calls nothing.
///
/// # Errors
///
/// If the version cannot be converted for sending.
pub fn of_version(source: Source, target: &Account) -> Result<Drill, RestoreError> {
    let options = RestoreOptions { is_drill: true, ..RestoreOptions::default() };
    Ok(Drill { restore: NewDraftRestore::for_resume(source, options, target)? })
}

/// Plans a drill with a version that `random` chooses among those that can be restored into this account. Calls nothing.
///
/// # Errors
///
/// If there is none, or the archive is damaged where it was read; see [`NoDrill`].
pub fn choose(reader: &Reader, target: &Account, random: u64) -> Result<Drill, NoDrill> {
    let made_by_drills = reader.drafts_taken_back()?;
    for try_number in 0..MOST_TRIED {
        let Some(VersionNumber { draft, number }) = verify::choose_version(reader, random.wrapping_add(try_number))?
        else {
            continue;
        };
        if made_by_drills.contains(&draft) {
            continue;
        }
        let filter = Filter { id: Some(draft), ..Filter::default() };
        let Some(draft) = reader.drafts(&filter)?.pop() else { continue };
        let version = reader.version(draft.id, number)?;
        match of_version(Source::read(reader, draft, version)?, target) {
            Ok(drill) if drill.check().is_ok() => return Ok(drill),
            // Another one can be restored, perhaps.
            Ok(_) | Err(RestoreError::NoPlan(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(NoDrill::NothingToRestore(target.name.to_string()))
}
