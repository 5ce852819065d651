//! The event of a version: what it changed in the version before.

use rusqlite::{Connection, Transaction};

use super::account_id::AccountId;
use super::event::{self, NewEvent};
use super::internal_error::{InternalError, separate_damage};
use super::observation::Observation;
use super::{document, version};
use crate::diff::{self, Content, Loss};
use crate::model::{ContentSize, EventKind, Timestamp};

/// A version that was added to a draft.
pub(super) struct VersionEvent {
    pub(super) draft: i64,
    pub(super) number: u64,
    pub(super) at: Timestamp,
}

/// What a document changes in the newest version of its draft.
pub(super) struct VersionChange {
    /// The number of that version.
    older: u64,
    loss: Option<Loss>,
    sizes: [ContentSize; 2],
}

/// Compares a document with the newest version of its draft; `None` where there is none that can be read. This may take some
/// milliseconds, and is done before the transaction.
pub(super) fn compare(
    connection: &Connection,
    account: AccountId,
    observation: &Observation,
) -> Result<Option<VersionChange>, InternalError> {
    let read = || -> Result<Option<VersionChange>, InternalError> {
        let Some(newest) = version::newest(connection, account, &observation.media_id)? else { return Ok(None) };
        let older = document::load_raw(connection, newest.version)?;
        let (Ok(before), Ok(after)) = (Content::read(&older), Content::read(&observation.document)) else {
            return Ok(None);
        };
        let sizes = [before.size(), after.size()];
        let loss = diff::loss(&before, &after, sizes, observation.shrunk_share);
        Ok(Some(VersionChange { older: newest.number, loss, sizes }))
    };
    Ok(separate_damage(read())?.unwrap_or_default())
}

/// Writes the event of a version. The first versions of what was in the box before anybody watched it are none.
pub(super) fn add_version(
    transaction: &Transaction<'_>,
    account: AccountId,
    added: &VersionEvent,
    change: Option<&VersionChange>,
) -> rusqlite::Result<()> {
    let VersionEvent { draft, number, at } = *added;
    if number == 1 && !was_polled(transaction, account)? {
        return Ok(());
    }
    // Another process may have added a version since they were compared.
    let change = change.filter(|change| change.older + 1 == number);
    let kind = match change.and_then(|change| change.loss) {
        Some(Loss::Emptied) => EventKind::DraftEmptied,
        Some(Loss::Shrunk) => EventKind::DraftShrunk,
        Some(Loss::Rewritten) => EventKind::DraftRewritten,
        None if number == 1 => EventKind::DraftNew,
        None => EventKind::DraftChanged,
    };
    let sizes = change.map(|change| change.sizes);
    let event = NewEvent { version: Some(number), sizes, ..NewEvent::of_draft(draft, kind, at) };
    event::add(transaction, Some(account), &event)
}

/// Returns whether a poll of the account has ended.
fn was_polled(transaction: &Transaction<'_>, account: AccountId) -> rusqlite::Result<bool> {
    transaction.prepare_cached("SELECT 1 FROM poll WHERE account = ?1 LIMIT 1")?.exists([account.0])
}
