//! Network errors and refusals: nothing is lost, nothing is concluded from them, and calls are not repeated too often.

use draftkeep::simulator::{Fault, FaultRule};

use super::*;

/// Faults of one call, and how often the call is made.
fn lost_answers() -> Vec<(Fault, u64)> {
    vec![
        (Fault::Reset, 3),
        (Fault::ResetAfterEffect, 3),
        (Fault::Truncate, 3),
        (Fault::HtmlPage(502), 5),
        (Fault::HtmlPage(200), 5),
        (Fault::Http(500), 5),
        (Fault::EmptyBody, 5),
        (Fault::PlainText, 5),
        (Fault::Code(-1), 5),
    ]
}

/// Faults after which further calls are useless, the code, and how often a call is made before that is clear.
fn refusals() -> Vec<(Fault, Option<i64>, u64)> {
    vec![
        (Fault::Http(404), None, 1),
        (Fault::Http(302), None, 1),
        (Fault::Code(45011), Some(45011), 2),
        (Fault::Code(48004), Some(48004), 1),
        (Fault::Code(50002), Some(50002), 1),
        (Fault::Code(40164), Some(40164), 1),
        (Fault::Code(89503), Some(89503), 1),
        (Fault::Code(40234), Some(40234), 1),
    ]
}

/// Codes that block one endpoint but not the others.
fn blocking_codes() -> [i64; 3] {
    [45009, 48001, 61007]
}

/// Codes that concern one call only.
fn refused_drafts() -> Vec<(Fault, Option<i64>, u64)> {
    vec![(Fault::Oversize, None, 1), (Fault::Code(47001), Some(47001), 1), (Fault::Code(99_999), Some(99_999), 1)]
}

#[tokio::test]
async fn a_failing_draft_does_not_fail_the_others() {
    let (mut stage, ids) = Stage::filled(8).await;
    stage.watch_each();
    let lost = lost_answers().into_iter().map(|(fault, calls)| (fault, None, calls));
    for (fault, code, calls) in lost.chain(refused_drafts()) {
        let code = if fault == Fault::Code(-1) { Some(-1) } else { code };
        stage.forget_calls();
        stage.add_fault(FaultRule::next(u32::try_from(calls).unwrap(), "draft/get", fault.clone()).draft(&ids[2]));
        let report = stage.poll().await;
        assert_eq!((report.seen, report.new_versions, report.missing), (7, 0, 0), "{fault:?}");
        let [failure] = &report.failures[..] else { panic!("{fault:?}: {:?}", report.failures) };
        assert_eq!(
            (failure.media_id.as_ref().map(MediaId::as_str), failure.code),
            (Some(ids[2].as_str()), code),
            "{fault:?}"
        );
        assert_eq!((stage.calls("draft/get"), report.calls), (7 + calls, 7 + calls), "{fault:?}");
        assert!(stage.all_live() && !report.refused, "{fault:?}");
    }
    assert_eq!(stage.poll_well().await.seen, 8);
    assert_eq!(stage.versions(), 8);
}

#[tokio::test]
async fn a_fault_that_passes_is_not_even_told() {
    let (mut stage, ids) = Stage::filled(3).await;
    for (turn, (fault, calls)) in lost_answers().into_iter().enumerate() {
        stage.edit(&ids[0]);
        stage.take_turns(turn);
        let endpoint = ["draft/batchget", "draft/get"][turn % 2];
        stage.add_fault(FaultRule::next(u32::try_from(calls - 1).unwrap(), endpoint, fault.clone()));
        stage.account(|account| account.edit(&ids[0], 0, |article| article.set("title", format!("{turn}"))).unwrap());
        assert_eq!(changed(&stage.poll_well().await), [ids[0].as_str()], "{fault:?}");
    }
}

#[tokio::test]
async fn a_poll_gives_up_after_three_troubles_in_a_row() {
    let (mut stage, _) = Stage::filled(12).await;
    stage.watch_each();
    for (fault, calls) in lost_answers() {
        stage.forget_calls();
        stage.add_fault(FaultRule::next(999, "draft/get", fault.clone()));
        let report = stage.poll().await;
        assert_eq!((report.seen, report.missing), (0, 0), "{fault:?}");
        assert_eq!(report.failures.len(), 6, "{fault:?}: the third in a row, and three that were under way");
        assert_eq!((stage.calls("draft/get"), report.calls), (6 * calls, 6 * calls), "{fault:?}");
        stage.platform.world().clear_faults();
        assert!(stage.all_live(), "{fault:?}");
    }
    assert_eq!(stage.poll_well().await.seen, 12);
}

#[tokio::test]
async fn a_refusal_ends_a_list_and_is_told_once() {
    let (mut stage, _) = Stage::filled(12).await;
    stage.allowance = Allowance::All;
    stage.watch_each();
    for (fault, code, calls) in refusals() {
        stage.forget_calls();
        stage.add_fault(FaultRule::next(999, "draft/get", fault.clone()));
        let report = stage.poll().await;
        stage.platform.world().clear_faults();
        assert_eq!((report.seen, report.missing), (0, 0), "{fault:?}");
        assert_eq!(
            report.failures.iter().map(|failure| (failure.media_id.is_none(), failure.code)).collect::<Vec<_>>(),
            [(true, code)]
        );
        assert_eq!(stage.calls("draft/get"), report.calls, "{fault:?}");
        // Four were under way; they wait by one clock here, so that the patience of some ends early.
        assert!((4..=4 * calls).contains(&report.calls), "{fault:?}: {} calls", report.calls);
        assert_eq!(report.refused, code.is_some(), "{fault:?}");
        assert!(stage.all_live(), "{fault:?}");
    }
    assert_eq!(stage.poll_well().await.seen, 12);
}

#[tokio::test]
async fn where_one_interface_is_closed_the_other_does_the_work() {
    for code in blocking_codes() {
        let (mut stage, ids) = Stage::filled(12).await;
        stage.edit(&ids[5]);
        stage.add_fault(FaultRule::next(999, "draft/batchget", Fault::Code(code)));
        let report = stage.poll().await;
        assert_eq!((report.seen, report.new_versions, report.refused), (12, 1, false), "{code}");
        assert_eq!(report.failures.iter().map(|failure| failure.code).collect::<Vec<_>>(), [Some(code)]);
        stage.platform.world().clear_faults();
        stage.allowance = Allowance::All;
        stage.edit(&ids[6]);
        stage.watch_each();
        stage.add_fault(FaultRule::next(999, "draft/get", Fault::Code(code)));
        let report = stage.poll().await;
        assert_eq!((report.seen, report.refused), (12, false), "{code}");
        assert_eq!(report.failures.iter().map(|failure| failure.code).collect::<Vec<_>>(), [Some(code)]);
        stage.platform.world().clear_faults();
        assert_eq!(stage.poll_well().await.seen, 12, "who asks for all is not told what was closed before");
    }
}

/// Once, a cron job called a blocked endpoint again and again.
#[tokio::test]
async fn what_is_closed_is_called_only_by_who_asks_for_all() {
    for code in blocking_codes() {
        let (mut stage, _) = Stage::filled(12).await;
        stage.add_fault(FaultRule::next(999, "draft/batchget", Fault::Code(code)));
        stage.poll().await;
        let calls = stage.calls("draft/batchget");
        let report = stage.poll().await;
        assert_eq!((report.seen, report.refused, stage.calls("draft/batchget")), (12, false, calls), "{code}");
        let [failure] = &report.failures[..] else { panic!("{code}: {:?}", report.failures) };
        assert_eq!(failure.code, Some(code));
        assert!(failure.message.contains("draftkeep poll --all"), "{code}: {}", failure.message);
        stage.allowance = Allowance::All;
        stage.poll().await;
        assert_eq!(stage.calls("draft/batchget"), calls + 1, "{code}");
    }
}

#[tokio::test]
async fn an_account_that_was_punished_is_left_alone_and_it_is_told() {
    let (stage, _) = Stage::filled(3).await;
    stage.add_fault(FaultRule::next(1, "draft/batchget", Fault::Code(50002)));
    assert!(stage.poll().await.refused);
    let report = stage.poll().await;
    assert_eq!((report.calls, report.refused, report.failures.len()), (0, true, 1), "{report:?}");
    stage.advance(24 * 3600);
    assert_eq!(stage.poll_well().await.seen, 3, "it is tried again");
}

#[tokio::test]
async fn a_fault_in_a_sweep_loses_nothing_and_concludes_nothing() {
    let (mut stage, ids) = Stage::filled(25).await;
    stage.allowance = Allowance::All;
    stage.account(|account| account.delete(&ids[0]).unwrap());
    stage.account(|account| account.set_limit("draft/batchget", 10_000));
    let lost = lost_answers().into_iter();
    let refused = refusals().into_iter().chain(refused_drafts()).map(|(fault, _, calls)| (fault, calls));
    for (fault, calls) in lost.chain(refused) {
        // Of a page that is too large the list is asked for without content, which is too large as well here.
        let calls = if fault == Fault::Oversize { 2 } else { calls };
        let newest = &ids[24];
        for pages in 0..2 {
            stage.advance(300);
            stage.account(|account| {
                account.edit(newest, 0, |article| article.set("title", format!("{fault:?}{pages}"))).unwrap();
            });
            stage.forget_calls();
            stage.add_fault(FaultRule::next(999, "draft/batchget", fault.clone()).after(pages));
            let report = stage.poll().await;
            stage.platform.world().clear_faults();
            let pages = u64::from(pages);
            assert_eq!((report.seen, report.new_versions, report.missing), (20 * pages, pages, 0), "{fault:?}");
            assert_eq!(report.failures.len(), 1, "{fault:?}: {:?}", report.failures);
            assert_eq!(stage.calls("draft/batchget"), pages + calls, "{fault:?}");
            assert_eq!(report.calls, stage.all_calls(), "{fault:?}");
            assert!(stage.all_live(), "{fault:?}");
        }
    }
    let report = stage.poll_well().await;
    assert_eq!((report.seen, report.missing), (24, 1));
}

#[tokio::test]
async fn a_token_that_cannot_be_had_ends_a_poll() {
    for turn in 0..2 {
        for (fault, calls, errors) in [
            (Fault::Reset, 3, 1),
            (Fault::EmptyBody, 5, 1),
            (Fault::Code(-1), 5, 1),
            (Fault::Http(404), 1, 1),
            (Fault::Code(40164), 1, 1),
            (Fault::Code(40013), 1, 1),
            (Fault::Code(40125), 1, 1),
            (Fault::Code(45009), 1, 1),
            (Fault::Code(50007), 1, 1),
        ] {
            let mut stage = Stage::magazine().await;
            stage.allowance = Allowance::All;
            stage.take_turns(turn);
            stage.add_fault(FaultRule::next(999, "stable_token", fault.clone()));
            let report = stage.poll().await;
            assert_eq!((report.seen, stage.calls("draft/get"), stage.calls("draft/batchget")), (0, 0, 0), "{fault:?}");
            assert_eq!((report.calls, stage.calls("stable_token")), (calls, calls), "{fault:?} {turn}");
            assert_eq!(report.failures.len(), errors, "{fault:?}: {:?}", report.failures);
            stage.platform.world().clear_faults();
            assert_eq!(stage.poll_well().await.new_versions, 8);
        }
    }
}

#[tokio::test]
async fn a_token_that_was_voided_is_renewed_in_passing() {
    let mut stage = Stage::magazine().await;
    for turn in 0..4 {
        stage.take_turns(turn);
        stage.poll_well().await;
        stage.add_fault(FaultRule::next(
            1,
            ["draft/batchget", "draft/get"][turn % 2],
            Fault::Code([40001, 42001, 40014, 40001][turn]),
        ));
        assert_eq!(stage.poll_well().await.seen, 8, "{turn}");
    }
}

#[tokio::test]
async fn a_slow_answer_is_waited_for() {
    let (mut stage, ids) = Stage::filled(3).await;
    stage.watch_each();
    stage.add_fault(FaultRule::next(1, "draft/get", Fault::Delay(Duration::from_millis(200))).draft(&ids[1]));
    assert_eq!(stage.poll_well().await.seen, 3);
}
