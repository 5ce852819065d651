//! Pictures: which of them are held, and which are to be asked for.

use chrono::TimeDelta;
use rusqlite::{Connection, OptionalExtension};

use super::account_id::AccountId;
use super::asset::{self, AssetInfo, NewAsset};
use super::error::Error;
use super::migrate;
use super::picture_row::{self, ADDRESS, BY_IDENTITY};
use super::reader::{Draft, Reader};
use super::writer::Writer;
use crate::model::{CLOCK_TOLERANCE, Timestamp};
use crate::picture::{self, ImageRef};

/// The first schema that knows pictures.
const SCHEMA: i64 = 4;

/// The first schema in which a picture has the number of a reason; before, it had the reason itself.
const SCHEMA_OF_REASONS: i64 = 12;

/// The longest time for which a picture that could not be had is left alone.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::days(7);

/// What is due later than anything is put off was put off by a wrong clock.
const LONGEST_DUE: TimeDelta = TimeDelta::seconds(LONGEST_WAIT.num_seconds() + CLOCK_TOLERANCE.num_seconds());

/// Whether a picture is due: ?2 is now, ?3 the latest time for which one is put off. One that is held is not, whatever a damaged row says.
const DUE: &str = "(due_at <= ?2 OR due_at > ?3) AND asset IS NULL";

/// Whether a picture was asked for in vain: five times, which takes hours, or nobody can be asked for it.
const GIVEN_UP: &str = "(asset IS NULL AND reason IS NOT NULL AND (due_at IS NULL OR tries >= 5))";

/// A picture's number in the archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct PictureId(pub(super) i64);

/// Which pictures of an account are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AssetScope {
    All,
    Covers,
}

/// A picture that is to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingDownload {
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
pub struct DownloadFailure {
    pub id: PictureId,
    /// How often it was asked for by now.
    pub tries: u32,
    pub reason: String,
    /// When it is asked for again; never, without an instant.
    pub due_at: Option<Timestamp>,
}

/// A picture that a version needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionPicture {
    pub needed: ImageRef,
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
    /// Of the missing ones, those that were asked for in vain for hours, and that drafts in the box need now.
    pub lost: u64,
}

impl Writer {
    /// Returns pictures that are due to be asked for, the longest due first, at most `most`.
    pub fn pending_downloads(
        &mut self,
        account: AccountId,
        places: AssetScope,
        now: Timestamp,
        most: usize,
    ) -> Result<Vec<PendingDownload>, Error> {
        let wanted = || -> rusqlite::Result<Vec<PendingDownload>> {
            self.connection
                .prepare_cached(&format!(
                    "SELECT id, media_id, {ADDRESS}, tries FROM picture
                     WHERE account = ?1 AND {DUE} AND {} ORDER BY due_at, id LIMIT ?4",
                    places.condition()
                ))?
                .query_map((account.0, now.timestamp(), (now + LONGEST_DUE).timestamp(), most), |row| {
                    Ok(PendingDownload {
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
    pub fn count_due_downloads(
        &mut self,
        account: AccountId,
        places: AssetScope,
        now: Timestamp,
    ) -> Result<u64, Error> {
        self.connection
            .prepare_cached(&format!(
                "SELECT count(*) FROM picture WHERE account = ?1 AND {DUE} AND {}",
                places.condition()
            ))
            .and_then(|mut query| {
                query.query_row((account.0, now.timestamp(), (now + LONGEST_DUE).timestamp()), |row| row.get(0))
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns when the next picture is due to be asked for.
    pub fn next_download_at(&mut self, account: AccountId, places: AssetScope) -> Result<Option<Timestamp>, Error> {
        self.connection
            .prepare_cached(&format!(
                "SELECT due_at FROM picture
                 WHERE account = ?1 AND due_at IS NOT NULL AND typeof(due_at) = 'integer' AND asset IS NULL AND {}
                 ORDER BY due_at LIMIT 1",
                places.condition()
            ))
            .and_then(|mut query| query.query_row([account.0], |row| row.get(0)).optional())
            .map(|due_at| due_at.and_then(|seconds| Timestamp::from_timestamp(seconds, 0)))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Stores the bytes of a picture, unless they are held by another name already.
    pub fn store_picture(&mut self, picture: PictureId, asset: &NewAsset, now: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            let id = asset::store_asset(transaction, asset, now)?;
            transaction
                .prepare_cached(
                    "UPDATE picture SET asset = ?2, due_at = NULL, reason = NULL WHERE id = ?1 AND asset IS NULL",
                )?
                .execute((picture.0, id))?;
            Ok(())
        })
    }

    /// Writes down why pictures could not be had, and when each is asked for again.
    pub fn record_download_failures(&mut self, missed: &[DownloadFailure]) -> Result<(), Error> {
        self.transaction(|transaction| {
            let mut statement = transaction.prepare_cached(
                "UPDATE picture SET tries = ?4, reason = ?2, due_at = ?3 WHERE id = ?1 AND asset IS NULL",
            )?;
            for DownloadFailure { id, tries, reason, due_at } in missed {
                let reason = picture_row::reason_id(transaction, reason)?;
                statement.execute((id.0, reason, due_at.map(|at| at.timestamp()), tries))?;
            }
            Ok(picture_row::drop_unused_reasons(transaction)?)
        })
    }

    /// Puts off every picture that only `material/get_material` can give, as that is closed.
    pub fn defer_material_downloads(
        &mut self,
        account: AccountId,
        reason: &str,
        due_at: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            let reason = picture_row::reason_id(transaction, reason)?;
            transaction
                .prepare_cached(
                    "UPDATE picture SET reason = ?2, due_at = ?3
                     WHERE account = ?1 AND asset IS NULL AND due_at < ?3 AND address_head IS NULL",
                )?
                .execute((account.0, reason, due_at.timestamp()))?;
            Ok(())
        })
    }
}

impl AssetScope {
    fn condition(self) -> &'static str {
        match self {
            Self::All => "TRUE",
            Self::Covers => "EXISTS (SELECT 1 FROM picture_use WHERE picture = picture.id AND place = 'cover')",
        }
    }
}

impl Reader {
    /// Returns the pictures that a document of a draft needs, and which of them are held.
    pub fn pictures(&self, draft: &Draft, document: &[u8]) -> Result<Vec<VersionPicture>, Error> {
        let needed = picture::image_refs(document).map_err(|error| Error::Damaged(error.to_string()))?;
        needed.into_iter().map(|needed| self.picture(draft, needed)).collect()
    }

    /// Returns what is held of one picture that a draft needs.
    pub fn picture(&self, draft: &Draft, needed: ImageRef) -> Result<VersionPicture, Error> {
        if !self.knows_pictures()? {
            return Ok(VersionPicture::unasked(needed));
        }
        let reason = match migrate::version(&self.connection, &self.path)? {
            SCHEMA_OF_REASONS.. => "(SELECT reason FROM picture_reason WHERE id = picture.reason)",
            _ => "picture.reason",
        };
        let sql = format!(
            "SELECT sha256, type, width, height, length(body), {reason}
             FROM picture LEFT JOIN asset ON asset.id = picture.asset
             WHERE account = (SELECT id FROM account WHERE name = ?1) AND {BY_IDENTITY}"
        );
        let held = self.connection.prepare_cached(&sql).and_then(|mut query| {
            let columns = (&draft.account, &needed.identity);
            query.query_row(columns, |row| Ok((asset::asset_or_null(row)?, row.get(5)?))).optional()
        });
        let (asset, trouble) = held.map_err(|error| Error::of(&self.path, &error))?.unwrap_or_default();
        Ok(VersionPicture { needed, asset, trouble })
    }

    pub(super) fn knows_pictures(&self) -> Result<bool, Error> {
        Ok(migrate::version(&self.connection, &self.path)? >= SCHEMA)
    }
}

/// Counts the pictures that the drafts of an account need.
pub(super) fn count(connection: &Connection, account: i64) -> rusqlite::Result<PictureCount> {
    let (mut count, given_up) = connection
        .prepare_cached(&format!(
            "SELECT count(asset), count(*) FILTER (WHERE asset IS NULL AND reason IS NOT NULL),
                    count(*) FILTER (WHERE asset IS NULL AND reason IS NULL), count(*) FILTER (WHERE {GIVEN_UP})
             FROM picture WHERE account = ?1"
        ))?
        .query_row([account], |row| {
            let count = PictureCount { held: row.get(0)?, missing: row.get(1)?, waiting: row.get(2)?, lost: 0 };
            Ok((count, row.get::<_, u64>(3)?))
        })?;
    if given_up > 0 && migrate::number(connection)? >= SCHEMA_OF_REASONS {
        count.lost = count_lost(connection, account)?;
    }
    Ok(count)
}

/// Counts the pictures that were asked for in vain, and that the drafts in the box need as they are now.
fn count_lost(connection: &Connection, account: i64) -> rusqlite::Result<u64> {
    connection
        .prepare_cached(&format!(
            "SELECT count(DISTINCT picture.id) FROM draft
             JOIN picture_use ON picture_use.draft = draft.id AND last_version IS NULL
             JOIN picture ON picture.id = picture_use.picture
             WHERE draft.account = ?1 AND draft.state = 'live' AND {GIVEN_UP}"
        ))?
        .query_row([account], |row| row.get(0))
}

impl VersionPicture {
    /// A picture of which nothing is held, or nothing can be read.
    pub fn unasked(needed: ImageRef) -> Self {
        Self { needed, asset: None, trouble: None }
    }

    /// Returns whether its bytes are held.
    pub fn is_held(&self) -> bool {
        self.asset.is_some()
    }
}
