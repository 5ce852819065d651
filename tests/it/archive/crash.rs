//! Killed at any time, out of space at any write: every reported version is there, and nothing is half written.

use std::fs::{self, File};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use draftkeep::archive::{Error, Reader, RecordOutcome, StoredDocument, Version};
use draftkeep::canonical::canonicalise;

use super::{child, document, drafts, open, sighting};

/// How often the writing process is killed.
const KILLS: u64 = 50;
/// Drafts that it writes to in turn.
const DRAFTS: u64 = 3;

/// The `n`th state of a draft: some text that stays, some that changes.
fn state(media_id: &str, n: u64) -> Vec<u8> {
    let paragraphs: String = (0..100).map(|line| format!("<p>{media_id} 第 {line} 段</p>")).collect();
    document(&n.to_string(), &format!("{paragraphs}<p>{}</p>", n * 7919))
}

#[test]
fn a_killed_writer_loses_nothing_that_it_reported() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive.db");
    for kill in 0..KILLS {
        let mut child = child::command(&[], "archive::crash::writes_until_it_is_killed", &path);
        let mut child = child.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
        // Some reports, and then an instant within the next few writes.
        let mut reports: Vec<String> =
            lines.by_ref().filter(|line| line.starts_with('D')).take((kill % 7) as usize).collect();
        std::thread::sleep(Duration::from_micros(kill * 7919 % 20_000));
        child.kill().unwrap();
        child.wait().unwrap();
        reports.extend(lines.filter(|line| line.starts_with('D')));
        check(&path, &reports);
    }
    let versions = drafts(&Reader::open(&path).unwrap()).iter().map(|draft| draft.versions).sum::<u64>();
    assert!(versions > KILLS, "{versions} versions are too few to have been killed while writing");
}

/// The child: continues where the last one was killed, and reports each version after it is recorded.
#[test]
fn writes_until_it_is_killed() {
    let Some(path) = child::value() else { return };
    let (mut writer, account) = open(&path);
    let known: u64 = drafts(&Reader::open(&path).unwrap()).iter().map(|draft| draft.versions).sum();
    for n in known.. {
        let (media_id, n) = (format!("D{}", n % DRAFTS), n / DRAFTS + 1);
        let recorded = writer.record(account, &sighting(&media_id, &state(&media_id, n)), &[]).unwrap();
        let expected = (n, n.to_string());
        assert!(
            matches!(recorded, RecordOutcome::Version { number, title, .. } if (number, title.clone()) == expected)
        );
        writeln!(std::io::stdout(), "\n{media_id} {n}").unwrap();
    }
}

/// Checks that every reported version is there, and that everything there is complete.
fn check(path: &Path, reports: &[String]) {
    if !path.exists() || matches!(Reader::open(path), Err(Error::NotFound(_) | Error::Empty(_))) {
        return assert!(reports.is_empty());
    }
    let reader = Reader::open(path).unwrap();
    let drafts = drafts(&reader);
    for report in reports {
        let (media_id, n) = report.split_once(' ').unwrap();
        let draft = drafts.iter().find(|draft| draft.media_id == media_id).expect(report);
        assert!(draft.versions >= n.parse().unwrap(), "{report} was reported, {} are there", draft.versions);
    }
    for draft in drafts {
        let versions = reader.versions(draft.id).unwrap();
        assert_eq!(versions.len() as u64, draft.versions);
        let check = |version: &Version, found: Result<StoredDocument<'_>, Error>| {
            let found = found?.raw;
            assert!(found == state(&draft.media_id, version.number));
            assert_eq!(canonicalise(found).unwrap().hash(), version.hash);
            Ok(())
        };
        reader.documents(&versions, check).unwrap();
    }
    assert_eq!(integrity(path), "ok");
}

fn integrity(path: &Path) -> String {
    let database = crate::harness::database(path);
    let orphans = database.prepare("PRAGMA foreign_key_check").unwrap().exists(()).unwrap();
    assert!(!orphans);
    database.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap()
}

#[test]
fn a_full_disk_in_the_middle_of_a_write_leaves_nothing_half_written() {
    child::in_a_mount_namespace("archive::crash::writes_until_the_disk_is_full");
}

#[test]
fn writes_until_the_disk_is_full() {
    let Some(mount) = child::tmpfs("1m") else { return };
    let (path, mut written) = (mount.path().join("archive.db"), 0);
    drop(open(&path));
    for round in 0..12 {
        let (mut writer, account) = open(&path);
        // More room each time, so that it ends at another point within a transaction.
        let ballast = leave(60_000 + round * 1_000, mount.path());
        let error = loop {
            match writer.record(account, &sighting("D0", &state("D0", written + 1)), &[]) {
                Ok(recorded) => {
                    assert!(matches!(recorded, RecordOutcome::Version { number, .. } if number == written + 1));
                }
                Err(error) => break error,
            }
            written += 1;
        };
        assert!(matches!(error, Error::Full), "{error:?}");
        check(&path, &[format!("D0 {written}")]);
        fs::remove_file(ballast).unwrap();
        written += 1;
        let recorded = writer.record(account, &sighting("D0", &state("D0", written)), &[]).unwrap();
        assert!(matches!(recorded, RecordOutcome::Version { number, .. } if number == written), "there is space again");
        check(&path, &[format!("D0 {written}")]);
    }
    assert!(written > 24, "{written} versions are too few to have filled the disk between two of them");
}

/// Fills a file system except for some bytes, with a file whose path it returns.
fn leave(bytes: u64, directory: &Path) -> PathBuf {
    let path = directory.join("ballast");
    let mut ballast = File::create(&path).unwrap();
    while ballast.write_all(&[0; 4096]).is_ok() {}
    let length = ballast.metadata().unwrap().len();
    ballast.set_len(length - bytes).unwrap();
    path
}
