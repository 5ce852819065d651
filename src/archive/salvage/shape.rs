//! What the rows of a table look like: by that, rows are known for which nothing else tells their table.

use rusqlite::Connection;
use rusqlite::types::{Value, ValueRef};

use super::super::checksum_tables::{TABLES, Table};
use super::super::functions;
use super::super::pages::PageKind;

/// The table of checksums itself.
pub(super) const CHECKSUM: &str = "checksum";

/// Tables that are made again from versions.
pub(super) const DERIVED: [&str; 3] = ["looked", "picture_use", "version_count"];

/// The tables of documents, which have one checksum for each version.
const DOCUMENTS: [&str; 3] = ["whole", "delta", "received"];

/// A table of the archive and its columns.
#[derive(Debug)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    columns: Vec<Column>,
    /// The column that is the number of the row, in a table that has numbers.
    rowid: Option<usize>,
    is_without_rowid: bool,
    /// The column that says what a row belongs to; `None` where that is more than a column.
    owner: Option<usize>,
}

#[derive(Debug)]
struct Column {
    kind: char,
    is_nullable: bool,
}

/// A row of a table, complete.
pub(super) type Values = Vec<Value>;

impl Shape {
    /// Returns the tables of an empty archive whose rows have checksums, but for those that are made again.
    pub(super) fn all(empty: &Connection) -> rusqlite::Result<Vec<Self>> {
        let kept = TABLES.iter().filter(|table| !DERIVED.contains(&table.name));
        let shapes = kept.map(|table| Self::of(empty, table)).collect::<rusqlite::Result<Vec<_>>>()?;
        Ok(shapes.into_iter().filter(|shape| !shape.columns.is_empty()).collect())
    }

    fn of(empty: &Connection, table: &'static Table) -> rusqlite::Result<Self> {
        let is_without_rowid = empty.query_row(
            "SELECT coalesce(max(wr), 0) FROM pragma_table_list WHERE name = ?1",
            [table.name],
            |row| row.get(0),
        )?;
        let mut shape = Self { name: table.name, columns: Vec::new(), rowid: None, is_without_rowid, owner: None };
        let mut columns = empty.prepare("SELECT name, type, \"notnull\", pk FROM pragma_table_info(?1)")?;
        let mut rows = columns.query([table.name])?;
        while let Some(row) = rows.next()? {
            let (name, kind, is_required, key): (String, String, bool, i64) =
                (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
            let place = shape.columns.len();
            if key == 1 && kind == "INTEGER" && !is_without_rowid {
                shape.rowid = Some(place);
            }
            if name == table.owner {
                shape.owner = Some(place);
            }
            let kind = kind.chars().next().unwrap_or(' ');
            shape.columns.push(Column { kind, is_nullable: !is_required && key == 0 });
        }
        Ok(shape)
    }

    /// Returns whether its rows are in pages of this kind.
    pub(super) fn is_in(&self, kind: PageKind) -> bool {
        match kind {
            PageKind::TableLeaf => !self.is_without_rowid,
            PageKind::IndexLeaf | PageKind::IndexInterior => self.is_without_rowid,
            PageKind::TableInterior => false,
        }
    }

    /// Returns the row that these values are in this table; `None` where they are none of its rows.
    pub(super) fn row(&self, rowid: Option<i64>, values: &[Value]) -> Option<Values> {
        if values.len() != self.columns.len() {
            return None;
        }
        let mut row = values.to_vec();
        if let Some(place) = self.rowid {
            // It is kept outside the row.
            if row[place] != Value::Null {
                return None;
            }
            row[place] = Value::Integer(rowid?);
        }
        let fits = |(column, value): (&Column, &Value)| match value {
            Value::Null => column.is_nullable,
            Value::Integer(_) => column.kind == 'I',
            Value::Text(_) => column.kind == 'T',
            Value::Blob(_) => column.kind == 'B',
            Value::Real(_) => false,
        };
        self.columns.iter().zip(&row).all(fits).then_some(row)
    }

    /// Returns whether each row has a checksum of its own.
    pub(super) fn is_single(&self) -> bool {
        self.rowid.is_some() && self.rowid == self.owner
    }

    pub(super) fn is_of_documents(&self) -> bool {
        DOCUMENTS.contains(&self.name)
    }

    /// Returns by what the checksum of a row is found: the kind, and the number of what it belongs to.
    pub(super) fn checksum_key(&self, row: &[Value]) -> Option<(&'static str, i64)> {
        match row.get(self.owner?)? {
            Value::Integer(owner) => Some((if self.is_of_documents() { "document" } else { self.name }, *owner)),
            _ => None,
        }
    }

    /// Returns the checksum of a row as it is.
    pub(super) fn checksum(&self, row: &[Value]) -> i64 {
        // The last column of a picture's bytes is those bytes, which have a hash.
        let length = if self.name == "asset" { row.len() - 1 } else { row.len() };
        i64::from(functions::checksum_of(row[..length].iter().map(ValueRef::from)))
    }

    /// Returns the SQL that writes a row, in the place of those that are in its way or not.
    pub(super) fn insert(&self, replaces: bool) -> String {
        let resolution = if replaces { "REPLACE" } else { "IGNORE" };
        format!("INSERT OR {resolution} INTO {} VALUES ({})", self.name, vec!["?"; self.columns.len()].join(", "))
    }
}
