//! What an export takes of accounts and drafts beside their versions, and an import brings back.

use rusqlite::OptionalExtension;

use super::decode;
use super::error::Error;
use super::picture_row::BY_IDENTITY;
use super::reader::Reader;
use crate::model::{DraftState, MediaId, Timestamp};

/// An account's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRow {
    /// The operator's name for it, as it is stored.
    pub name: String,
    pub appid: String,
    /// When the first poll of it began.
    pub first_seen: Timestamp,
}

/// A draft's row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftRow {
    /// The small number that people type as `#ID`.
    pub id: i64,
    pub media_id: MediaId,
    pub state: DraftState,
    pub first_seen: Timestamp,
    pub last_seen: Timestamp,
    /// When it was first missed, while it is not live.
    pub missing_since: Option<Timestamp>,
}

impl Reader {
    /// Returns the accounts that were ever polled, by name.
    pub fn account_rows(&self) -> Result<Vec<AccountRow>, Error> {
        let rows = || -> rusqlite::Result<Vec<AccountRow>> {
            self.connection
                .prepare("SELECT name, appid, first_seen FROM account ORDER BY name")?
                .query_map((), |row| {
                    Ok(AccountRow { name: row.get(0)?, appid: row.get(1)?, first_seen: decode::instant(row, 2)? })
                })?
                .collect()
        };
        rows().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the name of a draft's account, and its own row.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where either cannot be read, or is not there.
    pub fn draft_row(&self, id: i64) -> Result<(String, DraftRow), Error> {
        let found = || -> rusqlite::Result<Option<(String, DraftRow)>> {
            self.connection
                .prepare_cached(
                    "SELECT name, draft.id, media_id, state, draft.first_seen, last_seen, missing_since
                     FROM draft JOIN account ON account.id = draft.account WHERE draft.id = ?1",
                )?
                .query_row([id], |row| Ok((row.get(0)?, draft(row)?)))
                .optional()
        };
        match found() {
            Ok(Some(found)) => Ok(found),
            Ok(None) => Err(Error::Damaged("its row, or that of its account, is missing".to_owned())),
            Err(error) => Err(Error::of(&self.path, &error)),
        }
    }

    /// Returns whether the bytes of a picture are kept that the drafts of an account name by `identity`.
    pub fn holds_picture(&self, account: &str, identity: &str) -> Result<bool, Error> {
        if !self.knows_pictures()? {
            return Ok(false);
        }
        self.connection
            .prepare_cached(&format!(
                "SELECT EXISTS (SELECT 1 FROM picture WHERE account = (SELECT id FROM account WHERE name = ?1)
                                AND {BY_IDENTITY} AND asset IS NOT NULL)"
            ))
            .and_then(|mut query| query.query_row((account, identity), |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))
    }
}

fn draft(row: &rusqlite::Row<'_>) -> rusqlite::Result<DraftRow> {
    Ok(DraftRow {
        id: row.get(1)?,
        media_id: MediaId::new(row.get::<_, String>(2)?),
        state: decode::state(row, 3)?,
        first_seen: decode::instant(row, 4)?,
        last_seen: decode::instant(row, 5)?,
        missing_since: decode::instant_or_null(row, 6)?,
    })
}
