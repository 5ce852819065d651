//! A value of the archive is changed on the disk, so that it cannot be read: polls go on. What they read of an account's state and
//! cannot read any more they report once.

use std::fs;
use std::path::{Path, PathBuf};

use draftkeep::archive::Reader;
use insta::assert_snapshot;
use rusqlite::Connection;
use serde_json::Value;

use super::*;
use crate::harness::database;
use crate::verify::without_rules;

/// Rows in the tables that a first poll leaves empty; those of a draft are of the one that is edited.
const MORE: &str = "
    INSERT INTO quota VALUES (1, 'draft/batchget', '2026-09-01', 500, 3, 'quota/get', '2026-09-01T01:00:00.000Z');
    INSERT INTO closed VALUES (1, 'draft/get', '2026-09-01T01:00:00.000Z', '2026-09-02T01:00:00.000Z', 48001, 'no permission');
    INSERT INTO volatile VALUES (1, 'url', '2026-09-01T01:00:00.000Z');
    INSERT INTO flip VALUES (1, 'url', 2, '2026-09-01T01:00:00.000Z');
    INSERT INTO missed VALUES (1, '2026-09-01T01:00:00.000Z');
    INSERT INTO held_back VALUES (1, '2026-09-01T01:00:00.000Z', NULL, NULL);
    INSERT INTO picture_reason VALUES (1, 'nobody answers');
    INSERT INTO picture VALUES (1000, 1, 'https://mmbiz.qpic.cn/none', NULL, 'https://mmbiz.qpic.cn/none', NULL, NULL, 1, 0, 1);
    PRAGMA journal_mode = DELETE;
";

const OF_ACCOUNTS: [&str; 8] = ["account", "draft", "call", "quota", "closed", "habit", "volatile", "flip"];
const OF_DRAFTS: [&str; 3] = ["draft_time", "missed", "held_back"];

/// Columns that say which account or which day a row belongs to: nobody finds a row where that is damaged.
const HIDING: [&str; 8] = [
    "draft.account",
    "call.account",
    "call.day",
    "quota.account",
    "quota.day",
    "closed.account",
    "volatile.account",
    "flip.account",
];

/// Columns that take any text.
const FREE_TEXT: [&str; 7] = [
    "account.name",
    "call.interface",
    "quota.interface",
    "closed.message",
    "habit.learned",
    "volatile.field",
    "flip.field",
];

/// Columns in which another text names another thing.
const NAMES: [&str; 2] = ["account.appid", "draft.media_id"];

/// A column of the archive.
struct Column {
    table: String,
    name: String,
    kind: String,
    is_nullable: bool,
    is_key: bool,
    is_rowid: bool,
}

impl Column {
    fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&format!("{}.{}", self.table, self.name).as_str())
    }

    /// SQL of a value that has another type.
    fn of_another_type(&self) -> String {
        let Self { name, kind, is_rowid, .. } = self;
        match kind.as_str() {
            _ if *is_rowid => format!("{name} + 1000"),
            "BLOB" => format!("coalesce(CAST(hex({name}) AS TEXT), 'A')"),
            _ => format!("coalesce(CAST({name} AS BLOB), x'07')"),
        }
    }

    /// SQL of values that cannot stand there, each with whether a poll must report it.
    fn values(&self) -> Vec<(String, bool)> {
        let Self { name, is_rowid, is_nullable, is_key, .. } = self;
        let is_found = !is_rowid && !self.is_one_of(&HIDING);
        let mut values = vec![(self.of_another_type(), is_found)];
        if !is_nullable && !is_key {
            values.push(("NULL".to_owned(), is_found));
        }
        if self.kind == "TEXT" {
            values.push((format!("CAST(x'ff' || coalesce({name}, '') AS TEXT)"), is_found));
        }
        if self.kind == "TEXT" && !self.is_one_of(&NAMES) {
            values.push(("'?'".to_owned(), is_found && !self.is_one_of(&FREE_TEXT)));
        }
        values
    }
}

fn columns(database: &Connection) -> Vec<Column> {
    let sql = "SELECT sqlite_schema.name, column.name, column.type, NOT column.\"notnull\", column.pk > 0,
                      column.pk > 0 AND sqlite_schema.sql NOT LIKE '%WITHOUT ROWID%'
               FROM sqlite_schema, pragma_table_info(sqlite_schema.name) column WHERE sqlite_schema.type = 'table'";
    let column = |row: &rusqlite::Row<'_>| {
        Ok(Column {
            table: row.get(0)?,
            name: row.get(1)?,
            kind: row.get(2)?,
            is_nullable: row.get(3)?,
            is_key: row.get(4)?,
            is_rowid: row.get(5)?,
        })
    };
    database.prepare(sql).unwrap().query_map((), column).unwrap().collect::<Result<_, _>>().unwrap()
}

/// An archive of eight drafts that is damaged again and again, and the platform that it is polled from.
struct Stage {
    platform: SimulatorHandle,
    world: World,
    sound: Vec<u8>,
    /// The draft that was kept first.
    first: String,
}

impl Stage {
    async fn new() -> Self {
        let (platform, world) = watched(healthy()).await;
        assert_eq!(world.run(POLL).code(), Some(0));
        database(world.path("archive.db")).execute_batch(MORE).unwrap();
        let sound = fs::read(world.path("archive.db")).unwrap();
        let first = "SELECT media_id FROM draft WHERE id = 1";
        let first = database(world.path("archive.db")).query_row(first, (), |row| row.get(0)).unwrap();
        Self { platform, world, sound, first }
    }

    fn archive(&self) -> PathBuf {
        self.world.path("archive.db")
    }

    /// Puts a value into a column, in every row.
    fn damage(&self, Column { table, name, .. }: &Column, value: &str) {
        fs::write(self.archive(), &self.sound).unwrap();
        without_rules(&self.archive(), &format!("UPDATE OR IGNORE {table} SET {name} = {value};"));
    }

    /// Signs that draft, polls, and returns how that ended.
    fn poll(&self, author: &str, more: &[&str]) -> (Run, Value) {
        self.platform.world().account(APPID).edit(&self.first, 0, |article| article.set("author", author)).unwrap();
        let run = self.world.run(&[POLL, &["--json"], more].concat());
        let report = serde_json::from_slice(run.stdout()).unwrap_or_else(|error| panic!("{author}: {error}: {run}"));
        assert!(says(&self.archive(), author), "{author} is not kept: {run}");
        (run, report)
    }

    /// Damages the tables, one column after the other.
    fn polls_go_on_and_report(&self, tables: &[&str]) {
        let columns = columns(&database(self.archive()));
        for column in columns.iter().filter(|column| tables.contains(&column.table.as_str())) {
            for (value, is_told) in column.values() {
                self.damage(column, &value);
                let Column { table, name, .. } = column;
                let case = format!("{table}.{name} = {value}");
                let (run, report) = self.poll(&format!("{case} 1"), &["--no-pictures"]);
                let told = report[0]["errors"].to_string().contains(&format!("of the table {table} could not be read"));
                assert_eq!(run.code(), Some(if told { 5 } else { 0 }), "{case}: {run}");
                assert!(told || !is_told, "{case} is not reported: {run}");
                let (run, report) = self.poll(&format!("{case} 2"), &["--no-pictures"]);
                assert_eq!((run.code(), &report[0]["new_versions"]), (Some(0), &Value::from(1)), "{case} again: {run}");
            }
        }
    }
}

/// Tells whether the version that was recorded last is of this author.
fn says(archive: &Path, author: &str) -> bool {
    let reader = Reader::open(archive).unwrap();
    let newest = "SELECT draft, number FROM version WHERE typeof(draft) = 'integer' AND typeof(number) = 'integer' ORDER BY id DESC LIMIT 20";
    let newest: Vec<(i64, u64)> = database(archive)
        .prepare(newest)
        .unwrap()
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let document = |(draft, number): &(i64, u64)| reader.document(&reader.version(*draft, *number).ok()?).ok();
    newest.iter().filter_map(document).any(|document| String::from_utf8_lossy(&document).contains(author))
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_go_on_where_the_state_of_an_account_cannot_be_read() {
    Stage::new().await.polls_go_on_and_report(&OF_ACCOUNTS);
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_go_on_where_the_state_of_a_draft_cannot_be_read() {
    Stage::new().await.polls_go_on_and_report(&OF_DRAFTS);
}

/// Pictures are asked for as well; a damaged row must not have the same one asked for again and again.
#[tokio::test(flavor = "multi_thread")]
async fn polls_go_on_and_end_whatever_else_cannot_be_read() {
    let stage = Stage::new().await;
    let is_other =
        |column: &&Column| ![&OF_ACCOUNTS[..], &OF_DRAFTS, &["journal_mark"]].concat().contains(&column.table.as_str());
    for column in columns(&database(stage.archive())).iter().filter(is_other) {
        stage.damage(column, &column.of_another_type());
        stage.platform.world().request_log.clear();
        let case = format!("{}.{}", column.table, column.name);
        let (run, _) = stage.poll(&case, &[]);
        assert!(matches!(run.code(), Some(0 | 5)), "{case}: {run}");
        let pictures = stage.platform.world().request_log.calls("picture");
        assert!(pictures < 50, "{case}: {pictures} requests: {run}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_says_which_row_could_not_be_read_and_what_to_do() {
    let stage = Stage::new().await;
    let is_state = |column: &&Column| (column.table.as_str(), column.name.as_str()) == ("quota", "told_at");
    stage.damage(columns(&database(stage.archive())).iter().find(is_state).unwrap(), "x'07'");
    let run = stage.world.run(&[POLL, &["--no-pictures"]].concat());
    assert_snapshot!(run, @"
    mag: 8 drafts read, 0 new versions, 2 calls
    ------- stderr -------
    Warning: mag: the archive is damaged: the row mag, draft/batchget, 2026-09-01 of the table quota could not be read (told_at is of the type Blob). What it said is not known any more; polls go on, and no version is concerned. See what else is damaged, and what to do: draftkeep --config $TMP/config.toml verify
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml export DIR; draftkeep --config $TMP/config.toml import DIR --archive NEW && draftkeep --config $TMP/config.toml import-backup NEW
    Hint: Or put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 5 -------
    ");
    let status = stage.world.run(&["status", "--json", "--config", "config.toml"]).json();
    assert!(status[0]["trouble"].as_str().unwrap().contains("of the table quota could not be read"), "{status}");
    assert!(status[0]["next"].as_str().unwrap().contains("import-backup NEW"), "{status}");
    assert_eq!(stage.world.run(POLL).code(), Some(0));
    let status = stage.world.run(&["status", "--json", "--config", "config.toml"]).json();
    assert!(!status[0]["trouble"].to_string().contains("damaged"), "{status}");
    assert_eq!(stage.world.run(&["verify", "--config", "config.toml"]).code(), Some(5), "it stays known");
}
