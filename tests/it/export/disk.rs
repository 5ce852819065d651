//! An export that is interrupted: by a kill, by a full disk, by changed files.

use std::fs;

use super::*;
use crate::bad_input::disk::Disk;
use crate::harness::skipped;

#[test]
fn what_a_killed_export_left_is_finished_by_the_next() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let whole = files(&world.path("tree"));
    let draft = world.path("tree/mag/秋季新品 预告-1");
    // Killed while it wrote version 1, the versions of which come newest first.
    fs::remove_file(draft.join("draft.json")).unwrap();
    fs::rename(draft.join("1"), draft.join(".draftkeep-unfinished")).unwrap();
    fs::write(draft.join(".draftkeep-unfinished/document.json"), "{\"news").unwrap();
    let cut = import(&world, &[]);
    assert_eq!(cut.code(), Some(3), "{cut}");
    assert!(cut.stderr().contains("秋季新品 预告-1/draft.json: it is missing"), "{cut}");
    assert_eq!(export(&world, &["--json"]).json()["written"]["versions"], 1);
    let bytes = |files: BTreeMap<String, (u64, i64, Vec<u8>)>| -> BTreeMap<String, Vec<u8>> {
        files.into_iter().map(|(name, (_, _, bytes))| (name, bytes)).collect()
    };
    assert!(bytes(files(&world.path("tree"))) == bytes(whole));
}

#[test]
fn versions_that_an_export_was_cut_off_after_are_left_out_and_no_others() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let draft = world.path("tree/mag/秋季新品 预告-1");
    let counted = fs::read(draft.join("draft.json")).unwrap();
    world.keep("mag", AUTUMN, "2026-09-01T01:00:00Z", &document(&[("秋季新品", "<p>一件 79 元</p>")]));
    assert_eq!(export(&world, &[]).code(), Some(0));
    // Killed after it had written version 3.
    fs::write(draft.join("draft.json"), counted).unwrap();
    let cut = import(&world, &["--json"]);
    assert_eq!(cut.code(), Some(3), "{cut}");
    let told: Value = serde_json::from_slice(cut.stdout()).unwrap();
    assert_eq!(told["new"]["versions"], 5, "{cut}");
    assert_eq!(told["refused"].as_array().map(Vec::len), Some(1), "{cut}");
    assert!(cut.to_string().contains("draft.json beside it counts 2 only"), "{cut}");
    // The next export counts it, and the next import brings it in.
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert_eq!(import(&world, &["--json"]).json()["new"]["versions"], 1);
}

#[test]
fn an_export_that_is_killed_again_and_again_ends_as_if_it_never_was() {
    let world = World::new();
    for number in 0..40_u32 {
        let document = document(&[("秋", &format!("<p>{number}</p>").repeat(500))]);
        world.keep("mag", &format!("{AUTUMN}{}", number % 4), "2026-08-10T01:00:00Z", &document);
    }
    assert_eq!(world.run(&["export", "whole", "--archive", "archive.db"]).code(), Some(0));
    let versions = || -> usize {
        let drafts = (1..=4).filter_map(|id| fs::read_dir(world.path(&format!("tree/mag/秋-{id}"))).ok());
        drafts.flatten().filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().is_dir())).count()
    };
    for enough in [1, 6, 11, 25] {
        let mut child = world.command(&["export", "tree", "--quiet", "--archive", "archive.db"]).spawn().unwrap();
        while versions() < enough && child.try_wait().unwrap().is_none() {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        let whole = files(&world.path("whole"));
        for (name, (_, _, bytes)) in files(&world.path("tree")) {
            let is_whole = whole.get(&name).is_some_and(|(_, _, there)| *there == bytes);
            assert!(is_whole || name.contains(".draftkeep-unfinished"), "{name}");
        }
    }
    assert_eq!(export(&world, &[]).code(), Some(0));
    let bytes = |name: &str| -> Vec<_> {
        files(&world.path(name)).into_iter().map(|(name, (_, _, bytes))| (name, bytes)).collect()
    };
    assert!(bytes("tree") == bytes("whole"));
}

#[test]
fn an_export_that_is_killed_at_its_very_beginning_goes_on() {
    let world = kept();
    fs::create_dir(world.path("tree")).unwrap();
    fs::write(world.path("tree/.draftkeep-unfinished"), "{").unwrap();
    assert_eq!(export(&world, &[]).code(), Some(0));
    assert!(!world.path("tree/.draftkeep-unfinished").exists());
}

#[test]
fn what_somebody_took_or_spoiled_is_written_again() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let whole: Vec<_> = files(&world.path("tree")).into_iter().map(|(name, (_, _, bytes))| (name, bytes)).collect();
    for (name, bytes) in &whole {
        let path = world.path("tree").join(name);
        if name.ends_with("document.json") {
            fs::write(&path, bytes.iter().rev().copied().collect::<Vec<_>>()).unwrap();
        } else if !name.starts_with("draftkeep-export") && !name.starts_with(".git") {
            fs::remove_file(&path).unwrap();
        }
        assert_eq!(export(&world, &[]).code(), Some(0), "{name}");
        assert!(fs::read(&path).unwrap() == *bytes, "{name}");
    }
}

#[test]
fn two_exports_do_not_write_at_once() {
    let world = kept();
    assert_eq!(export(&world, &[]).code(), Some(0));
    let mark = fs::File::open(world.path("tree/draftkeep-export.json")).unwrap();
    mark.lock().unwrap();
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    Error: another export into tree is at work
    Hint: Wait until it has ended.
    ------- exit 1 -------
    ");
}

#[test]
fn a_link_in_the_tree_is_not_followed() {
    let world = kept();
    fs::create_dir_all(world.path("outside")).unwrap();
    assert_eq!(export(&world, &["--account", "shop"]).code(), Some(0));
    std::os::unix::fs::symlink(world.path("outside"), world.path("tree/mag")).unwrap();
    assert_snapshot!(export(&world, &[]), @"
    ------- stderr -------
    Error: tree/mag is there, and is no directory
    Hint: Name another directory, or an empty one.
    ------- exit 1 -------
    ");
    assert_eq!(fs::read_dir(world.path("outside")).unwrap().count(), 0);
}

#[test]
fn a_full_disk_keeps_what_is_whole_and_the_next_export_goes_on() {
    let world = World::new();
    for number in 0..12_u32 {
        let body: String = (0..4_000_u32).map(|n| (n + number).wrapping_mul(2_654_435_761).to_string()).collect();
        let media_id = format!("{AUTUMN}{}", number % 4);
        world.keep("mag", &media_id, &format!("2026-08-{:02}T01:00:00Z", 10 + number), &document(&[("秋", &body)]));
    }
    fs::create_dir(world.path("tree")).unwrap();
    let Some(disk) = Disk::mount(world.path("tree"), "size=800k") else {
        return skipped("only root may mount a small disk");
    };
    let full = export(&world, &[]);
    assert_eq!(full.code(), Some(1), "{full}");
    assert!(full.stderr().ends_with("cannot be written\nCaused by: No space left on device (os error 28)\nHint: What was written before is whole. Make room, and type the same again: it goes on where it stopped.\n"), "{full}");
    let before = files(&world.path("tree"));
    let documents = || before.keys().filter(|name| name.ends_with("document.json")).count();
    assert!(documents() > 0 && documents() < 12);
    assert!(before.keys().all(|name| !name.contains("unfinished")), "what could not be finished is in nobody's way");
    disk.remount("size=64m");
    assert_eq!(export(&world, &[]).code(), Some(0));
    let after = files(&world.path("tree"));
    assert!(before.iter().all(|(name, file)| after.get(name) == Some(file)), "what was whole is not written again");
    assert_eq!(import(&world, &[]).code(), Some(0));
    assert_eq!(rows(&world, "again.db"), rows(&world, "archive.db"));
}
