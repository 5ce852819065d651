//! The page for the next row of a table is lost: what cannot be stored is reported until it is, and does not count as read.

use std::fs;

use draftkeep::simulator::{Fault, FaultRule};
use serde_json::Value;

use super::*;
use crate::harness::{PAGE, database};

const REPAIR: &[&str] = &["repair", "--to", "new.db", "--config", "config.toml"];
const STATUS: &[&str] = &["status", "--config", "config.toml", "--json"];
const REPLACE: &[&str] = &["import-backup", "new.db", "--config", "config.toml"];

/// A box of 60 drafts, each kept in two versions; returns their media_ids.
async fn kept() -> (SimulatorHandle, World, Vec<String>) {
    let (platform, world) = watched(healthy()).await;
    kept_in(platform, world)
}

fn kept_in(platform: SimulatorHandle, world: World) -> (SimulatorHandle, World, Vec<String>) {
    let article = |n: u32| draftkeep::simulator::Article::news(&format!("第 {n} 篇"), &format!("<p>{}</p>", noise(n)));
    let ids: Vec<String> = (0..60).map(|n| platform.world().account(APPID).create(vec![article(n)])).collect();
    assert_eq!(world.run(POLL).code(), Some(0));
    ids.iter().for_each(|id| sign(&platform, id, "林晚"));
    assert_eq!(world.run(POLL).code(), Some(0));
    (platform, world, ids)
}

fn noise(seed: u32) -> String {
    (0..40).map(|n: u32| n.wrapping_mul(2_654_435_761).wrapping_add(seed).to_string()).collect()
}

fn sign(platform: &SimulatorHandle, id: &str, author: &str) {
    platform.world().account(APPID).edit(id, 0, |article| article.set("author", author)).unwrap();
}

/// Fills the last page of a table with zeros, in the file.
fn lose_last_page(world: &World, table: &str) {
    let page: usize = {
        let database = database(world.path("archive.db"));
        database.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
        let sql = "SELECT pageno FROM dbstat WHERE name = ?1 AND pagetype = 'leaf' ORDER BY path DESC LIMIT 1";
        database.query_row(sql, [table], |row| row.get(0)).unwrap()
    };
    let mut bytes = fs::read(world.path("archive.db")).unwrap();
    bytes[(page - 1) * PAGE..][..PAGE].fill(0);
    fs::write(world.path("archive.db"), bytes).unwrap();
}

/// Polls, and returns how many new versions there were, and what failed.
fn poll(world: &World) -> (u64, Vec<String>) {
    let run = world.run(&[POLL, &["--json"]].concat());
    let poll: Value = serde_json::from_slice(run.stdout()).unwrap();
    let failures = poll[0]["errors"].as_array().unwrap().iter();
    (poll[0]["new_versions"].as_u64().unwrap(), failures.map(|failure| failure["message"].to_string()).collect())
}

fn says(world: &World, id: &str, author: &str) -> bool {
    let shown = world.run(&["show", id, "--format", "json", "--config", "config.toml"]);
    String::from_utf8_lossy(shown.stdout()).contains(author)
}

fn status(world: &World) -> Run {
    world.run(STATUS)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_last_page_of_deltas_keeps_no_version_out() {
    let (platform, world, ids) = kept().await;
    lose_last_page(&world, "delta");
    for author in ["陈默", "周舟"] {
        [0, 59].into_iter().for_each(|draft| sign(&platform, &ids[draft], author));
        assert_eq!(poll(&world).0, 2);
        assert!([0, 59].into_iter().all(|draft| says(&world, &ids[draft], author)));
    }
}

/// Loses the page, and runs the commands that `status`, or its error, names.
async fn content_that_cannot_be_stored_is_told_until_it_is(table: &str) {
    let (platform, world, ids) = kept().await;
    lose_last_page(&world, table);
    sign(&platform, &ids[0], "陈默");
    for _ in 0..2 {
        let (new_versions, failures) = poll(&world);
        assert_eq!(new_versions, 0, "{table}");
        assert!(failures.iter().any(|message| message.contains("could not be stored")), "{table}: {failures:?}");
    }
    let told = status(&world);
    if told.code() == Some(0) {
        assert!(told.json()[0]["trouble"].as_str().unwrap().contains("could not be stored"), "{table}: {told}");
        let next = told.json()[0]["next"].to_string();
        assert!(
            next.contains("config.toml repair --to NEW") && next.contains("config.toml import-backup NEW"),
            "{table}: {next}"
        );
    } else {
        assert_eq!(told.code(), Some(5), "{table}: {told}");
    }
    let repaired = world.run(REPAIR);
    assert!(matches!(repaired.code(), Some(0 | 3)), "{repaired}");
    assert_eq!(world.run(REPLACE).code(), Some(0));
    let later = |args: &[&str]| {
        let mut command = world.command(args);
        command.env("DRAFTKEEP_CLOCK", "2026-09-01T03:00:00Z");
        world.finish(command)
    };
    assert_eq!(later(POLL).code(), Some(0));
    assert!(says(&world, &ids[0], "陈默"), "{table}");
    assert!(ids[1..].iter().all(|id| says(&world, id, "林晚")), "{table}");
    assert_eq!(later(STATUS).json()[0]["trouble"], Value::Null, "{table}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_last_page_of_versions() {
    content_that_cannot_be_stored_is_told_until_it_is("version").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_last_page_of_documents() {
    content_that_cannot_be_stored_is_told_until_it_is("whole").await;
}

/// Every answer has bytes that strict readers reject, so that each version is also stored as received.
#[tokio::test(flavor = "multi_thread")]
async fn a_lost_last_page_of_bytes_as_received() {
    let (platform, world) = watched(healthy()).await;
    let spoil = |platform: &SimulatorHandle| {
        for endpoint in ["draft/get", "draft/batchget"] {
            platform.world().add_fault(FaultRule::next(1000, endpoint, Fault::InvalidUtf8));
        }
    };
    spoil(&platform);
    let (platform, world, ids) = kept_in(platform, world);
    let received = "SELECT count(*) FROM dbstat WHERE name = 'received' AND pagetype = 'leaf'";
    let pages: u64 = database(world.path("archive.db")).query_row(received, (), |row| row.get(0)).unwrap();
    assert!(pages >= 2, "{pages}");
    lose_last_page(&world, "received");
    sign(&platform, &ids[0], "陈默");
    for _ in 0..2 {
        let (new_versions, failures) = poll(&world);
        let is_told = failures.iter().any(|message| message.contains("could not be stored"));
        assert!(new_versions == 1 || is_told, "{new_versions}: {failures:?}");
        if new_versions == 1 {
            assert!(says(&world, &ids[0], "陈默"));
            return;
        }
    }
    assert!(status(&world).to_string().contains("could not be stored"), "{}", status(&world));
}
