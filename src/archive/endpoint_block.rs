//! Endpoint blocks: endpoints of an account that are not called until a time, because the platform refused them.

use chrono::TimeDelta;
use rusqlite::{Connection, Row};

use super::account_id::AccountId;
use super::decode;
use super::error::Error;
use super::writer::Writer;
use crate::model::{CLOCK_TOLERANCE, Endpoint, Timestamp, rfc3339};

/// The first schema that knows them.
const SCHEMA: i64 = 3;

/// The longest time for which an endpoint is blocked.
const LONGEST: TimeDelta = TimeDelta::days(1);

/// What stands for all endpoints together.
pub(super) const ALL: &str = "*";

/// An endpoint that is not called for a while.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointBlock {
    /// Which; `None` is all of them.
    pub endpoint: Option<Endpoint>,
    /// When it is tried again.
    pub until: Timestamp,
    /// The platform's errcode.
    pub code: i64,
    /// What it said, in words.
    pub message: String,
}

impl EndpointBlock {
    /// Returns whether it keeps calls to `endpoint` from being made at `now`.
    pub fn applies_to(&self, endpoint: Endpoint, now: Timestamp) -> bool {
        self.endpoint.is_none_or(|blocked| blocked == endpoint) && self.is_in_force(now)
    }

    /// Returns whether it has not ended at `now`. Nothing is blocked for longer than a day: an end that is further away was set by
    /// a wrong clock.
    pub fn is_in_force(&self, now: Timestamp) -> bool {
        let left = self.until - now;
        left > TimeDelta::zero() && left <= LONGEST + CLOCK_TOLERANCE
    }
}

impl Writer {
    /// Saves a block, and returns whether it is new. An endpoint that was blocked before keeps the time since when it is.
    pub fn block_endpoint(&mut self, account: AccountId, block: &EndpointBlock, now: Timestamp) -> Result<bool, Error> {
        self.transaction(|transaction| {
            let endpoint = name(block.endpoint);
            let is_known = transaction
                .prepare_cached("SELECT 1 FROM closed WHERE account = ?1 AND interface = ?2")?
                .exists((account.0, endpoint))?;
            transaction
                .prepare_cached(
                    "INSERT INTO closed (account, interface, since, until, code, message) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
                     ON CONFLICT (account, interface)
                     DO UPDATE SET since = min(since, excluded.since), until = excluded.until, code = excluded.code, message = excluded.message",
                )?
                .execute((
                    account.0,
                    endpoint,
                    rfc3339(now),
                    rfc3339(block.until),
                    block.code,
                    &block.message,
                ))?;
            Ok(!is_known)
        })
    }

    /// Returns the blocks of an account, those that have expired included: the endpoint has not answered since.
    pub fn list_blocks(&mut self, account: AccountId) -> Result<Vec<EndpointBlock>, Error> {
        list(&self.connection, account.0).map_err(|error| Error::of(&self.path, &error))
    }

    /// Deletes a block: the endpoint has answered.
    pub fn unblock_endpoint(&mut self, account: AccountId, endpoint: Option<Endpoint>) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached("DELETE FROM closed WHERE account = ?1 AND interface = ?2")?
                .execute((account.0, name(endpoint)))?;
            Ok(())
        })
    }
}

/// Returns the blocks of an account, sorted by the endpoint's name.
pub(super) fn list(connection: &Connection, account: i64) -> rusqlite::Result<Vec<EndpointBlock>> {
    // A reader may look into an older archive.
    if connection.query_row("PRAGMA user_version", (), |row| row.get::<_, i64>(0))? < SCHEMA {
        return Ok(Vec::new());
    }
    connection
        .prepare_cached(
            "SELECT interface, until, code, message, since FROM closed WHERE account = ?1 ORDER BY interface",
        )?
        .query_map([account], block)?
        .collect()
}

fn block(row: &Row<'_>) -> rusqlite::Result<EndpointBlock> {
    decode::instant(row, 4)?;
    Ok(EndpointBlock {
        endpoint: decode::endpoint(row, 0, ALL)?,
        until: decode::instant(row, 1)?,
        code: row.get(2)?,
        message: row.get(3)?,
    })
}

fn name(endpoint: Option<Endpoint>) -> &'static str {
    endpoint.map_or(ALL, Endpoint::as_str)
}

#[cfg(test)]
mod tests {
    use super::super::{Reader, migrate};
    use super::*;

    const NOW: &str = "2026-09-01T02:00:00Z";

    fn block(endpoint: Option<Endpoint>, until: &str, code: i64) -> EndpointBlock {
        EndpointBlock { endpoint, until: until.parse().unwrap(), code, message: format!("closed with {code}") }
    }

    fn archive() -> (tempfile::TempDir, Writer, [AccountId; 2]) {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let accounts = ["mag", "shop"].map(|name| {
            writer.get_or_create_account(&name.parse().unwrap(), &format!("wx{name}"), NOW.parse().unwrap()).unwrap()
        });
        (directory, writer, accounts)
    }

    #[test]
    fn an_endpoint_is_blocked_for_one_account_until_it_is_unblocked() {
        let (_directory, mut writer, [mag, shop]) = archive();
        let published = Some(Endpoint::FreepublishBatchget);
        let one = block(published, "2026-09-02T02:00:00Z", 48001);
        let all = block(None, "2026-09-01T03:00:00Z", 45102);
        assert!(writer.block_endpoint(mag, &one, NOW.parse().unwrap()).unwrap());
        assert!(writer.block_endpoint(mag, &all, NOW.parse().unwrap()).unwrap());
        assert_eq!(writer.list_blocks(mag).unwrap(), [all, one.clone()]);
        assert_eq!(writer.list_blocks(shop).unwrap(), []);
        writer.unblock_endpoint(mag, None).unwrap();
        writer.unblock_endpoint(shop, published).unwrap();
        assert_eq!(writer.list_blocks(mag).unwrap(), [one]);
        writer.unblock_endpoint(mag, published).unwrap();
        assert_eq!(writer.list_blocks(mag).unwrap(), []);
    }

    #[test]
    fn what_is_blocked_again_is_blocked_since_the_first_time() {
        let (_directory, mut writer, [mag, _]) = archive();
        let published = Some(Endpoint::FreepublishBatchget);
        writer.block_endpoint(mag, &block(published, "2026-09-02T02:00:00Z", 48001), NOW.parse().unwrap()).unwrap();
        let again = block(published, "2026-09-03T02:00:00Z", 61007);
        assert!(!writer.block_endpoint(mag, &again, "2026-09-02T02:00:00Z".parse().unwrap()).unwrap(), "it is no news");
        assert_eq!(writer.list_blocks(mag).unwrap(), [again]);
        let since = writer.transaction(|transaction| {
            Ok(transaction.query_row("SELECT since FROM closed", (), |row| row.get::<_, String>(0))?)
        });
        assert_eq!(since.unwrap(), "2026-09-01T02:00:00.000Z");
    }

    #[test]
    fn the_stats_of_an_account_hold_the_blocks_in_force() {
        let (directory, mut writer, [mag, _]) = archive();
        let block = block(Some(Endpoint::FreepublishBatchget), "2026-09-02T02:00:00Z", 48001);
        writer.block_endpoint(mag, &block, NOW.parse().unwrap()).unwrap();
        let reader = Reader::open(&directory.path().join("archive.db")).unwrap();
        let blocks = |now: &str| reader.account_stats(now.parse().unwrap()).unwrap()[0].blocks.clone();
        assert_eq!(blocks(NOW), [block]);
        assert_eq!(blocks("2026-09-02T02:00:00Z"), []);
    }

    #[test]
    fn an_older_archive_has_no_blocks() {
        assert_eq!(list(&migrate::fresh(2).unwrap(), 1).unwrap(), []);
    }

    #[test]
    fn a_block_applies_to_its_endpoint_until_its_end() {
        let until = "2026-09-01T03:00:00Z";
        let one = block(Some(Endpoint::DraftGet), until, 45009);
        assert!(one.applies_to(Endpoint::DraftGet, NOW.parse().unwrap()));
        assert!(!one.applies_to(Endpoint::DraftBatchget, NOW.parse().unwrap()));
        assert!(!one.applies_to(Endpoint::DraftGet, until.parse().unwrap()));
        assert!(block(None, until, 45102).applies_to(Endpoint::DraftBatchget, NOW.parse().unwrap()));
        let for_ever = block(None, "2031-09-01T02:00:00Z", 45102);
        assert!(!for_ever.applies_to(Endpoint::DraftGet, NOW.parse().unwrap()), "a clock was years ahead");
    }

    #[test]
    fn a_block_by_a_clock_that_was_ahead_counts_from_the_next_one() {
        let (_directory, mut writer, [mag, _]) = archive();
        writer
            .block_endpoint(mag, &block(None, "2031-09-02T02:00:00Z", 45102), "2031-09-01T02:00:00Z".parse().unwrap())
            .unwrap();
        writer.block_endpoint(mag, &block(None, "2026-09-02T02:00:00Z", 45102), NOW.parse().unwrap()).unwrap();
        let since = writer.transaction(|transaction| {
            Ok(transaction.query_row("SELECT since FROM closed", (), |row| row.get::<_, String>(0))?)
        });
        assert_eq!(since.unwrap(), "2026-09-01T02:00:00.000Z");
    }
}
