//! Adding a version to a draft, at most once and never unproven.

use rusqlite::{Connection, OptionalExtension, Transaction, ffi};

use super::account_id::AccountId;
use super::error::Error;
use super::internal_error::{InternalError, separate_damage};
use super::observation::{Observation, RecordOutcome};
use super::{document, draft_state};
use crate::canonical::{self, Canonical};
use crate::model::{Hash, MediaId, Timestamp, rfc3339};

/// Returns whether the newest version of the draft has the content that was seen.
pub(super) fn is_newest(
    connection: &Connection,
    account: AccountId,
    observation: &Observation,
) -> Result<bool, InternalError> {
    let newest = newest(connection, account, &observation.media_id)?;
    Ok(newest.is_some_and(|newest| newest.hash == Some(observation.canonical.hash())))
}

/// The newest version of a draft.
pub(super) struct Newest {
    pub(super) version: i64,
    pub(super) number: u64,
    /// By the current version of the hash algorithm; `None` if the stored document is damaged.
    pub(super) hash: Option<Hash>,
}

/// What becomes of the version that was the newest when another one is added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum PreviousVersion {
    /// It becomes a delta.
    Recode,
    /// It is damaged, and is neither read nor changed: it stays for whoever can mend it.
    Leave,
}

/// As [`newest`]; one that is left alone has no hash.
pub(super) fn newest_beside(
    transaction: &Transaction<'_>,
    account: AccountId,
    media_id: &MediaId,
    previous: PreviousVersion,
) -> Result<Option<Newest>, InternalError> {
    match previous {
        PreviousVersion::Recode => newest(transaction, account, media_id),
        PreviousVersion::Leave => {
            Ok(last(transaction, account, media_id)?.map(|(version, number)| Newest { version, number, hash: None }))
        }
    }
}

/// Finds the newest version of a draft, hashed by the law of today: one that was hashed by an older law is hashed anew,
/// so that a new law makes no false versions. What is damaged of it keeps no new version out: its number is known to an index
/// as well.
pub(super) fn newest(
    connection: &Connection,
    account: AccountId,
    media_id: &MediaId,
) -> Result<Option<Newest>, InternalError> {
    let Some((version, number)) = last(connection, account, media_id)? else { return Ok(None) };
    let hash = separate_damage(hash_of_today(connection, version))?.ok();
    Ok(Some(Newest { version, number, hash }))
}

/// SQL for the greatest number of a draft's versions that are gone, 0 where none is. Newer ones may be lost for good, and the newest that is
/// there may have been damaged after older ones were pruned: no number is given twice. One that is damaged says nothing.
pub(super) fn greatest_gone(draft: &str) -> String {
    let greatest = |number: &str, table: &str| {
        format!(
            "coalesce((SELECT max({number}) FROM {table} WHERE {table}.draft = {draft} AND typeof({number}) = 'integer'), 0)"
        )
    };
    format!("max({}, {})", greatest("number", "lost_version"), greatest("last_version", "pruned"))
}

/// Returns the id and the number of the newest version of a draft, as an index has them; of those whose number can be read. Where newer
/// ones are gone, the number is that of the newest of these.
fn last(connection: &Connection, account: AccountId, media_id: &MediaId) -> rusqlite::Result<Option<(i64, u64)>> {
    connection
        .prepare_cached(&format!(
            "SELECT version.id, max(version.number, {})
             FROM draft JOIN version ON version.draft = draft.id
             WHERE draft.account = ?1 AND draft.media_id = ?2 AND typeof(version.number) = 'integer' AND version.number >= 1
             ORDER BY version.number DESC LIMIT 1",
            greatest_gone("draft.id")
        ))?
        .query_row((account.0, media_id.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// Returns the hash of a version by the law of today; that of an older law is made again from the document.
pub(super) fn hash_of_today(connection: &Connection, version: i64) -> Result<Hash, InternalError> {
    let (hash, hash_version): (_, u32) = connection
        .prepare_cached("SELECT hash, canon FROM version WHERE id = ?1")?
        .query_row([version], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or_else(|| Error::Damaged("the row of a version is missing".to_owned()))?;
    match hash_version {
        canonical::HASH_VERSION => Ok(Hash(hash)),
        _ => Ok(rehash(&document::load_raw(connection, version)?)?),
    }
}

/// Returns the number of the newest version of a draft, or of one that is gone where that is greater; 0 where it has none.
pub(super) fn newest_number(connection: &Connection, account: AccountId, media_id: &MediaId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(&format!(
            "SELECT max(coalesce((SELECT max(number) FROM version
                                  WHERE version.draft = draft.id AND typeof(number) = 'integer' AND number >= 1), 0), {})
             FROM draft WHERE account = ?1 AND media_id = ?2",
            greatest_gone("draft.id")
        ))?
        .query_row((account.0, media_id.as_str()), |row| row.get(0))
        .optional()
        .map(Option::unwrap_or_default)
}

/// Returns the number of the newest version of a draft that is there, 0 where it has none.
pub(super) fn newest_there(connection: &Connection, account: AccountId, media_id: &MediaId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT coalesce(max(version.number), 0) FROM draft JOIN version ON version.draft = draft.id
             WHERE draft.account = ?1 AND draft.media_id = ?2 AND typeof(version.number) = 'integer' AND version.number >= 1",
        )?
        .query_row((account.0, media_id.as_str()), |row| row.get(0))
}

/// Returns the document of the newest version of a draft, as received.
pub(super) fn newest_document(
    connection: &Connection,
    account: AccountId,
    media_id: &MediaId,
) -> Result<Option<Vec<u8>>, InternalError> {
    let newest = newest(connection, account, media_id)?;
    newest.map(|newest| document::load_raw(connection, newest.version)).transpose()
}

pub(super) fn rehash(document: &[u8]) -> Result<Hash, Error> {
    let canonical = canonical::canonicalise(document).map_err(|error| Error::Damaged(error.to_string()))?;
    Ok(canonical.hash())
}

/// Adds a version, unless another process has just added the same one.
pub(super) fn add(
    transaction: &Transaction<'_>,
    account: AccountId,
    observation: &Observation,
    previous: PreviousVersion,
) -> Result<RecordOutcome, InternalError> {
    let hash = observation.canonical.hash();
    let newest = newest_beside(transaction, account, &observation.media_id, previous)?;
    if newest.as_ref().is_some_and(|newest| newest.hash == Some(hash)) {
        return Ok(RecordOutcome::Unchanged);
    }
    let number = match &newest {
        Some(newest) => newest.number + 1,
        // All versions may be gone: their numbers are not given again.
        None => newest_number(transaction, account, &observation.media_id)? + 1,
    };
    if observation.expected_previous.is_some_and(|expected_previous| expected_previous + 1 != number) {
        return Ok(RecordOutcome::Overtaken);
    }
    let draft = draft(transaction, account, observation)?;
    let row = VersionInsert {
        draft,
        number,
        hash,
        hash_version: canonical::HASH_VERSION,
        observed_at: observation.observed_at,
        update_time: observation.update_time,
        document: &observation.document,
        canonical: &observation.canonical,
    };
    append(transaction, &row, newest.as_ref(), previous)?;
    Ok(RecordOutcome::Version { draft, number, title: observation.canonical.title.clone(), damage: None })
}

/// A version that is about to be stored.
pub(super) struct VersionInsert<'a> {
    pub(super) draft: i64,
    pub(super) number: u64,
    pub(super) hash: Hash,
    /// The version of the hash law.
    pub(super) hash_version: u32,
    pub(super) observed_at: Timestamp,
    pub(super) update_time: Option<i64>,
    /// As received.
    pub(super) document: &'a [u8],
    pub(super) canonical: &'a Canonical,
}

/// Stores a version behind the newest one of its draft, which becomes a delta on it, and proves what was stored.
pub(super) fn append(
    transaction: &Transaction<'_>,
    row: &VersionInsert<'_>,
    newest: Option<&Newest>,
    previous: PreviousVersion,
) -> Result<(), InternalError> {
    let version = insert(transaction, row).map_err(|error| refused(row, error))?;
    let repaired = (!row.canonical.strict).then(|| canonical::repair(row.document));
    let document = repaired.as_deref().unwrap_or(row.document);
    document::store(transaction, version, document)?;
    if repaired.is_some() {
        document::store_received(transaction, version, row.document)?;
    }
    if let Some(newest) = newest.filter(|_| previous == PreviousVersion::Recode) {
        document::replace_with_delta(transaction, newest.version, version, document)?;
    }
    verify_stored(transaction, version, row)
}

/// The number comes after those of all versions that are there or gone, so a trigger refuses it where what is said of these is damaged.
fn refused(row: &VersionInsert<'_>, error: rusqlite::Error) -> InternalError {
    match error.sqlite_error() {
        Some(code) if code.extended_code == ffi::SQLITE_CONSTRAINT_TRIGGER => {
            Error::Damaged(format!("version {} is new, and was there before or was pruned", row.number)).into()
        }
        _ => error.into(),
    }
}

/// Proves that what was stored is what was seen, through the code that a restore uses.
fn verify_stored(transaction: &Transaction<'_>, version: i64, row: &VersionInsert<'_>) -> Result<(), InternalError> {
    if document::load_raw(transaction, version)? != row.document {
        return Err(Error::ReadBack("other bytes came back").into());
    }
    if rehash(&document::load(transaction, version)?)? != row.canonical.hash() {
        return Err(Error::ReadBack("another hash came back").into());
    }
    Ok(())
}

fn draft(transaction: &Transaction<'_>, account: AccountId, observation: &Observation) -> rusqlite::Result<i64> {
    let (media_id, now) = (&observation.media_id, observation.observed_at);
    draft_state::mark_read(transaction, account, media_id, now)?;
    transaction
        .prepare_cached(
            "INSERT INTO draft (account, media_id, first_seen, last_seen) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (account, media_id) DO NOTHING",
        )?
        .execute((account.0, media_id.as_str(), rfc3339(now)))?;
    transaction
        .prepare_cached("SELECT id FROM draft WHERE account = ?1 AND media_id = ?2")?
        .query_row((account.0, media_id.as_str()), |row| row.get(0))
}

/// The id is given: without one, the trigger `version_comes_once` would look for a row where the table begins, and could not be
/// answered where that page is lost. So it is with every table that has such a trigger.
fn insert(transaction: &Transaction<'_>, row: &VersionInsert<'_>) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO version (id, draft, number, hash, canon, observed_at, update_time, articles, title)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM version), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            row.draft,
            row.number,
            row.hash.0,
            row.hash_version,
            rfc3339(row.observed_at),
            row.update_time,
            row.canonical.articles,
            &row.canonical.title,
        ))?;
    Ok(transaction.last_insert_rowid())
}
