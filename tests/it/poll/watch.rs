//! An account without a schedule, polled by the planner, for days of virtual time and with all kinds of refusals.

use draftkeep::archive::DaemonReport;
use draftkeep::health::AccountStatus;
use draftkeep::poll::{AdaptivePoller, DraftsProof};
use draftkeep::simulator::{Fault, FaultRule, Order};

use super::*;
use crate::scripted::{Reply, Scripted};

/// Calls a day on this platform.
const LIMITS: [(&str, u64); 3] = [("draft/get", 100), ("draft/batchget", 200), ("draft/count", 200)];

fn new_picture(stage: &Stage) -> String {
    stage.platform.world().account(stage.platform.appid()).new_picture()
}

/// A stage, and what the daemon's worker remembers from step to step.
pub(super) struct Watching {
    pub(super) stage: Stage,
    pub(super) watch: AdaptivePoller,
    pub(super) next: Timestamp,
    pub(super) reports: Vec<Report>,
    /// What the last step compared because it was requested.
    pub(super) proof: Option<DraftsProof>,
    /// How far our clock is behind the platform's.
    behind: i64,
}

impl Watching {
    pub(super) fn of(mut stage: Stage) -> Self {
        stage.account.poll_mode = PollMode::Adaptive;
        // A fifth of what a new account has: days pass faster.
        stage.account(|account| LIMITS.iter().for_each(|(endpoint, calls)| account.set_limit(endpoint, *calls)));
        let next = stage.clock.now();
        Self { stage, watch: AdaptivePoller::default(), next, reports: Vec::new(), proof: None, behind: 0 }
    }

    /// A box of so many drafts that was read for the first time.
    pub(super) async fn filled(count: usize) -> (Self, Vec<String>) {
        let stage = Stage::empty().await;
        // Made one after the other, as people do.
        let ids = (0..count)
            .map(|n| {
                stage.advance(10);
                let cover = new_picture(&stage);
                let article = Article::news(&format!("第{n}天"), "<p>正文</p>").with("thumb_url", cover);
                stage.account(|account| account.create(vec![article]))
            })
            .collect();
        let mut watching = Self::of(stage);
        watching.step().await;
        (watching, ids)
    }

    pub(super) async fn step(&mut self) {
        let Stage { account, client, archive, clock, stop, platform, .. } = &self.stage;
        platform.world().set_now(clock.now().timestamp() + self.behind);
        let stepped = self.watch.step(account, client, archive, clock, clock.now(), stop).await.unwrap();
        self.next = stepped.next.expect("no schedule says when");
        self.proof = stepped.proof;
        self.reports.extend(stepped.report);
    }

    async fn step_when_due(&mut self) {
        let wait = (self.next - self.stage.clock.now()).to_std().unwrap_or_default();
        self.stage.clock.advance(wait + Duration::from_secs(1));
        self.step().await;
    }

    /// Makes each step when it is due, for so many seconds.
    pub(super) async fn run(&mut self, seconds: u64) {
        let end = self.stage.clock.now() + Duration::from_secs(seconds);
        while self.next < end {
            self.step_when_due().await;
        }
        let rest = (end - self.stage.clock.now()).to_std().unwrap_or_default();
        self.stage.clock.advance(rest);
        self.stage.platform.world().set_now(self.stage.clock.now().timestamp() + self.behind);
    }

    async fn run_until_midnight(&mut self) {
        let midnight = draftkeep::model::quota_day_began(self.stage.clock.now()) + chrono::TimeDelta::days(1);
        self.run((midnight - self.stage.clock.now()).num_seconds().unsigned_abs()).await;
    }

    /// Calls, ours and other systems', that were refused because the quota was used up.
    pub(super) fn refused(&self) -> u64 {
        let world = self.stage.platform.world();
        ["draft/get", "draft/batchget", "draft/count"].iter().map(|each| world.request_log.refusals(each, 45009)).sum()
    }

    pub(super) fn errors(&self) -> Vec<Option<i64>> {
        self.reports.iter().flat_map(|report| &report.failures).map(|failure| failure.code).collect()
    }

    pub(super) fn edit(&self, media_id: &str) {
        let author = self.stage.clock.now().to_string();
        self.stage.account(|account| account.edit(media_id, 0, |article| article.set("author", &*author)).unwrap());
    }
}

#[tokio::test]
async fn the_first_contact_reads_all_and_a_later_look_reads_what_changed() {
    let (mut watching, ids) = Watching::filled(45).await;
    assert_eq!((watching.reports[0].seen, watching.reports[0].new_versions), (45, 45));
    assert_eq!(watching.stage.calls("openapi/quota/get"), 3);
    watching.run(600).await;
    watching.stage.forget_calls();
    watching.edit(&ids[2]);
    watching.run(900).await;
    assert_eq!(watching.stage.documents(&ids[2]).len(), 2);
    assert_eq!(watching.stage.versions(), 46);
    let gets = watching.stage.calls("draft/get");
    assert!(watching.errors().is_empty() && gets >= 1, "{gets} gets, {:?}", watching.errors());
    let last = watching.reports.last().unwrap();
    assert_eq!((last.strategy.as_str(), last.in_box), ("watch", 45));
}

#[tokio::test]
async fn a_quiet_watch_leaves_a_row_every_twenty_minutes_and_every_call_is_in_the_ledger() {
    let (mut watching, _) = Watching::filled(30).await;
    watching.run(3 * 3600).await;
    watching.watch.close(&watching.stage.archive).await.unwrap();
    let rows: u64 = watching.stage.shell("SELECT count(*) FROM poll_view").parse().unwrap();
    assert!((8..=12).contains(&rows), "{rows} rows in three hours");
    for endpoint in ["draft/get", "draft/batchget", "draft/count", "openapi/quota/get"] {
        let sql = format!("SELECT coalesce(sum(calls), 0) FROM quota_view WHERE interface = '{endpoint}'");
        assert_eq!(watching.stage.shell(&sql), watching.stage.calls(endpoint).to_string(), "{endpoint}");
    }
    assert_eq!(
        watching.stage.shell("SELECT count(*) FROM quota_view WHERE daily_limit IS NULL AND interface LIKE 'draft/%'"),
        "0"
    );
}

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

/// A draft that is read within the second of its save is read once more. Once, it was then not read for ten minutes, as if that had failed.
#[tokio::test]
async fn a_draft_that_is_read_as_soon_as_it_is_saved_is_not_left_alone() {
    let (mut watching, ids) = Watching::filled(3).await;
    watching.stage.account(|account| LIMITS.iter().for_each(|(endpoint, _)| account.set_limit(endpoint, 1_000_000)));
    // The new limits are known after an hour.
    watching.run(4500).await;
    for _ in 0..2 {
        let wait = (watching.next - watching.stage.clock.now()).to_std().unwrap_or_default();
        watching.stage.clock.advance(wait + Duration::from_secs(1));
        watching.stage.platform.world().set_now(watching.stage.clock.now().timestamp());
        watching.edit(&ids[0]);
        watching.step().await;
        watching.run(30).await;
    }
    assert_eq!(watching.stage.documents(&ids[0]).len(), 3);
}

/// Once, a draft that was saved ahead of our clock was read at every step until the day's calls were used up.
#[tokio::test]
async fn a_clock_that_is_behind_reads_a_saved_draft_once() {
    let (mut watching, ids) = Watching::filled(3).await;
    watching.stage.account(|account| LIMITS.iter().for_each(|(endpoint, _)| account.set_limit(endpoint, 1_000_000)));
    watching.behind = 600;
    // The new limits are known after an hour.
    watching.run(4500).await;
    watching.stage.forget_calls();
    watching.edit(&ids[0]);
    watching.run(300).await;
    assert_eq!(watching.stage.documents(&ids[0]).len(), 2);
    let gets = watching.stage.calls("draft/get");
    assert!(watching.stage.all_calls() > 20, "a look every few seconds: {}", watching.stage.all_calls());
    assert!(gets <= 3, "{gets} gets for one edit");
}

/// Once, an unreadable draft was read at every step until the day's calls were used up.
#[tokio::test]
async fn a_draft_that_cannot_be_read_is_left_alone_for_longer_each_time() {
    let (mut watching, ids) = Watching::filled(8).await;
    watching.stage.watch_each();
    watching.stage.account(|account| {
        account.set_limit("draft/get", 5_000);
        account.set_limit("draft/batchget", 0);
    });
    watching.run(2 * 3600).await;
    watching.stage.forget_calls();
    watching.stage.add_fault(FaultRule::next(10_000, "draft/get", Fault::Code(40035)).draft(&ids[3]));
    watching.run(3 * 3600).await;
    let gets = watching.stage.calls("draft/get");
    let failures = watching.errors().len();
    assert!((2..=6).contains(&failures), "{failures} tries in vain in three hours, of {gets} gets");
    assert!(gets > 100, "the others are looked at: {gets} gets");
}

#[tokio::test]
async fn a_new_draft_is_found_and_one_that_goes_is_explained() {
    let (mut watching, ids) = Watching::filled(30).await;
    watching.run(600).await;
    let new = watching.stage.create(1).remove(0);
    watching.run(900).await;
    assert_eq!(watching.stage.state(&new), DraftState::Live);
    watching.stage.account(|account| account.publish(&ids[29], false).unwrap());
    watching.stage.account(|account| account.publish(&ids[4], true).unwrap());
    watching.run(3600).await;
    assert_eq!([29, 4].map(|place| watching.stage.state(&ids[place])), [DraftState::Published, DraftState::Gone]);
    assert_eq!(watching.stage.states().values().filter(|state| **state == DraftState::Live).count(), 29);
    assert!(watching.errors().is_empty(), "{:?}", watching.reports);
}

#[tokio::test]
async fn a_list_by_the_time_of_the_last_save_is_found_out_and_its_first_page_is_enough() {
    let stage = Stage::empty().await;
    stage.platform.world().behavior.order = Order::Updated;
    let ids: Vec<String> = (0..60)
        .map(|_| {
            stage.advance(10);
            stage.create(1).remove(0)
        })
        .collect();
    stage.advance(10);
    stage.edit(&ids[5]);
    let mut watching = Watching::of(stage);
    watching.step().await;
    assert_eq!(watching.stage.shell("SELECT list_order FROM habit"), "updated");
    for place in [0, 17, 40] {
        watching.run(900).await;
        watching.edit(&ids[place]);
    }
    watching.run(900).await;
    assert_eq!(watching.stage.versions(), 63);
    let world = watching.stage.platform.world();
    let asked = world.request_log.requests("draft/batchget").into_iter();
    let beyond = asked.filter(|page| !String::from_utf8_lossy(&page.body).contains("\"offset\":0")).count();
    assert!(beyond <= 6, "{beyond} pages beyond the first");
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

#[tokio::test]
async fn a_clock_that_is_set_back_stops_nothing() {
    let (mut watching, ids) = Watching::filled(10).await;
    watching.run(7200).await;
    let back: Timestamp = watching.stage.clock.now() - chrono::TimeDelta::hours(30);
    watching.stage.clock = Clock::fixed(back);
    watching.behind = 30 * 3600;
    watching.stage.client = Client::new(&watching.stage.account, watching.stage.clock.clone()).unwrap();
    watching.step().await;
    assert!(watching.next - back < chrono::TimeDelta::hours(2), "next at {}", watching.next);
    watching.edit(&ids[1]);
    watching.run(2 * 3600).await;
    assert!(watching.errors().is_empty(), "{:?}", watching.reports.last());
    assert_eq!(watching.stage.documents(&ids[1]).len(), 2);
    assert!(watching.stage.all_live());
}

/// Once, each draft counted as not seen for a day until the clock had caught up, and was read at every step.
#[tokio::test]
async fn a_clock_that_is_set_back_by_minutes_costs_hardly_a_call() {
    let (mut watching, _) = Watching::filled(10).await;
    watching.run(7200).await;
    watching.stage.clock = Clock::fixed(watching.stage.clock.now() - chrono::TimeDelta::minutes(4));
    watching.behind = 240;
    watching.next = watching.stage.clock.now();
    watching.stage.client = Client::new(&watching.stage.account, watching.stage.clock.clone()).unwrap();
    watching.stage.forget_calls();
    watching.run(240).await;
    let calls = LIMITS.map(|(endpoint, _)| watching.stage.calls(endpoint));
    assert!(calls[0] <= 3 && calls.iter().sum::<u64>() <= 8, "{calls:?}");
}

#[tokio::test]
async fn a_box_that_grows_in_an_hour_is_read_within_its_limits() {
    let (mut watching, _) = Watching::filled(10).await;
    watching.run(600).await;
    for _ in 0..12 {
        watching.stage.create(82);
        watching.run(300).await;
    }
    watching.run(3600).await;
    assert_eq!((watching.stage.versions(), watching.refused()), (10 + 12 * 82, 0));
}

#[tokio::test]
async fn a_restart_neither_repeats_nor_forgets() {
    let (mut watching, ids) = Watching::filled(30).await;
    watching.run(3600).await;
    watching.stage.forget_calls();
    for _ in 0..20 {
        watching.watch = AdaptivePoller::default();
        watching.step().await;
    }
    let (lists, asked) = (watching.stage.calls("draft/batchget"), watching.stage.calls("openapi/quota/get"));
    assert!(lists <= 2 && asked <= 3, "{lists} pages and {asked} questions of twenty restarts");
    assert_eq!(watching.stage.versions(), 30);
    watching.edit(&ids[3]);
    watching.run(2 * 3600).await;
    assert_eq!(watching.stage.documents(&ids[3]).len(), 2);
}

#[tokio::test]
async fn a_configured_list_is_watched_and_nothing_else() {
    let (stage, ids) = Stage::filled(50).await;
    let mut watching = Watching::of(stage);
    watching.stage.watch(&ids[20..23]);
    watching.run(600).await;
    for place in [21, 40] {
        watching.edit(&ids[place]);
    }
    watching.run(4 * 3600).await;
    assert_eq!([21, 40].map(|place| watching.stage.documents(&ids[place]).len()), [2, 1]);
    watching.run(86_400).await;
    assert_eq!((watching.refused(), watching.errors().len()), (0, 0));
}

#[tokio::test]
async fn a_draft_of_the_list_that_is_not_there_is_asked_for_rarely() {
    let stage = Stage::empty().await;
    let ids = stage.create(2);
    let mut watching = Watching::of(stage);
    watching.stage.watch(&[ids[0].clone(), "Qm7xNobody".to_owned()]);
    watching.run(2 * 3600).await;
    assert_eq!(watching.stage.versions(), 1);
    let errors = watching.errors();
    assert!((2..=13).contains(&errors.len()) && errors.iter().all(|code| *code == Some(40007)), "{errors:?}");
}

#[tokio::test]
async fn a_field_that_changes_by_itself_makes_no_versions() {
    let server = Scripted::start().await;
    let document = |noise: u32, title: &str| {
        format!(
            r#"{{"news_item":[{{"title":"{title}","content":"<p></p>","ad_seed":{noise}}}],"update_time":1788220000}}"#
        )
    };
    let (token, first) = (Reply::token("T1"), Reply::ok(document(1, "一")));
    server.on("stable_token", [token]).on(
        "draft/get",
        [
            first,
            Reply::ok(document(2, "一")),
            Reply::ok(document(3, "一")),
            Reply::ok(document(4, "一")),
            Reply::ok(document(5, "二")),
        ],
    );
    let mut stage = Stage::empty().await;
    stage.account.api_base.clone_from(&server.base);
    stage.client = Client::new(&stage.account, stage.clock.clone()).unwrap();
    stage.watch(&["Qm7xDraft".to_owned()]);
    for versions in [1, 1, 1, 2] {
        assert_eq!(stage.poll().await.failures, []);
        assert_eq!(stage.versions(), versions);
        stage.advance(60);
    }
    assert_eq!(stage.shell("SELECT field FROM volatile"), "ad_seed");
}

#[tokio::test]
async fn a_draft_without_articles_is_left_alone_for_longer_and_longer() {
    let (mut watching, _) = Watching::filled(3).await;
    let empty = watching.stage.account(|account| account.create(Vec::new()));
    watching.run(6 * 3600).await;
    assert!(watching.reports.iter().all(|report| report.failures.is_empty()), "it fails nothing");
    assert!(watching.reports.iter().any(|report| !report.notes.is_empty()));
    let spent = watching.stage.calls("draft/get");
    assert!(spent < 60, "{spent} calls, most of them for the others");
    watching
        .stage
        .account(|account| account.rearrange(&empty, |all| all.push(Article::news("满", "<p>满</p>"))).unwrap());
    // What was saved since is tried at once.
    watching.run(3600).await;
    assert_eq!(watching.stage.documents(&empty).len(), 1);
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
