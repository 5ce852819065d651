//! The versions of a draft, to be compared with those of another archive.

use rusqlite::OptionalExtension;

use super::error::Error;
use super::internal_error::InternalError;
use super::reader::{self, Reader, Version};
use super::version;
use crate::model::{Hash, MediaId};

/// A version of a draft, with its hash by the law of today, whatever law it was recorded with.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    pub version: Version,
    pub hash: Hash,
}

impl Reader {
    /// Returns the versions of a draft, oldest first.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where one of them cannot be read.
    pub fn history(&self, draft: i64) -> Result<Vec<HistoryEntry>, Error> {
        let entries = || -> Result<Vec<HistoryEntry>, InternalError> {
            let versions = self
                .connection
                .prepare_cached(
                    "SELECT id, number, hash, observed_at, update_time, articles, title, canon FROM version
                     WHERE draft = ?1 ORDER BY number",
                )?
                .query_map([draft], reader::version)?
                .collect::<rusqlite::Result<Vec<Version>>>()?;
            let entry = |version: Version| {
                let hash = version::hash_of_today(&self.connection, version.id)?;
                Ok(HistoryEntry { version, hash })
            };
            versions.into_iter().map(entry).collect()
        };
        entries().map_err(|error| error.into_error(&self.path))
    }

    /// Returns the number of a draft of the account with this name.
    pub fn draft_id(&self, account: &str, media_id: &MediaId) -> Result<Option<i64>, Error> {
        self.connection
            .prepare_cached(
                "SELECT draft.id FROM draft JOIN account ON account.id = draft.account WHERE name = ?1 AND media_id = ?2",
            )
            .and_then(|mut query| query.query_row((account, media_id.as_str()), |row| row.get(0)).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }
}
