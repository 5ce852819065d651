//! Rows that are not as they were written: their checksums tell, which triggers keep (`schema/0011_checksum.sql`).
//!
//! `journal_mark` has none: it is written anew with every journal, and read byte by byte before SQLite opens the file. Nor have the sessions of
//! the pages (`web_…`): one that was changed is a session that nobody has.

use rusqlite::Connection;

use super::checksum_tables::{TABLES, Table};
use super::damage::{Damage, DamageKind};
use super::error::Error;
use super::internal_error::{InternalError, separate_damage};
use super::migrate;
use super::reader::Reader;

/// The first schema whose rows have checksums in the tables of today. No release made archives of schema 11.
pub(super) const SCHEMA: i64 = 12;

/// So many rows of a table are told: one lost page can hold hundreds.
const MOST: usize = 1000;

/// The tables of documents, which have one sum for each version.
const DOCUMENTS: [&str; 3] = ["whole", "delta", "received"];

impl Reader {
    /// Returns what is not as it was written, but for versions that are there and their documents.
    pub fn altered_rows(&self) -> Result<Vec<Damage>, Error> {
        let mut altered = Vec::new();
        if self.has_checksums()? {
            for table in TABLES.iter().filter(|table| !table.is_of_versions()) {
                altered.extend(self.altered_rows_of(table).map_err(|error| error.into_error(&self.path))?);
            }
            altered.extend(self.lost_rows().map_err(|error| error.into_error(&self.path))?);
        }
        Ok(altered)
    }

    fn altered_rows_of(&self, table: &Table) -> Result<Vec<Damage>, InternalError> {
        let Table { name, owner, id, doubtful, .. } = table;
        let told = |id: String| {
            let reason = format!("its row in the table {name} is not as it was written: {doubtful} may be wrong");
            Damage::new(table.kind, id, reason)
        };
        let look = || -> Result<Vec<Damage>, InternalError> {
            let Some(checksum) = of_row(&self.connection, name)? else { return Ok(Vec::new()) };
            let altered = format!(
                "SELECT id FROM (SELECT {owner} AS id, {checksum} AS sum FROM {name}
                                 UNION ALL SELECT id, -sum FROM checksum WHERE kind = '{name}')
                 GROUP BY id HAVING sum(sum) <> 0"
            );
            let sql = format!("SELECT DISTINCT {id} FROM ({altered}) owner LIMIT {MOST}");
            let ids = self.connection.prepare(&sql)?.query_map((), |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(ids.into_iter().map(told).collect())
        };
        or_unchecked(name, look())
    }

    /// Returns which versions have a checksum and no row; and checksums that no table knows.
    fn lost_rows(&self) -> Result<Vec<Damage>, InternalError> {
        let kinds: String = TABLES.iter().map(|table| format!("'{}', ", table.name)).collect();
        let sql = format!(
            "SELECT DISTINCT iif(kind = 'document', 'version', kind) || ' ' || id FROM checksum
             WHERE sum <> 0 AND (kind NOT IN ({kinds}'document')
                                 OR kind IN ('version', 'document') AND id NOT IN (SELECT id FROM version))
             LIMIT {MOST}"
        );
        let look = || -> Result<Vec<Damage>, InternalError> {
            let ids =
                self.connection.prepare(&sql)?.query_map((), |row| row.get(0))?.collect::<Result<Vec<String>, _>>()?;
            let told = |id| Damage::new(DamageKind::Database, id, "it has a checksum, and its row is not there");
            Ok(ids.into_iter().map(told).collect())
        };
        or_unchecked("checksum", look())
    }

    /// Returns the versions of a draft, by number, whose rows are not as they were written; with their documents, where asked:
    /// then all bytes of them are read.
    pub fn altered_versions(&self, draft: i64, with_documents: bool) -> Result<Vec<u64>, Error> {
        if !self.has_checksums()? {
            return Ok(Vec::new());
        }
        let altered = || -> Result<Vec<u64>, InternalError> {
            let mut numbers = self.altered_version_rows(draft)?;
            if with_documents {
                numbers.extend(self.altered_documents(draft)?);
            }
            numbers.sort_unstable();
            numbers.dedup();
            Ok(numbers)
        };
        altered().map_err(|error| error.into_error(&self.path))
    }

    fn altered_version_rows(&self, draft: i64) -> Result<Vec<u64>, InternalError> {
        match of_row(&self.connection, "version")? {
            Some(checksum) => self.versions_with_other_sum(draft, "version", &checksum),
            None => Ok(Vec::new()),
        }
    }

    fn altered_documents(&self, draft: i64) -> Result<Vec<u64>, InternalError> {
        let mut sums = Vec::new();
        for table in DOCUMENTS {
            let Some(checksum) = of_row(&self.connection, table)? else { return Ok(Vec::new()) };
            sums.push(format!("coalesce((SELECT {checksum} FROM {table} WHERE {table}.version = version.id), 0)"));
        }
        self.versions_with_other_sum(draft, "document", &sums.join(" + "))
    }

    fn versions_with_other_sum(&self, draft: i64, kind: &str, sum: &str) -> Result<Vec<u64>, InternalError> {
        let sql = format!(
            "SELECT number FROM version WHERE draft = ?1 AND typeof(number) = 'integer' AND number >= 1
             AND {sum} IS NOT (SELECT sum FROM checksum WHERE kind = '{kind}' AND id = version.id)"
        );
        Ok(self.connection.prepare_cached(&sql)?.query_map([draft], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Returns the versions of a draft, by number, that are damaged as far as it can be seen without reading each document: versions whose
    /// rows are not as they were written or that have no document, and then also what builds on them.
    pub fn damaged_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let without_document = || self.versions_without_document(draft).map_err(|error| Error::of(&self.path, &error));
        let found = self.altered_versions(draft, false).and_then(|altered| Ok([altered, without_document()?].concat()));
        let mut damaged = match found {
            Ok(found) if found.is_empty() => return Ok(found),
            Ok(found) => found,
            Err(error) => error.damage_reason().map(|_| Vec::new())?,
        };
        damaged.extend(self.unreadable_versions(draft)?);
        damaged.sort_unstable();
        damaged.dedup();
        Ok(damaged)
    }

    fn unreadable_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let is_readable = |number| match self.version(draft, number).and_then(|version| self.document(&version)) {
            Ok(_) => Ok(true),
            Err(error) => error.damage_reason().map(|_| false),
        };
        let mut unreadable = Vec::new();
        for number in self.version_numbers(draft)? {
            if !is_readable(number)? {
                unreadable.push(number);
            }
        }
        Ok(unreadable)
    }

    fn versions_without_document(&self, draft: i64) -> rusqlite::Result<Vec<u64>> {
        self.connection
            .prepare_cached(
                "SELECT number FROM version WHERE draft = ?1 AND typeof(number) = 'integer' AND number >= 1
                 AND NOT EXISTS (SELECT 1 FROM whole WHERE whole.version = version.id)
                 AND NOT EXISTS (SELECT 1 FROM delta WHERE delta.version = version.id)",
            )?
            .query_map([draft], |row| row.get(0))?
            .collect()
    }

    pub(super) fn has_checksums(&self) -> Result<bool, Error> {
        Ok(migrate::version(&self.connection, &self.path)? >= SCHEMA)
    }
}

/// Returns the SQL for the checksum of a row; `None` where the table is not there, which the check of the schema tells.
pub(super) fn of_row(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let columns: Option<String> = connection
        .prepare_cached(
            "SELECT group_concat(?1 || '.' || name, ', ') FROM pragma_table_info(?1) WHERE ?1 <> 'asset' OR name <> 'body'",
        )?
        .query_row([table], |row| row.get(0))?;
    Ok(columns.map(|columns| format!("row_checksum({columns})")))
}

/// What keeps a table from being read is damage of its own.
fn or_unchecked(table: &str, found: Result<Vec<Damage>, InternalError>) -> Result<Vec<Damage>, InternalError> {
    Ok(separate_damage(found)?.unwrap_or_else(|error| {
        vec![Damage::new(DamageKind::Database, table, format!("its rows cannot be checked: {error}"))]
    }))
}
