//! What a dead man's switch is told: after proof alone, and of each reason why there is none.

use draftkeep::archive::{AccountState, PollLog, Writer};
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::delivery::{PingResult, PingSender, Proof};
use draftkeep::model::{ActiveCondition, Condition, ConditionDetails, Strategy, Timestamp};
use draftkeep::notify::Client;

use crate::harness::{NOW, World, appid, database, document, presence};
use crate::scripted::{Reply, Scripted};

const AUTUMN: &str = "Qm7xK2vTnS0b";

/// An account with a draft of two versions, and a ping, whose server accepts everything.
struct Watched {
    world: World,
    server: Scripted,
    sender: PingSender,
}

impl Watched {
    async fn new() -> Self {
        let (world, server) = (World::new(), Scripted::start().await);
        server.on("/ping/0f1e2d3c", [Reply::ok("OK")]).on("/ping/0f1e2d3c/fail", [Reply::ok("OK")]);
        world.configure(&[("mag", "http://127.0.0.1:9", "'all'")]);
        std::fs::write(world.path("ping.url"), format!("{}/ping/0f1e2d3c\n", server.base)).unwrap();
        let ping = "[[notify]]\nname = 'watch'\nto = { ping = { file = 'ping.url' } }\n[[account]]";
        world.replace("config.toml", "[[account]]", ping);
        for (observed_at, text) in [("2026-08-30T01:00:00Z", "<p>一</p>"), ("2026-09-01T01:00:00Z", "<p>二</p>")] {
            world.keep("mag", AUTUMN, observed_at, &document(&[("秋季新品", text)]));
        }
        let config = Config::load(&world.path("config.toml")).unwrap().config;
        let clock = Clock::fixed(at(NOW));
        let (ping, started_at) = (config.pings[0].clone(), at("2026-08-20T00:00:00Z"));
        let sender = PingSender::new(ping, &config, clock, Client::default(), started_at);
        Self { world, server, sender }
    }

    /// Records a poll that read the draft and ended then.
    fn poll(&self, finished_at: &str) {
        let finished_at = at(finished_at);
        let mut poll = PollLog::begin(Strategy::Adaptive, finished_at - chrono::TimeDelta::seconds(2));
        poll.finished_at = finished_at;
        poll.seen.push(presence(AUTUMN, finished_at));
        let mut writer = Writer::open(&self.world.path("archive.db")).unwrap();
        let account = writer.get_or_create_account(&"mag".parse().unwrap(), &appid("mag"), finished_at).unwrap();
        writer.save_poll(account, &poll, &[], &AccountState::default()).unwrap();
    }

    async fn look(&self) -> Proof {
        self.sender.look(Vec::new()).await
    }

    /// Verifies a version, looks, and sends what was found.
    async fn send(&mut self) -> Proof {
        let proof = self.sender.prove(Vec::new()).await;
        assert_eq!(self.sender.send(&proof).await, PingResult::Arrived);
        proof
    }

    fn sql(&self, sql: &str) {
        database(self.world.path("archive.db")).execute_batch(sql).unwrap();
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn fails(reason: &str) -> Proof {
    Proof::Fails(vec![reason.to_owned()])
}

#[tokio::test]
async fn nothing_is_told_before_every_account_was_read_and_a_success_names_each() {
    let mut watched = Watched::new().await;
    assert_eq!(watched.look().await, Proof::NotYet);
    watched.poll("2026-09-01T01:58:00Z");
    let line = "mag: read as promised, last at 2026-09-01T01:58:00.000Z";
    assert_eq!(watched.send().await, Proof::Holds(vec![line.to_owned()]));
    assert_eq!(watched.server.requests("/ping/0f1e2d3c")[0].body, line.as_bytes());
}

#[tokio::test]
async fn an_account_that_is_late_is_a_reason_but_not_right_after_the_start() {
    let mut watched = Watched::new().await;
    watched.poll("2026-09-01T00:10:00Z");
    assert_eq!(watched.send().await, fails("mag: drafts were not read as promised"));
    assert_eq!(watched.server.requests("/ping/0f1e2d3c/fail").len(), 1);
    let config = Config::load(&watched.world.path("config.toml")).unwrap().config;
    let started_at = at("2026-09-01T01:50:00Z");
    let clock = Clock::fixed(at(NOW));
    watched.sender = PingSender::new(config.pings[0].clone(), &config, clock, Client::default(), started_at);
    assert_eq!(watched.look().await, Proof::NotYet);
}

#[tokio::test]
async fn a_target_that_is_parked_or_stuck_is_a_reason() {
    let watched = Watched::new().await;
    watched.poll("2026-09-01T01:58:00Z");
    watched.sql(
        "INSERT INTO outbox_target (name, cursor, settings, parked_at, answer)
         VALUES ('editors', 0, '', '2026-09-01T01:00:00.000Z', 'The robot was removed.')",
    );
    let reason =
        "nothing is sent to editors since 2026-09-01T01:00:00.000Z, for it refused for good: The robot was removed";
    assert_eq!(watched.look().await, fails(reason));
    watched.sql(
        "UPDATE outbox_target SET parked_at = NULL, answer = NULL;
         INSERT INTO event (id, kind, severity, at) VALUES (100, 'archive.disk', 'warning', '2026-09-01T01:40:00.000Z');
         INSERT INTO outbox_item (target, matter, first_event, worst_event, last_event, severity, opened_at, due_at)
         VALUES ('editors', 'x', 100, 100, 100, 'alarm', '2026-09-01T01:40:00.000Z', '2026-09-01T01:44:00.000Z')",
    );
    assert_eq!(watched.look().await, fails("what was to be sent to editors at 2026-09-01T01:44:00.000Z still waits"));
    watched.sql("UPDATE outbox_item SET due_at = '2026-09-01T01:46:00.000Z'");
    assert!(matches!(watched.look().await, Proof::Holds(_)), "it is late, and not yet stuck");
}

#[tokio::test]
async fn a_damaged_version_is_a_reason_until_it_is_right() {
    let mut watched = Watched::new().await;
    watched.poll("2026-09-01T01:58:00Z");
    watched.sql("DROP TRIGGER version_never_changes; UPDATE version SET title = 'x' || title");
    let proof = watched.send().await;
    let Proof::Fails(reasons) = &proof else { panic!("{proof:?}") };
    assert!(reasons[0].ends_with("of draft 1: its document has another title than its row"), "{reasons:?}");
    assert_eq!(watched.look().await, proof, "it stays a reason, whichever version is chosen next");
    watched.sql("UPDATE version SET title = substr(title, 2)");
    assert!(matches!(watched.send().await, Proof::Holds(_)));
}

#[tokio::test]
async fn what_the_daemon_knows_of_the_archive_is_a_reason_and_a_line_stays_one() {
    let watched = Watched::new().await;
    watched.poll("2026-09-01T01:58:00Z");
    let trouble = |condition| ActiveCondition {
        condition,
        since: at(NOW),
        details: ConditionDetails { reason: Some("the disk\nis full".to_owned()), ..ConditionDetails::default() },
    };
    let proof = watched.sender.look(vec![trouble(Condition::ArchiveTrouble)]).await;
    assert_eq!(watched.sender.send(&proof).await, PingResult::Arrived);
    let body = String::from_utf8(watched.server.requests("/ping/0f1e2d3c/fail").remove(0).body).unwrap();
    assert!(
        body.starts_with("draftkeep: something could not be archived: the disk") && body.lines().count() == 1,
        "{body}"
    );
    assert!(matches!(watched.sender.look(vec![trouble(Condition::DiskNearlyFull)]).await, Proof::Holds(_)));
}
