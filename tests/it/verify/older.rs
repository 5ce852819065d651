//! An archive of a schema without checksums of rows is migrated, even if it is damaged.

use std::fs;
use std::path::Path;

use draftkeep::archive::{Damage, DamageKind, Reader, Writer};
use draftkeep::verify::SampleRate;

use super::flips::full;
use super::{unguarded, without_rules};
use crate::harness::{NOW, World, database, document, schema_steps};

/// The pictures of [`full`] as they were kept before schema 12.
const PICTURES: &str = "
    INSERT INTO picture VALUES (1, 1, 'A', 'M', 'https://mmbiz.qpic.cn/A', 1, 0, NULL, NULL);
    INSERT INTO picture_use VALUES (1, 0, 'cover', 1);";

/// Puts the rows of an archive into a new one of an older schema, without checksums. Columns that it lacks are left out.
pub(crate) fn make_older(archive: &Path, older: &Path, schema: usize) {
    let older = database(older);
    let mark = format!("PRAGMA application_id = 0x444b4550; PRAGMA user_version = {schema}");
    older.execute_batch(&format!("{}; {mark}", schema_steps(1..=schema))).unwrap();
    older.execute_batch(&format!("ATTACH '{}' AS newer", archive.display())).unwrap();
    let columns = "SELECT group_concat(name) FROM pragma_table_info(t.name, 'main')
                   WHERE name IN (SELECT name FROM pragma_table_info(t.name, 'newer'))";
    // Pictures have other columns there.
    let sql = format!(
        "SELECT 'DELETE FROM ' || name || '; INSERT INTO ' || name || ' (' || columns || ') SELECT ' || columns || ' FROM newer.' || name || ';'
         FROM (SELECT name, ({columns}) AS columns FROM main.sqlite_schema t WHERE type = 'table' AND name NOT LIKE 'picture%')
         WHERE columns IS NOT NULL"
    );
    let copy: String = older
        .prepare(&sql)
        .unwrap()
        .query_map((), |row| row.get::<_, String>(0))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    unguarded(&older, &copy);
    if schema == 10 {
        unguarded(&older, PICTURES);
    }
}

fn make_without_checksums(world: &World) {
    make_older(&world.path("archive.db"), &world.path("older.db"), 10);
}

#[test]
fn rows_of_an_older_archive_get_their_checksums() {
    let world = full();
    make_without_checksums(&world);
    let verify = || world.run(&["verify", "--archive", "older.db"]);
    assert_eq!(verify().code(), Some(0), "as it is: {}", verify());
    Writer::open(&world.path("older.db")).unwrap();
    assert_eq!(verify().code(), Some(0), "{}", verify());
    let database = database(world.path("older.db"));
    unguarded(&database, "UPDATE poll SET finished_at = '2026-09-01T02:00:00.001Z'");
    assert_eq!(verify().code(), Some(5));
}

#[test]
fn failures_of_an_older_archive_keep_their_sentences_and_damage_keeps_its_kind() {
    let world = full();
    make_without_checksums(&world);
    let failures = [
        (Some(45009), "draft/get: the limit of this endpoint is used up (errcode 45009)", Some("draft/get"), None),
        (Some(40013), "stable_token: the platform refuses: 设置/开发", Some("stable_token"), None),
        (Some(40007), "It was refused: gone", None, None),
        (None, "no answer: draft/get: timeout", None, None),
        (None, "what it says now could not be stored, and is read again by later polls: ?", None, Some("not-stored")),
        (None, "version 2 is kept, but the archive is damaged: ?", None, Some("damaged")),
        (None, "the archive is damaged: ?; polls go on, and no version is concerned. ?", None, Some("damaged")),
        (None, "3 of 4 drafts vanished at once, which is too many", None, Some("held-back")),
    ];
    let older = database(world.path("older.db"));
    older.execute_batch("DROP TRIGGER poll_never_changes; DROP TRIGGER poll_error_stays").unwrap();
    older.execute("DELETE FROM poll_error", ()).unwrap();
    for (code, message, ..) in failures {
        let sql = "INSERT INTO poll_error SELECT max(id), 'Qm7xK2vTnS0c', ?1, ?2 FROM poll";
        older.execute(sql, (code, message)).unwrap();
    }
    older.execute("UPDATE poll SET errors = (SELECT count(*) FROM poll_error WHERE poll = poll.id)", ()).unwrap();
    older
        .execute_batch(
            "CREATE TRIGGER poll_never_changes BEFORE UPDATE ON poll
             BEGIN SELECT raise(ABORT, 'a poll never changes'); END;
             CREATE TRIGGER poll_error_stays BEFORE DELETE ON poll_error
             BEGIN SELECT raise(ABORT, 'a poll stays in the archive'); END;",
        )
        .unwrap();
    drop(older);
    Writer::open(&world.path("older.db")).unwrap();
    type Row = (Option<i64>, String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = database(world.path("older.db"))
        .prepare("SELECT code, message, endpoint, kind, rid FROM poll_error ORDER BY rowid")
        .unwrap()
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?)))
        .unwrap()
        .map(Result::unwrap)
        .collect();
    let owned = |text: Option<&str>| text.map(str::to_owned);
    let expected =
        failures.map(|(code, message, endpoint, kind)| (code, message.to_owned(), owned(endpoint), owned(kind), None));
    assert_eq!(rows, expected);
    let verify = world.run(&["verify", "--archive", "older.db"]);
    assert!(!verify.to_string().contains("table poll_error is not as it was written"), "{verify}");
}

/// A row of each kind that one bit has changed against the rules of its table, and how it is named.
const BROKEN: [(&str, DamageKind, &str); 15] = [
    ("account SET first_seen = CAST(first_seen AS BLOB)", DamageKind::Account, "mag"),
    ("draft SET state = 'livd' WHERE id = 2", DamageKind::Draft, "mag/#2"),
    ("draft SET first_seen = CAST(first_seen AS BLOB) WHERE id = 2", DamageKind::Draft, "mag/#2"),
    ("version SET number = 0 WHERE id = 2", DamageKind::Version, "mag/#2@0"),
    ("version SET title = CAST(title AS BLOB) WHERE id = 4", DamageKind::Version, "mag/#2@2"),
    ("whole SET length = 1.5 WHERE version = 6", DamageKind::Version, "mag/#2@3"),
    ("delta SET body = CAST(body AS TEXT) WHERE version = 4", DamageKind::Version, "mag/#2@2"),
    ("received SET length = x'07' WHERE version = 4", DamageKind::Version, "mag/#2@2"),
    ("poll SET strategy = CAST(strategy AS BLOB)", DamageKind::Poll, "1"),
    ("poll_error SET code = x'07'", DamageKind::Poll, "1"),
    ("call SET interface = CAST(interface AS BLOB)", DamageKind::Ledger, "mag"),
    ("call SET account = 1.5", DamageKind::Ledger, "account 1.5"),
    ("quota SET limit_from = 'quota/gev'", DamageKind::Ledger, "mag"),
    ("restore SET outcome = 'donf'", DamageKind::Restore, "1"),
    ("held_back SET since = CAST(since AS BLOB)", DamageKind::Draft, "mag/#1"),
];

#[test]
fn an_older_archive_whose_rows_break_their_rules_is_migrated_and_tells_them() {
    let world = full();
    make_without_checksums(&world);
    let older = world.path("older.db");
    database(&older).execute_batch("PRAGMA journal_mode = DELETE").unwrap();
    let sound = fs::read(&older).unwrap();
    for (change, kind, id) in BROKEN {
        fs::write(&older, &sound).unwrap();
        without_rules(&older, &format!("UPDATE {change}"));
        Writer::open(&older).unwrap_or_else(|error| panic!("{change}: {error}"));
        let proof = draftkeep::verify::verify(&Reader::open(&older).unwrap(), SampleRate::Whole, &mut |_| {}).unwrap();
        // A step writes failures anew: what was damaged shows in their checksum alone.
        let reason = if change.starts_with("poll_error") { "is not as it was written" } else { "breaks a rule" };
        let named = |damage: &&Damage| damage.reason.contains(reason) && damage.kind == kind;
        let found: Vec<_> = proof.damaged.iter().filter(named).map(|damage| damage.id.as_str()).collect();
        assert_eq!(found, [id], "{change}: {:?}", proof.damaged);
    }
}

#[test]
fn the_bodies_of_an_older_archive_are_not_written_again() {
    let world = full();
    let noise: String = (0..250_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    world.keep("mag", "Qm7xK2vTnS0d", NOW, &document(&[("一", &noise)]));
    make_without_checksums(&world);
    let older = database(world.path("older.db"));
    older.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let large = fs::metadata(world.path("older.db")).unwrap().len();
    let _writer = Writer::open(&world.path("older.db")).unwrap();
    let journal = fs::metadata(world.path("older.db-wal")).unwrap().len();
    assert!(journal * 4 < large, "{journal} bytes are written for {large}");
}
