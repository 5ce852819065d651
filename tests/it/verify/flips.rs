//! A changed value in any column of any table of the file is reported.

use std::fs;

use insta::assert_snapshot;
use rusqlite::Connection;

use super::damages::{first_difference, said};
use super::{damage, kept, verify};
use crate::harness::{NOW, World, database, document, one_in};

/// Written with every new journal, and read from the bytes before SQLite opens the file; and the table whose rows are never there after a
/// transaction.
const WITHOUT: [&str; 2] = ["journal_mark", "pruning"];

// The tables of the pages, whose names begin with `web_`, have no checksums either: a session that was changed is one that nobody has.
// Nor have those of the outbox and of copies, which say nothing about a draft.

/// Rows in the tables that `kept` leaves empty.
const MORE: &str = "
    INSERT INTO quota VALUES (1, 'draft/get', '2026-09-01', 500, 3, 'quota/get', '2026-09-01T01:00:00.000Z');
    INSERT INTO closed VALUES (1, 'draft/get', '2026-09-01T01:00:00.000Z', '2026-09-02T01:00:00.000Z', 45009, 'limit');
    INSERT INTO draft_time VALUES (1, 1787000000, 1787000001, 1787000002);
    INSERT INTO volatile VALUES (1, 'url', '2026-09-01T01:00:00.000Z');
    INSERT INTO flip VALUES (1, 'url', 2, '2026-09-01T01:00:00.000Z');
    INSERT INTO asset VALUES (1, x'ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb', 'image/png', 1, 1, '2026-09-01T01:00:00.000Z', x'61');
    INSERT INTO picture VALUES (1, 1, 'A', 'M', 'https://mmbiz.qpic.cn/', '', 1, 0, NULL, NULL);
    INSERT INTO picture_reason VALUES (1, 'nobody answers');
    INSERT INTO picture_use VALUES (1, 0, 'cover', 1, 1, NULL);
    INSERT INTO looked VALUES (1, 6);
    INSERT INTO missed VALUES (1, '2026-09-01T01:00:00.000Z');
    INSERT INTO held_back VALUES (1, '2026-09-01T01:00:00.000Z', NULL, NULL);
";

/// Rows that polls do not write: of restores, pins, prunings, repairs and writes.
pub(crate) const NOT_OF_POLLS: &str = "
    INSERT INTO upload VALUES (1, 1, 'material', 'M', 'https://mmbiz.qpic.cn/B', '2026-09-01T01:00:00.000Z');
    INSERT INTO restore VALUES (1, 'in-place', 1, 1, '{\"cover\":\"M\"}', 5, 5, NULL, '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:09.000Z', 'done', 'M');
    INSERT INTO restore_step VALUES (1, 1, 'add', '', '2026-09-01T01:00:00.000Z', NULL, NULL);
    INSERT INTO plan VALUES (1, 1, NULL, 5, '2026-09-01T01:00:00.000Z', 'open');
    INSERT INTO pin VALUES (1, 'final', 'root', '2026-09-01T01:00:00.000Z');
    BEGIN;
    INSERT INTO pruning (draft) VALUES (1);
    INSERT INTO pruned VALUES (1, 4, 4, '', '2026-09-01T01:00:00.000Z');
    DELETE FROM pruning;
    COMMIT;
    INSERT INTO repair VALUES (1, '2026-09-01T01:00:00.000Z', 0);
    INSERT INTO lost_version VALUES (1, 4, 1);
    INSERT INTO gate_write VALUES (9, 1, 'update', 1, 1, NULL, '2026-09-01T01:00:00.000Z', 'done', NULL, NULL, NULL, '2026-09-01T01:00:00.000Z', 'D1', 2, NULL);
    INSERT INTO write_origin VALUES (9, 'writer', 'agent 1.0', 'a better title', '2026-09-01T01:00:00.000Z');
";

pub(super) fn columns(database: &Connection) -> Vec<(String, String)> {
    let sql = "SELECT sqlite_schema.name, column.name FROM sqlite_schema, pragma_table_info(sqlite_schema.name) column
               WHERE sqlite_schema.type = 'table' AND sqlite_schema.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND sqlite_schema.name NOT IN (?1, ?2)
                 AND sqlite_schema.name NOT LIKE 'web\\_%' ESCAPE '\\' AND sqlite_schema.name NOT LIKE 'outbox\\_%' ESCAPE '\\'
                 AND sqlite_schema.name NOT IN ('archive_id', 'asset_unneeded', 'copy', 'gate_token', 'gate_seen', 'gate_create', 'gate_plan')
                 AND sqlite_schema.name NOT LIKE 'proo%' AND sqlite_schema.name <> 'proven_range'";
    database
        .prepare(sql)
        .unwrap()
        .query_map(WITHOUT, |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap()
}

/// SQL that gives a column another value, of the same type: the last digit or character of it is another one.
fn flipped(database: &Connection, table: &str, column: &str) -> String {
    let kind: String = database
        .query_row("SELECT type FROM pragma_table_info(?1) WHERE name = ?2", [table, column], |row| row.get(0))
        .unwrap();
    let other =
        |text: &str| format!("substr({text}, 1, length({text}) - 1) || iif(substr({text}, -1) = '0', '1', '0')");
    match kind.as_str() {
        "INTEGER" => format!("coalesce(({column} | 1) - ({column} & 1), 1)"),
        "TEXT" => format!("coalesce({}, '0')", other(column)),
        "BLOB" => format!("unhex({})", other(&format!("hex({column})"))),
        _ => panic!("{table}.{column} is of type {kind}"),
    }
}

/// SQL that does so in the first row of the table, or the last one.
fn flip(database: &Connection, table: &str, column: &str, is_last: bool) -> String {
    let key: String = database
        .query_row(
            "SELECT coalesce(group_concat(name), 'rowid') FROM pragma_table_info(?1) WHERE pk > 0",
            [table],
            |row| row.get(0),
        )
        .unwrap();
    let value = flipped(database, table, column);
    let order = if is_last { key.replace(',', " DESC,") + " DESC" } else { key.clone() };
    format!(
        "UPDATE {table} SET {column} = {value} WHERE ({key}) = (SELECT {key} FROM {table} ORDER BY {order} LIMIT 1)"
    )
}

/// An archive that has a row in every table, in its one file.
pub(super) fn full() -> World {
    let world = kept();
    let database = database(world.path("archive.db"));
    database.execute_batch(&[MORE, NOT_OF_POLLS].concat()).unwrap();
    database.execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    world
}

#[test]
fn a_flip_in_any_column_of_any_table_is_told() {
    let world = full();
    assert_eq!(verify(&world).code(), Some(0), "{}", verify(&world));
    let sound = fs::read(world.path("archive.db")).unwrap();
    let columns = columns(&database(world.path("archive.db")));
    assert!(columns.len() > 120, "{columns:?}");
    for (table, column) in columns.into_iter().step_by(one_in(15)) {
        fs::write(world.path("archive.db"), &sound).unwrap();
        let sql = flip(&database(world.path("archive.db")), &table, &column, false);
        damage(&world, &sql);
        let run = world.run(&["verify", "--json", "--archive", "archive.db"]);
        assert_eq!(run.code(), Some(5), "{table}.{column}: {run}");
        let proof: serde_json::Value = serde_json::from_slice(run.stdout()).unwrap();
        let told = proof["damaged"].as_array().unwrap();
        assert!(told.iter().any(|damage| damage["kind"] != "schema"), "{table}.{column}: {proof}");
    }
}

/// The tables whose rows stand in what commands say of drafts.
const ANSWERED: [&str; 10] =
    ["account", "draft", "version", "pin", "pruned", "lost_version", "repair", "restore", "gate_write", "write_origin"];

/// What is wrong by one letter or digit can be read like anything else.
#[test]
fn a_flip_in_what_commands_say_is_told_or_changes_no_answer() {
    let world = full();
    let archive = world.path("archive.db");
    let sound = fs::read(&archive).unwrap();
    // Each reads the archive in its own way; status tells of no draft.
    let commands: [&[&str]; 7] = [
        &["list", "--json"],
        &["log", "#1", "--json"],
        &["show", "#1", "--format", "json"],
        &["diff", "#1@1", "@3", "--json"],
        &["search", "段", "--json"],
        &["when", "#1", "段", "--json"],
        &["export", "tree"],
    ];
    let right = commands.map(|command| said(&world, command).unwrap_or_else(|| panic!("{command:?}")));
    let mut wrong = Vec::new();
    // A write that is another draft's is one of those that this draft never had.
    let is_answered = |(table, column): &(String, String)| {
        ANSWERED.contains(&table.as_str()) && (table.as_str(), column.as_str()) != ("gate_write", "draft")
    };
    for (table, column) in columns(&database(&archive)).into_iter().filter(is_answered).step_by(one_in(12)) {
        for is_last in [false, true] {
            fs::write(&archive, &sound).unwrap();
            drop(fs::remove_file(world.path("archive.db.search")));
            let rows: i64 =
                database(&archive).query_row(&format!("SELECT count(*) FROM {table}"), (), |row| row.get(0)).unwrap();
            // The last version would become one that is there already.
            if is_last && (rows == 1 || table == "version" && ["draft", "number"].contains(&&*column)) {
                continue;
            }
            let sql = flip(&database(&archive), &table, &column, is_last);
            damage(&world, &sql);
            for (command, right) in commands.iter().zip(&right) {
                if let Some(said) = said(&world, command).filter(|said| said != right) {
                    wrong.push(format!("{sql}: {command:?}: {}", first_difference(&said, right)));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_flip_in_a_checksum_of_any_kind_is_told_and_so_is_a_row_that_is_lost() {
    let world = full();
    let sound = fs::read(world.path("archive.db")).unwrap();
    let kinds: Vec<String> = database(world.path("archive.db"))
        .prepare("SELECT DISTINCT kind FROM checksum")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(kinds.len(), 32, "{kinds:?}");
    for kind in kinds {
        let lost = match kind.as_str() {
            "document" => "DELETE FROM received WHERE version = 4".to_owned(),
            table => format!("DELETE FROM {table}"),
        };
        for sql in [format!("UPDATE checksum SET sum = sum + 1 WHERE kind = '{kind}'"), lost] {
            fs::write(world.path("archive.db"), &sound).unwrap();
            damage(&world, &sql);
            assert_eq!(verify(&world).code(), Some(5), "{sql}");
        }
    }
}

#[test]
fn what_is_written_to_a_damaged_row_hides_no_damage() {
    let world = kept();
    damage(&world, "UPDATE draft SET first_seen = '2026-08-27T01:00:00.000Z' WHERE id = 1");
    world.keep("mag", "Qm7xK2vTnS0b", NOW, &document(&[("一", "<p>甲</p>")]));
    let draft = "SELECT last_seen FROM draft WHERE id = 1";
    let last_seen: String = database(world.path("archive.db")).query_row(draft, (), |row| row.get(0)).unwrap();
    assert_eq!(last_seen, "2026-09-01T02:00:00.000Z");
    assert_snapshot!(verify(&world), @"
    DAMAGED  WHICH  WHAT
    draft    mag/1  its row in the table draft is not as it was written: its media_id, its state and when it was seen may be wrong

    The archive is damaged in 1 place; 7 of 7 versions are whole (6.8 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}
