//! A merge and what else writes versions: it keeps polls out, and one that got in costs no number and no event.

use std::fs::File;

use draftkeep::archive::{DaemonLock, Error, MergeLock, Reader, RestoreLock, Writer};
use draftkeep::merge::{self, Merged};
use insta::assert_snapshot;

use super::{DRAFT, IMPORT, keep, proven, taken_over};
use crate::harness::{NOW, World, database, document, keep as record};

/// Merges, and calls `on_step` with the number of each step.
fn merge(world: &World, mut on_step: impl FnMut(u32)) -> Result<Merged, Error> {
    let path = world.path("archive.db");
    let (there, here) = (Reader::open(&world.path("other.db")).unwrap(), Reader::open(&path).unwrap());
    let mut step = 0;
    merge::merge(&there, &here, &mut Writer::open(&path).unwrap(), NOW.parse().unwrap(), &mut |_| {
        step += 1;
        on_step(step);
    })
}

/// The versions of the draft here: number and title.
fn versions(world: &World) -> String {
    let sql = "SELECT group_concat(number || ' ' || title, ', ') FROM (SELECT * FROM version WHERE draft = 1 ORDER BY number)";
    database(world.path("archive.db")).query_row(sql, (), |row| row.get(0)).unwrap()
}

/// Step 1 is the first draft, 2 and 3 are its versions that come over.
#[test]
fn a_version_that_a_poll_adds_meanwhile_gets_a_number_of_its_own() {
    for (step, expected) in [
        (1, "1 一, 2 二, 3 三, 4 新稿"),
        (2, "1 一, 2 二, 3 三, 4 新稿"),
        (3, "1 一, 2 二, 3 三, 4 四, 5 新稿"),
        (4, "1 一, 2 二, 3 三, 4 四, 5 五, 6 新稿"),
    ] {
        let world = taken_over();
        merge(&world, |at| {
            if at == step {
                keep(&world, "archive.db", DRAFT, &[("新稿", 20)]);
            }
        })
        .unwrap();
        assert_eq!(versions(&world), expected, "step {step}");
        proven(&world, "archive.db");
    }
}

/// The poll's version is older than those that come: they are compared with it and come after it.
#[test]
fn histories_are_compared_anew_and_not_for_ever() {
    let world = taken_over();
    keep_at(&world, 4, "先一步");
    merge(&world, |_| ()).unwrap();
    let expected = versions(&world);
    let world = taken_over();
    merge(&world, |step| {
        if step == 2 {
            keep_at(&world, 4, "先一步");
        }
    })
    .unwrap();
    assert_eq!(versions(&world), expected);
    assert_eq!(expected, "1 一, 2 二, 3 三, 4 先一步, 5 四, 6 五");

    let world = taken_over();
    let error = merge(&world, |step| keep_at(&world, step, &format!("第{step}稿"))).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("versions were added to the draft {DRAFT} again and again while it was merged")
    );
    proven(&world, "archive.db");
}

/// Records a version of the draft in a minute of August 4.
fn keep_at(world: &World, minute: u32, text: &str) {
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    record(&mut writer, "mag", DRAFT, &format!("2026-08-04T01:{minute:02}:00Z"), &document(&[(text, text)]));
}

#[test]
fn no_poll_and_no_restore_runs_beside_a_merge() {
    let world = taken_over();
    let archive = world.path("archive.db");
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    let lock = MergeLock::acquire(&archive).unwrap();
    assert_snapshot!(world.run(&["--config", "config.toml", "poll"]), @"
    ------- stderr -------
    Error: another archive is being merged into ./archive.db
    Hint: Wait until it has ended, and type the same again.
    ------- exit 1 -------
    ");
    for refused in [
        DaemonLock::acquire(&archive).map(drop),
        RestoreLock::acquire(&archive).map(drop),
        MergeLock::acquire(&archive).map(drop),
        MergeLock::keep_out(&archive).map(drop),
    ] {
        assert!(matches!(refused, Err(Error::MergeRuns(_))), "{refused:?}");
    }
    drop(lock);
    let polls: Vec<Option<File>> = (0..2).map(|_| MergeLock::keep_out(&archive).unwrap()).collect();
    assert_snapshot!(world.run(&[&IMPORT[..], &["--apply"]].concat()), @"
    ------- stderr -------
    Error: a poll is at work on the archive archive.db
    Hint: Wait until it has ended. Then: draftkeep import other.db --archive archive.db --apply
    ------- exit 1 -------
    ");
    drop(polls);
    let restore = RestoreLock::acquire(&archive).unwrap();
    let refused = world.run(&["--config", "config.toml", "import", "other.db", "--apply"]);
    assert_snapshot!(refused, @"
    ------- stderr -------
    Error: another restore is at work on the archive ./archive.db
    Hint: Wait until it has ended. Then: draftkeep --config $TMP/config.toml import other.db --apply
    ------- exit 1 -------
    ");
    drop(restore);
    assert_eq!(world.run(&[&IMPORT[..], &["--apply"]].concat()).code(), Some(0));
}
