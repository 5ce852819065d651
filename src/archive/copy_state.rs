//! Which copies of the archive were made elsewhere, and how the last one of each place went. What is due follows from it.

use rusqlite::{Connection, OptionalExtension, Row};

use super::decode;
use super::error::Error;
use super::migrate;
use super::reader::Reader;
use super::writer::Writer;
use crate::model::{Hash, Timestamp, rfc3339};

/// The first schema that knows them.
const MIN_SCHEMA: i64 = 24;

/// How the copies of one place stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyState {
    pub place: String,
    /// When the last copy was begun.
    pub tried_at: Timestamp,
    /// The newest copy that was proven.
    pub good: Option<GoodCopy>,
    /// Why there is no newer one.
    pub failure: Option<CopyFailure>,
}

/// A copy that was read back and proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GoodCopy {
    pub name: String,
    /// The instant of the archive that it holds.
    pub made_at: Timestamp,
    pub proven_at: Timestamp,
    /// How many bytes it has there.
    pub size: u64,
    /// Of its bytes there; `None` where an older program made it.
    pub sha256: Option<Hash>,
}

/// Copies that failed one after the other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyFailure {
    pub since: Timestamp,
    pub count: u32,
    /// Why the last one failed, as `copies::CopyFault` writes it.
    pub reason: String,
}

impl Writer {
    /// Returns the archive's own name, which stands in the names of its copies.
    pub fn archive_id(&self) -> Result<String, Error> {
        let id = self.connection.query_row("SELECT name FROM archive_id", (), |row| row.get(0));
        id.map_err(|error| Error::of(&self.path, &error))
    }

    /// Records that a copy was made and proven.
    pub fn record_copy(&mut self, place: &str, tried_at: Timestamp, good: &GoodCopy) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO copy (place, tried_at, name, made_at, proven_at, size, sha256, failures)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, 0)
                     ON CONFLICT DO UPDATE SET tried_at = excluded.tried_at, name = excluded.name, made_at = excluded.made_at,
                         proven_at = excluded.proven_at, size = excluded.size, sha256 = excluded.sha256, failing_since = NULL, failures = 0, reason = NULL",
                )?
                .execute((
                    place,
                    rfc3339(tried_at),
                    &good.name,
                    rfc3339(good.made_at),
                    rfc3339(good.proven_at),
                    good.size,
                    good.sha256.map(|hash| hash.0),
                ))?;
            Ok(())
        })
    }

    /// Records that a copy failed.
    pub fn record_copy_failure(&mut self, place: &str, tried_at: Timestamp, reason: &str) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "INSERT INTO copy (place, tried_at, failing_since, failures, reason) VALUES (?1, ?2, ?2, 1, ?3)
                     ON CONFLICT DO UPDATE SET tried_at = excluded.tried_at, failures = failures + 1,
                         failing_since = coalesce(failing_since, excluded.tried_at), reason = excluded.reason",
                )?
                .execute((place, rfc3339(tried_at), reason))?;
            Ok(())
        })
    }

    /// Records that the newest copy of a place was read again, and is as it was written.
    pub fn record_copy_proof(&mut self, place: &str, name: &str, proven_at: Timestamp) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction.prepare_cached("UPDATE copy SET proven_at = ?3 WHERE place = ?1 AND name = ?2")?.execute((
                place,
                name,
                rfc3339(proven_at),
            ))?;
            Ok(())
        })
    }

    /// Records that the newest copy of a place could not be read again; where it `is_lost`, not being as it was written, it counts no more.
    /// Where another one is the newest since, nothing was learned.
    pub fn record_failed_copy_proof(
        &mut self,
        place: &str,
        name: &str,
        tried_at: Timestamp,
        reason: &str,
        is_lost: bool,
    ) -> Result<(), Error> {
        self.transaction(|transaction| {
            transaction
                .prepare_cached(
                    "UPDATE copy SET tried_at = ?3, failures = failures + 1, failing_since = coalesce(failing_since, ?3), reason = ?4,
                         name = iif(?5, NULL, name), made_at = iif(?5, NULL, made_at), proven_at = iif(?5, NULL, proven_at),
                         size = iif(?5, NULL, size), sha256 = iif(?5, NULL, sha256)
                     WHERE place = ?1 AND name = ?2",
                )?
                .execute((place, name, rfc3339(tried_at), reason, is_lost))?;
            Ok(())
        })
    }

    /// Forgets the copies of all places but these; there, they stay.
    pub fn forget_other_copies(&mut self, places: &[String]) -> Result<(), Error> {
        let others: Vec<String> =
            self.copy_states()?.into_iter().map(|state| state.place).filter(|place| !places.contains(place)).collect();
        if others.is_empty() {
            return Ok(());
        }
        self.transaction(|transaction| {
            let mut delete = transaction.prepare_cached("DELETE FROM copy WHERE place = ?1")?;
            for place in &others {
                delete.execute([place])?;
            }
            Ok(())
        })
    }

    /// Returns how the copies of each place stand, sorted by place.
    pub fn copy_states(&self) -> Result<Vec<CopyState>, Error> {
        states(&self.connection).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how the copies of a place stand; `None` before the first.
    pub fn copy_state(&self, place: &str) -> Result<Option<CopyState>, Error> {
        let read = || {
            let mut query = self.connection.prepare_cached(&format!("{SELECT} WHERE place = ?1"))?;
            query.query_row([place], state).optional()
        };
        read().map_err(|error| Error::of(&self.path, &error))
    }
}

impl Reader {
    /// Returns how the copies of each place stand, sorted by place.
    pub fn copy_states(&self) -> Result<Vec<CopyState>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        states(&self.connection).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the archive's own name; `None` where an older program made it.
    pub fn archive_id(&self) -> Result<Option<String>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(None);
        }
        let id = self.connection.query_row("SELECT name FROM archive_id", (), |row| row.get(0)).optional();
        id.map_err(|error| Error::of(&self.path, &error))
    }
}

const SELECT: &str =
    "SELECT place, tried_at, name, made_at, proven_at, size, failing_since, failures, reason, sha256 FROM copy";

fn states(connection: &Connection) -> rusqlite::Result<Vec<CopyState>> {
    connection.prepare_cached(&format!("{SELECT} ORDER BY place"))?.query_map((), state)?.collect()
}

fn state(row: &Row<'_>) -> rusqlite::Result<CopyState> {
    let good = match row.get::<_, Option<String>>(2)? {
        Some(name) => Some(GoodCopy {
            name,
            made_at: decode::instant(row, 3)?,
            proven_at: decode::instant(row, 4)?,
            size: row.get(5)?,
            sha256: row.get::<_, Option<[u8; 32]>>(9)?.map(Hash),
        }),
        None => None,
    };
    let failure = match row.get::<_, Option<String>>(8)? {
        Some(reason) => Some(CopyFailure { since: decode::instant(row, 6)?, count: row.get(7)?, reason }),
        None => None,
    };
    Ok(CopyState { place: row.get(0)?, tried_at: decode::instant(row, 1)?, good, failure })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + chrono::TimeDelta::minutes(minute)
    }

    #[test]
    fn a_good_copy_stays_known_while_later_ones_fail() {
        let directory = tempfile::tempdir().unwrap();
        let mut writer = Writer::open(&directory.path().join("archive.db")).unwrap();
        let state = |writer: &Writer| writer.copy_state("/mnt").unwrap();
        assert_eq!(state(&writer), None);
        let good =
            GoodCopy { name: "one".to_owned(), made_at: at(0), proven_at: at(1), size: 7, sha256: Some(Hash([7; 32])) };
        writer.record_copy("/mnt", at(0), &good).unwrap();
        writer.record_copy_failure("/mnt", at(10), "full").unwrap();
        writer.record_copy_failure("/mnt", at(20), "gone").unwrap();
        let failure = CopyFailure { since: at(10), count: 2, reason: "gone".to_owned() };
        let expected =
            CopyState { place: "/mnt".to_owned(), tried_at: at(20), good: Some(good), failure: Some(failure) };
        assert_eq!(state(&writer), Some(expected.clone()));
        let reader = Reader::open(&directory.path().join("archive.db")).unwrap();
        assert_eq!(reader.copy_states().unwrap(), [expected]);
        writer.forget_other_copies(&["/mnt".to_owned()]).unwrap();
        let good = GoodCopy { name: "two".to_owned(), made_at: at(30), proven_at: at(31), size: 8, sha256: None };
        writer.record_copy("/mnt", at(30), &good).unwrap();
        assert_eq!(state(&writer).map(|state| (state.failure, state.good)), Some((None, Some(good))));
        writer.forget_other_copies(&["/other".to_owned()]).unwrap();
        assert_eq!(state(&writer), None);
    }

    #[test]
    fn each_archive_has_a_name_of_its_own() {
        let directory = tempfile::tempdir().unwrap();
        let id = |name: &str| Writer::open(&directory.path().join(name)).unwrap().archive_id().unwrap();
        let (one, other) = (id("one.db"), id("other.db"));
        assert!(one.len() == 12 && one.bytes().all(|byte| byte.is_ascii_hexdigit()), "{one}");
        assert_ne!(one, other);
        assert_eq!(one, id("one.db"));
    }
}
