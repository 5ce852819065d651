//! The rows of pictures: one for each picture that the drafts of an account name, found by its identity.
//!
//! An address holds the identity, which is the longest part of it, so the row keeps what stands before and after it. A reason
//! why a picture is not held is the reason of many, so the row keeps its number.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::account_id::AccountId;
use crate::model::Timestamp;
use crate::picture::ImageRef;

/// The condition that a picture has the identity `?2`. The index holds the ends of identities alone: they tell nearly all of them
/// apart, and the beginnings do not. Without the plus, SQLite would put `?2` in the place of `identity` in the first comparison
/// as well, and then use no index for it.
pub(super) const BY_IDENTITY: &str = "substr(identity, -16) = substr(?2, -16) AND +identity = ?2";

/// The address of a picture, from its row.
pub(super) const ADDRESS: &str = "address_head || coalesce(identity || address_tail, '')";

/// More reasons than this are kept only as long as some picture has them: some name an address.
const MOST_REASONS: u32 = 100;

/// A picture as a draft names it.
#[derive(Clone, Copy)]
pub(super) struct PictureKey<'a> {
    pub(super) account: i64,
    pub(super) identity: &'a str,
    pub(super) media_id: Option<&'a str>,
    pub(super) address: Option<&'a str>,
}

impl<'a> PictureKey<'a> {
    pub(super) fn new(account: AccountId, needed: &'a ImageRef) -> Self {
        Self {
            account: account.0,
            identity: &needed.identity,
            media_id: needed.media_id.as_deref(),
            address: needed.address.as_deref(),
        }
    }

    /// Returns the number of its row.
    pub(super) fn find(self, connection: &Connection) -> rusqlite::Result<Option<i64>> {
        connection
            .prepare_cached(&format!("SELECT id FROM picture WHERE account = ?1 AND {BY_IDENTITY}"))?
            .query_row((self.account, self.identity), |row| row.get(0))
            .optional()
    }

    /// Enters it as new: its bytes are those of `asset`, or it is to be asked for at `due_at`.
    pub(super) fn insert(
        self,
        transaction: &Transaction<'_>,
        asset: Option<i64>,
        due_at: Option<Timestamp>,
    ) -> rusqlite::Result<i64> {
        let (head, tail) = self.address_parts();
        transaction
            .prepare_cached(
                "INSERT INTO picture (id, account, identity, media_id, address_head, address_tail, asset, due_at)
                 VALUES ((SELECT coalesce(max(id), 0) + 1 FROM picture), ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
            )?
            .execute((
                self.account,
                self.identity,
                self.media_id,
                head,
                tail,
                asset,
                due_at.map(|at| at.timestamp()),
            ))?;
        Ok(transaction.last_insert_rowid())
    }

    /// Brings a row up to date: the media_id and the address that were named last are the ones to ask by.
    pub(super) fn update(self, transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
        let (head, tail) = self.address_parts();
        transaction
            .prepare_cached(
                "UPDATE picture SET media_id = coalesce(?2, media_id), address_head = coalesce(?3, address_head),
                                    address_tail = iif(?3 IS NULL, address_tail, ?4)
                 WHERE id = ?1 AND (media_id IS NOT coalesce(?2, media_id)
                                    OR ?3 IS NOT NULL AND (address_head IS NOT ?3 OR address_tail IS NOT ?4))",
            )?
            .execute((id, self.media_id, head, tail))
            .map(drop)
    }

    /// Returns what stands before the identity in the address, and what stands after it. An address that does not hold it
    /// stands before it as a whole.
    fn address_parts(self) -> (Option<&'a str>, Option<&'a str>) {
        match self.address.map(|address| address.split_once(self.identity).ok_or(address)) {
            Some(Ok((head, tail))) => (Some(head), Some(tail)),
            Some(Err(address)) => (Some(address), None),
            None => (None, None),
        }
    }
}

/// Returns the number of a reason, which is entered where it is new.
pub(super) fn reason_id(transaction: &Transaction<'_>, reason: &str) -> rusqlite::Result<i64> {
    let known = transaction
        .prepare_cached("SELECT id FROM picture_reason WHERE reason = ?1")?
        .query_row([reason], |row| row.get(0))
        .optional()?;
    match known {
        Some(id) => Ok(id),
        None => {
            transaction.prepare_cached("INSERT INTO picture_reason (reason) VALUES (?1)")?.execute([reason])?;
            Ok(transaction.last_insert_rowid())
        }
    }
}

/// Drops reasons that no picture has any more, where there are many.
pub(super) fn drop_unused_reasons(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    let count: u32 = transaction.query_row("SELECT count(*) FROM picture_reason", (), |row| row.get(0))?;
    if count > MOST_REASONS {
        transaction.execute(
            "DELETE FROM picture_reason WHERE id NOT IN (SELECT reason FROM picture WHERE reason IS NOT NULL)",
            (),
        )?;
    }
    Ok(())
}
