//! The mirror in git: what its history tells, and repositories that somebody else works in.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use super::*;

/// The world of [`kept`], with a mirror in git.
fn kept_in_git(more: &str) -> World {
    let world = kept();
    world.replace("config.toml", "dir = 'mirror'\n", &format!("dir = 'mirror'\ngit = true\n{more}"));
    world
}

/// Runs git in the mirror, as a person would.
fn git(world: &World, args: &[&str]) -> String {
    git_in(&world.path("mirror"), args)
}

fn git_in(directory: &Path, args: &[&str]) -> String {
    let person = ["GIT_AUTHOR_NAME", "GIT_COMMITTER_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"];
    let mut command = Command::new("git");
    command.current_dir(directory).args(["-c", "core.quotePath=false"]).args(args).env("HOME", directory);
    let output = command.envs(person.map(|name| (name, "ed@example"))).output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    assert!(output.status.success(), "git {args:?}: {}{}", text(&output.stdout), text(&output.stderr));
    text(&output.stdout)
}

fn told(world: &World) -> String {
    let run = mirror(world, &[]);
    assert_ne!(run.code(), Some(0), "{run}");
    run.to_string()
}

#[test]
fn the_history_has_a_commit_for_each_version_in_the_order_of_their_times() {
    let world = kept_in_git("");
    assert_snapshot!(mirror(&world, &[]), @"
    ------- stderr -------
    ./mirror has 2 drafts. New or changed: 1 account, 2 drafts, 3 versions, 0 pictures
    4 commits made in git.
    ");
    let log = ["log", "--reverse", "--format=%ad %an: %s", "--date=iso-strict"];
    assert_snapshot!(git(&world, &log), @"
    2026-08-29T01:00:00Z draftkeep: The files of the mirror itself
    2026-08-29T01:00:00Z draftkeep: mag/#1@1 《秋季新品/预告》: first version
    2026-08-30T01:00:00Z draftkeep: mag/#1@2 《秋季新品》: title; +2 −2 characters
    2026-08-30T02:00:00Z draftkeep: mag/#2@1 《周末》: first version
    ");
    assert_eq!(git(&world, &["status", "--porcelain"]), "", "all is committed");

    world.keep("mag", AUTUMN, "2026-08-31T01:00:00Z", &document(&[("秋季新品", "<p>一件 79 元</p>")]));
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 1);
    assert_snapshot!(git(&world, &["log", "-1", "--format=%B"]), @"
    mag/#1@3 《秋季新品》: +2 −2 characters

    Account: mag
    Draft: #1, Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U
    Version: 3, fed43fbe6a7953f8a6256272907387da72e2544dc2e64c598cf41f60900fc2c1
    Observed: 2026-08-31T01:00:00.000Z
    Saved: 2026-08-31T01:00:00.000Z
    ");
    // What changed in the text, line by line.
    let newest = git(&world, &["log", "-1", "-p", "--format=", "--", "mag/秋季新品 预告-1/newest/page.md"]);
    assert!(newest.contains("\n-一件 89 元") && newest.contains("\n+一件 79 元"), "{newest}");
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 0);
}

#[test]
fn another_state_and_another_name_of_the_account_are_commits_of_their_own() {
    let world = kept_in_git("");
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let archive = || crate::harness::database(world.path("archive.db"));
    let sql = "UPDATE draft SET state = 'deleted', missing_since = '2026-08-31T05:00:00.000Z' WHERE id = 2";
    archive().execute_batch(sql).unwrap();
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 1);
    archive().execute_batch("UPDATE account SET name = 'magazine'").unwrap();
    world.replace("config.toml", "name = 'mag'", "name = 'magazine'");
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 1);
    assert_snapshot!(git(&world, &["log", "-2", "--format=%s"]), @"
    An account has another name
    mag/#2 《周末》: deleted
    ");
    assert_eq!(git(&world, &["status", "--porcelain"]), "");
}

/// What a person stages, commits and keeps there is theirs.
#[test]
fn the_work_of_others_in_the_repository_is_left_alone() {
    let world = kept_in_git("");
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    for name in ["staged.txt", "notes.txt"] {
        fs::write(world.path("mirror").join(name), "mine").unwrap();
    }
    git(&world, &["add", "staged.txt"]);
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 1);
    assert_eq!(git(&world, &["status", "--porcelain"]), "A  staged.txt\n?? notes.txt\n");
    // An edited page of the newest version is not written over.
    fs::write(world.path("mirror/mag/周末-2/newest/page.md"), "my words").unwrap();
    world.keep("mag", WEEKEND, "2026-08-31T03:00:00Z", &document(&[("周末", "<p>出门</p>")]));
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(3), "{run}");
    assert!(run.stderr().contains("mag/周末-2/newest/page.md was edited"), "{run}");
    assert_eq!(mirror(&world, &["--json", "--overwrite"]).json()["commits"], 1);
}

#[test]
fn a_mirror_that_was_killed_between_its_files_and_its_commits_goes_on() {
    let world = kept();
    assert_eq!(mirror(&world, &[]).code(), Some(0), "without git");
    world.replace("config.toml", "dir = 'mirror'\n", "dir = 'mirror'\ngit = true\n");
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 4);
    assert_eq!(git(&world, &["status", "--porcelain"]), "");
    for number in 0..30_u32 {
        let document = document(&[("秋", &format!("<p>{number}</p>"))]);
        world.keep("mag", &format!("{AUTUMN}{}", number % 3), "2026-08-31T01:00:00Z", &document);
    }
    let commits = || git(&world, &["rev-list", "--count", "HEAD"]).trim().parse::<u64>().unwrap();
    let mut killed = 0;
    for enough in [6, 15] {
        let mut child = world.command(&["mirror", "--quiet", "--config", "config.toml"]);
        let child = child.env("PATH", std::env::var_os("PATH").unwrap()).spawn().unwrap();
        killed += usize::from(is_killed_once(child, || commits() >= enough));
        // The git that it had begun ends by itself.
        while world.path("mirror/.git/index.lock").exists() {
            std::thread::yield_now();
        }
    }
    assert!(killed > 0, "each had ended before");
    let run = mirror(&world, &[]);
    assert_eq!(run.code(), Some(0), "{run}");
    assert_eq!((commits(), git(&world, &["status", "--porcelain"]).as_str()), (34, ""));
}

#[test]
fn repositories_that_somebody_works_in_are_told_and_the_files_are_written_all_the_same() {
    let world = kept_in_git("");
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    let at = world.path("mirror/.git");
    fs::write(at.join("index.lock"), "").unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    ./mirror has 2 drafts. New or changed: 0 accounts, 1 draft, 1 version, 0 pictures
    0 commits made in git.
    Error: another git is at work in the mirror, or was killed: $TMP/mirror/.git/index.lock is there
    Hint: If no git runs there, remove the file that one left: rm $TMP/mirror/.git/index.lock; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    assert!(world.path("mirror/mag/周末-2/2/page.md").exists());
    fs::remove_file(at.join("index.lock")).unwrap();

    git(&world, &["switch", "--quiet", "--detach"]);
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    ./mirror has 2 drafts; nothing was new.
    0 commits made in git.
    Error: the repository of the mirror is on no branch (its HEAD is detached)
    Hint: Go back to a branch: git -C ./mirror switch BRANCH; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    git(&world, &["switch", "--quiet", "-"]);

    fs::write(at.join("MERGE_HEAD"), git(&world, &["rev-parse", "HEAD"])).unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    ./mirror has 2 drafts; nothing was new.
    0 commits made in git.
    Error: a merge in the repository of the mirror is not finished
    Hint: Finish it, or give it up: git -C ./mirror status; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    fs::remove_file(at.join("MERGE_HEAD")).unwrap();

    let hook = at.join("hooks/pre-commit");
    fs::create_dir_all(at.join("hooks")).unwrap();
    fs::write(&hook, "#!/bin/sh\necho 'no commits on a Friday' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    ./mirror has 2 drafts; nothing was new.
    0 commits made in git.
    Error: git commit failed: no commits on a Friday
    Hint: See what is wrong: git -C ./mirror status; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    fs::remove_file(hook).unwrap();
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 1, "nothing was lost");
}

#[test]
fn without_the_program_git_it_is_told() {
    let world = kept_in_git("");
    let mut command = world.command(&["mirror", "--config", "config.toml"]);
    command.env("PATH", "/nonexistent");
    assert_snapshot!(world.finish(command), @"
    ------- stderr -------
    ./mirror has 2 drafts. New or changed: 1 account, 2 drafts, 3 versions, 0 pictures
    0 commits made in git.
    Error: the program git is not there
    Hint: Install it: apt-get install git; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
}

#[test]
fn commits_are_pushed_and_a_push_that_is_refused_is_tried_again() {
    let world = kept_in_git("push = 'origin'\n");
    assert_snapshot!(told(&world), @"
    ------- stderr -------
    ./mirror has 2 drafts. New or changed: 1 account, 2 drafts, 3 versions, 0 pictures
    4 commits made in git.
    Error: the commits are made, and could not be pushed to origin: fatal: 'origin' does not appear to be a git repository; fatal: Could not read from remote repository.; Please make sure you have the correct access rights; and the repository exists.
    Hint: See where it goes: git -C ./mirror remote -v; add it where it is missing: git -C ./mirror remote add origin ADDRESS; then: draftkeep --config $TMP/config.toml mirror
    ------- exit 1 -------
    ");
    git_in(&world.path(""), &["init", "--quiet", "--bare", "remote.git"]);
    git(&world, &["remote", "add", "origin", "../remote.git"]);
    let json = mirror(&world, &["--json"]).json();
    assert_eq!((&json["commits"], &json["pushed"]), (&0.into(), &true.into()));
    let pushed = || git_in(&world.path("remote.git"), &["rev-list", "--all", "--count"]);
    assert_eq!(pushed(), "4\n");

    let hook = world.path("remote.git/hooks/pre-receive");
    fs::create_dir_all(world.path("remote.git/hooks")).unwrap();
    fs::write(&hook, "#!/bin/sh\necho 'read-only mirror' >&2\nexit 1\n").unwrap();
    fs::set_permissions(&hook, fs::Permissions::from_mode(0o755)).unwrap();
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    let refused = told(&world);
    assert!(refused.contains("could not be pushed to origin: remote: read-only mirror"), "{refused}");
    fs::remove_file(hook).unwrap();
    assert_eq!(mirror(&world, &["--json"]).json()["pushed"], true);
    assert_eq!(pushed(), "5\n");
    assert_eq!(mirror(&world, &["--json"]).json()["pushed"], false, "there is nothing to push");
}

/// A picture that arrives changes the page of its version, and that of the newest one with it.
#[test]
fn a_page_whose_pictures_have_arrived_is_not_taken_for_an_edited_one() {
    let world = kept_in_git("");
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let page = world.path("mirror/mag/周末-2/newest/page.md");
    fs::write(&page, "as it was before the picture came\n").unwrap();
    git(&world, &["commit", "--quiet", "--all", "--message", "as draftkeep did then"]);
    world.keep("mag", WEEKEND, "2026-08-31T02:00:00Z", &document(&[("周末", "<p>在家</p>")]));
    assert_eq!(mirror(&world, &["--json"]).json()["commits"], 1);
    assert!(fs::read_to_string(page).unwrap().contains("在家"));
}

/// An archive can be made of a mirror in git, as of an export; and nobody else can read its history.
#[test]
fn a_mirror_in_git_is_an_export_that_is_for_its_owner_alone() {
    let world = kept_in_git("");
    assert_eq!(mirror(&world, &[]).code(), Some(0));
    let json = world.run(&["import", "mirror", "--archive", "again.db", "--json"]).json();
    assert_eq!(json["new"]["versions"], 3, "{json}");
    let packed = git(&world, &["rev-parse", "HEAD"]);
    let object = world.path("mirror/.git/objects").join(&packed[..2]).join(packed[2..].trim());
    assert_eq!(object.metadata().unwrap().permissions().mode() & 0o077, 0);
}
