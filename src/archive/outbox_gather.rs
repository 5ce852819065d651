//! What is due is put into a message.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction};

use super::outbox::{ITEMS, item, put};
use crate::model::{CLOCK_TOLERANCE, Severity, Timestamp, rfc3339};
use crate::outbox::Item;

/// How often nobody knows whether a message arrived. One that was being sent when the program ended may have arrived.
pub(super) const DOUBTS: &str = "doubts + (state = 'sending')";

/// Holds for the items of a target (`?1`) that wait, and may be put into a message. At most four messages are in doubt at a time.
pub(super) const IS_FREE: &str = "message IS NULL
    AND (SELECT count(*) FROM outbox_message AS doubtful
         WHERE doubtful.target = ?1 AND state IN ('waiting', 'sending') AND doubts + (state = 'sending') > 0) < 4
    AND NOT EXISTS (SELECT 1 FROM outbox_item AS told JOIN outbox_message AS doubtful ON doubtful.id = told.message
                    WHERE told.target = ?1 AND told.matter = outbox_item.matter
                      AND state IN ('waiting', 'sending') AND doubts + (state = 'sending') > 0)";

/// An item, and its number.
type Row = (i64, Item);

/// Puts what is due into the message that nobody can have got, or into a new one. What quiet hours hold leaves that message again. An
/// alarm that joins is sent at once, and tried as often as a new one.
pub(super) fn gather(
    transaction: &Transaction<'_>,
    target: &str,
    now: Timestamp,
    held_until: &impl Fn(&Item) -> Option<Timestamp>,
) -> rusqlite::Result<()> {
    let fresh = transaction
        .prepare_cached(&format!(
            "SELECT id FROM outbox_message WHERE target = ?1 AND state IN ('waiting', 'sending') AND {DOUBTS} = 0"
        ))?
        .query_row([target], |row| row.get(0))
        .optional()?;
    if let Some(message) = fresh {
        take_out_held(transaction, target, message, held_until)?;
    }
    let due = due_items(transaction, target, now, held_until)?;
    let has_alarm = due.iter().any(|(_, item)| item.severity == Severity::Alarm);
    let message = match fresh {
        Some(message) => message,
        None if due.is_empty() => return Ok(()),
        None => make(transaction, target, now)?,
    };
    put_in(transaction, message, due)?;
    if has_alarm {
        let update = "UPDATE outbox_message SET due_at = ?2, tries = 0 WHERE id = ?1";
        transaction.prepare_cached(update)?.execute((message, rfc3339(now)))?;
    }
    settle(transaction, message)
}

fn make(transaction: &Transaction<'_>, target: &str, now: Timestamp) -> rusqlite::Result<i64> {
    transaction
        .prepare_cached(
            "INSERT INTO outbox_message (target, severity, made_at, due_at, tries, doubts, state)
             VALUES (?1, 'info', ?2, ?2, 0, 0, 'waiting') RETURNING id",
        )?
        .query_row((target, rfc3339(now)), |row| row.get(0))
}

/// Lets items of a message wait again that quiet hours hold.
fn take_out_held(
    transaction: &Transaction<'_>,
    target: &str,
    message: i64,
    held_until: &impl Fn(&Item) -> Option<Timestamp>,
) -> rusqlite::Result<()> {
    for (id, item) in rows(transaction, "message = ?1", [message])? {
        let Some(until) = held_until(&item) else { continue };
        transaction.prepare_cached("DELETE FROM outbox_item WHERE id = ?1")?.execute([id])?;
        let newer = rows(transaction, "target = ?1 AND matter = ?2 AND message IS NULL", (target, &item.matter))?;
        let item = Item { due_at: until, ..item };
        let item = newer.into_iter().fold(item, |item, (_, newer)| item.joined(&newer));
        put(transaction, target, &item)?;
    }
    Ok(())
}

/// Returns what is due. What a clock that was set back put in is due. What quiet hours hold is due at their end.
fn due_items(
    transaction: &Transaction<'_>,
    target: &str,
    now: Timestamp,
    held_until: &impl Fn(&Item) -> Option<Timestamp>,
) -> rusqlite::Result<Vec<Row>> {
    let due = format!("target = ?1 AND {IS_FREE} AND (due_at <= ?2 OR opened_at > ?3)");
    let all = rows(transaction, &due, (target, rfc3339(now), rfc3339(now + CLOCK_TOLERANCE)))?;
    let mut due = Vec::new();
    for (id, item) in all {
        match held_until(&item) {
            None => due.push((id, item)),
            Some(until) => {
                let update = "UPDATE outbox_item SET due_at = ?2, opened_at = min(opened_at, ?3) WHERE id = ?1";
                transaction.prepare_cached(update)?.execute((id, rfc3339(until), rfc3339(now)))?;
            }
        }
    }
    Ok(due)
}

/// Puts items into a message. Two of one matter become one.
fn put_in(transaction: &Transaction<'_>, message: i64, items: Vec<Row>) -> rusqlite::Result<()> {
    let older = rows(transaction, "message = ?1", [message])?;
    let mut older: HashMap<String, Row> = older.into_iter().map(|row| (row.1.matter.clone(), row)).collect();
    for (id, item) in items {
        let Some((older, before)) = older.remove(&item.matter) else {
            transaction.prepare_cached("UPDATE outbox_item SET message = ?2 WHERE id = ?1")?.execute((id, message))?;
            continue;
        };
        let Item { worst, last, severity, .. } = before.joined(&item);
        transaction.prepare_cached("DELETE FROM outbox_item WHERE id = ?1")?.execute([id])?;
        let update = "UPDATE outbox_item SET worst_event = ?2, last_event = ?3, severity = ?4 WHERE id = ?1";
        transaction.prepare_cached(update)?.execute((older, worst, last, severity.as_str()))?;
    }
    Ok(())
}

/// Gives a message the severity of the worst that it tells. One that tells nothing is no message.
fn settle(transaction: &Transaction<'_>, message: i64) -> rusqlite::Result<()> {
    let worst = rows(transaction, "message = ?1", [message])?.into_iter().map(|(_, item)| item.severity).max();
    match worst {
        Some(worst) => {
            let update = "UPDATE outbox_message SET severity = ?2 WHERE id = ?1";
            transaction.prepare_cached(update)?.execute((message, worst.as_str()))?;
        }
        None => {
            transaction.prepare_cached("DELETE FROM outbox_message WHERE id = ?1")?.execute([message])?;
        }
    }
    Ok(())
}

fn rows(
    transaction: &Transaction<'_>,
    condition: &str,
    parameters: impl rusqlite::Params,
) -> rusqlite::Result<Vec<Row>> {
    transaction
        .prepare_cached(&format!("{ITEMS} WHERE {condition} ORDER BY outbox_item.id"))?
        .query_map(parameters, |row| Ok((row.get(8)?, item(row)?)))?
        .collect()
}
