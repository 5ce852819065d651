//! Bringing back what an export took: versions in their order, each in one transaction and proven before its commit.

use std::collections::BTreeMap;

use rusqlite::{OptionalExtension, Transaction};

use super::account_id::AccountId;
use super::asset::{self, NewAsset};
use super::error::Error;
use super::export_rows::DraftRow;
use super::internal_error::InternalError;
use super::lost_version::{self, LostVersion};
use super::picture_row::{BY_IDENTITY, PictureKey};
use super::pin::{self, Pin};
use super::prune;
use super::pruned::PrunedRange;
use super::version::{self, PreviousVersion, VersionInsert};
use super::writer::Writer;
use crate::canonical::Canonical;
use crate::model::{AccountName, Hash, MediaId, Timestamp, rfc3339};
use crate::picture::ImageRef;

/// A version of an export.
#[derive(Debug)]
pub struct ImportedVersion<'a> {
    pub number: u64,
    /// What was pruned of its draft, the lowest numbers first.
    pub pruned: &'a [PrunedRange],
    /// Versions of its draft that are lost, the lowest numbers first.
    pub lost: &'a [LostVersion],
    pub hash: Hash,
    /// The version of the hash law.
    pub hash_version: u32,
    pub observed_at: Timestamp,
    /// When the platform says it was saved, in Unix seconds.
    pub update_time: Option<i64>,
    /// As received.
    pub document: &'a [u8],
    pub canonical: &'a Canonical,
}

impl Writer {
    /// Enters an account of an export, whose name must be new. Its appid need not be: an older program may have kept it
    /// under several names.
    pub fn import_account(
        &mut self,
        name: &AccountName,
        appid: &str,
        first_seen: Timestamp,
    ) -> Result<AccountId, Error> {
        self.transaction(|transaction| {
            transaction.execute(
                "INSERT INTO account (name, appid, first_seen) VALUES (?1, ?2, ?3)",
                (name.as_str(), appid, rfc3339(first_seen)),
            )?;
            Ok(AccountId(transaction.last_insert_rowid()))
        })
    }

    /// Returns the hashes of a draft's versions by their numbers, by the law of today; none where the draft is not known.
    pub fn hashes(&mut self, account: AccountId, media_id: &MediaId) -> Result<BTreeMap<u64, Hash>, Error> {
        let hashes = || -> Result<BTreeMap<u64, Hash>, InternalError> {
            let rows = self
                .connection
                .prepare_cached(
                    "SELECT version.id, number FROM draft JOIN version ON version.draft = draft.id
                     WHERE account = ?1 AND media_id = ?2 ORDER BY number",
                )?
                .query_map((account.0, media_id.as_str()), |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<(i64, u64)>>>()?;
            let today = |(id, number)| Ok((number, version::hash_of_today(&self.connection, id)?));
            rows.into_iter().map(today).collect()
        };
        hashes().map_err(|error| error.into_error(&self.path))
    }

    /// Adds the version that comes next to a draft, after what was pruned between, which is entered where it is new: under its own number where that is free,
    /// else under one that is beyond `last`. Returns the number that the draft has.
    ///
    /// # Errors
    ///
    /// [`Error::OutOfOrder`] where another version comes next; as [`Writer::record`].
    pub fn import(
        &mut self,
        account: AccountId,
        draft: &DraftRow,
        version: &ImportedVersion<'_>,
        last: i64,
    ) -> Result<i64, Error> {
        let (id, damage) = self.transaction_beside_damage(|transaction, older| {
            append_next(transaction, account, draft, version, last, older)
        })?;
        warn_of_damage(draft, damage);
        Ok(id)
    }

    /// Takes over what an export knows of a draft beside its versions: which are lost, and which are pinned, where they are not.
    pub fn import_marks(
        &mut self,
        account: AccountId,
        media_id: &MediaId,
        lost: &[LostVersion],
        pins: &BTreeMap<u64, Pin>,
    ) -> Result<(), Error> {
        if lost.is_empty() && pins.is_empty() {
            return Ok(());
        }
        self.transaction(|transaction| {
            let draft: i64 = transaction.query_row(
                "SELECT id FROM draft WHERE account = ?1 AND media_id = ?2",
                (account.0, media_id.as_str()),
                |row| row.get(0),
            )?;
            lost_version::record_imported(transaction, draft, &lost.iter().collect::<Vec<_>>())?;
            pins.iter().try_for_each(|(number, pin)| pin::import(transaction, draft, *number, pin).map(drop))?;
            Ok(())
        })
    }

    /// Takes over what an export knows of a draft's presence in its box, where that is the later knowledge.
    pub fn import_presence(&mut self, account: AccountId, draft: &DraftRow) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE draft SET last_seen = ?3, state = ?4, missing_since = ?5
                     WHERE account = ?1 AND media_id = ?2
                       AND (last_seen < ?3
                         OR (last_seen = ?3 AND (state = 'live' AND ?4 <> 'live'
                                              OR state = 'missing' AND ?4 NOT IN ('live', 'missing'))))",
                )?
                .execute((
                    account.0,
                    draft.media_id.as_str(),
                    rfc3339(draft.last_seen),
                    draft.state.as_str(),
                    draft.missing_since.map(rfc3339),
                ))?;
            Ok(())
        })
    }

    /// Returns whether the bytes of a picture are held that the drafts of an account name by `identity`.
    pub fn holds_picture(&mut self, account: AccountId, identity: &str) -> Result<bool, Error> {
        self.connection
            .prepare_cached(&format!(
                "SELECT EXISTS (SELECT 1 FROM picture WHERE account = ?1 AND {BY_IDENTITY} AND asset IS NOT NULL)"
            ))
            .and_then(|mut query| query.query_row((account.0, identity), |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Gives a picture of an account the bytes of an export, unless it has its own; they are stored where they are new.
    pub fn import_picture(
        &mut self,
        account: AccountId,
        needed: &ImageRef,
        asset: &NewAsset,
        now: Timestamp,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            let asset = asset::store_asset(transaction, asset, now)?;
            link(transaction, account, needed, asset)
        })
    }

    /// Gives a picture of an account bytes that are held already, unless it has its own; returns whether they are held.
    pub fn link_picture(&mut self, account: AccountId, needed: &ImageRef, sha256: Hash) -> Result<bool, Error> {
        self.transaction(|transaction| match asset::asset_id(transaction, sha256)? {
            Some(asset) => link(transaction, account, needed, asset).map(|()| true),
            None => Ok(false),
        })
    }
}

/// As [`Writer::import`], within a transaction. `older` says what becomes of the version before.
pub(super) fn append_next(
    transaction: &Transaction<'_>,
    account: AccountId,
    draft: &DraftRow,
    version: &ImportedVersion<'_>,
    last: i64,
    older: PreviousVersion,
) -> Result<i64, InternalError> {
    let newest = version::newest_beside(transaction, account, &draft.media_id, older)?;
    let mut next = version::newest_there(transaction, account, &draft.media_id)? + 1;
    let is_between = |range: &&PrunedRange| range.first >= next && range.last < version.number;
    let pruned: Vec<_> = version.pruned.iter().filter(is_between).collect();
    let lost: Vec<_> = version.lost.iter().filter(|lost| (next..version.number).contains(&lost.number)).collect();
    let gone = pruned.iter().map(|range| (range.first, range.last));
    let mut gone: Vec<_> = gone.chain(lost.iter().map(|lost| (lost.number, lost.number))).collect();
    gone.sort_unstable();
    for (first, last) in gone {
        next = if first == next { last + 1 } else { next };
    }
    // Numbers that are lost here are not given again.
    let is_after_lost = version.number == version::newest_number(transaction, account, &draft.media_id)? + 1;
    if next != version.number && !is_after_lost {
        return Err(Error::OutOfOrder { next, got: version.number }.into());
    }
    let id = enter(transaction, account, draft, last)?;
    prune::record_imported(transaction, id, &pruned)?;
    lost_version::record_imported(transaction, id, &lost)?;
    let row = VersionInsert {
        draft: id,
        number: version.number,
        hash: version.hash,
        hash_version: version.hash_version,
        observed_at: version.observed_at,
        update_time: version.update_time,
        document: version.document,
        canonical: version.canonical,
    };
    version::append(transaction, &row, newest.as_ref(), older)?;
    Ok(id)
}

/// Tells the operator that the version before an imported one cannot be read.
pub(super) fn warn_of_damage(draft: &DraftRow, damage: Option<String>) {
    if let Some(damage) = damage {
        tracing::warn!(media_id = %draft.media_id, %damage, "the version before the one that is imported is damaged");
    }
}

fn link(transaction: &Transaction<'_>, account: AccountId, needed: &ImageRef, asset: i64) -> Result<(), InternalError> {
    let named = PictureKey::new(account, needed);
    match named.find(transaction)? {
        Some(picture) => transaction
            .prepare_cached(
                "UPDATE picture SET asset = ?2, due_at = NULL, reason = NULL WHERE id = ?1 AND asset IS NULL",
            )?
            .execute((picture, asset))
            .map(drop)?,
        None => named.insert(transaction, Some(asset), None).map(drop)?,
    }
    Ok(())
}

/// Returns the number of a draft, which is entered where it is new.
fn enter(transaction: &Transaction<'_>, account: AccountId, draft: &DraftRow, last: i64) -> rusqlite::Result<i64> {
    let known: Option<i64> = transaction
        .prepare_cached("SELECT id FROM draft WHERE account = ?1 AND media_id = ?2")?
        .query_row((account.0, draft.media_id.as_str()), |row| row.get(0))
        .optional()?;
    if let Some(id) = known {
        return Ok(id);
    }
    transaction
        .prepare_cached(
            "INSERT INTO draft (id, account, media_id, state, first_seen, last_seen, missing_since)
             VALUES (iif(EXISTS (SELECT 1 FROM draft WHERE id = ?1),
                         max(?2, (SELECT max(id) FROM draft)) + 1, ?1), ?3, ?4, ?5, ?6, ?7, ?8)
             RETURNING id",
        )?
        .query_row(
            (
                draft.id,
                last,
                account.0,
                draft.media_id.as_str(),
                draft.state.as_str(),
                rfc3339(draft.first_seen),
                rfc3339(draft.last_seen),
                draft.missing_since.map(rfc3339),
            ),
            |row| row.get(0),
        )
}
