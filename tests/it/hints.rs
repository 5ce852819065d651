//! Every command that the program prints works as typed, by the user who sees it, in any directory.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use insta::assert_snapshot;

use crate::harness::{Run, World, document, skipped};
use crate::restore::{MAG, Stage, autumn};

/// An ordinary user.
const NOBODY: u32 = 65_534;

/// Types a line into a shell in a directory.
fn typed(line: &str, directory: &Path, clock_of: &World) -> Run {
    let program = Path::new(env!("CARGO_BIN_EXE_draftkeep"));
    let mut shell = Command::new("sh");
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    shell.args(["-c", line]).current_dir(directory).env("PATH", path).env("DRAFTKEEP_CLOCK", crate::harness::NOW);
    clock_of.finish(shell)
}

/// Returns the command behind the first of these words.
fn printed<'a>(told: &'a str, words: &str) -> &'a str {
    let (_, rest) = told.split_once(words).unwrap_or_else(|| panic!("{words} in {told}"));
    rest.lines().next().unwrap()
}

/// Once, with a test archive beside the real one, a hint printed for one took back a restore of the other, which had the same number.
#[tokio::test(flavor = "multi_thread")]
async fn an_undo_that_is_typed_elsewhere_acts_on_the_archive_that_printed_it() {
    let (trial, real) = (Stage::new().await, Stage::new().await);
    for stage in [&trial, &real] {
        stage.draft(vec![autumn(&stage.picture(MAG))]);
    }
    fs::copy(trial.path("config.toml"), trial.path("my trial.toml")).unwrap();
    let restore = |stage: &Stage, config: &str| {
        let run = stage.world.run(&["restore", "1", "--as-new", "--apply", "--config", config]);
        assert_eq!(run.code(), Some(0), "{run}");
        String::from_utf8(run.stdout().to_vec()).unwrap()
    };
    let told = restore(&trial, "my trial.toml");
    restore(&real, "config.toml");

    let undo = printed(&told, "To take it back: ");
    let plan = typed(undo, &real.path("."), &trial.world);
    assert_eq!(plan.code(), Some(0), "{plan}");
    let made = trial.box_of(MAG)[1].0.clone();
    assert!(plan.to_string().contains(&format!("Plan: the draft {made} of mag")), "{plan}");
    assert_eq!(typed(&format!("{undo} --apply"), &real.path("."), &trial.world).code(), Some(0));
    assert_eq!((trial.box_of(MAG).len(), real.box_of(MAG).len()), (1, 2));

    fs::remove_file(trial.path("my trial.toml")).unwrap();
    let gone = typed(undo, &real.path("."), &trial.world);
    assert_eq!(gone.code(), Some(2), "{gone}");
    assert!(gone.stderr().contains("my trial.toml"), "{gone}");
}

fn kept() -> World {
    let world = World::new();
    world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
    world.keep("mag", "Qm7xK2vTnS0b", "2026-09-01T02:00:00Z", &document(&[("秋", "<p>一</p>")]));
    world
}

#[test]
fn a_hint_has_the_archive_of_the_call() {
    let world = kept();
    assert_snapshot!(world.run(&["log", "9", "--archive", "archive.db"]), @"
    ------- stderr -------
    Error: the archive has no draft 9
    Hint: See what there is: draftkeep list --archive $TMP/archive.db
    ------- exit 4 -------
    ");
    assert_snapshot!(world.run(&["log", "9", "--config", "config.toml", "--json"]), @r#"
    ------- stderr -------
    {"error":{"causes":[],"code":4,"hints":["See what there is: draftkeep --config $TMP/config.toml list"],"message":"the archive has no draft 9"}}
    ------- exit 4 -------
    "#);
    assert_snapshot!(world.run(&["log", "--config", "config.toml"]).stderr().lines().last().unwrap(), @"Hint: A shell takes #2 for a comment; type the number alone: draftkeep --config $TMP/config.toml log 2");
}

#[test]
fn what_the_environment_says_is_not_repeated_but_to_sudo() {
    let world = kept();
    let last_line = |environment: &[(&str, &str)]| {
        let mut command = world.command(&["log", "9"]);
        command.env("DRAFTKEEP_CONFIG", world.path("config.toml")).envs(environment.iter().copied());
        world.finish(command).stderr().lines().last().unwrap().to_owned()
    };
    assert_snapshot!(last_line(&[]), @"Hint: See what there is: draftkeep list");
    let Some((by_root, by_other)) = root() else { return };
    assert_snapshot!(last_line(by_root), @"Hint: See what there is: sudo draftkeep --config $TMP/config.toml list");
    let mut command = world.command(&["log", "9", "--config", "config.toml"]);
    fs::set_permissions(world.path("."), Permissions::from_mode(0o777)).unwrap();
    fs::set_permissions(world.path("archive.db"), Permissions::from_mode(0o666)).unwrap();
    command.envs(by_other.iter().copied()).uid(NOBODY);
    let told = world.finish(command);
    assert_snapshot!(told.stderr().lines().last().unwrap(), @"Hint: SQLite needs the file and room for two more beside it; see who may write: ls -la .");
}

pub(crate) type Environment = &'static [(&'static str, &'static str)];

/// What sudo says to root, and to another user; `None` where the tests are not root's.
pub(crate) fn root() -> Option<(Environment, Environment)> {
    if fs::metadata("/proc/self").is_ok_and(|process| process.uid() != 0) {
        skipped("root alone can be somebody else");
        return None;
    }
    let by_root = &[("SUDO_UID", "1234"), ("SUDO_GID", "1234"), ("USER", "root")];
    Some((by_root, &[("SUDO_UID", "1234"), ("SUDO_GID", "1234"), ("USER", "draftkeep")]))
}

#[test]
fn who_may_not_read_is_told_the_same_with_sudo() {
    let world = kept();
    if root().is_none() {
        return;
    }
    let as_nobody = |args: &[&str]| {
        let mut command = world.command(args);
        command.uid(NOBODY);
        world.finish(command)
    };
    fs::set_permissions(world.path("."), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(world.path("config.toml"), Permissions::from_mode(0o600)).unwrap();
    assert_snapshot!(as_nobody(&["show", "mag/1@1", "--config", "config.toml"]), @"
    ------- stderr -------
    Error: the configuration config.toml cannot be read: Permission denied (os error 13)
    hint: run as a user that may read it; to see whom it belongs to: ls -ld .
    Hint: Type the same as root: sudo draftkeep show mag/1@1 --config config.toml
    ------- exit 2 -------
    ");
    fs::create_dir(world.path("closed")).unwrap();
    fs::set_permissions(world.path("closed"), Permissions::from_mode(0o700)).unwrap();
    assert_snapshot!(as_nobody(&["list", "--archive", "closed/archive.db"]), @"
    ------- stderr -------
    Error: cannot look at closed/archive.db
    Caused by: Permission denied (os error 13)
    Hint: Type the same as root: sudo draftkeep list --archive closed/archive.db
    Hint: To see whom it belongs to: ls -ld closed
    ------- exit 1 -------
    ");
}

/// Returns the owner of a directory and of each file below it.
fn owners(directory: &Path) -> Vec<(u32, u32)> {
    let of = |path: &Path| path.symlink_metadata().map(|found| (found.uid(), found.gid())).unwrap();
    let mut owners = vec![of(directory)];
    for entry in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
        if entry.is_dir() { owners.extend(self::owners(&entry)) } else { owners.push(of(&entry)) }
    }
    owners
}

#[test]
fn files_belong_to_the_person_who_typed_sudo() {
    let world = kept();
    let Some((by_root, _)) = root() else { return };
    let run = |args: &[&str]| {
        let mut command = world.command(&[args, &["--config", "config.toml"]].concat());
        command.envs(by_root.iter().copied());
        let run = world.finish(command);
        assert_eq!(run.code(), Some(0), "{run}");
    };
    run(&["restore", "1", "--to", "new/found", "--apply"]);
    run(&["export", "kept"]);
    run(&["export", "kept"]);
    for directory in ["new", "kept"] {
        let owners = owners(&world.path(directory));
        assert!(owners.len() > 6 && owners.iter().all(|owner| *owner == (1234, 1234)), "{directory}: {owners:?}");
    }
    // What was there keeps its owner.
    fs::create_dir(world.path("roots")).unwrap();
    run(&["restore", "1", "--to", "roots", "--apply"]);
    let owners = owners(&world.path("roots"));
    assert_eq!((owners[0], owners[1]), ((0, 0), (1234, 1234)));
}
