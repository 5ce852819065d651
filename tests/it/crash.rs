//! A daemon that is killed at any time leaves a sound archive, which has every version that was logged.

use std::collections::BTreeMap;
use std::io::Read;
use std::process::Stdio;
use std::time::Duration;

use draftkeep::archive::{Filter, Reader};
use draftkeep::canonical::canonicalise;
use draftkeep::simulator::{Account, Random, Settings, Simulator, SimulatorHandle, edits};
use serde_json::Value;

use crate::harness::World;

/// How often the daemon is killed; continuous integration asks for more.
fn rounds() -> u32 {
    std::env::var("DRAFTKEEP_CRASHES").map_or(8, |rounds| rounds.parse().expect("a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_killed_daemon_loses_nothing_that_was_told() {
    let platform = platform().await;
    let (world, mut random) = (World::new(), Random::new(50));
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    let mut told = BTreeMap::new();
    // On a busy machine daemons need longer before they log something.
    for round in 0..8 * rounds() {
        if round >= rounds() && !told.is_empty() {
            break;
        }
        for _ in 0..6 {
            edits::random_edit(&mut platform.world().account(platform.appid()), &mut random);
        }
        let instant = Duration::from_millis(random.below(250) as u64 * u64::from(1 + round / rounds()));
        told.extend(logged_versions(&run_and_kill(&world, instant).await));
        assert_whole(&world, &told);
    }
    assert!(!told.is_empty(), "no daemon lived long enough to tell of anything");
}

async fn platform() -> SimulatorHandle {
    let accounts = vec![Account::new("wx0000000000000mag", "hush")];
    let platform = Simulator::start(Settings { accounts, ..Settings::default() }).await.unwrap();
    platform.world().account(platform.appid()).load_sample_drafts();
    platform
}

/// Runs the daemon, kills it at `instant` after its start, and returns what it wrote.
async fn run_and_kill(world: &World, instant: Duration) -> String {
    let mut command = world.command(&["run", "--config", "config.toml", "--log", "json"]);
    let mut daemon = command.env_remove("DRAFTKEEP_CLOCK").stderr(Stdio::piped()).spawn().unwrap();
    // Not a wait for something to happen: the instant is the test's input.
    tokio::time::sleep(instant).await;
    daemon.kill().unwrap();
    daemon.wait().unwrap();
    let mut log = String::new();
    daemon.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    log
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
