//! One draft after another, named as people name it: what a proof of the whole archive goes by.

use std::fmt;

use rusqlite::OptionalExtension;

use super::decode;
use super::document;
use super::error::Error;
use super::reader::{Reader, Version};

/// A draft, as people name it. Shown as `ACCOUNT/#ID`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DraftLabel {
    pub account: String,
    pub media_id: String,
    pub id: i64,
}

impl fmt::Display for DraftLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/#{}", self.account, self.id)
    }
}

/// Returns a number that SQLite found after another one. In a damaged tree, it finds one that it has passed, again and again: who goes from
/// number to number would never come to the end.
pub(super) fn in_order(after: i64, next: i64) -> Result<i64, Error> {
    if next > after { Ok(next) } else { Err(Error::Damaged(format!("the row after {after} has the number {next}"))) }
}

impl Reader {
    /// Returns the greatest number of a draft, 0 where there is none. Where the last of the drafts are lost, their versions
    /// know it.
    pub fn max_draft_id(&self) -> Result<i64, Error> {
        let greatest = |sql| self.connection.query_row(sql, (), |row| row.get(0));
        greatest("SELECT coalesce(max(id), 0) FROM draft")
            .or_else(|_| greatest("SELECT coalesce(max(draft), 0) FROM version"))
            .or_else(|error| self.last_that_is_left().ok_or(error))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the greatest number that is reached from draft to draft; `None` where there is none.
    fn last_that_is_left(&self) -> Option<i64> {
        let mut at = 0;
        while let Ok(Some(id)) = self.next_draft_id(at) {
            at = id;
        }
        (at > 0).then_some(at)
    }

    /// Returns the number of the draft that comes next after the number `after`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] also where it is not greater.
    pub fn next_draft_id(&self, after: i64) -> Result<Option<i64>, Error> {
        let next = self
            .connection
            .prepare_cached("SELECT id FROM draft WHERE id > ?1 ORDER BY id LIMIT 1")
            .and_then(|mut query| query.query_row([after], |row| row.get(0)).optional())
            .map_err(|error| Error::of(&self.path, &error))?;
        next.map(|id| in_order(after, id)).transpose()
    }

    /// Returns the names of a draft, once every column of its row has been read. Where its account's row is lost, that is
    /// called `?`.
    pub fn draft_label(&self, id: i64) -> Result<DraftLabel, Error> {
        self.connection
            .prepare_cached(
                "SELECT coalesce(name, '?'), media_id, state, draft.first_seen, last_seen, missing_since
                 FROM draft LEFT JOIN account ON account.id = draft.account WHERE draft.id = ?1",
            )
            .and_then(|mut query| {
                query.query_row([id], |columns| {
                    decode::state(columns, 2)?;
                    decode::instant(columns, 3)?;
                    decode::instant(columns, 4)?;
                    decode::instant_or_null(columns, 5)?;
                    Ok(DraftLabel { account: columns.get(0)?, media_id: columns.get(1)?, id })
                })
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Compares what `document_view`, which others read, gives for a version with its document.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where it gives anything else.
    pub fn compare_with_view(&self, draft: &DraftLabel, version: &Version, document: &[u8]) -> Result<(), Error> {
        // The view of an archive before schema 31 follows a delta on itself for ever.
        document::depth(version.id, |at| document::base_of(&self.connection, at))
            .map_err(|error| error.into_error(&self.path))?;
        let is_same = self
            .connection
            .prepare_cached("SELECT document FROM document_view WHERE account = ?1 AND media_id = ?2 AND version = ?3")
            .and_then(|mut query| {
                query
                    .query_row((&draft.account, &draft.media_id, version.number), |row| {
                        Ok(row.get_ref(0)?.as_bytes_or_null()? == Some(document))
                    })
                    .optional()
            })
            .map_err(|error| Error::of(&self.path, &error))?;
        match is_same {
            Some(true) => Ok(()),
            Some(false) => Err(Error::Damaged("document_view gives another document".to_owned())),
            None => Err(Error::Damaged("document_view does not show it".to_owned())),
        }
    }
}
