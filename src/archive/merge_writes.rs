//! The writes of programs of another archive, and which programs asked for its restores: each comes over once, where its draft is here.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::gate_write::NEXT_ID;
use super::internal_error::InternalError;
use super::merge_records::{MergedRecords, MergedVersion};
use super::migrate;
use super::reader::Reader;
use super::writer::Writer;

/// The first schema that knows them.
const MIN_SCHEMA: i64 = 30;

/// A write of another archive.
struct WriteRow {
    id: i64,
    /// The name of the account.
    account: String,
    action: String,
    draft: Option<i64>,
    before: Option<i64>,
    result: Option<i64>,
    restore: Option<i64>,
    state: String,
    asked_at: String,
    /// What is the same here: `reason`, `decided_by`, `decided_at`, `finished_at` and `media_id`.
    rest: [Value; 5],
}

/// What is here of the versions there.
struct Here<'a> {
    /// By the number of the draft there and that of the version there: the same here.
    versions: BTreeMap<(i64, i64), (i64, u64)>,
    accounts: &'a BTreeMap<String, AccountId>,
    /// The numbers of restores there and here.
    restores: &'a BTreeMap<i64, i64>,
}

impl Writer {
    /// Brings the writes over whose drafts are here, and which programs asked for them and for restores.
    pub(super) fn merge_writes(
        &mut self,
        from: &Reader,
        versions: &[MergedVersion],
        accounts: &BTreeMap<String, AccountId>,
        restores: &BTreeMap<i64, i64>,
    ) -> Result<MergedRecords, Error> {
        let mut merged = MergedRecords::default();
        if migrate::version(&from.connection, &from.path)? < MIN_SCHEMA {
            return Ok(merged);
        }
        let failed = |error| Error::of(&from.path, &error);
        let here = Here { versions: versions_here(from, versions).map_err(failed)?, accounts, restores };
        let mut numbers = restores.clone();
        for row in &writes(from).map_err(failed)? {
            match self.transaction(|transaction| put_write(transaction, row, &here))? {
                Some((id, is_new)) => {
                    numbers.insert(row.id, id);
                    merged.writes += u64::from(is_new);
                }
                None => merged.writes_left += 1,
            }
        }
        let origins = origins(from).map_err(failed)?;
        self.transaction(|transaction| {
            for (there, origin) in &origins {
                if let Some(id) = numbers.get(there) {
                    put_origin(transaction, *id, origin)?;
                }
            }
            Ok(())
        })?;
        Ok(merged)
    }
}

fn versions_here(from: &Reader, versions: &[MergedVersion]) -> rusqlite::Result<BTreeMap<(i64, i64), (i64, u64)>> {
    let by_id: BTreeMap<i64, &MergedVersion> = versions.iter().map(|version| (version.there, version)).collect();
    let mut here = BTreeMap::new();
    let mut query = from.connection.prepare("SELECT id, draft, number FROM version")?;
    let mut rows = query.query(())?;
    while let Some(row) = rows.next()? {
        if let Some(version) = by_id.get(&row.get(0)?) {
            here.insert((row.get(1)?, row.get(2)?), (version.draft, version.here));
        }
    }
    Ok(here)
}

fn writes(from: &Reader) -> rusqlite::Result<Vec<WriteRow>> {
    let read = |row: &Row<'_>| {
        Ok(WriteRow {
            id: row.get(0)?,
            account: row.get(1)?,
            action: row.get(2)?,
            draft: row.get(3)?,
            before: row.get(4)?,
            result: row.get(5)?,
            restore: row.get(6)?,
            state: row.get(7)?,
            asked_at: row.get(8)?,
            rest: [row.get(9)?, row.get(10)?, row.get(11)?, row.get(12)?, row.get(13)?],
        })
    };
    from.connection
        .prepare(
            "SELECT gate_write.id, name, action, draft, before, result, restore, state, asked_at,
                    reason, decided_by, decided_at, finished_at, media_id
             FROM gate_write JOIN account ON account.id = gate_write.account ORDER BY gate_write.id",
        )?
        .query_map((), read)?
        .collect()
}

/// Returns who asked, by the number of the write or the restore: who, program, note, asked_at.
fn origins(from: &Reader) -> rusqlite::Result<Vec<(i64, [Value; 4])>> {
    let read = |row: &Row<'_>| Ok((row.get(0)?, [row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?]));
    from.connection
        .prepare("SELECT id, who, program, note, asked_at FROM write_origin ORDER BY id")?
        .query_map((), read)?
        .collect()
}

/// Returns the number of a write here, and whether it is new; `None` where it stays behind.
fn put_write(
    transaction: &Transaction<'_>,
    row: &WriteRow,
    here: &Here<'_>,
) -> Result<Option<(i64, bool)>, InternalError> {
    let draft =
        row.draft.map(|there| here.versions.range((there, i64::MIN)..).next().filter(|(key, _)| key.0 == there));
    let draft = draft.map(|found| found.map(|(_, (draft, _))| *draft));
    let (Some(account), false) = (here.accounts.get(&row.account), draft == Some(None)) else { return Ok(None) };
    // One that has not ended is completed where it was begun.
    if matches!(row.state.as_str(), "held" | "begun" | "unknown") {
        return Ok(None);
    }
    let draft = draft.flatten();
    let same =
        "SELECT id FROM gate_write WHERE account = ?1 AND action = ?2 AND asked_at = ?3 AND draft IS ?4 AND state = ?5";
    let found = transaction
        .prepare_cached(same)?
        .query_row((account.0, &row.action, &row.asked_at, draft, &row.state), |row| row.get(0))
        .optional()?;
    if let Some(id) = found {
        return Ok(Some((id, false)));
    }
    let number = |there: Option<i64>| Some(here.versions.get(&(row.draft?, there?))?.1);
    let restore = row.restore.and_then(|there| here.restores.get(&there));
    let [reason, decided_by, decided_at, finished_at, media_id] = &row.rest;
    let id = transaction
        .prepare_cached(&format!(
            "INSERT INTO gate_write (id, account, action, draft, before, asked_at, state, reason, decided_by, decided_at, finished_at,
                                     media_id, result, restore)
             VALUES ({NEXT_ID}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13) RETURNING id"
        ))?
        .query_row(
            (
                account.0,
                &row.action,
                draft,
                number(row.before),
                &row.asked_at,
                &row.state,
                reason,
                decided_by,
                decided_at,
                finished_at,
                media_id,
                number(row.result),
                restore,
            ),
            |row| row.get(0),
        )?;
    Ok(Some((id, true)))
}

fn put_origin(
    transaction: &Transaction<'_>,
    id: i64,
    [who, program, note, asked_at]: &[Value; 4],
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO write_origin (id, who, program, note, asked_at) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
        )?
        .execute((id, who, program, note, asked_at))?;
    Ok(())
}
