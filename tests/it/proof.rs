//! Proof as a habit: what a night proves, what it finds, and who is told.

use std::cell::Cell;
use std::fs;
use std::time::Duration;

use chrono::TimeDelta;
use draftkeep::archive::{
    Error, EventFilter, ProofKey, ProofKind, ProofRecord, ProvenKind, ProvenRange, Reader, Writer,
};
use draftkeep::config::{Account, PollMode};
use draftkeep::model::{Hash, Severity, Timestamp};
use draftkeep::proof::{self, HashRound, ProofFaultKind};
use insta::assert_snapshot;

use crate::client::media_id;
use crate::daemon::{self, DRAFT, Running, clock, platform, until, watched};
use crate::harness::{World, document};
use crate::scripted::Reply;

fn keep(world: &World, draft: u32, versions: std::ops::Range<u32>) {
    for n in versions {
        let observed_at = format!("2026-08-{:02}T01:00:00Z", n % 28 + 1);
        let media_id = format!("D{draft}");
        world.keep("mag", &media_id, &observed_at, &document(&[("秋", &format!("<p>{draft} {n}</p>"))]));
    }
}

fn night(night: i64) -> Timestamp {
    "2026-09-01T19:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::days(night)
}

/// One night's round of versions, recorded.
fn prove(world: &World, now: Timestamp) -> HashRound {
    let path = world.path("archive.db");
    let outcome = proof::prove_hashes(&Reader::open(&path).unwrap(), ProvenKind::Version, now, &|| true);
    let mut writer = Writer::open(&path).unwrap();
    proof::record_hashes(&mut writer, ProvenKind::Version, now, &outcome).unwrap();
    outcome.unwrap()
}

/// Changes a document on the disk.
fn damage(world: &World, draft: u32, number: u32) {
    let sql = format!(
        "DROP TRIGGER IF EXISTS whole_never_changes; DROP TRIGGER IF EXISTS delta_never_changes;
         UPDATE whole SET body = zeroblob(length(body)) WHERE version = (SELECT version.id FROM version JOIN draft ON draft.id = version.draft
                                                                         WHERE media_id = 'D{draft}' AND number = {number})"
    );
    crate::harness::database(world.path("archive.db")).execute_batch(&sql).unwrap();
}

/// What each version of the view says, as text.
fn proven_at(world: &World) -> Vec<Option<String>> {
    let database = crate::harness::database(world.path("archive.db"));
    let mut query = database.prepare("SELECT proven_at FROM proof_view ORDER BY media_id, version").unwrap();
    query.query_map((), |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
}

#[test]
fn every_version_is_proven_within_thirty_nights_however_many_come() {
    let world = World::new();
    keep(&world, 0, 0..45);
    for n in 0..90 {
        // Each night two new versions, so that the archive has five times as many in the end.
        keep(&world, 1 + n / 9, 2 * (n % 9)..2 * (n % 9) + 2);
        let round = prove(&world, night(i64::from(n)));
        assert_eq!(round.findings, []);
        assert!(round.ranges.len() <= 100, "{} ranges after {n} nights", round.ranges.len());
        assert!(round.checked <= 2 * round.total.div_ceil(30), "{} of {} in one night", round.checked, round.total);
    }
    let (all, last) = (proven_at(&world), night(89));
    let oldest = all.iter().map(|at| at.as_deref().map_or(night(-99), |at| at.parse().unwrap())).min().unwrap();
    assert_eq!(all.len(), 225);
    assert!(last - oldest <= TimeDelta::days(30), "{oldest}");
}

#[test]
fn a_clock_that_was_wrong_and_a_daemon_that_was_off_put_nothing_off() {
    let world = World::new();
    keep(&world, 0, 0..30);
    for n in 0..29 {
        assert_eq!(prove(&world, night(n)).checked, 1, "a thirtieth");
    }
    assert_eq!(prove(&world, night(29)).recent, 30);
    // A year ahead, all of it is overdue; set back, what was proven then says nothing.
    assert_eq!(prove(&world, night(400)).checked, 30);
    let back = prove(&world, night(30));
    assert_eq!((back.checked, back.recent), (1, 1));
    // Off for a hundred days.
    assert_eq!(prove(&world, night(131)).recent, 2);
}

#[test]
fn damage_is_found_within_thirty_nights_and_stays_known() {
    let world = World::new();
    (0..60).for_each(|draft| keep(&world, draft, 0..1));
    damage(&world, 41, 1);
    let rounds: Vec<HashRound> = (0..35).map(|n| prove(&world, night(n))).collect();
    let first = rounds.iter().position(|round| !round.findings.is_empty()).unwrap();
    assert!(first < 30, "{first}");
    assert!(rounds[first..].iter().all(|round| round.findings.len() == 1), "it does not get well by itself");
    let finding = &rounds[34].findings[0];
    assert_eq!(finding.found_at, night(first as i64));
    assert_snapshot!(finding.reason, @"mag/42@1: its document is no draft: not JSON: another kind of value than expected at byte 0");
    assert_eq!((rounds[34].recent, rounds[34].total), (59, 60));
    let known = world.run(&[
        "sql",
        "SELECT count(*), max(version), max(finding) FROM proof_view WHERE finding IS NOT NULL",
        "--archive",
        "archive.db",
    ]);
    assert!(known.to_string().contains("mag/42@1"), "{known}");
}

/// Once, a round that was stopped counted as the proof of the night.
#[test]
fn a_round_that_is_stopped_counts_for_what_it_looked_at_and_stays_due() {
    let world = World::new();
    let path = world.path("archive.db");
    keep(&world, 0, 0..3);
    damage(&world, 0, 3);
    // The last version is the one whose document is whole, and all are rebuilt from it.
    let found = prove(&world, night(0));
    assert_eq!((found.complete, found.checked, found.findings.len()), (true, 1, 1));
    let before = proofs(&world);
    for steps in 0..3 {
        let asked = Cell::new(0);
        let may_go_on = || asked.replace(asked.get() + 1) < steps;
        let outcome = proof::prove_hashes(&Reader::open(&path).unwrap(), ProvenKind::Version, night(40), &may_go_on);
        let mut writer = Writer::open(&path).unwrap();
        let recorded = proof::record_hashes(&mut writer, ProvenKind::Version, night(40), &outcome).unwrap();
        assert_eq!((recorded, outcome.unwrap().complete), (None, false));
        assert_eq!(proofs(&world), before, "neither tried nor proven");
    }
    let kept = Reader::open(&path).unwrap().proof_findings(ProvenKind::Version).unwrap();
    assert_eq!(kept, found.findings, "what was not looked at is as damaged as it was");
    let ranges = Reader::open(&path).unwrap().proven_ranges(ProvenKind::Version).unwrap();
    assert_eq!(ranges, [ProvenRange { first: 1, last: 1, proven_at: night(40) }]);
    assert!(prove(&world, night(40)).complete);
    assert_eq!(proofs(&world)[0].tried_at, night(40));
}

fn proofs(world: &World) -> Vec<ProofRecord> {
    Reader::open(&world.path("archive.db")).and_then(|reader| reader.proofs()).unwrap_or_default()
}

/// The events about proofs, oldest first.
fn told(world: &World) -> Vec<&'static str> {
    let everything = EventFilter { at_least: Severity::Info, limit: None };
    let events = Reader::open(&world.path("archive.db")).and_then(|reader| reader.events(&everything));
    let kinds = events.unwrap_or_default().into_iter().rev().map(|event| event.kind.as_str());
    kinds.filter(|kind| kind.starts_with("proof.")).collect()
}

/// The status without what is told of the account.
fn status(world: &World, args: &[&str]) -> String {
    let mut command = world.command(&[&["status", "--archive", "archive.db"], args].concat());
    command.env("DRAFTKEEP_CLOCK", "2026-09-03T02:00:00Z");
    let text = world.finish(command).to_string();
    text.lines().take_while(|line| !line.is_empty()).map(|line| format!("{line}\n")).collect()
}

/// Whether all three parts were proven within an hour.
fn proven_since(world: &World, now: Timestamp) -> bool {
    let tried = tried(world);
    tried.len() == 3 && tried.iter().all(|at| now - *at < TimeDelta::hours(1))
}

/// The times at which the last proofs began.
fn tried(world: &World) -> Vec<Timestamp> {
    proofs(world).iter().map(|record| record.tried_at).collect()
}

/// An archive in which everything was proven three days ago.
fn proven(world: &World) {
    prove(world, night(-3));
    let nothing = HashRound { complete: true, ..HashRound::default() };
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    proof::record_hashes(&mut writer, ProvenKind::Asset, night(-3), &Ok(nothing)).unwrap();
    proof::record_files(&mut writer, night(-3), &Ok(None)).unwrap();
}

/// The first version is proven in the next night, whether or not a poll records another one before.
fn overdue(world: &World) {
    let range = ProvenRange { first: 1, last: 1, proven_at: night(-40) };
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    writer.replace_proven(ProvenKind::Version, &[range], &[]).unwrap();
}

#[tokio::test]
async fn the_daemon_proves_once_a_night_and_says_what_it_proved() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    // With the version that the daemon polls, 60: a night proves as many before that poll as after it.
    keep(&world, 0, 0..59);
    proven(&world);
    clock.advance(Duration::from_secs(12 * 3600));
    let mut last = Vec::new();
    for hours in [0, 1, 23] {
        clock.advance(Duration::from_secs(hours * 3600));
        let mut daemon = Running::start(daemon::config(&world, vec![watched("mag", &server)]), clock.clone());
        daemon.polled(1).await;
        match hours {
            1 => assert_eq!(tried(&world), last, "once a night"),
            _ => until(|| proven_since(&world, clock.now())).await,
        }
        daemon.stop().await;
        last = tried(&world);
    }
    assert_snapshot!(status(&world, &[]), @"
    No daemon is running on archive.db.
    Proven within 30 days: 6 of 60 versions; last proof 12 hours ago (2026-09-02 22:00 +08:00).
    A version was restored to files and compared 12 hours ago (2026-09-02 22:00 +08:00).
    ");
    assert!(told(&world).is_empty());
}

#[tokio::test]
async fn damage_is_told_once_and_shown_until_the_archive_is_sound() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    keep(&world, 0, 0..1);
    proven(&world);
    overdue(&world);
    damage(&world, 0, 1);
    clock.advance(Duration::from_secs(12 * 3600));
    for hours in [0, 24] {
        clock.advance(Duration::from_secs(hours * 3600));
        let mut daemon = Running::start(daemon::config(&world, vec![watched("mag", &server)]), clock.clone());
        daemon.polled(1).await;
        until(|| proven_since(&world, clock.now()) && !told(&world).is_empty()).await;
        daemon.stop().await;
    }
    assert_eq!(told(&world), ["proof.failed"]);
    // The version that is restored to files is any of the two.
    let first_lines =
        |text: String, count| text.lines().take(count).map(|line| format!("{line}\n")).collect::<String>();
    assert_snapshot!(first_lines(status(&world, &[]), 3), @"
    No daemon is running on archive.db.
    Problem: the proof of the night fails since 2026-09-01 22:00 +08:00 (last good at 2026-08-30 03:00 +08:00): version mag/1@1 is damaged: its document is no draft: not JSON: another kind of value than expected at byte 0
      → draftkeep verify --archive $TMP/archive.db
    ");
    assert_snapshot!(first_lines(status(&world, &["--check"]), 1), @"the proof of the night fails since 2026-09-01 22:00 +08:00 (last good at 2026-08-30 03:00 +08:00): version mag/1@1 is damaged: its document is no draft: not JSON: another kind of value than expected at byte 0; next: draftkeep verify --archive $TMP/archive.db");
}

/// What comes back, and what is told where nothing can.
#[test]
fn a_version_is_restored_to_files_and_compared() {
    let world = World::new();
    let prove = |directory: &str| {
        let reader = Reader::open(&world.path("archive.db")).unwrap();
        proof::prove_files(&reader, &world.path(directory), 7)
    };
    drop(Writer::open(&world.path("archive.db")).unwrap());
    assert_eq!(prove("").unwrap(), None, "an archive without a draft");
    keep(&world, 0, 0..1);
    fs::create_dir(world.path("tmp")).unwrap();
    let proven = prove("tmp").unwrap().unwrap();
    assert_eq!((proven.label.as_str(), proven.files), ("mag/1@1", 6));
    assert_eq!(fs::read_dir(world.path("tmp")).unwrap().count(), 0, "they are taken away again");
    let fault = prove("gone").unwrap_err();
    let text = fault.text().replace(&world.path("").display().to_string(), "$TMP/");
    let expected =
        "no version can be restored to the temporary directory: $TMP/gone: No such file or directory (os error 2)";
    assert!(text.starts_with(expected), "{text}");
    damage(&world, 0, 1);
    let fault = prove("tmp").unwrap_err();
    assert_eq!((fault.kind, fault.about.as_str()), (ProofFaultKind::NotRestored, "mag/1@1"));
    assert_eq!(fs::read_dir(world.path("tmp")).unwrap().count(), 0);
}

/// Once, a damaged version was forgotten as soon as another one was tried.
#[test]
fn a_version_that_did_not_come_back_is_tried_until_it_does() {
    let world = World::new();
    let archive = world.path("archive.db");
    (0..20).for_each(|draft| keep(&world, draft, 0..1));
    let night = |random: u64, directory: &str| {
        let outcome = proof::prove_files(&Reader::open(&archive).unwrap(), &world.path(directory), random);
        proof::record_files(&mut Writer::open(&archive).unwrap(), night(random as i64), &outcome).unwrap();
        outcome.map(|proof| proof.unwrap().label).map_err(|fault| fault.about)
    };
    let whole = "SELECT body FROM whole JOIN version ON version.id = whole.version WHERE draft = 8";
    let sound: Vec<u8> = crate::harness::database(&archive).query_row(whole, (), |row| row.get(0)).unwrap();
    damage(&world, 7, 1);
    assert_eq!(night(6, ""), Ok("mag/7@1".to_owned()));
    let damaged = || Err("mag/8@1".to_owned());
    assert_eq!(night(7, ""), damaged());
    assert_eq!(night(8, ""), damaged(), "whatever the random number says");
    assert_eq!(night(9, "gone"), damaged(), "a directory that is not there");
    // Where not even that could be tried.
    let stopped = Err(Error::Stopped.into());
    proof::record_files(&mut Writer::open(&archive).unwrap(), self::night(10), &stopped).unwrap();
    assert_eq!(night(11, ""), damaged());
    assert_eq!(proofs(&world)[0].failure.as_ref().unwrap().since, self::night(7));
    let mend = "UPDATE whole SET body = ?1 WHERE version = (SELECT id FROM version WHERE draft = 8)";
    crate::harness::database(&archive).execute(mend, [sound]).unwrap();
    assert_eq!(night(12, ""), Ok("mag/8@1".to_owned()));
    assert_eq!(night(13, ""), Ok("mag/14@1".to_owned()));
    // What is gone for good is not waited for.
    damage(&world, 7, 1);
    assert_eq!(night(7, ""), damaged());
    let remove = "DROP TRIGGER version_stays; PRAGMA foreign_keys = OFF; DELETE FROM version WHERE draft = 8";
    crate::harness::database(&archive).execute_batch(remove).unwrap();
    assert_eq!(night(14, ""), Ok("mag/15@1".to_owned()));
}

/// Pictures of 20 MB would make a transaction of gigabytes.
#[test]
fn a_step_holds_few_bytes_however_few_pictures_that_are() {
    let world = World::new();
    keep(&world, 0, 0..1);
    let database = crate::harness::database(world.path("archive.db"));
    let insert = "INSERT INTO asset (id, sha256, type, stored_at, body) VALUES (?1, ?2, 'image/png', '2026-08-20T00:00:00.000Z', ?3)";
    // Steps: 1 to 3; 4, which has more than a step; 5 and 6.
    for (id, megabytes) in [(1, 6), (2, 6), (3, 1), (4, 20), (5, 9), (6, 7)] {
        let body = vec![id as u8; megabytes << 20];
        database.execute(insert, rusqlite::params![id, Hash::of(&body).0, body]).unwrap();
    }
    let steps = |ranges: &[ProvenRange], now| {
        let mut writer = Writer::open(&world.path("archive.db")).unwrap();
        writer.replace_proven(ProvenKind::Asset, ranges, &[]).unwrap();
        let asked = Cell::new(0);
        let count = || asked.replace(asked.get() + 1) < 100;
        let reader = Reader::open(&world.path("archive.db")).unwrap();
        let round = proof::prove_hashes(&reader, ProvenKind::Asset, now, &count).unwrap();
        assert_eq!((round.checked, round.recent, round.findings.len()), (6, 6, 0));
        assert_eq!(round.ranges.len(), 1, "{:?}", round.ranges);
        asked.get()
    };
    assert_eq!(steps(&[ProvenRange { first: 1, last: 6, proven_at: night(-40) }], night(0)), 3);
    assert_eq!(
        steps(&[ProvenRange { first: 1, last: 9, proven_at: night(-40) }], night(0)),
        3,
        "the last one was pruned"
    );
}

/// The planner finds nothing due, and the drafts are read all the same.
#[tokio::test]
async fn drafts_of_the_box_are_compared_by_the_polls_of_their_account() {
    let (world, server, clock) = (World::new(), platform().await, clock());
    let account = Account { poll_mode: PollMode::Adaptive, ..watched("mag", &server) };
    let listed = format!(
        r#"{{"total_count":1,"item_count":1,"item":[{{"media_id":"{}","content":{{"create_time":1790003600,"update_time":1790003600}},"update_time":1790003600}}]}}"#,
        media_id()
    );
    server.on("draft/batchget", [Reply::ok(&listed)]);
    let appid = account.appid.clone();
    // A draft that the archive knows: the planner waits, and the proof reads it.
    world.keep("mag", media_id().as_str(), "2026-08-31T01:00:00Z", DRAFT.as_bytes());
    proven(&world);
    let key = ProofKey { kind: ProofKind::Drafts, appid: appid.clone() };
    proof::record_request(&mut Writer::open(&world.path("archive.db")).unwrap(), key, night(-3)).unwrap();
    let compared = || proofs(&world).into_iter().find(|record| record.key.appid == appid);
    assert_eq!(compared().unwrap().proven_at, None);
    clock.advance(Duration::from_secs(12 * 3600));
    let daemon = Running::start(daemon::config(&world, vec![account]), clock.clone());
    until(|| compared().is_some_and(|record| record.checked == 1 && record.proven_at.is_some())).await;
    daemon.stop().await;
    let shown = world.run(&["status", "--archive", "archive.db"]).to_string();
    assert!(shown.contains("  compared    with drafts of the box"), "{shown}");
    let json = world.run(&["status", "--json", "--archive", "archive.db"]).json();
    let of_account = json[0]["proofs"].as_array().unwrap().iter().find(|proof| proof["kind"] == "drafts").unwrap();
    assert_eq!((&of_account["checked"], &of_account["reason"]), (&1.into(), &serde_json::Value::Null));
}
