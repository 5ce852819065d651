//! `draftkeep import FILE`: another archive merged into this one, with nothing lost and no number changed.

mod killed;
mod polls;
mod records;

use std::cell::RefCell;
use std::fs;
use std::io::Write;

use draftkeep::archive::{DaemonLock, OutboxProgress, Writer};
use flate2::write::GzEncoder;
use insta::assert_snapshot;

use crate::harness::{World, appid, database, document, keep as record};

const DRAFT: &str = "Qm7xK2vTnS0b";
const IMPORT: [&str; 4] = ["import", "other.db", "--archive", "archive.db"];

/// Records versions of a draft; each is a text, seen on a day of August.
fn keep(world: &World, archive: &str, media_id: &str, versions: &[(&str, u32)]) {
    let mut writer = Writer::open(&world.path(archive)).unwrap();
    for (text, day) in versions {
        let at = format!("2026-08-{day:02}T01:00:00Z");
        record(&mut writer, "mag", media_id, &at, &document(&[(text, &format!("<p>{text}</p>"))]));
    }
}

/// This archive was in use until day 3, the other one from then on: it knows the newest version here, and newer ones. There, version 2 is
/// pinned, version 3 was restored into a new draft, and there are polls and calls.
fn taken_over() -> World {
    let world = World::new();
    keep(&world, "archive.db", DRAFT, &[("一", 1), ("二", 2), ("三", 3)]);
    keep(&world, "other.db", DRAFT, &[("三", 3), ("四", 5), ("五", 6)]);
    keep(&world, "other.db", "Vb3pL9wRtY6c", &[("新", 7), ("又", 8)]);
    database(world.path("other.db"))
        .execute_batch(
            "INSERT INTO pin (version, note, user, pinned_at) VALUES (2, '定稿', 'li', '2026-08-05T03:00:00Z');
             INSERT INTO poll (account, started_at, finished_at, strategy, calls, seen, new_versions, missing, errors)
             VALUES (1, '2026-08-05T01:00:00Z', '2026-08-05T01:00:01Z', 'sweep', 3, 1, 1, 0, 0);
             INSERT INTO call (account, interface, day, calls) VALUES (1, 'draft/get', '2026-08-05', 3);
             INSERT INTO restore (id, kind, version, account, started_at, finished_at, outcome, media_id, result)
             VALUES (1, 'as-new', 3, 1, '2026-08-07T00:00:00Z', '2026-08-07T00:00:05Z', 'done', 'Vb3pL9wRtY6c', 4);
             INSERT INTO restore_step (restore, number, step, about, began_at, done_at, media_id)
             VALUES (1, 1, 'add', '', '2026-08-07T00:00:00Z', '2026-08-07T00:00:05Z', 'Vb3pL9wRtY6c');
             INSERT INTO restore (id, kind, version, account, started_at) VALUES (2, 'as-new', 2, 1, '2026-08-08T00:00:00Z')",
        )
        .unwrap();
    world
}

/// What an archive holds, as text.
fn dump(world: &World, archive: &str) -> String {
    let database = database(world.path(archive));
    let mut text = String::new();
    for sql in [
        "SELECT name, media_id, number, observed_at, title FROM version JOIN draft ON draft.id = draft JOIN account ON account.id = account ORDER BY 2, 3",
        "SELECT media_id, state, first_seen, last_seen FROM draft ORDER BY 1",
        "SELECT media_id, number, note, user FROM pin JOIN version ON version.id = pin.version JOIN draft ON draft.id = draft ORDER BY 1, 2",
        "SELECT media_id, event.version, event.kind, event.at FROM event JOIN draft ON draft.id = event.draft ORDER BY 1, 2, 3",
        "SELECT version.number, restore.kind, restore.started_at, restore.media_id, restore_step.step, (SELECT number FROM version WHERE id = result)
         FROM restore JOIN version ON version.id = restore.version JOIN restore_step ON restore = restore.id ORDER BY 3",
        "SELECT count(*), (SELECT count(*) FROM call) FROM poll",
    ] {
        let mut query = database.prepare(sql).unwrap();
        let columns = query.column_count();
        let rows = query.query_map((), |row| {
            (0..columns).map(|at| row.get::<_, rusqlite::types::Value>(at)).collect::<Result<Vec<_>, _>>()
        });
        for row in rows.unwrap() {
            let shown = row.unwrap().into_iter().map(|value| match value {
                rusqlite::types::Value::Text(text) => text,
                rusqlite::types::Value::Integer(number) => number.to_string(),
                _ => "-".to_owned(),
            });
            text.push_str(&shown.collect::<Vec<_>>().join(" "));
            text.push('\n');
        }
    }
    text
}

fn proven(world: &World, archive: &str) {
    let verified = world.run(&["verify", "--archive", archive]);
    assert_eq!(verified.code(), Some(0), "{verified}");
}

#[test]
fn the_archive_of_the_machine_that_took_over_comes_in_with_all_that_it_recorded() {
    let world = taken_over();
    let (before, theirs) = (dump(&world, "archive.db"), dump(&world, "other.db"));
    assert_snapshot!(world.run(&IMPORT), @"
    mag/#1  五  2 versions after @3
    mag, new  又  2 versions
    New: 4 versions.
    ------- stderr -------
    other.db holds 2 drafts, 5 versions, all proven.
    Hint: Nothing was written. To merge: draftkeep import other.db --archive archive.db --apply
    ");
    assert_eq!(dump(&world, "archive.db"), before, "a plan writes nothing");
    assert_snapshot!(world.run(&[&IMPORT[..], &["--apply"]].concat()), @"
    mag/#1  五  2 versions after @3
    mag, new  又  2 versions
    Came over: 1 draft, 4 versions, 1 pin, 3 events, 1 restore.
    1 restore stayed behind: not ended there, or of a version that is not here.
    ------- stderr -------
    other.db holds 2 drafts, 5 versions, all proven.
    Hint: Prove the archive: draftkeep verify --archive $TMP/archive.db
    ");
    assert_snapshot!(dump(&world, "archive.db"), @"
    mag Qm7xK2vTnS0b 1 2026-08-01T01:00:00.000Z 一
    mag Qm7xK2vTnS0b 2 2026-08-02T01:00:00.000Z 二
    mag Qm7xK2vTnS0b 3 2026-08-03T01:00:00.000Z 三
    mag Qm7xK2vTnS0b 4 2026-08-05T01:00:00.000Z 四
    mag Qm7xK2vTnS0b 5 2026-08-06T01:00:00.000Z 五
    mag Vb3pL9wRtY6c 1 2026-08-07T01:00:00.000Z 新
    mag Vb3pL9wRtY6c 2 2026-08-08T01:00:00.000Z 又
    Qm7xK2vTnS0b live 2026-08-01T01:00:00.000Z 2026-08-06T01:00:00.000Z
    Vb3pL9wRtY6c live 2026-08-07T01:00:00.000Z 2026-08-08T01:00:00.000Z
    Qm7xK2vTnS0b 4 定稿 li
    Qm7xK2vTnS0b 2 draft.changed 2026-08-02T01:00:00.000Z
    Qm7xK2vTnS0b 3 draft.changed 2026-08-03T01:00:00.000Z
    Qm7xK2vTnS0b 4 draft.changed 2026-08-05T01:00:00.000Z
    Qm7xK2vTnS0b 5 draft.changed 2026-08-06T01:00:00.000Z
    Vb3pL9wRtY6c 2 draft.changed 2026-08-08T01:00:00.000Z
    5 as-new 2026-08-07T00:00:00Z Vb3pL9wRtY6c add 1
    0 0
    ");
    proven(&world, "archive.db");
    let merged = dump(&world, "archive.db");
    assert_snapshot!(world.run(&[&IMPORT[..], &["--apply"]].concat()), @"
    Nothing was new.
    1 restore stayed behind: not ended there, or of a version that is not here.
    ------- stderr -------
    other.db holds 2 drafts, 5 versions, all proven.
    ");
    assert_eq!(dump(&world, "archive.db"), merged, "once");
    assert_eq!(dump(&world, "other.db"), theirs, "the other one is only read");
}

#[test]
fn no_target_is_told_of_what_happened_elsewhere_however_far_it_lags() {
    let world = taken_over();
    // One has looked at nothing yet, as after a poll without a daemon, and one at everything.
    database(world.path("archive.db"))
        .execute_batch(
            "INSERT INTO outbox_target (name, cursor, settings) VALUES ('late', 0, '');
             INSERT INTO outbox_target (name, cursor, settings) SELECT 'editors', max(id), '' FROM event",
        )
        .unwrap();
    assert_eq!(world.run(&[&IMPORT[..], &["--apply"]].concat()).code(), Some(0));
    keep(&world, "archive.db", DRAFT, &[("六", 20)]);
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let mut told = |target: &str| {
        let events = RefCell::new(Vec::new());
        let looked = writer.take_events(target, |waiting, event| {
            events.borrow_mut().push(event.id);
            waiting
        });
        assert_eq!(looked.unwrap(), OutboxProgress::Complete);
        events.into_inner()
    };
    assert_eq!(told("late"), [1, 2, 6], "two before the merge, three merged ones, one after it");
    assert_eq!(told("editors"), [6]);
}

#[test]
fn what_is_older_stays_behind_by_name_and_comes_the_other_way_round() {
    let world = World::new();
    keep(&world, "archive.db", DRAFT, &[("三", 3), ("五", 5)]);
    keep(&world, "other.db", DRAFT, &[("一", 1), ("二", 2), ("三", 3), ("六", 6)]);
    let run = world.run(&[&IMPORT[..], &["--apply"]].concat());
    assert_snapshot!(run, @"
    mag/#1  六  1 version after @2, 2 versions stay behind (@1 @2 there)
    Came over: 1 version, 2 events.
    1 event stayed behind: of versions that are not here.
    ------- stderr -------
    other.db holds 1 draft, 4 versions, all proven.
    Warning: 2 versions stay behind: they are older than what is here, and no version gets another number
    Hint: Where the other archive is the older one, merge into that, and put it in this one's place: draftkeep import archive.db --archive other.db --apply && draftkeep import-backup other.db --archive archive.db
    Hint: Prove the archive: draftkeep verify --archive $TMP/archive.db
    ------- exit 3 -------
    ");
    let numbers = "SELECT group_concat(number || ' ' || substr(observed_at, 9, 2), ', ') FROM version";
    let told =
        |archive: &str| -> String { database(world.path(archive)).query_row(numbers, (), |row| row.get(0)).unwrap() };
    assert_eq!(told("archive.db"), "1 03, 2 05, 3 06", "no version has another number");
    let other_way = ["import", "archive.db", "--archive", "other.db", "--apply"];
    assert_eq!(world.run(&other_way).code(), Some(3), "between two");
    assert_eq!(told("other.db"), "1 01, 2 02, 3 03, 4 06");
}

#[test]
fn a_copy_is_imported_as_it_lies_and_a_new_archive_is_made_where_there_is_none() {
    let world = taken_over();
    database(world.path("other.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let plain = fs::read(world.path("other.db")).unwrap();
    fs::write(world.path("other.db.zst"), zstd::encode_all(&plain[..], 1).unwrap()).unwrap();
    let mut gz = GzEncoder::new(fs::File::create(world.path("other.db.gz")).unwrap(), flate2::Compression::fast());
    gz.write_all(&plain).unwrap();
    gz.finish().unwrap();
    for packed in ["other.db.zst", "other.db.gz"] {
        let run = world.run(&["import", packed, "--archive", "new.db", "--apply", "--json"]);
        let told = run.json();
        assert_eq!(told["new"]["versions"], if packed.ends_with("zst") { 5 } else { 0 }, "{run}");
    }
    proven(&world, "new.db");
    let names = fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    assert!(!names.into_iter().any(|name| name.contains("unpacked")));
}

#[test]
fn an_account_is_known_by_its_appid_whatever_it_is_called() {
    let world = taken_over();
    let renamed = format!("UPDATE account SET name = 'magazine' WHERE appid = '{}'", appid("mag"));
    database(world.path("archive.db")).execute_batch(&renamed).unwrap();
    let told = world.run(&[&IMPORT[..], &["--json"]].concat()).json();
    assert_eq!(told["plan"]["renamed"], serde_json::json!([{"there": "mag", "here": "magazine"}]));
    assert_eq!(told["plan"]["drafts"][0]["account"], "magazine");
    // Another account has the name here: the drafts do not mix.
    let mut writer = Writer::open(&world.path("named.db")).unwrap();
    record(&mut writer, "shop", DRAFT, "2026-08-01T01:00:00Z", &document(&[("店", "店")]));
    drop(writer);
    database(world.path("named.db")).execute_batch("UPDATE account SET name = 'mag'").unwrap();
    let run = world.run(&["import", "other.db", "--archive", "named.db", "--apply"]);
    assert!(run.to_string().contains("The account mag of other.db is mag-wx00000000 here."), "{run}");
    let listed = world.run(&["list", "--archive", "named.db", "--json"]).json();
    let mut versions: Vec<_> =
        listed.as_array().unwrap().iter().map(|draft| format!("{} {}", draft["account"], draft["versions"])).collect();
    versions.sort();
    assert_eq!(versions, [r#""mag" 1"#, r#""mag-wx00000000" 2"#, r#""mag-wx00000000" 3"#]);
    proven(&world, "named.db");
}

#[test]
fn what_cannot_be_imported_is_told_and_the_archive_is_not_touched() {
    let world = taken_over();
    let before = dump(&world, "archive.db");
    let import = |path: &str| world.run(&["import", path, "--archive", "archive.db", "--apply"]);
    assert_snapshot!(import("nothing.db"), @"
    ------- stderr -------
    Error: there is nothing at nothing.db
    Hint: Name the directory of an export, an archive, or a copy of one: draftkeep import --archive $TMP/archive.db PATH
    ------- exit 4 -------
    ");
    assert_snapshot!(import("archive.db"), @"
    ------- stderr -------
    Error: this is the archive itself
    Hint: Name another archive: draftkeep import --archive $TMP/archive.db PATH
    ------- exit 2 -------
    ");
    fs::write(world.path("text.db"), "hello").unwrap();
    assert_snapshot!(import("text.db"), @"
    ------- stderr -------
    Error: text.db cannot be imported, and the archive was not touched: text.db is no SQLite database
    Hint: Name the directory of an export, an archive, or a copy of one: draftkeep import --archive $TMP/archive.db PATH
    ------- exit 5 -------
    ");
    fs::write(world.path("secret.age"), "age-encryption.org/v1\n…").unwrap();
    assert_snapshot!(import("secret.age"), @"
    ------- stderr -------
    Error: secret.age cannot be imported, and the archive was not touched: it is encrypted with age
    Hint: Decrypt it: age -d -i KEY -o FILE secret.age
    ------- exit 2 -------
    ");
    let lock = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    assert_snapshot!(import("other.db"), @"
    ------- stderr -------
    Error: another draftkeep daemon is running on the archive archive.db
    Hint: Stop it first, where it was started. Then: draftkeep import other.db --archive archive.db --apply
    ------- exit 1 -------
    ");
    assert_eq!(world.run(&IMPORT).code(), Some(0), "a plan disturbs no daemon");
    drop(lock);
    database(world.path("other.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(world.path("other.db")).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4096].fill(0);
    fs::write(world.path("other.db"), bytes).unwrap();
    assert_eq!(import("other.db").code(), Some(5));
    assert_eq!(dump(&world, "archive.db"), before);
}
