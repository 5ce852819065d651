//! Killed at any of its writes, pruning leaves a sound archive, which holds what was there before a step or after it.
//!
//! SQLite writes a transaction to the journal, frame by frame, and later brings its pages into the archive. So an archive that is killed
//! at a write is the archive with the beginning of the journal, or with the whole journal and some of its pages.

use std::fs;
use std::path::Path;

use draftkeep::archive::Reader;
use draftkeep::verify::{SampleRate, verify};

use super::{Fixture, document, documents, now};
use crate::harness::PAGE;

/// The header of the journal, and that of each of its frames.
const HEADER: usize = 32;
const FRAME_HEADER: usize = 24;

fn state(n: u64) -> Vec<u8> {
    let paragraphs: String = (0..20).map(|line| format!("<p>第 {line} 段 {}</p>", line * 104_729)).collect();
    document(&n.to_string(), &format!("{paragraphs}<p>{}</p>", n * 7919))
}

/// The files of an archive.
#[derive(Clone)]
struct Files {
    archive: Vec<u8>,
    journal: Vec<u8>,
}

impl Files {
    fn read(archive: &Fixture) -> Self {
        let mut journal = archive.path().into_os_string();
        journal.push("-wal");
        Self { archive: fs::read(archive.path()).unwrap(), journal: fs::read(journal).unwrap() }
    }

    /// Opens an archive of these files, and returns the versions that it holds.
    fn versions(&self, directory: &Path) -> Vec<u64> {
        let path = directory.join("archive.db");
        fs::write(&path, &self.archive).unwrap();
        fs::write(directory.join("archive.db-wal"), &self.journal).unwrap();
        let _ = fs::remove_file(directory.join("archive.db-shm"));
        let reader = Reader::open(&path).unwrap();
        let mut numbers = reader.version_numbers(1).unwrap();
        numbers.reverse();
        assert_eq!(documents(&reader), numbers.iter().map(|n| state(*n)).collect::<Vec<_>>());
        let report = verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap();
        assert!(report.is_ok(), "{:?}", report.damaged);
        numbers
    }
}

/// Twelve versions, in one file, and what the journal then holds after two steps of pruning.
fn pruned() -> (Files, Files, [Vec<u64>; 3]) {
    let mut archive = Fixture::new();
    for n in 1..=12 {
        archive.record("D1", &state(n));
    }
    archive.raw().execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let before = Files { journal: Vec::new(), archive: fs::read(archive.path()).unwrap() };
    archive.writer.prune(1, &[1, 2, 4, 5], now()).unwrap();
    archive.writer.prune(1, &[7, 9, 10], now()).unwrap();
    let after = Files::read(&archive);
    assert!(after.archive == before.archive, "all of it is in the journal");
    (before, after, [(1..=12).collect(), vec![3, 6, 7, 8, 9, 10, 11, 12], vec![3, 6, 8, 11, 12]])
}

#[test]
fn killed_at_any_write_to_the_journal() {
    let directory = tempfile::tempdir().unwrap();
    let (before, after, states) = pruned();
    let frames = (after.journal.len() - HEADER) / (FRAME_HEADER + PAGE);
    assert!(frames > 12, "{frames}");
    let mut seen = Vec::new();
    for frame in 0..=frames {
        let whole = HEADER + frame * (FRAME_HEADER + PAGE);
        // After a frame, in its header, and in its page.
        for end in [whole, whole + 10, whole + FRAME_HEADER + PAGE / 2] {
            let journal = after.journal[..end.min(after.journal.len())].to_vec();
            let found = Files { journal, ..before.clone() }.versions(directory.path());
            assert!(states.contains(&found), "frame {frame}: {found:?}");
            seen.push(found);
        }
    }
    seen.dedup();
    assert_eq!(seen, states, "each state once, in this order");
}

#[test]
fn killed_at_any_write_to_the_archive() {
    let directory = tempfile::tempdir().unwrap();
    let (_, after, [.., last]) = pruned();
    let frames: Vec<&[u8]> = after.journal[HEADER..].chunks_exact(FRAME_HEADER + PAGE).collect();
    let mut files = after.clone();
    for frame in frames {
        let number = u32::from_be_bytes(frame[..4].try_into().unwrap()) as usize;
        let place = (number - 1) * PAGE;
        if files.archive.len() < place + PAGE {
            files.archive.resize(place + PAGE, 0);
        }
        // Half of a page, and then all of it.
        files.archive[place..place + PAGE / 2].copy_from_slice(&frame[FRAME_HEADER..][..PAGE / 2]);
        assert_eq!(files.versions(directory.path()), last);
        files.archive[place..place + PAGE].copy_from_slice(&frame[FRAME_HEADER..]);
        assert_eq!(files.versions(directory.path()), last);
    }
}
