//! An archive whose end is missing: what is left is given, and never called sound.

use std::fs;

use crate::harness::{Run, World, document};

const DRAFTS: usize = 24;
const PAGE: usize = 4096;

fn text(draft: usize) -> Vec<u8> {
    let noise: String = (0..800).map(|n: u32| n.wrapping_mul(2_654_435_761 + draft as u32).to_string()).collect();
    document(&[("一", &format!("<p>第 {draft} 篇 {noise}</p>"))])
}

/// Drafts of a page or two each, in one file.
fn kept() -> World {
    let world = World::new();
    for draft in 0..DRAFTS {
        world.keep("mag", &format!("Qm7xK2vT{draft:04}"), "2026-08-30T01:00:00Z", &text(draft));
    }
    let database = crate::harness::database(world.path("archive.db"));
    database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    world
}

/// Takes so many pages from its end.
fn cut(world: &World, pages: usize) {
    let bytes = fs::read(world.path("archive.db")).unwrap();
    fs::write(world.path("archive.db"), &bytes[..bytes.len() - pages * PAGE]).unwrap();
}

fn run(world: &World, args: &[&str]) -> Run {
    world.run(&[args, &["--archive", "archive.db"]].concat())
}

/// The drafts whose text is given; what is given is right, and the exit code says that something is missing.
fn given(world: &World) -> Vec<usize> {
    let is_given = |draft: &usize| {
        let id = format!("#{}", draft + 1);
        let shown = run(world, &["show", &id, "--format", "json"]);
        assert_eq!(shown.code(), Some(5), "{id}");
        let is_given = !shown.stdout().is_empty();
        assert!(!is_given || shown.stdout().strip_suffix(b"\n").unwrap_or(shown.stdout()) == text(*draft), "{id}");
        is_given
    };
    (0..DRAFTS).filter(is_given).collect()
}

#[test]
fn what_is_left_of_an_archive_is_given() {
    for (missing, least) in [(1, DRAFTS - 1), (8, DRAFTS - 9), (24, 3)] {
        let world = kept();
        cut(&world, missing);
        let given = given(&world);
        assert!(given.len() >= least, "{missing} pages are missing: {given:?} of {DRAFTS}");
        let listed = run(&world, &["list", "--json"]);
        assert_eq!(listed.code(), Some(5));
        let listed: Vec<serde_json::Value> = serde_json::from_slice(listed.stdout()).unwrap();
        assert!(listed.len() >= given.len());
        assert_eq!(run(&world, &["log", &format!("#{}", given[0] + 1)]).code(), Some(5));
        assert_eq!(run(&world, &["verify"]).code(), Some(5));
        assert_eq!(run(&world, &["export", "tree"]).code(), Some(5));
        let exported = fs::read_dir(world.path("tree/mag")).unwrap().count() - 1;
        assert!(exported >= given.len(), "{exported} of {}", given.len());
    }
}

#[test]
fn an_archive_that_is_cut_off_is_warned_of() {
    let world = kept();
    cut(&world, 1);
    insta::assert_snapshot!(run(&world, &["log", "#1"]), @r"
    VERSION  OBSERVED          BYTES  RESTORABLE  CHANGED        HASH
          1  2026-08-30 09:00   7846  by hand     first version  cc54069c1fb3
    ------- stderr -------
    Warning: the end of the archive's file is missing; what is left of it can be read, and nothing can be written
    Hint: Bring what is left into a new archive: draftkeep export DIR, then draftkeep import DIR --archive NEW
    mag/#1, 一
    ------- exit 5 -------
    ");
}
