//! The versions of an archive that is being made: what their checksums say, and those that are lost.

use std::collections::{BTreeMap, BTreeSet};

use rusqlite::Connection;

use super::super::document;
use super::super::error::Error;
use super::super::internal_error::{InternalError, separate_damage};
use super::Salvage;
use super::identity::VERSION_COLUMNS;
use super::sums::Proof;

/// The checksum of the rows of a document, of version `?1`.
const DOCUMENT_SUM: &str = "coalesce((SELECT row_checksum(version, length, body) FROM whole WHERE version = ?1), 0)
     + coalesce((SELECT row_checksum(version, base, length, body) FROM delta WHERE version = ?1), 0)
     + coalesce((SELECT row_checksum(version, length, body) FROM received WHERE version = ?1), 0)";

/// What checksums say of a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VersionProof {
    pub number: u64,
    /// Of its row: its times.
    pub row: Proof,
    /// Of its document and of all that it is rebuilt from, byte for byte.
    pub document: Proof,
}

impl Salvage {
    /// Returns what checksums say of the versions of a draft, newest first.
    pub fn version_proofs(&self, draft: i64) -> Result<Vec<VersionProof>, Error> {
        let proofs = || -> rusqlite::Result<Vec<VersionProof>> {
            let mut query = self.connection.prepare_cached(
                "SELECT version.id, number, delta.base,
                        row_checksum(version.id, draft, number, hash, canon, observed_at, update_time, articles, title),
                        (SELECT sum FROM checksum WHERE kind = 'version' AND id = version.id),
                        iif(whole.version IS NULL, 0, row_checksum(whole.version, whole.length, whole.body))
                        + iif(delta.version IS NULL, 0, row_checksum(delta.version, delta.base, delta.length, delta.body))
                        + iif(received.version IS NULL, 0, row_checksum(received.version, received.length, received.body)),
                        (SELECT sum FROM checksum WHERE kind = 'document' AND id = version.id)
                 FROM version
                 LEFT JOIN whole ON whole.version = version.id
                 LEFT JOIN delta ON delta.version = version.id
                 LEFT JOIN received ON received.version = version.id
                 WHERE draft = ?1 ORDER BY number DESC",
            )?;
            let mut rows = query.query([draft])?;
            let (mut proofs, mut documents) = (Vec::new(), BTreeMap::new());
            while let Some(row) = rows.next()? {
                let (id, base): (i64, Option<i64>) = (row.get(0)?, row.get(2)?);
                let own = Proof::of(row.get(6)?, row.get(5)?);
                // A base whose row is lost has its document still.
                let of_base = base.map_or(Proof::Holds, |base| documents.get(&base).copied().unwrap_or(Proof::Unknown));
                let document = own.and(of_base);
                documents.insert(id, document);
                proofs.push(VersionProof { number: row.get(1)?, row: Proof::of(row.get(4)?, row.get(3)?), document });
            }
            Ok(proofs)
        };
        proofs().map_err(|error| self.error(&error))
    }

    /// Returns the numbers that versions of a draft had: of those that are there, and of those of which an index or an event is left. A draft
    /// whose row is proven had a version 1.
    pub fn known_numbers(&self, draft: i64) -> Result<BTreeSet<u64>, Error> {
        let numbers = || -> rusqlite::Result<BTreeSet<u64>> {
            self.connection
                .prepare_cached(
                    "SELECT number FROM version WHERE draft = ?1
                     UNION SELECT version FROM event WHERE draft = ?1 AND version >= 1
                     UNION SELECT number FROM lost_version WHERE draft = ?1
                     UNION SELECT 1 FROM draft JOIN checksum ON kind = 'draft' AND checksum.id = draft.id
                           WHERE draft.id = ?1
                             AND sum = row_checksum(draft.id, account, media_id, state, first_seen, last_seen, missing_since)",
                )?
                .query_map([draft], |row| row.get(0))?
                .collect()
        };
        let mut numbers = numbers().map_err(|error| self.error(&error))?;
        numbers.extend(self.evidence.numbers(draft));
        Ok(numbers)
    }

    /// Counts the versions of which nothing is left but their checksum.
    pub fn versions_without_row(&self) -> Result<u64, Error> {
        let ids = || -> rusqlite::Result<Vec<i64>> {
            self.connection
                .prepare("SELECT id FROM checksum WHERE kind = 'version' AND sum <> 0 AND id NOT IN (SELECT id FROM version)")?
                .query_map((), |row| row.get(0))?
                .collect()
        };
        Ok(ids().map_err(|error| self.error(&error))?.len() as u64)
    }

    /// Takes versions of a draft away that are lost. What is rebuilt from their documents is kept whole.
    pub fn drop_versions(&mut self, draft: i64, numbers: &BTreeSet<u64>) -> Result<(), Error> {
        let dropped = || -> Result<(), InternalError> {
            let transaction = self.connection.unchecked_transaction()?;
            let versions = transaction
                .prepare_cached(
                    "SELECT version.id, number, base FROM version LEFT JOIN delta ON delta.version = version.id WHERE draft = ?1",
                )?
                .query_map([draft], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
                .collect::<rusqlite::Result<Vec<(i64, u64, Option<i64>)>>>()?;
            let kept: BTreeSet<i64> =
                versions.iter().filter(|(_, number, _)| !numbers.contains(number)).map(|(id, ..)| *id).collect();
            for (id, _, base) in &versions {
                if kept.contains(id) && base.is_some_and(|base| !kept.contains(&base)) {
                    detach(&transaction, *id)?;
                }
            }
            for (id, ..) in versions.iter().filter(|(id, ..)| !kept.contains(id)) {
                delete(&transaction, *id)?;
            }
            transaction.commit()?;
            Ok(())
        };
        dropped().map_err(|error| error.into_error(&self.path))
    }

    /// Takes documents away whose versions are lost. What is rebuilt from them is kept whole.
    pub(super) fn drop_documents_without_version(&self) -> Result<(), InternalError> {
        let transaction = self.connection.unchecked_transaction()?;
        let dependent = transaction
            .prepare("SELECT version FROM delta WHERE version IN (SELECT id FROM version) AND base NOT IN (SELECT id FROM version)")?
            .query_map((), |row| row.get(0))?
            .collect::<rusqlite::Result<Vec<i64>>>()?;
        for version in dependent {
            detach(&transaction, version)?;
        }
        for table in ["whole", "delta", "received"] {
            transaction.execute(&format!("DELETE FROM {table} WHERE version NOT IN (SELECT id FROM version)"), ())?;
        }
        Ok(transaction.commit()?)
    }

    /// Stores documents of a draft again as deltas on the version after them, where they are whole and need not be.
    pub fn recode(&mut self, draft: i64) -> Result<(), Error> {
        let recoded = || -> Result<(), InternalError> {
            let transaction = self.connection.unchecked_transaction()?;
            let pairs = transaction
                .prepare_cached(
                    "SELECT id, (SELECT newer.id FROM version newer WHERE newer.draft = this.draft AND newer.number > this.number
                                 ORDER BY newer.number LIMIT 1) AS next
                     FROM version this WHERE draft = ?1 AND id IN (SELECT version FROM whole) AND next > id ORDER BY number",
                )?
                .query_map([draft], |row| Ok((row.get(0)?, row.get(1)?)))?
                .collect::<rusqlite::Result<Vec<(i64, i64)>>>()?;
            for (older, newer) in pairs {
                if let Ok(document) = separate_damage(document::load(&transaction, newer))?
                    && document_proof(&transaction, older)? == Proof::Holds
                {
                    document::replace_with_delta(&transaction, older, newer, &document)?;
                    write_document_checksum(&transaction, older)?;
                }
            }
            transaction.commit()?;
            Ok(())
        };
        recoded().map_err(|error| error.into_error(&self.path))
    }
}

/// Stores a document whole that is a delta.
fn detach(connection: &Connection, version: i64) -> Result<(), InternalError> {
    let document = document::load(connection, version)?;
    let proof = document_proof(connection, version)?;
    connection.execute("DELETE FROM delta WHERE version = ?1", [version])?;
    document::store(connection, version, &document)?;
    if proof == Proof::Holds {
        write_document_checksum(connection, version)?;
    }
    Ok(())
}

pub(super) fn delete(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    for table in ["whole", "delta", "received"] {
        connection.execute(&format!("DELETE FROM {table} WHERE version = ?1"), [version])?;
    }
    connection.execute("DELETE FROM version WHERE id = ?1", [version]).map(drop)
}

/// What the checksum of a document says of its own rows.
fn document_proof(connection: &Connection, version: i64) -> rusqlite::Result<Proof> {
    let sql = format!("SELECT {DOCUMENT_SUM}, (SELECT sum FROM checksum WHERE kind = 'document' AND id = ?1)");
    connection.prepare_cached(&sql)?.query_row([version], |row| Ok(Proof::of(row.get(1)?, row.get(0)?)))
}

pub(super) fn write_document_checksum(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    let sql = format!("INSERT OR REPLACE INTO checksum (kind, id, sum) SELECT 'document', ?1, {DOCUMENT_SUM}");
    connection.prepare_cached(&sql)?.execute([version]).map(drop)
}

pub(super) fn write_version_checksum(connection: &Connection, version: i64) -> rusqlite::Result<()> {
    let sql = format!(
        "INSERT OR REPLACE INTO checksum (kind, id, sum) SELECT 'version', id, row_checksum({VERSION_COLUMNS}) FROM version WHERE id = ?1"
    );
    connection.prepare_cached(&sql)?.execute([version]).map(drop)
}
