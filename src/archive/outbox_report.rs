//! What the outbox holds, for people: how each target stands, and what was sent.

use rusqlite::Row;

use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
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
    /// When the next one is sent.
    pub due_at: Option<Timestamp>,
    /// Since when nothing is sent, because the target refused for good.
    pub parked_at: Option<Timestamp>,
    pub last_sent_at: Option<Timestamp>,
    /// What it answered last, where that was no success, and when.
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
    pub state: MessageState,
    pub tries: u32,
    /// What was sent last.
    pub title: Option<String>,
    pub body: Option<String>,
    pub answer: Option<String>,
    pub ended_at: Option<Timestamp>,
}

impl Reader {
    /// Returns how each target stands that the daemon has sent to, or is to send to.
    pub fn outbox_targets(&self) -> Result<Vec<OutboxTarget>, Error> {
        let waits = "outbox_item.target = outbox_target.name AND
                     (outbox_item.message IS NULL OR outbox_item.message = (SELECT id FROM outbox_message
                      WHERE outbox_message.target = outbox_target.name AND state IN ('waiting', 'sending')))";
        let due = "(SELECT min(due_at) FROM outbox_item WHERE target = outbox_target.name AND message IS NULL)";
        let open =
            "(SELECT due_at FROM outbox_message WHERE target = outbox_target.name AND state IN ('waiting', 'sending'))";
        let sql = format!(
            "SELECT name, (SELECT count(*) FROM outbox_item WHERE {waits}), (SELECT min(opened_at) FROM outbox_item WHERE {waits}),
                    max(coalesce({open}, {due}), coalesce(next_send_at, '')), parked_at, last_sent_at, answer, failed_at
             FROM outbox_target ORDER BY name"
        );
        self.outbox_rows(&sql, (), target)
    }

    /// Returns the newest messages, the newest first.
    pub fn outbox_messages(&self, limit: Option<usize>) -> Result<Vec<OutboxMessage>, Error> {
        let sql =
            "SELECT id, target, severity, made_at, state, tries, title, body, answer, ended_at FROM outbox_message
                   ORDER BY id DESC LIMIT ?1";
        let limit = limit.map_or(-1, |limit| i64::try_from(limit).unwrap_or(i64::MAX));
        self.outbox_rows(sql, [limit], message)
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

fn target(row: &Row<'_>) -> rusqlite::Result<OutboxTarget> {
    Ok(OutboxTarget {
        name: row.get(0)?,
        waiting: row.get(1)?,
        waiting_since: decode::instant_or_null(row, 2)?,
        due_at: decode::instant_or_null(row, 3)?,
        parked_at: decode::instant_or_null(row, 4)?,
        last_sent_at: decode::instant_or_null(row, 5)?,
        answer: row.get(6)?,
        failed_at: decode::instant_or_null(row, 7)?,
    })
}

fn message(row: &Row<'_>) -> rusqlite::Result<OutboxMessage> {
    Ok(OutboxMessage {
        id: row.get(0)?,
        target: row.get(1)?,
        severity: decode::word(row, 2)?,
        made_at: decode::instant(row, 3)?,
        state: decode::word(row, 4)?,
        tries: row.get(5)?,
        title: row.get(6)?,
        body: row.get(7)?,
        answer: row.get(8)?,
        ended_at: decode::instant_or_null(row, 9)?,
    })
}
