//! The records of restores of another archive: each comes over once, where its versions are here.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::gate_write::NEXT_ID;
use super::internal_error::InternalError;
use super::merge_records::{MergedRecords, MergedVersion};
use super::migrate;
use super::reader::Reader;
use super::restore_records::MIN_SCHEMA_WITH_KINDS;
use super::writer::Writer;

impl Writer {
    /// Brings the restores and the writes of programs over whose versions are here: `versions` are those of all drafts, `accounts` the names of the accounts there
    /// and what they are here.
    pub fn merge_restores(
        &mut self,
        from: &Reader,
        versions: &[MergedVersion],
        accounts: &BTreeMap<String, AccountId>,
    ) -> Result<MergedRecords, Error> {
        if migrate::version(&from.connection, &from.path)? < MIN_SCHEMA_WITH_KINDS {
            return Ok(MergedRecords::default());
        }
        let rows = restores(from).map_err(|error| Error::of(&from.path, &error))?;
        let by_id: BTreeMap<i64, &MergedVersion> = versions.iter().map(|version| (version.there, version)).collect();
        let mut known = BTreeMap::new();
        let mut merged = MergedRecords::default();
        for row in &rows {
            let steps = steps(from, row.id).map_err(|error| Error::of(&from.path, &error))?;
            let brought =
                self.transaction(|transaction| put_restore(transaction, row, &steps, &by_id, accounts, &known))?;
            match brought {
                Brought::New(id) => {
                    known.insert(row.id, id);
                    merged.restores += 1;
                }
                Brought::Known(id) => drop(known.insert(row.id, id)),
                Brought::Left => merged.restores_left += 1,
            }
        }
        merged.add(self.merge_writes(from, versions, accounts, &known)?);
        Ok(merged)
    }
}

/// A restore of another archive.
struct RestoreRow {
    id: i64,
    kind: String,
    version: i64,
    /// The name of the account.
    account: String,
    choices: String,
    before: Option<i64>,
    result: Option<i64>,
    undoes: Option<i64>,
    started_at: String,
    finished_at: Option<String>,
    outcome: String,
    media_id: Option<String>,
}

/// What became of a restore of another archive.
enum Brought {
    New(i64),
    Known(i64),
    Left,
}

fn restores(from: &Reader) -> rusqlite::Result<Vec<RestoreRow>> {
    from.connection
        .prepare(
            "SELECT restore.id, kind, version, name, choices, before, result, undoes, started_at, finished_at, outcome, media_id
             FROM restore JOIN account ON account.id = restore.account ORDER BY restore.id",
        )?
        .query_map((), |row| {
            Ok(RestoreRow {
                id: row.get(0)?,
                kind: row.get(1)?,
                version: row.get(2)?,
                account: row.get(3)?,
                choices: row.get(4)?,
                before: row.get(5)?,
                result: row.get(6)?,
                undoes: row.get(7)?,
                started_at: row.get(8)?,
                finished_at: row.get(9)?,
                outcome: row.get(10)?,
                media_id: row.get(11)?,
            })
        })?
        .collect()
}

/// Returns the steps of a restore: number, step, about, began_at, done_at, media_id.
fn steps(from: &Reader, restore: i64) -> rusqlite::Result<Vec<[Value; 6]>> {
    from.connection
        .prepare_cached(
            "SELECT number, step, about, began_at, done_at, media_id FROM restore_step WHERE restore = ?1 ORDER BY number",
        )?
        .query_map([restore], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?, row.get(5)?])
        })?
        .collect()
}

fn put_restore(
    transaction: &Transaction<'_>,
    row: &RestoreRow,
    steps: &[[Value; 6]],
    versions: &BTreeMap<i64, &MergedVersion>,
    accounts: &BTreeMap<String, AccountId>,
    known: &BTreeMap<i64, i64>,
) -> Result<Brought, InternalError> {
    let id_here = |there: i64| -> rusqlite::Result<Option<i64>> {
        let Some(version) = versions.get(&there) else { return Ok(None) };
        transaction
            .prepare_cached("SELECT id FROM version WHERE draft = ?1 AND number = ?2")?
            .query_row((version.draft, version.here), |row| row.get(0))
            .optional()
    };
    let of_option = |there: Option<i64>| there.map_or(Ok(None), id_here);
    let (version, before, result) = (id_here(row.version)?, of_option(row.before)?, of_option(row.result)?);
    let undoes = row.undoes.and_then(|id| known.get(&id));
    let (Some(version), Some(account)) = (version, accounts.get(&row.account)) else { return Ok(Brought::Left) };
    // One that has not ended is completed where it was begun. An undo without what it takes back says nothing.
    if matches!(row.outcome.as_str(), "begun" | "unknown") || row.undoes.is_some() != undoes.is_some() {
        return Ok(Brought::Left);
    }
    let same = "SELECT id FROM restore WHERE version = ?1 AND account = ?2 AND kind = ?3 AND started_at = ?4";
    let found = transaction
        .prepare_cached(same)?
        .query_row((version, account.0, &row.kind, &row.started_at), |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(Brought::Known(id));
    }
    let id: i64 = transaction
        .prepare_cached(&format!(
            "INSERT INTO restore (id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id)
             VALUES ({NEXT_ID}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id"
        ))?
        .query_row(
            (
                &row.kind,
                version,
                account.0,
                &row.choices,
                before,
                result,
                undoes,
                &row.started_at,
                &row.finished_at,
                &row.outcome,
                &row.media_id,
            ),
            |row| row.get(0),
        )?;
    for [number, step, about, began_at, done_at, media_id] in steps {
        transaction
            .prepare_cached(
                "INSERT INTO restore_step (restore, number, step, about, began_at, done_at, media_id)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((id, number, step, about, began_at, done_at, media_id))?;
    }
    Ok(Brought::New(id))
}
