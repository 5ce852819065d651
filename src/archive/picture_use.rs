//! Which pictures the versions need. Versions of a draft need the same pictures mostly, so a row says from which version to which
//! a picture is needed.
//!
//! Versions are looked through after they were recorded, in the order of recording, so that no picture holds a version up
//! and versions of an older program are looked through as well.

use std::collections::BTreeSet;

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::document;
use super::error::Error;
use super::internal_error::InternalError;
use super::migrate;
use super::picture_row::PictureKey;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Hash, Timestamp};
use crate::picture::{self, ImageRef};

/// The first schema whose rows say from which version to which a picture is needed.
const SCHEMA_OF_RANGES: i64 = 12;

/// So many versions are looked through in one transaction, so that no other writer waits for long.
const LOOKED_AT_ONCE: u32 = 16;

/// A version that was not looked through yet.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Unlooked {
    id: i64,
    draft: i64,
    number: i64,
}

/// A place of a draft that needs a picture: the article's position, the kind of place, and the picture's number.
type Use = (i64, String, i64);

impl Reader {
    /// Returns the cover of the first article of a draft's newest version, if it is held, with its type.
    pub fn cover(&self, draft: i64) -> Result<Option<(Hash, String)>, Error> {
        if migrate::version(&self.connection, &self.path)? < SCHEMA_OF_RANGES {
            return Ok(None);
        }
        let sql = "SELECT sha256, type FROM picture_use
                   JOIN picture ON picture.id = picture_use.picture
                   JOIN asset ON asset.id = picture.asset
                   WHERE draft = ?1 AND position = 0 AND place = 'cover' AND last_version IS NULL";
        self.connection
            .prepare_cached(sql)
            .and_then(|mut query| query.query_row([draft], |row| Ok((Hash(row.get(0)?), row.get(1)?))).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }
}

impl Writer {
    /// Looks some versions of an account through that were not yet, and enters the pictures that they need. Returns how many
    /// versions there were: 0 when all are looked through.
    pub fn extract_pictures(&mut self, account: AccountId, now: Timestamp) -> Result<usize, Error> {
        let versions = unlooked(&self.connection, account).map_err(|error| Error::of(&self.path, &error))?;
        let needed = self.needed_by(&versions).map_err(|error| error.into_error(&self.path))?;
        self.transaction(|transaction| {
            // Another process may have just entered them.
            if unlooked(transaction, account)? != versions {
                return Ok(versions.len());
            }
            for (version, needed) in versions.iter().zip(&needed) {
                enter(transaction, account, *version, needed, now)?;
            }
            if let Some(last) = versions.last() {
                transaction
                    .prepare_cached(
                        "INSERT INTO looked (account, version) VALUES (?1, ?2)
                         ON CONFLICT (account) DO UPDATE SET version = excluded.version",
                    )?
                    .execute((account.0, last.id))?;
            }
            Ok(versions.len())
        })
    }

    /// Returns the pictures that each version needs. Not within the transaction that enters them: SQLite writes nothing more
    /// in one that has met damage.
    fn needed_by(&self, versions: &[Unlooked]) -> Result<Vec<Vec<ImageRef>>, InternalError> {
        versions.iter().map(|version| needed_by(&self.connection, version.id)).collect()
    }
}

/// Returns the next versions to look through, in the order of recording.
fn unlooked(connection: &Connection, account: AccountId) -> rusqlite::Result<Vec<Unlooked>> {
    connection
        .prepare_cached(
            "SELECT version.id, version.draft, version.number FROM version JOIN draft ON draft.id = version.draft
             WHERE draft.account = ?1 AND version.id > coalesce((SELECT version FROM looked WHERE account = ?1), 0)
             ORDER BY version.id LIMIT ?2",
        )?
        .query_map((account.0, LOOKED_AT_ONCE), |row| {
            Ok(Unlooked { id: row.get(0)?, draft: row.get(1)?, number: row.get(2)? })
        })?
        .collect()
}

/// Returns the pictures that a version needs; none where it is damaged, which `verify` tells of: it must not keep the pictures
/// of those after it from being looked for.
fn needed_by(connection: &Connection, version: i64) -> Result<Vec<ImageRef>, InternalError> {
    match document::load_raw(connection, version) {
        Ok(document) => Ok(picture::image_refs(&document).unwrap_or_default()),
        Err(fault) => fault.damage_only().map(|error| {
            tracing::debug!(version, %error, "the pictures of a damaged version are not known");
            Vec::new()
        }),
    }
}

/// Enters what a version needs: the uses that are new with it begin, and those that it has no more ended with the version
/// before it.
fn enter(
    transaction: &Transaction<'_>,
    account: AccountId,
    version: Unlooked,
    needed: &[ImageRef],
    now: Timestamp,
) -> rusqlite::Result<()> {
    let uses = needed.iter().map(|needed| {
        let picture = enter_picture(transaction, PictureKey::new(account, needed), now)?;
        Ok((needed.position as i64, needed.place.as_str().to_owned(), picture))
    });
    let uses: BTreeSet<Use> = uses.collect::<rusqlite::Result<_>>()?;
    let before = uses_of_newest(transaction, version.draft)?;
    let mut end = transaction.prepare_cached(
        "UPDATE picture_use SET last_version = ?5
         WHERE draft = ?1 AND position = ?2 AND place = ?3 AND picture = ?4 AND last_version IS NULL",
    )?;
    for (position, place, picture) in before.difference(&uses) {
        end.execute((version.draft, position, place, picture, version.number - 1))?;
    }
    let mut begin = transaction.prepare_cached(
        "INSERT INTO picture_use (draft, position, place, picture, first_version) VALUES (?1, ?2, ?3, ?4, ?5)",
    )?;
    for (position, place, picture) in uses.difference(&before) {
        begin.execute((version.draft, position, place, picture, version.number))?;
    }
    Ok(())
}

/// Returns the number of a picture, which is entered where it is new, to be asked for at once.
fn enter_picture(transaction: &Transaction<'_>, named: PictureKey<'_>, now: Timestamp) -> rusqlite::Result<i64> {
    match named.find(transaction)? {
        Some(picture) => named.update(transaction, picture).map(|()| picture),
        None => named.insert(transaction, None, Some(now)),
    }
}

/// Returns what the version of a draft needs that was looked through last.
fn uses_of_newest(transaction: &Transaction<'_>, draft: i64) -> rusqlite::Result<BTreeSet<Use>> {
    transaction
        .prepare_cached("SELECT position, place, picture FROM picture_use WHERE draft = ?1 AND last_version IS NULL")?
        .query_map([draft], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
        .collect()
}
