//! The mirror that the daemon keeps: after polls, and what is told where it fails.

use std::time::Duration;

use draftkeep::archive::{EventFilter, Reader};
use draftkeep::config::{Config, MirrorConfig};
use draftkeep::daemon::Command;
use draftkeep::model::Severity;

use super::*;
use crate::daemon::{self, Lines, Running, clock, platform, until, watched};
use crate::scripted::{Reply, Scripted};

fn config(world: &World, server: &Scripted) -> Config {
    let mirror = MirrorConfig { dir: world.path("mirror"), git: false, push: None };
    Config { mirror: Some(mirror), ..daemon::config(world, vec![watched("mag", server)]) }
}

/// The events about the mirror, oldest first.
fn told(world: &World) -> Vec<&'static str> {
    let everything = EventFilter { at_least: Severity::Info, limit: None };
    let events = Reader::open(&world.path("archive.db")).and_then(|reader| reader.events(&everything));
    let kinds = events.unwrap_or_default().into_iter().rev().map(|event| event.kind.as_str());
    kinds.filter(|kind| kind.starts_with("mirror.")).collect()
}

#[tokio::test]
async fn it_follows_the_polls() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    fs::create_dir(world.path("mirror")).unwrap();
    for version in ["1", "2"] {
        let reply = format!(r#"{{"news_item":[{{"title":"秋","digest":"{version}"}}],"update_time":1790003600}}"#);
        server.on("draft/get", [Reply::ok(&reply)]);
        let mut daemon = Running::start(config(&world, &server), clock.clone());
        daemon.polled(1).await;
        let told = || fs::read_to_string(world.path("mirror/mag/秋-1/draft.json")).unwrap_or_default();
        until(|| told().contains(&format!("\"versions\": {version}"))).await;
        daemon.stop().await;
        clock.advance(Duration::from_secs(3600));
    }
    assert!(told(&world).is_empty());
    assert_is_fresh(&world);
}

#[tokio::test]
async fn a_mirror_that_fails_is_told_once_holds_up_no_poll_and_is_tried_again() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    world.configure(&[("mag", &server.base, "['A']")]);
    mirrored(&world, "");
    let config = || Config::load(&world.path("config.toml")).unwrap().config;
    for _ in 0..2 {
        let (lines, _guard) = Lines::listen("draftkeep=warn");
        let mut daemon = Running::start(config(), clock.clone());
        daemon.polled(1).await;
        let mut log = String::new();
        until(|| {
            log.push_str(&lines.take());
            log.contains("the mirror is not up to date")
        })
        .await;
        // With a reload the daemon looks at what is wrong with the service; it writes that down before it ends.
        daemon.commands.send(Command::Reload).await.unwrap();
        daemon.stop().await;
        assert_eq!(told(&world), ["mirror.failed"]);
    }
    let shown = world.run(&["status", "--check", "--archive", "archive.db"]).to_string();
    let shown: String =
        shown.lines().filter(|line| !line.starts_with("mag:")).map(|line| format!("{line}\n")).collect();
    assert_snapshot!(shown, @"
    the mirror is not up to date since 2026-09-01 10:00 +08:00: $TMP/mirror is not there; next: draftkeep --config PATH mirror
    ------- exit 3 -------
    ");
    let json = world.run(&["status", "--json", "--archive", "archive.db"]).json();
    assert_eq!(json[0]["mirror"]["next"], "draftkeep --config PATH mirror");

    fs::create_dir(world.path("mirror")).unwrap();
    let mut daemon = Running::start(config(), clock);
    daemon.polled(1).await;
    until(|| told(&world) == ["mirror.failed", "mirror.failed.ended"]).await;
    daemon.stop().await;
    let json = world.run(&["status", "--json", "--archive", "archive.db"]).json();
    assert!(json[0]["mirror"].is_null());
}

/// Without its table, nothing is wrong with the mirror any more.
#[tokio::test]
async fn the_trouble_ends_with_the_table() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    let mut daemon = Running::start(config(&world, &server), clock.clone());
    daemon.polled(1).await;
    until(|| told(&world) == ["mirror.failed"]).await;
    daemon.stop().await;
    let mut daemon = Running::start(Config { mirror: None, ..config(&world, &server) }, clock);
    daemon.polled(1).await;
    until(|| told(&world) == ["mirror.failed", "mirror.failed.ended"]).await;
    daemon.stop().await;
}
