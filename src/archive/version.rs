//! Adding a version to a draft, at most once and never unproven.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::error::Error;
use super::fault::Fault;
use super::record::AccountId;
use super::sighting::{Recorded, Sighting};
use super::{document, presence};
use crate::canonical::{self, Canonical};
use crate::model::{Hash, MediaId, Timestamp, rfc3339};

/// Tells whether the newest version of the draft has the content that was seen.
pub(super) fn is_newest(connection: &Connection, account: AccountId, sighting: &Sighting) -> Result<bool, Fault> {
    let newest = newest(connection, account, &sighting.media_id)?;
    Ok(newest.is_some_and(|newest| newest.hash == sighting.canonical.hash()))
}

/// The newest version of a draft.
pub(super) struct Newest {
    pub(super) version: i64,
    pub(super) number: u64,
    pub(super) hash: Hash,
}

/// Finds the newest version of a draft, hashed by the law of today: one that was hashed by an older law is hashed anew,
/// so that a new law makes no false versions.
pub(super) fn newest(connection: &Connection, account: AccountId, media_id: &MediaId) -> Result<Option<Newest>, Fault> {
    let found = connection
        .prepare_cached(
            "SELECT version.id, version.number, version.hash, version.canon
             FROM draft JOIN version ON version.draft = draft.id
             WHERE draft.account = ?1 AND draft.media_id = ?2
             ORDER BY version.number DESC LIMIT 1",
        )?
        .query_row((account.0, media_id.as_str()), |row| {
            let newest = Newest { version: row.get(0)?, number: row.get(1)?, hash: Hash(row.get(2)?) };
            Ok((newest, row.get::<_, u32>(3)?))
        })
        .optional()?;
    let Some((mut newest, law)) = found else { return Ok(None) };
    if law != canonical::LAW {
        newest.hash = rehash(&document::load_received(connection, newest.version)?)?;
    }
    Ok(Some(newest))
}

/// Returns the number of the newest version of a draft, 0 where it has none.
pub(super) fn newest_number(connection: &Connection, account: AccountId, media_id: &MediaId) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(
            "SELECT coalesce(max(version.number), 0) FROM draft JOIN version ON version.draft = draft.id
             WHERE draft.account = ?1 AND draft.media_id = ?2",
        )?
        .query_row((account.0, media_id.as_str()), |row| row.get(0))
}

/// Returns the document of the newest version of a draft, as received.
pub(super) fn newest_document(
    connection: &Connection,
    account: AccountId,
    media_id: &MediaId,
) -> Result<Option<Vec<u8>>, Fault> {
    let newest = newest(connection, account, media_id)?;
    newest.map(|newest| document::load_received(connection, newest.version)).transpose()
}

pub(super) fn rehash(document: &[u8]) -> Result<Hash, Error> {
    let canonical = canonical::canonicalise(document).map_err(|error| Error::Damaged(error.to_string()))?;
    Ok(canonical.hash())
}

/// Adds a version, unless another process has just added the same one.
pub(super) fn add(transaction: &Transaction<'_>, account: AccountId, sighting: &Sighting) -> Result<Recorded, Fault> {
    let hash = sighting.canonical.hash();
    let newest = newest(transaction, account, &sighting.media_id)?;
    if newest.as_ref().is_some_and(|newest| newest.hash == hash) {
        return Ok(Recorded::Unchanged);
    }
    let number = newest.as_ref().map_or(1, |newest| newest.number + 1);
    if sighting.follows.is_some_and(|follows| follows + 1 != number) {
        return Ok(Recorded::Overtaken);
    }
    let draft = draft(transaction, account, sighting)?;
    let row = Row {
        draft,
        number,
        hash,
        law: canonical::LAW,
        observed_at: sighting.observed_at,
        update_time: sighting.update_time,
        document: &sighting.document,
        canonical: &sighting.canonical,
    };
    append(transaction, &row, newest.as_ref())?;
    Ok(Recorded::Version { draft, number, title: sighting.canonical.title.clone() })
}

/// A version that is about to be stored.
pub(super) struct Row<'a> {
    pub(super) draft: i64,
    pub(super) number: u64,
    pub(super) hash: Hash,
    /// The number of the hash law that the hash is of.
    pub(super) law: u32,
    pub(super) observed_at: Timestamp,
    pub(super) update_time: Option<i64>,
    /// As received.
    pub(super) document: &'a [u8],
    pub(super) canonical: &'a Canonical,
}

/// Stores a version behind the newest one of its draft, which becomes a delta on it, and proves what was stored.
pub(super) fn append(transaction: &Transaction<'_>, row: &Row<'_>, newest: Option<&Newest>) -> Result<(), Fault> {
    let version = insert(transaction, row)?;
    let repaired = (!row.canonical.strict).then(|| canonical::repair(row.document));
    let document = repaired.as_deref().unwrap_or(row.document);
    document::store(transaction, version, document)?;
    if repaired.is_some() {
        document::store_received(transaction, version, row.document)?;
    }
    if let Some(newest) = newest {
        document::recode(transaction, newest.version, version, document)?;
    }
    read_back(transaction, version, row)
}

/// Proves that what was stored is what was seen, through the same door that a restore will use.
fn read_back(transaction: &Transaction<'_>, version: i64, row: &Row<'_>) -> Result<(), Fault> {
    if document::load_received(transaction, version)? != row.document {
        return Err(Error::ReadBack("other bytes came back").into());
    }
    if rehash(&document::load(transaction, version)?)? != row.canonical.hash() {
        return Err(Error::ReadBack("another hash came back").into());
    }
    Ok(())
}

fn draft(transaction: &Transaction<'_>, account: AccountId, sighting: &Sighting) -> rusqlite::Result<i64> {
    let (media_id, now) = (&sighting.media_id, sighting.observed_at);
    presence::mark_read(transaction, account, media_id, now)?;
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

fn insert(transaction: &Transaction<'_>, row: &Row<'_>) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO version (draft, number, hash, canon, observed_at, update_time, articles, title)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            row.draft,
            row.number,
            row.hash.0,
            row.law,
            rfc3339(row.observed_at),
            row.update_time,
            row.canonical.articles,
            &row.canonical.title,
        ))?;
    Ok(transaction.last_insert_rowid())
}
