//! Versions go for good: their rows, in one transaction a step, after which every version that builds on them is read back.

use rusqlite::Transaction;

use super::document::{self, LONGEST_CHAIN, Recoded};
use super::error::Error;
use super::internal_error::InternalError;
use super::pruned::PrunedRange;
use super::unneeded_assets;
use super::version;
use super::writer::Writer;
use crate::canonical;
use crate::model::{Hash, Timestamp, rfc3339};

impl Writer {
    /// Removes versions of a draft, by their numbers, in one transaction; returns the numbers of those that went. A version stays that is
    /// the newest, pinned or used by a restore, whatever was asked: it may have become that since.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where one of them, or one that builds on them, is damaged; then none goes.
    pub fn prune(&mut self, draft: i64, numbers: &[u64], now: Timestamp) -> Result<Vec<u64>, Error> {
        self.transaction(|transaction| prune(transaction, draft, numbers, now))
    }
}

/// A version that goes.
struct Gone {
    id: i64,
    number: u64,
    title: String,
}

fn prune(
    transaction: &Transaction<'_>,
    draft: i64,
    numbers: &[u64],
    now: Timestamp,
) -> Result<Vec<u64>, InternalError> {
    let gone = removable(transaction, draft, numbers)?;
    if gone.is_empty() {
        return Ok(Vec::new());
    }
    let ids = json_list(gone.iter().map(|version| version.id))?;
    let affected = affected(transaction, &ids)?;
    let before = contents(transaction, &affected)?;
    let recoded = recode(transaction, &ids)?;
    transaction.execute("INSERT INTO pruning (draft) VALUES (?1)", [draft])?;
    recoded.into_iter().try_for_each(|recoded| document::replace_delta(transaction, recoded))?;
    record(transaction, draft, &gone, now)?;
    gone.iter().try_for_each(|version| remove(transaction, version))?;
    unneeded_assets::remember(transaction, &remove_picture_uses(transaction, draft)?, now)?;
    transaction.execute("DELETE FROM pruning WHERE draft = ?1", [draft])?;
    if contents(transaction, &affected)? != before {
        return Err(Error::ReadBack("a version that stays has another content").into());
    }
    Ok(gone.into_iter().map(|version| version.number).collect())
}

/// Returns those of the versions that may go, oldest first.
fn removable(transaction: &Transaction<'_>, draft: i64, numbers: &[u64]) -> Result<Vec<Gone>, InternalError> {
    let numbers = json_list(numbers.iter())?;
    let mut query = transaction.prepare_cached(
        "WITH used (version) AS (
             SELECT version FROM pin
             UNION SELECT version FROM restore UNION SELECT before FROM restore WHERE before IS NOT NULL
             UNION SELECT result FROM restore WHERE result IS NOT NULL
             UNION SELECT version FROM plan UNION SELECT over FROM plan
             UNION SELECT version.id FROM version JOIN gate_write
                   ON gate_write.draft = version.draft AND version.number IN (gate_write.before, gate_write.result))
         SELECT id, number, title FROM version
         WHERE draft = ?1 AND number IN (SELECT value FROM json_each(?2)) AND id NOT IN (SELECT version FROM used)
           AND number < (SELECT max(number) FROM version WHERE draft = ?1 AND typeof(number) = 'integer')
         ORDER BY number",
    )?;
    let rows = query
        .query_map((draft, numbers), |row| Ok(Gone { id: row.get(0)?, number: row.get(1)?, title: row.get(2)? }))?;
    Ok(rows.collect::<rusqlite::Result<_>>()?)
}

fn json_list(numbers: impl Iterator<Item = impl serde::Serialize>) -> Result<String, Error> {
    serde_json::to_string(&numbers.collect::<Vec<_>>()).map_err(|error| Error::Other(error.to_string()))
}

/// Returns the versions that stay and are rebuilt from one that goes, newest first.
fn affected(transaction: &Transaction<'_>, gone: &str) -> rusqlite::Result<Vec<i64>> {
    transaction
        .prepare_cached(
            "WITH RECURSIVE
             gone (version) AS MATERIALIZED (SELECT value FROM json_each(?1)),
             below (version) AS (
                 SELECT delta.version FROM gone JOIN delta ON delta.base = gone.version
                 UNION SELECT delta.version FROM below JOIN delta ON delta.base = below.version)
             SELECT version FROM below WHERE version NOT IN (SELECT version FROM gone) ORDER BY version DESC",
        )?
        .query_map([gone], |row| row.get(0))?
        .collect()
}

/// Returns the versions that stay and whose delta is on one that goes, newest first.
fn builders(transaction: &Transaction<'_>, gone: &str) -> rusqlite::Result<Vec<i64>> {
    transaction
        .prepare_cached(
            "WITH gone (version) AS MATERIALIZED (SELECT value FROM json_each(?1))
             SELECT delta.version FROM gone JOIN delta ON delta.base = gone.version
             WHERE delta.version NOT IN (SELECT version FROM gone) ORDER BY delta.version DESC",
        )?
        .query_map([gone], |row| row.get(0))?
        .collect()
}

/// Returns a fingerprint of each document in both its forms, after it was compared with the hash of its version.
fn contents(transaction: &Transaction<'_>, newest_first: &[i64]) -> Result<Vec<[Hash; 2]>, InternalError> {
    let hashes = newest_first.iter().map(|version| hash(transaction, *version));
    let mut hashes = hashes.collect::<rusqlite::Result<Vec<_>>>()?.into_iter();
    let mut contents = Vec::with_capacity(newest_first.len());
    document::for_each_document(transaction, newest_first, |document| {
        let document = document?;
        if let Some((hash, canonical::HASH_VERSION)) = hashes.next()
            && version::rehash(document.normalized)? != hash
        {
            return Err(Error::Damaged("a version that builds on it does not have its hash".to_owned()));
        }
        contents.push([Hash::of(document.normalized), Hash::of(document.raw)]);
        Ok(())
    })?;
    Ok(contents)
}

/// Returns the hash of a version, and the law that it was made by.
fn hash(transaction: &Transaction<'_>, version: i64) -> rusqlite::Result<(Hash, u32)> {
    transaction
        .prepare_cached("SELECT hash, canon FROM version WHERE id = ?1")?
        .query_row([version], |row| Ok((Hash(row.get(0)?), row.get(1)?)))
}

/// Returns the documents of the versions that stay and build on one that goes, in a form that builds on none. All of them are read
/// before any is written: what goes would become a longer chain with each.
fn recode(transaction: &Transaction<'_>, gone: &str) -> Result<Vec<Recoded>, InternalError> {
    let mut recoded: Vec<Recoded> = Vec::new();
    for version in builders(transaction, gone)? {
        let base = next_that_stays(transaction, version, gone)?;
        let depth = document::depth(base, |version| base_of(transaction, &recoded, version))?;
        let length = depth + 1 + below(transaction, version, gone)?;
        recoded.push(document::recode(transaction, version, base, length < LONGEST_CHAIN)?);
    }
    Ok(recoded)
}

/// Returns the version on which one may build: the next one that stays.
fn next_that_stays(transaction: &Transaction<'_>, version: i64, gone: &str) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "SELECT newer.id FROM version this JOIN version newer ON newer.draft = this.draft AND newer.number > this.number
             WHERE this.id = ?1 AND newer.id NOT IN (SELECT value FROM json_each(?2)) AND typeof(newer.number) = 'integer'
             ORDER BY newer.number LIMIT 1",
        )?
        .query_row((version, gone), |row| row.get(0))
}

/// Returns the version on which one builds, once the newer ones are recoded.
fn base_of(transaction: &Transaction<'_>, recoded: &[Recoded], version: i64) -> rusqlite::Result<Option<i64>> {
    match recoded.iter().find(|recoded| recoded.version == version) {
        Some(recoded) => Ok(recoded.base),
        None => document::base_of(transaction, version),
    }
}

/// Counts the versions that stay and are rebuilt from one, through none that goes.
fn below(transaction: &Transaction<'_>, version: i64, gone: &str) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "WITH RECURSIVE
             gone (version) AS MATERIALIZED (SELECT value FROM json_each(?2)),
             below (version) AS (
                 SELECT ?1
                 UNION SELECT delta.version FROM below JOIN delta ON delta.base = below.version
                 WHERE delta.version NOT IN (SELECT version FROM gone))
             SELECT count(*) - 1 FROM below",
        )?
        .query_row((version, gone), |row| row.get(0))
}

/// Records which numbers go.
fn record(transaction: &Transaction<'_>, draft: i64, gone: &[Gone], now: Timestamp) -> rusqlite::Result<()> {
    let range = |run: &[Gone]| PrunedRange {
        first: run[0].number,
        last: run[run.len() - 1].number,
        title: if run[0].number == 1 { run[0].title.clone() } else { String::new() },
        pruned_at: now,
    };
    let mut runs = gone.chunk_by(|older, newer| older.number + 1 == newer.number);
    runs.try_for_each(|run| insert(transaction, draft, &range(run)))
}

/// Records what was pruned of a draft before it was exported.
pub(super) fn record_imported(
    transaction: &Transaction<'_>,
    draft: i64,
    ranges: &[&PrunedRange],
) -> rusqlite::Result<()> {
    if ranges.is_empty() {
        return Ok(());
    }
    transaction.execute("INSERT INTO pruning (draft) VALUES (?1)", [draft])?;
    ranges.iter().try_for_each(|range| insert(transaction, draft, range))?;
    transaction.execute("DELETE FROM pruning WHERE draft = ?1", [draft]).map(drop)
}

fn insert(transaction: &Transaction<'_>, draft: i64, range: &PrunedRange) -> rusqlite::Result<()> {
    let PrunedRange { first, last, title, pruned_at } = range;
    transaction
        .prepare_cached(
            "INSERT INTO pruned (draft, first_version, last_version, title, pruned_at) VALUES (?1, ?2, ?3, ?4, ?5)",
        )?
        .execute((draft, first, last, title, rfc3339(*pruned_at)))
        .map(drop)
}

/// Removes the rows of a version. What its checksums find damaged stays, for whoever can mend it.
fn remove(transaction: &Transaction<'_>, version: &Gone) -> Result<(), InternalError> {
    for sql in [
        "DELETE FROM delta WHERE version = ?1",
        "DELETE FROM whole WHERE version = ?1",
        "DELETE FROM received WHERE version = ?1",
        "DELETE FROM version WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([version.id])?;
    }
    let sums = transaction
        .prepare_cached("DELETE FROM checksum WHERE kind IN ('version', 'document') AND id = ?1 AND sum = 0")?
        .execute([version.id])?;
    match sums {
        2 => Ok(()),
        _ => Err(Error::Damaged(format!("version {} is not as it was written", version.number)).into()),
    }
}

/// Removes the uses of pictures by versions that are gone; returns the pictures.
fn remove_picture_uses(transaction: &Transaction<'_>, draft: i64) -> rusqlite::Result<Vec<i64>> {
    transaction
        .prepare_cached(
            "DELETE FROM picture_use
             WHERE draft = ?1 AND last_version IS NOT NULL
               AND NOT EXISTS (SELECT 1 FROM version WHERE version.draft = ?1
                               AND number BETWEEN picture_use.first_version AND picture_use.last_version)
             RETURNING picture",
        )?
        .query_map([draft], |row| row.get(0))?
        .collect()
}
