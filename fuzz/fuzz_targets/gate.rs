//! Requests of publishers to the gate, in front of the simulated platform: each is answered in JSON with a code, shows no secret, and a write that
//! is refused changed nothing in the draft box.
//!
//! An input has the parts method and target, headers, and body; `@@` is the draft's media_id. The gate's token is sent beside them.

use std::sync::OnceLock;
use std::time::Duration;

use draftkeep::archive::{GateToken, Writer, WriterHandle};
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::gate_http::{GateServer, GateServerContext};
use draftkeep::model::GateAction;
use draftkeep::simulator::{Account, Article, Settings, Simulator, SimulatorHandle};
use serde_json::Value;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::archive::{directory, now};
use crate::parts::{parts, with_secret};

const APPID: &str = "wx0123456789abcdef";

/// The AppSecret, which no publisher ever learns.
const SECRET: &str = "5ecre75ecre75ecre75ecre75ecre7ab";

/// The gate takes a hundredth of that.
const PATIENCE: Duration = Duration::from_secs(1);

struct Gate {
    runtime: Runtime,
    platform: SimulatorHandle,
    clock: Clock,
    address: std::net::SocketAddr,
    token: String,
    /// Held as long as the gate is served.
    _server: GateServer,
    _place: TempDir,
}

static GATE: OnceLock<Gate> = OnceLock::new();

pub fn run(data: &[u8]) {
    let gate = GATE.get_or_init(begin);
    // So that no limit of a day is reached.
    gate.clock.advance(Duration::from_secs(3600));
    let media_id = gate.reset();
    let seen = gate.ask(format!("{{\"media_id\":\"{media_id}\"}}").as_bytes(), b"POST /gate/draft/get", b"");
    assert_eq!(code(&seen), 0, "{seen}");
    let before = gate.drafts();
    let [start, headers, body] = parts(data);
    // One request: a second one would have the token of the first.
    let start = start.split(|byte| matches!(byte, b'\r' | b'\n')).next().unwrap_or_default();
    let answer = gate.ask(&with_secret(body, &media_id), start, &with_secret(headers, &media_id));
    let after = gate.drafts();
    assert!(!answer.contains(SECRET), "{answer}");
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        // A request that is none may get no answer.
        assert!(answer.is_empty(), "{answer}");
        return;
    };
    let status = head.split(' ').nth(1).unwrap_or_default();
    assert!(!status.starts_with('5'), "{answer}");
    let is_ours = head.to_ascii_lowercase().contains("x-content-type-options: nosniff");
    // What hyper refuses does not come as far as the gate; the answer to HEAD has no body.
    if !is_ours || body.is_empty() {
        assert!(is_ours || matches!(status, "400" | "414" | "431"), "{answer}");
        assert_eq!(before, after, "{answer}");
        return;
    }
    assert!(after == before || (status == "200" && code(&answer) == 0), "{answer}\n{before:?}\n{after:?}");
}

/// The platform's code in an answer, 0 where it has none.
fn code(answer: &str) -> i64 {
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    let json: Value = serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"));
    json.get("errcode").map_or(0, |code| code.as_i64().unwrap_or(-1))
}

impl Gate {
    /// Leaves one draft in the box, which says what it said before every input, and returns its media_id.
    fn reset(&self) -> String {
        let article = Article::news("早市", "<p>凌晨四点的菜市场。</p>").with("author", "李");
        let mut world = self.platform.world();
        let mut account = world.account(APPID);
        let ids: Vec<String> = account.drafts().iter().map(|draft| draft.media_id.clone()).collect();
        for other in ids.iter().skip(1) {
            account.delete(other).expect("it was listed");
        }
        match ids.first() {
            Some(first) => {
                let back = |articles: &mut Vec<Article>| *articles = vec![article];
                account.rearrange(first, back).expect("it was listed");
                first.clone()
            }
            None => account.create(vec![article]),
        }
    }

    /// What the box holds: media_ids, articles.
    fn drafts(&self) -> Vec<(String, Vec<Article>)> {
        let mut world = self.platform.world();
        world.account(APPID).drafts().iter().map(|draft| (draft.media_id.clone(), draft.articles.clone())).collect()
    }

    fn ask(&self, body: &[u8], start: &[u8], headers: &[u8]) -> String {
        let ours = format!(
            "\r\nhost: 127.0.0.1\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\nconnection: close",
            self.token,
            body.len()
        );
        let end_of_line: &[u8] = if headers.is_empty() { b"" } else { b"\r\n" };
        let request = [start, b" HTTP/1.1", ours.as_bytes(), end_of_line, headers, b"\r\n\r\n", body].concat();
        let answer = self.runtime.block_on(async {
            let mut stream = TcpStream::connect(self.address).await.expect("the gate is served");
            let mut answer = Vec::new();
            // A server that refuses early does not read to the end.
            drop(stream.write_all(&request).await);
            // Who hangs up is not answered. One that promises more than it sends waits for ever.
            if tokio::time::timeout(PATIENCE, stream.read_to_end(&mut answer)).await.is_err() {
                drop(stream.shutdown().await);
                drop(stream.read_to_end(&mut answer).await);
            }
            answer
        });
        String::from_utf8_lossy(&answer).into_owned()
    }
}

fn begin() -> Gate {
    let place = directory();
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    let clock = Clock::fixed(now());
    let settings = Settings { accounts: vec![Account::new(APPID, SECRET)], ..Settings::default() };
    let platform = runtime.block_on(Simulator::start(settings)).expect("the platform starts");
    let of_platform = clock.clone();
    platform.world().follow(move || of_platform.now().timestamp());
    let address =
        std::net::TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port is free");
    let base = platform.base_url();
    let text = format!(
        "archive = \"archive.db\"\n[gate]\nlisten = \"{address}\"\n[[account]]\nname = \"mag\"\nappid = \"{APPID}\"\n\
         secret = {{ command = [\"printf\", \"{SECRET}\"] }}\napi_base = \"{base}\"\nimage_base = \"{base}\"\n\
         gate = {{ allow = [\"create\", \"update\", \"delete\"] }}\n"
    );
    let config = Config::from_text(&place.path().join("config.toml"), &text).expect("a configuration");
    let token = new_token(&config);
    let archive = WriterHandle::open(&config.archive).expect("the archive opens");
    let context =
        GateServerContext { archive, clock: clock.clone(), stop: CancellationToken::new(), tasks: TaskTracker::new() };
    let server = runtime.block_on(async {
        let server = GateServer::open(&config, context);
        while TcpStream::connect(address).await.is_err() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server
    });
    Gate { runtime, platform, clock, address, token, _server: server, _place: place }
}

/// Makes a token that may do whatever the account allows.
fn new_token(config: &Config) -> String {
    let account = &config.accounts[0];
    let (token, hash) = draftkeep::token::new().expect("random numbers");
    let mut writer = Writer::open(&config.archive).expect("an archive can be made");
    let id = writer.get_or_create_account(&account.name, &account.appid, now()).expect("an account can be made");
    let new = GateToken {
        name: "publisher".to_owned(),
        account: account.name.to_string(),
        allow: [GateAction::Create, GateAction::Update, GateAction::Delete].into(),
        made_by: "fuzz".to_owned(),
        made_at: now(),
        revoked_at: None,
    };
    assert!(writer.add_gate_token(id, &new, hash).expect("a token can be made"));
    token
}
