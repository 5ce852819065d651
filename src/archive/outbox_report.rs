//! What the outbox holds, for people: how each target stands, and what was sent.

use rusqlite::{Connection, Row};

use super::decode;
use super::error::Error;
use super::event::Event;
use super::migrate;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Severity, Timestamp};
use crate::outbox::MessageState;

/// The first schema that knows the outbox.
const MIN_SCHEMA: i64 = 21;

/// How a target stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxTarget {
    pub name: String,
    /// How many matters wait to be sent.
    pub waiting: u64,
    /// Since when the oldest of them waits.
    pub waiting_since: Option<Timestamp>,
    /// When the first of them is, or was, to be sent: quiet hours and digests count, failed sends do not.
    pub wanted_at: Option<Timestamp>,
    /// When the next one is sent, or sent again.
    pub due_at: Option<Timestamp>,
    /// Since when nothing is sent, because the target refused for good.
    pub parked_at: Option<Timestamp>,
    pub last_sent_at: Option<Timestamp>,
    /// What it answered last, where not everybody got the message, as `notify::Reason` writes it; and when.
    pub answer: Option<String>,
    pub failed_at: Option<Timestamp>,
}

/// A message, sent or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutboxMessage {
    pub id: i64,
    pub target: String,
    pub severity: Severity,
    pub made_at: Timestamp,
    /// When it is sent, or sent again, while it waits.
    pub due_at: Timestamp,
    pub state: MessageState,
    pub tries: u32,
    /// What was sent last: the title and the lines; `None` before the first try.
    pub title: Option<String>,
    pub body: Option<String>,
    /// As in [`OutboxTarget`].
    pub answer: Option<String>,
    pub ended_at: Option<Timestamp>,
    /// What it tells of, the worst first.
    pub events: Vec<Event>,
    /// How many further events it tells of.
    pub more: u64,
}

/// What waits for a target and is in no message yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingItem {
    pub target: String,
    /// When it is put into a message.
    pub due_at: Timestamp,
    /// The worst of its events.
    pub event: Event,
}

/// So many of the events of a message are read.
const MOST_EVENTS: usize = 20;

impl Writer {
    /// Returns how each target stands, as [`Reader::outbox_targets`] does.
    pub fn outbox_targets(&self) -> Result<Vec<OutboxTarget>, Error> {
        targets(&self.connection).map_err(|error| Error::of(&self.path, &error))
    }
}

impl Reader {
    /// Returns how each target stands that the daemon has sent to, or is to send to.
    pub fn outbox_targets(&self) -> Result<Vec<OutboxTarget>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        targets(&self.connection).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the newest messages, the newest first; those with numbers below `before`, if it is given.
    pub fn outbox_messages(&self, before: Option<i64>, limit: usize) -> Result<Vec<OutboxMessage>, Error> {
        let sql = "SELECT id, target, severity, made_at, due_at, state, tries, title, body, answer, ended_at
                   FROM outbox_message WHERE id < ?1 ORDER BY id DESC LIMIT ?2";
        let mut messages = self.outbox_rows(sql, (before.unwrap_or(i64::MAX), limit), message)?;
        for message in &mut messages {
            (message.events, message.more) = self.events_of_message(message.id)?;
        }
        Ok(messages)
    }

    fn events_of_message(&self, message: i64) -> Result<(Vec<Event>, u64), Error> {
        let worst_first = "severity = 'alarm' DESC, severity = 'warning' DESC, id";
        let sql = format!(
            "SELECT worst_event, count(*) OVER () FROM outbox_item WHERE message = ?1 ORDER BY {worst_first} LIMIT ?2"
        );
        let rows = self.outbox_rows(&sql, (message, MOST_EVENTS), |row| Ok((row.get(0)?, row.get::<_, u64>(1)?)))?;
        let all = rows.first().map_or(0, |(_, all)| *all);
        let mut events = Vec::new();
        for (id, _) in &rows {
            events.extend(self.readable_event(*id)?);
        }
        Ok((events, all.saturating_sub(rows.len() as u64)))
    }

    /// Returns what waits and is in no message yet, the first due first.
    pub fn waiting_items(&self, limit: usize) -> Result<Vec<WaitingItem>, Error> {
        let sql =
            "SELECT target, due_at, worst_event FROM outbox_item WHERE message IS NULL ORDER BY due_at, id LIMIT ?1";
        let rows = self.outbox_rows(sql, [limit], |row| {
            Ok((row.get::<_, String>(0)?, decode::instant(row, 1)?, row.get::<_, i64>(2)?))
        })?;
        let mut items = Vec::new();
        for (target, due_at, event) in rows {
            items.extend(self.readable_event(event)?.map(|event| WaitingItem { target, due_at, event }));
        }
        Ok(items)
    }

    /// Returns an event; `None` where it is damaged: the others can be read all the same, and `verify` tells it.
    fn readable_event(&self, id: i64) -> Result<Option<Event>, Error> {
        self.event(id).or_else(|error| error.damage_reason().map(|_| None))
    }

    fn outbox_rows<T>(
        &self,
        sql: &str,
        parameters: impl rusqlite::Params,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        let rows = || -> rusqlite::Result<Vec<T>> {
            self.connection.prepare_cached(sql)?.query_map(parameters, read)?.collect()
        };
        rows().map_err(|error| Error::of(&self.path, &error))
    }
}

fn targets(connection: &Connection) -> rusqlite::Result<Vec<OutboxTarget>> {
    let waits = "outbox_item.target = outbox_target.name AND
                 (outbox_item.message IS NULL OR outbox_item.message = (SELECT id FROM outbox_message
                  WHERE outbox_message.target = outbox_target.name AND state IN ('waiting', 'sending')))";
    let due = "(SELECT min(due_at) FROM outbox_item WHERE target = outbox_target.name AND message IS NULL)";
    let open =
        "(SELECT due_at FROM outbox_message WHERE target = outbox_target.name AND state IN ('waiting', 'sending'))";
    let sql = format!(
        "SELECT name, (SELECT count(*) FROM outbox_item WHERE {waits}), (SELECT min(opened_at) FROM outbox_item WHERE {waits}),
                (SELECT min(due_at) FROM outbox_item WHERE {waits}), max(coalesce({open}, {due}), coalesce(next_send_at, '')), parked_at, last_sent_at, answer, failed_at
         FROM outbox_target ORDER BY name"
    );
    connection.prepare_cached(&sql)?.query_map((), target)?.collect()
}

fn target(row: &Row<'_>) -> rusqlite::Result<OutboxTarget> {
    Ok(OutboxTarget {
        name: row.get(0)?,
        waiting: row.get(1)?,
        waiting_since: decode::instant_or_null(row, 2)?,
        wanted_at: decode::instant_or_null(row, 3)?,
        due_at: decode::instant_or_null(row, 4)?,
        parked_at: decode::instant_or_null(row, 5)?,
        last_sent_at: decode::instant_or_null(row, 6)?,
        answer: row.get(7)?,
        failed_at: decode::instant_or_null(row, 8)?,
    })
}

fn message(row: &Row<'_>) -> rusqlite::Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: row.get(0)?,
        target: row.get(1)?,
        severity: decode::word(row, 2)?,
        made_at: decode::instant(row, 3)?,
        due_at: decode::instant(row, 4)?,
        state: decode::word(row, 5)?,
        tries: row.get(6)?,
        title: row.get(7)?,
        body: row.get(8)?,
        answer: row.get(9)?,
        ended_at: decode::instant_or_null(row, 10)?,
        events: Vec::new(),
        more: 0,
    })
}
