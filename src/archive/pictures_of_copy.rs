//! Pictures from another archive, by what the drafts call them.

use rusqlite::{Connection, OptionalExtension};

use super::asset::{self, NewAsset};
use super::error::Error;
use super::internal_error::{InternalError, separate_damage};
use super::picture_row::BY_IDENTITY;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Hash, Timestamp};
use crate::picture;

/// A picture whose bytes are not held.
struct Lacking {
    id: i64,
    appid: String,
    identity: String,
}

impl Writer {
    /// Takes the bytes of pictures that are not held from another archive, as far as it holds them. Returns how many.
    pub fn take_pictures(&mut self, from: &Reader, now: Timestamp) -> Result<u64, Error> {
        let mut taken = 0;
        if !from.knows_pictures()? {
            return Ok(taken);
        }
        for Lacking { id, appid, identity } in
            lacking(&self.connection).map_err(|error| Error::of(&self.path, &error))?
        {
            let found = separate_damage(bytes(&from.connection, &appid, &identity))
                .map_err(|error| error.into_error(&from.path))?;
            let Some(asset) = found.ok().flatten().and_then(new_asset) else { continue };
            self.transaction(|transaction| {
                let asset = asset::store_asset(transaction, &asset, now)?;
                transaction
                    .prepare_cached(
                        "UPDATE picture SET asset = ?2, due_at = NULL, reason = NULL WHERE id = ?1 AND asset IS NULL",
                    )?
                    .execute((id, asset))?;
                Ok(())
            })?;
            taken += 1;
        }
        Ok(taken)
    }
}

fn lacking(connection: &Connection) -> rusqlite::Result<Vec<Lacking>> {
    connection
        .prepare(
            "SELECT picture.id, appid, identity FROM picture JOIN account ON account.id = picture.account WHERE asset IS NULL ORDER BY picture.id",
        )?
        .query_map((), |row| Ok(Lacking { id: row.get(0)?, appid: row.get(1)?, identity: row.get(2)? }))?
        .collect()
}

/// Returns the bytes of a picture, once they have their hash.
fn bytes(connection: &Connection, appid: &str, identity: &str) -> Result<Option<Vec<u8>>, InternalError> {
    let sha256 = connection
        .prepare_cached(&format!(
            "SELECT sha256 FROM picture JOIN asset ON asset.id = picture.asset
             WHERE account = (SELECT id FROM account WHERE appid = ?1) AND {BY_IDENTITY}"
        ))?
        .query_row((appid, identity), |row| row.get(0))
        .optional()?;
    match sha256 {
        Some(sha256) => asset::asset(connection, Hash(sha256)),
        None => Ok(None),
    }
}

fn new_asset(bytes: Vec<u8>) -> Option<NewAsset> {
    let examined = picture::inspect(&bytes).ok()?;
    let sha256 = Hash::of(&bytes);
    Some(NewAsset { bytes, sha256, kind: examined.kind.as_str(), width: examined.width, height: examined.height })
}
