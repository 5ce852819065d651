//! What a poll records: call counts, the poll's row, and how many rows it writes at once.

use chrono::TimeDelta;
use draftkeep::archive::Writer;
use draftkeep::poll::{AdaptivePoller, Allowance};
use draftkeep::simulator::{Fault, FaultRule};

use super::*;

impl Stage {
    /// The counted calls of an endpoint on all days.
    fn counted(&self, endpoint: &str) -> u64 {
        let sql = format!("SELECT coalesce(sum(calls), 0) FROM call WHERE interface = '{endpoint}'");
        self.shell(&sql).parse().unwrap()
    }

    fn poll_rows(&self) -> Vec<String> {
        let sql = "SELECT account, strategy, calls, seen, new_versions, missing, errors FROM poll_view";
        self.shell(sql).lines().map(ToOwned::to_owned).collect()
    }
}

fn row(report: &Report) -> String {
    let Report { account, strategy, calls, seen, new_versions, missing, failures: errors, .. } = report;
    format!("{account}|{strategy}|{calls}|{seen}|{new_versions}|{missing}|{}", errors.len())
}

#[tokio::test]
async fn the_ledger_and_the_rows_are_what_the_platform_saw() {
    let mut stage = Stage::magazine().await;
    let mut rows = Vec::new();
    for turn in 0..30 {
        stage.advance(600);
        stage.take_turns(turn);
        if turn % 3 == 0 {
            stage.edit(&stage.ids()[turn % 8]);
        }
        let fault = [Fault::EmptyBody, Fault::Reset, Fault::Code(-1), Fault::Code(40001)][turn % 4].clone();
        stage.add_fault(FaultRule::next(u32::try_from(turn % 7).unwrap(), ["draft/get", "*"][turn % 2], fault));
        rows.push(row(&stage.poll().await));
    }
    assert_eq!(stage.poll_rows(), rows);
    for endpoint in ["draft/get", "draft/batchget"] {
        assert_eq!(stage.counted(endpoint), stage.calls(endpoint), "{endpoint}");
    }
    let tokens = stage.counted("stable_token") + stage.counted("stable_token/force");
    assert_eq!(tokens, stage.calls("stable_token"));
    let sum: u64 = stage.shell("SELECT sum(calls) FROM poll").parse().unwrap();
    assert_eq!(sum, stage.all_calls());
}

#[tokio::test]
async fn the_ledger_turns_its_page_at_midnight_in_shanghai() {
    let stage = Stage::empty().await;
    stage.create(45);
    stage.advance(14 * 3600 - 1);
    assert_eq!(stage.clock.now().timestamp(), instant("2026-09-01T15:59:59Z").timestamp());
    let clock = stage.clock.clone();
    stage.platform.world().after_next_call("draft/batchget", move |world| {
        clock.advance(Duration::from_secs(1));
        world.set_now(clock.now().timestamp());
    });
    stage.poll_well().await;
    let sql = "SELECT day, interface, calls FROM call ORDER BY 1, 2";
    assert_eq!(
        stage.shell(sql).lines().collect::<Vec<_>>(),
        ["2026-09-01|draft/batchget|1", "2026-09-01|stable_token|1", "2026-09-02|draft/batchget|2"]
    );
    assert_eq!(stage.account(|account| account.used("draft/batchget")), 2, "the platform turns it at the same instant");
}

#[tokio::test]
async fn four_requests_at_most_are_under_way_and_connections_are_kept() {
    let (mut stage, _) = Stage::filled(30).await;
    stage.watch_each();
    stage.forget_calls();
    stage.add_fault(FaultRule::next(30, "draft/get", Fault::Delay(Duration::from_millis(5))));
    stage.poll_well().await;
    stage.poll_well().await;
    let world = stage.platform.world();
    assert_eq!(world.request_log.most_in_flight(), 4);
    assert!(world.request_log.connections() <= 4, "{} connections", world.request_log.connections());
}

#[tokio::test]
async fn forced_refreshes_are_rationed_by_the_day_whoever_polls() {
    let mut stage = Stage::magazine().await;
    stage.add_fault(FaultRule::next(999_999, "draft/batchget", Fault::Code(40001)));
    for _ in 0..5 {
        stage.advance(600);
        // As after a restart of the program.
        stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
        let report = stage.poll().await;
        assert_eq!(report.failures.iter().map(|failure| failure.code).collect::<Vec<_>>(), [Some(40001)]);
        assert!(report.refused);
    }
    assert_eq!(stage.counted("stable_token/force"), 3);
    stage.advance(24 * 3600);
    stage.poll().await;
    assert_eq!(stage.counted("stable_token/force"), 4, "a new day");
    stage.platform.world().clear_faults();
    assert_eq!(stage.poll_well().await.new_versions, 8);
}

#[tokio::test]
async fn a_stopped_list_leaves_a_clean_archive_and_a_row() {
    let mut stage = Stage::empty().await;
    let ids = stage.create(40);
    stage.watch(&ids);
    stage.add_fault(FaultRule::next(99, "draft/get", Fault::Delay(Duration::from_secs(60))).after(11));
    let stop = stage.stop.clone();
    let watch = async {
        while stage.calls("draft/get") < 15 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    let (report, ()) = tokio::join!(stage.poll(), watch);
    assert!(report.failures.is_empty(), "{:?}", report.failures);
    assert_eq!((report.seen, report.calls), (11, 16), "those under way were called for");
    assert_eq!(stage.poll_rows(), [row(&report)]);
    assert_eq!(stage.counted("draft/get"), stage.calls("draft/get"));
    assert_eq!(stage.versions(), report.new_versions);
    assert_eq!(stage.shell("PRAGMA integrity_check"), "ok");
}

#[tokio::test]
async fn a_stopped_list_concludes_nothing() {
    let (mut stage, ids) = Stage::filled(10).await;
    stage.watch(&ids);
    stage.account(|account| account.delete(&ids[0]).unwrap());
    stage.add_fault(FaultRule::next(99, "draft/get", Fault::Delay(Duration::from_secs(60))).after(3));
    let stop = stage.stop.clone();
    let watch = async {
        while stage.calls("draft/get") < 7 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        stop.cancel();
    };
    let (report, ()) = tokio::join!(stage.poll(), watch);
    assert_eq!((report.seen, report.missing, report.calls), (2, 0, 7));
    assert!(stage.all_live());
}

#[tokio::test]
async fn a_stopped_sweep_concludes_nothing() {
    let (mut stage, ids) = Stage::filled(45).await;
    stage.account(|account| account.delete(&ids[0]).unwrap());
    for pages in 0..3_u32 {
        stage.stop = CancellationToken::new();
        stage.forget_calls();
        stage.add_fault(FaultRule::next(1, "draft/batchget", Fault::Delay(Duration::from_secs(60))).after(pages));
        let stop = stage.stop.clone();
        let watch = async {
            while stage.calls("draft/batchget") <= u64::from(pages) {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            stop.cancel();
        };
        let (report, ()) = tokio::join!(stage.poll(), watch);
        stage.platform.world().clear_faults();
        assert_eq!((report.seen, report.missing), (u64::from(pages) * 20, 0));
        assert!(stage.all_live() && report.failures.is_empty());
    }
    stage.stop = CancellationToken::new();
    assert_eq!(stage.poll_well().await.missing, 1);
}

#[tokio::test]
async fn a_poll_that_is_stopped_before_it_begins_calls_nobody() {
    for turn in 0..2 {
        let mut stage = Stage::magazine().await;
        stage.take_turns(turn);
        stage.stop.cancel();
        let report = stage.poll_well().await;
        assert_eq!((report.seen, stage.all_calls()), (0, report.calls));
        let rows = if report.calls == 0 { vec![] } else { vec![row(&report)] };
        assert_eq!(stage.poll_rows(), rows, "a poll that called nobody is none");
    }
}

/// A poll by cron or by hand leaves other systems as many calls as the daemon does; `--all` does not.
#[tokio::test]
async fn a_poll_keeps_to_the_share_unless_it_may_use_all() {
    let (mut stage, ids) = Stage::filled(30).await;
    stage.watch(&ids);
    stage.forget_calls();
    stage.account.quota_share = QuotaShare::new(0.02).unwrap();
    stage.account(|account| account.set_limit("draft/batchget", 0));
    let report = stage.poll().await;
    assert_eq!((report.seen, stage.calls("draft/get")), (10, 10), "2 % of 500");
    insta::assert_snapshot!(report.failures[0].message, @"draft/get: the limit of this endpoint is used up: not called: 10 of 500 calls of the day are used up, as far as polls may use them; draftkeep poll --all uses more (errcode 45009). It is free again at 00:00 Beijing time (UTC+8); other endpoints are not affected");
    stage.allowance = Allowance::All;
    assert_eq!((stage.poll_well().await.seen, stage.calls("draft/get")), (30, 40));
}

/// A poll without the daemon's planner does not know how many calls other systems made.
#[tokio::test]
async fn the_platform_is_asked_before_the_last_tenth_of_a_limit_is_spent() {
    for allowance in [Allowance::Share, Allowance::All] {
        let (mut stage, ids) = Stage::filled(20).await;
        stage.allowance = allowance;
        stage.watch(&ids);
        stage.forget_calls();
        stage.account(|account| account.add_usage("draft/get", 45));
        for _ in 0..22 {
            stage.poll_well().await;
        }
        assert_eq!((stage.calls("openapi/quota/get"), stage.calls("draft/get")), (0, 440));
        stage.poll().await;
        assert_eq!((stage.calls("openapi/quota/get"), stage.calls("draft/get")), (1, 455), "all that is left");
        stage.poll().await;
        assert_eq!(stage.calls("openapi/quota/get"), 1, "not again within the hour");
        assert_eq!(stage.platform.world().request_log.refusals("draft/get", 45009), 0);
    }
}

/// Once, the calls of a poll that was cut off were not counted.
#[tokio::test]
async fn a_poll_that_is_dropped_in_the_middle_has_made_its_calls() {
    let (mut stage, ids) = Stage::filled(20).await;
    stage.watch(&ids);
    let before = stage.counted("draft/get");
    stage.forget_calls();
    stage.add_fault(FaultRule::next(99, "draft/get", Fault::Delay(Duration::from_secs(60))).after(3));
    let poll = stage.poll();
    let watch = async {
        while stage.calls("draft/get") < 7 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::select! {
        _ = poll => panic!("it waits for answers"),
        () = watch => {}
    }
    stage.archive.run(Writer::ping).await.unwrap();
    assert_eq!(stage.counted("draft/get") - before, stage.calls("draft/get"));
}

/// The effect of a full disk on the archive, and the call counts afterwards.
impl Stage {
    fn refuse_writes(&self) {
        self.shell("CREATE TRIGGER full BEFORE INSERT ON call BEGIN SELECT raise(ABORT, 'no space is left'); END");
    }

    fn accept_writes(&self) {
        self.shell("DROP TRIGGER full");
    }

    async fn step(&self, watch: &mut AdaptivePoller) -> Result<(), draftkeep::archive::Error> {
        let Self { account, client, archive, clock, stop, .. } = self;
        watch.step(account, client, archive, clock, clock.now(), stop).await.map(drop)
    }

    /// A step of an account that the planner polls.
    async fn step_as_planned(&self, watch: &mut AdaptivePoller) {
        let Self { account, client, archive, clock, stop, .. } = self;
        let account = config::Account { poll_mode: PollMode::Adaptive, ..account.clone() };
        watch.step(&account, client, archive, clock, clock.now(), stop).await.unwrap();
    }

    fn assert_counted(&self) {
        for endpoint in ["draft/get", "draft/batchget"] {
            assert_eq!(self.counted(endpoint), self.calls(endpoint), "{endpoint}");
        }
        assert_eq!(self.counted("stable_token"), self.calls("stable_token"));
    }
}

#[tokio::test]
async fn calls_that_a_full_disk_kept_out_of_the_ledger_are_written_with_the_next_poll() {
    let (stage, _) = Stage::filled(3).await;
    stage.refuse_writes();
    for _ in 0..2 {
        let Stage { account, client, archive, clock, stop, .. } = &stage;
        poll::poll(account, client, archive, clock, clock.now(), stop, poll::Options::default()).await.unwrap_err();
    }
    stage.accept_writes();
    stage.poll_well().await;
    stage.assert_counted();
}

#[tokio::test]
async fn calls_of_scheduled_polls_that_a_full_disk_kept_out_are_written_once() {
    let (stage, _) = Stage::filled(3).await;
    let mut watch = AdaptivePoller::default();
    stage.refuse_writes();
    for _ in 0..2 {
        stage.advance(300);
        stage.step(&mut watch).await.unwrap_err();
        watch.close(&stage.archive).await.unwrap_err();
    }
    stage.accept_writes();
    stage.advance(300);
    stage.step(&mut watch).await.unwrap();
    watch.close(&stage.archive).await.unwrap();
    stage.assert_counted();
}

#[tokio::test]
async fn calls_of_a_watch_that_ends_while_the_disk_is_full_are_written_when_it_is_closed_again() {
    let (stage, _) = Stage::filled(3).await;
    let mut watch = AdaptivePoller::default();
    stage.refuse_writes();
    stage.advance(300);
    stage.step(&mut watch).await.unwrap_err();
    watch.close(&stage.archive).await.unwrap_err();
    stage.accept_writes();
    watch.close(&stage.archive).await.unwrap();
    stage.assert_counted();
}

/// Once, a refusal of this endpoint was not remembered, and it was called again and again.
#[tokio::test]
async fn the_question_for_the_limits_is_not_asked_again_on_the_day_on_which_it_was_refused() {
    let (stage, _) = Stage::filled(1).await;
    let mut watch = AdaptivePoller::default();
    stage.add_fault(FaultRule::next(1, "openapi/quota/get", Fault::Code(45009)));
    for _ in 0..8 {
        stage.advance(3600);
        stage.step_as_planned(&mut watch).await;
    }
    assert_eq!(stage.calls("openapi/quota/get"), 1);
}

/// Once, what the platform told after a clock had been set back was not kept until it was as late again.
#[tokio::test]
async fn a_refusal_counts_after_the_clock_was_set_back() {
    let (stage, _) = Stage::filled(3).await;
    let mut watch = AdaptivePoller::default();
    stage.advance(7200);
    stage.step_as_planned(&mut watch).await;
    watch.close(&stage.archive).await.unwrap();
    stage.clock.set(stage.clock.now() - TimeDelta::hours(2));
    stage.add_fault(FaultRule::next(99, "draft/batchget", Fault::Code(45009)));
    let refusals = || stage.platform.world().request_log.refusals("draft/batchget", 45009);
    while refusals() == 0 {
        stage.clock.advance(Duration::from_secs(60));
        stage.step_as_planned(&mut watch).await;
    }
    for _ in 0..59 {
        stage.clock.advance(Duration::from_secs(60));
        stage.step_as_planned(&mut watch).await;
    }
    assert_eq!(refusals(), 1, "for an hour, it is believed");
}

/// Once, the daemon put what it had been told before in its place.
#[tokio::test]
async fn a_refusal_that_another_process_met_counts_for_the_daemon() {
    let (stage, _) = Stage::filled(3).await;
    let mut watch = AdaptivePoller::default();
    for seconds in [1300, 1300, 3600] {
        stage.advance(seconds);
        stage.step_as_planned(&mut watch).await;
    }
    stage.add_fault(FaultRule::next(99, "draft/batchget", Fault::Code(45009)));
    let refusals = || stage.platform.world().request_log.refusals("draft/batchget", 45009);
    stage.advance(60);
    stage.poll().await;
    assert_eq!(refusals(), 1);
    for _ in 0..58 {
        stage.advance(60);
        stage.step_as_planned(&mut watch).await;
    }
    assert_eq!(refusals(), 1);
}
