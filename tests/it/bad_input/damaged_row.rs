//! A value of the archive is changed on the disk, so that it cannot be read: polls go on. What they read of an account's state and
//! cannot read any more they report once.

use std::fs;
use std::path::PathBuf;

use draftkeep::archive::{Failure, Filter, Reader, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::model::FailureKind;
use draftkeep::poll::{self, Report};
use draftkeep::wechat::Client;
use draftkeep::{config, export};
use insta::assert_snapshot;
use rusqlite::Connection;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::harness::{NOW, database, document, one_in};
use crate::verify::flips::NOT_OF_POLLS;
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
";

/// Rows in the tables that hold nothing about the state of an account or a draft, beside those of [`NOT_OF_POLLS`].
const OTHER: &str = "
    INSERT INTO poll_error (poll, code, message) VALUES (1, 45009, 'draft/get: the limit is used up');
    INSERT INTO restore (id, kind, version, account, started_at) VALUES (2, 'as-new', 2, 1, '2026-09-01T01:00:00.000Z');
    INSERT INTO gate_write (id, account, action, request, asked_at, state) VALUES (10, 1, 'create', '[]', '2026-09-01T01:00:00.000Z', 'begun');
    INSERT INTO gate_create VALUES (10, zeroblob(32));
    INSERT INTO gate_plan VALUES (1, 'writer', '2026-09-01T01:00:00.000Z');
    INSERT INTO gate_token VALUES ('writer', 1, zeroblob(32), '[]', 'root', '2026-09-01T01:00:00.000Z', NULL);
    INSERT INTO gate_seen VALUES ('writer', 1, zeroblob(32), '2026-09-01T01:00:00.000Z');
    INSERT INTO web_session VALUES (zeroblob(32), 'link', '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:00.000Z');
    INSERT INTO web_link VALUES (zeroblob(32), '2026-09-01T03:00:00.000Z');
    INSERT INTO web_login_failure VALUES ('all', 1, '2026-09-01T01:00:00.000Z');
    INSERT INTO web_restore VALUES ('F', 1, 'link', '127.0.0.1', '2026-09-01T01:00:00.000Z', NULL);
    INSERT INTO event (id, account, draft, kind, severity, at, version) VALUES (1000, 1, 1, 'draft.new', 'info', '2026-09-01T01:00:00.000Z', 1);
    INSERT INTO outbox_target VALUES ('editors', 1000, '0', NULL, NULL, NULL, NULL, NULL);
    INSERT INTO outbox_message VALUES (1, 'editors', 'info', '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:00.000Z', 0, 0, 'waiting', NULL, NULL, NULL, NULL);
    INSERT INTO outbox_item VALUES (1, 'editors', 'draft:1', 1000, 1000, 1000, 'info', '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:00.000Z', 1);
    INSERT INTO copy VALUES ('/mnt/usb', '2026-09-01T01:00:00.000Z', NULL, NULL, NULL, NULL, NULL, NULL, 0, NULL);
    INSERT INTO proven_range VALUES ('version', 1, 3, '2026-09-01T01:00:00.000Z');
    INSERT INTO proof_finding VALUES ('version', 4, '2026-09-01T01:00:00.000Z', 'not as it was written');
    INSERT INTO proof VALUES ('versions', '', '2026-09-01T01:00:00.000Z', NULL, 3, 3, 8, NULL, NULL, 0);
    INSERT INTO asset_unneeded VALUES (1, '2026-09-01T01:00:00.000Z');
";

const OF_ACCOUNTS: [&str; 8] = ["account", "draft", "call", "quota", "closed", "habit", "volatile", "flip"];
const OF_DRAFTS: [&str; 3] = ["draft_time", "missed", "held_back"];

/// A table without a row after a transaction.
const ALWAYS_EMPTY: &str = "pruning";

/// With the end of a range of pruned versions damaged, any number may be one of them.
const KEEPING_OUT: &str = "pruned.last_version";

/// Columns that say which account or which day a row belongs to: with a damaged one, the row is not found.
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
pub(super) struct Column {
    pub(super) table: String,
    pub(super) name: String,
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
    pub(super) fn of_another_type(&self) -> String {
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

pub(super) fn columns(database: &Connection) -> Vec<Column> {
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
pub(super) struct Stage {
    platform: SimulatorHandle,
    world: World,
    pub(super) sound: Vec<u8>,
    /// The draft that was kept first.
    first: String,
    account: config::Account,
    clock: Clock,
    client: Client,
}

impl Stage {
    pub(super) async fn new() -> Self {
        let (platform, world) = watched(healthy()).await;
        let first = platform.world().account(APPID).drafts()[0].media_id.clone();
        // What came as no JSON is kept beside what was made of it, and all but the newest version as a difference.
        for content in ["<p>一</p>", "<p>二</p>"] {
            let received = [b"\xef\xbb\xbf", &document(&[("一", content)])[..]].concat();
            world.keep("mag", &first, "2026-08-28T01:00:00Z", &received);
        }
        assert_eq!(world.run(POLL).code(), Some(0));
        let account = crate::poll::account("mag", &platform, APPID, SECRET);
        let clock = Clock::fixed(NOW.parse().unwrap());
        let client = Client::new(&account, clock.clone()).unwrap();
        let mut stage = Self { platform, world, sound: Vec::new(), first, account, clock, client };
        stage.fill(MORE);
        stage
    }

    /// Adds rows to the sound archive.
    fn fill(&mut self, rows: &str) {
        database(self.archive()).execute_batch(&format!("{rows}; PRAGMA journal_mode = DELETE")).unwrap();
        self.sound = fs::read(self.archive()).unwrap();
    }

    pub(super) fn archive(&self) -> PathBuf {
        self.world.path("archive.db")
    }

    /// Puts a value into a column, in every row; returns whether that changed anything.
    pub(super) fn damage(&self, column: &Column, value: &str) -> bool {
        let Column { table, name, .. } = column;
        fs::write(self.archive(), &self.sound).unwrap();
        let before = self.stored(column);
        without_rules(&self.archive(), &format!("UPDATE OR IGNORE {table} SET {name} = {value};"));
        self.stored(column) != before
    }

    /// The values of a column, in the order of their types and bytes.
    fn stored(&self, Column { table, name, .. }: &Column) -> Vec<(String, Option<Vec<u8>>)> {
        let sql = format!("SELECT typeof({name}), CAST({name} AS BLOB) FROM {table} ORDER BY 1, 2");
        let database = database(self.archive());
        let mut statement = database.prepare(&sql).unwrap();
        statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?))).unwrap().collect::<Result<_, _>>().unwrap()
    }

    fn sign(&self, author: &str) {
        self.platform.world().account(APPID).edit(&self.first, 0, |article| article.set("author", author)).unwrap();
    }

    /// Signs that draft, and polls, as the daemon does.
    pub(super) async fn poll(&self, author: &str) -> Report {
        self.sign(author);
        let archive = WriterHandle::open(&self.archive()).unwrap();
        let (stop, now) = (CancellationToken::new(), self.clock.now());
        let options = poll::Options::default();
        let report = poll::poll(&self.account, &self.client, &archive, &self.clock, now, &stop, options).await;
        archive.close().await;
        report.unwrap_or_else(|error| panic!("{author}: {error}"))
    }

    /// Signs that draft, polls with the program, and returns how that ended.
    fn poll_by_hand(&self, author: &str) -> Run {
        self.sign(author);
        let run = self.world.run(&[POLL, &["--json"]].concat());
        assert!(serde_json::from_slice::<Value>(run.stdout()).is_ok(), "{author}: {run}");
        self.is_shown(author);
        self.is_exported(author);
        run
    }

    /// Checks that the newest version of a draft has this author.
    pub(super) fn is_shown(&self, author: &str) {
        let reader = Reader::open(&self.archive()).unwrap();
        let (drafts, _) = reader.readable_drafts(&Filter::default()).unwrap();
        let newest = drafts.iter().map(|draft| {
            let newest = reader.version(draft.id, *reader.version_numbers(draft.id)?.first().unwrap())?;
            reader.document(&newest)
        });
        let is_shown = newest.filter_map(Result::ok).any(|document| has_author(&document, author));
        assert!(is_shown, "{author} is not the newest version of any draft");
    }

    /// Checks that an export holds a version of this author.
    fn is_exported(&self, author: &str) {
        let (reader, tree) = (Reader::open(&self.archive()).unwrap(), self.world.path("tree"));
        export::export(&reader, &tree, None, &mut |_| {}).unwrap_or_else(|error| panic!("{author}: {error}"));
        assert!(is_in_tree(&tree, author), "{author} is not exported");
        fs::remove_dir_all(tree).unwrap();
    }

    /// Damages the tables, one column after the other.
    async fn polls_go_on_and_report(&self, tables: &[&str]) {
        let columns = columns(&database(self.archive()));
        for column in columns.iter().filter(|column| tables.contains(&column.table.as_str())).step_by(one_in(12)) {
            for (value, is_told) in column.values() {
                let Column { table, name, .. } = column;
                let case = format!("{table}.{name} = {value}");
                assert!(self.damage(column, &value), "{case} changes nothing");
                let report = self.poll(&format!("{case} 1")).await;
                let of_table = format!("of the table {table} could not be read");
                let told = report.failures.iter().any(|failure| failure.message.contains(&of_table));
                assert!(report.failures.iter().all(Failure::is_damage), "{case}: {:?}", report.failures);
                assert!(told || !is_told, "{case} is not reported: {report:?}");
                self.is_shown(&format!("{case} 1"));
                // One value of each column is enough: an export writes many files.
                if value == column.of_another_type() {
                    self.is_exported(&format!("{case} 1"));
                }
                let report = self.poll(&format!("{case} 2")).await;
                assert_eq!((report.new_versions, report.failures), (1, Vec::new()), "{case} again");
            }
        }
    }
}

fn has_author(document: &[u8], author: &str) -> bool {
    String::from_utf8_lossy(document).contains(&format!("\"author\":\"{author}\""))
}

fn is_in_tree(directory: &std::path::Path, author: &str) -> bool {
    fs::read_dir(directory).unwrap().any(|entry| {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => is_in_tree(&path, author),
            false => path.ends_with("document.json") && has_author(&fs::read(&path).unwrap(), author),
        }
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_go_on_where_the_state_of_an_account_cannot_be_read() {
    Stage::new().await.polls_go_on_and_report(&OF_ACCOUNTS).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn polls_go_on_where_the_state_of_a_draft_cannot_be_read() {
    Stage::new().await.polls_go_on_and_report(&OF_DRAFTS).await;
}

/// Pictures are downloaded too; a damaged row must not make the program download one again and again.
#[tokio::test(flavor = "multi_thread")]
async fn polls_go_on_and_end_whatever_else_cannot_be_read() {
    let mut stage = Stage::new().await;
    stage.fill(&[NOT_OF_POLLS, OTHER].concat());
    let of_states = [&OF_ACCOUNTS[..], &OF_DRAFTS, &[ALWAYS_EMPTY]].concat();
    let is_other = |column: &&Column| !of_states.contains(&column.table.as_str()) && !column.is_one_of(&[KEEPING_OUT]);
    for column in columns(&database(stage.archive())).iter().filter(is_other).step_by(one_in(12)) {
        let case = format!("{}.{}", column.table, column.name);
        assert!(stage.damage(column, &column.of_another_type()), "{case} does not change");
        stage.platform.world().request_log.clear();
        let run = stage.poll_by_hand(&case);
        assert!(matches!(run.code(), Some(0 | 5)), "{case}: {run}");
        let pictures = stage.platform.world().request_log.calls("picture");
        assert!(pictures < 50, "{case}: {pictures} requests: {run}");
    }
}

/// Without it, nobody knows which numbers are free. What the draft says is read again by later polls.
#[tokio::test(flavor = "multi_thread")]
async fn a_pruning_that_cannot_be_read_keeps_a_version_out_and_none_of_another_draft() {
    let mut stage = Stage::new().await;
    stage.fill(&[NOT_OF_POLLS, OTHER].concat());
    let columns = columns(&database(stage.archive()));
    let column = columns.iter().find(|column| column.is_one_of(&[KEEPING_OUT])).unwrap();
    assert!(stage.damage(column, &column.of_another_type()));
    let other = "SELECT media_id FROM draft WHERE id = 2";
    let other: String = database(stage.archive()).query_row(other, (), |row| row.get(0)).unwrap();
    stage.platform.world().account(APPID).edit(&other, 0, |article| article.set("author", "of another")).unwrap();
    let report = stage.poll("of the draft").await;
    let [failure] = &report.failures[..] else { panic!("{report:?}") };
    assert_eq!(failure.kind, Some(FailureKind::NotStored), "{failure:?}");
    assert_eq!(failure.media_id.as_ref().map(ToString::to_string), Some(stage.first.clone()));
    assert_eq!(report.new_versions, 1);
    stage.is_shown("of another");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_poll_says_which_row_could_not_be_read_and_what_to_do() {
    let stage = Stage::new().await;
    let is_state = |column: &&Column| (column.table.as_str(), column.name.as_str()) == ("quota", "told_at");
    assert!(stage.damage(columns(&database(stage.archive())).iter().find(is_state).unwrap(), "x'07'"));
    let run = stage.world.run(&[POLL, &["--no-pictures"]].concat());
    assert_snapshot!(run, @"
    mag: 8 drafts read, 0 new versions, 2 calls
    ------- stderr -------
    Warning: mag: the archive is damaged: the row mag, draft/batchget, 2026-09-01 of the table quota could not be read (told_at is of the type Blob). What it said is not known any more; polls go on, and no version is concerned. See what else is damaged, and what to do: draftkeep --config $TMP/config.toml verify
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml repair --to NEW; draftkeep --config $TMP/config.toml import-backup NEW
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
