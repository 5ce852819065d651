//! Events: facts that somebody may have to be told of, each written in the transaction of what it tells of.

use rusqlite::{OptionalExtension, Row, Transaction};

use super::account_id::AccountId;
use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
use crate::model::{ContentSize, EventKind, Severity, Timestamp, rfc3339};

/// The first schema that knows them.
const MIN_SCHEMA: i64 = 18;

/// An event on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number: later events have higher ones.
    pub id: i64,
    pub at: Timestamp,
    pub kind: EventKind,
    pub severity: Severity,
    pub account: String,
    /// The draft it happened to, typed as `#ID`.
    pub draft: Option<i64>,
    pub media_id: Option<String>,
    /// The number of the draft's newest version then.
    pub version: Option<u64>,
    /// Of that version's first article.
    pub title: Option<String>,
    /// What the version before held, and what this one holds; `None` where they were not compared.
    pub sizes: Option<[ContentSize; 2]>,
}

/// Which events are asked for.
#[derive(Clone, Debug)]
pub struct EventFilter {
    pub at_least: Severity,
    /// The newest so many.
    pub limit: Option<usize>,
}

/// An event that is about to be written.
pub(super) struct NewEvent {
    pub(super) kind: EventKind,
    pub(super) draft: i64,
    pub(super) at: Timestamp,
    pub(super) version: Option<u64>,
    pub(super) sizes: Option<[ContentSize; 2]>,
}

/// Writes an event.
pub(super) fn add(transaction: &Transaction<'_>, account: AccountId, event: &NewEvent) -> rusqlite::Result<()> {
    let [before, after] = event.sizes.map_or([None; 2], |sizes| sizes.map(Some));
    transaction
        .prepare_cached(
            "INSERT INTO event (id, account, draft, kind, severity, at, version,
                                characters_before, characters_after, pictures_before, pictures_after)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM event), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
        )?
        .execute((
            account.0,
            event.draft,
            event.kind.as_str(),
            event.kind.severity().as_str(),
            rfc3339(event.at),
            event.version,
            before.map(|size| size.characters),
            after.map(|size| size.characters),
            before.map(|size| size.pictures),
            after.map(|size| size.pictures),
        ))?;
    Ok(())
}

/// Returns the number of the newest version of a draft.
pub(super) fn newest_number(transaction: &Transaction<'_>, draft: i64) -> rusqlite::Result<Option<u64>> {
    transaction
        .prepare_cached(
            "SELECT number FROM version WHERE draft = ?1 AND typeof(number) = 'integer' AND number >= 1
             ORDER BY number DESC LIMIT 1",
        )?
        .query_row([draft], |row| row.get(0))
        .optional()
}

impl Reader {
    /// Returns the events, newest first; none from an archive that an older program wrote.
    pub fn events(&self, filter: &EventFilter) -> Result<Vec<Event>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        let read = || -> rusqlite::Result<Vec<Event>> {
            let wanted: Vec<_> = Severity::ALL.into_iter().filter(|severity| *severity >= filter.at_least).collect();
            let words: Vec<_> = wanted.iter().map(|severity| format!("'{}'", severity.as_str())).collect();
            let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
            let sql = format!(
                "SELECT event.id, event.at, event.kind, event.severity, account.name, event.draft, draft.media_id,
                        event.version, version.title, characters_before, characters_after, pictures_before, pictures_after
                 FROM event
                 JOIN account ON account.id = event.account
                 LEFT JOIN draft ON draft.id = event.draft
                 LEFT JOIN version ON version.draft = event.draft AND version.number = event.version
                 WHERE event.severity IN ({}) ORDER BY event.id DESC LIMIT ?1",
                words.join(", ")
            );
            self.connection.prepare_cached(&sql)?.query_map([limit], event)?.collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    Ok(Event {
        id: row.get(0)?,
        at: decode::instant(row, 1)?,
        kind: decode::word(row, 2)?,
        severity: decode::word(row, 3)?,
        account: row.get(4)?,
        draft: row.get(5)?,
        media_id: row.get(6)?,
        version: row.get(7)?,
        title: row.get(8)?,
        sizes: sizes(row)?,
    })
}

fn sizes(row: &Row<'_>) -> rusqlite::Result<Option<[ContentSize; 2]>> {
    let size = |characters, pictures| -> rusqlite::Result<Option<ContentSize>> {
        let (characters, pictures) = (row.get::<_, Option<u64>>(characters)?, row.get::<_, Option<u64>>(pictures)?);
        Ok(characters.zip(pictures).map(|(characters, pictures)| ContentSize { characters, pictures }))
    };
    let (before, after) = (size(9, 11)?, size(10, 12)?);
    Ok(before.zip(after).map(|(before, after)| [before, after]))
}
