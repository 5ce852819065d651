//! What an unchanged poll costs: CPU time per draft of 30 KB, the server in a process of its own.
//!
//! `cargo bench --bench poll`. `docs/performance.md` has the figures.

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::time::Duration;

use draftkeep::archive::WriterHandle;
use draftkeep::clock::Clock;
use draftkeep::config::{Account, Assets, Credentials, DraftSelection, PollMode, QuotaShare, SecretSource};
use draftkeep::model::MediaId;
use draftkeep::poll;
use draftkeep::wechat::Client;
use tokio_util::sync::CancellationToken;

const DRAFTS: usize = 100;
const ROUNDS: usize = 50;

fn main() {
    if std::env::args().any(|argument| argument == "serve") {
        return serve();
    }
    let mut server = Command::new(std::env::current_exe().expect("this program"))
        .arg("serve")
        .stdout(Stdio::piped())
        .spawn()
        .expect("a server");
    let mut address = String::new();
    BufReader::new(server.stdout.take().expect("its output")).read_line(&mut address).expect("its address");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    runtime.block_on(measure(address.trim()));
    server.kill().and_then(|()| server.wait()).expect("the server ends");
}

async fn measure(api_base: &str) {
    let scratch = tempfile::tempdir().expect("a scratch directory");
    let archive = WriterHandle::open(&scratch.path().join("archive.db")).expect("an archive");
    let clock = Clock::fixed("2026-09-01T02:00:00Z".parse().expect("an instant"));
    let media_ids =
        (0..DRAFTS).map(|n| MediaId::new(format!("Qm7xK2vTnS0bWq4rZp9LdYc8Hf3Jg6Au1Ee5Ri{n:05}"))).collect();
    let account = Account {
        name: "bench".parse().expect("a name"),
        appid: "wx0000000000000000".to_owned(),
        credentials: Credentials::Secret(SecretSource::Command(vec!["echo".to_owned(), "0".repeat(32)])),
        drafts: DraftSelection::Listed(media_ids),
        poll_mode: PollMode::Adaptive,
        zone: chrono_tz::Asia::Shanghai,
        quota_share: QuotaShare::default(),
        shrunk_share: draftkeep::model::ShrunkShare::default(),
        api_base: api_base.to_owned(),
        fields: Default::default(),
        assets: Assets::None,
        asset_limit: 0,
        gate: draftkeep::config::GatePolicy::default(),
        image_base: None,
        proxy: None,
        ca_file: None,
    };
    let client = Client::new(&account, clock.clone()).expect("a client");
    let (stop, options) = (CancellationToken::new(), poll::Options::default());
    let first = poll::poll(&account, &client, &archive, &clock, clock.now(), &stop, options).await.expect("a poll");
    assert_eq!(first.new_versions as usize, DRAFTS, "{:?}", first.failures);
    let before = cpu();
    for _ in 0..ROUNDS {
        let report =
            poll::poll(&account, &client, &archive, &clock, clock.now(), &stop, options).await.expect("a poll");
        assert_eq!((report.seen as usize, report.new_versions), (DRAFTS, 0), "{:?}", report.failures);
    }
    let cost = (cpu() - before).as_secs_f64() * 1e3;
    println!(
        "unchanged poll of {DRAFTS} drafts of {} bytes: {:.3} ms CPU a draft",
        answer().len(),
        cost / (ROUNDS * DRAFTS) as f64
    );
}

/// User and system time of this process so far (`/proc/self/stat`, fields 14 and 15, in ticks of 10 ms).
fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").expect("Linux's process statistics");
    let fields: Vec<&str> = stat.rsplit(") ").next().expect("fields").split(' ').collect();
    let ticks: u64 = fields[11..13].iter().map(|field| field.parse::<u64>().expect("ticks")).sum();
    Duration::from_millis(ticks * 10)
}

/// An ordinary draft, as the platform writes it.
fn answer() -> String {
    let paragraph = "<p style=\\\"margin: 0px 0px 24px;font-size: 16px;line-height: 1.75;\\\"><span leaf=\\\"\\\">\
                     老城的早晨从豆浆摊的白气里开始,修鞋匠把招牌翻过来,猫在屋檐下等第一缕太阳。<\\/span><\\/p>\
                     <section><img class=\\\"rich_pages\\\" data-src=\\\"https:\\/\\/mmbiz.qpic.cn\\/sz_mmbiz_png\\/ExAmPlEa1\\/640?wx_fmt=png&amp;from=appmsg\\\"><\\/section>";
    let content = paragraph.repeat(30_000 / paragraph.len());
    format!(
        "{{\"news_item\":[{{\"title\":\"老城的早晨\",\"author\":\"李编辑\",\"digest\":\"一天从这里开始\",\"content\":\"{content}\",\
         \"content_source_url\":\"\",\"thumb_media_id\":\"Qm7x\",\"show_cover_pic\":0,\"url\":\"http:\\/\\/mp.weixin.qq.com\\/s?tempkey=x\",\
         \"thumb_url\":\"http:\\/\\/mmbiz.qpic.cn\\/mmbiz_jpg\\/Cover\\/0?wx_fmt=jpeg\",\"need_open_comment\":0,\"only_fans_can_comment\":0}}],\
         \"create_time\":1790000000,\"update_time\":1790003600}}"
    )
}

/// Answers every request on every connection: tokens, and the same draft for any id.
fn serve() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("http://{}", listener.local_addr().expect("its address"));
    let draft = answer();
    for stream in listener.incoming() {
        let draft = draft.clone();
        std::thread::spawn(move || converse(&stream.expect("a connection"), &draft));
    }
}

fn converse(stream: &TcpStream, draft: &str) -> Option<()> {
    let (mut reader, mut writer) = (BufReader::new(stream), stream);
    loop {
        let (mut token, mut length, mut line) = (false, 0, String::new());
        while reader.read_line(&mut line).ok()? > 2 {
            token |= line.starts_with("POST /cgi-bin/stable_token");
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            line.clear();
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        let body = if token { "{\"access_token\":\"97_bench\",\"expires_in\":7200}" } else { draft };
        // In one write: pieces would wait for one another's acknowledgement (RFC 896).
        let answer = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}", body.len());
        writer.write_all(answer.as_bytes()).ok()?;
    }
}
