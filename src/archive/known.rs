//! What the archive knows of an account's drafts before a poll.

use rusqlite::{Connection, OptionalExtension, Row};

use super::error::Error;
use super::fault::{Fault, or_damaged};
use super::held_back;
use super::record::{AccountId, Writer};
use super::row;
use super::sighting::Known;
use crate::canonical;
use crate::model::{Hash, MediaId};

impl Writer {
    /// Returns the drafts of an account as the polls before this one left them. Of one whose newest version cannot be read no
    /// more is known than its number: it keeps neither the others from being polled nor its own next version out.
    pub fn known(&mut self, account: AccountId) -> Result<Vec<Known>, Error> {
        self.known_where(account, None)
    }

    /// Returns what is known of one draft now, where the archive has it.
    pub fn known_draft(&mut self, account: AccountId, media_id: &MediaId) -> Result<Option<Known>, Error> {
        Ok(self.known_where(account, Some(media_id))?.pop())
    }

    fn known_where(&mut self, account: AccountId, media_id: Option<&MediaId>) -> Result<Vec<Known>, Error> {
        let known = || -> Result<Vec<Known>, Fault> {
            let drafts = drafts(&self.connection, account, media_id)?;
            drafts.into_iter().filter_map(|draft| with_newest(&self.connection, draft).transpose()).collect()
        };
        known().map_err(|fault| fault.told(&self.path))
    }
}

/// Returns the numbers of an account's drafts, and what is known of them, without their versions.
fn drafts(
    connection: &Connection,
    account: AccountId,
    media_id: Option<&MediaId>,
) -> rusqlite::Result<Vec<(i64, Known)>> {
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

fn known(columns: &Row<'_>) -> rusqlite::Result<Known> {
    // What a poll writes to must be readable as well.
    row::instant(columns, 11)?;
    row::instant_or_null(columns, 12)?;
    let state = row::state(columns, 2)?;
    Ok(Known {
        media_id: MediaId::new(columns.get::<_, String>(1)?),
        state,
        missing_since: row::missing_since(columns, 3, state)?,
        number: 0,
        hash: None,
        version_time: None,
        last_seen: row::instant(columns, 4)?,
        create_time: columns.get(5)?,
        update_time: columns.get(6)?,
        read_time: columns.get(7)?,
        held_back: held_back::of(columns, 8)?,
    })
}

/// Adds what is known of the newest version; a draft that has none is not known. A version whose number is damaged is none: nobody knows
/// where it belongs.
fn with_newest(connection: &Connection, (draft, known): (i64, Known)) -> Result<Option<Known>, Fault> {
    let newest: Option<(i64, u64)> = connection
        .prepare_cached("SELECT id, number FROM version WHERE draft = ?1 AND typeof(number) = 'integer' ORDER BY number DESC LIMIT 1")?
        .query_row([draft], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((version, number)) = newest else { return Ok(None) };
    let known = Known { number, ..known };
    Ok(Some(match or_damaged(row_of(connection, version).map_err(Fault::from))? {
        Ok((hash, version_time)) => Known { hash, version_time, ..known },
        // It is read again, whatever the list says of it.
        Err(_) => Known { read_time: None, ..known },
    }))
}

/// Returns the hash of a version, where that is of today's law, and when the platform says it was saved.
fn row_of(connection: &Connection, version: i64) -> rusqlite::Result<(Option<Hash>, Option<i64>)> {
    connection
        .prepare_cached("SELECT iif(canon = ?2, hash, NULL), update_time FROM version WHERE id = ?1")?
        .query_row((version, canonical::HASH_VERSION), |row| Ok((row.get::<_, Option<_>>(0)?.map(Hash), row.get(1)?)))
}
