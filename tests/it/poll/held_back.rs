//! Too many drafts vanish at once: nothing is concluded until `draft/get` has confirmed it twice or the operator confirms
//! it.

use draftkeep::archive::{AccountState, HeldBack, HeldBackUpdate, MissingDraft, PollLog, Writer};
use draftkeep::poll::AdaptivePoller;
use draftkeep::simulator::{Fault, FaultRule};

use super::absence::{ReturningDraft, delete};
use super::watch::Watching;
use super::*;
use crate::harness::presence;
use DraftState::{Gone, Live, Missing, Published};

/// A box of so many drafts of which all are watched: as the whole box, or each by itself.
async fn filled(count: usize, turn: usize) -> (Stage, Vec<String>) {
    let (mut stage, ids) = Stage::filled(count).await;
    if turn == 1 {
        stage.watch(&ids);
    }
    (stage, ids)
}

fn states_of(stage: &Stage, ids: &[String]) -> Vec<DraftState> {
    ids.iter().map(|media_id| stage.state(media_id)).collect()
}

/// Returns whether the poll held so many drafts back and reported it.
fn holds_back(report: &Report, drafts: u64) -> bool {
    let [failure] = &report.failures[..] else { panic!("{:?}", report.failures) };
    failure.is_held_back() && (report.held_back, report.missing) == (drafts, 0)
}

fn rows(stage: &Stage) -> String {
    stage.shell("SELECT count(*) FROM held_back")
}

/// Once, they stayed live for ever, and every poll failed.
#[tokio::test]
async fn two_of_four_are_believed_after_two_confirmations_ten_minutes_apart() {
    for turn in 0..2 {
        let (stage, ids) = filled(4, turn).await;
        delete(&stage, &ids[..2]);
        for (after, gets) in [(60, 2), (300, 0), (299, 0)] {
            stage.advance(after);
            stage.forget_calls();
            let report = stage.poll().await;
            assert!(holds_back(&report, 2) && stage.all_live(), "{report:?}");
            assert!(report.failures[0].message.starts_with("2 of 4 drafts vanished at once"), "{report:?}");
            assert_eq!(stage.calls("draft/get"), if turn == 0 { gets } else { 4 }, "few calls are spent on it");
        }
        stage.advance(1);
        let report = stage.poll_well().await;
        assert_eq!((report.missing, report.held_back, report.in_box), (2, 0, 2));
        assert_eq!(states_of(&stage, &ids), [Gone, Gone, Live, Live]);
        assert_eq!((stage.poll_well().await.missing, rows(&stage)), (0, "0".to_owned()), "it is told once");
        assert_eq!(stage.versions(), 4, "their versions stay");
    }
}

#[tokio::test]
async fn a_box_that_is_emptied_is_believed_by_draft_get() {
    for turn in 0..2 {
        let (stage, ids) = filled(4, turn).await;
        delete(&stage, &ids);
        let report = stage.poll().await;
        assert!(holds_back(&report, 4) && stage.all_live() && !report.came_to_nothing(), "{report:?}");
        stage.advance(600);
        assert_eq!(stage.poll_well().await.missing, 4);
        assert_eq!(states_of(&stage, &ids), [Gone; 4]);
    }
}

/// The token of another account, or of a mini program, gets 40007 for every draft of this one.
#[tokio::test]
async fn a_platform_that_knows_no_draft_for_nine_minutes_costs_nothing() {
    let (mut stage, ids) = Stage::filled(4).await;
    stage.watch(&ids);
    stage.add_fault(FaultRule::next(16, "draft/get", Fault::Code(40007)));
    for _ in 0..4 {
        assert!(holds_back(&stage.poll().await, 4) && stage.all_live());
        stage.advance(180);
    }
    assert_eq!((stage.poll_well().await.seen, rows(&stage)), (4, "0".to_owned()), "it is forgotten");
    stage.add_fault(FaultRule::next(4, "draft/get", Fault::Code(40007)));
    stage.advance(600);
    assert!(holds_back(&stage.poll().await, 4) && stage.all_live(), "this is the first confirmation again");
}

#[tokio::test]
async fn a_platform_that_knows_no_draft_for_longer_is_believed_and_all_come_back() {
    let (mut stage, ids) = Stage::filled(4).await;
    stage.watch(&ids);
    stage.add_fault(FaultRule::next(8, "draft/get", Fault::Code(40007)));
    assert!(holds_back(&stage.poll().await, 4));
    stage.advance(600);
    assert_eq!((stage.poll_well().await.missing, states_of(&stage, &ids)), (4, vec![Gone; 4]));
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.new_versions, stage.all_live()), (4, 0, true));
    stage.edit(&ids[0]);
    stage.poll_well().await;
    assert_eq!(stage.documents(&ids[0]).len(), 2, "the history goes on");
}

#[tokio::test]
async fn errors_and_lists_and_empty_boxes_confirm_nothing() {
    let (stage, ids) = Stage::filled(4).await;
    delete(&stage, &ids[..2]);
    stage.poll().await;
    for fault in [Fault::Code(-1), Fault::HtmlPage(502), Fault::Code(45009)] {
        stage.advance(3600);
        stage.add_fault(FaultRule::next(40, "draft/get", fault));
        let report = stage.poll().await;
        assert_eq!((report.held_back, report.missing, stage.all_live()), (2, 0, true), "{report:?}");
        stage.platform.world().clear_faults();
    }
    assert_eq!(stage.shell("SELECT count(*) FROM held_back WHERE asked_at = confirmed_at"), "2", "nobody answered");
}

#[tokio::test]
async fn a_list_that_leaves_out_many_is_refuted_by_draft_get() {
    let (stage, _) = Stage::filled(4).await;
    let returning = ReturningDraft::called("一", &stage);
    let other = ReturningDraft::in_file("other.json", "二", &stage);
    stage.poll_well().await;
    delete(&stage, &[returning.media_id.clone(), other.media_id.clone()]);
    stage.platform.world().after_next_call("draft/batchget", move |world| {
        returning.come_back(world);
        other.come_back(world);
    });
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.held_back, report.missing, stage.all_live()), (6, 0, 0, true));
}

#[tokio::test]
async fn one_that_comes_back_is_forgotten_and_the_other_is_believed() {
    let (stage, ids) = Stage::filled(2).await;
    let returning = ReturningDraft::called("一", &stage);
    stage.poll_well().await;
    delete(&stage, &[ids[0].clone(), returning.media_id.clone()]);
    assert!(holds_back(&stage.poll().await, 2));
    returning.come_back(&mut stage.platform.world());
    stage.advance(300);
    assert!(holds_back(&stage.poll().await, 1));
    stage.advance(300);
    assert_eq!(stage.poll_well().await.missing, 1);
    assert_eq!([&ids[0], &returning.media_id].map(|id| stage.state(id)), [Gone, Live]);
}

#[tokio::test]
async fn the_cause_is_asked_for_once_it_is_believed() {
    let (stage, ids) = Stage::filled(4).await;
    ids[..2].iter().for_each(|media_id| stage.account(|account| account.publish(media_id, false).unwrap()));
    assert!(holds_back(&stage.poll().await, 2));
    assert_eq!(stage.calls("freepublish/batchget"), 0);
    stage.advance(600);
    stage.poll_well().await;
    assert_eq!(states_of(&stage, &ids[..2]), [Published; 2]);
}

#[tokio::test]
async fn a_cause_that_can_be_known_later_is_waited_for() {
    let (stage, ids) = Stage::filled(4).await;
    delete(&stage, &ids[..2]);
    stage.poll().await;
    stage.advance(600);
    stage.add_fault(FaultRule::next(9, "freepublish/batchget", Fault::Code(45009)));
    let report = stage.poll().await;
    assert_eq!((report.missing, states_of(&stage, &ids[..2])), (2, vec![Missing; 2]));
    assert_eq!(rows(&stage), "0", "it is believed that they are not there");
    assert!(report.failures.iter().all(|failure| !failure.is_held_back()), "{report:?}");
}

#[tokio::test]
async fn the_operator_is_believed_at_once() {
    for turn in 0..2 {
        for was_held_back in [true, false] {
            let (stage, ids) = filled(4, turn).await;
            delete(&stage, &ids[..2]);
            if was_held_back {
                assert!(holds_back(&stage.poll().await, 2));
            }
            let report = stage.poll_believing().await;
            assert_eq!((report.failures.len(), report.missing, report.held_back), (0, 2, 0), "{report:?}");
            assert_eq!(states_of(&stage, &ids), [Gone, Gone, Live, Live]);
            assert_eq!(rows(&stage), "0");
        }
    }
}

#[tokio::test]
async fn the_operators_word_is_not_enough_where_draft_get_does_not_confirm_it() {
    let (stage, ids) = Stage::filled(4).await;
    delete(&stage, &ids[..2]);
    stage.poll().await;
    stage.add_fault(FaultRule::next(9, "draft/get", Fault::HtmlPage(502)).draft(&ids[0]));
    let report = stage.poll_believing().await;
    assert_eq!((report.missing, report.held_back), (1, 1), "{report:?}");
    assert_eq!(states_of(&stage, &ids[..2]), [Live, Gone]);
}

/// The times of confirmations are in the archive, so another process can continue.
#[tokio::test]
async fn another_process_gives_the_second_confirmation() {
    let (mut stage, ids) = Stage::filled(4).await;
    delete(&stage, &ids[..2]);
    assert!(holds_back(&stage.poll().await, 2));
    stage.advance(600);
    stage.archive = WriterHandle::open(&stage.path()).unwrap();
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    assert_eq!(stage.poll_well().await.missing, 2);
    assert_eq!(states_of(&stage, &ids[..2]), [Gone; 2]);
}

/// Two processes poll the same account: a draft that one has seen is not believed to be gone by the other.
#[tokio::test]
async fn a_draft_that_another_process_has_seen_meanwhile_stays() {
    let (stage, ids) = Stage::filled(4).await;
    let (mut one, mut other) = (Writer::open(&stage.path()).unwrap(), Writer::open(&stage.path()).unwrap());
    let account = one.get_or_create_account(&stage.account.name, &stage.account.appid, stage.clock.now()).unwrap();
    let media_id = MediaId::new(&ids[0]);
    let began = instant(START);
    let at = |minutes| began + chrono::TimeDelta::minutes(minutes);
    let log = |held_back, is_accepted, minute| {
        let update = HeldBackUpdate { media_id: media_id.clone(), held_back, is_accepted };
        let absence = MissingDraft { media_id: media_id.clone(), state: Gone, at: at(minute) };
        let absences = if is_accepted { vec![absence] } else { Vec::new() };
        PollLog { held_back: vec![update], absences, ..PollLog::begin(draftkeep::model::Strategy::List, at(minute)) }
    };
    let once = HeldBack::begin(at(1)).with_confirmation(at(1));
    one.save_poll(account, &log(once, false, 1), &[], &AccountState::default()).unwrap();
    assert_eq!(one.draft_snapshot(account, &media_id).unwrap().unwrap().held_back, Some(once));
    let seen =
        PollLog { seen: vec![presence(&ids[0], at(5))], ..PollLog::begin(draftkeep::model::Strategy::List, at(5)) };
    other.save_poll(account, &seen, &[], &AccountState::default()).unwrap();
    assert_eq!(rows(&stage), "0");
    one.save_poll(account, &log(once.with_confirmation(at(11)), true, 11), &[], &AccountState::default()).unwrap();
    assert_eq!((stage.state(&ids[0]), rows(&stage)), (Live, "0".to_owned()));
}

/// A watched account that lost some of its drafts.
async fn with_lost_drafts(turn: usize) -> (Watching, Vec<String>) {
    let (mut watching, ids) = Watching::filled(4).await;
    if turn == 1 {
        watching.stage.watch(&ids);
    }
    watching.run(1200).await;
    delete(&watching.stage, &ids[..2]);
    watching.reports.clear();
    while rows(&watching.stage) != "2" {
        watching.run(10).await;
    }
    (watching, ids)
}

#[tokio::test]
async fn a_planned_watch_believes_them_too() {
    for turn in 0..2 {
        let (mut watching, ids) = with_lost_drafts(turn).await;
        watching.stage.forget_calls();
        watching.run(540).await;
        assert!(watching.stage.all_live() && watching.reports.iter().all(|report| report.missing == 0));
        watching.run(180).await;
        assert_eq!(states_of(&watching.stage, &ids), [Gone, Gone, Live, Live], "turn {turn}");
        assert_eq!(watching.reports.iter().map(|report| report.missing).sum::<u64>(), 2, "{:?}", watching.reports);
        assert_eq!(rows(&watching.stage), "0");
        watching.reports.clear();
        watching.run(1800).await;
        assert!(watching.reports.iter().all(|report| report.failures.is_empty()), "{:?}", watching.reports);
    }
}

#[tokio::test]
async fn a_planned_watch_says_with_every_poll_that_it_holds_drafts_back_and_asks_rarely() {
    let (mut watching, ids) = with_lost_drafts(0).await;
    watching.stage.forget_calls();
    for media_id in &ids[..2] {
        watching.stage.add_fault(FaultRule::next(1000, "draft/get", Fault::HtmlPage(502)).draft(media_id));
    }
    watching.run(3 * 3600).await;
    assert!(watching.stage.all_live());
    let is_held = |report: &Report| report.failures.iter().any(draftkeep::archive::Failure::is_held_back);
    let since = watching.reports.iter().skip_while(|report| !is_held(report));
    assert!(since.clone().count() >= 5 && since.clone().all(is_held), "{:?}", watching.reports);
    let world = watching.stage.platform.world();
    let asked = world.request_log.requests("draft/get").into_iter();
    let about = |body: &[u8]| ids[..2].iter().any(|media_id| String::from_utf8_lossy(body).contains(media_id.as_str()));
    let tries = asked.filter(|call| about(&call.body)).count();
    assert!((2..=50).contains(&tries), "{tries} calls for two drafts in three hours");
}

#[tokio::test]
async fn a_watch_that_is_killed_between_the_confirmations_goes_on() {
    let (mut watching, ids) = with_lost_drafts(0).await;
    watching.run(300).await;
    watching.stage.archive = WriterHandle::open(&watching.stage.path()).unwrap();
    watching.watch = AdaptivePoller::default();
    watching.next = watching.stage.clock.now();
    watching.run(240).await;
    assert!(watching.stage.all_live());
    watching.run(180).await;
    assert_eq!(states_of(&watching.stage, &ids[..2]), [Gone; 2]);
}

#[tokio::test]
async fn a_watch_and_a_poll_by_hand_confirm_together() {
    let (mut watching, ids) = with_lost_drafts(0).await;
    watching.run(300).await;
    assert!(holds_back(&watching.stage.poll().await, 2));
    watching.run(420).await;
    assert_eq!(states_of(&watching.stage, &ids[..2]), [Gone; 2]);
    assert_eq!((watching.stage.poll_well().await.missing, rows(&watching.stage)), (0, "0".to_owned()));
}
