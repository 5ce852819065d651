//! Messages from end to end: what happens to drafts in an archive, and what arrives at a target.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use draftkeep::archive::{GateState, NewGateWrite, WriteOrigin, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::delivery::{Links, Step, TargetSender};
use draftkeep::gate::HOLD;
use draftkeep::model::GateAction;
use draftkeep::notify::Client;
use serde_json::Value;

use crate::harness::{World, document};
use crate::scripted::{Reply, Scripted};

const DRAFT: &str = "Qm7xK2vTnS0b";

/// When the tests begin.
const START: &str = "2026-09-01T06:00:00Z";

/// A webhook that is told of the drafts of an archive.
struct Stage {
    world: World,
    server: Scripted,
    sender: TargetSender,
}

impl Stage {
    async fn new(lines: &str) -> Self {
        let (world, server) = (World::new(), Scripted::start().await);
        let path = world.path("archive.db");
        world.keep("mag", DRAFT, "2026-09-01T05:00:00Z", &full("秋季新品"));
        let text = format!(
            "archive='archive.db'\n[[notify]]\nname='hook'\nlanguage='zh-CN'\nto={{webhook={{url={{command=['echo','{}/hook']}}}}}}\n{lines}\n\
             [[account]]\nname='mag'\nappid='wx0123456789abcdef'\nsecret.command=['true']\n",
            server.base
        );
        let rule = Config::from_text(Path::new("/c.toml"), &text).unwrap().notify.remove(0);
        let sender = TargetSender {
            rule,
            archive: WriterHandle::open(&path).unwrap(),
            path,
            clock: Clock::fixed(START.parse().unwrap()),
            links: Links::default(),
            client: Arc::new(Client::default()),
        };
        sender.open().await.unwrap();
        Self { world, server, sender }
    }

    fn keep(&self, document: &[u8]) {
        self.world.keep("mag", DRAFT, &self.sender.clock.now().to_rfc3339(), document);
    }

    /// Takes each step when it is due, until nothing waits.
    async fn drain(&self) {
        for _ in 0..100 {
            match self.sender.step().await.unwrap() {
                Step::Idle(None) => return,
                Step::Idle(Some(due)) => {
                    let wait = due - self.sender.clock.now();
                    self.sender.clock.advance(wait.to_std().unwrap_or_default() + Duration::from_secs(1));
                }
                _ => {}
            }
        }
        panic!("messages never end");
    }

    /// What the target was sent: each title, with the lines about what changed.
    fn told(&self) -> Vec<(String, Vec<String>)> {
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        let told = |request: crate::scripted::Request| {
            let document = request.json();
            let lines = document["lines"].as_array().unwrap();
            // The last one names the time and the place.
            (text(&document["title"]), lines[..lines.len() - 1].iter().map(text).collect())
        };
        self.server.requests("/hook").into_iter().map(told).collect()
    }
}

fn full(title: &str) -> Vec<u8> {
    document(&[(title, &format!("<p>{}</p>", "稿".repeat(3214)))])
}

/// Once, a draft that came back while its loss was sent again was told to be whole again twice: in that message and in the next.
#[tokio::test]
async fn a_draft_that_is_whole_again_when_its_loss_arrives_is_told_once() {
    let stage = Stage::new("at_least='info'").await;
    stage.server.on("/hook", [Reply::with("503 Service Unavailable", "", ""), Reply::ok("")]);
    stage.keep(&document(&[("秋季新品", "<p>空</p>")]));
    assert!(matches!(stage.sender.step().await.unwrap(), Step::NotSent { .. }));
    stage.sender.clock.advance(Duration::from_secs(60));
    stage.keep(&full("秋季新品"));
    stage.drain().await;
    let refused = ("《秋季新品》正文被清空".to_owned(), vec!["正文 3,214 → 1 字 · 图 0".to_owned()]);
    let lines = ["正文 3,214 → 1 字 · 图 0", "现在是第 3 版：正文 3,214 字 · 图 0"].map(str::to_owned);
    assert_eq!(stage.told(), [refused, ("《秋季新品》正文曾被清空，现已恢复".to_owned(), lines.to_vec())]);
}

/// Once, an editor read that a draft was emptied of which he had never heard: by the title that it got together with that.
#[tokio::test]
async fn a_draft_that_is_emptied_and_given_another_title_is_named_by_the_one_that_people_know() {
    let stage = Stage::new("").await;
    stage.server.on("/hook", [Reply::ok("")]);
    stage.keep(&document(&[("未命名模板", "<p>空</p>")]));
    stage.drain().await;
    let lines = ["标题改为《未命名模板》", "正文 3,214 → 1 字 · 图 0"].map(str::to_owned);
    assert_eq!(stage.told(), [("《秋季新品》正文被清空".to_owned(), lines.to_vec())]);
}

#[tokio::test]
async fn each_write_that_waits_is_told_at_once() {
    let stage = Stage::new("").await;
    stage.server.on("/hook", [1, 2, 3, 4].map(|_| Reply::ok("")));
    for number in 1..=4 {
        let now = stage.sender.clock.now();
        let origin = WriteOrigin { who: "agent".to_owned(), program: String::new(), note: format!("第 {number} 篇") };
        let add = move |writer: &mut draftkeep::archive::Writer| {
            let account = writer.get_or_create_account(&"mag".parse().unwrap(), "wx0000000000000mag", now)?;
            let new = NewGateWrite {
                account,
                action: GateAction::Create,
                origin,
                draft: None,
                before: None,
                request: format!("{{\"create\":{{\"articles\":[{{\"title\":\"早市 {number}\"}}]}}}}"),
                state: GateState::Held,
                held_until: Some(now + HOLD),
                reason: None,
            };
            writer.add_gate_write(&new, now)
        };
        stage.sender.archive.run(add).await.unwrap();
        // What comes and goes would be told an hour later.
        stage.sender.clock.advance(Duration::from_secs(10));
        assert!(matches!(stage.sender.step().await.unwrap(), Step::Sent { .. }), "write {number}");
    }
    let told = stage.told();
    let titles: Vec<&str> = told.iter().map(|(title, _)| title.as_str()).collect();
    assert_eq!(titles, [1, 2, 3, 4].map(|number| format!("agent 请求新建草稿《早市 {number}》")));
    assert_eq!(told[0].1, ["理由：第 1 篇", "第 1 号写入等到 09-01 15:00，没人同意就不写"].map(str::to_owned));
}
