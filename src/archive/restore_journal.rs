//! The journal of restores: what is asked of the platform is written down before, and what came of it after. With
//! it, the pictures that were uploaded.

use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::asset::asset_id;
use super::error::Error;
use super::picture_row::PictureKey;
use super::restore_records::RestoreId;
use super::writer::Writer;
use crate::canonical;
use crate::model::{Hash, MediaId, Timestamp, rfc3339};
use crate::picture::UploadTarget;

/// Something that a restore asks of the platform.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RestoreAction {
    /// A picture, by its SHA-256, is put through a door.
    Upload(UploadTarget, Hash),
    Add,
    /// The article of this position is replaced.
    Update(usize),
    Delete,
}

impl RestoreAction {
    fn name(self) -> &'static str {
        match self {
            Self::Upload(..) => "upload",
            Self::Add => "add",
            Self::Update(_) => "update",
            Self::Delete => "delete",
        }
    }

    fn args(self) -> String {
        match self {
            Self::Upload(door, sha256) => format!("{} {sha256}", door.as_str()),
            Self::Update(position) => position.to_string(),
            Self::Add | Self::Delete => String::new(),
        }
    }
}

/// A step that is written down.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    pub step: String,
    pub about: String,
    pub is_done: bool,
    /// Of the draft that was added.
    pub media_id: Option<MediaId>,
}

impl JournalEntry {
    /// Returns whether it is this one.
    pub fn is(&self, step: RestoreAction) -> bool {
        self.step == step.name() && self.about == step.args()
    }
}

/// A picture that an account was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Of the material; `None` for a picture of a body.
    pub media_id: Option<String>,
    pub address: String,
}

impl Writer {
    /// Writes down that a step is about to be made, and returns its number.
    pub fn begin_step(&mut self, restore: RestoreId, step: RestoreAction, now: Timestamp) -> Result<u64, Error> {
        self.transaction(|transaction| {
            let number = transaction
                .prepare_cached(
                    "INSERT INTO restore_step (restore, number, step, about, began_at)
                     VALUES (?1, 1 + coalesce((SELECT max(number) FROM restore_step WHERE restore = ?1), 0), ?2, ?3, ?4)
                     RETURNING number",
                )?
                .query_row((restore.0, step.name(), step.args(), rfc3339(now)), |row| row.get(0))?;
            Ok(number)
        })
    }

    /// Writes down that the platform has done a step, and which draft it made by it.
    pub fn finish_step(
        &mut self,
        (restore, number): (RestoreId, u64),
        media_id: Option<&MediaId>,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| Ok(set_done(transaction, (restore, number), media_id, now)?))
    }

    /// Returns the steps of a restore, in their order.
    pub fn steps(&mut self, restore: RestoreId) -> Result<Vec<JournalEntry>, Error> {
        let steps = || -> rusqlite::Result<Vec<JournalEntry>> {
            self.connection
                .prepare_cached(
                    "SELECT step, about, done_at IS NOT NULL, media_id FROM restore_step WHERE restore = ?1
                     ORDER BY number",
                )?
                .query_map([restore.0], |row| {
                    let media_id = row.get::<_, Option<String>>(3)?.map(MediaId::new);
                    Ok(JournalEntry { step: row.get(0)?, about: row.get(1)?, is_done: row.get(2)?, media_id })
                })?
                .collect()
        };
        steps().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns whether some restore to the account was cut off while it uploaded this picture, so that it may be there.
    pub fn has_unfinished_upload(
        &mut self,
        account: AccountId,
        door: UploadTarget,
        sha256: Hash,
    ) -> Result<bool, Error> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM restore_step JOIN restore ON restore.id = restore_step.restore
                                WHERE restore.account = ?1 AND step = 'upload' AND about = ?2 AND done_at IS NULL)",
            )
            .and_then(|mut query| {
                query.query_row((account.0, RestoreAction::Upload(door, sha256).args()), |row| row.get(0))
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns whether an attempt to take a restore back by deleting its draft was cut off after the platform was asked.
    pub fn has_unfinished_delete(&mut self, undone: RestoreId) -> Result<bool, Error> {
        self.connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM restore_step JOIN restore ON restore.id = restore_step.restore
                                WHERE undoes = ?1 AND step = 'delete' AND outcome IN ('begun', 'unknown'))",
            )
            .and_then(|mut query| query.query_row([undone.0], |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns what became of a picture that was uploaded to the account before.
    pub fn find_upload(
        &mut self,
        account: AccountId,
        door: UploadTarget,
        sha256: Hash,
    ) -> Result<Option<Upload>, Error> {
        self.connection
            .prepare_cached(
                "SELECT media_id, address FROM upload JOIN asset ON asset.id = upload.asset
                 WHERE account = ?1 AND door = ?2 AND sha256 = ?3",
            )
            .and_then(|mut query| {
                query
                    .query_row((account.0, door.as_str(), sha256.0), |row| {
                        Ok(Upload { media_id: row.get(0)?, address: row.get(1)? })
                    })
                    .optional()
            })
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Writes down that a picture was uploaded, as a step. Where its bytes went unchanged they need not be fetched again from
    /// where they are now.
    pub fn record_upload(
        &mut self,
        (restore, number): (RestoreId, u64),
        account: AccountId,
        (door, sha256): (UploadTarget, Hash),
        upload: &Upload,
        unchanged: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            set_done(transaction, (restore, number), None, now)?;
            Ok(put_upload(transaction, account, (door, sha256), upload, unchanged, now)?)
        })
    }

    /// Writes down that a picture was uploaded, not by a restore. One that the archive does not hold is not written down.
    pub fn add_upload(
        &mut self,
        account: AccountId,
        picture: (UploadTarget, Hash),
        upload: &Upload,
        unchanged: bool,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| Ok(put_upload(transaction, account, picture, upload, unchanged, now)?))
    }
}

fn put_upload(
    transaction: &Transaction<'_>,
    account: AccountId,
    (door, sha256): (UploadTarget, Hash),
    upload: &Upload,
    unchanged: bool,
    now: Timestamp,
) -> rusqlite::Result<()> {
    let Some(asset) = asset_id(transaction, sha256)? else { return Ok(()) };
    transaction
        .prepare_cached(
            "INSERT INTO upload (account, asset, door, media_id, address, uploaded_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (account, asset, door) DO UPDATE
             SET media_id = excluded.media_id, address = excluded.address, uploaded_at = excluded.uploaded_at",
        )?
        .execute((account.0, asset, door.as_str(), &upload.media_id, &upload.address, rfc3339(now)))?;
    if unchanged {
        link_uploaded_picture(transaction, account, asset, upload)?;
    }
    Ok(())
}

fn set_done(
    transaction: &Transaction<'_>,
    (restore, number): (RestoreId, u64),
    media_id: Option<&MediaId>,
    now: Timestamp,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE restore_step SET done_at = ?3, media_id = ?4 WHERE restore = ?1 AND number = ?2")?
        .execute((restore.0, number, rfc3339(now), media_id.map(MediaId::as_str)))?;
    Ok(())
}

/// Enters a picture of the account's that is held already.
fn link_uploaded_picture(
    transaction: &Transaction<'_>,
    account: AccountId,
    asset: i64,
    upload: &Upload,
) -> rusqlite::Result<()> {
    let identity = canonical::picture_identity(&upload.address);
    let (media_id, address) = (upload.media_id.as_deref(), Some(&*upload.address));
    let at_address = PictureKey { account: account.0, identity: &identity, media_id, address };
    // The pictures of a 图片消息 are known by their media_id alone.
    let by_media_id = media_id.map(|identity| PictureKey { account: account.0, identity, media_id, address: None });
    for named in [at_address].into_iter().chain(by_media_id) {
        if named.find(transaction)?.is_none() {
            named.insert(transaction, Some(asset), None)?;
        }
    }
    Ok(())
}
