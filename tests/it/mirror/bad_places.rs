//! Directories that cannot hold the mirror: each is told, with the next command, and nothing of it changes.

use std::os::unix::fs::{PermissionsExt, symlink};

use super::*;
use crate::bad_input::disk::Disk;
use crate::harness::skipped;

fn told(world: &World) -> String {
    let run = mirror(world, &[]);
    assert_ne!(run.code(), Some(0), "{run}");
    run.to_string()
}

#[test]
fn a_directory_that_is_not_there_is_not_made() {
    let world = kept();
    fs::remove_dir(world.path("mirror")).unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    Error: ./mirror is not there
    Hint: Mount its disk; or make the directory where there never was one: mkdir ./mirror; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 4 -------
    ");
    assert!(!world.path("mirror").exists());
}

#[test]
fn a_file_and_a_directory_with_other_files() {
    let world = kept();
    fs::remove_dir(world.path("mirror")).unwrap();
    fs::write(world.path("mirror"), "a file").unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    Error: ./mirror is there, and is no directory
    Hint: Name another directory in [mirror], as dir, or an empty one; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    fs::remove_file(world.path("mirror")).unwrap();
    fs::create_dir(world.path("mirror")).unwrap();
    fs::write(world.path("mirror/thesis.txt"), "mine").unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    Error: ./mirror is not empty, and is no export of draftkeep
    Hint: Name another directory in [mirror], as dir, or an empty one; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    assert_eq!(contents(&world.path("mirror")).len(), 1);
}

#[test]
fn the_archives_own_directory_and_one_above_it() {
    let world = kept();
    for directory in [".", ".."] {
        world.replace("config.toml", "dir = 'mirror'", &format!("dir = '{directory}'"));
        let told = told(&world);
        assert!(told.contains("is the directory of the archive itself, or holds it"), "{told}");
        assert!(told.contains("Name a directory of its own in [mirror], as dir"), "{told}");
        world.replace("config.toml", &format!("dir = '{directory}'"), "dir = 'mirror'");
    }
    assert!(!world.path("draftkeep-export.json").exists());
}

#[test]
fn the_mirror_of_another_archive() {
    let (world, other) = (kept(), kept());
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let before = files(&world.path("mirror"));
    let theirs = world.path("mirror").display().to_string();
    other.replace("config.toml", "dir = 'mirror'", &format!("dir = '{theirs}'"));
    let told = told(&other).replace(&theirs, "THEIRS");
    assert_snapshot!(told, @"
    ------- stderr -------
    Error: THEIRS is the mirror of another archive
    Hint: Name another directory in [mirror], as dir: each archive has one of its own; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    assert!(files(&world.path("mirror")) == before);
}

#[test]
fn a_configuration_without_a_mirror() {
    let world = kept();
    world.replace("config.toml", "[mirror]\ndir = 'mirror'\n", "");
    assert_snapshot!(told(&world), @r#"
    ------- stderr -------
    Error: config.toml has no [mirror]
    Hint: Add two lines to it: [mirror], and below that dir = "/srv/drafts"; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 2 -------
    "#);
}

/// Two daemons with two archives, and a command beside a daemon.
#[test]
fn one_works_on_a_mirror_at_a_time() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let lock = fs::File::open(world.path("mirror/draftkeep-export.json")).unwrap();
    lock.lock().unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    Error: another export into ./mirror is at work
    Hint: Wait until it has ended, then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    drop(lock);
    assert_eq!(mirror(&world, &[]).code(), Some(0));
}

#[test]
fn a_full_disk_keeps_what_is_whole_and_goes_on_once_there_is_room() {
    let world = kept();
    let disk = Disk::mount(world.path("mirror"), "size=400k");
    let Some(disk) = disk else { return skipped("no file system can be mounted here") };
    for number in 0..60_u32 {
        let document = document(&[("秋", &format!("<p>{number}</p>").repeat(500))]);
        world.keep("mag", &format!("{AUTUMN}{number}"), "2026-08-31T01:00:00Z", &document);
    }
    let shown = told(&world);
    assert!(shown.contains("No space left on device"), "{shown}");
    assert!(shown.contains("Make room: df -h ./mirror"), "{shown}");
    disk.remount("size=40m");
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    assert_is_fresh(&world);
    disk.remount("ro");
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    Error: ./mirror/draftkeep-export.json cannot be written
    Caused by: Read-only file system (os error 30)
    Hint: See who may write there: ls -ld ./mirror/draftkeep-export.json; the service may write where its unit says: systemctl edit draftkeep, with ReadWritePaths=./mirror
    ------- exit 1 -------
    ");
}

/// Whoever owns the directory may have put one there, and root runs the command, too.
#[test]
fn a_link_in_the_place_of_a_record_leads_nowhere() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let (record, mine) = (world.path("mirror/.draftkeep-mirror/drafts/1.json"), world.path("mine"));
    assert_eq!(record.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    fs::write(&mine, "mine").unwrap();
    symlink(&mine, record.with_extension("unfinished")).unwrap();
    world.keep("mag", AUTUMN, "2026-08-31T01:00:00Z", &document(&[("秋季新品", "<p>一件 79 元</p>")]));
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    assert_eq!(fs::read_to_string(&mine).unwrap(), "mine");
    assert!(record.symlink_metadata().unwrap().is_file());
    assert_is_fresh(&world);
}
