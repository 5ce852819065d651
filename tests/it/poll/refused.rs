//! An account without a schedule, polled by the planner, where the platform refuses: limits, permissions and whitelists.

use draftkeep::archive::DaemonReport;
use draftkeep::health::AccountStatus;
use draftkeep::poll::AdaptivePoller;
use draftkeep::simulator::{Fault, FaultRule};

use super::watch::{LIMITS, Watching};
use super::*;

/// Once, the retry planned the same question again and again, and the daemon never came out of it.
#[tokio::test]
async fn a_whitelist_is_tried_again_where_only_a_question_about_the_limits_is_left() {
    let (mut watching, ids) = Watching::filled(3).await;
    watching.stage.account.drafts = DraftSelection::Listed(vec![MediaId::new(&ids[0])]);
    // Polls leave ten calls to restores.
    watching.stage.account(|account| account.set_limit("draft/batchget", 10));
    watching.run(1200).await;
    watching.stage.account(|account| account.delete(&ids[0]).unwrap());
    while watching.stage.shell("SELECT count(*) FROM draft_view WHERE state = 'missing'") == "0" {
        watching.step_when_due().await;
    }
    // It is asked for once more, and then not for a while.
    let platform = &watching.stage.platform;
    platform.world().account(platform.appid()).revoke_tokens();
    watching.stage.add_fault(FaultRule::next(999, "stable_token", Fault::Code(40164)));
    watching.run(3 * 3600).await;
    assert!(watching.errors().contains(&Some(40164)), "{:?}", watching.errors());
    watching.stage.platform.world().clear_faults();
    watching.stage.forget_calls();
    watching.run(125).await;
    assert!((1..=3).contains(&watching.stage.calls("openapi/quota/get")), "it is asked at once, and not again");
}

/// Once, the retry waited for the planner, which found nothing due for a quarter of an hour.
#[tokio::test]
async fn a_whitelist_that_was_mended_is_noticed_within_two_minutes_and_nothing_is_wasted_until_then() {
    let (mut watching, _) = Watching::filled(3).await;
    watching.run(600).await;
    watching.stage.forget_calls();
    watching.stage.add_fault(FaultRule::next(999, "stable_token", Fault::Code(40164)));
    // The token that it has is good for two hours.
    watching.run(3 * 3600).await;
    let failures = |watching: &Watching| watching.reports.iter().filter(|report| !report.failures.is_empty()).count();
    let failed = failures(&watching);
    assert!(failed > 20 && watching.errors().iter().all(|code| *code == Some(40164)), "{:?}", watching.errors());
    let problem = |watching: &Watching| {
        let Watching { stage: Stage { account, clock, .. }, .. } = watching;
        let stats = watching.stage.reader().account_stats(clock.now()).unwrap().remove(0);
        let status = AccountStatus::configured(stats, account, &DaemonReport::default(), clock.now());
        status.problems.first().map(|problem| problem.what(&draftkeep::model::rfc3339))
    };
    let next = draftkeep::model::rfc3339(watching.next)[..16].to_owned();
    let told = problem(&watching).unwrap();
    assert!(told.contains(&format!("; it is tried again at {next}")), "{next}: {told}");
    watching.stage.forget_calls();
    watching.run(3600).await;
    assert!((28..=31).contains(&(failures(&watching) - failed)), "{} in an hour", failures(&watching) - failed);
    let calls = LIMITS.map(|(endpoint, _)| watching.stage.calls(endpoint));
    assert_eq!(calls, [0; 3], "a token is refused before any other call is made");
    watching.stage.platform.world().clear_faults();
    watching.run(125).await;
    // What was not looked at meanwhile is another matter.
    let left = problem(&watching).unwrap_or_default();
    assert!(!left.contains("whitelist"), "it is on record at once: {left}");
    assert!(LIMITS.iter().any(|(endpoint, _)| watching.stage.calls(endpoint) > 0));
}

/// Once, a program that was restarted meanwhile recorded that with its first row, twenty minutes later.
#[tokio::test]
async fn the_first_success_after_failures_is_on_record_at_once_after_a_restart_too() {
    let (mut watching, _) = Watching::filled(3).await;
    watching.run(600).await;
    watching.stage.add_fault(FaultRule::next(999, "stable_token", Fault::Code(40164)));
    watching.run(3 * 3600).await;
    let is_failing = |watching: &Watching| {
        let stats = watching.stage.reader().account_stats(watching.stage.clock.now()).unwrap().remove(0);
        stats.failing.is_some()
    };
    assert!(is_failing(&watching));
    watching.watch.close(&watching.stage.archive).await.unwrap();
    watching.watch = AdaptivePoller::default();
    watching.stage.platform.world().clear_faults();
    watching.stage.forget_calls();
    while LIMITS.iter().all(|(endpoint, _)| watching.stage.calls(endpoint) == 0) {
        watching.run(60).await;
    }
    assert!(!is_failing(&watching));
}

#[tokio::test]
async fn where_gets_are_spent_changes_are_read_from_the_list() {
    let (mut watching, ids) = Watching::filled(25).await;
    watching.run(600).await;
    watching.stage.account(|account| account.add_usage("draft/get", 500));
    watching.run(3600).await;
    watching.stage.forget_calls();
    watching.edit(&ids[7]);
    watching.run(1800).await;
    assert_eq!(watching.stage.documents(&ids[7]).len(), 2);
    assert_eq!((watching.stage.calls("draft/get"), watching.refused()), (0, 0));
}

#[tokio::test]
async fn a_refused_call_moves_the_work_to_the_other_interface_until_the_day_ends() {
    let (mut watching, ids) = Watching::filled(25).await;
    watching.run(60).await;
    watching.stage.account(|account| account.add_usage("draft/batchget", 1000));
    watching.run(1800).await;
    assert!(watching.refused() <= 1, "{} refused", watching.refused());
    watching.stage.forget_calls();
    watching.edit(&ids[20]);
    watching.run(4 * 3600).await;
    assert_eq!(watching.stage.documents(&ids[20]).len(), 2, "by draft/get alone");
    assert_eq!(watching.stage.calls("draft/batchget"), 0);
    watching.run_until_midnight().await;
    watching.run(1800).await;
    assert!(watching.stage.calls("draft/batchget") > 0, "another day");
}

#[tokio::test]
async fn a_missing_permission_closes_one_interface_for_a_day() {
    let (mut watching, ids) = Watching::filled(25).await;
    watching.stage.add_fault(FaultRule::next(1, "draft/batchget", Fault::Code(48001)));
    watching.run(3600).await;
    assert_eq!(watching.errors(), [Some(48001)], "told once");
    assert_eq!(watching.stage.shell("SELECT interface, code FROM closed"), "draft/batchget|48001");
    watching.stage.forget_calls();
    watching.edit(&ids[24]);
    watching.run(16 * 3600).await;
    assert_eq!((watching.stage.calls("draft/batchget"), watching.stage.documents(&ids[24]).len()), (0, 2));
    watching.run(8 * 3600).await;
    assert!(watching.stage.calls("draft/batchget") > 0, "asked again after a day");
    assert_eq!(watching.stage.shell("SELECT count(*) FROM closed"), "0", "and open");
}

#[tokio::test]
async fn a_punished_account_is_left_alone_for_a_day() {
    for code in [48004, 50002] {
        let (mut watching, _) = Watching::filled(5).await;
        watching.stage.add_fault(FaultRule::next(1, "*", Fault::Code(code)));
        watching.run(3600).await;
        watching.stage.forget_calls();
        watching.run(20 * 3600).await;
        assert_eq!((watching.errors(), watching.stage.all_calls()), (vec![Some(code)], 0));
        watching.run(5 * 3600).await;
        assert!(watching.stage.all_calls() > 0 && watching.stage.all_live());
    }
}

#[tokio::test]
async fn too_many_calls_in_a_minute_slow_it_down() {
    let (mut watching, _) = Watching::filled(5).await;
    watching.run(60).await;
    // Twice: the client itself waits for a minute and calls again.
    watching.stage.add_fault(FaultRule::next(2, "draft/batchget", Fault::Code(45011)));
    while watching.errors().is_empty() {
        watching.run(60).await;
    }
    assert_eq!(watching.errors(), [Some(45011)]);
    let lists = watching.stage.calls("draft/batchget");
    watching.run(100).await;
    assert_eq!(watching.stage.calls("draft/batchget"), lists, "left alone for some minutes");
    watching.run(1800).await;
    assert!(watching.stage.calls("draft/batchget") > lists && watching.errors().len() == 1);
}

#[tokio::test]
async fn a_day_of_work_never_meets_a_refusal_and_leaves_the_others_theirs() {
    let (mut watching, ids) = Watching::filled(40).await;
    let mut theirs_refused = 0;
    for turn in 0..38 * 4 {
        watching.edit(&ids[(turn / 8 * 7 + turn % 3) % ids.len()]);
        let admitted = watching.stage.account(|account| account.call_by_other_system("draft/batchget"));
        theirs_refused += u64::from(!admitted);
        watching.run(900).await;
    }
    assert_eq!((watching.refused(), theirs_refused), (0, 0));
    assert!(watching.errors().is_empty(), "{:?}", watching.errors());
    let sql = "SELECT calls FROM quota_view WHERE day = '2026-09-02' AND interface LIKE 'draft/%' ORDER BY interface";
    let calls: Vec<u64> = watching.stage.shell(sql).lines().map(|calls| calls.parse().unwrap()).collect();
    let [lists, counts, gets] = calls[..] else { panic!("{calls:?}") };
    assert!(gets <= 95 && counts <= 190, "never more than its share: {calls:?}");
    assert!((60..=190 - 4 * 24 + 30).contains(&lists), "what is left, and room for the others: {calls:?}");
}

#[tokio::test]
async fn others_that_eat_the_whole_quota_stop_it_without_a_refusal() {
    let (mut watching, ids) = Watching::filled(10).await;
    watching.run(600).await;
    watching.stage.account(|account| {
        for (endpoint, limit) in LIMITS {
            let rest = limit - account.used(endpoint);
            account.add_usage(endpoint, rest);
        }
    });
    watching.run(2 * 3600).await;
    let refused = watching.refused();
    assert!(refused <= 3, "one of each, before it could know: {refused}");
    watching.edit(&ids[3]);
    watching.run_until_midnight().await;
    assert_eq!(watching.refused(), refused);
    watching.run(1800).await;
    assert_eq!(watching.stage.documents(&ids[3]).len(), 2, "the next day goes on");
}

#[tokio::test]
async fn a_limit_of_zero_and_one_that_shrinks_are_kept_to() {
    let (mut watching, _) = Watching::filled(10).await;
    watching.run(600).await;
    for limit in [200, 0] {
        watching.stage.account(|account| {
            ["draft/get", "draft/batchget", "draft/count"].iter().for_each(|each| account.set_limit(each, limit));
        });
        watching.run(24 * 3600).await;
        watching.stage.forget_calls();
        watching.run_until_midnight().await;
    }
    watching.run(12 * 3600).await;
    let refused = watching.refused();
    assert!(refused <= 6, "one of each at each change, before it could know: {refused}");
}

/// Once, a limit of 0 that the platform reported at noon stopped every poll until midnight.
#[tokio::test]
async fn a_limit_that_cannot_be_true_is_not_believed() {
    for pretended in [0, -1, 20, 1_000_000_001, i64::MIN] {
        let (mut watching, ids) = Watching::filled(10).await;
        let endpoints = ["draft/get", "draft/batchget", "draft/count"];
        watching.stage.account(|account| {
            endpoints.iter().for_each(|each| account.add_usage(each, 40));
            endpoints.iter().for_each(|each| account.misreport_limit(each, pretended));
        });
        watching.stage.forget_calls();
        watching.run(3 * 3600).await;
        watching.edit(&ids[2]);
        watching.run(1800).await;
        assert!(watching.stage.calls("openapi/quota/get") > 0, "{pretended}: it was told");
        assert_eq!(watching.stage.documents(&ids[2]).len(), 2, "{pretended}");
        assert!(watching.errors().is_empty(), "{pretended}: {:?}", watching.errors());
    }
}

/// Once, it was ignored and asked for twice, and the refused call was made again each hour.
#[tokio::test]
async fn that_others_have_passed_a_limit_is_believed_after_one_refused_call() {
    let (mut watching, _) = Watching::filled(3).await;
    watching.stage.account(|account| account.add_usage("draft/batchget", 400));
    watching.run(5 * 3600).await;
    watching.watch.close(&watching.stage.archive).await.unwrap();
    assert_eq!(watching.refused(), 1);
    let known = "SELECT daily_limit || ' ' || limit_from FROM quota_view WHERE interface = 'draft/batchget'";
    assert_eq!(watching.stage.shell(known), "200 quota/get");
}
