//! Messages to the simulator's receivers, which are written from the vendors' documents and share no code with the client.

use std::time::Duration;

use draftkeep::model::{Language, Timestamp};
use draftkeep::notify::{Answer, Client, Meaning, Message, PingOutcome, Target, ping};
use draftkeep::secret::Secret;
use draftkeep::simulator::{Fault, FaultRule, RobotKind, RobotRules, Settings, Simulator, SimulatorHandle};

use super::message;

const NOW: i64 = 1_790_000_000;

struct Stage {
    platform: SimulatorHandle,
    client: Client,
}

impl Stage {
    async fn new() -> Self {
        let platform = Simulator::start(Settings::default()).await.unwrap();
        platform.world().set_now(NOW);
        Self { platform, client: Client::default().timeout(Duration::from_secs(2)) }
    }

    fn url(&self, robot: RobotKind) -> Secret {
        Secret::new(format!("{}{}", self.platform.base_url(), robot.path()))
    }

    fn target(&self, robot: RobotKind) -> Target {
        let (url, secret) = (self.url(robot), robot.secret().map(Secret::new));
        match robot {
            RobotKind::Wecom => Target::Wecom { url },
            RobotKind::Feishu => Target::Feishu { url, secret },
            RobotKind::Dingtalk => Target::Dingtalk { url, secret },
            RobotKind::Webhook => Target::Webhook { url, secret },
            RobotKind::Apprise => Target::Apprise { url },
            RobotKind::Ping => panic!("a ping is no target"),
        }
    }

    async fn send(&self, robot: RobotKind, message: &Message) -> Answer {
        let answer = self.target(robot).send(&self.client, message, self.now()).await;
        let key = robot.path().rsplit(['=', '/']).next().unwrap();
        assert!(!format!("{answer:?}").contains(key), "{answer:?}");
        answer
    }

    fn now(&self) -> Timestamp {
        chrono::DateTime::from_timestamp(self.platform.world().now(), 0).unwrap()
    }

    fn fail(&self, robot: RobotKind, fault: Fault) {
        let name = format!("robot/{}", robot.as_str());
        self.platform.world().add_fault(FaultRule::next(1, &name, fault));
    }
}

const TARGETS: [RobotKind; 5] =
    [RobotKind::Wecom, RobotKind::Feishu, RobotKind::Dingtalk, RobotKind::Webhook, RobotKind::Apprise];

fn meaning(answer: &Answer) -> Meaning {
    answer.reason().unwrap_or_else(|| panic!("{answer:?}")).meaning
}

#[tokio::test]
async fn every_receiver_takes_a_message_and_shows_its_title() {
    let stage = Stage::new().await;
    for robot in TARGETS {
        assert_eq!(stage.send(robot, &message()).await, Answer::Delivered, "{robot:?}");
        let world = stage.platform.world();
        let last = world.robots.received().last().unwrap();
        assert!(last.robot == robot && last.text.contains("《秋季新品》的正文被清空"), "{last:?}");
    }
}

#[tokio::test]
async fn nobody_is_rung_by_a_title() {
    let stage = Stage::new().await;
    let title = "<@all> <at user_id=\"all\">所有人</at> @13800000000 ](javascript:alert(1))".to_owned();
    for robot in TARGETS {
        let message = Message { lines: vec![title.clone()], title: title.clone(), people: Vec::new(), ..message() };
        assert_eq!(stage.send(robot, &message).await, Answer::Delivered, "{robot:?}");
        let message = Message { people: vec!["zhangsan".to_owned()], ..message };
        assert_eq!(stage.send(robot, &message).await, Answer::Delivered, "{robot:?}");
    }
    let world = stage.platform.world();
    for received in world.robots.received() {
        assert!(received.mentioned.iter().all(|who| who == "zhangsan"), "{received:?}");
    }
    let rung = world.robots.received().iter().filter(|received| !received.mentioned.is_empty()).count();
    assert_eq!(rung, 3, "one for each chat");
}

#[tokio::test]
async fn a_huge_message_is_taken_by_all() {
    let stage = Stage::new().await;
    let lines = (0..300).map(|_| "稿".repeat(1000)).collect();
    let message = Message { title: "👨\u{200d}👩\u{200d}👧".repeat(600), lines, ..message() };
    for robot in TARGETS {
        assert_eq!(stage.send(robot, &message).await, Answer::Delivered, "{robot:?}");
    }
}

#[tokio::test]
async fn each_setting_of_a_robot_has_its_reason() {
    use Meaning::{AddressWrong, IpNotAllowed, KeywordMissing, NothingConfigured, RobotUnknown};
    let removed = RobotRules { is_removed: true, ..RobotRules::default() };
    let elsewhere = RobotRules { allowed_ips: Some(vec!["203.0.113.9".to_owned()]), ..RobotRules::default() };
    let keyword = RobotRules { keyword: Some("监控".to_owned()), ..RobotRules::default() };
    for (robot, rules, expected) in [
        (RobotKind::Wecom, &removed, RobotUnknown),
        (RobotKind::Feishu, &removed, RobotUnknown),
        (RobotKind::Dingtalk, &removed, RobotUnknown),
        (RobotKind::Webhook, &removed, AddressWrong),
        (RobotKind::Apprise, &removed, NothingConfigured),
        (RobotKind::Wecom, &elsewhere, IpNotAllowed),
        (RobotKind::Feishu, &elsewhere, IpNotAllowed),
        (RobotKind::Dingtalk, &elsewhere, IpNotAllowed),
        (RobotKind::Feishu, &keyword, KeywordMissing),
        (RobotKind::Dingtalk, &keyword, KeywordMissing),
    ] {
        let stage = Stage::new().await;
        stage.platform.world().robots.rules(robot).clone_from(rules);
        let answer = stage.send(robot, &message()).await;
        assert!(matches!(answer, Answer::Parked { .. }) && meaning(&answer) == expected, "{robot:?}: {answer:?}");
        assert!(stage.platform.world().robots.received().is_empty());
    }
}

#[tokio::test]
async fn a_wrong_secret_or_clock_is_told() {
    let stage = Stage::new().await;
    let wrong = Some(Secret::new("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
    for (target, expected) in [
        (Target::Feishu { url: stage.url(RobotKind::Feishu), secret: wrong.clone() }, Meaning::SignatureWrong),
        (Target::Dingtalk { url: stage.url(RobotKind::Dingtalk), secret: wrong.clone() }, Meaning::SignatureWrong),
        (Target::Webhook { url: stage.url(RobotKind::Webhook), secret: wrong }, Meaning::NotAuthorized),
    ] {
        let answer = target.send(&stage.client, &message(), stage.now()).await;
        assert!(matches!(answer, Answer::Parked { .. }) && meaning(&answer) == expected, "{target:?}: {answer:?}");
        assert!(!format!("{answer:?}").contains("AAAAAAAA"));
    }
    let late = stage.now() - chrono::TimeDelta::hours(2);
    for robot in [RobotKind::Feishu, RobotKind::Dingtalk] {
        let answer = stage.target(robot).send(&stage.client, &message(), late).await;
        assert_eq!(meaning(&answer), Meaning::SignatureWrong);
        assert!(answer.reason().unwrap().text(Language::English).contains("clock"));
    }
}

#[tokio::test]
async fn too_many_messages_are_told_with_the_wait() {
    let stage = Stage::new().await;
    for (robot, limit, seconds) in
        [(RobotKind::Wecom, 20, 75), (RobotKind::Feishu, 5, 40), (RobotKind::Dingtalk, 20, 630)]
    {
        for _ in 0..limit {
            assert_eq!(stage.send(robot, &message()).await, Answer::Delivered);
        }
        let answer = stage.send(robot, &message()).await;
        assert!(matches!(&answer, Answer::Later { wait, .. } if wait.as_secs() == seconds), "{robot:?}: {answer:?}");
        assert_eq!(meaning(&answer), Meaning::TooOften);
        stage.platform.world().advance(seconds.cast_signed());
        assert_eq!(stage.send(robot, &message()).await, Answer::Delivered, "{robot:?} after the wait");
    }
}

#[tokio::test]
async fn faults_are_no_success_for_any_target() {
    let all: Vec<_> = TARGETS.into_iter().map(|robot| tokio::spawn(faults_of(robot))).collect();
    for robot in all {
        robot.await.unwrap();
    }
}

async fn faults_of(robot: RobotKind) {
    {
        let stage = Stage::new().await;
        for fault in [Fault::Http(500), Fault::HtmlPage(502), Fault::Redirect("http://127.0.0.1:1/".to_owned())] {
            stage.fail(robot, fault.clone());
            let answer = stage.send(robot, &message()).await;
            assert!(matches!(answer, Answer::Later { .. }), "{robot:?} {fault:?}: {answer:?}");
        }
        stage.fail(robot, Fault::Http(410));
        assert!(matches!(stage.send(robot, &message()).await, Answer::Parked { .. }), "{robot:?}");
        assert!(stage.platform.world().robots.received().is_empty());
        for fault in [Fault::TimeoutAfterEffect, Fault::ResetAfterEffect] {
            stage.fail(robot, fault.clone());
            let answer = stage.send(robot, &message()).await;
            assert!(matches!(answer, Answer::Uncertain { .. }), "{robot:?} {fault:?}: {answer:?}");
        }
        assert_eq!(stage.platform.world().robots.received().len(), 2, "they have arrived");
    }
}

#[tokio::test]
async fn a_page_with_status_200_is_none_of_the_robots() {
    let stage = Stage::new().await;
    for robot in [RobotKind::Wecom, RobotKind::Feishu, RobotKind::Dingtalk] {
        stage.fail(robot, Fault::HtmlPage(200));
        assert_eq!(meaning(&stage.send(robot, &message()).await), Meaning::NotUnderstood);
    }
}

#[tokio::test]
async fn pings_are_counted_and_failures_told_apart() {
    let stage = Stage::new().await;
    let url = stage.url(RobotKind::Ping);
    for outcome in [PingOutcome::Success("mag: 2 minutes"), PingOutcome::Failure("mag is late")] {
        assert_eq!(ping(&stage.client, &url, outcome, stage.now()).await, Answer::Delivered);
    }
    let texts: Vec<String> = stage.platform.world().robots.received().iter().map(|ping| ping.text.clone()).collect();
    assert_eq!(texts, ["success: mag: 2 minutes", "failure: mag is late"]);
    for _ in 0..3 {
        ping(&stage.client, &url, PingOutcome::Success(""), stage.now()).await;
    }
    let answer = ping(&stage.client, &url, PingOutcome::Success(""), stage.now()).await;
    assert_eq!(meaning(&answer), Meaning::TooOften);
}
