//! Killed at any of its writes, a merge is completed by the next one.

use std::fs;

use draftkeep::archive::{Reader, Writer};
use draftkeep::merge;

use super::{DRAFT, dump, keep, proven, taken_over};
use crate::harness::{NOW, World, database};

/// The header of the journal, and a frame: its header and a page.
const HEADER: usize = 32;
const FRAME: usize = 24 + 1024;

fn merge_all(world: &World) {
    let path = world.path("archive.db");
    let there = Reader::open(&world.path("other.db")).unwrap();
    let mut writer = Writer::open(&path).unwrap();
    let here = Reader::open(&path).unwrap();
    merge::merge(&there, &here, &mut writer, NOW.parse().unwrap(), &mut |_| {}).unwrap();
    // The journal as it was written, before its end brings it into the archive.
    for name in ["archive.db", "archive.db-wal"] {
        fs::copy(world.path(name), world.path(&format!("killed-{name}"))).unwrap();
    }
}

/// Merges once to its end. Then, for each frame of the journal, leaves the archive as a merge does that is killed after it, and calls `then`.
fn killed_after_each_frame(world: &World, mut then: impl FnMut(usize, &str)) {
    database(world.path("archive.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    merge_all(world);
    let whole = dump(world, "archive.db");
    let (archive, journal) =
        (fs::read(world.path("killed-archive.db")).unwrap(), fs::read(world.path("killed-archive.db-wal")).unwrap());
    let frames = (journal.len() - HEADER) / FRAME;
    assert!(frames > 30, "{frames}");
    for frame in 0..frames {
        fs::write(world.path("archive.db"), &archive).unwrap();
        fs::write(world.path("archive.db-wal"), &journal[..HEADER + frame * FRAME]).unwrap();
        let _ = fs::remove_file(world.path("archive.db-shm"));
        then(frame, &whole);
    }
    proven(world, "archive.db");
}

#[test]
fn a_merge_that_was_killed_anywhere_is_completed() {
    let world = taken_over();
    killed_after_each_frame(&world, |frame, whole| {
        merge_all(&world);
        assert_eq!(dump(&world, "archive.db"), whole, "killed after {frame} frames");
    });
}

/// What is then newer than the poll's version comes no more; each version that came has what is recorded of it.
#[test]
fn no_version_lacks_its_events_where_a_poll_comes_between_two_merges() {
    let world = taken_over();
    let lacking = "SELECT
        (SELECT count(*) FROM other.event JOIN other.version AS there ON there.draft = event.draft AND there.number = event.version
         JOIN version AS here ON here.hash = there.hash
         WHERE NOT EXISTS (SELECT 1 FROM event AS same
             WHERE same.draft = here.draft AND same.version = here.number AND same.kind = event.kind AND same.at = event.at)),
        (SELECT count(*) FROM other.pin JOIN other.version AS there ON there.id = pin.version JOIN version AS here ON here.hash = there.hash
         WHERE here.id NOT IN (SELECT version FROM main.pin))";
    killed_after_each_frame(&world, |frame, _| {
        keep(&world, "archive.db", DRAFT, &[("六", 20)]);
        merge_all(&world);
        let database = database(world.path("archive.db"));
        database.execute("ATTACH ?1 AS other", [world.path("other.db").to_str()]).unwrap();
        let lacking: (u64, u64) = database.query_row(lacking, (), |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        assert_eq!(lacking, (0, 0), "killed after {frame} frames");
    });
}
