//! Reminders: which conditions last of which a target was told, and when.

use rusqlite::{OptionalExtension, Transaction};

use super::condition::open_begins;
use super::decode;
use super::error::Error;
use super::event::subject;
use super::outbox::put;
use super::writer::Writer;
use crate::model::{EventKind, Timestamp, rfc3339};
use crate::outbox::{Item, LastingCondition, is_time_to_look};

impl Writer {
    /// Puts in what a target is told again, when it is time to look at what lasts. `again` decides what that is, and when to look next.
    pub fn take_reminders(
        &mut self,
        target: &str,
        now: Timestamp,
        again: impl Fn(&[LastingCondition]) -> (Vec<Item>, Timestamp),
    ) -> Result<(), Error> {
        let look_at = self
            .connection
            .prepare_cached(
                "SELECT look_at FROM outbox_target LEFT JOIN outbox_reminder ON target = name WHERE name = ?1",
            )
            .and_then(|mut query| query.query_row([target], |row| decode::instant_or_null(row, 0)).optional())
            .map_err(|error| Error::of(&self.path, &error))?;
        if look_at.is_none_or(|look_at| !is_time_to_look(look_at, now)) {
            return Ok(());
        }
        self.transaction(|transaction| {
            let (items, look_at) = again(&lasting(transaction, target)?);
            items.iter().try_for_each(|item| put(transaction, target, item))?;
            let update = "INSERT INTO outbox_reminder VALUES (?1, ?2) ON CONFLICT DO UPDATE SET look_at = ?2";
            transaction.prepare_cached(update)?.execute((target, rfc3339(look_at)))?;
            Ok(())
        })
    }
}

/// Returns the conditions that are open of which the target was told, and nothing more waits to be told.
fn lasting(transaction: &Transaction<'_>, target: &str) -> rusqlite::Result<Vec<LastingCondition>> {
    let begun = transaction
        .prepare_cached(&format!(
            "SELECT event.id, event.kind, account.name FROM event LEFT JOIN account ON account.id = event.account
             WHERE event.id IN ({})",
            open_begins()
        ))?
        .query_map((), |row| {
            let (kind, account): (EventKind, Option<String>) = (decode::word(row, 1)?, row.get(2)?);
            Ok((row.get::<_, i64>(0)?, kind, account))
        })?
        .collect::<rusqlite::Result<Vec<_>>>()?;
    let mut lasting = Vec::new();
    for (event, kind, account) in begun {
        let matter = subject(kind, account.as_deref(), None);
        let told_at = told_at(transaction, target, &matter, event)?;
        lasting.extend(told_at.map(|told_at| LastingCondition { event, matter, account, kind, told_at }));
    }
    Ok(lasting)
}

/// Returns when the target was told of the event, if that is the last that it is told of the matter.
fn told_at(
    transaction: &Transaction<'_>,
    target: &str,
    matter: &str,
    event: i64,
) -> rusqlite::Result<Option<Timestamp>> {
    let newest = transaction
        .prepare_cached(
            "SELECT iif(state IN ('sent', 'uncertain') AND last_event = ?3, ended_at, NULL)
             FROM outbox_item LEFT JOIN outbox_message ON outbox_message.id = outbox_item.message
             WHERE outbox_item.target = ?1 AND matter = ?2 ORDER BY outbox_item.id DESC LIMIT 1",
        )?
        .query_row((target, matter, event), |row| decode::instant_or_null(row, 0))
        .optional()?;
    Ok(newest.flatten())
}
