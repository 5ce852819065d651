//! The writes of programs that are on record, and which program asked for which version.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use rusqlite::{OptionalExtension, Row};

use super::error::Error;
use super::reader::Reader;
use super::restore_records::RestoreId;
use super::writer::Writer;
use super::{account_id::AccountId, decode, migrate};
use crate::model::{GateAction, Hash, MediaId, Timestamp, rfc3339, shortened};

/// The first schema that knows them.
pub(super) const MIN_SCHEMA: i64 = 30;

/// So many characters of a name are shown.
const ENOUGH: usize = 40;

/// So many characters of a reason are shown.
const LONGEST_NOTE: usize = 120;

const COLUMNS: &str = "gate_write.id, gate_write.action, account.name, gate_write.draft, before, request, gate_write.asked_at, state,
     reason, decided_by, decided_at, finished_at, gate_write.media_id, result, restore, who, program, note
     FROM gate_write JOIN account ON account.id = gate_write.account LEFT JOIN write_origin ON write_origin.id = gate_write.id";

/// A write's number in the archive. Restores have numbers of the same series.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct WriteId(pub i64);

impl fmt::Display for WriteId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Which program asked for a write or a restore.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct WriteOrigin {
    /// The name of its token, or of the user of the machine.
    pub who: String,
    /// As it calls itself; empty if it did not say.
    pub program: String,
    /// Why, in its words; empty if it did not say.
    pub note: String,
}

impl WriteOrigin {
    /// Names it in a few words: `agent (claude-code)`. Programs call themselves as they like, at any length.
    pub fn in_words(&self) -> String {
        let (who, program) = (shortened(&self.who, ENOUGH), shortened(&self.program, ENOUGH));
        if program.trim().is_empty() { who.into_owned() } else { format!("{who} ({program})") }
    }

    /// Returns the beginning of its reason; `None` where it gave none.
    pub fn short_note(&self) -> Option<Cow<'_, str>> {
        Some(shortened(self.note.trim(), LONGEST_NOTE)).filter(|note| !note.is_empty())
    }
}

/// How far a write has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum GateState {
    /// It waits for somebody to say yes.
    Held,
    /// It runs, or was interrupted.
    Begun,
    Done,
    /// Some articles were written.
    Partly,
    /// The platform refused, and nothing was written.
    Failed,
    /// The platform's answer was lost.
    Unknown,
    /// draftkeep refused, and the platform was not asked to write.
    Refused,
    /// Somebody said no.
    Denied,
    /// Nobody said yes in time.
    Lapsed,
}

impl GateState {
    pub const ALL: [Self; 9] = [
        Self::Held,
        Self::Begun,
        Self::Done,
        Self::Partly,
        Self::Failed,
        Self::Unknown,
        Self::Refused,
        Self::Denied,
        Self::Lapsed,
    ];

    /// Returns the word for it in the archive and in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Begun => "begun",
            Self::Done => "done",
            Self::Partly => "partly",
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Refused => "refused",
            Self::Denied => "denied",
            Self::Lapsed => "lapsed",
        }
    }

    /// Returns whether it has not ended.
    pub fn is_open(self) -> bool {
        matches!(self, Self::Held | Self::Begun)
    }
}

impl FromStr for GateState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.into_iter().find(|state| state.as_str() == text);
        known.ok_or_else(|| format!("{text:?} is no state of a write that this program knows"))
    }
}

/// A write that is on record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GateRecord {
    pub id: WriteId,
    pub action: GateAction,
    /// Whose draft box it goes to.
    pub account: String,
    /// `None` for a new draft that was not read back.
    pub draft: Option<i64>,
    /// The number of the version that the draft was before.
    pub before: Option<u64>,
    /// What is to be written, as JSON; `None` once it was, or never will be.
    pub request: Option<String>,
    pub asked_at: Timestamp,
    pub state: GateState,
    /// Why it was not done, in words.
    pub reason: Option<String>,
    /// Who said yes or no, and when.
    pub decided: Option<(String, Timestamp)>,
    pub finished_at: Option<Timestamp>,
    /// Of the draft that was written or deleted.
    pub media_id: Option<MediaId>,
    /// The number of the version that was read back.
    pub result: Option<u64>,
    /// The restore that it began, or that took it back.
    pub restore: Option<RestoreId>,
    pub origin: WriteOrigin,
}

impl Reader {
    /// Finds a write by its number.
    pub fn gate_write(&self, id: WriteId) -> Result<Option<GateRecord>, Error> {
        if !self.knows_gate()? {
            return Ok(None);
        }
        self.connection
            .prepare_cached(&format!("SELECT {COLUMNS} WHERE gate_write.id = ?1"))
            .and_then(|mut query| query.query_row([id.0], record).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the newest writes, the latest first; only those in this state, if one is given.
    pub fn gate_writes(&self, state: Option<GateState>, limit: usize) -> Result<Vec<GateRecord>, Error> {
        if !self.knows_gate()? {
            return Ok(Vec::new());
        }
        let sql = format!("SELECT {COLUMNS} WHERE ?1 IS NULL OR state = ?1 ORDER BY gate_write.id DESC LIMIT ?2");
        let read = || -> rusqlite::Result<Vec<GateRecord>> {
            let mut query = self.connection.prepare_cached(&sql)?;
            query.query_map((state.map(GateState::as_str), limit as i64), record)?.collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns which programs asked for versions of a draft, by the number of the version.
    pub fn origins(&self, draft: i64) -> Result<BTreeMap<u64, WriteOrigin>, Error> {
        if !self.knows_gate()? {
            return Ok(BTreeMap::new());
        }
        // A write that changed nothing read back the version that was there before; so did a restore.
        let sql = "SELECT who, program, note, result FROM gate_write JOIN write_origin USING (id)
             WHERE draft = ?1 AND result > coalesce(before, 0)
             UNION ALL
             SELECT who, program, note, version.number FROM version
             JOIN restore ON restore.result = version.id JOIN write_origin ON write_origin.id = restore.id
             WHERE version.draft = ?1 AND version.observed_at >= restore.started_at";
        let read = || -> rusqlite::Result<BTreeMap<u64, WriteOrigin>> {
            let mut query = self.connection.prepare_cached(sql)?;
            query.query_map([draft], |row| Ok((row.get(3)?, origin(row)?)))?.collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the number of the newest version of a draft with this hash; `None` if the archive has none.
    pub fn version_with_hash(&self, draft: i64, hash: Hash) -> Result<Option<u64>, Error> {
        let sql = "SELECT number FROM version WHERE draft = ?1 AND hash = ?2 ORDER BY number DESC LIMIT 1";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row((draft, hash.0), |row| row.get(0)).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns which program deleted a draft.
    pub fn deleted_by(&self, draft: i64) -> Result<Option<WriteOrigin>, Error> {
        if !self.knows_gate()? {
            return Ok(None);
        }
        let sql = "SELECT who, program, note FROM gate_write JOIN write_origin USING (id)
             WHERE draft = ?1 AND action = 'delete' AND state = 'done' ORDER BY id DESC LIMIT 1";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row([draft], origin).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    fn knows_gate(&self) -> Result<bool, Error> {
        Ok(migrate::version(&self.connection, &self.path)? >= MIN_SCHEMA)
    }
}

impl Writer {
    /// Returns a write that made these articles since an instant, or that waits to do so; none whose draft was deleted again.
    pub fn same_create(
        &mut self,
        account: AccountId,
        request: &str,
        since: Timestamp,
    ) -> Result<Option<GateRecord>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} JOIN gate_create ON gate_create.write = gate_write.id
             WHERE gate_create.hash = ?1 AND gate_write.account = ?3 AND state IN ('held', 'done') AND gate_write.asked_at >= ?2
               AND NOT EXISTS (SELECT 1 FROM gate_write AS gone WHERE gone.account = ?3 AND gone.action = 'delete' AND gone.state = 'done' AND gone.media_id = gate_write.media_id)
             ORDER BY gate_write.id DESC LIMIT 1"
        );
        self.connection
            .prepare_cached(&sql)
            .and_then(|mut query| {
                query.query_row((Hash::of(request.as_bytes()).0, rfc3339(since), account.0), record).optional()
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns a write that somebody asked for and that waits for a yes, with the same request; and how many wait at the account.
    pub fn same_held(&mut self, account: AccountId, who: &str, request: &str) -> Result<(Option<WriteId>, u64), Error> {
        let read = || -> rusqlite::Result<(Option<WriteId>, u64)> {
            let same = self
                .connection
                .prepare_cached(
                    "SELECT id FROM gate_write JOIN write_origin USING (id)
                     WHERE state = 'held' AND account = ?1 AND who = ?2 AND request = ?3 LIMIT 1",
                )?
                .query_row((account.0, who, request), |row| row.get(0).map(WriteId))
                .optional()?;
            let count = self
                .connection
                .prepare_cached("SELECT count(*) FROM gate_write WHERE state = 'held' AND account = ?1")?
                .query_row([account.0], |row| row.get(0))?;
            Ok((same, count))
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the writes to an account of which it is not known how they ended: interrupted, or with an answer that was lost.
    pub fn unsettled_gate_writes(&mut self, account: AccountId) -> Result<Vec<GateRecord>, Error> {
        let sql = format!(
            "SELECT {COLUMNS} WHERE gate_write.account = ?1 AND state IN ('begun', 'unknown') ORDER BY gate_write.id"
        );
        let read = || -> rusqlite::Result<Vec<GateRecord>> {
            self.connection.prepare_cached(&sql)?.query_map([account.0], record)?.collect()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

/// Reads the first columns: `who`, `program` and `note`.
fn origin(row: &Row<'_>) -> rusqlite::Result<WriteOrigin> {
    Ok(WriteOrigin { who: row.get(0)?, program: row.get(1)?, note: row.get(2)? })
}

fn record(row: &Row<'_>) -> rusqlite::Result<GateRecord> {
    let text = |index: usize| row.get::<_, Option<String>>(index).map(Option::unwrap_or_default);
    let decided_by: Option<String> = row.get(9)?;
    Ok(GateRecord {
        id: WriteId(row.get(0)?),
        action: decode::word(row, 1)?,
        account: row.get(2)?,
        draft: row.get(3)?,
        before: row.get(4)?,
        request: row.get(5)?,
        asked_at: decode::instant(row, 6)?,
        state: decode::word(row, 7)?,
        reason: row.get(8)?,
        decided: match decided_by {
            Some(by) => Some((by, decode::instant(row, 10)?)),
            None => None,
        },
        finished_at: decode::instant_or_null(row, 11)?,
        media_id: row.get::<_, Option<String>>(12)?.map(MediaId::new),
        result: row.get(13)?,
        restore: row.get::<_, Option<i64>>(14)?.map(RestoreId),
        origin: WriteOrigin { who: text(15)?, program: text(16)?, note: text(17)? },
    })
}
