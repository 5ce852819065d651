//! A daemon that is killed at any time leaves a sound archive, which has every version that was logged.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::thread;
use std::time::{Duration, Instant};

use draftkeep::archive::{Filter, Reader};
use draftkeep::canonical::canonicalise;
use draftkeep::simulator::{Account, Random, Settings, Simulator, SimulatorHandle, edits};
use serde_json::Value;

use crate::harness::World;

/// Long enough for a machine under load.
const PATIENCE: Duration = Duration::from_secs(20);

/// What the log says of a version, and at the end of a poll.
const NEW_VERSION: &str = r#""message":"new version""#;
const POLLED: &str = r#""message":"polled""#;

/// How often the daemon is killed; continuous integration asks for more.
fn rounds() -> u32 {
    std::env::var("DRAFTKEEP_CRASHES").map_or(8, |rounds| rounds.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_loses_nothing_that_was_told() {
    let platform = platform().await;
    let (world, mut random) = (World::new(), Random::new(50));
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    let (mut told, mut telling, mut within_polls) = (BTreeMap::new(), 0, 0);
    for round in 0..rounds() {
        for _ in 0..6 {
            edits::random_edit(&mut platform.world().account(platform.appid()), &mut random);
        }
        let kill = match round % 2 {
            0 => Kill::AfterStart(Duration::from_millis(random.below(250) as u64)),
            _ => Kill::AfterVersion(Duration::from_micros(random.below(2_000) as u64)),
        };
        let log = run_and_kill(&world, &kill);
        let versions = logged_versions(&log);
        telling += u32::from(!versions.is_empty());
        within_polls += u32::from(!versions.is_empty() && !log.contains(POLLED));
        told.extend(versions);
        assert_whole(&world, &told);
    }
    assert!(telling >= rounds() / 4, "{telling} of {} daemons told of a version", rounds());
    assert!(within_polls >= rounds() / 4, "{within_polls} of {} were killed within a poll that told of one", rounds());
}

async fn platform() -> SimulatorHandle {
    let accounts = vec![Account::new("wx0000000000000mag", "hush")];
    let platform = Simulator::start(Settings { accounts, ..Settings::default() }).await.unwrap();
    platform.world().account(platform.appid()).load_sample_drafts();
    platform
}

/// When a daemon is killed.
enum Kill {
    AfterStart(Duration),
    /// After it has told of a version: mostly within the poll that found it.
    AfterVersion(Duration),
}

/// Runs the daemon, kills it, and returns what it wrote.
fn run_and_kill(world: &World, kill: &Kill) -> String {
    let log = File::create(world.path("log")).unwrap();
    let mut command = world.command(&["run", "--config", "config.toml", "--log", "json"]);
    let mut daemon = command.env_remove("DRAFTKEEP_CLOCK").stderr(log).spawn().unwrap();
    let written = || String::from_utf8_lossy(&fs::read(world.path("log")).unwrap()).into_owned();
    // Not a wait for something to happen: the delay is the test's input.
    match kill {
        Kill::AfterStart(delay) => thread::sleep(*delay),
        Kill::AfterVersion(delay) => {
            let began = Instant::now();
            while !written().contains(NEW_VERSION) && !written().contains(POLLED) {
                assert!(began.elapsed() < PATIENCE, "{}", written());
                thread::sleep(Duration::from_micros(100));
            }
            thread::sleep(*delay);
        }
    }
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    written()
}

/// The versions that the log tells of: draft and number.
fn logged_versions(log: &str) -> BTreeMap<String, u64> {
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let version = |line: Value| Some((line["media_id"].as_str()?.to_owned(), line["version"].as_u64()?));
    lines.filter(|line| line["message"] == "new version").filter_map(version).collect()
}

fn assert_whole(world: &World, told: &BTreeMap<String, u64>) {
    let path = world.path("archive.db");
    if !path.exists() && told.is_empty() {
        return;
    }
    let connection = crate::harness::database(&path);
    let check: String = connection.query_row("PRAGMA integrity_check", (), |row| row.get(0)).unwrap();
    assert_eq!(check, "ok");
    drop(connection);
    let Ok(reader) = Reader::open(&path) else { return assert!(told.is_empty(), "killed before the first version") };
    let mut kept = BTreeMap::new();
    for draft in reader.drafts(&Filter::default()).unwrap() {
        let versions = reader.versions(draft.id).unwrap();
        kept.insert(draft.media_id, versions.len() as u64);
        for version in &versions {
            let document = reader.document(version).unwrap();
            assert_eq!(canonicalise(&document).unwrap().hash(), version.hash);
        }
    }
    for (media_id, version) in told {
        assert!(kept.get(media_id).is_some_and(|kept| kept >= version), "version {version} of {media_id} was told of");
    }
}
