//! Drafts and versions that come from another archive, and their accounts.

use rusqlite::{Connection, OptionalExtension};

use super::super::document;
use super::super::error::Error;
use super::super::export_rows::{AccountRow, DraftRow};
use super::super::import_rows::ImportedVersion;
use super::super::internal_error::InternalError;
use super::super::pruned::PrunedRange;
use super::super::reader::Version;
use super::Salvage;
use super::accounts::{is_made_up, name_account_of};
use super::versions::{delete, write_document_checksum, write_version_checksum};
use crate::canonical;
use crate::model::{Hash, rfc3339};

/// What is proven of a version, beside its content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProvenParts {
    /// Its row: its times.
    pub row: bool,
    /// Its document, byte for byte.
    pub document: bool,
}

impl Salvage {
    /// Returns the number of the draft that another archive has as `draft`: by its account and its media_id, or by its number where its
    /// name is lost and one of its versions is the same.
    pub fn find_draft(
        &mut self,
        account: &AccountRow,
        draft: &DraftRow,
        versions: &[(u64, Hash)],
    ) -> Result<Option<i64>, Error> {
        let found = || -> rusqlite::Result<Option<i64>> {
            name_account_of(&self.connection, account, draft)?;
            let by_name = self
                .connection
                .prepare_cached(
                    "SELECT draft.id FROM draft JOIN account ON account.id = draft.account WHERE media_id = ?1 AND (appid = ?2 OR name = ?3)",
                )?
                .query_row((draft.media_id.as_str(), &account.appid, &account.name), |row| row.get(0))
                .optional()?;
            if by_name.is_some() || !self.is_same_without_name(draft.id, versions)? {
                return Ok(by_name);
            }
            let of = put_account(&self.connection, account)?;
            self.connection.execute(
                "UPDATE draft SET account = ?2, media_id = ?3, first_seen = ?4 WHERE id = ?1",
                (draft.id, of, draft.media_id.as_str(), rfc3339(draft.first_seen)),
            )?;
            Ok(Some(draft.id))
        };
        found().map_err(|error| Error::of(&self.path, &error))
    }

    fn is_same_without_name(&self, draft: i64, versions: &[(u64, Hash)]) -> rusqlite::Result<bool> {
        let media_id: Option<String> = self
            .connection
            .prepare_cached("SELECT media_id FROM draft WHERE id = ?1")?
            .query_row([draft], |row| row.get(0))
            .optional()?;
        if !media_id.is_some_and(|media_id| is_made_up(&media_id)) {
            return Ok(false);
        }
        let mut query = self
            .connection
            .prepare_cached("SELECT EXISTS (SELECT 1 FROM version WHERE draft = ?1 AND number = ?2 AND hash = ?3)")?;
        for (number, hash) in versions {
            if query.query_row((draft, number, hash.0), |row| row.get(0))? {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Enters a draft of another archive, under its own number where that is free. Returns the number.
    pub fn put_draft(&mut self, account: &AccountRow, draft: &DraftRow) -> Result<i64, Error> {
        let put = || -> rusqlite::Result<i64> {
            let account = put_account(&self.connection, account)?;
            self.connection.query_row(
                "INSERT INTO draft (id, account, media_id, state, first_seen, last_seen, missing_since)
                 VALUES (iif(EXISTS (SELECT 1 FROM draft WHERE id = ?1), (SELECT max(id) + 1 FROM draft), ?1), ?2, ?3, ?4, ?5, ?6, ?7)
                 RETURNING id",
                (
                    draft.id,
                    account,
                    draft.media_id.as_str(),
                    draft.state.as_str(),
                    rfc3339(draft.first_seen),
                    rfc3339(draft.last_seen),
                    draft.missing_since.map(rfc3339),
                ),
                |row| row.get(0),
            )
        };
        put().map_err(|error| self.error(&error))
    }

    /// Puts a version of another archive, where it is `of_copy`, into a draft, in the place of one that is there. Of what is
    /// proven, the checksums are made anew; the rest stays in doubt, unless a checksum of this archive proves it.
    pub fn put_version(
        &mut self,
        draft: i64,
        version: &ImportedVersion<'_>,
        of_copy: &Version,
        is_proven: ProvenParts,
    ) -> Result<(), Error> {
        let put = || -> Result<(), InternalError> {
            let transaction = self.connection.unchecked_transaction()?;
            let id = self.id_for(&transaction, draft, version, of_copy.id)?;
            delete(&transaction, id)?;
            transaction.execute(
                "INSERT INTO version (id, draft, number, hash, canon, observed_at, update_time, articles, title)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                (
                    id,
                    draft,
                    version.number,
                    version.hash.0,
                    version.hash_version,
                    rfc3339(version.observed_at),
                    version.update_time,
                    version.canonical.articles,
                    &version.canonical.title,
                ),
            )?;
            let repaired = (!version.canonical.strict).then(|| canonical::repair(version.document));
            document::store(&transaction, id, repaired.as_deref().unwrap_or(version.document))?;
            if repaired.is_some() {
                document::store_received(&transaction, id, version.document)?;
            }
            if is_proven.row {
                write_version_checksum(&transaction, id)?;
            }
            if is_proven.document {
                write_document_checksum(&transaction, id)?;
            }
            transaction.commit()?;
            Ok(())
        };
        put().map_err(|error| error.into_error(&self.path))
    }

    /// Enters versions of a draft that were pruned.
    pub fn put_pruned(&mut self, draft: i64, range: &PrunedRange) -> Result<(), Error> {
        let put = self.connection.execute(
            "INSERT INTO pruned (draft, first_version, last_version, title, pruned_at) VALUES (?1, ?2, ?3, ?4, ?5)",
            (draft, range.first, range.last, &range.title, rfc3339(range.pruned_at)),
        );
        put.map(drop).map_err(|error| self.error(&error))
    }
}

/// Returns the number of an account, which is entered where it is new. One whose appid is lost gets it by its name.
fn put_account(connection: &Connection, account: &AccountRow) -> rusqlite::Result<i64> {
    let AccountRow { name, appid, first_seen } = account;
    let mut known = connection.prepare_cached(
        "SELECT id, appid FROM account WHERE appid = ?1 OR name = ?2 ORDER BY appid = ?1 DESC LIMIT 1",
    )?;
    let known: Option<(i64, String)> =
        known.query_row((appid, name), |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    match known {
        Some((id, known)) if known == *appid => Ok(id),
        Some((id, known)) if is_made_up(&known) => {
            connection.execute(
                "UPDATE account SET appid = ?2, first_seen = ?3 WHERE id = ?1",
                (id, appid, rfc3339(*first_seen)),
            )?;
            Ok(id)
        }
        // The name belongs to another appid here.
        Some(_) => insert_account(connection, &format!("{name:.20}-{appid:.10}").to_lowercase(), account),
        None => insert_account(connection, name, account),
    }
}

fn insert_account(connection: &Connection, name: &str, account: &AccountRow) -> rusqlite::Result<i64> {
    connection.query_row(
        "INSERT INTO account (name, appid, first_seen) VALUES (?1, ?2, ?3) RETURNING id",
        (name, &account.appid, rfc3339(account.first_seen)),
        |row| row.get(0),
    )
}
