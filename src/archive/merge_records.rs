//! What another archive has recorded of a draft beside its versions: pins, events and restores. Each comes over once, however often the
//! archives are merged. Polls, calls and conditions do not: they tell of the other archive's daemon.

use std::collections::BTreeMap;

use rusqlite::types::Value;
use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::event::{self, Event, NewEvent};
use super::internal_error::InternalError;
use super::migrate;
use super::pin::Pin;
use super::reader::{Reader, Version};
use super::restore_records::MIN_SCHEMA_WITH_KINDS;
use super::writer::Writer;
use crate::model::{ConditionDetails, rfc3339};

/// A version of another archive, and what it is here.
#[derive(Clone, Copy, Debug)]
pub struct MergedVersion {
    /// The id of its row there.
    there: i64,
    /// Its number there.
    number: u64,
    /// The number of its draft here.
    draft: i64,
    /// Its number here.
    here: u64,
}

impl MergedVersion {
    /// Says that a version is version `here` of a draft.
    pub fn new(there: &Version, draft: i64, here: u64) -> Self {
        Self { there: there.id, number: there.number, draft, here }
    }
}

/// How many records came over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MergedRecords {
    pub pins: u64,
    pub events: u64,
    pub restores: u64,
    /// Restores that had not ended there, or whose versions are not here: they stay behind.
    pub restores_left: u64,
}

impl Writer {
    /// Brings the pins and the events of a draft over. Targets are not told of these events: they happened before, elsewhere.
    pub fn merge_draft_records(
        &mut self,
        from: &Reader,
        account: AccountId,
        draft_there: i64,
        versions: &[MergedVersion],
    ) -> Result<MergedRecords, Error> {
        let pins = from.pins(draft_there)?;
        let events = from.find_events("event.draft = ?1 ORDER BY event.id", [draft_there])?;
        if pins.is_empty() && events.is_empty() {
            return Ok(MergedRecords::default());
        }
        let by_number: BTreeMap<u64, &MergedVersion> =
            versions.iter().map(|version| (version.number, version)).collect();
        self.transaction(|transaction| {
            let mut merged = MergedRecords::default();
            for (number, pin) in &pins {
                let Some(version) = by_number.get(number) else { continue };
                merged.pins += put_pin(transaction, version, pin)?;
            }
            let known = Known::read(transaction, versions.first().map(|version| version.draft))?;
            for event in &events {
                let version = event.version.and_then(|number| by_number.get(&number));
                if let Some(version) = version.filter(|version| known.is_later(event, version)) {
                    merged.events += put_event(transaction, account, version, event)?;
                }
            }
            Ok(merged)
        })
    }

    /// Brings the restores over whose versions are here: `versions` are those of all drafts, `accounts` the names of the accounts there
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
        Ok(merged)
    }
}

/// What is known of the events of a draft here, before others come.
struct Known {
    /// The greatest number of a version, and the latest time.
    version: u64,
    at: String,
}

impl Known {
    fn read(transaction: &Transaction<'_>, draft: Option<i64>) -> rusqlite::Result<Self> {
        transaction.query_row(
            "SELECT coalesce(max(version), 0), coalesce(max(at), '') FROM event WHERE draft = ?1",
            [draft],
            |row| Ok(Self { version: row.get(0)?, at: row.get(1)? }),
        )
    }

    /// Returns whether an event tells of something that happened after all that is known: what happened before, both have seen.
    fn is_later(&self, event: &Event, version: &MergedVersion) -> bool {
        version.here > self.version || rfc3339(event.at) > self.at
    }
}

fn put_pin(transaction: &Transaction<'_>, version: &MergedVersion, pin: &Pin) -> rusqlite::Result<u64> {
    let pinned = transaction
        .prepare_cached(
            "INSERT INTO pin (version, note, user, pinned_at)
             SELECT id, ?3, ?4, ?5 FROM version WHERE draft = ?1 AND number = ?2 AND id NOT IN (SELECT version FROM pin)",
        )?
        .execute((version.draft, version.here, &pin.note, &pin.user, rfc3339(pin.pinned_at)))?;
    Ok(pinned as u64)
}

/// Writes an event, unless the same has happened to the version here.
fn put_event(
    transaction: &Transaction<'_>,
    account: AccountId,
    version: &MergedVersion,
    event: &Event,
) -> rusqlite::Result<u64> {
    let is_known: bool = transaction
        .prepare_cached("SELECT EXISTS (SELECT 1 FROM event WHERE draft = ?1 AND kind = ?2 AND version = ?3)")?
        .query_row((version.draft, event.kind.as_str(), version.here), |row| row.get(0))?;
    if is_known {
        return Ok(0);
    }
    let merged = NewEvent {
        kind: event.kind,
        draft: Some(version.draft),
        at: event.at,
        version: Some(version.here),
        sizes: event.sizes,
        details: ConditionDetails { reason: Some(event::MERGED.to_owned()), ..event.details.clone() },
    };
    event::add(transaction, Some(account), &merged).map(|()| 1)
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
        .prepare_cached(
            "INSERT INTO restore (id, kind, version, account, choices, before, result, undoes, started_at, finished_at, outcome, media_id)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM restore), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11) RETURNING id",
        )?
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
