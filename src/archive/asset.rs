//! Assets: the bytes of pictures, each stored once by its SHA-256.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::draft_iter::in_order;
use super::error::Error;
use super::internal_error::InternalError;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Hash, Timestamp, rfc3339};

/// Bytes that are a picture.
#[derive(Clone, Debug)]
pub struct NewAsset {
    pub bytes: Vec<u8>,
    pub sha256: Hash,
    /// `image/png` and the like.
    pub kind: &'static str,
    pub width: Option<u32>,
    pub height: Option<u32>,
}

/// A picture whose bytes are held, without them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AssetInfo {
    pub sha256: Hash,
    /// `image/png` and the like.
    pub kind: String,
    /// In pixels; `None` where its header does not say.
    pub width: Option<u32>,
    pub height: Option<u32>,
    /// How many.
    pub bytes: u64,
}

impl Writer {
    /// Returns the bytes of a picture, as [`Reader::asset`] does.
    pub fn asset(&mut self, sha256: Hash) -> Result<Option<Vec<u8>>, Error> {
        asset(&self.connection, sha256).map_err(|error| error.into_error(&self.path))
    }

    /// Returns whether bytes are held.
    pub fn holds_asset(&mut self, sha256: Hash) -> Result<bool, Error> {
        let asset = asset_id(&self.connection, sha256);
        asset.map(|asset| asset.is_some()).map_err(|error| Error::of(&self.path, &error))
    }
}

impl Reader {
    /// Returns the bytes of a picture; `None` where they are not held.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where they are not those that their name says.
    pub fn asset(&self, sha256: Hash) -> Result<Option<Vec<u8>>, Error> {
        if !self.knows_pictures()? {
            return Ok(None);
        }
        asset(&self.connection, sha256).map_err(|error| error.into_error(&self.path))
    }

    /// Returns the number and the name of the asset that comes next after the number `after`.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] also where its number is not greater.
    pub fn asset_after(&self, after: i64) -> Result<Option<(i64, Hash)>, Error> {
        if !self.knows_pictures()? {
            return Ok(None);
        }
        let next = self
            .connection
            .prepare_cached("SELECT id, sha256 FROM asset WHERE id > ?1 ORDER BY id LIMIT 1")
            .and_then(|mut query| query.query_row([after], |row| Ok((row.get(0)?, Hash(row.get(1)?)))).optional())
            .map_err(|error| Error::of(&self.path, &error))?;
        next.map(|(id, sha256)| Ok((in_order(after, id)?, sha256))).transpose()
    }
}

/// Returns the number of an asset, which is stored where it is new.
pub(super) fn store_asset(
    transaction: &Transaction<'_>,
    asset: &NewAsset,
    now: Timestamp,
) -> Result<i64, InternalError> {
    if let Some(id) = asset_id(transaction, asset.sha256)? {
        return Ok(id);
    }
    transaction
        .prepare_cached(
            "INSERT INTO asset (id, sha256, type, width, height, stored_at, body)
             VALUES ((SELECT coalesce(max(id), 0) + 1 FROM asset), ?1, ?2, ?3, ?4, ?5, ?6)",
        )?
        .execute((asset.sha256.0, asset.kind, asset.width, asset.height, rfc3339(now), &asset.bytes))?;
    Ok(transaction.last_insert_rowid())
}

pub(super) fn asset_id(connection: &Connection, sha256: Hash) -> rusqlite::Result<Option<i64>> {
    connection
        .prepare_cached("SELECT id FROM asset WHERE sha256 = ?1")?
        .query_row([sha256.0], |row| row.get(0))
        .optional()
}

pub(super) fn asset(connection: &Connection, sha256: Hash) -> Result<Option<Vec<u8>>, InternalError> {
    let bytes: Option<Vec<u8>> = connection
        .prepare_cached("SELECT body FROM asset WHERE sha256 = ?1")?
        .query_row([sha256.0], |row| row.get(0))
        .optional()?;
    match bytes {
        Some(bytes) if Hash::of(&bytes) != sha256 => {
            Err(Error::Damaged(format!("the picture {sha256} has other bytes than its name says")).into())
        }
        bytes => Ok(bytes),
    }
}

/// Reads the first five columns: SHA-256, type, width, height, number of bytes.
pub(super) fn asset_or_null(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<AssetInfo>> {
    let Some(sha256) = row.get::<_, Option<[u8; 32]>>(0)? else { return Ok(None) };
    Ok(Some(AssetInfo {
        sha256: Hash(sha256),
        kind: row.get(1)?,
        width: row.get(2)?,
        height: row.get(3)?,
        bytes: row.get(4)?,
    }))
}
