//! When drafts were seen and missed last.
//!
//! A poll is written down when it ends, which may be after another one that looked later: what is newer stays. A stored time
//! that lies ahead of the clock is not newer. It was a wrong clock's, and the next poll replaces it.

use chrono::TimeDelta;
use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::decode;
use super::event::{self, NewEvent};
use super::held_back::{self, HeldBack};
use super::observation::{DraftSnapshot, MissingDraft, PollLog, SeenDraft};
use crate::model::{CLOCK_TOLERANCE, DraftState, EventKind, MediaId, Timestamp, rfc3339};

/// What is written down of a draft.
struct Stored {
    account: AccountId,
    draft: i64,
    /// Whether it was concluded that it is not in its box.
    has_left: bool,
    last_seen: Option<Timestamp>,
    missing_since: Option<Timestamp>,
    missed_at: Option<Timestamp>,
    held_back: Option<HeldBack>,
    /// When a draft that is held back was looked for last.
    held_back_at: Option<Timestamp>,
}

/// Replaces the times of last sightings that lie ahead: when the clock has caught up with them, nobody could tell them from true ones. Such a
/// draft counts as not seen for a day.
pub(super) fn replace_times_ahead(
    transaction: &Transaction<'_>,
    account: AccountId,
    known: &mut [DraftSnapshot],
    now: Timestamp,
) -> rusqlite::Result<()> {
    for draft in known.iter_mut().filter(|draft| draft.last_seen - now > CLOCK_TOLERANCE) {
        draft.last_seen = now - TimeDelta::days(1);
        transaction
            .prepare_cached("UPDATE draft SET last_seen = ?3 WHERE account = ?1 AND media_id = ?2")?
            .execute((account.0, draft.media_id.as_str(), rfc3339(draft.last_seen)))?;
    }
    Ok(())
}

/// Writes down which drafts a poll saw, which ones it holds back, and which ones it missed.
pub(super) fn mark(transaction: &Transaction<'_>, account: AccountId, poll: &PollLog) -> rusqlite::Result<()> {
    let now = poll.finished_at;
    for seen in &poll.seen {
        // A draft that was listed and could not be read has no row yet.
        if let Some(stored) = stored(transaction, account, &seen.media_id, now)? {
            let SeenDraft { at, create_time, update_time, is_read, .. } = seen;
            if see(transaction, &stored, (*at).min(now))? {
                set_times(transaction, stored.draft, (*create_time, *update_time), *is_read)?;
            }
        }
    }
    for update in &poll.held_back {
        let stored = stored(transaction, account, &update.media_id, now)?;
        // Where somebody has seen it since, what was confirmed before that counts for nothing.
        let confirmed_at = update.held_back.confirmed_at.unwrap_or(update.held_back.since);
        let is_unseen = |stored: &Stored| stored.last_seen.is_none_or(|seen| seen <= confirmed_at);
        if let Some(stored) = stored.filter(is_unseen) {
            held_back::hold(transaction, stored.draft, &update.held_back)?;
        }
    }
    for absence in &poll.absences {
        let is_accepted = poll.held_back.iter().any(|update| update.is_accepted && update.media_id == absence.media_id);
        let stored = stored(transaction, account, &absence.media_id, now)?;
        // What is not held back any more was seen, or its absence concluded, by another process.
        if let Some(stored) = stored.filter(|stored| !is_accepted || stored.held_back.is_some()) {
            miss(transaction, &stored, absence, is_accepted)?;
        }
    }
    Ok(())
}

/// Writes down that content of a draft was read at `at`, which is now.
pub(super) fn mark_read(
    transaction: &Transaction<'_>,
    account: AccountId,
    media_id: &MediaId,
    at: Timestamp,
) -> rusqlite::Result<()> {
    match stored(transaction, account, media_id, at)? {
        Some(stored) => see(transaction, &stored, at).map(drop),
        None => Ok(()),
    }
}

/// Returns what is written down of a draft, as far as it may be true at `now`.
fn stored(
    transaction: &Transaction<'_>,
    account: AccountId,
    media_id: &MediaId,
    now: Timestamp,
) -> rusqlite::Result<Option<Stored>> {
    let believed = |time: Option<Timestamp>| time.filter(|time| *time - now <= CLOCK_TOLERANCE);
    transaction
        .prepare_cached(
            "SELECT id, last_seen, missing_since, missed_at, since, confirmed_at, asked_at, state IN ('published', 'deleted', 'gone')
             FROM draft
             LEFT JOIN missed ON missed.draft = draft.id
             LEFT JOIN held_back ON held_back.draft = draft.id
             WHERE account = ?1 AND media_id = ?2",
        )?
        .query_row((account.0, media_id.as_str()), |columns| {
            let held_back = held_back::of(columns, 4)?;
            Ok(Stored {
                account,
                draft: columns.get(0)?,
                has_left: columns.get(7)?,
                last_seen: believed(Some(decode::instant(columns, 1)?)),
                missing_since: believed(decode::instant_or_null(columns, 2)?),
                // An import or an older program wrote no second one.
                missed_at: believed(decode::instant_or_null(columns, 3)?.or(decode::instant_or_null(columns, 2)?)),
                held_back,
                held_back_at: believed(held_back.map(|held_back| held_back.looked_at())),
            })
        })
        .optional()
}

/// Takes in that a draft was in its box at `at`, and tells whether nobody has seen it later.
fn see(transaction: &Transaction<'_>, stored: &Stored, at: Timestamp) -> rusqlite::Result<bool> {
    let is_last = stored.last_seen.is_none_or(|seen| at >= seen);
    if is_last {
        transaction
            .prepare_cached("UPDATE draft SET last_seen = ?2 WHERE id = ?1")?
            .execute((stored.draft, rfc3339(at)))?;
    }
    if stored.missed_at.is_none_or(|missed| at >= missed) {
        transaction
            .prepare_cached("UPDATE draft SET state = 'live', missing_since = NULL WHERE id = ?1 AND state <> 'live'")?
            .execute([stored.draft])?;
        transaction.prepare_cached("DELETE FROM missed WHERE draft = ?1")?.execute([stored.draft])?;
        if stored.has_left {
            add_event(transaction, stored, EventKind::DraftReturned, at)?;
        }
    }
    if stored.held_back.is_some() && stored.held_back_at.is_none_or(|looked_at| at >= looked_at) {
        held_back::release(transaction, stored.draft)?;
    }
    Ok(is_last)
}

/// Takes in that a draft was not in its box, where nobody has looked later.
fn miss(
    transaction: &Transaction<'_>,
    stored: &Stored,
    absence: &MissingDraft,
    is_accepted: bool,
) -> rusqlite::Result<()> {
    let at = absence.at;
    if [stored.last_seen, stored.missed_at].into_iter().flatten().any(|later| later > at) {
        return Ok(());
    }
    // Another process may have seen it since the poll began: then this is its first absence again. One that was held back was
    // absent before.
    let since = stored.missing_since.or(stored.held_back.filter(|_| is_accepted).map(|held_back| held_back.since));
    let state = if since.is_some() { absence.state } else { DraftState::Missing };
    let is_in_state = transaction
        .prepare_cached("SELECT 1 FROM draft WHERE id = ?1 AND state = ?2")?
        .exists((stored.draft, state.as_str()))?;
    if is_accepted || state != DraftState::Missing {
        held_back::release(transaction, stored.draft)?;
    }
    if let Some(kind) = EventKind::of_departure(state).filter(|_| !is_in_state) {
        add_event(transaction, stored, kind, at)?;
    }
    transaction
        .prepare_cached("UPDATE draft SET state = ?2, missing_since = ?3, last_seen = ?4 WHERE id = ?1")?
        .execute((
            stored.draft,
            state.as_str(),
            rfc3339(since.unwrap_or(at)),
            rfc3339(stored.last_seen.unwrap_or(at)),
        ))?;
    transaction
        .prepare_cached(
            "INSERT INTO missed (draft, missed_at) VALUES (?1, ?2)
             ON CONFLICT (draft) DO UPDATE SET missed_at = excluded.missed_at",
        )?
        .execute((stored.draft, rfc3339(at)))?;
    Ok(())
}

/// Writes down that a draft left its box, or is there again.
fn add_event(transaction: &Transaction<'_>, stored: &Stored, kind: EventKind, at: Timestamp) -> rusqlite::Result<()> {
    let version = event::newest_number(transaction, stored.draft)?;
    let event = NewEvent { version, ..NewEvent::of_draft(stored.draft, kind, at) };
    event::add(transaction, Some(stored.account), &event)
}

/// Writes down what the platform told of a draft's times.
fn set_times(
    transaction: &Transaction<'_>,
    draft: i64,
    (create_time, update_time): (Option<i64>, Option<i64>),
    is_read: bool,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO draft_time (draft, create_time, update_time, read_time) VALUES (?1, ?2, ?3, iif(?4, ?3, NULL))
             ON CONFLICT (draft) DO UPDATE
             SET create_time = coalesce(excluded.create_time, create_time), update_time = coalesce(excluded.update_time, update_time),
                 read_time = iif(?4, coalesce(excluded.read_time, update_time), read_time)",
        )?
        .execute((draft, create_time, update_time, is_read))?;
    Ok(())
}
