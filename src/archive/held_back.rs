//! Drafts that are held back: so many vanished at once that nothing is concluded until `draft/get` has confirmed each of them
//! in two polls.

use chrono::TimeDelta;
use rusqlite::{Connection, Row, Transaction};

use super::decode;
use crate::model::{MediaId, Timestamp, rfc3339};

/// How far apart the two confirmations are at least: the platform's faults of minutes must have passed.
const CONFIRM_GAP: TimeDelta = TimeDelta::minutes(10);

/// What is known of the absence of a draft that is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeldBack {
    /// When it vanished together with the others.
    pub since: Timestamp,
    /// When `draft/get` first confirmed that it is not there.
    pub confirmed_at: Option<Timestamp>,
    /// When `draft/get` last did.
    pub asked_at: Option<Timestamp>,
}

impl HeldBack {
    /// A draft that vanished now.
    pub fn begin(now: Timestamp) -> Self {
        Self { since: now, confirmed_at: None, asked_at: None }
    }

    /// Returns when it was looked for last.
    pub fn looked_at(&self) -> Timestamp {
        self.asked_at.unwrap_or(self.since)
    }

    /// Returns from when on another confirmation is the second one; `None` before the first.
    pub fn confirmable_from(&self) -> Option<Timestamp> {
        self.confirmed_at.map(|confirmed_at| confirmed_at + CONFIRM_GAP)
    }

    /// Returns whether a confirmation at `now` is the second one.
    pub fn is_confirmable(&self, now: Timestamp) -> bool {
        self.confirmable_from().is_some_and(|confirmable_from| confirmable_from <= now)
    }

    /// Returns whether `draft/get` is to be asked at `now`. A confirmation in the future was dated by a clock that was set back
    /// since, and counts for nothing.
    pub fn is_due(&self, now: Timestamp) -> bool {
        self.confirmed_at.is_none_or(|confirmed_at| confirmed_at > now) || self.is_confirmable(now)
    }

    /// Adds that `draft/get` confirmed it at `now`.
    #[must_use]
    pub fn with_confirmation(self, now: Timestamp) -> Self {
        let confirmed_at = self.confirmed_at.map_or(now, |confirmed_at| confirmed_at.min(now));
        Self { confirmed_at: Some(confirmed_at), asked_at: Some(now), ..self }
    }
}

/// A draft that is held back, as a poll leaves it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldBackUpdate {
    pub media_id: MediaId,
    pub held_back: HeldBack,
    /// Whether the absence is accepted: then it is among the poll's absences.
    pub is_accepted: bool,
}

/// Records that a draft is held back. What another process has recorded before stays.
pub(super) fn hold(transaction: &Transaction<'_>, draft: i64, held_back: &HeldBack) -> rusqlite::Result<()> {
    let HeldBack { since, confirmed_at, asked_at } = held_back;
    transaction
        .prepare_cached(
            "INSERT INTO held_back (draft, since, confirmed_at, asked_at)
             SELECT id, ?2, ?3, ?4 FROM draft WHERE id = ?1 AND state IN ('live', 'missing')
             ON CONFLICT (draft) DO UPDATE
             SET since = min(since, excluded.since),
                 confirmed_at = coalesce(min(confirmed_at, excluded.confirmed_at), confirmed_at, excluded.confirmed_at),
                 asked_at = coalesce(max(asked_at, excluded.asked_at), asked_at, excluded.asked_at)",
        )?
        .execute((draft, rfc3339(*since), confirmed_at.map(rfc3339), asked_at.map(rfc3339)))?;
    Ok(())
}

/// Records that a draft is not held back any more.
pub(super) fn release(transaction: &Transaction<'_>, draft: i64) -> rusqlite::Result<()> {
    transaction.prepare_cached("DELETE FROM held_back WHERE draft = ?1")?.execute([draft])?;
    Ok(())
}

/// Returns the drafts of an account that are held back.
pub(super) fn list(connection: &Connection, account: i64) -> rusqlite::Result<Vec<(MediaId, HeldBack)>> {
    connection
        .prepare_cached(
            "SELECT media_id, since, confirmed_at, asked_at FROM held_back JOIN draft ON draft.id = held_back.draft
             WHERE draft.account = ?1 ORDER BY draft.id",
        )?
        .query_map([account], |columns| Ok((MediaId::new(columns.get::<_, String>(0)?), of(columns, 1)?)))?
        .filter_map(|held| held.map(|(media_id, held)| held.map(|held| (media_id, held))).transpose())
        .collect()
}

/// Reads what is known of a draft from three columns that begin at `first`; nothing where it is not held back.
pub(super) fn of(columns: &Row<'_>, first: usize) -> rusqlite::Result<Option<HeldBack>> {
    let Some(since) = decode::instant_or_null(columns, first)? else { return Ok(None) };
    let confirmed_at = decode::instant_or_null(columns, first + 1)?;
    Ok(Some(HeldBack { since, confirmed_at, asked_at: decode::instant_or_null(columns, first + 2)? }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_confirmation_counts_ten_minutes_after_the_first() {
        let began: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let at = |seconds| began + TimeDelta::seconds(seconds);
        let held = HeldBack::begin(at(0));
        assert!(held.is_due(at(0)) && !held.is_confirmable(at(3600)), "nobody has confirmed it");
        let once = held.with_confirmation(at(60));
        assert_eq!((once.confirmable_from(), once.asked_at), (Some(at(660)), Some(at(60))));
        assert!(!once.is_due(at(60)), "it was confirmed at this instant");
        assert!(
            !once.is_due(at(659))
                && !once.is_confirmable(at(659))
                && once.is_due(at(660))
                && once.is_confirmable(at(660))
        );
        let again = once.with_confirmation(at(300));
        assert_eq!((again.confirmed_at, again.asked_at), (once.confirmed_at, Some(at(300))));
        assert_eq!([held, once, again].map(|held| held.looked_at()), [0, 60, 300].map(at));
    }

    #[test]
    fn a_clock_that_is_set_back_begins_anew() {
        let began: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let (before, minute) = (began - TimeDelta::hours(1), TimeDelta::minutes(1));
        let held = HeldBack::begin(began).with_confirmation(began);
        assert!(held.is_due(before) && !held.is_confirmable(before));
        let anew = held.with_confirmation(before);
        assert!(!anew.is_confirmable(before + minute * 9) && anew.is_confirmable(before + minute * 10));
    }
}
