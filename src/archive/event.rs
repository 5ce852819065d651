//! Events: facts that somebody may have to be told of, each written in the transaction of what it tells of.

use rusqlite::{OptionalExtension, Params, Row, Transaction, params};

use super::account_id::AccountId;
use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
use crate::model::{Condition, ConditionDetails, ContentSize, EventKind, FailureKind, Severity, Timestamp, rfc3339};

/// The first schema that knows them.
const MIN_SCHEMA: i64 = 18;

/// The first schema that knows those of conditions.
pub(super) const MIN_SCHEMA_WITH_CONDITIONS: i64 = 19;

/// The first schema whose events say what failed as facts, and which target they are about.
pub(super) const MIN_SCHEMA_WITH_CAUSES: i64 = 27;

const COLUMNS: &str =
    "event.id, event.at, event.kind, event.severity, account.name, event.draft, draft.media_id, event.version,
     version.title, before.title, characters_before, characters_after, pictures_before, pictures_after";

const JOINS: &str = "LEFT JOIN account ON account.id = event.account
     LEFT JOIN draft ON draft.id = event.draft
     LEFT JOIN version ON version.draft = event.draft AND version.number = event.version
     LEFT JOIN version AS before ON before.draft = event.draft AND before.number = event.version - 1";

/// An event on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number: later events have higher ones.
    pub id: i64,
    pub at: Timestamp,
    pub kind: EventKind,
    pub severity: Severity,
    /// `None` if it is about the service.
    pub account: Option<String>,
    /// The draft it happened to, typed as `#ID`; `None` if it is about the account or the service.
    pub draft: Option<i64>,
    pub media_id: Option<String>,
    /// The number of the draft's newest version then.
    pub version: Option<u64>,
    /// Of that version's first article.
    pub title: Option<String>,
    /// Of the version before it, where that had another title.
    pub title_before: Option<String>,
    /// What the version before held, and what this one holds; `None` where they were not compared.
    pub sizes: Option<[ContentSize; 2]>,
    /// Of a condition.
    pub details: ConditionDetails,
}

impl Event {
    /// Names what the event is about: `draft:17`, `write:12`, `account:mag:credentials`, `archive.disk`, `notify.parked:editors`. Events with the same
    /// subject tell of the same matter, such as the begin and the end of a condition.
    pub fn subject(&self) -> String {
        let ConditionDetails { target, quantity, .. } = &self.details;
        subject(self.kind, self.account.as_deref(), self.draft, (target.as_deref(), *quantity))
    }
}

/// See [`Event::subject`].
pub(super) fn subject(
    kind: EventKind,
    account: Option<&str>,
    draft: Option<i64>,
    (target, quantity): (Option<&str>, Option<u64>),
) -> String {
    let matter = kind.condition().map_or(kind.as_str(), Condition::as_str);
    match (account, draft, target) {
        // Each waits for a yes of its own.
        _ if kind == EventKind::GateHeld => format!("write:{}", quantity.unwrap_or_default()),
        (_, Some(draft), _) => format!("draft:{draft}"),
        (Some(account), None, _) => format!("account:{account}:{}", matter.trim_start_matches("account.")),
        (None, None, Some(target)) => format!("{matter}:{target}"),
        (None, None, None) => matter.to_owned(),
    }
}

/// Which events are asked for.
#[derive(Clone, Debug)]
pub struct EventFilter {
    pub at_least: Severity,
    /// The newest so many.
    pub limit: Option<usize>,
}

/// The reason that an event of a draft has where it came from another archive: no target is told of it.
pub(super) const MERGED: &str = "merged from another archive";

/// An event that is about to be written.
pub(super) struct NewEvent {
    pub(super) kind: EventKind,
    pub(super) draft: Option<i64>,
    pub(super) at: Timestamp,
    pub(super) version: Option<u64>,
    pub(super) sizes: Option<[ContentSize; 2]>,
    pub(super) details: ConditionDetails,
}

impl NewEvent {
    /// An event of a draft.
    pub(super) fn of_draft(draft: i64, kind: EventKind, at: Timestamp) -> Self {
        Self { draft: Some(draft), ..Self::new(kind, at) }
    }

    /// An event of an account, or of the service.
    pub(super) fn new(kind: EventKind, at: Timestamp) -> Self {
        Self { kind, draft: None, at, version: None, sizes: None, details: ConditionDetails::default() }
    }
}

/// Writes an event; without an account, it is about the service.
pub(super) fn add(transaction: &Transaction<'_>, account: Option<AccountId>, event: &NewEvent) -> rusqlite::Result<()> {
    let [before, after] = event.sizes.map_or([None; 2], |sizes| sizes.map(Some));
    let ConditionDetails { address, quantity, until, target, failure, code, reason } = &event.details;
    transaction
        .prepare_cached(
            "INSERT INTO event (id, account, draft, kind, severity, at, version,
                                characters_before, characters_after, pictures_before, pictures_after,
                                address, quantity, until, reason, target, failure, code)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM event), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)",
        )?
        .execute(params![
            account.map(|account| account.0),
            event.draft,
            event.kind.as_str(),
            event.kind.severity().as_str(),
            rfc3339(event.at),
            event.version,
            before.map(|size| size.characters),
            after.map(|size| size.characters),
            before.map(|size| size.pictures),
            after.map(|size| size.pictures),
            address,
            quantity,
            until.map(rfc3339),
            reason,
            target,
            failure.map(FailureKind::as_str),
            code,
        ])?;
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
        let wanted: Vec<_> = Severity::ALL.into_iter().filter(|severity| *severity >= filter.at_least).collect();
        let words: Vec<_> = wanted.iter().map(|severity| format!("'{}'", severity.as_str())).collect();
        let limit = filter.limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        let condition = format!("event.severity IN ({}) ORDER BY event.id DESC LIMIT ?1", words.join(", "));
        self.find_events(&condition, [limit])
    }

    /// Returns the event of that number.
    pub fn event(&self, id: i64) -> Result<Option<Event>, Error> {
        Ok(self.find_events("event.id = ?1", [id])?.pop())
    }

    /// Returns the events that meet a condition in SQL.
    pub(super) fn find_events(&self, condition: &str, parameters: impl Params) -> Result<Vec<Event>, Error> {
        let schema = migrate::version(&self.connection, &self.path)?;
        if schema < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        let details = match schema {
            MIN_SCHEMA_WITH_CAUSES.. => "address, quantity, until, reason, target, failure, code",
            MIN_SCHEMA_WITH_CONDITIONS.. => "address, quantity, until, reason, NULL, NULL, NULL",
            _ => "NULL, NULL, NULL, NULL, NULL, NULL, NULL",
        };
        let sql = format!("SELECT {COLUMNS}, {details} FROM event {JOINS} WHERE {condition}");
        let read = || -> rusqlite::Result<Vec<Event>> {
            self.connection.prepare_cached(&sql)?.query_map(parameters, event)?.collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

fn event(row: &Row<'_>) -> rusqlite::Result<Event> {
    let [title, before] = [row.get::<_, Option<String>>(8)?, row.get(9)?];
    Ok(Event {
        id: row.get(0)?,
        at: decode::instant(row, 1)?,
        kind: decode::word(row, 2)?,
        severity: decode::word(row, 3)?,
        account: row.get(4)?,
        draft: row.get(5)?,
        media_id: row.get(6)?,
        version: row.get(7)?,
        title_before: before.filter(|before| title.as_ref() != Some(before)),
        title,
        sizes: sizes(row)?,
        details: ConditionDetails {
            address: row.get(14)?,
            quantity: row.get(15)?,
            until: decode::instant_or_null(row, 16)?,
            reason: row.get(17)?,
            target: row.get(18)?,
            // That of a newer program is an unknown one.
            failure: row.get::<_, Option<String>>(19)?.and_then(|name| FailureKind::find(&name)),
            code: row.get(20)?,
        },
    })
}

fn sizes(row: &Row<'_>) -> rusqlite::Result<Option<[ContentSize; 2]>> {
    let size = |characters, pictures| -> rusqlite::Result<Option<ContentSize>> {
        let (characters, pictures) = (row.get::<_, Option<u64>>(characters)?, row.get::<_, Option<u64>>(pictures)?);
        Ok(characters.zip(pictures).map(|(characters, pictures)| ContentSize { characters, pictures }))
    };
    let (before, after) = (size(10, 12)?, size(11, 13)?);
    Ok(before.zip(after).map(|(before, after)| [before, after]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Condition;

    #[test]
    fn events_of_one_matter_have_one_subject() {
        let event = |kind, account: Option<&str>, draft| Event {
            id: 1,
            at: Timestamp::UNIX_EPOCH,
            kind,
            severity: Severity::Info,
            account: account.map(str::to_owned),
            draft,
            media_id: None,
            version: None,
            title: None,
            title_before: None,
            sizes: None,
            details: ConditionDetails::default(),
        };
        let (mag, began, ended) = (Some("mag"), EventKind::Began, EventKind::Ended);
        for (kind, account, draft, subject) in [
            (EventKind::DraftEmptied, mag, Some(17), "draft:17"),
            (EventKind::DraftChanged, mag, Some(17), "draft:17"),
            (began(Condition::Credentials), mag, None, "account:mag:credentials"),
            (ended(Condition::Credentials), mag, None, "account:mag:credentials"),
            (began(Condition::BoxEmptied), mag, None, "account:mag:box.emptied"),
            (ended(Condition::ArchiveTrouble), mag, None, "account:mag:archive.trouble"),
            (ended(Condition::DiskNearlyFull), None, None, "archive.disk"),
        ] {
            assert_eq!(event(kind, account, draft).subject(), subject);
        }
    }
}
