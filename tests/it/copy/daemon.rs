//! Copies that the daemon makes: when they are due, beside its polls, and what is told where they fail.

use std::fs;
use std::time::Duration;

use draftkeep::archive::{CopyLock, EventFilter, GoodCopy, Reader};
use draftkeep::clock::Clock;
use draftkeep::config::{Config, CopyConfig, CopyTarget, KeepRule};
use draftkeep::model::Severity;
use draftkeep::schedule::Schedule;
use insta::assert_snapshot;

use super::files;
use crate::daemon::{self, Running, clock, platform, until, watched};
use crate::harness::World;
use crate::scripted::Scripted;

const A_DAY: Duration = Duration::from_secs(24 * 3600);

/// Two copies each night, kept for two days.
fn config(world: &World, server: &Scripted) -> Config {
    let copy = |to: &str| CopyConfig {
        to: CopyTarget::parse(to, &world.path("")).unwrap(),
        schedule: Schedule::parse("30 3 * * *", chrono_tz::Asia::Shanghai).unwrap(),
        keep: KeepRule { daily: 2, weekly: 0, monthly: 0 },
        encrypt_to: None,
    };
    Config { copies: vec![copy("usb"), copy("nas")], ..daemon::config(world, vec![watched("mag", server)]) }
}

/// The names of the copies at a place, oldest first.
fn copies(world: &World, place: &str) -> Vec<String> {
    files(&world.path(place)).into_iter().filter(|name| name.starts_with("draftkeep-")).collect()
}

/// The events about copies, oldest first.
fn told(world: &World) -> Vec<&'static str> {
    let everything = EventFilter { at_least: Severity::Info, limit: None };
    let events = Reader::open(&world.path("archive.db")).and_then(|reader| reader.events(&everything));
    let kinds = events.unwrap_or_default().into_iter().rev().map(|event| event.kind.as_str());
    kinds.filter(|kind| kind.starts_with("copy.")).collect()
}

fn good(world: &World, place: &str) -> bool {
    let states = Reader::open(&world.path("archive.db")).and_then(|reader| reader.copy_states()).unwrap_or_default();
    states.iter().any(|state| state.place.ends_with(place) && state.good.is_some() && state.failure.is_none())
}

/// The names of the newest copies of both places; a name holds the time of its copy.
fn newest_names(world: &World) -> [Option<String>; 2] {
    ["usb", "nas"].map(|place| newest(world, place).map(|good| good.name))
}

/// Starts the daemon, which makes a copy at each place.
async fn assert_copies_are_made(world: &World, server: &Scripted, clock: &Clock) {
    let before = newest_names(world);
    let mut daemon = Running::start(config(world, server), clock.clone());
    daemon.polled(1).await;
    // An archive that cannot be read just now says nothing of its copies.
    let is_newer = |(name, before): (&Option<String>, &Option<String>)| name.is_some() && name != before;
    until(|| newest_names(world).iter().zip(&before).all(is_newer)).await;
    daemon.stop().await;
}

/// Starts the daemon, which makes no copy at either place.
async fn assert_no_copies_are_made(world: &World, server: &Scripted, clock: &Clock) {
    let before = newest_names(world);
    fs::create_dir(world.path("third")).unwrap();
    let mut config = config(world, server);
    // Copies are made one after the other: once a place that comes last has its first one, none is due at those before it.
    config
        .copies
        .push(CopyConfig { to: CopyTarget::parse("third", &world.path("")).unwrap(), ..config.copies[0].clone() });
    let mut daemon = Running::start(config, clock.clone());
    daemon.polled(1).await;
    until(|| good(world, "third")).await;
    daemon.stop().await;
    assert_eq!(newest_names(world), before);
}

#[tokio::test]
async fn copies_are_made_when_they_are_due_however_often_the_daemon_is_started() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    for place in ["usb", "nas"] {
        fs::create_dir(world.path(place)).unwrap();
    }
    assert_copies_are_made(&world, &server, &clock).await;
    clock.advance(Duration::from_secs(3600));
    assert_no_copies_are_made(&world, &server, &clock).await;
    clock.advance(A_DAY);
    assert_copies_are_made(&world, &server, &clock).await;
    let second = newest_names(&world);
    clock.advance(A_DAY);
    assert_copies_are_made(&world, &server, &clock).await;
    // Of three days, two are kept.
    for (place, newest) in ["usb", "nas"].iter().zip(second.into_iter().zip(newest_names(&world))) {
        assert_eq!(copies(&world, place), [newest.0.unwrap(), newest.1.unwrap()], "{place}");
    }
    assert!(told(&world).is_empty());
}

#[tokio::test]
async fn a_place_that_is_gone_is_told_once_holds_up_no_other_and_is_tried_again() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    fs::create_dir(world.path("usb")).unwrap();
    let mut daemon = Running::start(config(&world, &server), clock.clone());
    daemon.polled(1).await;
    until(|| told(&world) == ["copy.failed"] && good(&world, "usb")).await;
    daemon.stop().await;
    let shown = |world: &World| {
        let run = world.run(&["status", "--check", "--archive", "archive.db"]);
        let text = run.to_string();
        text.lines().filter(|line| !line.starts_with("mag:")).map(|line| format!("{line}\n")).collect::<String>()
    };
    assert_snapshot!(shown(&world), @"
    copies to $TMP/nas fail since 2026-09-01 10:00 +08:00; there is none: $TMP/nas is not there: No such file or directory (os error 2); next: draftkeep copy --archive $TMP/archive.db $TMP/nas
    ------- exit 3 -------
    ");
    let json = world.run(&["status", "--json", "--archive", "archive.db"]).json();
    let copies = json[0]["copies"].as_array().unwrap();
    assert_eq!(copies[0]["failing_since"].as_str().map(|since| &since[..10]), Some("2026-09-01"), "{copies:?}");
    assert!(copies[1]["proven_at"].is_string() && copies[1]["failing_since"].is_null(), "{copies:?}");

    // It comes back. The next try is due ten minutes after the last.
    fs::create_dir(world.path("nas")).unwrap();
    clock.advance(Duration::from_secs(11 * 60));
    let mut daemon = Running::start(config(&world, &server), clock.clone());
    daemon.polled(1).await;
    until(|| told(&world) == ["copy.failed", "copy.failed.ended"]).await;
    daemon.stop().await;
    assert!(good(&world, "nas"));
}

/// A command that copies the archive is waited for; nothing is told, for nothing failed.
#[tokio::test]
async fn a_copy_that_somebody_makes_by_hand_is_no_failure() {
    let (world, server) = (World::new(), platform().await);
    for place in ["usb", "nas"] {
        fs::create_dir(world.path(place)).unwrap();
    }
    let by_hand = CopyLock::acquire(&world.path("archive.db")).unwrap();
    let (lines, _guard) = daemon::Lines::listen("draftkeep=warn");
    let mut daemon = Running::start(config(&world, &server), clock());
    daemon.polled(1).await;
    let mut log = String::new();
    until(|| {
        log.push_str(&lines.take());
        log.matches("another copy of the archive").count() == 2
    })
    .await;
    daemon.stop().await;
    drop(by_hand);
    assert!(told(&world).is_empty() && copies(&world, "usb").is_empty());
}

/// The newest copy of a place.
fn newest(world: &World, place: &str) -> Option<GoodCopy> {
    let states = Reader::open(&world.path("archive.db")).and_then(|reader| reader.copy_states()).unwrap_or_default();
    states.into_iter().find(|state| state.place.ends_with(place)).and_then(|state| state.good)
}

/// Copies once a week: between, the newest one is read again each night.
#[tokio::test]
async fn the_newest_copy_is_read_again_and_one_that_changed_is_told_and_replaced() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    fs::create_dir(world.path("usb")).unwrap();
    let weekly = Schedule::parse("30 3 * * 1", chrono_tz::Asia::Shanghai).unwrap();
    let mut config = config(&world, &server);
    config.copies.truncate(1);
    config.copies[0].schedule = weekly;
    let mut daemon = Running::start(config.clone(), clock.clone());
    daemon.polled(1).await;
    until(|| good(&world, "usb")).await;
    daemon.stop().await;
    let made = newest(&world, "usb").unwrap();

    clock.advance(Duration::from_secs(2 * 24 * 3600));
    let mut daemon = Running::start(config.clone(), clock.clone());
    daemon.polled(1).await;
    until(|| newest(&world, "usb").is_some_and(|good| good.proven_at > made.proven_at)).await;
    daemon.stop().await;
    let again = newest(&world, "usb").unwrap();
    assert_eq!(GoodCopy { proven_at: made.proven_at, ..again.clone() }, made, "the same copy");
    assert!(told(&world).is_empty() && copies(&world, "usb").len() == 1);

    // A byte changes at the place. The next try comes ten minutes after that is found.
    let file = world.path("usb").join(&made.name);
    let mut bytes = fs::read(&file).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).unwrap();
    clock.advance(Duration::from_secs(2 * 24 * 3600));
    let mut daemon = Running::start(config.clone(), clock.clone());
    daemon.polled(1).await;
    until(|| told(&world) == ["copy.failed"]).await;
    daemon.stop().await;
    assert_eq!(newest(&world, "usb"), None, "it counts no more");
    clock.advance(Duration::from_secs(11 * 60));
    let mut daemon = Running::start(config, clock);
    daemon.polled(1).await;
    until(|| told(&world) == ["copy.failed", "copy.failed.ended"]).await;
    daemon.stop().await;
    assert_ne!(newest(&world, "usb").unwrap().name, made.name);
}

/// A place that is not there says nothing about the copy.
#[tokio::test]
async fn a_copy_that_cannot_be_read_again_now_stays_known() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    fs::create_dir(world.path("usb")).unwrap();
    let mut config = config(&world, &server);
    config.copies.truncate(1);
    config.copies[0].schedule = Schedule::parse("30 3 * * 1", chrono_tz::Asia::Shanghai).unwrap();
    let mut daemon = Running::start(config.clone(), clock.clone());
    daemon.polled(1).await;
    until(|| good(&world, "usb")).await;
    daemon.stop().await;
    fs::rename(world.path("usb"), world.path("away")).unwrap();
    clock.advance(Duration::from_secs(2 * 24 * 3600));
    let mut daemon = Running::start(config, clock);
    daemon.polled(1).await;
    until(|| told(&world) == ["copy.failed"]).await;
    daemon.stop().await;
    assert!(newest(&world, "usb").is_some());
}

/// The directory below a disk that is not mounted is there, and empty. Copies once a week: it is looked at when the newest copy is read
/// again, and ten minutes later, when another one is due.
#[tokio::test]
async fn a_directory_without_the_copies_that_were_made_there_gets_none() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    fs::create_dir(world.path("usb")).unwrap();
    let mut config = config(&world, &server);
    config.copies.truncate(1);
    config.copies[0].schedule = Schedule::parse("30 3 * * 1", chrono_tz::Asia::Shanghai).unwrap();
    let mut daemon = Running::start(config.clone(), clock.clone());
    daemon.polled(1).await;
    until(|| good(&world, "usb")).await;
    daemon.stop().await;
    fs::rename(world.path("usb"), world.path("disk")).unwrap();
    fs::create_dir(world.path("usb")).unwrap();
    for (wait, failures) in [(2 * 24 * 3600, 1), (11 * 60, 2)] {
        clock.advance(Duration::from_secs(wait));
        let mut daemon = Running::start(config.clone(), clock.clone());
        daemon.polled(1).await;
        until(|| failed(&world, "usb") == failures).await;
        daemon.stop().await;
    }
    assert_eq!((told(&world), copies(&world, "usb").len()), (vec!["copy.failed"], 0));
    assert!(newest(&world, "usb").is_some(), "what was proven stays known");
}

/// How many copies of a place failed one after the other.
fn failed(world: &World, place: &str) -> u32 {
    let states = Reader::open(&world.path("archive.db")).and_then(|reader| reader.copy_states()).unwrap_or_default();
    let state = states.into_iter().find(|state| state.place.ends_with(place));
    state.and_then(|state| state.failure).map_or(0, |failure| failure.count)
}
