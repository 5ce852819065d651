//! docs/disaster.md is true: its commands, typed as they stand there, bring the draft back into the box.
//!
//! A shell runs them. The directories of a machine are those of the test, and in the place of systemd stands a script that starts and
//! stops the daemon.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use draftkeep::archive::Writer;
use draftkeep::simulator::SimulatorHandle;
use serde_json::Value;

use crate::cookbook::magazine_beside;
use crate::harness::{NOW, PAGE, World, database, document, keep};

const PAGE_OF_DOCS: &str = include_str!("../../docs/disaster.md");

/// Where the page says that things are, and where they are here.
const PLACES: [(&str, &str); 4] =
    [("/mnt/nas/draftkeep", "nas"), ("/mnt/usb", "usb"), ("/var/lib/draftkeep", "lib"), ("/etc/draftkeep", "etc")];

const NIGHT_MARKET: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";

/// The appid that the page gives to the magazine, beside the one that it has.
const NEW_APPID: &str = "wx0000000000000new";
const APPID: &str = "wx0000000000000mag";

/// What `systemctl` does here. `start` returns when the daemon has polled.
const SYSTEMCTL: &str = r#"#!/bin/sh
case "$1" in
stop) [ ! -e daemon.pid ] || { kill "$(cat daemon.pid)"; while kill -0 "$(cat daemon.pid)" 2>/dev/null; do sleep 0.05; done; rm daemon.pid; } ;;
start) draftkeep run > daemon.log 2>&1 & echo $! > daemon.pid
  for _ in $(seq 400); do grep -q 'polled account=\|vanished at once' daemon.log && exit 0; sleep 0.05; done; cat daemon.log >&2; exit 1 ;;
reload) kill -HUP "$(cat daemon.pid)"
  for _ in $(seq 400); do grep -q 'configuration reloaded' daemon.log && exit 0; sleep 0.05; done; cat daemon.log >&2; exit 1 ;;
esac
"#;

/// A machine with draftkeep on it, whose daemon was stopped, and the platform.
struct Machine {
    world: World,
    platform: SimulatorHandle,
}

impl Machine {
    async fn new() -> Self {
        let (world, platform) = magazine_beside(&[NEW_APPID]).await;
        for (_, place) in PLACES {
            fs::create_dir(world.path(place)).unwrap();
        }
        fs::create_dir(world.path("bin")).unwrap();
        fs::write(world.path("bin/systemctl"), SYSTEMCTL).unwrap();
        fs::set_permissions(world.path("bin/systemctl"), fs::Permissions::from_mode(0o755)).unwrap();
        world.replace("config.toml", "'archive.db'", "'../lib/archive.db'");
        fs::rename(world.path("config.toml"), world.path("etc/config.toml")).unwrap();
        database(world.path("archive.db")).execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        fs::rename(world.path("archive.db"), world.path("lib/archive.db")).unwrap();
        Self { world, platform }
    }

    /// Types a line.
    fn shell(&self, line: &str, at: &str) -> (i32, String) {
        let program = Path::new(env!("CARGO_BIN_EXE_draftkeep")).parent().unwrap();
        let path = format!("{}:{}:/usr/bin:/bin", self.world.path("bin").display(), program.display());
        let line = PLACES.iter().fold(line.to_owned(), |line, (there, here)| {
            line.replace(there, &self.world.path(here).display().to_string())
        });
        let output = Command::new("sh")
            .args(["-c", &format!("{{ {line}\n}} 2>&1")])
            .env_clear()
            .envs([("PATH", path.as_str()), ("LC_ALL", "C.UTF-8"), ("TZ", "Asia/Shanghai"), ("DRAFTKEEP_CLOCK", at)])
            .env("DRAFTKEEP_CONFIG", self.world.path("etc/config.toml"))
            .env("HOME", self.world.path("."))
            .current_dir(self.world.path("."))
            .output()
            .unwrap();
        (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stdout).into_owned())
    }

    /// Types the commands below a heading of the page, and returns what each wrote. Each ends with 0; `codes` names those that do not.
    fn follow(&self, heading: &str, codes: &[(&str, i32)]) -> Vec<(String, String)> {
        let lines = commands(heading);
        assert!((1..=10).contains(&lines.len()), "{lines:?}");
        let mut written = Vec::new();
        for line in lines {
            let (code, said) = self.shell(&line, NOW);
            let expected = codes.iter().find(|(start, _)| line.starts_with(start)).map_or(0, |(_, code)| *code);
            assert_eq!(code, expected, "$ {line}\n{said}");
            written.push((line, said));
        }
        written
    }

    fn json(&self, line: &str) -> Value {
        let (code, said) = self.shell(&format!("{line} --json 2>/dev/null"), NOW);
        assert_eq!(code, 0, "$ {line}\n{said}");
        serde_json::from_str(&said).unwrap()
    }

    /// What the drafts in a box say.
    fn in_box(&self, appid: &str) -> String {
        let mut world = self.platform.world();
        format!("{:?}", world.account(appid).drafts())
    }

    fn versions(&self) -> u64 {
        let drafts = self.json("draftkeep list");
        drafts.as_array().unwrap().iter().map(|draft| draft["versions"].as_u64().unwrap()).sum()
    }

    /// The daemon that was started polls every account. The box of the platform has none of the drafts that the archive begins with, which
    /// is the one thing that may trouble it.
    fn daemon_polls(&self) {
        for account in self.json("draftkeep status").as_array().unwrap() {
            assert_eq!(account["daemon"], true, "{account}");
            assert!(account["last_poll"].as_str().unwrap() >= "2026-09-01T02:00:00", "{account}");
            let trouble = account["trouble"].as_str().unwrap_or_default();
            assert!(trouble.is_empty() || trouble.contains("vanished"), "{account}");
        }
        self.stop();
    }

    fn stop(&self) {
        assert_eq!(self.shell("systemctl stop draftkeep", NOW).0, 0);
    }

    /// Records a version, as a poll would have.
    fn keep(&self, day: u32, text: &str) {
        let mut writer = Writer::open(&self.world.path("lib/archive.db")).unwrap();
        let at = format!("2026-08-{day:02}T23:00:00Z");
        keep(&mut writer, "mag", "Vb3pL9wRtY6c", &at, &document(&[("周末市集", &format!("<p>{text}</p>"))]));
    }
}

impl Drop for Machine {
    fn drop(&mut self) {
        let _ = self.shell("systemctl stop draftkeep", NOW);
    }
}

/// The commands below a heading, in all its blocks.
fn commands(heading: &str) -> Vec<String> {
    let section = PAGE_OF_DOCS.split("\n## ").find(|section| section.starts_with(heading)).expect(heading);
    let blocks = section.split("```sh\n").skip(1).map(|block| block.split("```").next().unwrap());
    blocks.flat_map(str::lines).map(str::to_owned).collect()
}

/// Fills a page with zeros that holds rows of a table.
fn damage(archive: &Path, table: &str) {
    let page: usize = {
        let database = database(archive);
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY pageno LIMIT 1";
        database.query_row(sql, [table], |row| row.get(0)).unwrap()
    };
    let mut bytes = fs::read(archive).unwrap();
    bytes[(page - 1) * PAGE..][..PAGE].fill(0);
    fs::write(archive, bytes).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_damaged_archive_and_a_copy_of_yesterday_to_the_draft_in_the_box() {
    let machine = Machine::new().await;
    tokio::task::block_in_place(|| {
        let (code, said) = machine.shell("draftkeep copy /mnt/nas/draftkeep", "2026-08-31T12:00:00Z");
        assert_eq!(code, 0, "{said}");
        machine.keep(31, "今天的第一稿");
        let before = machine.versions();
        damage(&machine.world.path("lib/archive.db"), "delta");
        assert_eq!(machine.shell("draftkeep verify", NOW).0, 5);
        let written = machine.follow("The archive is damaged", &[]);
        let repaired = &written.iter().find(|(line, _)| line.starts_with("draftkeep repair")).unwrap().1;
        assert!(repaired.contains("came from the copy"), "{repaired}");
        assert!(machine.versions() >= before, "and what the daemon read since");
        assert!(machine.in_box(APPID).contains("四十个摊位"), "the draft is back");
        let log = machine.json(&format!("draftkeep log {NIGHT_MARKET}"));
        assert_eq!(log.as_array().unwrap().len(), 4, "{log}");
        machine.daemon_polls();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn from_a_burned_machine_to_the_draft_in_the_box() {
    let machine = Machine::new().await;
    tokio::task::block_in_place(|| {
        assert_eq!(machine.shell("draftkeep copy /mnt/nas/draftkeep", NOW).0, 0);
        let before = machine.versions();
        fs::remove_dir_all(machine.world.path("lib")).unwrap();
        fs::create_dir(machine.world.path("lib")).unwrap();
        // The box has none of these drafts, so the poll tells that they vanished.
        machine.follow("The machine burned down", &[("draftkeep poll", 3)]);
        assert!(machine.versions() >= before);
        assert!(machine.in_box(APPID).contains("四十个摊位"), "the draft is back");
        machine.daemon_polls();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn to_another_machine_whose_archive_has_another_path() {
    let machine = Machine::new().await;
    tokio::task::block_in_place(|| {
        let before = machine.versions();
        let lines = commands("To another machine");
        for line in &lines[..2] {
            assert_eq!(machine.shell(line, NOW).0, 0, "{line}");
        }
        fs::remove_dir_all(machine.world.path("lib")).unwrap();
        fs::create_dir(machine.world.path("lib")).unwrap();
        machine.world.replace("etc/config.toml", "../lib/archive.db", "../lib/drafts.db");
        for line in &lines[2..] {
            let (code, said) = machine.shell(line, NOW);
            assert_eq!(code, 0, "$ {line}\n{said}");
        }
        assert_eq!(machine.versions(), before);
        let mode = fs::metadata(machine.world.path("lib/drafts.db")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        machine.daemon_polls();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn two_archives_become_one() {
    let machine = Machine::new().await;
    tokio::task::block_in_place(|| {
        fs::copy(machine.world.path("lib/archive.db"), machine.world.path("usb/here.db")).unwrap();
        machine.keep(31, "那边的一稿");
        fs::rename(machine.world.path("lib/archive.db"), machine.world.path("usb/other.db")).unwrap();
        fs::rename(machine.world.path("usb/here.db"), machine.world.path("lib/archive.db")).unwrap();
        let before = machine.versions();
        machine.follow("Two archives of the same drafts", &[]);
        assert_eq!(machine.versions(), before + 1);
        machine.daemon_polls();
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn two_archives_of_two_appids_become_two_accounts() {
    let machine = Machine::new().await;
    tokio::task::block_in_place(|| {
        let archive = machine.world.path("lib/archive.db");
        fs::rename(&archive, machine.world.path("usb/other.db")).unwrap();
        machine.world.replace("etc/config.toml", APPID, NEW_APPID);
        assert_eq!(machine.shell("draftkeep poll", NOW).0, 0);
        machine.follow("Two archives of the same drafts", &[]);
        machine.stop();
        let accounts = "SELECT group_concat(name || ' ' || appid || ' ' || (SELECT count(*) FROM draft WHERE draft.account = account.id), ', ')
                        FROM account ORDER BY id";
        let accounts: String = database(&archive).query_row(accounts, (), |row| row.get(0)).unwrap();
        assert_eq!(accounts, format!("mag {NEW_APPID} 0, mag-wx00000000 {APPID} 2"));
        assert!(PAGE_OF_DOCS.contains("`mag-wx00000000`"));
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_gets_another_name_and_then_another_appid() {
    let machine = Machine::new().await;
    tokio::task::block_in_place(|| {
        assert_eq!(machine.shell("systemctl start draftkeep", NOW).0, 0);
        machine.world.replace("etc/config.toml", "name = 'mag'", "name = 'magazine'");
        machine.follow("An account gets another name", &[]);
        let names = |of: &Value| -> Vec<String> {
            of.as_array().unwrap().iter().map(|of| of["account"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&machine.json("draftkeep list")), ["magazine", "magazine"]);

        let old = fs::read_to_string(machine.world.path("etc/config.toml")).unwrap();
        let table = &old[old.find("[[account]]").unwrap()..];
        let new = table.replace("'magazine'", "'mag'").replace(APPID, NEW_APPID);
        fs::write(machine.world.path("etc/config.toml"), old.replace("'magazine'", "'mag-2026'") + &new).unwrap();
        machine.follow("An account gets another appid", &[]);
        assert_eq!(names(&machine.json("draftkeep status")), ["mag-2026", "mag"]);
        assert!(machine.in_box(NEW_APPID).contains("四十个摊位"));
        assert!(!machine.in_box(APPID).contains("四十个摊位"));
        machine.daemon_polls();
        // When the old account is not configured any more, all that it has is still there.
        fs::write(machine.world.path("etc/config.toml"), format!("{}{new}", &old[..old.find("[[account]]").unwrap()]))
            .unwrap();
        let kept = machine.json("draftkeep list --account mag-2026");
        assert_eq!(names(&kept), ["mag-2026", "mag-2026"]);
    });
}
