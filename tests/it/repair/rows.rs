//! What stands beside versions: pins, polls and the rows of drafts, from copies and kept.

use draftkeep::archive::{Error, Salvage};

use super::*;

fn pins(world: &World, archive: &str) -> Value {
    world.run(&["pin", "--archive", archive, "--json"]).json()
}

/// A copy of an archive with a pin and a poll.
fn with_pin_and_poll(world: &World) {
    assert_eq!(world.run(&["pin", "1@2", "--note", "final", "--archive", "archive.db"]).code(), Some(0));
    let poll = "INSERT INTO poll VALUES (1, 1, '2026-08-20T00:00:00.000Z', '2026-08-20T00:00:01.000Z', 'sweep', 0, 0, 0, 0, 0)";
    database(world.path("archive.db")).execute(poll, ()).unwrap();
    flush(world);
    fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
}

#[test]
fn pins_and_polls_that_are_lost_come_from_a_copy() {
    let world = kept();
    with_pin_and_poll(&world);
    lose(&world, "pin", "");
    lose(&world, "poll", "");
    assert_snapshot!(world.run(REPAIR), @"
    new.db is a new archive, and proven: 3 drafts, 12 versions (16.7 kB), 0 pictures, 0 polls.

    LEFT OUT  WHICH    WHAT
    poll      poll     1 row lost: nothing but a checksum is left
    version   mag/1@2  it was pinned, and its pin is lost with who made it and why

    No version is lost.
    ------- stderr -------
    Warning: 1 pin lost: do not prune, and keep [retention] off, before these versions are pinned again: draftkeep pin DRAFT@N --archive new.db
    Hint: Put it in the place of the damaged archive, which is kept: draftkeep import-backup --archive $TMP/archive.db new.db
    ------- exit 3 -------
    ");
    fs::remove_file(world.path("new.db")).unwrap();
    let report = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 0);
    assert_eq!((&report["rows_from_copies"], &report["pins_lost"]), (&2.into(), &0.into()), "{report}");
    assert_eq!(pins(&world, "new.db"), pins(&world, "copy.db"));
    assert_eq!(report["polls"], 1, "{report}");
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
}

#[test]
fn what_was_unpinned_since_a_copy_stays_so() {
    let world = kept();
    with_pin_and_poll(&world);
    assert_eq!(world.run(&["pin", "1@2", "--remove", "--archive", "archive.db"]).code(), Some(0));
    flush(&world);
    let report = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 0);
    assert_eq!((&report["rows_from_copies"], &pins(&world, "new.db")), (&0.into(), &Value::Array(Vec::new())));
}

#[test]
fn a_draft_that_lost_every_version_keeps_its_numbers() {
    let world = kept();
    for tree in ["whole", "delta", "version"] {
        lose(&world, tree, "");
    }
    // One draft is left.
    let copy = World::new();
    copy.keep("mag", "MEDIA-1-Qm7xK2vTnS0b", "2026-08-01T01:00:00Z", &text(1, 0));
    flush(&copy);
    fs::copy(copy.path("archive.db"), world.path("copy.db")).unwrap();
    let report = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 3);
    assert_eq!((&report["versions"], report["lost"].as_array().unwrap().len()), (&1.into(), 11), "{report}");
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
    assert_eq!(world.run(&["import-backup", "new.db", "--archive", "archive.db"]).code(), Some(0));
    keep(&world, 4..5);
    let reader = Reader::open(&world.path("archive.db")).unwrap();
    let numbers = |draft| reader.version_numbers(draft).unwrap();
    assert_eq!((numbers(1), numbers(2), numbers(3)), (vec![5, 1], vec![5], vec![5]));
    assert_eq!(world.run(&["verify", "--archive", "archive.db"]).code(), Some(0));
}

#[test]
fn a_copy_that_cannot_be_used_keeps_no_other_from_giving() {
    let world = kept();
    fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
    fs::create_dir(world.path("nothing")).unwrap();
    lose(&world, "whole", "");
    let report = json(&world, &[REPAIR, &["--from", "nothing", "--from", "copy.db"]].concat(), 3);
    assert_eq!((&report["versions"], &report["lost"]), (&12.into(), &Value::Array(Vec::new())), "{report}");
    assert_eq!(
        (&report["from"][0]["versions"], report["not_used"].as_array().unwrap().len()),
        (&0.into(), 1),
        "{report}"
    );
    assert_eq!(report["not_used"][0]["id"], "nothing", "{report}");
}

#[test]
fn nobody_writes_to_the_archive_while_it_is_read() {
    let world = kept();
    let archive = world.path("archive.db");
    drop(DaemonLock::acquire(&archive).unwrap());
    let mut refused = 0;
    let read = Salvage::read(&archive, &world.path("new.db"), &mut |_, _| {
        refused += u32::from(matches!(DaemonLock::acquire(&archive), Err(Error::SecondDaemon(_))));
    });
    assert!(read.is_ok() && refused > 0, "a daemon does not start");
    drop(read);
    let read = Salvage::read(&archive, &world.path("new.db"), &mut |page, _| {
        if page == 1 {
            keep(&world, 4..5);
        }
    });
    assert!(matches!(read, Err(Error::Changed(_))), "{read:?}");
    assert_eq!(files(&world), ["archive.db", "archive.db.lock"]);
}

/// A tree of an archive that has lost versions says so, and is whole all the same.
#[test]
fn lost_versions_and_pins_go_through_an_exported_tree() {
    let world = kept();
    with_pin_and_poll(&world);
    // A bit of the hash of draft 1's version 4.
    let sql = "SELECT hash FROM version WHERE draft = 1 AND number = 4";
    let hash: Vec<u8> = database(world.path("archive.db")).query_row(sql, (), |row| row.get(0)).unwrap();
    let mut bytes = fs::read(world.path("archive.db")).unwrap();
    places(&bytes, &hash).into_iter().for_each(|at| bytes[at] ^= 1);
    fs::write(world.path("archive.db"), bytes).unwrap();
    assert_eq!(json(&world, REPAIR, 3)["lost"].as_array().unwrap().len(), 1);
    assert_eq!(world.run(&["import-backup", "new.db", "--archive", "archive.db"]).code(), Some(0));
    keep(&world, 4..5);
    let there = versions(&world, "archive.db");
    assert_eq!(world.run(&["export", "tree", "--archive", "archive.db"]).code(), Some(0));
    let import = world.run(&["import", "tree", "--archive", "again.db"]);
    assert_eq!(import.code(), Some(0), "{import}");
    assert_eq!(versions(&world, "again.db"), there);
    assert_eq!(pins(&world, "again.db"), pins(&world, "archive.db"));
    assert_eq!(world.run(&["verify", "--archive", "again.db"]).code(), Some(0));
    let lost = |archive: &str| -> Vec<(i64, u64)> {
        let reader = Reader::open(&world.path(archive)).unwrap();
        let lost = |draft| reader.lost_versions(draft).unwrap().into_iter().map(move |lost| (draft, lost.number));
        (1..=3).flat_map(lost).collect()
    };
    assert_eq!((lost("again.db"), lost("archive.db")), (vec![(1, 4)], vec![(1, 4)]));
    // Once more changes nothing.
    let import = world.run(&["import", "tree", "--archive", "again.db", "--json"]);
    assert_eq!((import.code(), &import.json()["new"]["versions"]), (Some(0), &0.into()), "{import}");
}

#[test]
fn what_programs_wrote_comes_back_and_their_tokens_do_not() {
    let world = kept();
    let written = "INSERT INTO gate_write (id, account, action, draft, before, result, asked_at, state, finished_at)
                   VALUES (1, 1, 'update', 1, 1, 2, '2026-08-02T01:00:00.000Z', 'done', '2026-08-02T01:00:01.000Z');
                   INSERT INTO write_origin VALUES (1, 'agent', 'claude-code', '夏季价格', '2026-08-02T01:00:00.000Z');
                   INSERT INTO gate_token VALUES ('publisher', 1, zeroblob(32), '[\"update\"]', 'li', '2026-08-01T00:00:00.000Z', NULL)";
    database(world.path("archive.db")).execute_batch(written).unwrap();
    flush(&world);
    fs::copy(world.path("archive.db"), world.path("copy.db")).unwrap();
    let rows = "SELECT (SELECT count(*) FROM gate_view WHERE who = 'agent' AND version = 2) || ' ' || (SELECT count(*) FROM gate_token)";
    let of = |archive: &str| -> String { database(world.path(archive)).query_row(rows, (), |row| row.get(0)).unwrap() };
    assert_eq!(of("copy.db"), "1 1");
    json(&world, REPAIR, 0);
    assert_eq!(of("new.db"), "1 0");
    fs::remove_file(world.path("new.db")).unwrap();
    // Lost, they come from a copy.
    lose(&world, "gate_write", "");
    lose(&world, "write_origin", "");
    let report = json(&world, &[REPAIR, &["--from", "copy.db"]].concat(), 0);
    assert_eq!((&report["rows_from_copies"], of("new.db").as_str()), (&2.into(), "1 0"), "{report}");
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
}
