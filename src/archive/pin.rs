//! Versions that somebody pinned: they stay, whatever is pruned.

use std::collections::BTreeMap;

use rusqlite::{Row, Transaction};

use super::error::Error;
use super::reader::{Reader, Version};
use super::writer::Writer;
use super::{decode, migrate};
use crate::model::{Timestamp, rfc3339};

/// That a version is pinned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pin {
    /// Why, in the words of who pinned it; may be empty.
    pub note: String,
    /// Who pinned it: the name of a user of the machine.
    pub user: String,
    pub pinned_at: Timestamp,
}

/// A pinned version, as people name it.
#[derive(Clone, Debug)]
pub struct PinnedVersion {
    pub account: String,
    pub media_id: String,
    /// The number of the draft.
    pub id: i64,
    pub version: u64,
    pub title: String,
    pub pin: Pin,
}

impl Writer {
    /// Pins a version, in the place of an earlier pin of it. Returns `false` where the version is not there any more.
    pub fn pin(&mut self, version: &Version, pin: &Pin) -> Result<bool, Error> {
        self.transaction(|transaction| {
            transaction.prepare_cached("DELETE FROM pin WHERE version = ?1")?.execute([version.id])?;
            let pinned = transaction
                .prepare_cached(
                    "INSERT INTO pin (version, note, user, pinned_at) SELECT id, ?2, ?3, ?4 FROM version WHERE id = ?1",
                )?
                .execute((version.id, &pin.note, &pin.user, rfc3339(pin.pinned_at)))?;
            Ok(pinned > 0)
        })
    }

    /// Removes the pin of a version; returns whether there was one.
    pub fn unpin(&mut self, version: &Version) -> Result<bool, Error> {
        self.transaction(|transaction| {
            let removed = transaction.prepare_cached("DELETE FROM pin WHERE version = ?1")?.execute([version.id])?;
            Ok(removed > 0)
        })
    }
}

/// Pins a version of a draft as an export or another archive says, unless it is pinned, or was pinned and no more is. Returns whether it is
/// pinned now and was not.
pub(super) fn import(transaction: &Transaction<'_>, draft: i64, number: u64, pin: &Pin) -> rusqlite::Result<bool> {
    let pinned = transaction
        .prepare_cached(
            "INSERT INTO pin (version, note, user, pinned_at) SELECT id, ?3, ?4, ?5 FROM version
             WHERE draft = ?1 AND number = ?2 AND NOT EXISTS (SELECT 1 FROM checksum WHERE kind = 'pin' AND checksum.id = version.id)",
        )?
        .execute((draft, number, &pin.note, &pin.user, rfc3339(pin.pinned_at)))?;
    Ok(pinned > 0)
}

impl Reader {
    /// Returns the pins of a draft's versions, by the number of the version.
    pub fn pins(&self, draft: i64) -> Result<BTreeMap<u64, Pin>, Error> {
        let pins = || -> rusqlite::Result<BTreeMap<u64, Pin>> {
            if !migrate::has_table(&self.connection, "pin")? {
                return Ok(BTreeMap::new());
            }
            self.connection
                .prepare_cached(
                    "SELECT note, user, pinned_at, number FROM pin JOIN version ON version.id = pin.version
                     WHERE version.draft = ?1",
                )?
                .query_map([draft], |row| Ok((row.get(3)?, pin(row)?)))?
                .collect()
        };
        pins().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns all pinned versions, by account and draft.
    pub fn pinned_versions(&self) -> Result<Vec<PinnedVersion>, Error> {
        let pinned = || -> rusqlite::Result<Vec<PinnedVersion>> {
            if !migrate::has_table(&self.connection, "pin")? {
                return Ok(Vec::new());
            }
            self.connection
                .prepare(
                    "SELECT note, user, pinned_at, number, name, media_id, draft.id, version.title
                     FROM pin
                     JOIN version ON version.id = pin.version
                     JOIN draft ON draft.id = version.draft
                     JOIN account ON account.id = draft.account
                     ORDER BY name, draft.id, number",
                )?
                .query_map((), |row| {
                    Ok(PinnedVersion {
                        pin: pin(row)?,
                        version: row.get(3)?,
                        account: row.get(4)?,
                        media_id: row.get(5)?,
                        id: row.get(6)?,
                        title: row.get(7)?,
                    })
                })?
                .collect()
        };
        pinned().map_err(|error| Error::of(&self.path, &error))
    }
}

fn pin(row: &Row<'_>) -> rusqlite::Result<Pin> {
    Ok(Pin { note: row.get(0)?, user: row.get(1)?, pinned_at: decode::instant(row, 2)? })
}
