//! Adding a version to a draft, at most once and never unproven.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::document;
use super::error::Error;
use super::fault::Fault;
use super::record::AccountId;
use super::sighting::{Recorded, Sighting};
use crate::canonical;
use crate::model::{Hash, MediaId, rfc3339};

/// Tells whether the newest version of the draft has the content that was seen.
pub(super) fn is_newest(connection: &Connection, account: AccountId, sighting: &Sighting) -> Result<bool, Fault> {
    let newest = newest(connection, account, &sighting.media_id)?;
    Ok(newest.is_some_and(|newest| newest.hash == sighting.canonical.hash()))
}

/// The newest version of a draft.
struct Newest {
    version: i64,
    number: u64,
    hash: Hash,
}

/// Finds the newest version of a draft, hashed by the law of today: one that was hashed by an older law is hashed anew,
/// so that a new law makes no false versions.
fn newest(connection: &Connection, account: AccountId, media_id: &MediaId) -> Result<Option<Newest>, Fault> {
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

/// Returns the document of the newest version of a draft, as received.
pub(super) fn newest_document(
    connection: &Connection,
    account: AccountId,
    media_id: &MediaId,
) -> Result<Option<Vec<u8>>, Fault> {
    let newest = newest(connection, account, media_id)?;
    newest.map(|newest| document::load_received(connection, newest.version)).transpose()
}

fn rehash(document: &[u8]) -> Result<Hash, Error> {
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
        return Ok(Recorded::Unchanged);
    }
    let draft = draft(transaction, account, sighting)?;
    let version = insert(transaction, &Row { draft, number, hash }, sighting)?;
    let repaired = (!sighting.canonical.strict).then(|| canonical::repair(&sighting.document));
    let document = repaired.as_deref().unwrap_or(&sighting.document);
    document::store(transaction, version, document)?;
    if repaired.is_some() {
        document::store_received(transaction, version, &sighting.document)?;
    }
    if let Some(newest) = newest {
        document::recode(transaction, newest.version, version, document)?;
    }
    read_back(transaction, version, sighting, hash)?;
    Ok(Recorded::Version { draft, number, title: sighting.canonical.title.clone() })
}

/// Proves that what was stored is what was seen, through the same door that a restore will use.
fn read_back(transaction: &Transaction<'_>, version: i64, sighting: &Sighting, hash: Hash) -> Result<(), Fault> {
    if document::load_received(transaction, version)? != sighting.document {
        return Err(Error::ReadBack("other bytes came back").into());
    }
    if rehash(&document::load(transaction, version)?)? != hash {
        return Err(Error::ReadBack("another hash came back").into());
    }
    Ok(())
}

fn draft(transaction: &Transaction<'_>, account: AccountId, sighting: &Sighting) -> rusqlite::Result<i64> {
    let now = rfc3339(sighting.observed_at);
    transaction
        .prepare_cached(
            "INSERT INTO draft (account, media_id, first_seen, last_seen) VALUES (?1, ?2, ?3, ?3)
             ON CONFLICT (account, media_id) DO UPDATE SET last_seen = max(last_seen, excluded.last_seen), state = 'live', missing_since = NULL
             RETURNING id",
        )?
        .query_row((account.0, sighting.media_id.as_str(), now), |row| row.get(0))
}

/// What a version's row holds beside what was seen.
struct Row {
    draft: i64,
    number: u64,
    hash: Hash,
}

fn insert(transaction: &Transaction<'_>, row: &Row, sighting: &Sighting) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO version (draft, number, hash, canon, observed_at, update_time, articles, title)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        )?
        .execute((
            row.draft,
            row.number,
            row.hash.0,
            canonical::LAW,
            rfc3339(sighting.observed_at),
            sighting.update_time,
            sighting.canonical.articles,
            &sighting.canonical.title,
        ))?;
    Ok(transaction.last_insert_rowid())
}
