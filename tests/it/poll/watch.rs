//! An account without a schedule, polled by the planner, for days of virtual time.

use draftkeep::poll::{AdaptivePoller, DraftsProof};
use draftkeep::simulator::{Fault, FaultRule, Order};

use super::*;
use crate::scripted::{Reply, Scripted};

/// Calls a day on this platform.
pub(super) const LIMITS: [(&str, u64); 3] = [("draft/get", 100), ("draft/batchget", 200), ("draft/count", 200)];

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

    pub(super) async fn step_when_due(&mut self) {
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

    pub(super) async fn run_until_midnight(&mut self) {
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

/// Once, a new draft that could not be read when the list showed it was forgotten until the list was read again.
#[tokio::test]
async fn a_new_draft_that_could_not_be_read_is_read_without_the_list() {
    for is_deleted in [false, true] {
        let (mut watching, _) = Watching::filled(3).await;
        watching.run(600).await;
        watching.stage.add_fault(FaultRule::next(99, "draft/get", Fault::Code(-1)));
        let new = watching.stage.account(|account| account.create(vec![Article::news("早市", "<p>灯</p>")]));
        while watching.errors().is_empty() {
            watching.step_when_due().await;
        }
        let known = |watching: &Watching| watching.stage.shell("SELECT group_concat(state) FROM draft");
        assert_eq!(known(&watching), "live,live,live");
        watching.stage.account(|account| account.add_usage("draft/batchget", 500));
        if is_deleted {
            watching.stage.account(|account| account.delete(&new).unwrap());
        }
        watching.stage.platform.world().clear_faults();
        watching.stage.forget_calls();
        watching.run(45 * 60).await;
        assert_eq!(known(&watching), if is_deleted { "live,live,live" } else { "live,live,live,live" });
        let world = watching.stage.platform.world();
        let asked = world.request_log.requests("draft/get").into_iter();
        let asked = asked.filter(|request| String::from_utf8_lossy(&request.body).contains(&new)).count();
        assert!(asked == 1 || !is_deleted, "it is asked for once, and {asked} times it was");
    }
}
