//! Messages of the outbox: what is due is put into one, which is sent until its target has it.

use rusqlite::{OptionalExtension, Row};

use super::decode;
use super::error::Error;
use super::outbox::{ITEMS, item, release};
use super::outbox_gather::{DOUBTS, IS_FREE, gather};
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
    /// The archive does not know the target.
    Unknown,
    /// A message is to be sent now.
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
    /// Returns what is to be done for a target. What is due is put into a message. `held_until` says until when quiet hours hold an item.
    ///
    /// What becomes due joins a message that nobody can have got. A message in doubt keeps its content: others go past it, but for what
    /// is about one of its matters, so that each matter is told in order.
    pub fn next_message(
        &mut self,
        target: &str,
        now: Timestamp,
        held_until: impl Fn(&Item) -> Option<Timestamp>,
    ) -> Result<OutboxState, Error> {
        let Some(next_send_at) = self.next_send_at(target)? else { return Ok(OutboxState::Unknown) };
        let not_before = match next_send_at {
            NextSend::Parked => return Ok(OutboxState::Parked),
            NextSend::At(at) => at.filter(|at| *at > now && *at - now <= LONGEST_WAIT + CLOCK_TOLERANCE),
        };
        let mut open = self.open_messages(target)?;
        let fresh = open.iter().filter(|message| message.doubts == 0);
        let is_held = fresh.flat_map(|message| &message.items).any(|item| held_until(item).is_some());
        if is_held || self.first_due(target, now)?.is_some_and(|due| due <= now) {
            self.transaction(|transaction| Ok(gather(transaction, target, now, &held_until)?))?;
            open = self.open_messages(target)?;
        }
        let due = |message: &OpenMessage| {
            // No wait is that long, so the clock was set back.
            let is_late = message.due_at - now > LONGEST_WAIT + CLOCK_TOLERANCE;
            let due = if is_late { now } else { message.due_at };
            message.items.iter().filter_map(&held_until).fold(due, Timestamp::max)
        };
        // One in doubt may hang again, so what nobody can have got goes first.
        let next = open.into_iter().min_by_key(|message| {
            let due = due(message);
            (due > now, message.doubts > 0, due)
        });
        let not_before = |at: Timestamp| not_before.map_or(at, |next| next.max(at));
        match next.map(|message| (not_before(due(&message)), message)) {
            Some((due, message)) if due <= now => Ok(OutboxState::Message(message)),
            other => {
                let waiting = self.first_due(target, now)?.map(not_before);
                Ok(OutboxState::Idle(other.map(|(due, _)| due).into_iter().chain(waiting).min()))
            }
        }
    }

    /// Returns since when the target may be sent to; `None`: the archive does not know it.
    fn next_send_at(&self, target: &str) -> Result<Option<NextSend>, Error> {
        let read = |row: &Row<'_>| {
            let at = decode::instant_or_null(row, 1)?;
            Ok(if row.get(0)? { NextSend::Parked } else { NextSend::At(at) })
        };
        self.connection
            .prepare_cached("SELECT parked_at IS NOT NULL, next_send_at FROM outbox_target WHERE name = ?1")
            .and_then(|mut query| query.query_row([target], read).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns when the first item is due that may be put into a message now.
    fn first_due(&self, target: &str, now: Timestamp) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached(&format!(
                "SELECT min(iif(opened_at > ?3, ?2, due_at)) FROM outbox_item WHERE target = ?1 AND {IS_FREE}"
            ))
            .and_then(|mut query| {
                let parameters = (target, rfc3339(now), rfc3339(now + CLOCK_TOLERANCE));
                query.query_row(parameters, |row| decode::instant_or_null(row, 0))
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Records that a message is about to be sent: from then on it may have arrived.
    pub fn begin_send(&mut self, message: i64, title: &str, body: &str) -> Result<(), Error> {
        self.transaction(|transaction| {
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

    /// Returns the messages that the target does not have yet. One that was being sent when the program ended may have arrived.
    fn open_messages(&self, target: &str) -> Result<Vec<OpenMessage>, Error> {
        let read = || -> rusqlite::Result<Vec<OpenMessage>> {
            let mut messages = self
                .connection
                .prepare_cached(&format!(
                    "SELECT id, severity, made_at, due_at, tries, {DOUBTS} FROM outbox_message
                     WHERE target = ?1 AND state IN ('waiting', 'sending') ORDER BY id"
                ))?
                .query_map([target], message)?
                .collect::<rusqlite::Result<Vec<_>>>()?;
            for message in &mut messages {
                message.items = self
                    .connection
                    .prepare_cached(&format!(
                        "{ITEMS} WHERE message = ?1 ORDER BY severity = 'alarm' DESC, severity = 'warning' DESC, id"
                    ))?
                    .query_map([message.id], item)?
                    .collect::<Result<_, _>>()?;
            }
            Ok(messages)
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

/// When a target may be sent to.
enum NextSend {
    /// It refused for good.
    Parked,
    /// Not before this time.
    At(Option<Timestamp>),
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
