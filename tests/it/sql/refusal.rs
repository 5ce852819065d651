//! Queries that would write are refused and change nothing.

use std::collections::BTreeMap;

use super::{ask, kept};
use crate::harness::World;

/// The files in the test's directory. SQLite's index of the journal is shared with others who read, and holds no data.
fn files(world: &World) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(world.path("")).unwrap().map(Result::unwrap);
    let file =
        |entry: std::fs::DirEntry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap());
    entries
        .map(file)
        .filter(|(name, bytes)| !(name.ends_with("-shm") || name.ends_with("-wal") && bytes.is_empty()))
        .collect()
}

#[test]
fn whatever_would_change_something_is_refused_and_changes_nothing() {
    let world = kept();
    let before = files(&world);
    let elsewhere = world.path("elsewhere.db");
    let elsewhere = elsewhere.display();
    let mut told = String::new();
    for statement in [
        "INSERT INTO call VALUES (1, 'x', 'y', 1)",
        "REPLACE INTO call VALUES (1, 'x', 'y', 1)",
        "UPDATE call SET calls = 0",
        "DELETE FROM call",
        "WITH a AS (SELECT 1) DELETE FROM call",
        "EXPLAIN INSERT INTO call VALUES (1, 'x', 'y', 1)",
        "EXPLAIN QUERY PLAN CREATE TABLE a (x)",
        "CREATE TABLE a (x)",
        "CREATE TEMP TABLE a (x)",
        "CREATE TEMP VIEW a AS SELECT 1",
        "CREATE VIRTUAL TABLE temp.a USING fts5 (x)",
        "ALTER TABLE call RENAME TO calls",
        "DROP TABLE call",
        "DROP TRIGGER version_stays",
        "REINDEX",
        "ANALYZE",
        "BEGIN",
        "BEGIN IMMEDIATE",
        "COMMIT",
        "SAVEPOINT a",
        "VACUUM",
        &format!("VACUUM INTO '{elsewhere}'"),
        &format!("ATTACH '{elsewhere}' AS elsewhere"),
        &format!("ATTACH 'file:{elsewhere}?mode=rwc' AS elsewhere"),
        "DETACH main",
        "PRAGMA query_only = 0",
        "PRAGMA query_only(off)",
        "PRAGMA main.journal_mode = DELETE",
        "PRAGMA writable_schema = 1",
        "PRAGMA user_version = 9",
        "PRAGMA wal_checkpoint",
        "PRAGMA optimize",
        "PRAGMA incremental_vacuum",
        "PRAGMA temp_store_directory = '/'",
        "PRAGMA mmap_size = 0",
        "SELECT load_extension('libm.so')",
        "SELECT fts3_tokenizer('simple')",
    ] {
        let run = ask(&world, &[statement]);
        assert_eq!((run.code(), run.stdout()), (Some(2), &b""[..]), "{statement}: {run}");
        let line = run.stderr().lines().next().unwrap().to_owned();
        told +=
            &format!("{}\n", line.trim_start_matches("Error: ").trim_end_matches(": only reading is possible here"));
    }
    insta::assert_snapshot!(told, @r"
    INSERT into call is refused
    INSERT into call is refused
    UPDATE of call is refused
    DELETE from call is refused
    DELETE from call is refused
    INSERT into call is refused
    CREATE is refused
    CREATE is refused
    CREATE is refused
    CREATE is refused
    CREATE is refused
    ALTER is refused
    DROP is refused
    DROP is refused
    REINDEX is refused
    ANALYZE is refused
    BEGIN is refused
    BEGIN is refused
    COMMIT is refused
    SAVEPOINT is refused
    VACUUM is refused
    VACUUM is refused
    ATTACH is refused
    ATTACH is refused
    DETACH is refused
    PRAGMA query_only = 0 is refused
    PRAGMA query_only = off is refused
    PRAGMA journal_mode = DELETE is refused
    PRAGMA writable_schema = 1 is refused
    PRAGMA user_version = 9 is refused
    PRAGMA wal_checkpoint is refused
    PRAGMA optimize is refused
    PRAGMA incremental_vacuum is refused
    PRAGMA temp_store_directory = / is refused
    PRAGMA mmap_size = 0 is refused
    the function load_extension is refused
    the function fts3_tokenizer is refused
    ");
    assert_eq!(files(&world), before);
}

#[test]
fn what_tells_about_the_file_is_answered() {
    let world = kept();
    for statement in [
        "PRAGMA user_version",
        "PRAGMA journal_mode",
        "PRAGMA integrity_check",
        "PRAGMA quick_check(1)",
        "PRAGMA table_xinfo(draft)",
        "PRAGMA main.index_list('draft')",
        "PRAGMA compile_options",
        "SELECT name FROM pragma_table_info('draft')",
        "SELECT * FROM pragma_database_list",
        "SELECT * FROM dbstat",
        "SELECT * FROM sqlite_schema",
        "EXPLAIN SELECT * FROM article_view",
        "EXPLAIN QUERY PLAN SELECT * FROM article_view",
        "VALUES (1), (2)",
    ] {
        let run = ask(&world, &[statement, "--json"]);
        assert!(!run.json().as_array().unwrap().is_empty(), "{statement}");
    }
    assert_eq!(ask(&world, &["PRAGMA foreign_key_check", "--json"]).stdout(), b"[]\n");
}
