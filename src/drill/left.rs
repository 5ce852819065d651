//! What interrupted drills left in the draft box.

use crate::archive::{self, Reader, RestoreRecord};
use crate::config::Account;
use crate::lookup::LookupError;
use crate::model::MediaId;
use crate::restore::{self, DrillDraft, NewDraftRestore, RecordError, RestoreContext, RestoreError, UndoResult};

/// The draft of an earlier drill.
#[derive(Debug)]
pub enum LeftDraft {
    Deleted(UndoResult),
    /// Somebody edited it: it is theirs.
    Edited(MediaId),
}

/// Finds the drafts that earlier drills left in the box of the account, and deletes them.
///
/// # Errors
///
/// If the archive cannot be read, or the platform refuses; see [`RestoreError`]. What is left is taken away by a later call.
pub async fn take_away_left(reader: &Reader, context: &RestoreContext<'_>) -> Result<Vec<LeftDraft>, RestoreError> {
    let mut left = Vec::new();
    for record in of_account(reader, context.account)? {
        let (source, options) = restore::restored_source(&record, reader).map_err(|error| of_record(&record, error))?;
        let restore = NewDraftRestore::for_resume(source, options, context.account)?;
        let Some(made) = find(&record, &restore, context).await? else { continue };
        match restore::take_away(&made, &restore, context).await {
            Ok(undo) => left.push(LeftDraft::Deleted(undo)),
            Err(RestoreError::Edited(media_id)) => left.push(LeftDraft::Edited(media_id)),
            Err(error) => return Err(error),
        }
    }
    Ok(left)
}

/// Returns the drills that left a draft in the box of this account, for all we know.
///
/// # Errors
///
/// If the archive cannot be read.
pub fn of_account(reader: &Reader, account: &Account) -> Result<Vec<RestoreRecord>, archive::Error> {
    let mut left = reader.drills_left()?;
    left.retain(|record| record.account == account.name.as_str());
    Ok(left)
}

/// Finds the draft of a drill; `None` if it made none.
async fn find(
    record: &RestoreRecord,
    restore: &NewDraftRestore,
    context: &RestoreContext<'_>,
) -> Result<Option<DrillDraft>, RestoreError> {
    let (id, began_at) = (record.id, record.started_at);
    if let Some(media_id) = record.media_id.clone() {
        let ended_at = record.finished_at.unwrap_or(began_at);
        return Ok(Some(DrillDraft { id, media_id, kept: record.result, began_at, ended_at, is_left: true }));
    }
    let found = restore.settle(record.unfinished(), context).await?;
    let ended_at = context.clock.now();
    Ok(found.map(|found| DrillDraft {
        id,
        media_id: found.media_id,
        kept: found.kept,
        began_at,
        ended_at,
        is_left: true,
    }))
}

fn of_record(record: &RestoreRecord, error: RecordError) -> RestoreError {
    match error {
        RecordError::Lookup(LookupError::Archive(error)) => RestoreError::Archive(error),
        error => RestoreError::Record { id: record.id, reason: error.to_string() },
    }
}
