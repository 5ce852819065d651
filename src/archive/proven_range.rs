//! When each version and each picture was proven last, and which of them were found to be damaged.
//!
//! There is no row for each: what one night proves has numbers that lie side by side, so about a range for each night is enough.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::decode;
use super::error::Error;
use super::migrate;
use super::proof::MIN_SCHEMA;
use super::reader::{self, Reader, Version};
use super::writer::Writer;
use crate::model::{Hash, Timestamp, rfc3339};

/// What is proven one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProvenKind {
    Version,
    Asset,
}

/// Versions or pictures with numbers from `first` to `last`, that were proven together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProvenRange {
    pub first: i64,
    pub last: i64,
    pub proven_at: Timestamp,
}

/// A version or a picture that is damaged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofFinding {
    pub id: i64,
    pub found_at: Timestamp,
    /// Which one it is, and what is wrong with it.
    pub reason: String,
}

impl ProvenKind {
    /// The word of the archive, and the name of the table.
    fn as_str(self) -> &'static str {
        match self {
            Self::Version => "version",
            Self::Asset => "asset",
        }
    }
}

impl Reader {
    /// Returns which ranges were proven when, sorted; they do not overlap.
    pub fn proven_ranges(&self, kind: ProvenKind) -> Result<Vec<ProvenRange>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        ranges(&self.connection, kind).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns what is known to be damaged, sorted.
    pub fn proof_findings(&self, kind: ProvenKind) -> Result<Vec<ProofFinding>, Error> {
        if migrate::version(&self.connection, &self.path)? < MIN_SCHEMA {
            return Ok(Vec::new());
        }
        findings(&self.connection, kind).map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the first `most` numbers from `first` to `last` that are there.
    pub fn ids_between(&self, kind: ProvenKind, first: i64, last: i64, most: u64) -> Result<Vec<i64>, Error> {
        let sql = format!("SELECT id FROM {} WHERE id BETWEEN ?1 AND ?2 ORDER BY id LIMIT ?3", kind.as_str());
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let ids = || -> rusqlite::Result<Vec<i64>> {
            self.connection.prepare_cached(&sql)?.query_map((first, last, most), |row| row.get(0))?.collect()
        };
        ids().map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns how many bytes are stored of a version or of a picture. Of one that cannot be read: 0, and whoever reads it learns why.
    pub fn stored_bytes(&self, kind: ProvenKind, id: i64) -> u64 {
        let sql = match kind {
            ProvenKind::Version => {
                "SELECT (SELECT coalesce(sum(length(body)), 0) FROM whole WHERE version = ?1)
                      + (SELECT coalesce(sum(length(body)), 0) FROM delta WHERE version = ?1)"
            }
            ProvenKind::Asset => "SELECT length(body) FROM asset WHERE id = ?1",
        };
        let bytes = self.connection.prepare_cached(sql).and_then(|mut query| query.query_row([id], |row| row.get(0)));
        bytes.unwrap_or_default()
    }

    /// Returns how many numbers from `first` to `last` are there.
    pub fn count_between(&self, kind: ProvenKind, first: i64, last: i64) -> Result<u64, Error> {
        let sql = format!("SELECT count(*) FROM {} WHERE id BETWEEN ?1 AND ?2", kind.as_str());
        let count =
            self.connection.prepare_cached(&sql).and_then(|mut count| count.query_row((first, last), |row| row.get(0)));
        count.map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the greatest number, 0 where there is none.
    pub fn max_id(&self, kind: ProvenKind) -> Result<i64, Error> {
        let sql = format!("SELECT coalesce(max(id), 0) FROM {}", kind.as_str());
        let max = self.connection.query_row(&sql, (), |row| row.get(0));
        max.map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the draft and the row of a version by its number in the archive; `None` where it was pruned.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where its row cannot be read.
    pub fn version_by_id(&self, id: i64) -> Result<Option<(i64, Version)>, Error> {
        self.connection
            .prepare_cached(
                "SELECT id, number, hash, observed_at, update_time, articles, title, canon, draft FROM version WHERE id = ?1",
            )
            .and_then(|mut query| query.query_row([id], |row| Ok((row.get(8)?, reader::version(row)?))).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }

    /// Returns the name of a picture by its number in the archive; `None` where it was pruned.
    ///
    /// # Errors
    ///
    /// [`Error::Damaged`] where its row cannot be read.
    pub fn asset_by_id(&self, id: i64) -> Result<Option<Hash>, Error> {
        self.connection
            .prepare_cached("SELECT sha256 FROM asset WHERE id = ?1")
            .and_then(|mut query| query.query_row([id], |row| Ok(Hash(row.get(0)?))).optional())
            .map_err(|error| Error::of(&self.path, &error))
    }
}

impl Writer {
    /// Replaces what is known of one kind: which ranges were proven, and what is damaged.
    pub fn replace_proven(
        &mut self,
        kind: ProvenKind,
        ranges: &[ProvenRange],
        findings: &[ProofFinding],
    ) -> Result<(), Error> {
        self.transaction(|transaction| Ok(replace(transaction, kind, ranges, findings)?))
    }
}

fn replace(
    transaction: &Transaction<'_>,
    kind: ProvenKind,
    ranges: &[ProvenRange],
    findings: &[ProofFinding],
) -> rusqlite::Result<()> {
    let kind = kind.as_str();
    transaction.execute("DELETE FROM proven_range WHERE kind = ?1", [kind])?;
    transaction.execute("DELETE FROM proof_finding WHERE kind = ?1", [kind])?;
    let mut add = transaction.prepare_cached("INSERT INTO proven_range VALUES (?1, ?2, ?3, ?4)")?;
    for ProvenRange { first, last, proven_at } in ranges {
        add.execute((kind, first, last, rfc3339(*proven_at)))?;
    }
    let mut add = transaction.prepare_cached("INSERT INTO proof_finding VALUES (?1, ?2, ?3, ?4)")?;
    for ProofFinding { id, found_at, reason } in findings {
        add.execute((kind, id, rfc3339(*found_at), reason))?;
    }
    Ok(())
}

fn ranges(connection: &Connection, kind: ProvenKind) -> rusqlite::Result<Vec<ProvenRange>> {
    connection
        .prepare_cached("SELECT first_id, last_id, proven_at FROM proven_range WHERE kind = ?1 ORDER BY first_id")?
        .query_map([kind.as_str()], |row| {
            Ok(ProvenRange { first: row.get(0)?, last: row.get(1)?, proven_at: decode::instant(row, 2)? })
        })?
        .collect()
}

fn findings(connection: &Connection, kind: ProvenKind) -> rusqlite::Result<Vec<ProofFinding>> {
    connection
        .prepare_cached("SELECT id, found_at, reason FROM proof_finding WHERE kind = ?1 ORDER BY id")?
        .query_map([kind.as_str()], |row| {
            Ok(ProofFinding { id: row.get(0)?, found_at: decode::instant(row, 1)?, reason: row.get(2)? })
        })?
        .collect()
}
