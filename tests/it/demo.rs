//! `draftkeep demo`: what a newcomer sees first.

use std::fs;

use crate::harness::World;

fn demo(world: &World, args: &[&str]) -> crate::harness::Run {
    let mut command = world.command(&[&["demo", "--seconds", "6"], args].concat());
    command.env_remove("DRAFTKEEP_CLOCK").env("TMPDIR", world.path(""));
    world.finish(command)
}

#[test]
fn the_demo_keeps_what_the_editor_does_and_leaves_nothing_behind() {
    let world = World::new();
    let run = demo(&world, &["--json"]);
    let summary = run.json();
    let count = |name: &str| summary[name].as_u64().unwrap();
    assert_eq!(summary["drafts"].as_array().unwrap().len(), 8);
    assert_eq!(count("deeds"), 1);
    assert_eq!(count("versions"), 9, "{run}");
    assert!(count("polls") >= 2);
    assert!(run.stderr().contains("editor  ") && run.stderr().contains("kept version 2 of"), "{run}");
    assert_eq!(fs::read_dir(world.path("")).unwrap().count(), 0);
}

#[test]
fn a_demo_that_is_kept_can_be_looked_at() {
    let world = World::new();
    let run = demo(&world, &["--keep", "tour", "--quiet"]);
    assert_eq!((run.code(), run.stderr().as_str()), (Some(0), ""));
    let listed = world.run(&["list", "--json", "--config", "tour/config.toml"]).json();
    assert_eq!(listed.as_array().unwrap().len(), 8);
    let first = run.stdout().first();
    assert!(first.is_some_and(|&byte| byte != b'\n'), "{run}");
    let again = demo(&world, &["--keep", "tour"]);
    insta::assert_snapshot!(again, @r"
    ------- stderr -------
    Error: cannot make the directory tour
    Caused by: File exists (os error 17)
    Hint: Name one that is not there yet: draftkeep demo --keep tour-2
    ------- exit 2 -------
    ");
    insta::assert_snapshot!(demo(&world, &["--keep", "not/there/tour"]), @r"
    ------- stderr -------
    Error: cannot make the directory not/there/tour
    Caused by: No such file or directory (os error 2)
    Hint: Make its parent first: mkdir -p not/there
    ------- exit 2 -------
    ");
}
