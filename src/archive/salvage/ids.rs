//! The ids of versions, by which pins, restores and documents name them: a version gets its own again, and never that of another.

use std::collections::BTreeSet;

use rusqlite::types::{Value, ValueRef};
use rusqlite::{Connection, OptionalExtension};

use super::super::error::Error;
use super::super::functions;
use super::super::import_rows::ImportedVersion;
use super::Salvage;
use crate::model::rfc3339;

/// The ids by which rows name a version, whether or not it is there.
const USED_IDS: &str = "SELECT id FROM version UNION SELECT version FROM whole UNION SELECT version FROM delta UNION SELECT base FROM delta
     UNION SELECT version FROM received UNION SELECT version FROM pin UNION SELECT version FROM restore UNION SELECT before FROM restore
     UNION SELECT result FROM restore UNION SELECT version FROM plan UNION SELECT over FROM plan
     UNION SELECT id FROM checksum WHERE kind IN ('version', 'document') AND sum <> 0";

impl Salvage {
    /// Returns the number for the row of a version: the one that it has or had, one between those of its neighbours, else a new one. `of_copy`
    /// is the one that it has in a copy: where its row has the checksum which is left here, it had it here.
    pub(super) fn id_for(
        &self,
        connection: &Connection,
        draft: i64,
        version: &ImportedVersion<'_>,
        of_copy: i64,
    ) -> rusqlite::Result<i64> {
        let number = version.number;
        let there = "SELECT id FROM version WHERE draft = ?1 AND number = ?2";
        if let Some(id) = connection.query_row(there, (draft, number), |row| row.get(0)).optional()? {
            return Ok(id);
        }
        let had = self.evidence.versions.get(&(draft, number)).copied();
        if let Some(id) = had
            && !connection
                .prepare_cached("SELECT EXISTS (SELECT 1 FROM version WHERE id = ?1)")?
                .query_row([id], |row| row.get(0))?
        {
            return Ok(id);
        }
        if self.is_row_of_checksum(connection, of_copy, draft, version)? {
            return Ok(of_copy);
        }
        // What names the id of another version that is lost must not name this one.
        let of_another: BTreeSet<i64> = self.evidence.versions.values().copied().collect();
        let is_free = |id: i64| -> rusqlite::Result<bool> {
            let is_used: bool = connection
                .prepare_cached(&format!("SELECT EXISTS (SELECT 1 FROM ({USED_IDS}) WHERE id = ?1)"))?
                .query_row([id], |row| row.get(0))?;
            Ok(!is_used && !of_another.contains(&id))
        };
        // The version before it builds on it.
        let as_base = "SELECT base FROM delta JOIN version ON version.id = delta.version
                       WHERE draft = ?1 AND number = ?2 - 1 AND base NOT IN (SELECT id FROM version)";
        if let Some(id) = connection.query_row(as_base, (draft, number), |row| row.get(0)).optional()? {
            return Ok(id);
        }
        let (below, above): (i64, Option<i64>) = connection.query_row(
            "SELECT coalesce((SELECT max(id) FROM version WHERE draft = ?1 AND number < ?2), 0),
                    (SELECT min(id) FROM version WHERE draft = ?1 AND number > ?2)",
            (draft, number),
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        for id in below + 1..above.unwrap_or(0) {
            if is_free(id)? {
                return Ok(id);
            }
        }
        let last: i64 =
            connection.query_row(&format!("SELECT coalesce(max(id), 0) FROM ({USED_IDS})"), (), |row| row.get(0))?;
        Ok(last.max(of_another.last().copied().unwrap_or(0)) + 1)
    }

    /// Returns whether the row of this id is lost, and would be this one by its checksum.
    fn is_row_of_checksum(
        &self,
        connection: &Connection,
        id: i64,
        draft: i64,
        row: &ImportedVersion<'_>,
    ) -> rusqlite::Result<bool> {
        if self.evidence.versions.values().any(|known| *known == id) {
            return Ok(false);
        }
        let values: [Value; 9] = [
            id.into(),
            draft.into(),
            (row.number as i64).into(),
            row.hash.0.to_vec().into(),
            i64::from(row.hash_version).into(),
            rfc3339(row.observed_at).into(),
            row.update_time.into(),
            (row.canonical.articles as i64).into(),
            row.canonical.title.clone().into(),
        ];
        let sum = i64::from(functions::checksum_of(values.iter().map(ValueRef::from)));
        connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM checksum WHERE kind = 'version' AND id = ?1 AND sum = ?2 AND id NOT IN (SELECT id FROM version))",
            )?
            .query_row((id, sum), |row| row.get(0))
    }

    /// Returns whether something is left of a version whose row is lost and which an index names: then it was not pruned, for pruning
    /// takes the checksums and the document with the row, and spares what is pinned or was restored from.
    pub fn has_trace(&self, draft: i64, number: u64) -> Result<bool, Error> {
        let Some(id) = self.evidence.versions.get(&(draft, number)) else { return Ok(false) };
        let trace = self
            .connection
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM checksum WHERE kind IN ('version', 'document') AND id = ?1 AND sum <> 0)
                     OR EXISTS (SELECT 1 FROM whole WHERE version = ?1) OR EXISTS (SELECT 1 FROM delta WHERE ?1 IN (version, base))
                     OR EXISTS (SELECT 1 FROM received WHERE version = ?1) OR EXISTS (SELECT 1 FROM pin WHERE version = ?1)
                     OR EXISTS (SELECT 1 FROM restore WHERE ?1 IN (version, before, result))",
            )
            .and_then(|mut query| query.query_row([id], |row| row.get(0)));
        trace.map_err(|error| self.error(&error))
    }
}
