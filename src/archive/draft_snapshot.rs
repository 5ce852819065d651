//! What the archive knows of an account's drafts before a poll.

use rusqlite::{Connection, OptionalExtension, Row};

use super::account_id::AccountId;
use super::decode;
use super::error::Error;
use super::held_back;
use super::internal_error::{InternalError, separate_damage};
use super::observation::DraftSnapshot;
use super::version::greatest_gone;
use super::writer::Writer;
use crate::canonical;
use crate::model::{Hash, MediaId};

impl Writer {
    /// Returns what is known of one draft now, where the archive has it.
    pub fn draft_snapshot(&mut self, account: AccountId, media_id: &MediaId) -> Result<Option<DraftSnapshot>, Error> {
        self.read(|connection| Ok(list(connection, account, Some(media_id))?.pop()))
    }
}

/// Returns the drafts of an account, or one of them, as the polls before this one left them. Of one whose newest version cannot be read no
/// more is known than its number: it keeps neither the others from being polled nor its own next version out.
pub(super) fn list(
    connection: &Connection,
    account: AccountId,
    media_id: Option<&MediaId>,
) -> Result<Vec<DraftSnapshot>, InternalError> {
    let drafts = drafts(connection, account, media_id)?;
    drafts.into_iter().map(|draft| with_newest(connection, draft)).collect()
}

/// Returns the numbers of an account's drafts, and what is known of them, without their versions.
fn drafts(
    connection: &Connection,
    account: AccountId,
    media_id: Option<&MediaId>,
) -> rusqlite::Result<Vec<(i64, DraftSnapshot)>> {
    connection
        .prepare_cached(
            "SELECT id, media_id, state, missing_since, last_seen,
                    draft_time.create_time, draft_time.update_time, draft_time.read_time,
                    iif(held_back.draft IS NULL, NULL, coalesce(held_back.since, '')), held_back.confirmed_at, held_back.asked_at,
                    first_seen, iif(missed.draft IS NULL, NULL, coalesce(missed.missed_at, ''))
             FROM draft
             LEFT JOIN draft_time ON draft_time.draft = draft.id
             LEFT JOIN held_back ON held_back.draft = draft.id
             LEFT JOIN missed ON missed.draft = draft.id
             WHERE account = ?1 AND (?2 IS NULL OR media_id = ?2) ORDER BY id",
        )?
        .query_map((account.0, media_id.map(MediaId::as_str)), |columns| Ok((columns.get(0)?, known(columns)?)))?
        .collect()
}

fn known(columns: &Row<'_>) -> rusqlite::Result<DraftSnapshot> {
    // What a poll writes to must be readable as well.
    decode::instant(columns, 11)?;
    decode::instant_or_null(columns, 12)?;
    let state = decode::state(columns, 2)?;
    Ok(DraftSnapshot {
        media_id: MediaId::new(columns.get::<_, String>(1)?),
        state,
        missing_since: decode::missing_since(columns, 3, state)?,
        number: 0,
        hash: None,
        version_time: None,
        last_seen: decode::instant(columns, 4)?,
        create_time: columns.get(5)?,
        update_time: columns.get(6)?,
        read_time: columns.get(7)?,
        held_back: held_back::of(columns, 8)?,
    })
}

/// Adds what is known of the newest version. A version whose number is damaged is none: nobody knows where it belongs. Where there is no other,
/// the draft is known all the same, so that its absence is noticed, and it is read again, whatever the list says of it.
fn with_newest(connection: &Connection, (draft, known): (i64, DraftSnapshot)) -> Result<DraftSnapshot, InternalError> {
    // After this number the next version is recorded.
    let gone = greatest_gone("?1");
    let newest: Option<(i64, u64)> = connection
        .prepare_cached(&format!(
            "SELECT id, max(number, {gone})
             FROM version WHERE draft = ?1 AND typeof(number) = 'integer' AND number >= 1 ORDER BY number DESC LIMIT 1"
        ))?
        .query_row([draft], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((version, number)) = newest else {
        let number = connection.prepare_cached(&format!("SELECT {gone}"))?.query_row([draft], |row| row.get(0))?;
        return Ok(DraftSnapshot { number, read_time: None, ..known });
    };
    let known = DraftSnapshot { number, ..known };
    Ok(match separate_damage(row_of(connection, version).map_err(InternalError::from))? {
        Ok((hash, version_time)) => DraftSnapshot { hash, version_time, ..known },
        // It is read again, whatever the list says of it.
        Err(_) => DraftSnapshot { read_time: None, ..known },
    })
}

/// Returns the hash of a version, where that is of today's law, and when the platform says it was saved.
fn row_of(connection: &Connection, version: i64) -> rusqlite::Result<(Option<Hash>, Option<i64>)> {
    connection
        .prepare_cached("SELECT iif(canon = ?2, hash, NULL), update_time FROM version WHERE id = ?1")?
        .query_row((version, canonical::HASH_VERSION), |row| Ok((row.get::<_, Option<_>>(0)?.map(Hash), row.get(1)?)))
}
