//! Archives that cannot be used, and disks that cannot be written.

use std::fs::{self, OpenOptions, Permissions};
use std::io::{Seek, SeekFrom, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use super::*;
use crate::harness::{PAGE, skipped};

const LIST: &[&str] = &["list", "--config", "config.toml"];

/// A user who owns nothing.
const NOBODY: u32 = 65_534;

/// A world whose archive holds the magazine.
async fn kept() -> (SimulatorHandle, World) {
    let (platform, world) = watched(healthy()).await;
    assert_eq!(world.run(POLL).code(), Some(0));
    (platform, world)
}

fn sql(path: &Path, sql: &str) {
    crate::harness::database(path).execute_batch(sql).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_programs_database() {
    let (_platform, world) = watched(healthy()).await;
    sql(&world.path("archive.db"), "CREATE TABLE theirs (x)");
    let before = fs::read(world.path("archive.db")).unwrap();
    assert_snapshot!(world.run(POLL), @r"
    ------- stderr -------
    Error: ./archive.db is no draftkeep archive but another program's database
    Hint: Check `archive` in the configuration, or --archive.
    ------- exit 2 -------
    ");
    assert_eq!(world.run(LIST).code(), Some(2));
    assert!(fs::read(world.path("archive.db")).unwrap() == before, "not a byte of it is changed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newer_archive() {
    let (_platform, world) = kept().await;
    sql(&world.path("archive.db"), "PRAGMA user_version = 99");
    assert_snapshot!(world.run(POLL), @"
    ------- stderr -------
    Error: the archive ./archive.db has schema 99, this program knows 31 at most
    Hint: Use the draftkeep that wrote it, or a later one.
    ------- exit 1 -------
    ");
    assert_eq!(world.run(LIST).code(), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_damaged_in_the_middle() {
    let (_platform, world) = kept().await;
    let mut file = OpenOptions::new().write(true).open(world.path("archive.db")).unwrap();
    let length = file.metadata().unwrap().len();
    file.seek(SeekFrom::Start(PAGE as u64)).unwrap();
    file.write_all(&vec![0xa5; usize::try_from(length).unwrap() - PAGE]).unwrap();
    assert_snapshot!(world.run(LIST), @"
    ------- stderr -------
    Error: the archive is damaged: database disk image is malformed
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml repair --to NEW; draftkeep --config $TMP/config.toml import-backup NEW
    Hint: Or put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 5 -------
    ");
    assert_snapshot!(world.run(POLL), @"
    ------- stderr -------
    Error: the archive is damaged: database disk image is malformed
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml repair --to NEW; draftkeep --config $TMP/config.toml import-backup NEW
    Hint: Or put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 5 -------
    ");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_is_damaged() {
    let (_platform, world) = kept().await;
    let archive = world.path("archive.db");
    sql(
        &archive,
        "DROP TRIGGER whole_never_changes; UPDATE whole SET body = zeroblob(length(body)) WHERE version = 3;",
    );
    assert_snapshot!(world.run(&["show", "#3", "--config", "config.toml"]), @"
    ------- stderr -------
    Error: mag/3@1 cannot be read: a document cannot be decompressed: corrupt deflate stream
    Hint: See which of its versions can be: draftkeep --config $TMP/config.toml log mag/3
    Hint: See what is damaged: draftkeep --config $TMP/config.toml verify
    Hint: Bring what is whole into a new archive: draftkeep --config $TMP/config.toml repair --to NEW; draftkeep --config $TMP/config.toml import-backup NEW
    Hint: Or put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 5 -------
    ");
    assert_eq!(world.run(&["log", "#3", "--config", "config.toml"]).code(), Some(5));
    assert_eq!(world.run(&["show", "#2", "--config", "config.toml"]).code(), Some(0));
    assert_eq!(world.run(POLL).code(), Some(0), "the hash of its newest version is still known");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_in_a_directory_that_is_missing() {
    let (_platform, world) = watched(healthy()).await;
    let configuration = fs::read_to_string(world.path("config.toml")).unwrap();
    let elsewhere = configuration.replace("'archive.db'", "'missing/archive.db'");
    fs::write(world.path("config.toml"), elsewhere).unwrap();
    assert_snapshot!(world.run(POLL), @r"
    ------- stderr -------
    Error: cannot make the archive ./missing/archive.db
    Caused by: No such file or directory (os error 2)
    Hint: Make its directory first: mkdir -p ./missing
    ------- exit 1 -------
    ");
    assert_eq!(world.run(LIST).code(), Some(4));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_cannot_be_written() {
    let (_platform, world) = kept().await;
    let as_reader = |args: &[&str], directory: u32| {
        fs::set_permissions(world.path("archive.db"), Permissions::from_mode(0o444)).unwrap();
        fs::set_permissions(world.path("."), Permissions::from_mode(directory)).unwrap();
        let mut command = world.command(args);
        // Permissions do not bind root.
        if fs::metadata(world.path("archive.db")).is_ok_and(|metadata| metadata.uid() == 0) {
            command.uid(NOBODY);
        }
        command
    };
    if as_reader(&["--version"], 0o555).output().is_err() {
        return skipped("another user cannot run the program from here");
    }
    let listed = world.finish(as_reader(&["list", "--config", "config.toml", "--json"], 0o555)).json();
    assert_eq!(listed.as_array().unwrap().len(), 8, "on a read-only disk");
    assert_snapshot!(world.finish(as_reader(POLL, 0o555)), @"
    ------- stderr -------
    Error: the archive ./archive.db cannot be written: attempt to write a readonly database
    Hint: Type the same as root: sudo draftkeep poll --config config.toml
    Hint: SQLite needs the file and room for two more beside it; see who may write: ls -la .
    ------- exit 1 -------
    ");
    assert_snapshot!(world.finish(as_reader(POLL, 0o777)), @"
    ------- stderr -------
    Error: the archive ./archive.db cannot be written: attempt to write a readonly database
    Hint: Type the same as root: sudo draftkeep poll --config config.toml
    Hint: SQLite needs the file and room for two more beside it; see who may write: ls -la .
    ------- exit 1 -------
    ");
    let listed = world.finish(as_reader(&["list", "--config", "config.toml", "--json"], 0o777)).json();
    assert_eq!(listed.as_array().unwrap().len(), 8);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_got_another_appid() {
    let (platform, world) = kept().await;
    let configuration = fs::read_to_string(world.path("config.toml")).unwrap();
    let other = configuration.replace(APPID, "wx00000000000000ff");
    fs::write(world.path("config.toml"), other).unwrap();
    let calls = platform.world().request_log.calls("draft/batchget");
    assert_snapshot!(world.run(POLL), @"
    mag: 0 drafts read, 0 new versions, 0 calls
    ------- stderr -------
    Warning: mag: the archive knows account mag as wx0000000000000mag, the configuration says wx00000000000000ff. Correct `appid`; another account needs a name of its own. Then: draftkeep --config $TMP/config.toml config check
    ------- exit 2 -------
    ");
    assert_eq!(platform.world().request_log.calls("draft/batchget"), calls);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_disk_that_fills_up_in_the_middle_of_a_poll() {
    let (platform, world) = watched(healthy()).await;
    fs::create_dir(world.path("disk")).unwrap();
    let Some(disk) = Disk::mount(world.path("disk"), "size=472k") else {
        return skipped("only root may mount a small disk");
    };
    let configuration = fs::read_to_string(world.path("config.toml")).unwrap();
    fs::write(world.path("config.toml"), configuration.replace("'archive.db'", "'disk/archive.db'")).unwrap();
    let body: String = (0..40_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    let big = draftkeep::simulator::Article::news("大", &body);
    platform.world().account(APPID).create(vec![big]);
    assert_snapshot!(world.run(POLL), @r"
    ------- stderr -------
    There was no archive at ./disk/archive.db, so a new one is begun
    Error: the disk that holds the archive is full
    Hint: Make room; all that was recorded before is safe.
    ------- exit 1 -------
    ");
    let list = world.run(&["list", "--json", "--config", "config.toml"]);
    assert!(matches!(list.code(), Some(0 | 4)), "{list}");
    disk.remount("size=64m");
    assert_eq!(world.run(POLL).code(), Some(0));
    assert_eq!(world.run(&["list", "--json", "--config", "config.toml"]).json().as_array().unwrap().len(), 9);
    let archive = crate::harness::database(world.path("disk/archive.db"));
    let check: String = archive.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
}

/// A file system of its own, in memory.
pub(crate) struct Disk(PathBuf);

impl Disk {
    pub(crate) fn mount(at: PathBuf, options: &str) -> Option<Self> {
        let mount = Command::new("mount").args(["-t", "tmpfs", "-o", options, "draftkeep-test"]).arg(&at).output();
        mount.is_ok_and(|output| output.status.success()).then_some(Self(at))
    }

    pub(crate) fn remount(&self, options: &str) {
        let options = format!("remount,{options}");
        assert!(Command::new("mount").args(["-o", &options]).arg(&self.0).status().unwrap().success());
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        assert!(Command::new("umount").arg("-l").arg(&self.0).status().unwrap().success());
    }
}

/// `mv archive.db ELSEWHERE` under a running service: a new archive is not what is wanted.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_is_gone_and_has_left_its_journal() {
    let (_platform, world) = kept().await;
    let open = crate::harness::database(world.path("archive.db"));
    open.execute_batch("BEGIN; SELECT count(*) FROM version; COMMIT").unwrap();
    assert_eq!(world.run(POLL).code(), Some(0));
    fs::rename(world.path("archive.db"), world.path("elsewhere.db")).unwrap();
    assert_snapshot!(world.run(LIST), @"
    ------- stderr -------
    Error: the archive ./archive.db is gone, and its journal ./archive.db-wal is still there
    Hint: If it was moved, move it back, and its -wal and -shm if they were moved, too, while the service is stopped: systemctl stop draftkeep && mv ELSEWHERE/archive.db* ./ && systemctl start draftkeep
    Hint: Else put a backup in its place: draftkeep --config $TMP/config.toml import-backup FILE. The journal is set aside then, and stays
    Hint: To begin a new archive, move the journal away: mv ./archive.db-wal ELSEWHERE
    ------- exit 4 -------
    ");
    assert_eq!(world.run(&["status", "--config", "config.toml"]).code(), Some(4));
    let (list, poll) = (world.run(LIST), world.run(POLL));
    assert_eq!(poll.to_string(), list.to_string(), "what writes refuses as what reads");
    let run = world.run(&["run", "--config", "config.toml", "--log", "human"]);
    assert!(run.stderr().contains("the archive ./archive.db is gone"), "{run}");
    assert_eq!(run.code(), Some(1), "as where it is moved away under a daemon that runs");
    assert!(!world.path("archive.db").exists() && world.path("archive.db-wal").exists());
    fs::rename(world.path("elsewhere.db"), world.path("archive.db")).unwrap();
    assert_eq!(world.run(LIST).code(), Some(0));
    drop(open);
    fs::rename(world.path("archive.db"), world.path("elsewhere.db")).unwrap();
    fs::write(world.path("archive.db-wal"), "a journal").unwrap();
    assert_eq!(world.run(POLL).code(), Some(4));
    fs::rename(world.path("archive.db-wal"), world.path("elsewhere.db-wal")).unwrap();
    assert_eq!(world.run(POLL).code(), Some(0), "a new archive is begun");
}

/// `cp other.db archive.db` under a running service.
#[tokio::test(flavor = "multi_thread")]
async fn an_archive_that_was_replaced_under_its_journal() {
    let (_platform, world) = kept().await;
    sql(
        &world.path("archive.db"),
        "VACUUM INTO 'other.db'".replace("other.db", &world.path("other.db").display().to_string()).as_str(),
    );
    let open = crate::harness::database(world.path("archive.db"));
    open.execute_batch("BEGIN; SELECT count(*) FROM version; COMMIT").unwrap();
    assert_eq!(world.run(POLL).code(), Some(0));
    // By another process: closing a file lets go of all locks that a process has on it.
    let copied = Command::new("cp").args([world.path("other.db"), world.path("archive.db")]).status().unwrap();
    assert!(copied.success());
    assert_snapshot!(world.run(&["verify", "--config", "config.toml"]), @"
    ------- stderr -------
    Error: ./archive.db was overwritten with another archive while it was in use, so nothing more is written to it
    Hint: To see what is there now: ls -la .; then start the command or the service again. Put a backup in place with: draftkeep --config $TMP/config.toml import-backup FILE
    ------- exit 1 -------
    ");
    assert_eq!(world.run(&["status", "--config", "config.toml"]).code(), Some(1));
}
