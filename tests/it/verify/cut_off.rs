//! An archive whose end is missing: what is left is shown, and never called sound.

use std::fs;

use crate::harness::{PAGE, Run, World, document};

const DRAFTS: usize = 24;

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

/// The drafts whose text is shown; the shown text is right, and the exit code says that something is missing.
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
    insta::assert_snapshot!(run(&world, &["log", "#1"]), @"
    VERSION  OBSERVED (+08:00)  SAVED  BYTES  RESTORABLE  CHANGED
          1  2026-08-30 09:00   09:00   7846  by hand     first version
    ------- stderr -------
    Warning: the end of the archive's file is missing; what is left of it can be read, and nothing can be written
    Hint: Bring what is left into a new archive: draftkeep repair --archive $TMP/archive.db --to NEW; draftkeep import-backup --archive $TMP/archive.db NEW
    mag/1, 一
    ------- exit 5 -------
    ");
}

/// What `verify --json` and `verify` print of an archive of which nothing can be read.
fn unreadable(bytes: &[u8]) -> String {
    let world = World::new();
    fs::write(world.path("archive.db"), bytes).unwrap();
    let json = run(&world, &["verify", "--json"]);
    assert_eq!((json.code(), json.stderr().as_str()), (Some(5), ""), "{json}");
    format!("{}{}", String::from_utf8_lossy(json.stdout()), run(&world, &["verify"]))
}

#[test]
fn an_archive_of_which_nothing_can_be_read_is_told_in_the_shape_of_the_contract() {
    insta::assert_snapshot!(unreadable(b""), @r#"
    {"assets":0,"bytes":0,"damaged":[{"id":"archive.db","kind":"database","reason":"the archive archive.db is an empty file; whatever it held is lost with it"}],"drafts":0,"ok":false,"polls":0,"proven":0,"sample":null,"versions":0,"warnings":[]}
    ------- stderr -------
    Error: the archive archive.db is an empty file; whatever it held is lost with it
    Hint: Put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE. Where there never was anything: draftkeep --config PATH poll
    ------- exit 5 -------
    "#);
    insta::assert_snapshot!(unreadable(&b"no database at all ".repeat(300)), @r#"
    {"assets":0,"bytes":0,"damaged":[{"id":"archive.db","kind":"database","reason":"archive.db is no SQLite database"}],"drafts":0,"ok":false,"polls":0,"proven":0,"sample":null,"versions":0,"warnings":[]}
    ------- stderr -------
    Error: archive.db is no SQLite database
    Hint: If the path is right, the file is damaged. See what is left: draftkeep repair --archive $TMP/archive.db --to NEW. Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    "#);
    let world = kept();
    let mut bytes = fs::read(world.path("archive.db")).unwrap();
    bytes[PAGE..].fill(0xa5);
    insta::assert_snapshot!(unreadable(&bytes), @r#"
    {"assets":0,"bytes":0,"damaged":[{"id":"archive.db","kind":"database","reason":"the archive is damaged: database disk image is malformed"}],"drafts":0,"ok":false,"polls":0,"proven":0,"sample":null,"versions":0,"warnings":[]}
    ------- stderr -------
    Error: the archive is damaged: database disk image is malformed
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: SQLite can read nothing of it. See what is left: draftkeep repair --archive $TMP/archive.db --to NEW. Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    "#);
    insta::assert_snapshot!(unreadable(&bytes[..PAGE]), @r#"
    {"assets":0,"bytes":0,"damaged":[{"id":"archive.db","kind":"database","reason":"the archive is damaged: database disk image is malformed"}],"drafts":0,"ok":false,"polls":0,"proven":0,"sample":null,"versions":0,"warnings":[]}
    ------- stderr -------
    Error: the archive is damaged: database disk image is malformed
    Hint: Keep a copy before anything else is done with it: cp archive.db* /a/safe/place/
    Hint: SQLite can read nothing of it. See what is left: draftkeep repair --archive $TMP/archive.db --to NEW. Or put a backup in its place: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    "#);
}

#[test]
fn an_archive_that_is_cut_off_is_not_ok() {
    let world = kept();
    cut(&world, 1);
    let verified = run(&world, &["verify", "--json"]);
    let proof: serde_json::Value = serde_json::from_slice(verified.stdout()).unwrap();
    assert_eq!((verified.code(), &proof["ok"]), (Some(5), &false.into()));
    let mut damaged = proof["damaged"].as_array().unwrap().iter();
    assert!(damaged.any(|damage| damage["reason"] == "its end is missing"), "{proof}");
}
