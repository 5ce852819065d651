//! Rows beside versions that are lost here, and that a copy has. A checksum outlives its row: where it is left, it says whether the
//! copy's row is the one that was lost.

use rusqlite::Connection;

use super::super::checksum_tables::{TABLES, Table};
use super::super::error::Error;
use super::super::pin::Pin;
use super::Salvage;
use super::shape::DERIVED;
use super::unproven::{KEPT, columns};
use crate::model::{Hash, rfc3339};

/// Tables that other steps of a repair fill: pictures come with their bytes, and what was pruned or lost is judged with the versions.
const FILLED_ELSEWHERE: [&str; 5] = ["asset", "picture", "picture_reason", "pruned", "lost_version"];

/// A restore of the copy that ended, of which nothing is left here, and whose versions are the same here.
const ENDED_RESTORES: &str = "SELECT id FROM copy.restore AS ended
     WHERE outcome IN ('done', 'failed') AND id NOT IN (SELECT id FROM main.restore)
       AND id NOT IN (SELECT id FROM main.checksum WHERE kind = 'restore')
       AND account IN (SELECT ours.id FROM main.account AS ours JOIN copy.account AS theirs ON theirs.id = ours.id AND theirs.appid = ours.appid)
       AND NOT EXISTS (SELECT 1 FROM copy.version AS theirs
                       WHERE theirs.id IN (ended.version, ended.before, ended.result)
                         AND theirs.id NOT IN (SELECT ours.id FROM main.version AS ours
                                               WHERE ours.id = theirs.id AND ours.draft = theirs.draft AND ours.number = theirs.number AND ours.hash = theirs.hash))";

impl Salvage {
    /// Takes the rows of a copy that are lost here and have the checksum that is left of them, and the restores of which no checksum is
    /// left, where they ended. Of the copy, what its own checksums do not prove was taken away before. Returns how many rows came back.
    pub fn take_rows(&mut self, copy: &Self) -> Result<u64, Error> {
        let take = || -> rusqlite::Result<u64> {
            self.connection.execute("ATTACH ?1 AS copy", [copy.path.to_string_lossy()])?;
            let taken = take_all(&self.connection);
            self.connection.execute_batch("DETACH copy")?;
            taken
        };
        take().map_err(|error| self.error(&error))
    }

    /// Pins a version as it is pinned in a copy, unless it is pinned here or a checksum says that its pin was taken away. Returns whether it did.
    pub fn put_pin(&mut self, draft: i64, (number, hash): (u64, Hash), pin: &Pin) -> Result<bool, Error> {
        let put = self.connection.execute(
            "INSERT OR IGNORE INTO pin (version, note, user, pinned_at)
             SELECT id, ?4, ?5, ?6 FROM version WHERE draft = ?1 AND number = ?2 AND hash = ?3
               AND NOT EXISTS (SELECT 1 FROM checksum WHERE kind = 'pin' AND checksum.id = version.id AND sum = 0)",
            (draft, number, hash.0, &pin.note, &pin.user, rfc3339(pin.pinned_at)),
        );
        put.map(|count| count > 0).map_err(|error| self.error(&error))
    }
}

fn take_all(connection: &Connection) -> rusqlite::Result<u64> {
    let transaction = connection.unchecked_transaction()?;
    let mut count = 0;
    let is_taken = |name: &str| ![&KEPT[..], &DERIVED, &FILLED_ELSEWHERE].iter().any(|tables| tables.contains(&name));
    for Table { name, owner, .. } in TABLES.iter().filter(|table| is_taken(table.name)) {
        let columns = columns(&transaction, name)?;
        count += transaction.execute(
            &format!(
                "INSERT OR IGNORE INTO main.{name} ({columns}) SELECT {columns} FROM copy.{name} WHERE {owner} IN (
                     SELECT checksum.id FROM main.checksum
                     JOIN (SELECT {owner} AS id, sum(row_checksum({columns})) AS found FROM copy.{name} GROUP BY 1) AS theirs
                       ON theirs.id = checksum.id AND theirs.found = checksum.sum
                     WHERE kind = '{name}' AND checksum.id NOT IN (SELECT {owner} FROM main.{name}))"
            ),
            (),
        )? as u64;
    }
    for (name, owner) in [("restore_step", "restore"), ("restore", "id")] {
        let columns = columns(&transaction, name)?;
        count += transaction.execute(
            &format!("INSERT OR IGNORE INTO main.{name} ({columns}) SELECT {columns} FROM copy.{name} WHERE {owner} IN ({ENDED_RESTORES})"),
            (),
        )? as u64;
    }
    transaction.commit()?;
    Ok(count)
}
