//! The cookbook and both READMEs are true: each command in their `console` blocks, run in a shell, prints the text below it.
//!
//! With `DRAFTKEEP_WRITE_DOCS` set, what they write is put into the pages instead.

use std::fs;
use std::path::Path;
use std::process::Command;

use draftkeep::archive::{AccountId, AccountState, Observation, PollLog, Writer};
use draftkeep::model::{ApiUsage, Endpoint, Strategy, Timestamp};
use draftkeep::simulator::{Account, Settings, Simulator, SimulatorHandle};
use serde_json::{Value, json};

use crate::archive::sighting;
use crate::harness::{World, presence};

const MARKET: &str = "Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri_Oo-U";
const COFFEE: &str = "Qm7xK2vTnS0bzH1mT5cXr8Vb2Nd6Pk9Ls4Wf7Gy0Qe";

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_cookbook_writes_what_stands_there() {
    check("docs/cookbook.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_readme_writes_what_stands_there() {
    check("README.md").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_command_of_the_chinese_readme_writes_what_stands_there() {
    check("README.zh-CN.md").await;
}

async fn check(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    let (world, platform) = magazine().await;
    let page = fs::read_to_string(&path).unwrap();
    let true_page = tokio::task::block_in_place(|| with_outputs(&page, |line| run(&world, line)));
    platform.stop().await;
    assert!(page.contains("\n$ draftkeep "), "{name} shows no command");
    if std::env::var_os("DRAFTKEEP_WRITE_DOCS").is_some() {
        return fs::write(path, true_page).unwrap();
    }
    compare(name, &page, &true_page);
}

/// Shows the first line that differs: the whole page is too long.
fn compare(name: &str, page: &str, true_page: &str) {
    for (number, (told, is)) in page.lines().zip(true_page.lines()).enumerate() {
        assert_eq!(told, is, "line {} of {name}; DRAFTKEEP_WRITE_DOCS=1 writes it anew", number + 1);
    }
    assert_eq!(page.lines().count(), true_page.lines().count(), "something is missing at the end of {name}");
}

/// Puts the output that `run` returns below each command in the page's `console` blocks.
fn with_outputs(page: &str, run: impl Fn(&str) -> String) -> String {
    let mut out = String::new();
    let mut in_console = false;
    for line in page.lines() {
        match line {
            "```console" => in_console = true,
            "```" => in_console = false,
            _ => {}
        }
        match line.strip_prefix("$ ") {
            Some(command) if in_console => out += &format!("{line}\n{}", run(command)),
            _ if in_console && line != "```console" => {}
            _ => out += &format!("{line}\n"),
        }
    }
    out
}

/// Runs a line in a shell of 80 columns; what is written to stdout and stderr comes as it would on a terminal.
fn run(world: &World, line: &str) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_draftkeep")).parent().unwrap();
    let path = format!("{}:/usr/local/bin:/usr/bin:/bin", program.display());
    let mut command = Command::new("sh");
    command.args(["-c", &format!("{{ {line}\n}} 2>&1")]).env_clear();
    for (name, value) in world.command(&[]).get_envs() {
        command.env(name, value.unwrap_or_default());
    }
    command.env("PATH", path).env("COLUMNS", "80").env("DRAFTKEEP_CONFIG", "config.toml").env("LC_ALL", "C.UTF-8");
    let output = command.current_dir(world.path(".")).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn at(time: &str) -> Timestamp {
    format!("2026-{time}:00Z").parse().unwrap()
}

/// The archive of a small magazine, and its draft box.
pub(crate) async fn magazine() -> (World, SimulatorHandle) {
    magazine_beside(&[]).await
}

/// The same, on a platform that has accounts of these appids as well.
pub(crate) async fn magazine_beside(others: &[&str]) -> (World, SimulatorHandle) {
    let accounts = ["wx0000000000000mag"].iter().chain(others).map(|appid| Account::new(appid, "hush")).collect();
    let platform = Simulator::start(Settings { accounts, ..Settings::default() }).await.unwrap();
    platform.world().set_now(1_788_228_000);
    let (cover, address) = platform.world().account(platform.appid()).add_picture("cover.jpg");
    let world = World::new();
    world.configure(&[("mag", &platform.base_url(), "'all'")]);
    let article = |title: &str, content: &str| {
        json!({
            "title": title, "author": "林夏", "digest": "", "content": content, "content_source_url": "",
            "thumb_media_id": cover, "thumb_url": address, "need_open_comment": 0, "only_fans_can_comment": 0,
        })
    };
    let mut writer = Writer::open(&world.path("archive.db")).unwrap();
    let mag = writer.get_or_create_account(&"mag".parse().unwrap(), platform.appid(), at("08-30T01:00")).unwrap();
    let mut keep = |media_id: &str, time: &str, article: &Value| {
        let document = serde_json::to_vec(&json!({ "news_item": [article] })).unwrap();
        let (observed_at, update_time) = (at(time), Some(at(time).timestamp() - 90));
        let sighting = Observation { observed_at, update_time, ..sighting(media_id, &document) };
        writer.record(mag, &sighting, &[]).unwrap();
    };
    let opening = "<p>八月的最后一个周末，老街的夜市又热闹起来。</p>";
    let stalls = "<p>四十个摊位从街口一直排到河边，烤玉米的香气飘得很远。</p>";
    let more = "<p>六十个摊位从街口一直排到河边，烤玉米和桂花糕的香气飘得很远。</p>";
    let picture = "<p><img data-src=\"https://mmbiz.qpic.cn/mmbiz_jpg/nIgHtMaRkEt/640?wx_fmt=jpeg\"></p>";
    let how = "<p>怎么去：地铁二号线，老街站，三号口出来就是。</p>";
    keep(MARKET, "08-30T01:00", &article("老街夜市", &format!("{opening}{stalls}")));
    keep(MARKET, "08-30T09:30", &article("老街夜市", &format!("{opening}{stalls}{picture}{how}")));
    keep(MARKET, "08-31T02:10", &article("老街夜市回来了", &format!("{opening}{more}{picture}{how}")));
    keep(MARKET, "09-01T01:40", &article("老街夜市回来了", "<p>测试</p>"));
    let coffee = "春天来了，巷口的咖啡馆又开了门。";
    keep(COFFEE, "08-30T01:00", &article("春天的第一杯手冲", &format!("<p>{coffee}</p>")));
    keep(
        COFFEE,
        "08-31T06:00",
        &article(
            "春天的第一杯手冲",
            &format!("<section style=\"color:#333\"><span leaf=\"\">{coffee}</span></section>"),
        ),
    );
    poll(&mut writer, mag);
    (world, platform)
}

/// The poll that saw all this last.
fn poll(writer: &mut Writer, account: AccountId) {
    let seen = [MARKET, COFFEE].map(|media_id| presence(media_id, at("09-01T01:55"))).to_vec();
    let begun = PollLog::begin(Strategy::Sweep, at("09-01T01:55"));
    let poll = PollLog { finished_at: at("09-01T01:55"), calls: 1, seen, ..begun };
    let line = |endpoint, count| ApiUsage { endpoint, day: "2026-09-01".to_owned(), count };
    let calls = [line(Endpoint::DraftBatchget, 118), line(Endpoint::StableToken, 3)];
    writer.save_poll(account, &poll, &calls, &AccountState::default()).unwrap();
}
