//! Events come over with their versions: each once, and what stays behind is counted.

use insta::assert_snapshot;

use super::{DRAFT, IMPORT, dump, keep, taken_over};
use crate::harness::{World, database};

/// Writes events of the draft, as a daemon would: kind, version, time.
fn happened(world: &World, archive: &str, events: &[(&str, u32, &str)]) {
    let database = database(world.path(archive));
    for (kind, version, at) in events {
        database
            .execute(
                "INSERT INTO event (account, draft, kind, severity, at, version)
                 SELECT account, id, ?1, 'info', ?2, ?3 FROM draft WHERE media_id = ?4",
                (kind, format!("2026-08-{at}.000Z"), version, DRAFT),
            )
            .unwrap();
    }
}

/// The events of the draft here, by time.
fn events(world: &World) -> String {
    let database = database(world.path("archive.db"));
    let sql = "SELECT group_concat(version || ' ' || kind || ' ' || substr(at, 9, 8), char(10))
               FROM (SELECT * FROM event WHERE draft = 1 ORDER BY at, id)";
    database.query_row(sql, (), |row| row.get(0)).unwrap()
}

fn import(world: &World) -> crate::harness::Run {
    world.run(&[&IMPORT[..], &["--apply"]].concat())
}

#[test]
fn what_happens_to_a_version_more_than_once_comes_over_as_often() {
    let world = taken_over();
    let gone_and_back =
        [("draft.gone", 3, "10T01:00:00"), ("draft.returned", 3, "11T01:00:00"), ("draft.gone", 3, "12T01:00:00")];
    happened(&world, "other.db", &gone_and_back);
    assert_eq!(import(&world).code(), Some(0));
    assert_snapshot!(events(&world), @"
    2 draft.changed 02T01:00
    3 draft.changed 03T01:00
    4 draft.changed 05T01:00
    5 draft.changed 06T01:00
    5 draft.gone 10T01:00
    5 draft.returned 11T01:00
    5 draft.gone 12T01:00
    ");
    let once = dump(&world, "archive.db");
    assert_eq!(import(&world).code(), Some(0));
    assert_eq!(dump(&world, "archive.db"), once);
    // What was written there since, of a version that both have, comes with the next merge.
    happened(&world, "other.db", &[("draft.returned", 3, "13T01:00:00")]);
    assert!(import(&world).to_string().contains("Came over: 1 event."));
    assert!(events(&world).ends_with("5 draft.returned 13T01:00"));
}

/// Both watched the draft: what a version changed was noticed by both, each at a time of its own.
#[test]
fn what_a_version_changed_is_told_once() {
    let world = World::new();
    keep(&world, "archive.db", DRAFT, &[("一", 1), ("二", 2)]);
    keep(&world, "other.db", DRAFT, &[("零", 1), ("一", 2), ("二", 3), ("三", 4)]);
    let run = import(&world);
    assert_snapshot!(events(&world), @"
    2 draft.changed 02T01:00
    1 draft.changed 02T01:00
    3 draft.changed 04T01:00
    ");
    assert_eq!(run.code(), Some(3), "{run}");
}

#[test]
fn events_of_versions_that_are_not_here_stay_behind_and_are_counted() {
    let world = World::new();
    keep(&world, "archive.db", DRAFT, &[("三", 3), ("五", 5)]);
    keep(&world, "other.db", DRAFT, &[("一", 1), ("二", 2), ("四", 4), ("六", 6)]);
    let run = world.run(&[&IMPORT[..], &["--apply", "--json"]].concat());
    assert_eq!(run.code(), Some(3), "{run}");
    let told: serde_json::Value = serde_json::from_slice(run.stdout()).unwrap();
    assert_eq!((&told["new"]["events"], &told["new"]["events_left"]), (&1.into(), &2.into()));
    assert!(import(&world).to_string().contains("\n2 events stayed behind: of versions that are not here.\n"));
}

#[test]
fn a_pin_that_was_removed_here_does_not_come_back() {
    let world = taken_over();
    assert_eq!(import(&world).code(), Some(0));
    assert_eq!(world.run(&["pin", "1@4", "--remove", "--archive", "archive.db"]).code(), Some(0));
    assert!(!import(&world).to_string().contains("pin"));
}

/// Where an event came from stands in the log. A message says what happened, in its language.
#[test]
fn the_log_says_what_came_over() {
    let world = taken_over();
    assert_eq!(import(&world).code(), Some(0));
    assert_snapshot!(world.run(&["notify", "log", "--archive", "archive.db"]), @"
    AT (+08:00)       EVENT          DRAFT    TITLE, DETAILS                   CHARACTERS  PICTURES
    2026-08-08 09:00  draft.changed  mag/2@2  又, merged from another archive  1           0
    2026-08-06 09:00  draft.changed  mag/1@5  五, merged from another archive  1           0
    2026-08-05 09:00  draft.changed  mag/1@4  四, merged from another archive  1           0
    2026-08-03 09:00  draft.changed  mag/1@3  三                               1           0
    2026-08-02 09:00  draft.changed  mag/1@2  二                               1           0
    ");
    let logged = world.run(&["notify", "log", "--archive", "archive.db", "--json"]).json();
    assert_eq!(logged[0]["reason"], "merged from another archive");
    world.configure(&[("mag", "https://api.weixin.qq.com", "'all'")]);
    world.replace(
        "config.toml",
        "archive = 'archive.db'\n",
        "archive = 'archive.db'\n[[notify]]\nname = 'editors'\nto = { exec = ['cat'] }\n",
    );
    for language in ["zh-CN", "en"] {
        let at = format!("name = 'editors'\nlanguage = '{language}'\n");
        let text = std::fs::read_to_string(world.path("config.toml")).unwrap();
        std::fs::write(world.path(language), text.replace("name = 'editors'\n", &at)).unwrap();
        let shown = world.run(&["--config", language, "notify", "preview", "4", "--target", "editors"]).to_string();
        let message = shown.split("exec gets:").next().unwrap();
        assert!(message.contains("四") && !message.contains("another archive"), "{shown}");
    }
}

/// The draft has other numbers here, and writes of its own.
#[test]
fn writes_of_programs_come_over_once_with_numbers_of_here() {
    let world = World::new();
    keep(&world, "archive.db", "Zz7xK2vTnS0c", &[("别的", 1)]);
    keep(&world, "archive.db", DRAFT, &[("一", 1)]);
    keep(&world, "other.db", DRAFT, &[("一", 1), ("二", 2)]);
    let own = "INSERT INTO gate_write (id, account, action, draft, before, asked_at, state, finished_at)
               VALUES (1, 1, 'update', 1, 1, '2026-08-03T01:00:00.000Z', 'denied', '2026-08-03T01:01:00.000Z')";
    database(world.path("archive.db")).execute_batch(own).unwrap();
    let theirs = "INSERT INTO gate_write (id, account, action, draft, before, result, asked_at, state, finished_at)
                  VALUES (1, 1, 'update', 1, 1, 2, '2026-08-02T01:00:00.000Z', 'done', '2026-08-02T01:00:01.000Z');
                  INSERT INTO gate_write (id, account, action, draft, before, request, asked_at, state)
                  VALUES (2, 1, 'update', 1, 2, '{}', '2026-08-02T02:00:00.000Z', 'held');
                  INSERT INTO write_origin VALUES (1, 'agent', 'claude-code', '夏季价格', '2026-08-02T01:00:00.000Z'),
                                                  (2, 'agent', 'claude-code', '', '2026-08-02T02:00:00.000Z')";
    database(world.path("other.db")).execute_batch(theirs).unwrap();
    let run = import(&world);
    assert!(run.to_string().contains("1 write stayed behind: not ended there"), "{run}");
    let here = database(world.path("archive.db"));
    let sql = "SELECT group_concat(gate_write.id || ' ' || draft || ' ' || before || ' ' || coalesce(result, '-') || ' ' || state
                                   || ' ' || coalesce(who || ' ' || note, '-'), char(10))
               FROM gate_write LEFT JOIN write_origin USING (id)";
    let writes: String = here.query_row(sql, (), |row| row.get(0)).unwrap();
    assert_eq!(writes, "1 1 1 - denied -\n2 2 1 2 done agent 夏季价格");
    let log = world.run(&["log", "2", "--archive", "archive.db", "--json"]).json();
    assert_eq!((&log[0]["version"], &log[0]["by"]["who"]), (&2.into(), &"agent".into()), "{log:#}");
    let once = dump(&world, "archive.db");
    assert!(import(&world).to_string().contains("Nothing was new."));
    assert_eq!(dump(&world, "archive.db"), once);
    assert_eq!(world.run(&["verify", "--archive", "archive.db"]).code(), Some(0));
}
