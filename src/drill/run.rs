//! A drill itself, from the new draft to its deletion.

use crate::archive::{self, Reader};
use crate::config::Account;
use crate::model::{Endpoint, Timestamp};
use crate::restore::{
    self, DrillDraft, Issue, NewDraftRestore, RestoreContext, RestoreError, RestoreResult, UndoResult,
};

/// What a drill calls.
const CALLED: [Endpoint; 3] = [Endpoint::DraftAdd, Endpoint::DraftGet, Endpoint::DraftDelete];

/// A version that is to come back as a new draft.
#[derive(Debug)]
pub struct Drill {
    pub restore: NewDraftRestore,
}

/// A drill that made a draft.
#[derive(Debug)]
pub struct DrillResult {
    pub restored: RestoreResult,
    /// The deletion of the draft; or why it is in the box still.
    pub deleted: Result<UndoResult, RestoreError>,
}

impl Drill {
    /// Returns an error if the platform is sure to refuse the version.
    ///
    /// # Errors
    ///
    /// [`RestoreError::Stopped`].
    pub fn check(&self) -> Result<(), RestoreError> {
        self.restore.check(true)
    }

    /// Creates the draft, reads it back, compares it and deletes it.
    ///
    /// # Errors
    ///
    /// If no draft was created, or this is not known; see [`RestoreError`].
    pub async fn run(&self, context: &RestoreContext<'_>) -> Result<DrillResult, RestoreError> {
        self.check()?;
        let began_at = context.clock.now();
        let restored = self.restore.apply(true, context).await?;
        let RestoreResult { id, ref media_id, kept, .. } = restored;
        let made = DrillDraft {
            id,
            media_id: media_id.clone(),
            kept,
            began_at,
            ended_at: context.clock.now(),
            is_left: false,
        };
        let deleted = restore::take_away(&made, &self.restore, context).await;
        Ok(DrillResult { restored, deleted })
    }
}

/// Returns what keeps an account from a drill at present: interfaces that the platform has closed, and calls that are used up.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn obstacles(reader: &Reader, target: &Account, now: Timestamp) -> Result<Vec<Issue>, archive::Error> {
    let mut issues = Vec::new();
    for endpoint in CALLED {
        let of_endpoint = restore::preflight(reader, target, endpoint, now)?;
        // An account that is blocked as a whole is so for each endpoint.
        issues.extend(of_endpoint.into_iter().filter(|issue| !issues.contains(issue)).collect::<Vec<_>>());
    }
    Ok(issues)
}
