//! `draftkeep import-backup`: a backup replaces the archive, and nothing of the old one is lost.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use draftkeep::archive::{DaemonLock, Filter, Reader};
use insta::assert_snapshot;

use crate::harness::{World, document};

fn keep(world: &World, versions: std::ops::Range<u32>) {
    for n in versions {
        let observed_at = format!("2026-08-{:02}T01:00:00Z", n + 1);
        world.keep("mag", "Qm7xK2vTnS0b", &observed_at, &document(&[("秋", &format!("<p>{n}</p>"))]));
    }
}

/// An archive of five versions, and a backup of three of them.
fn kept() -> World {
    let world = World::new();
    keep(&world, 0..3);
    back_up(&world.path("archive.db"), &world.path("backup.db"));
    keep(&world, 3..5);
    world
}

fn back_up(archive: &Path, to: &Path) {
    let database = crate::harness::database(archive);
    database.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

/// Leaves the archive as a killed program does: what was recorded last is in the journal.
fn kill(world: &World) {
    let open = crate::harness::database(world.path("archive.db"));
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; BEGIN; SELECT count(*) FROM version; COMMIT").unwrap();
    keep(world, 5..6);
    for name in ["archive.db", "archive.db-wal"] {
        fs::copy(world.path(name), world.path(&format!("killed-{name}"))).unwrap();
    }
    drop(open);
    for name in ["archive.db", "archive.db-wal"] {
        fs::rename(world.path(&format!("killed-{name}")), world.path(name)).unwrap();
    }
}

fn versions(path: &Path) -> u64 {
    Reader::open(path).unwrap().drafts(&Filter::default()).unwrap().iter().map(|draft| draft.versions).sum()
}

fn files(world: &World) -> Vec<String> {
    let files = fs::read_dir(world.path("")).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let mut files: Vec<String> = files.collect();
    files.sort();
    files
}

const COMMAND: [&str; 4] = ["import-backup", "backup.db", "--archive", "archive.db"];

#[test]
fn a_backup_takes_the_place_of_the_archive_which_is_set_aside() {
    let world = kept();
    kill(&world);
    assert_snapshot!(world.run(&COMMAND), @"
    ------- stderr -------
    The backup backup.db holds 1 draft, 3 versions, no poll.
    The archive archive.db is the backup now: 1 draft, 3 versions, no poll.
    Set aside: $TMP/archive.db.aside-20260901T020000Z
    Set aside: $TMP/archive.db.aside-20260901T020000Z-wal
    Hint: See what it holds: draftkeep list --archive archive.db
    ");
    assert_eq!(versions(&world.path("archive.db")), 3);
    let mode = fs::metadata(world.path("archive.db")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(versions(&world.path("archive.db.aside-20260901T020000Z")), 6, "with its journal");
    assert_eq!(versions(&world.path("backup.db")), 3);
    // The old archive can be put back the same way.
    let back = ["import-backup", "archive.db.aside-20260901T020000Z", "--archive", "archive.db", "--json"];
    let mut told = world.run(&back).json();
    told["archive"] = told["archive"].as_str().unwrap().rsplit('/').next().into();
    assert_eq!(told["set_aside"].as_array().map(Vec::len), Some(1), "{told}");
    assert_eq!((&told["archive"], &told["drafts"], &told["versions"]), (&"archive.db".into(), &1.into(), &6.into()));
    assert_eq!(versions(&world.path("archive.db")), 6);
    keep(&world, 6..7);
    assert_eq!(versions(&world.path("archive.db")), 7);
}

#[test]
fn where_there_is_no_archive_a_backup_becomes_one() {
    let world = kept();
    fs::remove_file(world.path("archive.db")).unwrap();
    assert_eq!(world.run(&COMMAND).code(), Some(0));
    assert_eq!(versions(&world.path("archive.db")), 3);
    assert_eq!(
        files(&world),
        ["archive.db", "archive.db.lock", "archive.db.merge.lock", "archive.db.restore.lock", "backup.db"]
    );
}

#[test]
fn an_archive_that_cannot_be_read_is_replaced_too() {
    let world = kept();
    fs::write(world.path("archive.db"), "no database at all").unwrap();
    assert_eq!(world.run(&COMMAND).code(), Some(0));
    assert_eq!(versions(&world.path("archive.db")), 3);
    assert_eq!(fs::read(world.path("archive.db.aside-20260901T020000Z")).unwrap(), b"no database at all");
}

#[test]
fn what_is_no_sound_backup_is_refused_and_nothing_is_touched() {
    let world = kept();
    let before = fs::read(world.path("archive.db")).unwrap();
    let mut backup = fs::read(world.path("backup.db")).unwrap();
    fs::write(world.path("text"), "no database at all".repeat(100)).unwrap();
    crate::harness::database(world.path("theirs.db")).execute_batch("CREATE TABLE a (x)").unwrap();
    let place = backup.windows(9).rposition(|name| name == b"news_item").expect("a short document is kept as it is");
    backup[place..place + 9].fill(0xff);
    fs::write(world.path("damaged.db"), backup).unwrap();
    for (file, code) in [("text", 5), ("theirs.db", 2), ("damaged.db", 5), ("archive.db", 2), ("nothing.db", 4)] {
        let run = world.run(&["import-backup", file, "--archive", "archive.db"]);
        assert_eq!(run.code(), Some(code), "{file}: {run}");
        assert_eq!(fs::read(world.path("archive.db")).unwrap(), before, "{file}");
    }
    assert_eq!(files(&world).iter().filter(|file| file.contains("aside") || file.contains("unfinished")).count(), 0);
}

#[test]
fn a_running_daemon_is_stopped_first() {
    let world = kept();
    let _daemon = DaemonLock::acquire(&world.path("archive.db")).unwrap();
    assert_snapshot!(world.run(&COMMAND), @"
    ------- stderr -------
    Error: another draftkeep daemon is running on the archive archive.db
    Hint: Stop it first, where it was started
    ------- exit 1 -------
    ");
    assert_eq!(versions(&world.path("archive.db")), 5);
}

#[test]
fn a_command_tells_of_a_journal_that_is_another_archives() {
    for command in [&["list"][..], &["status"], &["sql", "SELECT 1"], &["log", "#1"]] {
        let world = kept();
        kill(&world);
        let journal = fs::read(world.path("archive.db-wal")).unwrap();
        fs::copy(world.path("backup.db"), world.path("archive.db")).unwrap();
        let run = world.run(&[command, &["--archive", "archive.db"]].concat());
        assert_eq!(run.code(), Some(0), "{run}");
        let told = "the journal beside the archive was another archive's; it was not applied, and is now $TMP/archive.db.aside-";
        assert!(run.stderr().contains(told), "{run}");
        let aside = files(&world).into_iter().find(|file| file.ends_with("Z-wal")).unwrap();
        assert_eq!(fs::read(world.path(&aside)).unwrap(), journal);
        assert_eq!(versions(&world.path("archive.db")), 3);
    }
}

#[test]
fn a_lock_that_is_a_link_is_not_followed() {
    let world = kept();
    let theirs: PathBuf = world.path("theirs");
    fs::write(&theirs, "").unwrap();
    std::os::unix::fs::symlink(&theirs, world.path("archive.db.lock")).unwrap();
    assert_snapshot!(world.run(&COMMAND), @"
    ------- stderr -------
    Error: cannot open the lock $TMP/archive.db.lock
    Caused by: it is a symbolic link, which is not followed; remove it
    ------- exit 1 -------
    ");
    fs::remove_file(world.path("archive.db.lock")).unwrap();
    fs::write(&theirs, "root's").unwrap();
    fs::hard_link(&theirs, world.path("archive.db.lock")).unwrap();
    assert_eq!(world.run(&COMMAND).code(), Some(1));
    assert_eq!(fs::read(&theirs).unwrap(), b"root's");
    fs::remove_file(world.path("archive.db.lock")).unwrap();
    std::os::unix::fs::symlink(world.path("made"), world.path("archive.db.lock")).unwrap();
    assert_eq!(world.run(&COMMAND).code(), Some(1));
    assert!(!world.path("made").exists());
}

/// Once, an incomplete backup replaced the archive without a warning.
#[test]
fn a_backup_whose_journal_stayed_behind_is_put_in_place_only_on_demand() {
    let world = World::new();
    let archive = world.path("archive.db");
    drop(draftkeep::archive::Writer::open(&archive).unwrap());
    let open = rusqlite::Connection::open(&archive).unwrap();
    open.execute_batch("PRAGMA wal_autocheckpoint = 0; BEGIN; SELECT count(*) FROM version; COMMIT").unwrap();
    keep(&world, 0..3);
    fs::copy(&archive, world.path("backup.db")).unwrap();
    drop(open);
    assert_snapshot!(world.run(&COMMAND), @r#"
    ------- stderr -------
    The backup backup.db holds 0 drafts, 0 versions, no poll.
    Error: the backup holds no version, and its journal is missing; the archive was not touched
    Hint: What was recorded last is in the journal of the file that was copied; copy it beside it, as backup.db-wal
    Hint: Or make a new backup, which needs no journal: sqlite3 -readonly ARCHIVE "VACUUM INTO 'backup.db'"
    Hint: To put it in place all the same, type the same with --apply
    ------- exit 1 -------
    "#);
    assert_eq!(versions(&archive), 3);
    let run = world.run(&[&COMMAND[..], &["--apply"]].concat());
    assert!(run.code() == Some(0) && run.stderr().contains("Warning: the backup holds no version"), "{run}");
    assert_eq!(versions(&archive), 0);
}

#[test]
fn what_is_no_backup_is_told_as_that() {
    let world = kept();
    fs::write(world.path("empty.db"), "").unwrap();
    fs::write(world.path("text.db"), "no database at all".repeat(100)).unwrap();
    fs::create_dir(world.path("directory")).unwrap();
    assert!(std::process::Command::new("mkfifo").arg(world.path("pipe")).status().unwrap().success());
    let told = ["nothing.db", "empty.db", "text.db", "directory", "pipe", "/dev/null"].map(|file| {
        let run = world.run(&["import-backup", file, "--archive", "archive.db"]).to_string();
        assert!(!run.contains("draftkeep poll"), "{run}");
        run
    });
    assert_snapshot!(told.join("\n"), @r#"
    ------- stderr -------
    Error: there is no backup at nothing.db; the archive was not touched
    Hint: Name the file of the backup: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 4 -------
    ------- stderr -------
    Error: nothing is in the backup empty.db; the archive was not touched
    Hint: What was recorded last is in the journal of the file that was copied; copy it beside it, as empty.db-wal
    Hint: Or make a new backup, which needs no journal: sqlite3 -readonly ARCHIVE "VACUUM INTO 'empty.db'"
    ------- exit 5 -------
    ------- stderr -------
    Error: the backup text.db cannot be used, and the archive was not touched: text.db is no SQLite database
    Hint: Name another backup: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 5 -------
    ------- stderr -------
    Error: the backup directory cannot be used, and the archive was not touched: directory is no regular file
    Hint: Name another backup: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 2 -------
    ------- stderr -------
    Error: the backup pipe cannot be used, and the archive was not touched: pipe is no regular file
    Hint: Name another backup: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 2 -------
    ------- stderr -------
    Error: the backup /dev/null cannot be used, and the archive was not touched: /dev/null is no regular file
    Hint: Name another backup: draftkeep import-backup --archive $TMP/archive.db FILE
    ------- exit 2 -------
    "#);
}

#[test]
fn pins_that_the_backup_lacks_are_named() {
    let world = kept();
    for version in ["1@2", "1@5"] {
        assert_eq!(world.run(&["pin", version, "--archive", "archive.db"]).code(), Some(0));
    }
    let backup = fs::read(world.path("backup.db")).unwrap();
    assert_snapshot!(world.run(&COMMAND), @r#"
    ------- stderr -------
    The backup backup.db holds 1 draft, 3 versions, no poll.
    Warning: the backup lacks 2 pins of the archive: mag/#1@2, mag/#1@5
    The archive archive.db is the backup now: 1 draft, 3 versions, no poll.
    Set aside: $TMP/archive.db.aside-20260901T020000Z
    Hint: Pin them again before anything is pruned: draftkeep pin 1@2 --archive archive.db
    Hint: See what it holds: draftkeep list --archive archive.db
    "#);
    assert_eq!(world.run(&["pin", "1@2", "--archive", "archive.db"]).code(), Some(0));
    fs::write(world.path("backup.db"), backup).unwrap();
    assert_eq!(world.run(&[&COMMAND[..], &["--json"]].concat()).json()["pins_lost"], serde_json::json!(["mag/#1@2"]));
}

/// It may lie on a medium of somebody else.
#[test]
fn nothing_is_left_beside_a_backup() {
    let world = kept();
    crate::harness::database(world.path("backup.db")).pragma_update(None, "journal_mode", "WAL").unwrap();
    let before = fs::read(world.path("backup.db")).unwrap();
    assert_eq!(world.run(&COMMAND).code(), Some(0));
    let beside: Vec<String> = files(&world).into_iter().filter(|name| name.starts_with("backup.db")).collect();
    assert_eq!(beside, ["backup.db"]);
    assert!(before == fs::read(world.path("backup.db")).unwrap());
}
