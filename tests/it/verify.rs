//! `draftkeep verify`: what it checks, and that each kind of damage is reported while the rest is still checked.

mod anywhere;
mod cut_off;
mod damages;
pub(crate) mod flips;
pub(crate) mod older;

use std::path::Path;

use draftkeep::archive::{AccountState, DaemonLock, Failure, PollLog, Writer};
use draftkeep::model::{ApiUsage, Endpoint, FailureKind, MediaId, Strategy, Timestamp};
use insta::assert_snapshot;
use rusqlite::Connection;

use crate::harness::{NOW, Run, World, database, document};

/// Two drafts of three versions, those of the second one not strict JSON, and a poll that reported them.
fn kept() -> World {
    let world = World::new();
    for day in 28..31 {
        let observed_at = format!("2026-08-{day}T01:00:00Z");
        world.keep("mag", "Qm7xK2vTnS0b", &observed_at, &text("一", day));
        world.keep("mag", "Qm7xK2vTzzzz", &observed_at, &[b"\xef\xbb\xbf", &text("二", day)[..]].concat());
    }
    let now: Timestamp = NOW.parse().unwrap();
    let calls = ApiUsage { endpoint: Endpoint::DraftGet, day: "2026-09-01".to_owned(), count: 4 };
    let refused = Failure {
        code: Some(40007),
        ..Failure::new(Some(MediaId::new("Qm7xK2vTnS0c")), FailureKind::NotFound, "gone".into())
    };
    let poll = PollLog { calls: 4, new_versions: 6, failures: vec![refused], ..PollLog::begin(Strategy::List, now) };
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let account = writer.get_or_create_account(&"mag".parse().unwrap(), &format!("wx{:0>16}", "mag"), now).unwrap();
    writer.save_poll(account, &poll, &[calls], &AccountState::default()).unwrap();
    world
}

/// Paragraphs that compress well, with a day at the end.
fn text(title: &str, day: u32) -> Vec<u8> {
    let paragraphs: String = (0..60).map(|line| format!("<p>第 {} 段</p>", line * 7919 % 1009)).collect();
    document(&[(title, &format!("{paragraphs}{day}"))])
}

fn verify(world: &World) -> Run {
    world.run(&["verify", "--archive", "archive.db"])
}

/// Runs SQL without the triggers.
pub(crate) fn damage(world: &World, sql: &str) {
    unguarded(&crate::harness::database(world.path("archive.db")), sql);
}

pub(crate) fn unguarded(database: &Connection, sql: &str) {
    let triggers: Vec<(String, String)> = database
        .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
        .unwrap()
        .query_map((), |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let dropped: String = triggers.iter().map(|(name, _)| format!("DROP TRIGGER {name};")).collect();
    let again: Vec<&str> = triggers.iter().map(|(_, trigger)| trigger.as_str()).collect();
    let unguarded = "PRAGMA synchronous = OFF; PRAGMA foreign_keys = OFF; PRAGMA ignore_check_constraints = ON; BEGIN";
    database.execute_batch(&format!("{unguarded}; {dropped} {sql}; {}; COMMIT", again.join(";"))).unwrap();
}

/// Rules of a table that a page on the disk does not keep, each with what stands in its place for a while.
const RULES: [(&str, &str); 5] = [
    (") STRICT", ") /*STRICT*/"),
    (") STRICT, W", ") /*STRICT,*/ W"),
    ("TEXT NOT NULL", "TEXT /*NOT NULL*/"),
    ("INTEGER NOT NULL", "INTEGER /*NOT NULL*/"),
    ("BLOB NOT NULL", "BLOB /*NOT NULL*/"),
];

/// Runs SQL that may put a value of any type and against any rule into a column.
pub(crate) fn without_rules(archive: &Path, sql: &str) {
    let replace = |pairs: Vec<(&str, &str)>| {
        let changed =
            pairs.iter().fold("sql".to_owned(), |sql, (from, to)| format!("replace({sql}, '{from}', '{to}')"));
        let sql = format!(
            "PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET sql = {changed} WHERE type = 'table';
             PRAGMA writable_schema = OFF"
        );
        database(archive).execute_batch(&sql).unwrap();
    };
    replace(RULES.iter().rev().copied().collect());
    unguarded(&database(archive), sql);
    replace(RULES.iter().map(|(rule, without)| (*without, *rule)).collect());
}

/// The report on an archive after `sql`.
fn report_after(sql: &str) -> Run {
    let world = kept();
    damage(&world, sql);
    verify(&world)
}

/// SQL that inverts a byte in the middle of a body.
fn flipped(table: &str, version: i64) -> String {
    let world = kept();
    let database = crate::harness::database(world.path("archive.db"));
    let sql = format!("SELECT body FROM {table} WHERE version = {version}");
    let mut body: Vec<u8> = database.query_row(&sql, (), |row| row.get(0)).unwrap();
    let middle = body.len() / 2;
    body[middle] = !body[middle];
    let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("UPDATE {table} SET body = x'{hex}' WHERE version = {version}")
}

#[test]
fn a_sound_archive_is_proven() {
    let world = kept();
    assert_snapshot!(verify(&world), @r"
    The archive is sound: 2 drafts, 1 poll.
    6 versions (6.7 kB) came back, each with the hash that it is named by.
    ");
    insta::assert_json_snapshot!(world.run(&["verify", "--json", "--archive", "archive.db"]).json(), @r#"
    {
      "assets": 0,
      "bytes": 6723,
      "damaged": [],
      "drafts": 2,
      "ok": true,
      "polls": 1,
      "proven": 6,
      "sample": null,
      "versions": 6,
      "warnings": []
    }
    "#);
    assert_snapshot!(World::new().run(&["verify", "--archive", "archive.db"]), @r"
    ------- stderr -------
    Error: there is no archive at archive.db
    Hint: Name an archive that is there: --archive PATH
    ------- exit 4 -------
    ");
}

#[test]
fn a_flipped_byte_in_the_newest_document_is_told_and_the_other_draft_is_proven() {
    assert_snapshot!(report_after(&flipped("whole", 5)), @"
    DAMAGED  WHICH    WHAT
    version  mag/1@3  a document cannot be decompressed: corrupt deflate stream
    version  mag/1@2  it builds on the version after it, which is damaged
    version  mag/1@1  it builds on the version after it, which is damaged

    The archive is damaged in 3 places; 3 of 6 versions are whole (3.4 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn a_flipped_byte_in_a_delta_is_told_and_the_newest_version_is_whole() {
    assert_snapshot!(report_after(&flipped("delta", 3)), @"
    DAMAGED  WHICH    WHAT
    version  mag/1@2  a delta does not fit its base
    version  mag/1@1  it builds on the version after it, which is damaged

    The archive is damaged in 2 places; 4 of 6 versions are whole (4.5 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/1: draftkeep show --archive $TMP/archive.db mag/1
    ------- exit 5 -------
    ");
}

#[test]
fn a_flipped_byte_in_bytes_as_received_is_told_and_what_builds_on_their_readable_form_is_whole() {
    assert_snapshot!(report_after(&flipped("received", 4)), @"
    DAMAGED  WHICH    WHAT
    version  mag/2@2  a document cannot be decompressed: corrupt deflate stream

    The archive is damaged in 1 place; 5 of 6 versions are whole (5.6 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/2: draftkeep show --archive $TMP/archive.db mag/2
    ------- exit 5 -------
    ");
}

#[test]
fn a_repaired_form_that_is_anothers_is_told() {
    assert_snapshot!(report_after("UPDATE whole SET (length, body) = (SELECT length, body FROM whole WHERE version = 5) WHERE version = 6"), @"
    DAMAGED  WHICH    WHAT
    version  mag/2@3  its document has the hash 88a5378278c4, not faca5f01e692
    version  mag/2@2  its document has the hash dd8f5bd571a1, not 998e914213c3
    version  mag/2@1  its document has the hash cd2e93381a58, not 6f28445e4e1a

    The archive is damaged in 3 places; 3 of 6 versions are whole (3.4 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn a_wrong_hash_is_told() {
    assert_snapshot!(report_after("UPDATE version SET hash = zeroblob(32) WHERE id = 3"), @"
    DAMAGED  WHICH    WHAT
    version  mag/1@2  its document has the hash dd8f5bd571a1, not 000000000000

    The archive is damaged in 1 place; 5 of 6 versions are whole (5.6 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/1: draftkeep show --archive $TMP/archive.db mag/1
    ------- exit 5 -------
    ");
}

#[test]
fn a_hash_of_another_law_is_not_compared() {
    let other = "UPDATE version SET hash = zeroblob(32), canon = 0 WHERE id = 3;
                 UPDATE checksum SET sum = (SELECT row_checksum(id, draft, number, hash, canon, observed_at, update_time, articles, title)
                                                 FROM version WHERE version.id = checksum.id) WHERE kind = 'version'";
    assert_eq!(report_after(other).code(), Some(0));
}

#[test]
fn a_wrong_title_and_a_wrong_number_of_articles_are_told() {
    assert_snapshot!(report_after("UPDATE version SET title = '三' WHERE id = 3; UPDATE version SET articles = 2 WHERE id = 4"), @"
    DAMAGED  WHICH    WHAT
    version  mag/1@2  its document has another title than its row
    version  mag/2@2  its document holds 1 articles, its row says 2

    The archive is damaged in 2 places; 4 of 6 versions are whole (4.5 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/1, mag/2: draftkeep show --archive $TMP/archive.db mag/1
    ------- exit 5 -------
    ");
}

#[test]
fn a_version_that_is_missing_in_the_middle_is_told() {
    assert_snapshot!(report_after("DELETE FROM version WHERE id = 3; DELETE FROM delta WHERE version = 3"), @"
    DAMAGED   WHICH      WHAT
    database  delta 1    it belongs to a row of version that is not there
    poll      mag        its polls recorded 6 versions, 5 are there
    account   mag        6 versions of its drafts were counted, 5 are there
    version   mag/1@2    it is missing
    version   mag/1@1    a version has no document
    database  version 3  it has a checksum, and its row is not there

    The archive is damaged in 6 places; 4 of 5 versions are whole (4.5 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/1: draftkeep show --archive $TMP/archive.db mag/1
    ------- exit 5 -------
    ");
}

#[test]
fn a_version_that_a_poll_reported_and_that_is_lost_is_told() {
    let newest = "DELETE FROM whole WHERE version = 5; DELETE FROM delta WHERE version IN (1, 3);
                  DELETE FROM version WHERE id IN (1, 3, 5); DELETE FROM draft WHERE id = 1";
    assert_snapshot!(report_after(newest), @"
    DAMAGED   WHICH      WHAT
    database  event 1    it belongs to a row of draft that is not there
    database  event 3    it belongs to a row of draft that is not there
    poll      mag        its polls recorded 6 versions, 3 are there
    account   mag        6 versions of its drafts were counted, 3 are there
    draft     ?/1        its row in the table draft is not as it was written: its media_id, its state and when it was seen may be wrong
    database  version 1  it has a checksum, and its row is not there
    database  version 3  it has a checksum, and its row is not there
    database  version 5  it has a checksum, and its row is not there

    The archive is damaged in 8 places; 3 of 3 versions are whole (3.4 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn a_draft_without_a_version_is_told() {
    let none = "DELETE FROM received WHERE version IN (2, 4, 6); DELETE FROM whole WHERE version = 6;
                DELETE FROM delta WHERE version IN (2, 4); DELETE FROM version WHERE draft = 2; UPDATE poll SET new_versions = 3";
    assert_snapshot!(report_after(none), @"
    DAMAGED   WHICH      WHAT
    account   mag        6 versions of its drafts were counted, 3 are there
    draft     mag/2      it has no version
    poll      1          its row in the table poll is not as it was written: its times and what it counted may be wrong
    database  version 2  it has a checksum, and its row is not there
    database  version 4  it has a checksum, and its row is not there
    database  version 6  it has a checksum, and its row is not there

    The archive is damaged in 6 places; 3 of 3 versions are whole (3.4 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn rows_that_cannot_be_read_are_told_and_the_next_draft_is_proven() {
    let world = kept();
    damage(&world, "UPDATE draft SET last_seen = 'yesterday' WHERE id = 1; UPDATE poll SET started_at = 'then'");
    assert_snapshot!(verify(&world), @r#"
    DAMAGED  WHICH  WHAT
    poll     1      "then" is no instant
    draft    1      "yesterday" is no instant

    The archive is damaged in 2 places; 3 of 3 versions are whole (3.4 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    "#);
    damage(&world, "UPDATE version SET observed_at = 'never' WHERE id = 4");
    assert_snapshot!(verify(&world), @r#"
    DAMAGED  WHICH    WHAT
    poll     1        "then" is no instant
    draft    1        "yesterday" is no instant
    version  mag/2@2  "never" is no instant

    The archive is damaged in 3 places; 2 of 3 versions are whole (2.2 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/2: draftkeep show --archive $TMP/archive.db mag/2
    ------- exit 5 -------
    "#);
}

#[test]
fn a_version_whose_row_is_damaged_leaves_the_others_of_its_draft_to_be_read() {
    let world = kept();
    damage(&world, "UPDATE version SET observed_at = 'never' WHERE id = 3");
    assert_snapshot!(verify(&world), @r#"
    DAMAGED  WHICH    WHAT
    version  mag/1@2  "never" is no instant

    The archive is damaged in 1 place; 5 of 6 versions are whole (5.6 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: What is not named is whole, and so is the newest version of mag/1: draftkeep show --archive $TMP/archive.db mag/1
    ------- exit 5 -------
    "#);
    let run = |args: &[&str]| world.run(&[args, &["--archive", "archive.db"]].concat());
    for version in ["#1@1", "#1@3"] {
        assert_eq!(run(&["show", version]).code(), Some(0), "{version}");
    }
    assert_snapshot!(run(&["show", "#1@2"]), @r#"
    ------- stderr -------
    Error: mag/1@2 cannot be read: "never" is no instant
    Hint: See which of its versions can be: draftkeep log --archive $TMP/archive.db mag/1
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    "#);
    assert_snapshot!(run(&["log", "#1"]), @r#"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED
          3  2026-08-30 09:00   09:00   1119  by hand     not known: the version before is damaged
          2                                               damaged: "never" is no instant
          1  2026-08-28 09:00   09:00   1119  by hand     first version
    ------- stderr -------
    mag/1, 一
    Error: the archive is damaged: 1 of 3 versions cannot be read
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    "#);
    let log: serde_json::Value = serde_json::from_slice(run(&["log", "#1", "--json"]).stdout()).unwrap();
    insta::assert_json_snapshot!(log[1], @r#"
    {
      "articles": [],
      "by": null,
      "changed": null,
      "damaged": "\"never\" is no instant",
      "doubt": null,
      "hash": null,
      "observed_at": null,
      "pinned": null,
      "restorable": null,
      "restored_from": null,
      "size": null,
      "update_time": null,
      "version": 2
    }
    "#);
}

#[test]
fn a_newest_version_whose_row_is_damaged_leaves_the_others_to_be_read() {
    let world = kept();
    damage(&world, "UPDATE version SET observed_at = 'never' WHERE id = 5");
    let run = |args: &[&str]| world.run(&[args, &["--archive", "archive.db"]].concat());
    assert_eq!(run(&["show", "#1@1"]).code(), Some(0));
    assert_eq!(run(&["diff", "#1@1", "@2", "--stat"]).code(), Some(0));
    assert_snapshot!(run(&["list"]), @"
    ID  STATE  TITLE            VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  live   一          3 (1 damaged)              damaged                Qm7xK2vTn
     2  live   二                      3  by hand     2026-08-30 09:00       Qm7xK2vTz
    ------- stderr -------
    Error: the archive is damaged: versions of 1 draft are damaged
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
}

#[test]
fn what_a_version_changed_is_not_known_where_the_one_before_is_missing() {
    let changed = |lost: &str| {
        let world = kept();
        damage(&world, &format!("DELETE FROM delta WHERE version = {lost}; DELETE FROM version WHERE id = {lost}"));
        let log = world.run(&["log", "#1", "--archive", "archive.db"]).to_string();
        log.lines().filter(|line| line.contains("the version before is missing")).count()
    };
    // Version 1, then version 2: the oldest that is there is not the first, and version 3 is not compared with version 1.
    assert_eq!([changed("1"), changed("3")], [1, 1]);
}

#[test]
fn a_restore_that_cannot_be_read_is_told_and_one_whose_draft_is_not_archived_is_sound() {
    let world = kept();
    let restore = "INSERT INTO restore (kind, version, account, started_at, finished_at, outcome, media_id)
                   VALUES ('as-new', 1, 1, '2026-09-01T01:00:00.000Z', '2026-09-01T01:00:02.000Z', 'done', 'never kept')";
    crate::harness::database(world.path("archive.db")).execute_batch(restore).unwrap();
    assert_eq!(verify(&world).code(), Some(0));
    damage(&world, "UPDATE restore SET finished_at = 'later'");
    assert_snapshot!(verify(&world), @r#"
    DAMAGED  WHICH  WHAT
    restore  1      "later" is no instant

    The archive is damaged in 1 place; 6 of 6 versions are whole (6.7 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    "#);
}

#[test]
fn what_the_operator_added_is_a_warning_and_no_damage() {
    let world = kept();
    let added = "CREATE VIEW mine AS SELECT one FROM nowhere; CREATE INDEX by_title ON version (title);
                 CREATE TRIGGER loud AFTER INSERT ON poll BEGIN SELECT 1; END";
    crate::harness::database(world.path("archive.db")).execute_batch(added).unwrap();
    assert_snapshot!(verify(&world), @r"
    The archive is sound: 2 drafts, 1 poll.
    6 versions (6.7 kB) came back, each with the hash that it is named by.
    ------- stderr -------
    Warning: the archive's index by_title is none of draftkeep's
    Warning: the archive's trigger loud is none of draftkeep's, and it can change what is written
    Warning: the archive's view mine is none of draftkeep's
    ");
    let json = world.run(&["verify", "--json", "--archive", "archive.db"]);
    let proof: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!((&proof["ok"], proof["warnings"].as_array().unwrap().len()), (&true.into(), 3), "{proof}");
}

#[test]
fn the_copy_to_keep_is_quoted_and_made_while_no_daemon_writes() {
    let world = kept();
    damage(&world, "UPDATE version SET title = '三' WHERE id = 3");
    std::fs::rename(world.path("archive.db"), world.path("it's mine.db")).unwrap();
    let _daemon = DaemonLock::acquire(&world.path("it's mine.db")).unwrap();
    assert_snapshot!(world.run(&["verify", "--archive", "it's mine.db"]).stderr(), @r#"
    Hint: Keep a copy before anything else is done with it: systemctl stop draftkeep && cp 'it'\''s mine.db'* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive '$TMP/it'\''s mine.db' --to NEW; draftkeep import-backup --archive '$TMP/it'\''s mine.db' NEW
    Hint: What is not named is whole, and so is the newest version of mag/1: draftkeep show --archive '$TMP/it'\''s mine.db' mag/1
    "#);
}

#[test]
fn a_sample_holds_at_least_one_draft() {
    let world = kept();
    for second in 10..30 {
        let mut command = world.command(&["verify", "--sample", "1%", "--archive", "archive.db"]);
        command.env("DRAFTKEEP_CLOCK", format!("2026-09-01T02:00:{second}Z"));
        let run = world.finish(command).to_string();
        assert!(run.contains("\n3 of 6 versions") || run.contains("\n6 of 6 versions"), "{run}");
    }
}

#[test]
fn a_lost_account_is_told_and_its_drafts_are_still_looked_at() {
    assert_snapshot!(report_after("DELETE FROM account"), @"
    DAMAGED   WHICH              WHAT
    database  event 1            it belongs to a row of account that is not there
    database  event 2            it belongs to a row of account that is not there
    database  event 3            it belongs to a row of account that is not there
    database  event 4            it belongs to a row of account that is not there
    database  draft 1            it belongs to a row of account that is not there
    database  draft 2            it belongs to a row of account that is not there
    database  poll 1             it belongs to a row of account that is not there
    database  version_count      it belongs to a row of account that is not there
    database  call               it belongs to a row of account that is not there
    database  habit 1            it belongs to a row of account that is not there
    schema    view draft_view    it shows 0 rows of 2
    schema    view version_view  it shows 0 rows of 6
    schema    view poll_view     it shows 0 rows of 1
    version   ?/1@3              document_view does not show it
    version   ?/2@3              document_view does not show it
    account   account 1          its row in the table account is not as it was written: its name, its appid and the time of its first poll may be wrong

    The archive is damaged in 16 places; 4 of 6 versions are whole (4.5 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn a_wrong_count_of_versions_is_told() {
    assert_snapshot!(report_after("UPDATE version_count SET versions = 3 WHERE day = '2026-08-28'"), @"
    DAMAGED  WHICH  WHAT
    account  mag    7 versions of its drafts were counted, 6 are there

    The archive is damaged in 1 place; 6 of 6 versions are whole (6.7 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn polls_and_ledger_that_do_not_add_up_are_told() {
    assert_snapshot!(report_after("DELETE FROM poll_error; UPDATE call SET day = '2026-13-01', calls = 3"), @r#"
    DAMAGED  WHICH  WHAT
    poll     1      it had 1 failures, 0 are kept
    ledger   mag    no such line can be: "draft/get" on "2026-13-01", 3 calls
    ledger   mag    its polls made 4 calls, 3 are in the ledger

    The archive is damaged in 3 places; 6 of 6 versions are whole (6.7 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    "#);
}

#[test]
fn a_changed_schema_is_told() {
    let changed = "DROP VIEW version_view; CREATE VIEW version_view AS SELECT * FROM draft_view LIMIT 1;
                   DROP VIEW poll_view; DROP INDEX poll_by_account";
    assert_snapshot!(report_after(changed), @"
    DAMAGED  WHICH                  WHAT
    schema   index poll_by_account  it is missing
    schema   view poll_view         it is missing
    schema   view version_view      it is another than that of schema 31
    schema   view latest_view       misuse of aggregate: max()
    schema   view version_view      it shows 1 rows of 6

    The archive is damaged in 5 places; 6 of 6 versions are whole (6.7 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn a_view_that_gives_another_document_is_told() {
    let other = "PRAGMA writable_schema = ON;
                 UPDATE sqlite_schema SET sql = replace(sql, 'CAST(document AS TEXT)', 'CAST(document || '' '' AS TEXT)') WHERE name = 'document_view'";
    assert_snapshot!(report_after(other), @"
    DAMAGED  WHICH               WHAT
    schema   view document_view  it is another than that of schema 31
    version  mag/1@3             document_view gives another document
    version  mag/2@3             document_view gives another document

    The archive is damaged in 3 places; 4 of 6 versions are whole (4.5 kB).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn a_table_that_is_gone_is_told() {
    let world = kept();
    Connection::open(world.path("archive.db"))
        .unwrap()
        .execute_batch("DROP VIEW latest_view; DROP TABLE delta")
        .unwrap();
    assert_snapshot!(verify(&world), @"
    DAMAGED  WHICH                                   WHAT
    schema   index delta_by_base                     it is missing
    schema   table delta                             it is missing
    schema   trigger delta_checksum_delete           it is missing
    schema   trigger delta_checksum_insert           it is missing
    schema   trigger delta_comes_only_for_its_whole  it is missing
    schema   trigger delta_never_changes             it is missing
    schema   trigger delta_stays                     it is missing
    schema   view latest_view                        it is missing
    schema   view article_view                       no such table: main.delta
    schema   view document_view                      no such table: main.delta
    draft    mag/1                                   no such table: delta
    draft    mag/2                                   no such table: delta

    The archive is damaged in 12 places; 0 of 6 versions are whole (0 bytes).
    ------- stderr -------
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    ------- exit 5 -------
    ");
}

#[test]
fn another_draft_is_shown_from_a_damaged_archive() {
    let world = kept();
    damage(&world, &flipped("whole", 5));
    let show = |draft| world.run(&["show", draft, "--format", "json", "--archive", "archive.db"]);
    assert_eq!(show("#1").code(), Some(5));
    assert_eq!(show("#2").stdout(), [b"\xef\xbb\xbf", &text("二", 30)[..]].concat());
}

#[test]
fn what_does_not_have_its_hash_is_shown_with_a_warning() {
    let world = kept();
    let show = |draft, format| world.run(&["show", draft, "--format", format, "--archive", "archive.db"]);
    let formats = ["text", "html", "markdown", "json", "canonical"];
    let sound = formats.map(|format| show("#2", format));
    damage(&world, "UPDATE version SET hash = zeroblob(32) WHERE draft = 2");
    let warning = "Warning: mag/2@3 does not have the hash that names it; see what to do: draftkeep verify --archive $TMP/archive.db";
    for (format, sound) in formats.into_iter().zip(sound) {
        let shown = show("#2", format);
        assert_eq!((sound.code(), shown.code(), shown.stdout()), (Some(0), Some(5), sound.stdout()), "{shown}");
        assert_eq!(shown.stderr().lines().last(), Some(warning), "{shown}");
    }
    assert_eq!(show("#1", "text").code(), Some(0));
}

#[test]
fn damage_as_json_is_the_contract() {
    let world = kept();
    damage(&world, &flipped("delta", 1));
    let run = world.run(&["verify", "--json", "--archive", "archive.db"]);
    assert_eq!(run.code(), Some(5), "{run}");
    assert_eq!(run.stderr(), "");
    insta::assert_json_snapshot!(serde_json::from_slice::<serde_json::Value>(run.stdout()).unwrap(), @r#"
    {
      "assets": 0,
      "bytes": 5604,
      "damaged": [
        {
          "id": "mag/#1@1",
          "kind": "version",
          "reason": "a delta does not fit its base"
        }
      ],
      "drafts": 2,
      "ok": false,
      "polls": 1,
      "proven": 5,
      "sample": null,
      "versions": 6,
      "warnings": []
    }
    "#);
}

#[test]
fn a_sample_looks_at_a_share_of_the_documents_and_at_other_drafts_each_time() {
    let world = World::new();
    for draft in 0..40 {
        world.keep("mag", &format!("Qm7xK2vTnS0b{draft}"), NOW, &document(&[("一", "<p>一</p>")]));
    }
    let sampled = |now: &str, share: &str| {
        let mut command = world.command(&["verify", "--sample", share, "--archive", "archive.db", "--json"]);
        command.env("DRAFTKEEP_CLOCK", now);
        let proof = world.finish(command).json();
        (proof["versions"].as_u64().unwrap(), proof["proven"].as_u64().unwrap())
    };
    let shares: Vec<u64> = (10..30).map(|second| sampled(&format!("2026-09-01T02:00:{second}Z"), "25%").1).collect();
    assert!(shares.iter().all(|&proven| proven < 25), "{shares:?}");
    assert!((100..300).contains(&shares.iter().sum::<u64>()), "a quarter of 800: {shares:?}");
    assert_eq!(sampled(NOW, "100"), (40, 40));
    assert_snapshot!(world.run(&["verify", "--sample", "50", "--archive", "archive.db"]), @r"
    No damage was found in a sample of 50%: 40 drafts, 0 polls.
    22 of 40 versions (1.2 kB) came back, each with the hash that it is named by; the others were not looked at.
    ");
    assert_snapshot!(world.run(&["verify", "--sample", "0%", "--archive", "archive.db"]), @r"
    ------- stderr -------
    error: invalid value '0%' for '--sample <N%>': a share is 1% to 100%

    For more information, try '--help'.
    ------- exit 2 -------
    ");
}

#[test]
fn of_many_damages_the_first_are_shown_and_all_are_in_the_json() {
    let world = World::new();
    for draft in 0..52 {
        world.keep("mag", &format!("Qm7xK2vTnS0b{draft}"), NOW, &document(&[("一", "<p>一</p>")]));
    }
    damage(&world, "UPDATE version SET title = '二'");
    let shown = verify(&world).to_string();
    assert!(shown.contains("mag/50@1") && !shown.contains("mag/51@1"), "{shown}");
    assert!(shown.contains("\n… and 2 more; see all: draftkeep verify --archive $TMP/archive.db --json\n"), "{shown}");
    let json = world.run(&["verify", "--json", "--archive", "archive.db"]);
    assert!(String::from_utf8_lossy(json.stdout()).contains("mag/#52@1"), "{json}");
}

#[test]
fn an_archive_of_an_older_schema_is_proven_as_it_is() {
    let world = World::new();
    let database = crate::harness::database(world.path("archive.db"));
    database.execute_batch(include_str!("../../schema/0001_archive.sql")).unwrap();
    database.execute_batch("PRAGMA application_id = 0x444b4550; PRAGMA user_version = 1").unwrap();
    assert_snapshot!(verify(&world), @r"
    The archive is sound: 0 drafts, 0 polls.
    0 versions (0 bytes) came back, each with the hash that it is named by.
    ");
    database.execute_batch("DROP VIEW poll_view").unwrap();
    assert_eq!(verify(&world).code(), Some(5));
}

#[test]
fn a_reader_that_leaves_does_not_make_a_damaged_archive_sound() {
    let world = World::new();
    world.keep("mag", "Qm7xK2vTnS0b", "2026-08-30T01:00:00Z", &document(&[("一", "<p>甲</p>")]));
    let database = crate::harness::database(world.path("archive.db"));
    database.execute_batch("DROP TRIGGER version_never_changes; UPDATE version SET hash = zeroblob(32)").unwrap();
    for args in [&["verify", "--archive", "archive.db"][..], &["verify", "--archive", "archive.db", "--json"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = world.command(args);
        command.stdout(writer);
        assert_eq!(world.finish(command).code(), Some(5), "{args:?}");
    }
}

#[test]
fn drafts_with_damaged_versions_are_marked_in_the_list() {
    let world = kept();
    damage(&world, &format!("{}; UPDATE version SET update_time = 7 WHERE id = 4", flipped("delta", 3)));
    let list = |args: &[&str]| world.run(&[&["list", "--archive", "archive.db"], args].concat());
    // That of a document is seen by `verify`, which reads them all.
    assert_snapshot!(list(&[]), @"
    ID  STATE  TITLE            VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  live   一                      3  by hand     2026-08-30 09:00       Qm7xK2vTn
     2  live   二          3 (1 damaged)  by hand     2026-08-30 09:00       Qm7xK2vTz
    ------- stderr -------
    Error: the archive is damaged: versions of 1 draft are damaged
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
    let json = list(&["--json"]);
    assert_eq!(json.code(), Some(5), "{json}");
    let listed: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!((&listed[0]["damaged"], &listed[1]["damaged"]), (&serde_json::json!([]), &serde_json::json!([2])));
    let newest = kept();
    damage(&newest, &flipped("whole", 5));
    let json = newest.run(&["list", "--json", "--archive", "archive.db"]);
    let listed: serde_json::Value = serde_json::from_slice(json.stdout()).unwrap();
    assert_eq!((json.code(), &listed[0]["damaged"]), (Some(5), &serde_json::json!([3])), "it is read anyway");
    damage(&world, "DELETE FROM whole WHERE version = 5");
    assert_snapshot!(list(&[]), @"
    ID  STATE  TITLE            VERSIONS  RESTORABLE  LAST CHANGED (+08:00)  MEDIA_ID
     1  live   一          3 (3 damaged)              2026-08-30 09:00       Qm7xK2vTn
     2  live   二          3 (1 damaged)  by hand     2026-08-30 09:00       Qm7xK2vTz
    ------- stderr -------
    Error: the archive is damaged: versions of 2 drafts are damaged
    Hint: See what is damaged: draftkeep verify --archive $TMP/archive.db
    Hint: Bring what is whole into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    Hint: Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ");
}
