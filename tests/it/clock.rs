//! The default configuration: the real program on the real clock, without a schedule, against a simulator on the same clock.

use std::process::{Child, Stdio};
use std::time::{Duration, Instant};

use draftkeep::simulator::{Account, Article, ReceivedMessage, RobotKind, Settings, Simulator, SimulatorHandle};
use serde_json::Value;

use crate::bad_input::disk::Disk;
use crate::harness::{World, skipped};

const APPID: &str = "wx00000000000000aa";
const SECRET: &str = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/// So many calls a day that looks are seconds apart; the plan is the same.
const PLENTY: u64 = 1_000_000;

/// A platform with three drafts, and a world whose configuration has nothing but what it must.
async fn stage(directory: &str) -> (SimulatorHandle, World, Vec<String>) {
    let settings = Settings { accounts: vec![Account::new(APPID, SECRET)], ..Settings::default() };
    let platform = Simulator::start(settings).await.unwrap();
    let ids = {
        let mut world = platform.world();
        let mut account = world.account(APPID);
        ["draft/get", "draft/batchget", "draft/count"].iter().for_each(|each| account.set_limit(each, PLENTY));
        (0..3).map(|n| account.create(vec![Article::news(&format!("第{n}篇"), "<p>正文</p>")])).collect()
    };
    let world = World::new();
    std::fs::write(world.path("mag.secret"), SECRET).unwrap();
    let base = platform.base_url();
    let config = format!(
        "archive = '{directory}archive.db'\n[[account]]\nname = 'mag'\nappid = '{APPID}'\n\
         secret = {{ file = 'mag.secret' }}\napi_base = '{base}'\nimage_base = '{base}'\n"
    );
    std::fs::write(world.path("config.toml"), config).unwrap();
    (platform, world, ids)
}

/// The daemon; it does not outlive its test.
struct Daemon(Child);

impl Daemon {
    fn start(world: &World) -> Self {
        let mut command = world.command(&["--quiet", "run", "--config", "config.toml"]);
        Self(command.env_remove("DRAFTKEEP_CLOCK").stderr(Stdio::null()).spawn().unwrap())
    }

    fn stop(mut self) {
        let pid = self.0.id().to_string();
        assert!(std::process::Command::new("kill").args(["-s", "TERM", &pid]).status().unwrap().success());
        assert!(self.0.wait().unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        self.0.kill().unwrap_or_default();
        self.0.wait().map(drop).unwrap_or_default();
    }
}

fn json(world: &World, args: &[&str]) -> Value {
    let mut command = world.command(&[args, &["--json", "--config", "config.toml"]].concat());
    command.env_remove("DRAFTKEEP_CLOCK");
    serde_json::from_slice(world.finish(command).stdout()).unwrap_or_default()
}

/// What the status says of the account. Where it fails, it says of no trouble either.
fn status(world: &World) -> Value {
    let told = json(world, &["status"])[0].clone();
    assert!(told.get("trouble").is_some(), "status says nothing of the account: {told}");
    told
}

/// Waits until a condition holds.
async fn until(what: &str, longest: Duration, is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < longest, "after {longest:?}: {what}");
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn versions(world: &World) -> u64 {
    let drafts = json(world, &["list"]);
    drafts.as_array().into_iter().flatten().map(|draft| draft["versions"].as_u64().unwrap()).sum()
}

fn edit(platform: &SimulatorHandle, media_id: &str, content: &str) {
    platform.world().account(APPID).edit(media_id, 0, |article| article.set("content", content)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_edit_is_archived_within_what_the_plan_promises() {
    let (platform, world, ids) = stage("").await;
    let daemon = Daemon::start(&world);
    until("the first contact", Duration::from_secs(30), || versions(&world) == 3).await;
    let promise = status(&world)["freshness"]["others"].as_u64().expect("a promise");
    // What is written with the next step, and a machine that is busy with other tests.
    let longest = Duration::from_secs(promise + 20);
    for (n, media_id) in ids.iter().enumerate() {
        edit(&platform, media_id, "<p>改了一个字</p>");
        until("the edit", longest, || versions(&world) == 4 + n as u64).await;
    }
    let told = status(&world);
    assert_eq!(told["trouble"], Value::Null, "{told}");
    daemon.stop();
    let made = ["draft/get", "draft/batchget", "draft/count", "openapi/quota/get", "stable_token"];
    let calls = status(&world)["calls_today"].clone();
    for endpoint in made {
        let theirs = platform.world().request_log.calls(endpoint);
        assert_eq!(calls[endpoint].as_u64().unwrap_or_default(), theirs, "{endpoint}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_archived_can_be_searched_without_anybody_having_asked() {
    let (platform, world, ids) = stage("").await;
    let daemon = Daemon::start(&world);
    until("the first contact", Duration::from_secs(30), || versions(&world) == 3).await;
    let indexed = || {
        let index = rusqlite::Connection::open(world.path("archive.db.search")).ok()?;
        index.query_row("SELECT version_row FROM state", (), |row| row.get::<_, u64>(0)).ok()
    };
    until("the index", Duration::from_secs(20), || indexed() == Some(3)).await;
    let promise = status(&world)["freshness"]["others"].as_u64().expect("a promise");
    edit(&platform, &ids[1], "<p>凌晨四点的菜市场</p>");
    until("the edit", Duration::from_secs(promise + 20), || versions(&world) == 4).await;
    until("the edit in the index", Duration::from_secs(20), || indexed() == Some(4)).await;
    let found = json(&world, &["search", "四点"]);
    assert_eq!(found["hits"][0]["media_id"], ids[1], "{found}");
    let lost = json(&world, &["search", "--lost", "正文"]);
    assert_eq!(lost["hits"].as_array().map(Vec::len), Some(1), "{lost}");
    daemon.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_told_in_the_status_and_no_call_is_forgotten() {
    let (platform, world, ids) = stage("disk/").await;
    std::fs::create_dir(world.path("disk")).unwrap();
    let Some(disk) = Disk::mount(world.path("disk"), "size=1m") else {
        return skipped("only root may mount a small disk");
    };
    let daemon = Daemon::start(&world);
    until("the first contact", Duration::from_secs(30), || versions(&world) == 3).await;
    let big: String = (0..200_000_u32).map(|n| n.wrapping_mul(2_654_435_761).to_string()).collect();
    edit(&platform, &ids[1], &big);
    let troubled = || status(&world)["trouble"].as_str().is_some_and(|told| told.contains("disk"));
    until("the full disk is told", Duration::from_secs(60), troubled).await;
    // As long as it is full: a step that found nothing to write does not end it.
    for _ in 0..20 {
        assert!(troubled(), "{}", status(&world));
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    disk.remount("size=64m");
    until("the edit", Duration::from_secs(100), || versions(&world) == 4).await;
    until("all is well", Duration::from_secs(30), || status(&world)["trouble"] == Value::Null).await;
    daemon.stop();
    let calls = status(&world)["calls_today"].clone();
    for endpoint in ["draft/get", "draft/batchget"] {
        let theirs = platform.world().request_log.calls(endpoint);
        assert_eq!(calls[endpoint].as_u64().unwrap_or_default(), theirs, "{endpoint}");
    }
}

/// Text of so many different characters.
fn long_text() -> String {
    (0..300).map(|n| char::from_u32(0x4e00 + n).unwrap()).collect()
}

fn received(platform: &SimulatorHandle) -> Vec<ReceivedMessage> {
    platform.world().robots.received().to_vec()
}

/// The address of a robot, in a file as an operator writes it, and who is told.
fn tell_editors(platform: &SimulatorHandle, world: &World) {
    let url = format!("{}{}\n", platform.base_url(), RobotKind::Wecom.path());
    std::fs::write(world.path("wecom.url"), url).unwrap();
    let config = std::fs::read_to_string(world.path("config.toml")).unwrap();
    let notify = "[web]\nlisten = '127.0.0.1:0'\npublic_url = 'https://drafts.example.com'\n\
                  [[notify]]\nname = 'editors'\nto = { wecom = { file = 'wecom.url' } }\npeople = ['zhangsan']\n[[account]]";
    std::fs::write(world.path("config.toml"), config.replacen("[[account]]", notify, 1)).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_emptied_draft_is_told_in_the_chat_once_and_a_removed_robot_is_no_success() {
    let (platform, world, ids) = stage("").await;
    edit(&platform, &ids[0], &format!("<p>{}</p>", long_text()));
    tell_editors(&platform, &world);
    let daemon = Daemon::start(&world);
    until("the first contact", Duration::from_secs(30), || versions(&world) == 3).await;
    until("the target is known", Duration::from_secs(30), || json(&world, &["notify", "list"])[0]["state"] == "ok")
        .await;
    let promise = status(&world)["freshness"]["others"].as_u64().expect("a promise");
    edit(&platform, &ids[0], "<p>空</p>");
    until("the message", Duration::from_secs(promise + 60), || !received(&platform).is_empty()).await;
    let [message] = &received(&platform)[..] else { panic!("{:?}", received(&platform)) };
    let id =
        json(&world, &["list"]).as_array().unwrap().iter().find(|draft| draft["media_id"] == ids[0]).unwrap()["id"]
            .clone();
    for said in ["《第0篇》正文被清空", "正文 300 → 1 字", &format!("https://drafts.example.com/d/{id}/1..2")]
    {
        assert!(message.text.contains(said), "{said}: {}", message.text);
    }
    assert_eq!(message.mentioned, ["zhangsan"]);
    assert_eq!(json(&world, &["notify", "list"])[0]["waiting"], 0);

    platform.world().robots.rules(RobotKind::Wecom).is_removed = true;
    let mut test = world.command(&["notify", "test", "editors", "--config", "config.toml"]);
    test.env_remove("DRAFTKEEP_CLOCK");
    let told = world.finish(test);
    assert_eq!(told.code(), Some(6), "{told}");
    edit(&platform, &ids[1], &format!("<p>{}</p>", long_text()));
    until("the text", Duration::from_secs(promise + 20), || versions(&world) == 5).await;
    edit(&platform, &ids[1], "<p>空</p>");
    let parked = || json(&world, &["notify", "list"])[0]["state"] == "parked";
    until("the target is parked", Duration::from_secs(promise + 60), parked).await;
    platform.world().robots.rules(RobotKind::Wecom).is_removed = false;
    assert_eq!(json(&world, &["notify", "retry", "editors"])["target"], "editors");
    until("what waited", Duration::from_secs(60), || received(&platform).len() == 2).await;
    daemon.stop();
    let key = RobotKind::Wecom.path().rsplit('=').next().unwrap();
    let archive = std::fs::read(world.path("archive.db")).unwrap();
    assert!(!archive.windows(key.len()).any(|window| window == key.as_bytes()), "the address is in the archive");
}

/// A dead man's switch, configured as an operator does it.
fn watch_over(platform: &SimulatorHandle, world: &World) {
    std::fs::write(world.path("ping.url"), format!("{}{}\n", platform.base_url(), RobotKind::Ping.path())).unwrap();
    let config = std::fs::read_to_string(world.path("config.toml")).unwrap();
    let notify = "[[notify]]\nname = 'watch'\nto = { ping = { file = 'ping.url' } }\n[[account]]";
    std::fs::write(world.path("config.toml"), config.replacen("[[account]]", notify, 1)).unwrap();
}

/// Returns what the dead man's switch was told, in the first words of each ping.
fn pings(platform: &SimulatorHandle) -> Vec<String> {
    received(platform).into_iter().map(|message| message.text).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_mans_switch_is_told_after_proof_and_of_a_refusal_and_never_of_the_end() {
    let (platform, world, _) = stage("").await;
    watch_over(&platform, &world);
    let daemon = Daemon::start(&world);
    let told = |n: usize, word: &str| pings(&platform).get(n).is_some_and(|text| text.starts_with(word));
    until("a success", Duration::from_secs(60), || told(0, "success: mag: read as promised")).await;
    assert_eq!(versions(&world), 3, "only after the first contact");
    assert_eq!(json(&world, &["notify", "list"])[0]["state"], "ok");

    let set_whitelist = |addresses: Option<&[&str]>| {
        let mut simulated = platform.world();
        simulated.behavior.whitelist_delay = 0;
        let mut account = simulated.account(APPID);
        account.set_whitelist(addresses);
        account.revoke_tokens();
    };
    set_whitelist(Some(&["203.0.113.9"]));
    until("a failure", Duration::from_secs(150), || told(1, "failure: mag: this machine's address is not in")).await;
    // The operator mends it, and waits.
    set_whitelist(None);
    until("a success again", Duration::from_secs(200), || told(2, "success: mag: read as promised")).await;
    daemon.stop();
    assert_eq!(pings(&platform).len(), 3, "{:?}", pings(&platform));
    assert_eq!(json(&world, &["notify", "list"])[0]["state"], "off");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ping_that_does_not_arrive_is_seen() {
    let (platform, world, _) = stage("").await;
    watch_over(&platform, &world);
    platform.world().robots.rules(RobotKind::Ping).is_removed = true;
    let daemon = Daemon::start(&world);
    let list = || json(&world, &["notify", "list"])[0].clone();
    until("the failure", Duration::from_secs(60), || list()["state"] == "failing").await;
    assert!(list()["answer"].as_str().is_some_and(|answer| answer.contains("404")), "{}", list());
    let mut test = world.command(&["notify", "test", "watch", "--config", "config.toml"]);
    test.env_remove("DRAFTKEEP_CLOCK");
    let told = world.finish(test);
    assert_eq!(told.code(), Some(6), "{told}");
    daemon.stop();
}
