//! Damage anywhere in the file is reported, or has changed no version.

use std::fs;
use std::path::Path;

use draftkeep::archive::{DamageKind, Error, Filter, Reader};
use draftkeep::verify::{SampleRate, VerifyReport, verify};

use crate::archive::{places, sighting, sound, text};
use crate::harness::{PAGE, World, one_in};

/// Verifies a file of these bytes; fails if it is called sound and any version has changed.
fn proof_of(bytes: &[u8]) -> Result<VerifyReport, Error> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("archive.db");
    fs::write(&path, bytes).unwrap();
    let reader = Reader::open(&path)?;
    let proof = verify(&reader, SampleRate::Whole, &mut |_| {})?;
    if proof.is_ok() {
        assert_eq!((proof.versions, proof.proven), (6, 6));
        assert_as_recorded(&reader);
    }
    Ok(proof)
}

fn assert_as_recorded(reader: &Reader) {
    let drafts = reader.drafts(&Filter::default()).unwrap();
    assert_eq!(drafts.len(), 2);
    for (draft, name) in drafts.iter().zip(["D1", "D2"]) {
        let versions = reader.versions(draft.id).unwrap();
        assert_eq!(versions.len(), 3, "{name}");
        for (version, n) in versions.iter().rev().zip(0..) {
            let right = text(name, n);
            assert!(reader.document(version).unwrap() == right, "{name} {n}");
            assert_eq!((version.number, version.hash), (n as u64 + 1, sighting(name, &right).canonical.hash()));
            assert_eq!((version.title.as_str(), version.articles), ("一", 1));
        }
    }
}

fn bytes_of(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

/// Verifies the file with these bytes inverted, and returns whether damage was reported.
fn is_noticed(bytes: &[u8], places: &[usize]) -> bool {
    let mut damaged = bytes.to_owned();
    for &at in places {
        damaged[at] = !damaged[at];
    }
    !proof_of(&damaged).is_ok_and(|proof| proof.is_ok())
}

#[test]
fn a_flipped_byte_anywhere_is_told_or_has_changed_no_version() {
    let bytes = bytes_of(&sound().path());
    assert!(proof_of(&bytes).unwrap().is_ok());
    assert!((0..bytes.len()).step_by(331 * one_in(4)).filter(|at| is_noticed(&bytes, &[*at])).count() > 0);
}

#[test]
fn a_flipped_byte_in_any_document_is_told() {
    let archive = sound();
    let bytes = bytes_of(&archive.path());
    let bodies: Vec<Vec<u8>> = archive
        .raw()
        .prepare("SELECT body FROM whole UNION ALL SELECT body FROM delta")
        .unwrap()
        .query_map((), |row| row.get(0))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    assert_eq!(bodies.len(), 6);
    for body in bodies {
        let starts = places(&bytes, &body);
        assert!(!starts.is_empty());
        for offset in (0..body.len()).step_by(body.len().div_ceil(12)) {
            let places: Vec<usize> = starts.iter().map(|start| start + offset).collect();
            assert!(is_noticed(&bytes, &places), "byte {offset} of {}", body.len());
        }
    }
}

#[test]
fn a_page_of_garbage_anywhere_is_told() {
    let archive = sound();
    let bytes = bytes_of(&archive.path());
    for page in 0..bytes.len() / PAGE {
        let mut damaged = bytes.clone();
        damaged[page * PAGE..][..PAGE].fill(0xa5);
        let proof = proof_of(&damaged);
        assert!(!proof.as_ref().is_ok_and(VerifyReport::is_ok), "page {}", page + 1);
    }
}

#[test]
fn garbage_in_one_document_leaves_the_other_draft_proven() {
    let archive = sound();
    let mut bytes = bytes_of(&archive.path());
    let body: Vec<u8> =
        archive.raw().query_row("SELECT body FROM whole WHERE version = 5", (), |row| row.get(0)).unwrap();
    let at = bytes.windows(body.len()).position(|window| window == body).unwrap();
    bytes[at + body.len() / 2..][..64].fill(0xa5);
    let proof = proof_of(&bytes).unwrap();
    let named: Vec<&str> = proof.damaged.iter().map(|damage| damage.id.as_str()).collect();
    assert_eq!(named, ["mag/#1@3", "mag/#1@2", "mag/#1@1"]);
    assert_eq!((proof.versions, proof.proven), (6, 3));
}

#[test]
fn drafts_whose_page_is_lost_are_named_by_what_their_versions_know() {
    let archive = sound();
    let mut bytes = bytes_of(&archive.path());
    let page = "SELECT rootpage FROM sqlite_schema WHERE name = 'draft'";
    let page: usize = archive.raw().query_row(page, (), |row| row.get(0)).unwrap();
    bytes[(page - 1) * PAGE..][..PAGE].fill(0xa5);
    let damaged = proof_of(&bytes).unwrap().damaged;
    let lost: Vec<&str> =
        damaged.iter().filter(|damage| damage.kind == DamageKind::Draft).map(|damage| damage.id.as_str()).collect();
    assert_eq!(lost, ["#1", "#2"]);
}

#[test]
fn what_is_written_meanwhile_is_no_part_of_the_proof() {
    let mut archive = sound();
    let reader = archive.reader();
    let mut written = 0;
    let proof = verify(&reader, SampleRate::Whole, &mut |_| {
        written += 1;
        archive.record("D1", &text("D1", 10 + written));
        archive.record(&format!("E{written}"), &text("D2", 1));
    });
    let proof = proof.unwrap();
    assert!(written > 6 && proof.is_ok(), "{:?}", proof.damaged);
    assert_eq!((proof.drafts, proof.versions, proof.proven), (2, 6, 6));
    assert!(verify(&reader, SampleRate::Whole, &mut |_| {}).unwrap().versions > 12);
}

/// The places of the header for the program's id and the schema's number. Another number there is taken as it is.
const BELIEVED: [std::ops::Range<usize>; 2] = [60..64, 68..72];

#[test]
fn a_flipped_bit_anywhere_is_damage_for_commands_that_read() {
    let world = World::new();
    let bytes = bytes_of(&sound().path());
    let header = (0..100).step_by(3).chain(100..200).step_by(2);
    let offsets =
        header.chain((200..bytes.len()).step_by(5003)).filter(|at| !BELIEVED.iter().any(|kept| kept.contains(at)));
    for (turn, at) in offsets.enumerate().step_by(one_in(6)) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 1 << (turn % 8);
        for end in ["", "-wal", "-shm"] {
            fs::remove_file(world.path(&format!("archive.db{end}"))).ok();
        }
        fs::write(world.path("archive.db"), damaged).unwrap();
        for args in [&["status"][..], &["list"], &["log", "#1"]] {
            let run = world.run(&[args, &["--archive", "archive.db"]].concat());
            let is_known = args[0] == "log" && run.code() == Some(4);
            assert!(matches!(run.code(), Some(0 | 5)) || is_known, "{args:?}, bit {} of {at}: {run}", turn % 8);
        }
    }
}
