//! Killed at any of its writes, a merge is completed by the next one.

use std::fs;

use draftkeep::archive::{Reader, Writer};
use draftkeep::merge;

use super::{dump, proven, taken_over};
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

#[test]
fn a_merge_that_was_killed_anywhere_is_completed() {
    let world = taken_over();
    database(world.path("archive.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    merge_all(&world);
    let whole = dump(&world, "archive.db");
    let (archive, journal) =
        (fs::read(world.path("killed-archive.db")).unwrap(), fs::read(world.path("killed-archive.db-wal")).unwrap());
    let frames = (journal.len() - HEADER) / FRAME;
    assert!(frames > 30, "{frames}");
    for frame in 0..frames {
        fs::write(world.path("archive.db"), &archive).unwrap();
        fs::write(world.path("archive.db-wal"), &journal[..HEADER + frame * FRAME]).unwrap();
        let _ = fs::remove_file(world.path("archive.db-shm"));
        merge_all(&world);
        assert_eq!(dump(&world, "archive.db"), whole, "killed after {frame} frames");
    }
    proven(&world, "archive.db");
}
