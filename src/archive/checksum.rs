//! Rows that are not as they were written: their checksums tell, which triggers keep (`schema/0011_checksum.sql`).
//!
//! `journal_mark` alone has none: it is written anew with every journal, and read byte by byte before SQLite opens the file.

use super::damage::{Damage, DamageKind};
use super::error::Error;
use super::fault::{Fault, or_damaged};
use super::migrate;
use super::query::Reader;

/// The first schema whose rows have checksums.
const SCHEMA: i64 = 11;

/// So many rows of a table are told: one lost page can hold hundreds.
const MOST: usize = 1000;

/// A table, and what is told of a row of it.
struct Table {
    name: &'static str,
    kind: DamageKind,
    /// SQL that names a row as [`Damage::id`] does.
    id: &'static str,
    /// What cannot be trusted any more where the row is not as it was written.
    doubtful: &'static str,
}

const fn table(name: &'static str, kind: DamageKind, id: &'static str, doubtful: &'static str) -> Table {
    Table { name, kind, id, doubtful }
}

/// The name of the account that a row belongs to.
macro_rules! account_of {
    ($table:literal) => {
        concat!("coalesce((SELECT account.name FROM account WHERE account.id = ", $table, ".account), '?')")
    };
}

/// The name of the draft that a row belongs to.
macro_rules! draft_of {
    ($column:literal) => {
        concat!(
            "coalesce((SELECT account.name FROM draft JOIN account ON account.id = draft.account WHERE draft.id = ",
            $column,
            "), '?') || '/#' || ",
            $column
        )
    };
}

/// The name of the version that a row belongs to.
macro_rules! version_of {
    ($table:literal) => {
        concat!(
            "coalesce((SELECT coalesce(account.name, '?') || '/#' || version.draft || '@' || version.number
                       FROM version LEFT JOIN draft ON draft.id = version.draft LEFT JOIN account ON account.id = draft.account
                       WHERE version.id = ",
            $table,
            ".version), 'version ' || ",
            $table,
            ".version)"
        )
    };
}

/// All tables but those of versions and their documents, which are looked at draft by draft.
const TABLES: &[Table] = &[
    table("account", DamageKind::Account, "name", "its name, its appid and the time of its first poll"),
    table("habit", DamageKind::Account, account_of!("habit"), "what was learned of it"),
    table("volatile", DamageKind::Account, account_of!("volatile"), "the fields that change although nobody saves"),
    table("flip", DamageKind::Account, account_of!("flip"), "the fields that change although nobody saves"),
    table("closed", DamageKind::Account, account_of!("closed"), "which of its interfaces is closed, and until when,"),
    table("looked", DamageKind::Account, account_of!("looked"), "how far its versions were searched for pictures"),
    table("call", DamageKind::Ledger, account_of!("call"), "the number of calls that were made"),
    table("quota", DamageKind::Ledger, account_of!("quota"), "what the platform told of its limits"),
    table("draft", DamageKind::Draft, draft_of!("draft.id"), "its media_id, its state and when it was seen"),
    table(
        "draft_time",
        DamageKind::Draft,
        draft_of!("draft_time.draft"),
        "when the platform says it was made and saved",
    ),
    table("missed", DamageKind::Draft, draft_of!("missed.draft"), "when it was missed"),
    table("held_back", DamageKind::Draft, draft_of!("held_back.draft"), "since when it is held back"),
    table("poll", DamageKind::Poll, "CAST(poll.id AS TEXT)", "its times and what it counted"),
    table("poll_error", DamageKind::Poll, "CAST(poll_error.poll AS TEXT)", "what failed in it"),
    table(
        "picture",
        DamageKind::Picture,
        concat!(account_of!("picture"), " || '/' || identity"),
        "its address and its bytes",
    ),
    table("picture_use", DamageKind::Version, version_of!("picture_use"), "which pictures it needs"),
    table("asset", DamageKind::Asset, "lower(hex(sha256))", "its type, its size and when it was fetched"),
    table(
        "upload",
        DamageKind::Picture,
        concat!(account_of!("upload"), " || '/' || upload.address"),
        "which picture the platform has there",
    ),
    table("restore", DamageKind::Restore, "CAST(restore.id AS TEXT)", "what was restored, when and with which choices"),
    table("restore_step", DamageKind::Restore, "CAST(restore_step.restore AS TEXT)", "what it asked of the platform"),
    table("plan", DamageKind::Version, version_of!("plan"), "what its draft said when its restore was planned"),
];

/// The tables of documents.
const DOCUMENTS: [&str; 3] = ["whole", "delta", "received"];

impl Reader {
    /// Returns what is not as it was written, but for versions and their documents.
    pub fn altered_rows(&self) -> Result<Vec<Damage>, Error> {
        let mut altered = Vec::new();
        if self.has_checksums()? {
            for table in TABLES {
                altered.extend(self.altered_rows_of(table).map_err(|fault| fault.told(&self.path))?);
            }
        }
        Ok(altered)
    }

    fn altered_rows_of(&self, table: &Table) -> Result<Vec<Damage>, Fault> {
        let told = |id: String| {
            let Table { name, doubtful, .. } = table;
            let reason = format!("its row in the table {name} is not as it was written: {doubtful} may be wrong");
            Damage::new(table.kind, id, reason)
        };
        let look = || -> Result<Vec<Damage>, Fault> {
            let Some(condition) = self.is_altered(table.name)? else { return Ok(Vec::new()) };
            let from = match table.name {
                "asset" => "asset LEFT JOIN asset_checksum ON asset_checksum.asset = asset.id",
                name => name,
            };
            let sql = format!("SELECT DISTINCT {} FROM {from} WHERE {condition} LIMIT {MOST}", table.id);
            let ids = self.connection.prepare(&sql)?.query_map((), |row| row.get(0))?.collect::<Result<Vec<_>, _>>()?;
            Ok(ids.into_iter().map(told).collect())
        };
        // What keeps a table from being read is damage of its own.
        Ok(or_damaged(look())?.unwrap_or_else(|error| {
            vec![Damage::new(DamageKind::Database, table.name, format!("its rows cannot be checked: {error}"))]
        }))
    }

    /// Returns the versions of a draft, by number, whose rows are not as they were written; with their documents, where asked.
    pub fn altered_versions(&self, draft: i64, with_documents: bool) -> Result<Vec<u64>, Error> {
        if !self.has_checksums()? {
            return Ok(Vec::new());
        }
        let altered = || -> Result<Vec<u64>, Fault> {
            let mut numbers = self.altered_in("version", draft)?;
            if with_documents {
                for table in DOCUMENTS {
                    numbers.extend(self.altered_in(table, draft)?);
                }
            }
            numbers.sort_unstable();
            numbers.dedup();
            Ok(numbers)
        };
        altered().map_err(|fault| fault.told(&self.path))
    }

    /// Returns the versions of a draft, by number, that are damaged: their rows, their documents, or what these build on.
    pub fn damaged_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let without_document = || self.versions_without_document(draft).map_err(|error| Error::of(&self.path, &error));
        let found = self.altered_versions(draft, true).and_then(|altered| Ok([altered, without_document()?].concat()));
        let mut damaged = match found {
            Ok(found) if found.is_empty() => return Ok(found),
            Ok(found) => found,
            Err(error) => error.into_damage().map(|_| Vec::new())?,
        };
        damaged.extend(self.unreadable_versions(draft)?);
        damaged.sort_unstable();
        damaged.dedup();
        Ok(damaged)
    }

    fn unreadable_versions(&self, draft: i64) -> Result<Vec<u64>, Error> {
        let is_readable = |number| match self.version(draft, number).and_then(|version| self.document(&version)) {
            Ok(_) => Ok(true),
            Err(error) => error.into_damage().map(|_| false),
        };
        let mut unreadable = Vec::new();
        for number in self.version_numbers(draft)? {
            if !is_readable(number)? {
                unreadable.push(number);
            }
        }
        Ok(unreadable)
    }

    fn altered_in(&self, table: &'static str, draft: i64) -> Result<Vec<u64>, Fault> {
        let Some(condition) = self.is_altered(table)? else { return Ok(Vec::new()) };
        let join = match table {
            "version" => String::new(),
            table => format!("JOIN {table} ON {table}.version = version.id"),
        };
        let sql = format!("SELECT version.number FROM version {join} WHERE version.draft = ?1 AND {condition}");
        Ok(self.connection.prepare_cached(&sql)?.query_map([draft], |row| row.get(0))?.collect::<Result<_, _>>()?)
    }

    fn versions_without_document(&self, draft: i64) -> rusqlite::Result<Vec<u64>> {
        self.connection
            .prepare_cached(
                "SELECT number FROM version WHERE draft = ?1
                 AND NOT EXISTS (SELECT 1 FROM whole WHERE whole.version = version.id)
                 AND NOT EXISTS (SELECT 1 FROM delta WHERE delta.version = version.id)",
            )?
            .query_map([draft], |row| row.get(0))?
            .collect()
    }

    /// Returns the condition under which a row of a table is not as it was written; `None` where the table is not there, which
    /// the check of the schema tells.
    fn is_altered(&self, table: &str) -> Result<Option<String>, Fault> {
        let columns: Option<String> = self
            .connection
            .prepare_cached(
                "SELECT group_concat(?1 || '.' || name, ', ') FROM pragma_table_info(?1)
                 WHERE name <> 'checksum' AND (?1 <> 'asset' OR name <> 'body')",
            )?
            .query_row([table], |row| row.get(0))?;
        let checksum = if table == "asset" { "asset_checksum" } else { table };
        Ok(columns.map(|columns| format!("{checksum}.checksum IS NOT row_checksum({columns})")))
    }

    fn has_checksums(&self) -> Result<bool, Error> {
        Ok(migrate::version(&self.connection, &self.path)? >= SCHEMA)
    }
}
