//! What of a draft is not as it was written: all that is told of it beside its documents, which have their hashes. It is told as it is, and that
//! it is in doubt.

use std::collections::BTreeMap;

use rusqlite::{Connection, Params};

use super::checksum;
use super::checksum_tables::{TABLES, Table};
use super::damage::{Damage, DamageKind};
use super::error::Error;
use super::numbering::{NumberingFault, numbering_faults};
use super::reader::Reader;

/// So many missing versions or drafts are told.
const MOST: usize = 1000;

/// A table that tells of drafts, with SQL for the owners of its rows, `id`, and the drafts that they belong to.
type OfDraft = (&'static str, &'static str);

const DRAFT: OfDraft = ("draft", "SELECT id AS draft, id FROM draft");
const ACCOUNT: OfDraft = ("account", "SELECT id AS draft, account AS id FROM draft");
const VERSION: OfDraft = ("version", "SELECT draft, id FROM version");

const BESIDE_VERSIONS: [OfDraft; 9] = [
    DRAFT,
    ACCOUNT,
    (
        "pin",
        "SELECT draft, id FROM version WHERE id IN (SELECT version FROM pin UNION SELECT id FROM checksum WHERE kind = 'pin')",
    ),
    ("pruned", "SELECT id AS draft, id FROM draft"),
    ("lost_version", "SELECT id AS draft, id FROM draft"),
    ("repair", "SELECT DISTINCT draft, repair AS id FROM lost_version"),
    ("restore", "SELECT draft, restore.id FROM restore JOIN version ON version.id = restore.result"),
    ("gate_write", "SELECT draft, id FROM gate_write"),
    (
        "write_origin",
        "SELECT draft, id FROM gate_write
         UNION ALL SELECT draft, restore.id FROM restore JOIN version ON version.id = restore.result",
    ),
];

/// Why what is told of drafts beside their versions may be wrong.
#[derive(Debug, Default)]
pub struct Doubts {
    by_draft: BTreeMap<i64, String>,
    /// Of every draft: its rows cannot be checked.
    of_all: Option<String>,
}

impl Doubts {
    /// Returns why what is told of a draft may be wrong.
    pub fn of(&self, draft: i64) -> Option<&String> {
        self.by_draft.get(&draft).or(self.of_all.as_ref())
    }
}

impl Reader {
    /// Returns why what is told of a draft may be wrong; `None` where it is as it was written. An archive of a schema without checksums cannot
    /// tell.
    pub fn doubt_of(&self, draft: i64) -> Result<Option<String>, Error> {
        match self.doubt_in(&[VERSION], "draft = ?1", [draft])? {
            None => self.doubt_beside_versions(draft),
            doubt => Ok(doubt),
        }
    }

    /// The same, without what the rows of its versions say.
    pub fn doubt_beside_versions(&self, draft: i64) -> Result<Option<String>, Error> {
        if let Some(doubt) = self.doubt_in(&BESIDE_VERSIONS, "draft = ?1", [draft])? {
            return Ok(Some(doubt));
        }
        match self.unnumbered_versions(draft) {
            Ok(unnumbered) if unnumbered.is_empty() => self.absence_of_versions(draft),
            Ok(_) => Ok(Some("the number of a version is damaged".to_owned())),
            Err(error) => error.damage_reason().map(Some),
        }
    }

    /// Returns why what is told of a version, or of its draft where it is told beside it, may be wrong.
    pub fn doubt_of_version(&self, draft: i64, number: u64) -> Result<Option<String>, Error> {
        let of_version = "draft = ?1 AND id = (SELECT id FROM version WHERE draft = ?1 AND number = ?2)";
        match self.doubt_in(&[VERSION], of_version, (draft, number))? {
            None => self.doubt_in(&[DRAFT, ACCOUNT], "draft = ?1", [draft]),
            doubt => Ok(doubt),
        }
    }

    /// Returns why what is told of drafts beside their versions may be wrong. Versions that are missing are not among it.
    pub fn doubts(&self) -> Result<Doubts, Error> {
        let mut doubts = Doubts::default();
        for table in BESIDE_VERSIONS {
            match self.altered_drafts(table, "1", ()) {
                Ok(drafts) => doubts.by_draft.extend(drafts.into_iter().map(|draft| (draft, altered(table)))),
                Err(error) => doubts.of_all = Some(unchecked(table, &error.damage_reason()?)),
            }
        }
        Ok(doubts)
    }

    fn doubt_in(
        &self,
        tables: &[OfDraft],
        condition: &str,
        values: impl Params + Copy,
    ) -> Result<Option<String>, Error> {
        for table in tables {
            match self.altered_drafts(*table, condition, values) {
                Ok(drafts) if drafts.is_empty() => {}
                Ok(_) => return Ok(Some(altered(*table))),
                Err(error) => return Ok(Some(unchecked(*table, &error.damage_reason()?))),
            }
        }
        Ok(None)
    }

    /// Returns the drafts, of those that `condition` lets through, of which rows of a table are not as they were written, or are gone.
    fn altered_drafts(&self, table: OfDraft, condition: &str, values: impl Params) -> Result<Vec<i64>, Error> {
        if !self.has_checksums()? {
            return Ok(Vec::new());
        }
        let altered = || -> rusqlite::Result<Vec<i64>> {
            let Some(sql) = sql(&self.connection, table, condition)? else { return Ok(Vec::new()) };
            self.connection.prepare_cached(&sql)?.query_map(values, |row| row.get(0))?.collect()
        };
        altered().map_err(|error| Error::of(&self.path, &error))
    }

    /// Says which versions are not there: numbers run 1, 2, 3 …, and the newest one is stored whole. Where the number of a version is damaged, it
    /// may be any of them, and nothing is said.
    pub fn absence_of_versions(&self, draft: i64) -> Result<Option<String>, Error> {
        match self.find_absence(draft) {
            Err(error) => error.damage_reason().map(Some),
            absence => absence,
        }
    }

    fn find_absence(&self, draft: i64) -> Result<Option<String>, Error> {
        if !self.unnumbered_versions(draft)?.is_empty() {
            return Ok(None);
        }
        let missing = self.missing_versions(draft)?;
        if let Some(first) = missing.first() {
            let more = if missing.len() > 1 { format!(", and {} more", missing.len() - 1) } else { String::new() };
            return Ok(Some(format!("version {first} is missing{more}")));
        }
        let newest_is_delta = "SELECT EXISTS (SELECT 1 FROM delta WHERE version = (
             SELECT id FROM version WHERE draft = ?1 AND typeof(number) = 'integer' ORDER BY number DESC LIMIT 1))";
        let newest_is_missing = self
            .connection
            .prepare_cached(newest_is_delta)
            .and_then(|mut query| query.query_row([draft], |row| row.get(0)))
            .map_err(|error| Error::of(&self.path, &error))?;
        Ok(if newest_is_missing { Some("its newest version is missing".to_owned()) } else { None })
    }

    /// Returns the numbers between the versions of a draft that are none of a version, although nothing was pruned there and no repair lost
    /// anything.
    fn missing_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let there = self.version_numbers(draft)?;
        if there.first().is_none_or(|last| *last == there.len() as u64) {
            return Ok(Vec::new());
        }
        let faults = numbering_faults(&there, &self.pruned_ranges(draft)?, &self.lost_versions(draft)?);
        let missing = faults.iter().filter_map(|fault| match fault {
            NumberingFault::Missing { first, last } => Some(*first..=*last),
            NumberingFault::Pruned(_) => None,
        });
        // A number that is damaged may be any.
        Ok(missing.flatten().take(MOST).collect())
    }

    /// Returns the drafts that have a checksum and no row, as far as that can be read.
    pub fn lost_drafts(&self) -> Result<Vec<Damage>, Error> {
        if !self.has_checksums()? {
            return Ok(Vec::new());
        }
        let ids = || -> rusqlite::Result<Vec<i64>> {
            let sql = "SELECT id FROM checksum
                       WHERE kind = 'draft' AND typeof(id) = 'integer' AND sum <> 0 AND id NOT IN (SELECT id FROM draft) LIMIT ?1";
            self.connection.prepare_cached(sql)?.query_map([MOST], |row| row.get(0))?.collect()
        };
        match ids().map_err(|error| Error::of(&self.path, &error)) {
            Ok(ids) => Ok(ids
                .into_iter()
                .map(|id| Damage::new(DamageKind::Draft, format!("#{id}"), "its row is missing"))
                .collect()),
            // What keeps the checksums from being read is no draft's.
            Err(error) => error.damage_reason().map(|_| Vec::new()),
        }
    }
}

/// Returns SQL for the drafts of which rows of a table do not have their checksums; `None` where the archive has no such table.
fn sql(connection: &Connection, (name, owners): OfDraft, condition: &str) -> rusqlite::Result<Option<String>> {
    let Some(Table { owner, .. }) = TABLES.iter().find(|table| table.name == name) else { return Ok(None) };
    let sql = |checksum| {
        format!(
            "SELECT DISTINCT draft FROM ({owners}) owner
             WHERE {condition} AND typeof(draft) = 'integer'
               AND coalesce((SELECT sum({checksum}) FROM {name} WHERE {name}.{owner} = owner.id), 0)
                   <> coalesce((SELECT sum FROM checksum WHERE kind = '{name}' AND checksum.id = owner.id), 0)"
        )
    };
    Ok(checksum::of_row(connection, name)?.map(sql))
}

fn altered((name, _): OfDraft) -> String {
    let doubtful = TABLES.iter().find(|table| table.name == name).map_or("it", |table| table.doubtful);
    let doubtful = doubtful.trim_end_matches(',');
    format!("a row in the table {name} is not as it was written: {doubtful} may be wrong")
}

fn unchecked((name, _): OfDraft, reason: &str) -> String {
    format!("the rows in the table {name} cannot be checked: {reason}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{checksum, functions, migrate};

    /// What cannot be asked of a table is told as damage: no schema may have that by itself.
    #[test]
    fn every_schema_with_checksums_can_be_asked() {
        for number in checksum::SCHEMA as usize..=migrate::NEWEST {
            let connection = migrate::fresh(number).unwrap();
            functions::register_checksum(&connection).unwrap();
            for table in BESIDE_VERSIONS.into_iter().chain([VERSION]) {
                let Some(sql) = sql(&connection, table, "draft = ?1").unwrap() else { continue };
                let drafts = connection.prepare(&sql).unwrap().query_map([1], |_| Ok(())).unwrap().count();
                assert_eq!(drafts, 0, "schema {number}: {sql}");
            }
        }
    }
}
