//! Pictures: which ones the versions need, which are held, and which are to be asked for.
//!
//! Versions are looked through after they were recorded, in the order of recording, so that no picture holds a version up
//! and versions of an older program are looked through as well.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension, Transaction};

use super::document;
use super::error::Error;
use super::fault::Fault;
use super::query::{Draft, Reader};
use super::record::{AccountId, Writer};
use super::{migrate, row};
use crate::model::{CLOCK_TOLERANCE, Hash, Timestamp, rfc3339};
use crate::picture::{self, Needed};

/// The first schema that knows pictures.
const SCHEMA: i64 = 4;

/// So many versions are looked through in one transaction, so that no other writer waits for long.
const LOOKED_AT_ONCE: u32 = 16;

/// The longest time for which a picture that could not be had is left alone.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::days(7);

/// What is due later than anything is put off was put off by a wrong clock.
const LONGEST_DUE: TimeDelta = TimeDelta::seconds(LONGEST_WAIT.num_seconds() + CLOCK_TOLERANCE.num_seconds());

/// Whether a picture is due: ?2 is now, ?3 the latest time for which one is put off.
const DUE: &str = "(due_at <= ?2 OR due_at > ?3)";

/// A picture's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureId(pub(super) i64);

/// Which pictures of an account are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Places {
    All,
    Covers,
}

/// A picture that is to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    pub id: PictureId,
    /// By which `material/get_material` gives it, where that was told.
    pub media_id: Option<String>,
    /// Where it was last said to be.
    pub address: Option<String>,
    /// How often it was asked for and not had.
    pub tries: u32,
}

/// A picture that was asked for and not had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissedPicture {
    pub id: PictureId,
    /// How often it was asked for by now.
    pub tries: u32,
    pub reason: String,
    /// When it is asked for again; never, without an instant.
    pub due_at: Option<Timestamp>,
}

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

/// A picture that a version needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPicture {
    pub needed: Needed,
    /// What is held of it.
    pub asset: Option<AssetInfo>,
    /// Why it is not held, where it was asked for.
    pub trouble: Option<String>,
}

/// How many pictures an account's drafts need, each counted once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PictureCount {
    pub held: u64,
    /// Asked for and not had.
    pub missing: u64,
    /// Not asked for yet.
    pub waiting: u64,
}

impl Writer {
    /// Looks some versions of an account through that were not yet, and enters the pictures that they need. Returns how many
    /// versions there were: 0 when all are looked through.
    pub fn look_for_pictures(&mut self, account: AccountId, now: Timestamp) -> Result<usize, Error> {
        let versions = unlooked(&self.connection, account).map_err(|error| Error::of(&self.path, &error))?;
        let needed = self.needed_by(&versions).map_err(|fault| fault.told(&self.path))?;
        self.transaction(|transaction| {
            // Another process may have just entered them.
            if unlooked(transaction, account)? != versions {
                return Ok(versions.len());
            }
            for (version, needed) in &needed {
                enter(transaction, account, *version, needed, now)?;
            }
            if let Some(last) = versions.last() {
                transaction
                    .prepare_cached(
                        "INSERT INTO looked (account, version) VALUES (?1, ?2)
                         ON CONFLICT (account) DO UPDATE SET version = excluded.version",
                    )?
                    .execute((account.0, last))?;
            }
            Ok(versions.len())
        })
    }

    /// Returns the pictures that versions need, each with its version. Not within the transaction that enters them: SQLite writes
    /// nothing more in one that has met damage.
    fn needed_by(&self, versions: &[i64]) -> Result<Vec<(i64, Needed)>, Fault> {
        let mut all = Vec::new();
        for &version in versions {
            all.extend(needed_by(&self.connection, version)?.into_iter().map(|needed| (version, needed)));
        }
        Ok(all)
    }

    /// Returns pictures that are due to be asked for, the longest due first, at most `most`.
    pub fn wanted_pictures(
        &mut self,
        account: AccountId,
        places: Places,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<Wanted>, Error> {
        let wanted = || -> rusqlite::Result<Vec<Wanted>> {
            self.connection
                .prepare_cached(&format!(
                    "SELECT id, media_id, address, tries FROM picture
                     WHERE account = ?1 AND {DUE} AND {} ORDER BY due_at, id LIMIT ?4",
                    places.condition()
                ))?
                .query_map((account.0, rfc3339(now), rfc3339(now + LONGEST_DUE), most), |row| {
                    Ok(Wanted {
                        id: PictureId(row.get(0)?),
                        media_id: row.get(1)?,
                        address: row.get(2)?,
                        tries: row.get(3)?,
                    })
                })?
                .collect()
        };
        wanted().map_err(|error| Error::of(&self.path, &error))
    }

    /// Counts the pictures that are due to be asked for.
    pub fn due_pictures(&mut self, account: AccountId, places: Places, now: Timestamp) -> Result<u64, Error> {
        self.connection
            .prepare_cached(&format!(
                "SELECT count(*) FROM picture WHERE account = ?1 AND {DUE} AND {}",
                places.condition()
            ))
            .and_then(|mut query| {
                query.query_row((account.0, rfc3339(now), rfc3339(now + LONGEST_DUE)), |row| row.get(0))
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns when the next picture is due to be asked for.
    pub fn next_picture(&mut self, account: AccountId, places: Places) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached(&format!(
                "SELECT due_at FROM picture WHERE account = ?1 AND due_at IS NOT NULL AND {} ORDER BY due_at LIMIT 1",
                places.condition()
            ))
            .and_then(|mut query| query.query_row([account.0], |row| row::instant(row, 0)).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Stores the bytes of a picture, unless they are held by another name already.
    pub fn store_picture(&mut self, picture: PictureId, asset: &NewAsset, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            let id = store_asset(transaction, asset, now)?;
            transaction
                .prepare_cached(
                    "UPDATE picture SET asset = ?2, due_at = NULL, reason = NULL WHERE id = ?1 AND asset IS NULL",
                )?
                .execute((picture.0, id))?;
            Ok(())
        })
    }

    /// Writes down why pictures could not be had, and when each is asked for again.
    pub fn miss_pictures(&mut self, missed: &[MissedPicture]) -> Result<(), Error> {
        self.transaction(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE picture SET tries = ?4, reason = ?2, due_at = ?3 WHERE id = ?1 AND asset IS NULL",
            )?;
            for MissedPicture { id, tries, reason, due_at } in missed {
                statement.execute((id.0, reason, due_at.map(rfc3339), tries))?;
            }
            Ok(())
        })
    }

    /// Returns the bytes of a picture, as [`Reader::asset`] does.
    pub fn asset(&mut self, sha256: Hash) -> Result<Option<Vec<u8>>, Error> {
        asset(&self.connection, sha256).map_err(|fault| fault.told(&self.path))
    }

    /// Puts off every picture that only `material/get_material` can give, as that is closed.
    pub fn put_off_materials(&mut self, account: AccountId, reason: &str, due_at: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE picture SET reason = ?2, due_at = ?3
                     WHERE account = ?1 AND due_at < ?3 AND address IS NULL",
                )?
                .execute((account.0, reason, rfc3339(due_at)))?;
            Ok(())
        })
    }
}

impl Places {
    fn condition(self) -> &'static str {
        match self {
            Self::All => "TRUE",
            Self::Covers => "EXISTS (SELECT 1 FROM picture_use WHERE picture = picture.id AND place = 'cover')",
        }
    }
}

/// Returns the next versions to look through, in the order of recording.
fn unlooked(connection: &Connection, account: AccountId) -> rusqlite::Result<Vec<i64>> {
    connection
        .prepare_cached(
            "SELECT version.id FROM version JOIN draft ON draft.id = version.draft
             WHERE draft.account = ?1 AND version.id > coalesce((SELECT version FROM looked WHERE account = ?1), 0)
             ORDER BY version.id LIMIT ?2",
        )?
        .query_map((account.0, LOOKED_AT_ONCE), |row| row.get(0))?
        .collect()
}

/// Returns the pictures that a version needs; none where it is damaged, which `verify` tells of: it must not keep the pictures
/// of those after it from being looked for.
fn needed_by(connection: &Connection, version: i64) -> Result<Vec<Needed>, Fault> {
    match document::load_received(connection, version) {
        Ok(document) => Ok(picture::needed(&document).unwrap_or_default()),
        Err(fault) => fault.into_damaged().map(|error| {
            tracing::debug!(version, %error, "the pictures of a damaged version are not known");
            Vec::new()
        }),
    }
}

fn enter(
    transaction: &Transaction<'_>,
    account: AccountId,
    version: i64,
    needed: &Needed,
    now: Timestamp,
) -> Result<(), Fault> {
    let picture: i64 = transaction
        .prepare_cached(
            "INSERT INTO picture (account, identity, media_id, address, due_at) VALUES (?1, ?2, ?3, ?4, ?5)
             ON CONFLICT (account, identity) DO UPDATE
             SET media_id = coalesce(excluded.media_id, media_id), address = coalesce(excluded.address, address)
             RETURNING id",
        )?
        .query_row((account.0, &needed.identity, &needed.media_id, &needed.address, rfc3339(now)), |row| row.get(0))?;
    transaction
        .prepare_cached("INSERT INTO picture_use (version, position, place, picture) VALUES (?1, ?2, ?3, ?4)")?
        .execute((version, needed.position, needed.place.as_str(), picture))?;
    Ok(())
}

/// Returns the number of an asset, which is stored where it is new.
pub(super) fn store_asset(transaction: &Transaction<'_>, asset: &NewAsset, now: Timestamp) -> Result<i64, Fault> {
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

impl Reader {
    /// Returns the pictures that a document of a draft needs, and which of them are held.
    pub fn pictures(&self, draft: &Draft, document: &[u8]) -> Result<Vec<VersionPicture>, Error> {
        let needed = picture::needed(document).map_err(|error| Error::Damaged(error.to_string()))?;
        needed.into_iter().map(|needed| self.picture(draft, needed)).collect()
    }

    /// Returns what is held of one picture that a draft needs.
    pub fn picture(&self, draft: &Draft, needed: Needed) -> Result<VersionPicture, Error> {
        if !self.knows_pictures()? {
            return Ok(VersionPicture::unasked(needed));
        }
        let held = self
            .connection
            .prepare_cached(
                "SELECT sha256, type, width, height, length(body), reason
                 FROM picture JOIN account ON account.id = picture.account
                 LEFT JOIN asset ON asset.id = picture.asset
                 WHERE account.name = ?1 AND identity = ?2",
            )
            .and_then(|mut query| {
                let columns = (&draft.account, &needed.identity);
                query.query_row(columns, |row| Ok((asset_or_null(row)?, row.get(5)?))).optional()
            });
        let (asset, trouble) = held.map_err(|error| Error::of(&self.path, &error))?.unwrap_or_default();
        Ok(VersionPicture { needed, asset, trouble })
    }

    /// Returns the bytes of a picture; `None` where they are not held.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where they are not those that their name says.
    pub fn asset(&self, sha256: Hash) -> Result<Option<Vec<u8>>, Error> {
        if !self.knows_pictures()? {
            return Ok(None);
        }
        asset(&self.connection, sha256).map_err(|fault| fault.told(&self.path))
    }

    /// Returns the number and the name of the asset that comes next after the number `after`.
    pub fn asset_after(&self, after: i64) -> Result<Option<(i64, Hash)>, Error> {
        if !self.knows_pictures()? {
            return Ok(None);
        }
        self.connection
            .prepare_cached("SELECT id, sha256 FROM asset WHERE id > ?1 ORDER BY id LIMIT 1")
            .and_then(|mut query| query.query_row([after], |row| Ok((row.get(0)?, Hash(row.get(1)?)))).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    pub(super) fn knows_pictures(&self) -> Result<bool, Error> {
        Ok(migrate::version(&self.connection, &self.path)? >= SCHEMA)
    }
}

fn asset(connection: &Connection, sha256: Hash) -> Result<Option<Vec<u8>>, Fault> {
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

/// Counts the pictures that the drafts of an account need.
pub(super) fn count(connection: &Connection, account: i64) -> rusqlite::Result<PictureCount> {
    connection
        .prepare_cached(
            "SELECT count(asset), count(*) FILTER (WHERE asset IS NULL AND reason IS NOT NULL),
                    count(*) FILTER (WHERE asset IS NULL AND reason IS NULL)
             FROM picture WHERE account = ?1",
        )?
        .query_row([account], |row| Ok(PictureCount { held: row.get(0)?, missing: row.get(1)?, waiting: row.get(2)? }))
}

impl VersionPicture {
    /// A picture of which nothing is held, or nothing can be read.
    pub fn unasked(needed: Needed) -> Self {
        Self { needed, asset: None, trouble: None }
    }

    /// Tells whether its bytes are held.
    pub fn is_held(&self) -> bool {
        self.asset.is_some()
    }
}

/// Reads the first five columns.
fn asset_or_null(row: &rusqlite::Row<'_>) -> rusqlite::Result<Option<AssetInfo>> {
    let Some(sha256) = row.get::<_, Option<[u8; 32]>>(0)? else { return Ok(None) };
    Ok(Some(AssetInfo {
        sha256: Hash(sha256),
        kind: row.get(1)?,
        width: row.get(2)?,
        height: row.get(3)?,
        bytes: row.get(4)?,
    }))
}
