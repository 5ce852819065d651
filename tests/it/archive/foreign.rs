//! A journal that a killed program has left is applied to its own archive, and to no other file that was put in its place.

use std::fs;
use std::path::{Path, PathBuf};

use draftkeep::archive::sql::SqlSession;
use draftkeep::archive::{Change, Error, Reader, Writer};

use super::{Fixture, document, drafts, open, shell, shell_is_there, sighting};
use crate::harness::database;

/// The archive and its journal as a killed program would leave them, in a directory of their own.
struct Killed {
    directory: tempfile::TempDir,
}

impl Killed {
    fn of(archive: &Path) -> Self {
        let killed = Self { directory: tempfile::tempdir().unwrap() };
        fs::copy(archive, killed.path()).unwrap();
        let journal = archive.with_extension("db-wal");
        if journal.exists() {
            fs::copy(journal, killed.journal()).unwrap();
        }
        killed
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("archive.db")
    }

    fn journal(&self) -> PathBuf {
        self.directory.path().join("archive.db-wal")
    }

    /// Files that were set aside.
    fn aside(&self) -> Vec<PathBuf> {
        let files = fs::read_dir(self.directory.path()).unwrap().map(|entry| entry.unwrap().path());
        files.filter(|file| file.to_string_lossy().contains(".aside-")).collect()
    }
}

fn versions(path: &Path) -> u64 {
    drafts(&Reader::open(path).unwrap()).iter().map(|draft| draft.versions).sum()
}

fn integrity(path: &Path) -> String {
    let database = crate::harness::database(path);
    database.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap()
}

/// Text of some length that cannot be compressed much.
fn state(n: u64) -> Vec<u8> {
    let paragraphs: String =
        (0..400).map(|line| format!("<p>{}</p>", (line + n).wrapping_mul(0x9e37_79b9_7f4a_7c15))).collect();
    document("一", &paragraphs)
}

fn write(archive: &mut Fixture, versions: std::ops::Range<u64>) {
    versions.for_each(|n| drop(archive.record("D1", &state(n))));
}

fn moved_journal(path: &Path) -> Option<PathBuf> {
    Writer::open(path).unwrap().moved_journal().map(Path::to_owned)
}

#[test]
fn at_whatever_instant_a_program_is_killed_its_journal_is_applied() {
    let mut archive = Fixture::new();
    let (other, mut salts) = (archive.raw(), std::collections::BTreeSet::new());
    for n in 0..120 {
        // While somebody reads an older state a checkpoint comes to that only, and the journal goes on.
        let reads = n % 5 == 0;
        if reads {
            other.execute_batch("BEGIN; SELECT count(*) FROM version").unwrap();
        }
        archive.record("D1", &state(n));
        if n % 7 == 0 {
            archive.raw().execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
        }
        let killed = Killed::of(&archive.path());
        salts.insert(fs::read(killed.journal()).unwrap()[16..24].to_vec());
        assert_eq!((versions(&killed.path()), killed.aside()), (n + 1, vec![]), "after version {n}");
        if reads {
            other.execute_batch("COMMIT").unwrap();
        }
    }
    assert!(salts.len() > 10, "only {} journals were begun", salts.len());
}

#[test]
fn what_other_programs_do_to_the_archive_makes_its_journal_no_strangers() {
    let batches = [
        "CREATE INDEX theirs ON poll (seen)",
        "CREATE INDEX theirs ON poll (seen); DROP INDEX theirs; CREATE TABLE more (x); DROP TABLE more",
        "VACUUM",
        "UPDATE draft SET last_seen = last_seen; PRAGMA incremental_vacuum",
        "ANALYZE; REINDEX",
    ];
    for batch in batches {
        for first in [true, false] {
            let mut archive = Fixture::new();
            write(&mut archive, 0..20);
            let other = archive.raw();
            // The next transaction begins a journal.
            other.execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
            if !first {
                write(&mut archive, 20..21);
            }
            other.execute_batch(batch).unwrap();
            let held = versions(&archive.path());
            assert_eq!(versions(&Killed::of(&archive.path()).path()), held, "{batch}");
            write(&mut archive, 30..33);
            // In part, and whole.
            for _ in 0..2 {
                let killed = Killed::of(&archive.path());
                assert_eq!((versions(&killed.path()), killed.aside()), (held + 3, vec![]), "{batch}");
                assert_eq!(integrity(&killed.path()), "ok", "{batch}");
                other.execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
            }
        }
    }
}

/// Copies of an archive, each with the number of versions that it holds.
fn backups(archive: &mut Fixture) -> Vec<(&'static str, PathBuf, u64)> {
    let path = |name: &str| archive.directory.path().join(name);
    let (vacuumed, paged, plain, late) = (path("vacuumed.db"), path("paged.db"), path("plain.db"), path("late.db"));
    write(archive, 0..5);
    archive.raw().execute("VACUUM INTO ?1", [vacuumed.to_str().unwrap()]).unwrap();
    if shell_is_there() {
        shell(&archive.path(), &format!(".backup {}", paged.display()));
    } else {
        archive.raw().execute("VACUUM INTO ?1", [paged.to_str().unwrap()]).unwrap();
    }
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    fs::copy(archive.path(), &plain).unwrap();
    write(archive, 5..8);
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    write(archive, 8..12);
    // From the journal that is left behind: it continues the state that this is a copy of, but not its pages.
    archive.raw().execute("VACUUM INTO ?1", [late.to_str().unwrap()]).unwrap();
    write(archive, 12..15);
    vec![("VACUUM INTO", vacuumed, 5), (".backup", paged, 5), ("cp", plain, 5), ("VACUUM INTO, late", late, 12)]
}

#[test]
fn a_backup_in_the_place_of_a_killed_archive_stays_what_it_is() {
    let mut archive = Fixture::new();
    let backups = backups(&mut archive);
    type Open = fn(&Path);
    let openers: [(&str, Open); 3] = [
        ("Writer", |path| drop(Writer::open(path).unwrap())),
        ("Reader", |path| drop(Reader::open(path).unwrap())),
        ("Console", |path| drop(SqlSession::open(path).unwrap())),
    ];
    for (kind, backup, held) in &backups {
        for by_copy in [true, false] {
            for (opener, open) in openers {
                let killed = Killed::of(&archive.path());
                let journal = fs::read(killed.journal()).unwrap();
                if by_copy {
                    fs::copy(backup, killed.path()).unwrap();
                } else {
                    let new = killed.directory.path().join("new.db");
                    fs::copy(backup, &new).unwrap();
                    fs::rename(new, killed.path()).unwrap();
                }
                open(&killed.path());
                let case = format!("{kind} by {} opened by {opener}", if by_copy { "cp" } else { "mv" });
                assert_eq!(versions(&killed.path()), *held, "{case}");
                assert_eq!(integrity(&killed.path()), "ok", "{case}");
                let aside = killed.aside();
                assert_eq!(aside.len(), 1, "{case}");
                assert!(aside[0].to_string_lossy().ends_with("Z-wal"), "{case}");
                assert_eq!(fs::read(&aside[0]).unwrap(), journal, "{case}");
            }
        }
    }
}

#[test]
fn a_young_archive_is_told_from_another_young_one() {
    let (mut one, mut other) = (Fixture::new(), Fixture::new());
    write(&mut one, 0..2);
    write(&mut other, 0..1);
    other.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let killed = Killed::of(&one.path());
    fs::copy(other.path(), killed.path()).unwrap();
    assert!(moved_journal(&killed.path()).is_some());
    assert_eq!((versions(&killed.path()), integrity(&killed.path()).as_str()), (1, "ok"));
}

#[test]
fn no_new_archive_is_begun_beside_the_journal_of_one_that_was_deleted() {
    let mut archive = Fixture::new();
    write(&mut archive, 0..3);
    let killed = Killed::of(&archive.path());
    let journal = fs::read(killed.journal()).unwrap();
    fs::remove_file(killed.path()).unwrap();
    assert!(matches!(Writer::open(&killed.path()), Err(Error::Gone { .. })));
    assert!(matches!(Reader::open(&killed.path()), Err(Error::Gone { .. })));
    assert_eq!(fs::read(killed.journal()).unwrap(), journal);
    assert!(!killed.path().exists());
}

#[test]
fn nothing_is_moved_while_somebody_has_the_archive_open() {
    let mut archive = Fixture::new();
    let (_, backup, _) = backups(&mut archive).swap_remove(0);
    let killed = Killed::of(&archive.path());
    let journal = fs::read(killed.journal()).unwrap();
    fs::remove_file(killed.journal()).unwrap();
    fs::copy(backup, killed.path()).unwrap();
    let other = database(killed.path());
    other.execute_batch("BEGIN; SELECT count(*) FROM version").unwrap();
    fs::write(killed.journal(), &journal).unwrap();
    drop(Reader::open(&killed.path()));
    assert_eq!(killed.aside(), Vec::<PathBuf>::new());
    assert_eq!(fs::read(killed.journal()).unwrap(), journal);
}

#[test]
fn a_writer_whose_archive_is_not_there_any_more_writes_nothing() {
    type Harm = fn(&Path);
    let harms: [(Harm, Change); 3] = [
        (|path| fs::remove_file(path).unwrap(), Change::Gone),
        (|path| fs::rename(path, path.with_extension("moved")).unwrap(), Change::Gone),
        (
            |path| {
                fs::copy(path, path.with_extension("new")).unwrap();
                fs::rename(path.with_extension("new"), path).unwrap();
            },
            Change::Replaced,
        ),
    ];
    for (harm, expected) in harms {
        let mut archive = Fixture::new();
        write(&mut archive, 0..3);
        harm(&archive.path());
        for error in [
            archive.writer.record(archive.account, &sighting("D1", &state(3)), &[]).unwrap_err(),
            archive.writer.ping().unwrap_err(),
            archive.writer.prove_writable().unwrap_err(),
        ] {
            assert!(error.is_final(), "{error}");
            assert!(matches!(error, Error::Moved { change, .. } if change == expected), "{error}");
        }
    }
}

#[test]
fn a_writer_whose_journal_was_deleted_saves_what_it_held() {
    let mut archive = Fixture::new();
    write(&mut archive, 0..3);
    fs::remove_file(archive.path().with_extension("db-wal")).unwrap();
    let error = archive.writer.record(archive.account, &sighting("D1", &state(3)), &[]).unwrap_err();
    assert!(matches!(&error, Error::Moved { path, .. } if path.ends_with("archive.db-wal")), "{error}");
    let killed = Killed::of(&archive.path());
    assert_eq!((versions(&killed.path()), integrity(&killed.path()).as_str()), (3, "ok"));
    drop(open(&killed.path()));
}

/// `cp backup.db archive.db` under a daemon: the file is the same, its content is not. Once, this was noticed only when pages of both
/// were mixed, and both archives were lost.
#[test]
fn a_writer_whose_archive_is_overwritten_leaves_it_as_it_is() {
    let count = backups(&mut Fixture::new()).len();
    for place in 0..count {
        for is_in_archive in [false, true] {
            let mut archive = Fixture::new();
            let (kind, backup, held) = backups(&mut archive).swap_remove(place);
            if is_in_archive {
                archive.raw().execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
            }
            fs::copy(&backup, archive.path()).unwrap();
            for error in [
                archive.writer.record(archive.account, &sighting("D2", &state(99)), &[]).unwrap_err(),
                archive.writer.prove_writable().unwrap_err(),
                archive.writer.ping().unwrap_err(),
            ] {
                assert!(matches!(error, Error::Moved { change: Change::Overwritten, .. }), "{kind}: {error}");
                assert!(error.is_final());
            }
            let error = Reader::open(&archive.path()).unwrap_err();
            assert!(matches!(error, Error::Moved { change: Change::Overwritten, .. }), "{kind}: {error}");
            let path = archive.path();
            let Fixture { directory: _directory, writer, .. } = archive;
            drop(writer);
            assert_eq!(fs::read(&path).unwrap(), fs::read(&backup).unwrap(), "{kind}: nothing is brought into it");
            let aside = moved_journal(&path);
            assert!(aside.is_some(), "{kind}: the journal is of the old archive");
            assert_eq!((versions(&path), integrity(&path).as_str()), (held, "ok"), "{kind}");
        }
    }
}

/// Two writers, and checkpoints by a third, at any time: none of them takes the others' changes for another archive.
#[test]
fn writers_beside_one_another_take_no_archive_for_overwritten() {
    let mut archive = Fixture::new();
    write(&mut archive, 0..2);
    let path = archive.path();
    std::thread::scope(|scope| {
        for draft in ["D2", "D3"] {
            let path = &path;
            scope.spawn(move || {
                let (mut writer, account) = open(path);
                for n in 0..150 {
                    writer.record(account, &sighting(draft, &state(n)), &[]).unwrap();
                    writer.ping().unwrap();
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..200 {
                drop(Reader::open(&path).unwrap());
            }
        });
        scope.spawn(|| {
            let other = rusqlite::Connection::open(&path).unwrap();
            other.busy_timeout(std::time::Duration::from_secs(10)).unwrap();
            for n in 0..200 {
                other.execute_batch("PRAGMA wal_checkpoint(PASSIVE)").unwrap();
                if n % 20 == 0 {
                    other.execute_batch("CREATE TABLE theirs (x); DROP TABLE theirs").unwrap();
                }
            }
        });
    });
    assert_eq!((versions(&path), integrity(&path).as_str()), (302, "ok"));
}
