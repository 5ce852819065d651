//! What programs write through the gate: a row before the platform is asked, its end afterwards.

use chrono::TimeDelta;
use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::error::Error;
use super::event::{self, NewEvent};
use super::gate_record::{GateState, WriteId, WriteOrigin};
use super::observation::{Observation, RecordOutcome};
use super::restore_records::RestoreId;
use super::usage::add_usage;
use super::version::{self, PreviousVersion};
use super::version_event::{self, VersionEvent};
use super::writer::Writer;
use crate::model::{ApiUsage, ConditionDetails, EventKind, GateAction, Hash, MediaId, Timestamp, rfc3339, shortened};

/// SQL of the next number of a write or a restore: they share their numbers.
pub(super) const NEXT_ID: &str =
    "(SELECT 1 + max(coalesce((SELECT max(id) FROM restore), 0), coalesce((SELECT max(id) FROM gate_write), 0),
                     coalesce((SELECT max(id) FROM write_origin), 0)))";

/// So many characters are kept of what a program calls itself, and of its reason.
const LONGEST_PROGRAM: usize = 100;
const LONGEST_NOTE: usize = 1_000;

/// A write that is asked for.
#[derive(Clone, Debug)]
pub struct NewGateWrite {
    pub account: AccountId,
    pub action: GateAction,
    pub origin: WriteOrigin,
    /// `None` for a new draft.
    pub draft: Option<i64>,
    /// The number of the version that the draft is now; `None` where it was not read.
    pub before: Option<u64>,
    /// What is to be written, as JSON.
    pub request: String,
    pub state: GateState,
    /// Until when it waits for a yes, where it does.
    pub held_until: Option<Timestamp>,
    /// Why it is not done, in words.
    pub reason: Option<String>,
}

/// How a write ended.
#[derive(Clone, Debug)]
pub struct GateEnd {
    pub state: GateState,
    pub reason: Option<String>,
    /// The draft that was written, or deleted.
    pub media_id: Option<MediaId>,
    /// Whether what was read back is what was written, and not what somebody saved meanwhile.
    pub is_ours: bool,
}

impl GateEnd {
    /// An end in this state, with nothing to say.
    pub fn of(state: GateState) -> Self {
        Self { state, reason: None, media_id: None, is_ours: true }
    }
}

impl Writer {
    /// Writes down that a write was asked for: it begins, waits for a yes, or is refused.
    pub fn add_gate_write(&mut self, new: &NewGateWrite, now: Timestamp) -> Result<WriteId, Error> {
        self.transaction(|transaction| {
            let id: i64 = transaction
                .prepare_cached(&format!(
                    "INSERT INTO gate_write (id, account, action, draft, before, request, asked_at, state, reason, finished_at)
                     VALUES ({NEXT_ID}, ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9) RETURNING id"
                ))?
                .query_row(
                    (
                        new.account.0,
                        new.action.as_str(),
                        new.draft,
                        new.before,
                        new.state.is_open().then_some(&new.request),
                        rfc3339(now),
                        new.state.as_str(),
                        new.reason.as_deref().map(|reason| shortened(reason, LONGEST_NOTE)),
                        (!new.state.is_open()).then(|| rfc3339(now)),
                    ),
                    |row| row.get(0),
                )?;
            add_origin(transaction, id, &new.origin, now)?;
            if let (GateAction::Create, true) = (new.action, new.state.is_open()) {
                let hash = Hash::of(new.request.as_bytes());
                transaction
                    .prepare_cached("INSERT INTO gate_create (write, hash) VALUES (?1, ?2)")?
                    .execute((id, hash.0))?;
            }
            if let Some(until) = new.held_until {
                event::add(transaction, Some(new.account), &held_event(id, new, until, now))?;
            }
            Ok(WriteId(id))
        })
    }

    /// Writes down which program asked for a restore.
    pub fn add_restore_origin(&mut self, id: RestoreId, origin: &WriteOrigin, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| Ok(add_origin(transaction, id.0, origin, now)?))
    }

    /// Begins a write that was held, for somebody said yes. Returns `false` where it is held no more.
    pub fn approve_gate_write(&mut self, id: WriteId, by: &str, now: Timestamp) -> Result<bool, Error> {
        self.transaction(|transaction| {
            let update = "UPDATE gate_write SET state = 'begun', decided_by = ?2, decided_at = ?3 WHERE id = ?1 AND state = 'held'";
            Ok(transaction.prepare_cached(update)?.execute((id.0, by, rfc3339(now)))? > 0)
        })
    }

    /// Ends a write that was held, for somebody said no. Returns `false` where it is held no more.
    pub fn deny_gate_write(&mut self, id: WriteId, by: &str, now: Timestamp) -> Result<bool, Error> {
        self.transaction(|transaction| {
            let update = "UPDATE gate_write SET state = 'denied', request = NULL, decided_by = ?2, decided_at = ?3, finished_at = ?3
                          WHERE id = ?1 AND state = 'held'";
            Ok(transaction.prepare_cached(update)?.execute((id.0, by, rfc3339(now)))? > 0)
        })
    }

    /// Ends the writes that were held for so long. One that was asked for in the future was dated by a clock that was set back: it ends too.
    pub fn lapse_gate_writes(&mut self, longest: TimeDelta, now: Timestamp) -> Result<usize, Error> {
        let wait = "SELECT EXISTS (SELECT 1 FROM gate_write WHERE state = 'held')";
        let any_waits =
            self.connection.prepare_cached(wait).and_then(|mut query| query.query_row((), |row| row.get(0)));
        // Nothing is written in vain: this is asked every ten minutes.
        if !any_waits.map_err(|error| Error::of(&self.path, &error))? {
            return Ok(0);
        }
        self.transaction(|transaction| {
            let update = "UPDATE gate_write SET state = 'lapsed', request = NULL, finished_at = ?1
                          WHERE state = 'held' AND (asked_at <= ?2 OR asked_at > ?3)";
            let (earliest, latest) = (rfc3339(now - longest), rfc3339(now + longest));
            Ok(transaction.prepare_cached(update)?.execute((rfc3339(now), earliest, latest))?)
        })
    }

    /// Writes down what a draft was just before a write that had been held, which may have changed since.
    pub fn set_gate_before(&mut self, id: WriteId, over: (i64, u64)) -> Result<(), Error> {
        self.transaction(|transaction| {
            let update = "UPDATE gate_write SET draft = ?2, before = ?3 WHERE id = ?1 AND state = 'begun'";
            transaction.prepare_cached(update)?.execute((id.0, over.0, over.1))?;
            Ok(())
        })
    }

    /// Writes down how a write ended, with what was read back of its draft and the calls that it took. Returns the draft, and the number
    /// of the version that was read back.
    pub fn end_gate_write(
        &mut self,
        id: WriteId,
        account: AccountId,
        end: &GateEnd,
        read_back: Option<&Observation>,
        calls: &[ApiUsage],
        now: Timestamp,
    ) -> Result<Option<(i64, u64)>, Error> {
        // A program that empties a draft is told like anybody who does.
        let change = match read_back {
            Some(observation) => version_event::compare(&self.connection, account, observation)
                .map_err(|error| error.into_error(&self.path))?,
            None => None,
        };
        let ended = self.transaction_beside_damage(|transaction, previous| {
            add_usage(transaction, account, calls)?;
            let recorded =
                read_back.map(|observation| version::add(transaction, account, observation, previous)).transpose()?;
            let kept = match read_back {
                Some(observation) => newest(transaction, account, &observation.media_id)?,
                None => None,
            };
            // What was to be written is needed until it is known whether it was.
            let is_known = end.state != GateState::Unknown;
            transaction
                .prepare_cached(
                    "UPDATE gate_write SET state = ?2, reason = ?3, media_id = ?4, finished_at = ?5, result = ?6,
                                           draft = coalesce(draft, ?7), request = iif(?8, NULL, request)
                     WHERE id = ?1",
                )?
                .execute((
                    id.0,
                    end.state.as_str(),
                    end.reason.as_deref().map(|reason| shortened(reason, LONGEST_NOTE)),
                    end.media_id.as_ref().map(MediaId::as_str),
                    rfc3339(now),
                    kept.filter(|_| end.is_ours).map(|(_, version)| version),
                    kept.map(|(draft, _)| draft),
                    is_known,
                ))?;
            if let (PreviousVersion::Recode, Some(RecordOutcome::Version { draft, number, .. })) = (previous, recorded)
            {
                let event = VersionEvent { draft, number, at: now };
                version_event::add_version(transaction, account, &event, change.as_ref())?;
            }
            Ok(kept)
        });
        let (kept, damage) = ended?;
        if let Some(damage) = damage {
            tracing::warn!(%damage, "the version before the one that was read back is damaged");
        }
        Ok(kept)
    }

    /// Writes down the restore that a write began, or that takes it back.
    pub fn set_gate_restore(&mut self, id: WriteId, by: RestoreId) -> Result<(), Error> {
        self.transaction(|transaction| {
            let update = "UPDATE gate_write SET restore = ?2 WHERE id = ?1";
            transaction.prepare_cached(update)?.execute((id.0, by.0))?;
            Ok(())
        })
    }

    /// Returns how many writes and plans somebody asked for between two instants.
    pub fn count_writes_of(&mut self, who: &str, since: Timestamp, until: Timestamp) -> Result<u64, Error> {
        self.connection
            .prepare_cached(
                "SELECT (SELECT count(*) FROM gate_write JOIN write_origin USING (id)
                         WHERE who = ?1 AND write_origin.asked_at BETWEEN ?2 AND ?3)
                      + (SELECT count(*) FROM gate_plan WHERE who = ?1 AND planned_at BETWEEN ?2 AND ?3)",
            )
            .and_then(|mut query| query.query_row((who, rfc3339(since), rfc3339(until)), |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))
    }
}

/// Tells that a write waits until somebody says yes.
fn held_event(id: i64, new: &NewGateWrite, until: Timestamp, now: Timestamp) -> NewEvent {
    let details = ConditionDetails { quantity: u64::try_from(id).ok(), until: Some(until), ..Default::default() };
    NewEvent { draft: new.draft, version: new.before, details, ..NewEvent::new(EventKind::GateHeld, now) }
}

fn add_origin(transaction: &Transaction<'_>, id: i64, origin: &WriteOrigin, now: Timestamp) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("INSERT INTO write_origin (id, who, program, note, asked_at) VALUES (?1, ?2, ?3, ?4, ?5)")?
        .execute((
            id,
            &origin.who,
            shortened(&origin.program, LONGEST_PROGRAM),
            shortened(&origin.note, LONGEST_NOTE),
            rfc3339(now),
        ))?;
    Ok(())
}

/// Returns a draft, and the number of its newest version.
fn newest(
    transaction: &Transaction<'_>,
    account: AccountId,
    media_id: &MediaId,
) -> rusqlite::Result<Option<(i64, u64)>> {
    transaction
        .prepare_cached(
            "SELECT draft.id, max(version.number) FROM version JOIN draft ON draft.id = version.draft
             WHERE draft.account = ?1 AND draft.media_id = ?2 AND typeof(number) = 'integer' AND number >= 1
             GROUP BY draft.id",
        )?
        .query_row((account.0, media_id.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}
