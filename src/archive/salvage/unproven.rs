//! Rows beside versions whose checksum does not hold: they are left out, and named. So are rows that belong to one that is lost.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::super::checksum_tables::{TABLES, Table};
use super::super::damage::{Damage, DamageKind};
use super::super::error::Error;
use super::shape::DERIVED;
use super::sums::Proof;
use super::{Left, Salvage, ids};
use crate::model::{Hash, counted};

/// Tables whose rows stay, whatever becomes of them: versions are proven by their documents, and named by their drafts.
pub(super) const KEPT: [&str; 6] = ["account", "draft", "version", "whole", "delta", "received"];

const PIN: &str = "pin";

impl Salvage {
    /// Takes away the rows whose checksum does not hold. [`Salvage::left_out`] returns what they were.
    pub fn drop_unproven(&mut self) -> Result<(), Error> {
        let dropped = || -> rusqlite::Result<Vec<Dropped>> {
            let transaction = self.connection.unchecked_transaction()?;
            let mut left = Vec::new();
            for table in TABLES.iter().filter(|table| !KEPT.contains(&table.name)) {
                if DERIVED.contains(&table.name) {
                    transaction.execute(&format!("DELETE FROM {}", table.name), ())?;
                } else {
                    drop_unproven_of(&transaction, table, &mut left)?;
                }
            }
            transaction.commit()?;
            Ok(left)
        };
        self.dropped = dropped().map_err(|error| self.error(&error))?;
        Ok(())
    }

    /// Returns what rows beside versions are lost or were taken away, and did not come back from a copy.
    pub fn left_out(&self) -> Result<Vec<Damage>, Error> {
        let left_out = || -> rusqlite::Result<Left> {
            let mut left = Vec::new();
            for table in TABLES.iter().filter(|table| !KEPT.contains(&table.name) && !DERIVED.contains(&table.name)) {
                let there = ids(&self.connection, &format!("SELECT DISTINCT {} FROM {}", table.owner, table.name))?;
                let dropped: Vec<&Dropped> = self.dropped.iter().filter(|row| row.table == table.name).collect();
                let still = dropped.iter().filter(|row| !there.contains(&row.owner));
                left.extend(still.map(|row| row.damage.clone()));
                if table.name == PIN {
                    continue;
                }
                let known: BTreeSet<i64> = dropped.iter().map(|row| row.owner).chain(there).collect();
                note_lost_of(&self.connection, table, &known, &mut left)?;
            }
            left.extend(self.lost_pins()?);
            Ok(left)
        };
        left_out().map_err(|error| self.error(&error))
    }

    /// Names the versions that were pinned by what a checksum says, and whose pin is lost.
    fn lost_pins(&self) -> rusqlite::Result<Left> {
        let Some(table) = TABLES.iter().find(|table| table.name == PIN) else { return Ok(Left::new()) };
        let sql = format!(
            "SELECT {}, owner.id FROM checksum AS owner WHERE kind = '{PIN}' AND sum <> 0 AND owner.id NOT IN (SELECT version FROM pin)",
            table.id
        );
        let mut query = self.connection.prepare(&sql)?;
        let rows = query.query_map((), |row| Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?)))?;
        let is_named = |id: i64| self.dropped.iter().any(|row| row.table == PIN && row.owner == id);
        let named = rows.filter(|row| !row.as_ref().is_ok_and(|(_, id)| is_named(*id)));
        let reason = "it was pinned, and its pin is lost with who made it and why";
        named.map(|row| row.map(|(id, _)| Damage::new(DamageKind::Version, id, reason))).collect()
    }

    /// Counts the pins that are lost, as far as is known.
    pub fn count_lost_pins(&self) -> Result<u64, Error> {
        let there = ids(&self.connection, "SELECT version FROM pin").map_err(|error| self.error(&error))?;
        let dropped = self.dropped.iter().filter(|row| row.table == PIN && !there.contains(&row.owner)).count();
        let lost = self.lost_pins().map_err(|error| self.error(&error))?.len();
        Ok((dropped + lost) as u64)
    }

    /// Counts the pictures of which nothing but a checksum is left.
    pub fn lost_pictures(&self) -> Result<u64, Error> {
        self.drop_wrong_pictures().map_err(|error| self.error(&error))?;
        count_lost(&self.connection, "asset", "id").map_err(|error| self.error(&error))
    }

    /// Takes away pictures whose bytes are not those of their name: their checksum does not count the bytes.
    fn drop_wrong_pictures(&self) -> rusqlite::Result<()> {
        let mut query = self.connection.prepare("SELECT id, sha256, body FROM asset")?;
        let mut rows = query.query(())?;
        let mut wrong = Vec::new();
        while let Some(row) = rows.next()? {
            if Hash::of(row.get_ref(2)?.as_blob()?).0 != *row.get_ref(1)?.as_blob()? {
                wrong.push(row.get::<_, i64>(0)?);
            }
        }
        drop(rows);
        wrong.into_iter().try_for_each(|id| self.connection.execute("DELETE FROM asset WHERE id = ?1", [id]).map(drop))
    }

    /// Takes away rows that belong to one that is not there, and polls whose failures are not there. Returns what they were.
    pub(super) fn drop_dangling(&mut self) -> rusqlite::Result<Left> {
        let transaction = self.connection.unchecked_transaction()?;
        let mut left = Vec::new();
        let of_polls = "SELECT poll.id FROM poll LEFT JOIN poll_error ON poll_error.poll = poll.id
                        GROUP BY poll.id HAVING count(poll_error.poll) <> poll.errors";
        transaction.execute_batch(&format!(
            "DELETE FROM poll_error WHERE poll IN ({of_polls}); DELETE FROM poll WHERE id IN ({of_polls})"
        ))?;
        while drop_dangling_once(&transaction, &mut left)? > 0 {}
        transaction.commit()?;
        Ok(left)
    }
}

/// A row that was taken away.
#[derive(Debug)]
pub(super) struct Dropped {
    table: &'static str,
    owner: i64,
    damage: Damage,
}

/// Names rows of which a checksum is left alone. Pictures are counted where they are filled in, and what names them is made again.
fn note_lost_of(
    connection: &Connection,
    table: &Table,
    known: &BTreeSet<i64>,
    left: &mut Left,
) -> rusqlite::Result<()> {
    if ["asset", "picture", "picture_reason"].contains(&table.name) {
        return Ok(());
    }
    let sql = format!("SELECT id FROM checksum WHERE kind = '{}' AND sum <> 0", table.name);
    let lost = ids(connection, &sql)?.difference(known).count() as u64;
    if lost > 0 {
        let rows = counted(lost, "row");
        left.push(Damage::new(table.kind, table.name, format!("{rows} lost: nothing but a checksum is left")));
    }
    Ok(())
}

fn count_lost(connection: &Connection, name: &str, owner: &str) -> rusqlite::Result<u64> {
    let sql = format!(
        "SELECT count(*) FROM checksum WHERE kind = '{name}' AND sum <> 0 AND id NOT IN (SELECT {owner} FROM {name})"
    );
    connection.query_row(&sql, (), |row| row.get(0))
}

/// Returns the columns of a table that its checksum counts.
pub(super) fn columns(connection: &Connection, table: &str) -> rusqlite::Result<String> {
    connection.query_row(
        "SELECT group_concat(name, ', ') FROM pragma_table_info(?1) WHERE ?1 <> 'asset' OR name <> 'body'",
        [table],
        |row| row.get(0),
    )
}

fn drop_unproven_of(connection: &Connection, table: &Table, left: &mut Vec<Dropped>) -> rusqlite::Result<()> {
    let Table { name, owner, id, doubtful, .. } = *table;
    let columns = columns(connection, name)?;
    let compared = format!(
        "SELECT owner.id, {id}, owner.found,
                (SELECT sum FROM checksum WHERE kind = '{name}' AND checksum.id = owner.id)
         FROM (SELECT {owner} AS id, sum(row_checksum({columns})) AS found FROM {name} GROUP BY 1) owner"
    );
    let mut query = connection.prepare(&compared)?;
    let rows = query.query_map((), |row| {
        let (owner, named, found, written): (i64, String, i64, Option<i64>) =
            (row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?);
        Ok((owner, named, Proof::of(written, found)))
    })?;
    let unproven: Vec<_> = rows.filter(|row| !matches!(row, Ok((.., Proof::Holds)))).collect::<Result<_, _>>()?;
    let mut delete = connection.prepare(&format!("DELETE FROM {name} WHERE {owner} = ?1"))?;
    for (owner, named, proof) in unproven {
        let why = if proof == Proof::Broken { "is not as it was written" } else { "cannot be proven" };
        let reason = format!("its row in the table {name} {why}, and is left out: {doubtful} is not known any more");
        left.push(Dropped { table: name, owner, damage: Damage::new(table.kind, named, reason) });
        delete.execute([owner])?;
    }
    Ok(())
}

/// Returns how many rows were taken away. A row that was taken away may be the one that others belong to.
fn drop_dangling_once(connection: &Connection, left: &mut Left) -> rusqlite::Result<usize> {
    let mut count = 0;
    for table in TABLES.iter().filter(|table| !KEPT.contains(&table.name)) {
        let references = connection
            .prepare("SELECT \"from\", \"table\", coalesce(\"to\", 'id') FROM pragma_foreign_key_list(?1)")?
            .query_map([table.name], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?
            .collect::<rusqlite::Result<Vec<(String, String, String)>>>()?;
        for (column, parent, key) in references {
            let name = table.name;
            let dropped = connection.execute(
                &format!(
                    "DELETE FROM {name} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {parent})"
                ),
                (),
            )?;
            if dropped > 0 && !DERIVED.contains(&name) {
                let rows = counted(dropped as u64, "row");
                left.push(Damage::new(
                    table.kind,
                    name,
                    format!("{rows} left out: what they belong to, in the table {parent}, is lost"),
                ));
            }
            count += dropped;
        }
    }
    Ok(count)
}
