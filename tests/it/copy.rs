//! `draftkeep copy`: an archive at another place, read back, proven, and brought back.

mod bad_places;
mod bucket;
mod daemon;
mod encrypted;
mod encryption;

use std::fs;
use std::io::Read;
use std::path::Path;
use std::process::Command;

use draftkeep::archive::{Filter, Reader};
use insta::assert_snapshot;

use crate::harness::{Run, World, document};

/// An archive of three versions, and a directory for copies.
fn kept() -> World {
    let world = World::new();
    keep(&world, 0..3);
    fs::create_dir(world.path("usb")).unwrap();
    world
}

fn keep(world: &World, versions: std::ops::Range<u32>) {
    for n in versions {
        let observed_at = format!("2026-08-{:02}T01:00:00Z", n + 1);
        world.keep("mag", "Qm7xK2vTnS0b", &observed_at, &document(&[("秋", &format!("<p>{n}</p>"))]));
    }
}

fn id(world: &World) -> String {
    Reader::open(&world.path("archive.db")).unwrap().archive_id().unwrap().unwrap()
}

/// Runs a command at a time.
fn at(world: &World, time: &str, args: &[&str]) -> Run {
    let mut command = world.command(args);
    command.env("DRAFTKEEP_CLOCK", time);
    world.finish(command)
}

/// The output, without the archive's own name and without sizes, which depend on SQLite's version.
fn shown(world: &World, run: &Run) -> String {
    let text = run.to_string().replace(&id(world), "ID");
    let line = |line: &str| match line.split_once(" versions, ") {
        Some((start, sizes)) if sizes.contains(" for ") => format!("{start} versions, SIZES\n"),
        _ => format!("{line}\n"),
    };
    text.lines().map(line).collect()
}

fn files(directory: &Path) -> Vec<String> {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    files
}

fn versions(path: &Path) -> u64 {
    Reader::open(path).unwrap().drafts(&Filter::default()).unwrap().iter().map(|draft| draft.versions).sum()
}

const COPY: [&str; 4] = ["copy", "usb", "--archive", "archive.db"];

#[test]
fn a_copy_is_made_listed_brought_back_and_put_in_the_archives_place() {
    let world = kept();
    assert_snapshot!(shown(&world, &world.run(&COPY)), @"
    ------- stderr -------
    draftkeep-ID-20260901T020000Z.db.zst is at $TMP/usb: 1 draft, 3 versions, SIZES
    It was read back from there and proven.
    Warning: the copy is on the same disk as the archive, and is lost with it; choose another one
    Hint: Bring it back with: draftkeep copy --archive $TMP/archive.db fetch $TMP/usb FILE
    ");
    keep(&world, 3..5);
    assert_eq!(at(&world, "2026-09-02T02:00:00Z", &COPY).code(), Some(0));
    let listed = world.run(&["copy", "list", "usb", "--archive", "archive.db"]).to_string();
    assert_eq!(listed.matches("this archive").count(), 2, "{listed}");
    assert_snapshot!(shown(&world, &world.run(&["copy", "fetch", "usb", "newest.db"])), @"
    ------- stderr -------
    newest.db is the copy draftkeep-ID-20260902T020000Z.db.zst: 1 draft, 5 versions, all proven.
    Hint: Look into it: draftkeep list --archive newest.db
    Hint: Put it in the archive's place: draftkeep import-backup newest.db
    ");
    assert_eq!(versions(&world.path("newest.db")), 5);
    assert_eq!(world.run(&["copy", "fetch", "usb@2026-09-01", "older.db"]).code(), Some(0));
    assert_eq!(versions(&world.path("older.db")), 3);
    assert_eq!(world.run(&["import-backup", "older.db", "--archive", "archive.db"]).code(), Some(0));
    assert_eq!(versions(&world.path("archive.db")), 3);
    let left = files(&world.path(""));
    assert!(!left.iter().any(|name| name.contains("copying") || name.contains("unfinished")), "{left:?}");
}

#[test]
fn programs_get_json() {
    let world = kept();
    let made = world.run(&[&COPY[..], &["--json"]].concat()).json();
    assert_eq!((&made[0]["versions"], &made[0]["error"]), (&3.into(), &serde_json::Value::Null));
    let name = made[0]["name"].as_str().unwrap().to_owned();
    let listed = world.run(&["copy", "list", "usb", "--archive", "archive.db", "--json"]).json();
    assert_eq!((&listed[0]["name"], &listed[0]["own"]), (&name.clone().into(), &true.into()));
    assert_eq!(listed[0]["size"], made[0]["size"]);
    let fetched = world.run(&["copy", "fetch", &format!("usb@{name}"), "new.db", "--json"]).json();
    assert_eq!((&fetched["versions"], &fetched["made_at"]), (&3.into(), &"2026-09-01T02:00:00.000Z".into()));
    fs::create_dir(world.path("empty")).unwrap();
    assert_eq!(world.run(&["copy", "list", "empty", "--json"]).stdout(), b"[]\n");
}

/// No program of ours is needed to read a copy.
#[test]
fn a_copy_is_a_sqlite_file_that_zstd_unpacks() {
    let world = kept();
    assert_eq!(world.run(&COPY).code(), Some(0));
    let name = &files(&world.path("usb"))[0];
    let mut plain = Vec::new();
    let packed = fs::File::open(world.path("usb").join(name)).unwrap();
    ruzstd::decoding::StreamingDecoder::new(packed).unwrap().read_to_end(&mut plain).unwrap();
    fs::write(world.path("plain.db"), plain).unwrap();
    let counted =
        Command::new("sqlite3").arg(world.path("plain.db")).arg("SELECT sum(versions) FROM draft_view").output();
    assert_eq!(String::from_utf8(counted.unwrap().stdout).unwrap(), "3\n");
}

/// Writes a configuration with a [[copy]].
fn configure(world: &World, keep: &str) {
    let account = "[[account]]\nname = 'mag'\nappid = 'wx0123456789abcdef'\nsecret.command = ['false']\n";
    let copy = format!("[[copy]]\nto = 'usb'\nkeep = {{ {keep} }}\n\n");
    fs::write(world.path("config.toml"), format!("archive = 'archive.db'\n\n{copy}{account}")).unwrap();
}

fn copy_at(world: &World, time: &str) -> Run {
    at(world, time, &["copy", "--config", "config.toml"])
}

#[test]
fn older_copies_go_by_the_rule_of_the_configuration_and_nothing_else_is_touched() {
    let world = kept();
    configure(&world, "daily = 2");
    // Another archive has its copies there, and a stranger a file.
    let other = World::new();
    keep(&other, 0..1);
    let there = world.path("usb");
    let there = there.to_str().unwrap();
    assert_eq!(other.run(&["copy", there, "--archive", "archive.db"]).code(), Some(0));
    fs::write(world.path("usb/draftkeep-of-somebody.db.zst"), "hello").unwrap();
    for day in 1..=4 {
        assert_eq!(copy_at(&world, &format!("2026-09-0{day}T19:30:00Z")).code(), Some(0));
    }
    // A second one of the same day takes the place of the first.
    assert_eq!(copy_at(&world, "2026-09-04T19:40:00Z").code(), Some(0));
    let names = files(&world.path("usb")).join("\n").replace(&id(&world), "ID").replace(&id(&other), "OTHER");
    let mut names: Vec<&str> = names.lines().collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "draftkeep-ID-20260903T193000Z.db.zst",
            "draftkeep-ID-20260904T194000Z.db.zst",
            "draftkeep-OTHER-20260901T020000Z.db.zst",
            "draftkeep-of-somebody.db.zst"
        ]
    );
    // Which of the two is meant is to be said where it does not follow from the archive.
    let run = world.run(&["copy", "fetch", "usb", "new.db", "--config", "nothing.toml"]);
    assert_eq!(run.code(), Some(2), "{run}");
    assert_eq!(run.to_string().matches("Say which is meant").count(), 2, "{run}");
    assert_eq!(world.run(&["copy", "fetch", "usb", "new.db", "--config", "config.toml"]).code(), Some(0));
    assert_eq!(versions(&world.path("new.db")), 3);
}

#[test]
fn a_clock_that_was_ahead_for_a_while_costs_no_copy() {
    let world = kept();
    configure(&world, "daily = 1");
    assert_eq!(copy_at(&world, "2031-01-01T00:00:00Z").code(), Some(0));
    assert_eq!(copy_at(&world, "2026-09-01T00:00:00Z").code(), Some(0));
    assert_eq!(files(&world.path("usb")).len(), 2, "the one that was just proven stays");
}

/// What a copy that was killed left is removed by the next one.
#[test]
fn what_a_killed_copy_left_goes() {
    let world = kept();
    assert_eq!(world.run(&COPY).code(), Some(0));
    let own = format!(".draftkeep-{}-20260831T020000Z.db.zst.unfinished", id(&world));
    let of_another = ".draftkeep-0123456789ab-20260831T020000Z.db.zst.unfinished";
    for left in [&own, of_another] {
        fs::write(world.path("usb").join(left), "half").unwrap();
    }
    fs::write(world.path("archive.db.copying"), "half").unwrap();
    assert_eq!(at(&world, "2026-09-02T02:00:00Z", &COPY).code(), Some(0));
    let there = files(&world.path("usb"));
    assert!(!there.contains(&own) && there.contains(&of_another.to_owned()), "{there:?}");
    assert!(!world.path("archive.db.copying").exists());
}
