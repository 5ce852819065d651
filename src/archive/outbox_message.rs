//! Messages of the outbox: what is due is put into one, which is sent until its target has it.

use rusqlite::{OptionalExtension, Row};

use super::decode;
use super::error::Error;
use super::outbox::{item, release};
use super::writer::Writer;
use crate::model::{CLOCK_TOLERANCE, Severity, Timestamp, rfc3339};
use crate::outbox::{Item, LONGEST_WAIT, MessageState, Next};

/// A message that its target does not have yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenMessage {
    /// Its number: the same for every try.
    pub id: i64,
    pub severity: Severity,
    pub made_at: Timestamp,
    pub due_at: Timestamp,
    /// How often it was sent.
    pub tries: u32,
    /// How often nobody knows whether it arrived.
    pub doubts: u32,
    /// What it tells of, the worst first.
    pub items: Vec<Item>,
}

/// What is to be done for a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OutboxState {
    /// Nothing is due before this time; `None`: nothing waits.
    Idle(Option<Timestamp>),
    /// The target refused for good.
    Parked,
    /// A message waits to be sent, at its time.
    Message(OpenMessage),
}

/// How a send ended, for the record.
#[derive(Clone, Debug)]
pub struct SendRecord {
    pub next: Next,
    /// Whether nobody knows whether it arrived.
    pub is_doubtful: bool,
    /// What the target answered, as `notify::Reason` writes it; `None` where everybody has the message.
    pub answer: Option<String>,
    /// Nothing is sent to this target before.
    pub next_send_at: Timestamp,
}

impl Writer {
    /// Returns what is to be done for a target. What is due is put into a message.
    pub fn next_message(&mut self, target: &str, now: Timestamp) -> Result<OutboxState, Error> {
        let read = |error: rusqlite::Error| Error::of(&self.path, &error);
        let held = self
            .connection
            .prepare_cached("SELECT parked_at IS NOT NULL, next_send_at FROM outbox_target WHERE name = ?1")
            .and_then(|mut query| {
                query
                    .query_row([target], |row| Ok((row.get::<_, bool>(0)?, decode::instant_or_null(row, 1)?)))
                    .optional()
            })
            .map_err(read)?;
        let Some((is_parked, next_send_at)) = held else { return Ok(OutboxState::Idle(None)) };
        if is_parked {
            return Ok(OutboxState::Parked);
        }
        let next_send_at = next_send_at.filter(|at| *at - now <= CLOCK_TOLERANCE);
        let not_before = |at: Timestamp| next_send_at.map_or(at, |next| next.max(at));
        if let Some(mut message) = self.open_message(target)? {
            // No wait is that long, so the clock was set back.
            let is_late = message.due_at - now > LONGEST_WAIT + CLOCK_TOLERANCE;
            message.due_at = not_before(if is_late { now } else { message.due_at });
            return Ok(OutboxState::Message(message));
        }
        let first_due = self.first_due(target, now)?.map(not_before);
        match first_due {
            Some(due) if due <= now => {
                self.make_message(target, now)?;
                Ok(self.open_message(target)?.map_or(OutboxState::Idle(None), OutboxState::Message))
            }
            other => Ok(OutboxState::Idle(other)),
        }
    }

    fn first_due(&self, target: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached(
                "SELECT min(iif(opened_at > ?3, ?2, due_at)) FROM outbox_item WHERE target = ?1 AND message IS NULL",
            )
            .and_then(|mut query| {
                let parameters = (target, rfc3339(now), rfc3339(now + CLOCK_TOLERANCE));
                query.query_row(parameters, |row| decode::instant_or_null(row, 0))
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Puts what is due into a message. What a clock that was set back put in is due.
    fn make_message(&mut self, target: &str, now: Timestamp) -> Result<(), Error> {
        let (latest, now) = (rfc3339(now + CLOCK_TOLERANCE), rfc3339(now));
        let due = "target = ?1 AND message IS NULL AND (due_at <= ?2 OR opened_at > ?3)";
        self.transaction(|transaction| {
            let worst: Option<String> = transaction
                .prepare_cached(&format!(
                    "SELECT severity FROM outbox_item WHERE {due}
                     ORDER BY severity = 'alarm' DESC, severity = 'warning' DESC LIMIT 1"
                ))?
                .query_row((target, &now, &latest), |row| row.get(0))
                .optional()?;
            let Some(worst) = worst else { return Ok(()) };
            let id: i64 = transaction.query_row(
                "INSERT INTO outbox_message (target, severity, made_at, due_at, tries, doubts, state)
                 VALUES (?1, ?2, ?3, ?3, 0, 0, 'waiting') RETURNING id",
                (target, worst, &now),
                |row| row.get(0),
            )?;
            let update = format!("UPDATE outbox_item SET message = ?4 WHERE {due}");
            transaction.execute(&update, (target, &now, &latest, id))?;
            Ok(())
        })
    }

    /// Records that a message is about to be sent: from then on it may have arrived. `told` are the matters of which it says how they stand
    /// after a later event than those that were looked at.
    pub fn begin_send(&mut self, message: i64, title: &str, body: &str, told: &[(String, i64)]) -> Result<(), Error> {
        self.transaction(|transaction| {
            for (matter, event) in told {
                let update = "UPDATE outbox_item SET last_event = max(last_event, ?3) WHERE message = ?1 AND matter = ?2";
                transaction.prepare_cached(update)?.execute((message, matter, event))?;
                // What was looked at while the message waited to be sent again is in it.
                let said = "DELETE FROM outbox_item WHERE target = (SELECT target FROM outbox_message WHERE id = ?1)
                            AND matter = ?2 AND message IS NULL AND severity = 'info' AND last_event <= ?3";
                transaction.prepare_cached(said)?.execute((message, matter, event))?;
            }
            transaction
                .prepare_cached(
                    "UPDATE outbox_message
                     SET state = 'sending', tries = tries + 1, doubts = doubts + (state = 'sending'), title = ?2, body = ?3
                     WHERE id = ?1",
                )?
                .execute((message, title, body))?;
            Ok(())
        })
    }

    /// Records how sending a message ended.
    pub fn end_send(&mut self, message: i64, record: &SendRecord, now: Timestamp) -> Result<(), Error> {
        let SendRecord { next, is_doubtful, answer, next_send_at } = record;
        let (state, due_at) = match next {
            Next::Sent => (MessageState::Sent, None),
            Next::Again(at) => (MessageState::Waiting, Some(*at)),
            Next::Parked => (MessageState::Waiting, Some(now)),
            Next::Uncertain => (MessageState::Uncertain, None),
            Next::Rejected => (MessageState::Rejected, None),
        };
        let (now, due_at) = (rfc3339(now), due_at.map(rfc3339));
        self.transaction(|transaction| {
            let target: String = transaction
                .prepare_cached(
                    "UPDATE outbox_message SET state = ?2, due_at = coalesce(?3, due_at), doubts = doubts + ?4, answer = ?5,
                            ended_at = iif(?3 IS NULL, ?6, NULL)
                     WHERE id = ?1 RETURNING target",
                )?
                .query_row((message, state.as_str(), &due_at, is_doubtful, answer, &now), |row| row.get(0))?;
            transaction
                .prepare_cached(
                    "UPDATE outbox_target SET next_send_at = ?2, parked_at = iif(?3, ?4, NULL),
                            last_sent_at = iif(?5, ?4, last_sent_at), answer = ?6, failed_at = iif(?6 IS NULL, NULL, ?4)
                     WHERE name = ?1",
                )?
                .execute((
                    target,
                    rfc3339(*next_send_at),
                    *next == Next::Parked,
                    &now,
                    *next == Next::Sent,
                    answer,
                ))?;
            Ok(())
        })
    }

    /// Lets what waits for a target be sent at once; what quiet hours or a digest hold stays held. Tells whether the archive knows the target.
    pub fn retry_outbox_target(&mut self, target: &str, now: Timestamp) -> Result<bool, Error> {
        self.transaction(|transaction| Ok(release(transaction, target, now)?))
    }

    /// Returns the message that the target does not have yet. One that was being sent when the program ended may have arrived.
    fn open_message(&self, target: &str) -> Result<Option<OpenMessage>, Error> {
        let read = || -> rusqlite::Result<Option<OpenMessage>> {
            let message = self
                .connection
                .prepare_cached(
                    "SELECT id, severity, made_at, due_at, tries, doubts + (state = 'sending') FROM outbox_message
                     WHERE target = ?1 AND state IN ('waiting', 'sending')",
                )?
                .query_row([target], message)
                .optional()?;
            let Some(mut message) = message else { return Ok(None) };
            message.items = self
                .connection
                .prepare_cached(
                    "SELECT matter, first_event, worst_event, last_event, severity, opened_at, due_at FROM outbox_item
                     WHERE message = ?1 ORDER BY severity = 'alarm' DESC, severity = 'warning' DESC, id",
                )?
                .query_map([message.id], item)?
                .collect::<Result<_, _>>()?;
            Ok(Some(message))
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

fn message(row: &Row<'_>) -> rusqlite::Result<OpenMessage> {
    Ok(OpenMessage {
        id: row.get(0)?,
        severity: decode::word(row, 1)?,
        made_at: decode::instant(row, 2)?,
        due_at: decode::instant(row, 3)?,
        tries: row.get(4)?,
        doubts: row.get(5)?,
        items: Vec::new(),
    })
}
