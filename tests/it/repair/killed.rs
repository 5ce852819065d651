//! Repairs that end early: killed, stopped, or on a disk that is full.

use std::os::unix::process::ExitStatusExt;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::*;
use crate::bad_input::disk::Disk;
use crate::harness::skipped;

/// Ends a repair from a copy with a signal while the new archive has no name yet; again where it was quicker.
fn cut_off(world: &World, signal: Signal) {
    for _ in 0..50 {
        let mut command = world.command(&[REPAIR, &["--from", "copy.db.gz"]].concat());
        let mut repair = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        while !world.path("new.db.unfinished").exists() && !world.path("new.db").exists() {
            if let Some(status) = repair.try_wait().unwrap() {
                assert!(world.path("new.db").exists(), "{status}");
                break;
            }
        }
        if repair.try_wait().unwrap().is_some() {
            fs::remove_file(world.path("new.db")).unwrap();
            continue;
        }
        // Nobody has waited for it, so its number is its own.
        kill(Pid::from_raw(repair.id().try_into().unwrap()), signal).unwrap();
        if repair.wait().unwrap().signal() == Some(signal as i32) && !world.path("new.db").exists() {
            return;
        }
        fs::remove_file(world.path("new.db")).unwrap();
    }
    panic!("{signal} always came too late");
}

/// Of a repair that ends early nothing has the name of the new archive, and the next one takes away what it left.
#[test]
fn a_repair_that_is_killed_leaves_no_archive_and_the_next_one_completes() {
    let world = kept();
    let before = versions(&world, "archive.db");
    let mut packed =
        flate2::write::GzEncoder::new(File::create(world.path("copy.db.gz")).unwrap(), flate2::Compression::fast());
    packed.write_all(&fs::read(world.path("archive.db")).unwrap()).unwrap();
    packed.finish().unwrap();
    lose(&world, "whole", "");
    let damaged = fs::read(world.path("archive.db")).unwrap();
    // Not SIGINT: a shell has those ignore it that it runs in the background, the tests among them.
    for signal in [Signal::SIGKILL, Signal::SIGTERM] {
        cut_off(&world, signal);
        assert!(fs::read(world.path("archive.db")).unwrap() == damaged, "{signal}");
        let report = json(&world, &[REPAIR, &["--from", "copy.db.gz"]].concat(), 0);
        assert_eq!(versions(&world, "new.db"), before, "{report}");
        assert_eq!(files(&world), ["archive.db", "copy.db.gz", "new.db"], "{signal}");
        fs::remove_file(world.path("new.db")).unwrap();
    }
}

#[test]
fn a_full_disk_is_named_by_what_it_would_hold() {
    let world = kept();
    fs::create_dir(world.path("disk")).unwrap();
    let Some(_disk) = Disk::mount(world.path("disk"), "size=64k") else {
        return skipped("only root may mount a small disk");
    };
    let run = world.run(&["repair", "--archive", "archive.db", "--to", "disk/new.db"]);
    assert_eq!(run.code(), Some(1), "{run}");
    assert!(run.stderr().starts_with("Error: the disk that would hold disk/new.db is full\n"), "{run}");
    assert!(run.stderr().contains("\nHint: Name a file on a disk with room"), "{run}");
    assert_eq!(fs::read_dir(world.path("disk")).unwrap().count(), 0);
}
