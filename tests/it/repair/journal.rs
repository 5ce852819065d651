//! A damaged journal: what stands behind the damage comes back where it is proven, and the report says that there was one.

use std::fs;

use insta::assert_snapshot;

use super::*;

const FRAME: usize = 24 + PAGE;

/// An archive with four versions of three drafts in its file, and a fifth one of each in its journal, in three transactions or more. Returns
/// the bytes of the journal.
fn kept_in_journal(world: &World) -> Vec<u8> {
    let open = database(world.path("archive.db"));
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; BEGIN; SELECT count(*) FROM version; COMMIT").unwrap();
    keep(world, 4..5);
    let files = ["archive.db", "archive.db-wal"].map(|name| (world.path(name), fs::read(world.path(name)).unwrap()));
    drop(open);
    files.iter().for_each(|(path, bytes)| fs::write(path, bytes).unwrap());
    files[1].1.clone()
}

/// Returns where the frames begin that end transactions.
fn commits(journal: &[u8]) -> Vec<usize> {
    let frames = (32..journal.len()).step_by(FRAME);
    frames.filter(|at| journal[at + 4..at + 8] != [0; 4]).collect()
}

#[test]
fn what_stands_behind_a_damaged_frame_comes_back_where_it_is_proven() {
    let world = kept();
    let journal = kept_in_journal(&world);
    let commits = commits(&journal);
    assert!(commits.len() >= 3, "{}", commits.len());
    // The first frame of the second transaction.
    let mut damaged = journal.clone();
    damaged[commits[0] + FRAME + 24 + 100] ^= 1;
    fs::write(world.path("archive.db-wal"), &damaged).unwrap();
    let report = json(&world, REPAIR, 3);
    assert_eq!(report["left_out"][0]["kind"], "database", "{report}");
    assert_eq!(
        report["left_out"][0]["reason"],
        "it is damaged: behind the damage only rows that their checksums prove were taken from it"
    );
    // SQLite itself would have had one of three.
    let there = versions(&world, "new.db");
    let last: Vec<_> = there.iter().filter(|(_, number)| *number == 5).collect();
    assert!(last.len() >= 2, "{report}");
    assert!(fs::read(world.path("archive.db-wal")).unwrap() == damaged, "the journal is as it was");
    assert_eq!(world.run(&["verify", "--archive", "new.db"]).code(), Some(0));
}

#[test]
fn a_journal_whose_header_is_damaged_is_read_and_told() {
    let world = kept();
    let mut journal = kept_in_journal(&world);
    journal[0] ^= 4;
    fs::write(world.path("archive.db-wal"), &journal).unwrap();
    let report = json(&world, REPAIR, 3);
    assert_eq!(report["versions"], 15, "{report}");
    assert_eq!(
        report["left_out"][0]["reason"],
        "its header is damaged: only rows that their checksums prove were taken from it"
    );

    // Nothing but noise.
    fs::remove_file(world.path("new.db")).unwrap();
    fs::write(world.path("archive.db-wal"), vec![7; 32 + 3 * FRAME]).unwrap();
    assert_snapshot!(world.run(REPAIR), @"
    new.db is a new archive, and proven: 3 drafts, 12 versions (16.7 kB), 0 pictures, 0 polls.

    LEFT OUT  WHICH           WHAT
    database  archive.db-wal  its header is damaged, so nothing of it was used

    No version is known to be lost; what else the journal held is not known.
    ------- stderr -------
    Hint: Put it in the place of the damaged archive, which is kept: draftkeep import-backup --archive $TMP/archive.db new.db
    ------- exit 3 -------
    ");
}

#[test]
fn a_journal_of_another_archive_is_not_read_and_told() {
    let world = kept();
    let other = kept();
    let journal = kept_in_journal(&other);
    for journal in [journal.clone(), [&[0; 32], &journal[32..]].concat()] {
        fs::write(world.path("archive.db-wal"), &journal).unwrap();
        let report = json(&world, REPAIR, 3);
        assert_eq!(report["versions"], 12, "{report}");
        assert_eq!(report["left_out"][0]["kind"], "database", "{report}");
        fs::remove_file(world.path("new.db")).unwrap();
    }
}

/// What a journal holds from before it was begun anew, and a transaction that was cut off, are no damage.
#[test]
fn what_is_left_of_older_transactions_is_no_damage() {
    let world = kept();
    let mut journal = kept_in_journal(&world);
    let commits = commits(&journal);
    let older = commits[commits.len() - 2] + FRAME;
    for at in (older..journal.len()).step_by(FRAME) {
        journal[at + 8..at + 16].copy_from_slice(b"formerly");
    }
    fs::write(world.path("archive.db-wal"), &journal).unwrap();
    let report = json(&world, REPAIR, 0);
    assert_eq!(report["versions"], 14, "{report}");
    fs::remove_file(world.path("new.db")).unwrap();
    fs::write(world.path("archive.db-wal"), &journal[..older - FRAME]).unwrap();
    assert_eq!(json(&world, REPAIR, 0)["versions"], 13);
}
