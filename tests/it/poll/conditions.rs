//! Conditions of accounts: each begins once and ends once, whoever looks, and however often.

use draftkeep::archive::{AccountState, DownloadFailure, EventFilter, Failure, PollLog, RestoreOutcome, Writer};
use draftkeep::conditions::{self, AccountCheck};
use draftkeep::model::{Condition, ConditionReport, EventKind, Severity, Strategy};
use draftkeep::simulator::{Fault, FaultRule};

use super::absence::delete;
use super::*;
use crate::harness::presence;

const LIST: &str = "draft/batchget";

/// Looks as the daemon does after a poll, and returns the events that this wrote.
fn look(stage: &Stage) -> Vec<&'static str> {
    // On a connection of its own, as a process that was just started.
    let mut writer = Writer::open(&stage.path()).unwrap();
    let events = AccountCheck::new(stage.account.clone()).run(&mut writer, stage.clock.now());
    events.unwrap().into_iter().map(EventKind::as_str).collect()
}

fn refuse(stage: &Stage, fault: Fault) {
    stage.platform.world().clear_faults();
    stage.add_fault(FaultRule::next(999, LIST, fault));
}

async fn poll_after(stage: &Stage, seconds: u64) {
    stage.advance(seconds);
    stage.poll().await;
}

/// The begin of what is open.
fn open(stage: &Stage) -> Vec<draftkeep::archive::Event> {
    stage.reader().open_conditions().unwrap()
}

#[tokio::test]
async fn what_the_platform_refuses_begins_once_and_ends_with_a_poll_that_reads() {
    let table = [
        (40125, "account.credentials", "account.credentials.ended", 300),
        (40164, "account.whitelist", "account.whitelist.ended", 300),
        (40234, "account.blocked", "account.blocked.ended", 300),
        // These are tried again when their block has ended.
        (48004, "account.blocked", "account.blocked.ended", 86_700),
        (48001, "account.verification", "account.verification.ended", 86_700),
        (45009, "account.quota", "account.quota.ended", 86_700),
    ];
    for (code, began, ended, later) in table {
        let (stage, _) = Stage::filled(3).await;
        assert!(look(&stage).is_empty(), "all is well");
        refuse(&stage, Fault::Code(code));
        // The process that polled twice was killed before it looked.
        poll_after(&stage, 300).await;
        poll_after(&stage, 300).await;
        assert_eq!(look(&stage), [began], "{code}");
        for _ in 0..2 {
            assert!(look(&stage).is_empty(), "{code}");
            poll_after(&stage, 300).await;
        }
        assert!(open(&stage)[0].details.reason.is_some(), "{code}");
        stage.platform.world().clear_faults();
        poll_after(&stage, later).await;
        assert_eq!(look(&stage), [ended], "{code}");
        poll_after(&stage, 300).await;
        assert!(look(&stage).is_empty() && open(&stage).is_empty(), "{code}");
    }
}

#[tokio::test]
async fn a_limit_that_is_renewed_ends_the_condition_and_says_until_when_it_lasts() {
    let (stage, _) = Stage::filled(3).await;
    refuse(&stage, Fault::Code(45009));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.quota"]);
    assert_eq!(open(&stage)[0].details.until, Some(instant("2026-09-01T16:00:00Z")));
    assert_eq!(open(&stage)[0].severity, Severity::Warning);
}

#[tokio::test]
async fn a_network_that_is_down_ends_nothing_that_the_platform_said() {
    let (stage, _) = Stage::filled(3).await;
    refuse(&stage, Fault::Code(40125));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.credentials"]);
    refuse(&stage, Fault::Http(404));
    poll_after(&stage, 300).await;
    assert!(look(&stage).is_empty(), "nobody knows");
    refuse(&stage, Fault::Code(40164));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.credentials.ended", "account.whitelist"], "the platform says something else");
}

#[tokio::test]
async fn an_endpoint_whose_block_has_expired_may_still_be_forbidden() {
    let (stage, _) = Stage::filled(3).await;
    refuse(&stage, Fault::Code(48001));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.verification"]);
    stage.advance(90_000);
    assert!(!look(&stage).contains(&"account.verification.ended"), "it was not called since");
    poll_after(&stage, 300).await;
    assert!(!look(&stage).iter().any(|kind| kind.starts_with("account.verification")), "it is forbidden as before");
}

#[tokio::test]
async fn an_account_that_nobody_reads_is_late_and_one_that_says_why_is_told_once() {
    let (stage, _) = Stage::filled(3).await;
    stage.advance(7200);
    let starting = AccountCheck { has_just_started: true, ..AccountCheck::new(stage.account.clone()) };
    let mut writer = Writer::open(&stage.path()).unwrap();
    assert_eq!(starting.run(&mut writer, stage.clock.now()).unwrap(), [], "it is being read");
    assert_eq!(look(&stage), ["account.late"]);
    assert_eq!(starting.run(&mut writer, stage.clock.now()).unwrap(), [], "and it is late until it was read");
    stage.advance(7200);
    assert!(look(&stage).is_empty());
    stage.poll_well().await;
    assert_eq!(look(&stage), ["account.late.ended"]);

    refuse(&stage, Fault::Http(404));
    for minute in 0..24 {
        poll_after(&stage, 300).await;
        let told = look(&stage);
        assert!(told.is_empty() || (told == ["account.late"] && minute > 0), "{minute}: {told:?}");
    }
    let reason = open(&stage)[0].details.reason.clone().unwrap();
    assert!(reason.contains("404"), "{reason}");
    // What explains it begins beside it, and the account is late until it is read.
    refuse(&stage, Fault::Code(40125));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.credentials"]);
    stage.platform.world().clear_faults();
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.credentials.ended", "account.late.ended"]);

    refuse(&stage, Fault::Code(40125));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.credentials"]);
    poll_after(&stage, 7200).await;
    assert!(look(&stage).is_empty(), "the credentials are why");
}

#[tokio::test]
async fn two_conditions_at_once_begin_and_end_each_by_itself() {
    let (stage, ids) = Stage::filled(10).await;
    delete(&stage, &ids[..4]);
    poll_after(&stage, 60).await;
    assert_eq!(look(&stage), ["box.emptied"]);
    assert_eq!((open(&stage)[0].details.quantity, open(&stage)[0].severity), (Some(4), Severity::Alarm));
    refuse(&stage, Fault::Code(40164));
    poll_after(&stage, 60).await;
    assert_eq!(look(&stage), ["account.whitelist"]);
    assert_eq!(open(&stage).len(), 2);
    stage.platform.world().clear_faults();
    poll_after(&stage, 60).await;
    assert_eq!(look(&stage), ["account.whitelist.ended"]);
    poll_after(&stage, 600).await;
    assert_eq!(look(&stage), ["box.emptied.ended"], "they are gone indeed");
    let log = stage.reader().events(&EventFilter { at_least: Severity::Info, limit: None }).unwrap();
    assert_eq!(log.iter().filter(|event| event.kind == EventKind::DraftGone).count(), 4);
}

#[tokio::test]
async fn content_that_cannot_be_stored_is_trouble_until_it_is() {
    let (stage, ids) = Stage::filled(1).await;
    let id = stage.archive().run({
        let (name, appid, now) = (stage.account.name.clone(), stage.account.appid.clone(), stage.clock.now());
        move |writer| writer.get_or_create_account(&name, &appid, now)
    });
    let id = id.await.unwrap();
    for (failure, event) in [(true, "archive.trouble"), (false, "archive.trouble.ended")] {
        stage.advance(300);
        let now = stage.clock.now();
        let mut poll = PollLog { finished_at: now, calls: 1, ..PollLog::begin(Strategy::Sweep, now) };
        match failure {
            true => {
                let why = draftkeep::archive::Error::Damaged("a lost page".to_owned());
                poll.failures.push(Failure::not_stored(MediaId::new(&ids[0]), &why));
            }
            false => poll.seen.push(presence(&ids[0], now)),
        }
        let state = AccountState::default();
        stage.archive().run(move |writer| writer.save_poll(id, &poll, &[], &state)).await.unwrap();
        assert_eq!(look(&stage), [event]);
        assert!(look(&stage).is_empty());
    }
}

#[tokio::test]
async fn a_restore_that_was_cut_off_waits_until_it_ends() {
    let (stage, _) = Stage::filled(1).await;
    let version = stage.reader().versions(1).unwrap().remove(0);
    let (name, appid, now) = (stage.account.name.clone(), stage.account.appid.clone(), stage.clock.now());
    let (account, id) = stage
        .archive()
        .run(move |writer| {
            let account = writer.get_or_create_account(&name, &appid, now)?;
            Ok((account, writer.begin_overwrite(&version, account, None, ("{}", None), now)?))
        })
        .await
        .unwrap();
    stage.advance(60);
    assert!(look(&stage).is_empty(), "it may still run");
    poll_after(&stage, 240).await;
    assert_eq!(look(&stage), ["restore.cut_off"]);
    let now = stage.clock.now();
    stage
        .archive()
        .run(move |writer| writer.end_restore(id, account, &RestoreOutcome::Failed, None, &[], now))
        .await
        .unwrap();
    assert_eq!(look(&stage), ["restore.cut_off.ended"], "nobody polled in between");
}

#[tokio::test]
async fn pictures_that_cannot_be_had_are_lost_once_they_were_asked_for_in_vain() {
    let (stage, ids) = Stage::filled(2).await;
    let (name, appid, now) = (stage.account.name.clone(), stage.account.appid.clone(), stage.clock.now());
    let fail = |tries: u32| {
        let (name, appid) = (name.clone(), appid.clone());
        stage.archive().run(move |writer| {
            let account = writer.get_or_create_account(&name, &appid, now)?;
            writer.extract_pictures(account, now)?;
            let due = writer.pending_downloads(account, draftkeep::archive::AssetScope::All, now, 9)?;
            let missed = |id| DownloadFailure { id, tries, reason: "HTTP 404".to_owned(), due_at: Some(now) };
            writer.record_download_failures(&due.iter().map(|picture| missed(picture.id)).collect::<Vec<_>>())
        })
    };
    fail(4).await.unwrap();
    assert!(look(&stage).is_empty(), "they may still come");
    fail(5).await.unwrap();
    assert_eq!(look(&stage), ["pictures.lost"]);
    assert_eq!(open(&stage)[0].details.quantity, Some(2));
    // Drafts that left the box need them no more.
    delete(&stage, &ids[..1]);
    delete(&stage, &ids[1..]);
    for _ in 0..3 {
        poll_after(&stage, 601).await;
    }
    assert!(look(&stage).contains(&"pictures.lost.ended"));
}

#[tokio::test]
async fn where_nothing_changes_nothing_is_written() {
    let (stage, _) = Stage::filled(3).await;
    refuse(&stage, Fault::Code(40125));
    poll_after(&stage, 300).await;
    assert_eq!(look(&stage), ["account.credentials"]);
    let observer = crate::harness::database(stage.path());
    let seen = || observer.pragma_query_value(None, "data_version", |row| row.get::<_, i64>(0)).unwrap();
    let before = seen();
    let mut writer = Writer::open(&stage.path()).unwrap();
    let now = stage.clock.now();
    for _ in 0..3 {
        AccountCheck::new(stage.account.clone()).run(&mut writer, now).unwrap();
        let known = ConditionReport { active: Vec::new(), unknown: vec![Condition::DiskNearlyFull.into()] };
        conditions::check_service(&mut writer, known, now).unwrap();
    }
    assert_eq!(seen(), before);
}

#[tokio::test]
async fn an_account_that_was_never_polled_or_whose_name_is_taken_has_no_events() {
    let mut stage = Stage::empty().await;
    assert!(look(&stage).is_empty());
    stage.poll_well().await;
    stage.account.appid = "wx1234567890abcdef".to_owned();
    stage.advance(7200);
    assert!(look(&stage).is_empty(), "the account of that name is another one");
}
