//! The interactive shell and the query argument: any text may be typed.

use draftkeep::archive::sql::{SqlError, SqlSession, Value};
use proptest::prelude::*;

use crate::archive::Fixture;

/// Pieces of SQL, so that some texts make sense.
fn words() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        prop::sample::select(vec![
            "SELECT",
            "*",
            "FROM",
            "draft_view",
            "call",
            "WHERE",
            "title",
            "=",
            "1",
            "'一'",
            "(",
            ")",
            ",",
            ";",
            "UNION",
            "INSERT INTO",
            "VALUES",
            "DELETE",
            "UPDATE",
            "SET",
            "PRAGMA",
            "user_version",
            "journal_mode",
            "query_only",
            "ATTACH",
            "'x.db'",
            "AS",
            "x",
            "VACUUM",
            "INTO",
            "CREATE",
            "TEMP",
            "TABLE",
            "DROP",
            "BEGIN",
            "EXPLAIN",
            "ORDER BY",
            "count(*)",
            "plain_text(",
            "x'00'",
            "--",
            "/*",
        ])
        .prop_map(str::to_owned),
        "\\PC{0,3}",
    ];
    prop::collection::vec(word, 0..12).prop_map(|words| words.join(" "))
}

#[test]
fn no_text_whatever_changes_the_archive() {
    let mut archive = Fixture::new();
    archive.record("D1", &crate::archive::document("一", "<p>一</p>"));
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let console = SqlSession::open(&archive.path()).unwrap();
    let state = || {
        (
            std::fs::read(archive.path()).unwrap(),
            std::fs::metadata(archive.directory.path().join("archive.db-wal")).unwrap().len(),
        )
    };
    let before = state();
    proptest!(ProptestConfig::with_cases(2000), |(text in prop_oneof![words(), any::<String>()])| {
        if let Ok(mut statement) = console.statement(&text) {
            let columns = statement.columns().len();
            for row in statement.rows().take(10) {
                prop_assert_eq!(row.map_or(columns, |row| row.len()), columns);
            }
        }
    });
    assert!(state() == before);
    assert_eq!(std::fs::read_dir(archive.directory.path()).unwrap().count(), 3);
}

#[test]
fn a_stopped_console_answers_again_when_it_is_cleared() {
    let archive = Fixture::new();
    let console = SqlSession::open(&archive.path()).unwrap();
    let endless = "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n) SELECT count(*) FROM n";
    console.interrupt().stop();
    // Short ones are not begun either: whoever stops a list of statements between two of them stops the rest.
    for statement in [endless, "SELECT 1"] {
        let stopped = console.statement(statement).and_then(|mut statement| statement.rows().next().expect("a row"));
        assert!(matches!(stopped, Err(SqlError::Interrupted)), "{stopped:?}");
    }
    console.interrupt().clear();
    let row = console.statement("SELECT 1").unwrap().rows().next().unwrap().unwrap();
    assert_eq!(row, [Value::Integer(1)]);
}

#[test]
fn a_daemon_may_write_while_an_answer_is_read() {
    let mut archive = Fixture::new();
    let console = SqlSession::open(&archive.path()).unwrap();
    archive.record("D1", &crate::archive::document("一", "1"));
    let mut statement =
        console.statement("SELECT (SELECT count(*) FROM version) FROM draft, (VALUES (1), (2))").unwrap();
    let mut rows = statement.rows();
    assert_eq!(rows.next().unwrap().unwrap(), [Value::Integer(1)]);
    archive.record("D1", &crate::archive::document("一", "2"));
    assert_eq!(rows.next().unwrap().unwrap(), [Value::Integer(1)], "one statement sees one instant");
    drop(rows);
    assert_eq!(statement.rows().next().unwrap().unwrap(), [Value::Integer(2)]);
}

#[test]
fn an_archive_of_an_older_schema_is_asked_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive.db");
    let old = rusqlite::Connection::open(&path).unwrap();
    old.execute_batch(include_str!("../../../schema/0001_archive.sql")).unwrap();
    old.execute_batch("PRAGMA user_version = 1; PRAGMA application_id = 0x444b4550").unwrap();
    drop(old);
    let console = SqlSession::open(&path).unwrap();
    assert_eq!(console.statement("PRAGMA user_version").unwrap().rows().next().unwrap().unwrap(), [Value::Integer(1)]);
    assert_eq!(console.statement("SELECT * FROM article_view").unwrap().rows().count(), 0);
    assert!(matches!(console.statement("SELECT * FROM restore_view"), Err(SqlError::Wrong { .. })));
}
