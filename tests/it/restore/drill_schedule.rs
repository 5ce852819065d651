//! Drills that the daemon makes on a schedule, and what stops one.

use std::time::Duration;

use chrono::TimeDelta;
use draftkeep::archive::{EventFilter, ProofKind, ProofRecord, Reader};
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::model::Severity;
use draftkeep::simulator::{Fault, FaultRule};

use super::cut_off::start;
use super::drill::{DRILL, left, stage};
use super::{MAG, SHOP, Stage};
use crate::daemon::{Running, until};
use crate::harness::Run;

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Drills of `shop`, each morning at four in China.
fn schedule(stage: &Stage) {
    let path = stage.path("config.toml");
    let config = std::fs::read_to_string(&path).unwrap();
    let drill = "[proof]\nenabled = false\ndrill = { account = 'shop', schedule = '0 4 * * *' }\n";
    std::fs::write(path, config + drill).unwrap();
}

fn clock() -> Clock {
    Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap())
}

fn advance(stage: &Stage, clock: &Clock, time: Duration) {
    clock.advance(time);
    stage.platform.world().set_now(clock.now().timestamp());
}

/// Runs the daemon until `happened`, and for the polls of its start.
async fn run_daemon(stage: &Stage, clock: &Clock, happened: impl FnMut() -> bool) {
    let config = Config::load_without_secrets(&stage.path("config.toml")).unwrap();
    let mut daemon = Running::start(config, clock.clone());
    daemon.polled(2).await;
    until(happened).await;
    daemon.stop().await;
}

fn record(stage: &Stage) -> Option<ProofRecord> {
    let proofs = Reader::open(&stage.path("archive.db")).and_then(|reader| reader.proofs()).unwrap();
    proofs.into_iter().find(|record| record.key.kind == ProofKind::Drill)
}

/// Whether the last drill was good, and made within an hour.
fn is_good(stage: &Stage, clock: &Clock) -> bool {
    let good = record(stage).filter(|record| record.failure.is_none()).and_then(|record| record.proven_at);
    good.is_some_and(|at| clock.now() - at < TimeDelta::hours(1))
}

fn asked(stage: &Stage) -> u64 {
    stage.platform.world().request_log.calls("draft/add")
}

/// The events about proofs, oldest first.
fn told(stage: &Stage) -> Vec<&'static str> {
    let everything = EventFilter { at_least: Severity::Info, limit: None };
    let events = Reader::open(&stage.path("archive.db")).and_then(|reader| reader.events(&everything));
    let kinds = events.unwrap().into_iter().rev().map(|event| event.kind.as_str());
    kinds.filter(|kind| kind.starts_with("proof.")).collect()
}

/// The command at another time.
fn at(stage: &Stage, time: &str, args: &[&str]) -> Run {
    let mut command = stage.world.command(&[args, &["--config", "config.toml"]].concat());
    command.env("DRAFTKEEP_CLOCK", time);
    stage.world.finish(command)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_is_made_once_at_its_time_however_often_the_daemon_is_started() {
    let (stage, clock) = (stage().await, clock());
    schedule(&stage);
    for _ in 0..2 {
        run_daemon(&stage, &clock, || record(&stage).is_some()).await;
    }
    assert_eq!(asked(&stage), 0, "its time has not come");
    advance(&stage, &clock, DAY);
    for _ in 0..2 {
        run_daemon(&stage, &clock, || is_good(&stage, &clock)).await;
    }
    assert_eq!((asked(&stage), stage.box_of(SHOP).len(), stage.box_of(MAG).len()), (1, 0, 1), "once");
    assert_eq!(left(&stage), "0");
    advance(&stage, &clock, DAY);
    run_daemon(&stage, &clock, || is_good(&stage, &clock)).await;
    assert_eq!((asked(&stage), stage.box_of(SHOP).len()), (2, 0));
    assert!(told(&stage).is_empty());
    let status = at(&stage, "2026-09-03T02:10:00Z", &["status"]);
    assert!(status.to_string().contains("a version came back as a new draft"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_that_fails_is_told_and_made_again_a_day_later() {
    let (stage, clock) = (stage().await, clock());
    schedule(&stage);
    run_daemon(&stage, &clock, || record(&stage).is_some()).await;
    advance(&stage, &clock, DAY);
    stage.platform.world().add_fault(FaultRule::next(9, "draft/add", Fault::Code(45_009)));
    run_daemon(&stage, &clock, || told(&stage) == ["proof.failed"]).await;
    assert_eq!(asked(&stage), 1);
    let log = at(&stage, "2026-09-02T02:10:00Z", &["notify", "log", "--json"]).json();
    let failed = log.as_array().unwrap().iter().find(|event| event["kind"] == "proof.failed").unwrap();
    let fault = &failed["proofs"][0];
    assert_eq!(
        (&fault["proof"], &fault["fault"], &fault["about"]),
        (&"drill".into(), &"draft_not_made".into(), &"shop".into())
    );
    run_daemon(&stage, &clock, || true).await;
    assert_eq!(asked(&stage), 1, "the platform is not asked in vain");
    stage.platform.world().clear_faults();
    advance(&stage, &clock, DAY);
    run_daemon(&stage, &clock, || told(&stage) == ["proof.failed", "proof.failed.ended"]).await;
    assert_eq!((asked(&stage), stage.box_of(SHOP).len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_killed_drill_left_is_shown_until_the_next_one_takes_it_away() {
    let (stage, clock) = (stage().await, clock());
    schedule(&stage);
    run_daemon(&stage, &clock, || record(&stage).is_some()).await;
    let mut child = start(&stage, &DRILL, "draft/delete", 0, Fault::Timeout);
    child.kill().unwrap();
    child.wait().unwrap();
    stage.platform.world().clear_faults();
    let (media_id, _) = stage.box_of(SHOP).pop().unwrap();
    let status = at(&stage, "2026-09-01T02:10:00Z", &["status"]);
    let text = status.to_string().replace(&media_id, "MEDIA_ID");
    assert!(text.contains("  drill left  the draft MEDIA_ID of the drill that began 10"), "{text}");
    let status = at(&stage, "2026-09-01T02:10:00Z", &["status", "--json"]).json();
    let drills_left = |account: usize| status[account]["drills_left"].as_array().unwrap();
    assert_eq!((drills_left(0).len(), &drills_left(1)[0]["media_id"]), (0, &media_id.as_str().into()));
    advance(&stage, &clock, DAY);
    run_daemon(&stage, &clock, || is_good(&stage, &clock)).await;
    assert_eq!((stage.box_of(SHOP).len(), left(&stage)), (0, "0".to_owned()));
    let status = at(&stage, "2026-09-02T02:10:00Z", &["status"]);
    assert!(!status.to_string().contains("drill left"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_without_calls_leaves_nothing_that_the_next_day_does_not_take_away() {
    for (endpoint, code, stays) in [("draft/add", 6, 0), ("draft/get", 3, 1), ("draft/delete", 3, 1)] {
        let stage = stage().await;
        stage.platform.world().add_fault(FaultRule::next(99, endpoint, Fault::Code(45_009)));
        let run = stage.run(&DRILL);
        assert_eq!((run.code(), stage.box_of(SHOP).len()), (Some(code), stays), "{endpoint}: {run}");
        // Nothing more is put into a box from which nothing can be taken away.
        let run = at(&stage, "2026-09-01T02:10:00Z", &DRILL);
        assert_eq!((run.code(), stage.box_of(SHOP).len()), (Some(6), stays), "{endpoint}: {run}");
        assert!(stage.run(&["status"]).to_string().contains("the drill fails since"), "{endpoint}");
        stage.platform.world().clear_faults();
        stage.platform.world().set_now(1_788_228_000 + 15 * 3600);
        let run = at(&stage, "2026-09-01T17:00:00Z", &DRILL);
        assert_eq!(
            (run.code(), stage.box_of(SHOP).len(), left(&stage)),
            (Some(0), 0, "0".to_owned()),
            "{endpoint}: {run}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_daemon_makes_no_drill_where_calls_are_used_up_and_says_so() {
    let (stage, clock) = (stage().await, clock());
    schedule(&stage);
    run_daemon(&stage, &clock, || record(&stage).is_some()).await;
    advance(&stage, &clock, DAY);
    let spent = "INSERT INTO call SELECT id, 'draft/delete', '2026-09-02', 1000000 FROM account WHERE name = 'shop'";
    crate::harness::database(stage.path("archive.db")).execute(spent, ()).unwrap();
    run_daemon(&stage, &clock, || told(&stage) == ["proof.failed"]).await;
    assert_eq!((asked(&stage), stage.box_of(SHOP).len()), (0, 0), "what could not be deleted is not made");
    let status = at(&stage, "2026-09-02T02:10:00Z", &["status", "--check"]);
    assert!(status.to_string().contains("no version could be restored as a new draft of shop: "), "{status}");
    assert!(status.to_string().contains("drill --account shop"), "{status}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_drill_whose_credentials_are_refused_makes_nothing_and_says_so() {
    let stage = stage().await;
    stage.platform.world().account(SHOP).set_secret("another");
    let run = stage.run(&DRILL);
    assert_eq!((run.code(), asked(&stage), left(&stage)), (Some(6), 0, "0".to_owned()), "{run}");
    let status = stage.run(&["status"]);
    let told = "the drill fails since 2026-09-01 10:00 +08:00 (it was never good): no version could be restored as a new draft of shop: ";
    assert!(status.to_string().contains(told), "{status}");
    stage.platform.world().account(SHOP).set_secret("hush");
    let run = stage.run(&DRILL);
    assert_eq!((run.code(), stage.box_of(SHOP).len()), (Some(0), 0), "{run}");
}
