//! Files that are no archive, or no longer a sound one: each is told, none is made worse.

use std::fs;
use std::path::Path;

use draftkeep::archive::{Error, Filter, Reader, RecordOutcome, Replacement, Writer};
use draftkeep::canonical::canonicalise;
use draftkeep::verify::{SampleRate, verify};

use super::{Fixture, document, documents, drafts, now, open, places, sighting, sound, text, versions};

/// Opens a file of these bytes for reading and for writing, and returns what was said; the file must stay as it is.
fn told(bytes: &[u8]) -> [String; 2] {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive.db");
    fs::write(&path, bytes).unwrap();
    let said = [Reader::open(&path).unwrap_err(), Writer::open(&path).unwrap_err()];
    assert!(fs::read(&path).unwrap() == bytes, "the file was changed");
    said.map(|error| error.to_string().replace(&*directory.path().to_string_lossy(), "DIR"))
}

#[test]
fn what_is_no_archive_is_refused_and_left_alone() {
    let text = told(&b"Dear diary, this is not a database. ".repeat(100));
    insta::assert_snapshot!(text.join("\n"), @"
    DIR/archive.db is no SQLite database
    DIR/archive.db is no SQLite database
    ");
    let directory = tempfile::tempdir().unwrap();
    let other = directory.path().join("other.db");
    rusqlite::Connection::open(&other)
        .unwrap()
        .execute_batch("CREATE TABLE theirs (x); PRAGMA user_version = 1")
        .unwrap();
    insta::assert_snapshot!(told(&fs::read(&other).unwrap()).join("\n"), @"
    DIR/archive.db is no draftkeep archive but another program's database
    DIR/archive.db is no draftkeep archive but another program's database
    ");
}

#[test]
fn a_newer_archive_is_refused_and_left_alone() {
    let archive = Fixture::new();
    archive.raw().pragma_update(None, "user_version", 99).unwrap();
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    insta::assert_snapshot!(told(&fs::read(archive.path()).unwrap()).join("\n"), @"
    the archive DIR/archive.db has schema 99, this program knows 31 at most
    the archive DIR/archive.db has schema 99, this program knows 31 at most
    ");
}

#[test]
fn an_empty_file_is_told_and_begun_anew() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive.db");
    fs::write(&path, b"").unwrap();
    assert!(matches!(Reader::open(&path), Err(Error::Empty(named)) if named == path));
    open(&path);
    assert_eq!(drafts(&Reader::open(&path).unwrap()).len(), 0);
}

#[test]
fn a_place_that_is_not_there_is_named() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("missing/archive.db");
    assert!(matches!(Reader::open(&path), Err(Error::NotFound(_))));
    assert!(matches!(Writer::open(&path), Err(Error::File { path: named, .. }) if named == path));
    let path = directory.path();
    assert!(matches!(Reader::open(path), Err(Error::NotAFile(_))));
    assert!(matches!(Writer::open(path), Err(Error::NotAFile(_))));
}

/// Opens a copy of the archive with eight bytes inverted.
fn damaged(archive: &Fixture, places: &[usize]) -> (tempfile::TempDir, Result<Reader, Error>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive.db");
    let mut bytes = fs::read(archive.path()).unwrap();
    for at in places {
        bytes[*at..][..8].iter_mut().for_each(|byte| *byte = !*byte);
    }
    fs::write(&path, bytes).unwrap();
    let reader = Reader::open(&path);
    (directory, reader)
}

#[test]
fn damage_to_one_draft_is_told_and_the_others_can_be_read() {
    let archive = sound();
    let sql = "SELECT body FROM whole WHERE version = (SELECT max(version) FROM whole WHERE version < 6)";
    let body: Vec<u8> = archive.raw().query_row(sql, (), |row| row.get(0)).unwrap();
    let bytes = fs::read(archive.path()).unwrap();
    let middle = places(&bytes, &body[body.len() / 2..][..16]);
    assert!(!middle.is_empty());
    let (_directory, reader) = damaged(&archive, &middle);
    let reader = reader.unwrap();
    let [first, second] = &drafts(&reader)[..] else { panic!("two drafts") };
    for version in reader.versions(first.id).unwrap() {
        let error = reader.document(&version).unwrap_err();
        assert!(matches!(error, Error::Damaged(_)), "{error}");
    }
    for version in reader.versions(second.id).unwrap() {
        assert!(reader.document(&version).unwrap() == text("D2", version.number as usize - 1));
    }
}

#[test]
fn damage_anywhere_is_an_error_or_another_hash_but_never_a_wrong_answer() {
    let archive = sound();
    let (size, mut read) = (fs::metadata(archive.path()).unwrap().len() as usize, 0);
    for at in (0..size - 8).step_by(509) {
        let (_directory, reader) = damaged(&archive, &[at]);
        let Ok(reader) = reader else { continue };
        for draft in reader.drafts(&Filter::default()).unwrap_or_default() {
            for version in reader.versions(draft.id).unwrap_or_default() {
                let Ok(found) = reader.document(&version) else { continue };
                let right = found == text(&draft.media_id, version.number as usize - 1);
                let noticed = !canonicalise(&found).is_ok_and(|found| found.hash() == version.hash);
                assert!(right || noticed, "bytes at {at}");
                read += usize::from(right);
            }
        }
    }
    assert!(read > 0, "not one could be read");
}

/// Swaps two rows in the page of a table: SQLite looks for a number by halves, and comes back to one that it has passed.
#[test]
fn rows_that_are_out_of_order_lead_nobody_in_a_circle() {
    let mut archive = Fixture::new();
    for media_id in ["D1", "D2", "D3", "D4"] {
        archive.record(media_id, &document(media_id, "text"));
    }
    let number = |sql| archive.raw().query_row(sql, (), |row| row.get::<_, usize>(0)).unwrap();
    let (size, root) = (number("PRAGMA page_size"), number("SELECT rootpage FROM sqlite_schema WHERE name = 'draft'"));
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let mut bytes = fs::read(archive.path()).unwrap();
    // A leaf has a head of 8 bytes, and then the place of each row in two.
    let second = (root - 1) * size + 8 + 2;
    bytes[second..second + 4].rotate_left(2);
    fs::write(archive.path(), bytes).unwrap();
    let reader = archive.reader();
    assert!(matches!(reader.next_draft_id(3), Err(Error::Damaged(_))), "the next one is 2");
    let one = Filter { id: Some(4), ..Filter::default() };
    let (found, damaged) = reader.readable_drafts(&one).unwrap();
    assert_eq!((found.len(), damaged.len()), (0, 1));
    let report = verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap();
    assert!(report.damaged.iter().any(|damage| damage.reason == "the row after 3 has the number 2"), "{report:?}");
}

#[test]
fn a_column_that_cannot_be_read_is_damage() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    archive.raw().execute("UPDATE draft SET last_seen = 'yesterday'", ()).unwrap();
    let error = archive.reader().drafts(&Filter::default()).unwrap_err();
    assert!(matches!(error, Error::Damaged(_)), "{error:?}");
}

/// Copies what a process that was killed leaves: its file and its journals.
fn left_by_a_crash(archive: &Fixture, directory: &Path, ends: &[&str]) {
    for end in ends {
        let from = format!("{}{end}", archive.path().display());
        fs::copy(from, directory.join(format!("archive.db{end}"))).unwrap();
    }
}

/// Leaves in `directory` what is there when a writer with a rollback journal is killed after it has changed the file in part.
fn within_a_change(archive: &Fixture, directory: &Path) {
    let elsewhere = tempfile::tempdir().unwrap();
    left_by_a_crash(archive, elsewhere.path(), &[""]);
    let raw = rusqlite::Connection::open(elsewhere.path().join("archive.db")).unwrap();
    // It writes more than it holds in memory.
    raw.execute_batch(
        "PRAGMA journal_mode = DELETE; PRAGMA cache_size = 1; BEGIN; CREATE TABLE more (bytes);
         INSERT INTO more SELECT randomblob(900) FROM sqlite_schema, sqlite_schema other LIMIT 300",
    )
    .unwrap();
    for name in ["archive.db", "archive.db-journal"] {
        fs::copy(elsewhere.path().join(name), directory.join(name)).unwrap();
    }
}

#[test]
fn what_a_killed_process_left_in_its_journal_is_read() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    for ends in [&["", "-wal", "-shm"][..], &["", "-wal"]] {
        let directory = tempfile::tempdir().unwrap();
        left_by_a_crash(&archive, directory.path(), ends);
        let reader = Reader::open(&directory.path().join("archive.db")).unwrap();
        assert_eq!(documents(&reader), [document("一", "甲")]);
    }
}

#[test]
fn what_a_killed_writer_had_begun_is_taken_back_before_anything_is_read() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let directory = tempfile::tempdir().unwrap();
    within_a_change(&archive, directory.path());
    // As by a link, beside which no journal stands.
    let link = directory.path().join("link.db");
    std::os::unix::fs::symlink("archive.db", &link).unwrap();
    let reader = Reader::open(&link).unwrap();
    assert_eq!(documents(&reader), [document("一", "甲")]);
    assert!(!directory.path().join("archive.db-journal").exists());
}

#[test]
fn no_new_archive_is_begun_beside_a_journal_that_would_be_applied_to_it() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let directory = tempfile::tempdir().unwrap();
    within_a_change(&archive, directory.path());
    let (path, journal) = (directory.path().join("archive.db"), directory.path().join("archive.db-journal"));
    fs::remove_file(&path).unwrap();
    let left = fs::read(&journal).unwrap();
    for opened in [Writer::open(&path).map(drop), Reader::open(&path).map(drop)] {
        assert!(matches!(&opened, Err(Error::Gone { journal: told, .. }) if *told == journal), "{opened:?}");
    }
    assert!(!path.exists() && fs::read(&journal).unwrap() == left);
    // One that is done with takes nothing back.
    fs::write(&journal, vec![0; left.len()]).unwrap();
    assert!(Writer::open(&path).unwrap().is_new());
}

#[test]
fn a_backup_that_takes_the_place_of_an_archive_is_not_changed_by_its_journal() {
    let (mut archive, mut backup) = (Fixture::new(), Fixture::new());
    archive.record("D1", &document("一", "甲"));
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    backup.record("D1", &document("一", "乙"));
    for is_there in [true, false] {
        let directory = tempfile::tempdir().unwrap();
        within_a_change(&archive, directory.path());
        let path = directory.path().join("archive.db");
        if !is_there {
            fs::remove_file(&path).unwrap();
        }
        let moved = Replacement::begin(&path).unwrap().put(&Reader::open(&backup.path()).unwrap(), now()).unwrap();
        assert_eq!(documents(&Reader::open(&path).unwrap()), [document("一", "乙")]);
        match is_there {
            true => assert_eq!(documents(&Reader::open(&moved[0]).unwrap()), [document("一", "甲")]),
            false => assert!(moved.iter().all(|file| file.display().to_string().ends_with("-journal")), "{moved:?}"),
        }
        assert_eq!(moved.len(), 1, "{moved:?}");
    }
}

#[test]
fn a_read_only_medium_is_read_and_never_written() {
    super::child::in_a_mount_namespace("archive::damage::on_a_read_only_medium");
}

#[test]
fn on_a_read_only_medium() {
    let Some(mount) = super::child::tmpfs("4m") else { return };
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", "甲"));
    let journal = mount.path().join("journal");
    fs::create_dir(&journal).unwrap();
    left_by_a_crash(&archive, &journal, &["", "-wal"]);
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    left_by_a_crash(&archive, mount.path(), &[""]);
    let rollback = mount.path().join("rollback");
    fs::create_dir(&rollback).unwrap();
    within_a_change(&archive, &rollback);
    mount.make_read_only();

    let path = mount.path().join("archive.db");
    assert_eq!(documents(&Reader::open(&path).unwrap()), [document("一", "甲")]);
    let refused = Writer::open(&path).unwrap_err();
    assert!(matches!(refused, Error::NotWritable { .. } | Error::CannotOpen { .. }), "{refused:?}");
    let unrecovered = Reader::open(&journal.join("archive.db")).unwrap_err();
    assert!(unrecovered.to_string().contains("-wal"), "{unrecovered}");
    let half_changed = Reader::open(&rollback.join("archive.db")).unwrap_err();
    assert!(half_changed.to_string().contains("-journal"), "{half_changed}");
}

#[test]
fn an_archive_that_became_read_only_is_told() {
    super::child::in_a_mount_namespace("archive::damage::became_read_only");
}

#[test]
fn became_read_only() {
    let Some(mount) = super::child::tmpfs("4m") else { return };
    let path = mount.path().join("archive.db");
    let (writer, _) = open(&path);
    drop(writer);
    mount.make_read_only();
    let reader = Reader::open(&path).unwrap();
    assert_eq!(drafts(&reader).len(), 0);
    drop(reader);
    mount.make_writable();
    let (mut writer, account) = open(&path);
    writer.record(account, &sighting("D1", &document("一", "甲")), &[]).unwrap();
    assert_eq!(versions(&Reader::open(&path).unwrap()).len(), 1);
}

#[test]
fn a_damaged_version_does_not_keep_the_next_one_out() {
    let mut archive = Fixture::new();
    archive.record("D1", &document("一", &"甲".repeat(500)));
    let raw = archive.raw();
    raw.execute_batch("DROP TRIGGER whole_never_changes; UPDATE whole SET length = length + 1").unwrap();
    let kept = archive.record("D1", &document("一", &"乙".repeat(500)));
    let damage = Some("a document has another length than it was stored with".to_owned());
    assert_eq!(kept, RecordOutcome::Version { draft: 1, number: 2, title: "一".to_owned(), damage });
    let reader = archive.reader();
    let versions = reader.versions(drafts(&reader)[0].id).unwrap();
    assert_eq!(reader.document(&versions[0]).unwrap(), document("一", &"乙".repeat(500)));
    assert!(matches!(reader.document(&versions[1]), Err(Error::Damaged(_))));
}
