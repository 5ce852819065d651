//! The outbox: what waits for each target, and which events it has looked at.

use rusqlite::{OptionalExtension, Row, Transaction};

use super::decode;
use super::error::Error;
use super::event::{MERGED, subject};
use super::writer::Writer;
use crate::model::{EventKind, Severity, Timestamp, rfc3339};
use crate::outbox::{Item, NewEvent};

/// How many events are looked at in one transaction: other writers wait no longer than that takes.
const BATCH: usize = 500;

/// What happened to a target's outbox when it looked for new events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OutboxProgress {
    /// There was nothing new, or it has seen all.
    Complete,
    /// There are more events.
    More,
}

impl Writer {
    /// Makes the target known. It is told what happens from now on. Changed settings are tried at once, even where the target had
    /// refused for good.
    pub fn open_outbox_target(&mut self, target: &str, settings: Option<&str>, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            let known = transaction
                .prepare_cached("SELECT settings FROM outbox_target WHERE name = ?1")?
                .query_row([target], |row| row.get::<_, String>(0))
                .optional()?;
            match known {
                None => transaction.execute(
                    "INSERT INTO outbox_target (name, cursor, settings) SELECT ?1, coalesce(max(id), 0), ?2 FROM event",
                    (target, settings.unwrap_or_default()),
                )?,
                Some(known) if settings.is_none_or(|settings| settings == known) => 0,
                Some(_) => {
                    let update = "UPDATE outbox_target SET settings = ?2 WHERE name = ?1";
                    transaction.execute(update, (target, settings))?;
                    usize::from(release(transaction, target, now)?)
                }
            };
            Ok(())
        })
    }

    /// Forgets the targets that are no longer configured, and what waits for them. What was sent to them stays on record.
    pub fn close_other_outbox_targets(&mut self, configured: &[&str]) -> Result<(), Error> {
        let names: Vec<String> = self.transaction(|transaction| {
            let mut query = transaction.prepare_cached("SELECT name FROM outbox_target")?;
            Ok(query.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?)
        })?;
        let gone: Vec<_> = names.iter().filter(|name| !configured.contains(&name.as_str())).collect();
        if gone.is_empty() {
            return Ok(());
        }
        self.transaction(|transaction| {
            for name in gone {
                transaction.execute("DELETE FROM outbox_item WHERE target = ?1 AND message IS NULL", [name])?;
                transaction.execute(
                    "DELETE FROM outbox_item WHERE message IN
                     (SELECT id FROM outbox_message WHERE target = ?1 AND state IN ('waiting', 'sending'))",
                    [name],
                )?;
                let open = "DELETE FROM outbox_message WHERE target = ?1 AND state IN ('waiting', 'sending')";
                transaction.execute(open, [name])?;
                transaction.execute("DELETE FROM outbox_target WHERE name = ?1", [name])?;
            }
            Ok(())
        })
    }

    /// Looks at the events that a target has not looked at yet. `after` decides what waits after each one.
    pub fn take_events(
        &mut self,
        target: &str,
        after: impl Fn(Option<Item>, &NewEvent) -> Option<Item>,
    ) -> Result<OutboxProgress, Error> {
        if !self.has_new_events(target)? {
            return Ok(OutboxProgress::Complete);
        }
        self.transaction(|transaction| {
            let events = new_events(transaction, target)?;
            // A target that messages do not reach is not told so: it would read that when they do.
            let is_meant = |event: &&NewEvent| event.target.as_deref() != Some(target);
            for event in events.iter().filter_map(|(_, event)| event.as_ref()).filter(is_meant) {
                if event.kind.severity() == Severity::Info && is_told(transaction, target, event)? {
                    continue;
                }
                let waiting = waiting_item(transaction, target, &event.matter)?;
                if let Some(item) = after(waiting, event) {
                    put(transaction, target, &item)?;
                }
            }
            if let Some((last, _)) = events.last() {
                let update = "UPDATE outbox_target SET cursor = ?2 WHERE name = ?1";
                transaction.prepare_cached(update)?.execute((target, last))?;
            }
            Ok(if events.len() == BATCH { OutboxProgress::More } else { OutboxProgress::Complete })
        })
    }

    fn has_new_events(&self, target: &str) -> Result<bool, Error> {
        self.connection
            .prepare_cached("SELECT (SELECT max(id) FROM event) > cursor FROM outbox_target WHERE name = ?1")
            .and_then(|mut query| query.query_row([target], |row| row.get::<_, Option<bool>>(0)).optional())
            .map(|found| found.flatten().unwrap_or_default())
            .map_err(|error| Error::of(&self.path, &error))
    }
}

/// Lets what waits in messages be sent now, also where the target had refused for good. Tells whether the target is known.
pub(super) fn release(transaction: &Transaction<'_>, target: &str, now: Timestamp) -> rusqlite::Result<bool> {
    let update = "UPDATE outbox_target SET parked_at = NULL, next_send_at = NULL WHERE name = ?1";
    let is_known = transaction.execute(update, [target])? > 0;
    transaction.execute(
        "UPDATE outbox_message SET due_at = ?2 WHERE target = ?1 AND state IN ('waiting', 'sending')",
        (target, rfc3339(now)),
    )?;
    Ok(is_known)
}

/// Returns the numbers of the next events, and each event; `None` where nobody is told of it: it came from another archive, or it
/// is damaged, which `verify` tells, and the others are not held up.
fn new_events(transaction: &Transaction<'_>, target: &str) -> rusqlite::Result<Vec<(i64, Option<NewEvent>)>> {
    transaction
        .prepare_cached(
            "SELECT event.id, account.name, event.draft, event.kind, event.target,
                    (SELECT count(*) FROM event AS earlier
                     WHERE earlier.kind = event.kind AND earlier.account IS event.account AND earlier.target IS event.target AND earlier.draft IS NULL
                       AND event.draft IS NULL AND earlier.id <= event.id AND earlier.at <= event.at
                       AND earlier.at > strftime('%Y-%m-%dT%H:%M:%fZ', event.at, '-1 hour')),
                    event.draft IS NOT NULL AND event.reason IS ?3, event.quantity
             FROM event
             LEFT JOIN account ON account.id = event.account
             WHERE event.id > (SELECT cursor FROM outbox_target WHERE name = ?1) ORDER BY event.id LIMIT ?2",
        )?
        .query_map((target, BATCH, MERGED), |row| {
            let (id, is_merged): (i64, bool) = (row.get(0)?, row.get(6)?);
            Ok((id, new_event(row, id).ok().filter(|_| !is_merged)))
        })?
        .collect()
}

fn new_event(row: &Row<'_>, id: i64) -> rusqlite::Result<NewEvent> {
    let (account, kind): (Option<String>, EventKind) = (row.get(1)?, decode::word(row, 3)?);
    let target: Option<String> = row.get(4)?;
    let matter = subject(kind, account.as_deref(), row.get(2)?, (target.as_deref(), row.get(7)?));
    Ok(NewEvent { id, matter, account, target, kind, times_in_hour: row.get(5)? })
}

/// Returns whether the target's last message says how the matter stands after this event: it was recorded after the target had looked at
/// events, and before the message was put together.
fn is_told(transaction: &Transaction<'_>, target: &str, event: &NewEvent) -> rusqlite::Result<bool> {
    let newest = "SELECT max(last_event) >= ?3 FROM outbox_item
                  WHERE message = (SELECT max(id) FROM outbox_message WHERE target = ?1) AND matter = ?2";
    let mut query = transaction.prepare_cached(newest)?;
    Ok(query.query_row((target, &event.matter, event.id), |row| row.get::<_, Option<bool>>(0))?.unwrap_or_default())
}

fn waiting_item(transaction: &Transaction<'_>, target: &str, matter: &str) -> rusqlite::Result<Option<Item>> {
    transaction
        .prepare_cached(
            "SELECT matter, first_event, worst_event, last_event, severity, opened_at, due_at FROM outbox_item
             WHERE target = ?1 AND matter = ?2 AND message IS NULL",
        )?
        .query_row((target, matter), item)
        .optional()
}

/// Reads the columns from `matter` to `due_at`.
pub(super) fn item(row: &Row<'_>) -> rusqlite::Result<Item> {
    Ok(Item {
        matter: row.get(0)?,
        first: row.get(1)?,
        worst: row.get(2)?,
        last: row.get(3)?,
        severity: decode::word::<Severity>(row, 4)?,
        opened_at: decode::instant(row, 5)?,
        due_at: decode::instant(row, 6)?,
    })
}

fn put(transaction: &Transaction<'_>, target: &str, item: &Item) -> rusqlite::Result<()> {
    let Item { matter, first, worst, last, severity, opened_at, due_at } = item;
    let stored = |at: &Timestamp| rfc3339(*at);
    transaction
        .prepare_cached(
            "INSERT INTO outbox_item (target, matter, first_event, worst_event, last_event, severity, opened_at, due_at)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (target, matter) WHERE message IS NULL
             DO UPDATE SET worst_event = ?4, last_event = ?5, severity = ?6, due_at = ?8",
        )?
        .execute((target, matter, first, worst, last, severity.as_str(), stored(opened_at), stored(due_at)))?;
    Ok(())
}
