//! What of a draft is not as it was written: all that is told of it beside its documents, which have their hashes. It is told as it is, and that
//! it is in doubt.

use std::collections::BTreeMap;

use super::checksum_tables::{TABLES, Table};
use super::damage::{Damage, DamageKind};
use super::error::Error;
use super::internal_error::InternalError;
use super::reader::Reader;

/// So many missing versions or drafts are told.
const MOST: usize = 1000;

/// A table that tells of drafts, with SQL for the owners of its rows, `id`, and the drafts that they belong to.
type OfDraft = (&'static str, &'static str);

const OF_DRAFT: [OfDraft; 10] = [
    DRAFT,
    ACCOUNT,
    VERSION,
    (
        "pin",
        "SELECT draft, id FROM version WHERE id IN (SELECT version FROM pin UNION SELECT id FROM checksum WHERE kind = 'pin')",
    ),
    ("pruned", "SELECT id AS draft, id FROM draft"),
    ("lost_version", "SELECT id AS draft, id FROM draft"),
    ("repair", "SELECT DISTINCT draft, repair AS id FROM lost_version"),
    ("restore", "SELECT draft, restore.id FROM restore JOIN version ON version.id = restore.result"),
    ("gate_write", "SELECT draft, id FROM gate_write"),
    ("write_origin", "SELECT draft, id FROM gate_write"),
];

const DRAFT: OfDraft = ("draft", "SELECT id AS draft, id FROM draft");
const ACCOUNT: OfDraft = ("account", "SELECT id AS draft, account AS id FROM draft");
const VERSION: OfDraft = ("version", "SELECT draft, id FROM version");

impl Reader {
    /// Returns why what is told of a draft may be wrong; `None` where it is as it was written. An archive of a schema without checksums cannot
    /// tell.
    pub fn doubt_of(&self, draft: i64) -> Result<Option<String>, Error> {
        for table in OF_DRAFT {
            if let Some(doubt) = self.altered(table, &format!("draft = {draft}"))?.remove(&draft) {
                return Ok(Some(doubt));
            }
        }
        let missing = match self.missing_versions(draft) {
            Err(error) => return error.damage_reason().map(Some),
            Ok(missing) => missing,
        };
        let more = if missing.len() > 1 { format!(", and {} more", missing.len() - 1) } else { String::new() };
        Ok(missing.first().map(|first| format!("version {first} is missing{more}")))
    }

    /// Returns why what is told of a version, or of its draft where it is told beside it, may be wrong.
    pub fn doubt_of_version(&self, draft: i64, number: u64) -> Result<Option<String>, Error> {
        let its = format!("draft = {draft}");
        let of_version = format!("{its} AND id = (SELECT id FROM version WHERE {its} AND number = {number})");
        for (table, condition) in [(DRAFT, &its), (ACCOUNT, &its), (VERSION, &of_version)] {
            if let Some(doubt) = self.altered(table, condition)?.remove(&draft) {
                return Ok(Some(doubt));
            }
        }
        Ok(None)
    }

    /// Returns why what is told of drafts beside their versions may be wrong, by draft.
    pub fn doubts(&self) -> Result<BTreeMap<i64, String>, Error> {
        let mut doubts = BTreeMap::new();
        for table in OF_DRAFT.iter().filter(|table| **table != VERSION) {
            doubts.extend(self.altered(*table, "1")?);
        }
        Ok(doubts)
    }

    /// Returns the drafts, of those that `condition` lets through, of which rows of a table are not as they were written, or are gone; and what
    /// may be wrong then. What keeps the rows from being read is no draft's.
    fn altered(&self, (name, owners): OfDraft, condition: &str) -> Result<BTreeMap<i64, String>, Error> {
        let found = match self.altered_drafts((name, owners), condition).map_err(|error| error.into_error(&self.path)) {
            Err(error) => error.damage_reason().map(|_| Vec::new())?,
            Ok(found) => found,
        };
        let doubtful = TABLES.iter().find(|table| table.name == name).map_or("it", |table| table.doubtful);
        let doubtful = doubtful.trim_end_matches(',');
        let told = format!("a row in the table {name} is not as it was written: {doubtful} may be wrong");
        Ok(found.into_iter().map(|draft| (draft, told.clone())).collect())
    }

    fn altered_drafts(&self, (name, owners): OfDraft, condition: &str) -> Result<Vec<i64>, InternalError> {
        let (Some(Table { owner, .. }), Some(checksum), true) =
            (TABLES.iter().find(|table| table.name == name), self.checksum_of(name)?, self.has_checksums()?)
        else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT DISTINCT draft FROM ({owners}) owner
             WHERE {condition} AND typeof(draft) = 'integer'
               AND coalesce((SELECT sum({checksum}) FROM {name} WHERE {name}.{owner} = owner.id), 0)
                   <> coalesce((SELECT sum FROM checksum WHERE kind = '{name}' AND checksum.id = owner.id), 0)"
        );
        Ok(self.connection.prepare(&sql)?.query_map((), |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    /// Returns the numbers between the versions of a draft that are none of a version, although nothing was pruned there and no repair lost
    /// anything: numbers run 1, 2, 3 …
    pub fn missing_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let there = self.version_numbers(draft)?;
        if there.first().is_none_or(|last| *last == there.len() as u64) {
            return Ok(Vec::new());
        }
        let lost = self.lost_versions(draft)?.into_iter().map(|version| version.number);
        let pruned = self.pruned_ranges(draft)?.into_iter().map(|range| (range.first, range.last));
        let mut known: Vec<_> = there.into_iter().chain(lost).map(|number| (number, number)).chain(pruned).collect();
        known.sort_unstable();
        let (mut missing, mut next) = (Vec::new(), 1);
        for (first, last) in known {
            // A number that is damaged may be any.
            missing.extend((next..first).take(MOST - missing.len()));
            next = next.max(last.saturating_add(1));
        }
        Ok(missing)
    }

    /// Returns the drafts that have a checksum and no row.
    pub fn lost_drafts(&self) -> Result<Vec<Damage>, Error> {
        if !self.has_checksums()? {
            return Ok(Vec::new());
        }
        let ids = || -> rusqlite::Result<Vec<i64>> {
            let sql = "SELECT id FROM checksum WHERE kind = 'draft' AND typeof(id) = 'integer' AND sum <> 0 AND id NOT IN (SELECT id FROM draft) LIMIT ?1";
            self.connection.prepare_cached(sql)?.query_map([MOST], |row| row.get(0))?.collect()
        };
        let ids = ids().map_err(|error| Error::of(&self.path, &error))?;
        Ok(ids.into_iter().map(|id| Damage::new(DamageKind::Draft, format!("#{id}"), "its row is missing")).collect())
    }
}
