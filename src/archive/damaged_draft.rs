//! Damaged rows of drafts. What is not known of a draft is concluded anew by polls; its versions tell the times at which it was seen
//! at least.

use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Row, Transaction};

use super::account_id::AccountId;
use super::damaged_row::{self, Check, DamagedRow, RowFault, TEXT, TIME};
use super::decode;
use crate::model::{AccountName, DraftState, Timestamp, rfc3339};

/// The place of the state among the columns that are read.
const STATE_COLUMN: usize = 2;

/// The place of the media_id among the columns that are checked.
const MEDIA_ID: usize = 0;

const STATE: Check = |row, column| decode::state(row, column).map(drop);
const MISSING_SINCE: Check = |row, column| match decode::state(row, STATE_COLUMN) {
    Ok(state) => decode::missing_since(row, column, state).map(drop),
    Err(_) => decode::instant_or_null(row, column).map(drop),
};

/// What can be read of a draft's row.
struct Found {
    id: i64,
    media_id: Result<String, String>,
    state: Option<DraftState>,
    first_seen: Option<Timestamp>,
    last_seen: Option<Timestamp>,
    missing_since: Option<Timestamp>,
    faults: Vec<RowFault>,
}

impl Found {
    fn has_damaged_media_id(&self) -> bool {
        self.faults.iter().any(|fault| fault.column == MEDIA_ID)
    }
}

pub(super) fn reset(
    transaction: &Transaction<'_>,
    account: AccountId,
    name: &AccountName,
) -> rusqlite::Result<Vec<DamagedRow>> {
    let drafts = transaction
        .prepare("SELECT id, media_id, state, first_seen, last_seen, missing_since FROM draft WHERE account = ?1")?
        .query_map([account.0], found)?
        .collect::<Result<Vec<_>, _>>()?;
    let mut damaged = Vec::new();
    for draft in drafts.iter().filter(|draft| !draft.faults.is_empty()) {
        // A media_id of another type may stand beside the same one as text, whose draft keeps it.
        let is_taken = draft.has_damaged_media_id()
            && drafts.iter().any(|other| other.id != draft.id && other.media_id == draft.media_id);
        let media_id = draft.media_id.as_ref().ok().filter(|_| !is_taken);
        reset_draft(transaction, draft, media_id)?;
        let (key, mut reason) = (format!("{name}/#{}", draft.id), damaged_row::reasons(&draft.faults));
        if let Err(lost) = &draft.media_id {
            reason += &format!("; its media_id was {lost}");
        }
        damaged.push(DamagedRow { table: "draft", key, reason });
    }
    Ok(damaged)
}

fn found(row: &Row<'_>) -> rusqlite::Result<Found> {
    Ok(Found {
        id: row.get(0)?,
        media_id: media_id(row.get_ref(1)?),
        state: decode::state(row, STATE_COLUMN).ok(),
        first_seen: decode::instant(row, 3).ok(),
        last_seen: decode::instant(row, 4).ok(),
        missing_since: decode::instant(row, 5).ok(),
        faults: damaged_row::faults(row, 1, &[TEXT, STATE, TIME, TIME, MISSING_SINCE])?,
    })
}

/// Returns a media_id whose bytes can be read, whatever type they have now; else what is there.
fn media_id(value: ValueRef<'_>) -> Result<String, String> {
    let words = damaged_row::in_words(value);
    match value.as_bytes() {
        Ok(bytes) if bytes == words.as_bytes() => Ok(words),
        _ => Err(words),
    }
}

/// Without a media_id, no poll finds the draft any more.
fn reset_draft(transaction: &Transaction<'_>, draft: &Found, media_id: Option<&String>) -> rusqlite::Result<()> {
    let (first, newest) = versions_seen(transaction, draft.id)?;
    let first_seen = draft.first_seen.or(first).or(draft.last_seen).unwrap_or_default();
    let last_seen = draft.last_seen.or(newest).unwrap_or(first_seen);
    let (state, missing_since) = match (draft.state, draft.missing_since) {
        _ if media_id.is_none() => (DraftState::Gone, Some(last_seen)),
        (Some(state), Some(since)) if state != DraftState::Live => (state, Some(since)),
        // That it had left the box was concluded; when, is not known any more.
        (Some(state @ (DraftState::Published | DraftState::Deleted | DraftState::Gone)), None) => {
            (state, Some(last_seen))
        }
        // Nothing is concluded from it: a draft that is not there is missed twice before it is believed.
        _ => (DraftState::Live, None),
    };
    let lost = || format!("unreadable-{}", draft.id);
    transaction.execute(
        "UPDATE draft SET media_id = ?2, state = ?3, first_seen = ?4, last_seen = ?5, missing_since = ?6 WHERE id = ?1",
        (
            draft.id,
            media_id.cloned().unwrap_or_else(lost),
            state.as_str(),
            rfc3339(first_seen),
            rfc3339(last_seen),
            missing_since.map(rfc3339),
        ),
    )?;
    Ok(())
}

/// Returns when the first and the newest version of a draft were seen, as far as that can be read.
fn versions_seen(
    transaction: &Transaction<'_>,
    draft: i64,
) -> rusqlite::Result<(Option<Timestamp>, Option<Timestamp>)> {
    let seen = |order: &str| {
        let sql = format!("SELECT observed_at FROM version WHERE draft = ?1 ORDER BY number {order} LIMIT 1");
        transaction.prepare_cached(&sql)?.query_row([draft], |row| Ok(decode::instant(row, 0).ok())).optional()
    };
    Ok((seen("ASC")?.flatten(), seen("DESC")?.flatten()))
}
