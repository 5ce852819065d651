//! Rows that break the rules of their table: a type, a `NOT NULL`, a `CHECK`. Such a row was changed on the disk.
//!
//! SQLite's own check names the table and no row, and knows no `CHECK` where the file is open for reading alone. So the rows go into
//! an empty table of the same kind, which refuses them.

use std::collections::BTreeSet;

use rusqlite::config::DbConfig;
use rusqlite::types::ToSqlOutput;
use rusqlite::{Connection, Row, params_from_iter};

use super::checksum_tables::{TABLES, Table};
use super::damage::Damage;
use super::internal_error::{InternalError, separate_damage};

/// So many rows of a table are reported.
const MOST: usize = 100;

/// So many rows are in the empty table before it is emptied again.
const AT_ONCE: usize = 1000;

/// Names the rows that break a rule. `empty` is an archive of the same schema without rows, `findings` are those of SQLite's check.
pub(super) fn broken_rows(
    connection: &Connection,
    empty: &Connection,
    findings: &[String],
) -> Result<Vec<Damage>, InternalError> {
    // These refuse a row because of other rows.
    for guard in [DbConfig::SQLITE_DBCONFIG_ENABLE_FKEY, DbConfig::SQLITE_DBCONFIG_ENABLE_TRIGGER] {
        empty.set_db_config(guard, false)?;
    }
    let mut broken = Vec::new();
    for table in TABLES {
        if is_found(table, findings) || has_check(empty, table)? {
            // SQLite's check reports what keeps its rows from being read.
            broken.extend(separate_damage(broken_rows_of(connection, empty, table))?.unwrap_or_default());
        }
    }
    Ok(broken)
}

/// Returns whether SQLite found a wrong type: `non-TEXT value in draft.state`.
fn is_found(table: &Table, findings: &[String]) -> bool {
    findings.iter().any(|finding| finding.contains(&format!(" value in {}.", table.name)))
}

/// Returns whether a table has checks that only its rows can show: those of `asset` are seen where its pictures are read.
fn has_check(empty: &Connection, table: &Table) -> rusqlite::Result<bool> {
    let sql = "SELECT count(*) > 0 FROM sqlite_schema WHERE type = 'table' AND name = ?1 AND sql LIKE '%CHECK (%' AND name <> 'asset'";
    empty.query_row(sql, [table.name], |row| row.get(0))
}

fn broken_rows_of(connection: &Connection, empty: &Connection, table: &Table) -> Result<Vec<Damage>, InternalError> {
    let Table { name, owner, id, kind, .. } = table;
    // The table is not there, or another one: the check of the schema reports that.
    let Ok(mut rows) = connection.prepare(&format!("SELECT {owner}, * FROM {name}")) else { return Ok(Vec::new()) };
    let columns = rows.column_count();
    let places = vec!["?"; columns - 1].join(", ");
    let Ok(mut insert) = empty.prepare(&format!("INSERT INTO {name} VALUES ({places})")) else { return Ok(Vec::new()) };
    let mut name_of = connection.prepare(&format!("SELECT {id} FROM (SELECT ?1 AS id) owner"))?;
    let mut broken = BTreeSet::new();
    let mut rows = rows.query(())?;
    let mut count = 0;
    let emptied = empty.unchecked_transaction()?;
    while let Some(row) = rows.next()? {
        let values = (1..columns).map(|column| value(row, column)).collect::<Result<Vec<_>, _>>()?;
        if let Err(rule) = insert.execute(params_from_iter(values)) {
            let id: String = name_of.query_row([value(row, 0)?], |row| row.get(0))?;
            broken.insert((id, rule.to_string()));
        }
        count += 1;
        if count % AT_ONCE == 0 {
            empty.execute_batch("ROLLBACK; BEGIN")?;
        }
        if broken.len() == MOST {
            break;
        }
    }
    emptied.rollback()?;
    let damage = |(id, rule)| Damage::new(*kind, id, format!("its row in the table {name} breaks a rule: {rule}"));
    Ok(broken.into_iter().map(damage).collect())
}

/// Returns a value as it is, also a text that is not UTF-8.
fn value<'a>(row: &'a Row<'_>, column: usize) -> rusqlite::Result<ToSqlOutput<'a>> {
    Ok(ToSqlOutput::Borrowed(row.get_ref(column)?))
}
