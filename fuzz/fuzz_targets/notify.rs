//! What targets of messages answer: no answer tells the address's key, and a reason is read again as it is kept.
//!
//! An input has a byte for the target, one for the status, and the parts headers and body. `@@` is the key.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Mutex, OnceLock};
use std::thread;
use std::time::Duration;

use draftkeep::http_client::install_tls_provider;
use draftkeep::model::{Language, Severity};
use draftkeep::notify::{Answer, Client, Message, PingOutcome, Reason, Target, ping};
use draftkeep::secret::Secret;
use tokio::runtime::Runtime;

use crate::archive::now;
use crate::parts::{parts, with_secret};

const KEY: &str = "693a91f6-7c1e-4bc4-97a0-0ec2a1fa5bd3";

const STATUSES: [u16; 12] = [200, 201, 204, 302, 400, 401, 404, 413, 424, 429, 500, 503];

/// What the next request is answered with.
static ANSWER: Mutex<Vec<u8>> = Mutex::new(Vec::new());

struct World {
    runtime: Runtime,
    client: Client,
    /// Of a server on this machine.
    host: String,
}

static WORLD: OnceLock<World> = OnceLock::new();

pub fn run(data: &[u8]) {
    let [kind, status, rest @ ..] = data else { return };
    let [headers, body] = parts(rest);
    let status = STATUSES[usize::from(*status) % STATUSES.len()];
    let line = format!("HTTP/1.1 {status} x\r\nconnection: close");
    let end_of_line: &[u8] = if headers.is_empty() { b"" } else { b"\r\n" };
    let answer = [line.as_bytes(), end_of_line, headers, b"\r\n\r\n", body].concat();
    *ANSWER.lock().expect("nobody panics with it") = with_secret(&answer, KEY);
    let world = WORLD.get_or_init(begin);
    let answer = world.runtime.block_on(send(world, *kind));
    check(&answer);
    if matches!(answer, Answer::Delivered) {
        assert!((200..300).contains(&status), "{status} is no success");
    }
}

async fn send(world: &World, kind: u8) -> Answer {
    let World { client, host, .. } = world;
    let url = |path: &str| Secret::new(format!("http://{host}{path}"));
    let target = match kind % 6 {
        0 => Target::Wecom { url: url(&format!("/cgi-bin/webhook/send?key={KEY}")) },
        1 => Target::Feishu { url: url(&format!("/open-apis/bot/v2/hook/{KEY}")), secret: None },
        2 => Target::Dingtalk { url: url(&format!("/robot/send?access_token={KEY}")), secret: None },
        3 => Target::Webhook { url: url(&format!("/hooks/{KEY}")), secret: None },
        4 => Target::Apprise { url: url(&format!("/notify/{KEY}")) },
        _ => return ping(client, &url(&format!("/{KEY}")), PingOutcome::Success("mag"), now()).await,
    };
    assert_eq!(target.check().map_err(|error| error.to_string()), Ok(()));
    target.send(client, &message(), now()).await
}

fn check(answer: &Answer) {
    let Some(reason) = answer.reason() else { return };
    assert_eq!(Reason::read(&reason.to_string()).as_ref(), Some(reason), "it is kept and read again");
    assert!(reason.said.len() <= 300 && !reason.said.contains(char::is_control), "{:?}", reason.said);
    for told in [format!("{answer:?}"), reason.text(Language::Chinese), reason.text(Language::English)] {
        assert!(!told.contains(KEY), "the key is told: {told}");
    }
}

fn message() -> Message {
    Message {
        id: "1".to_owned(),
        kind: "test".to_owned(),
        severity: Severity::Info,
        at: now(),
        title: "早市".to_owned(),
        lines: vec!["one".to_owned()],
        more: 0,
        link: None,
        command: None,
        people: Vec::new(),
        is_again: false,
        language: Language::Chinese,
        data: serde_json::Value::Null,
    }
}

fn begin() -> World {
    install_tls_provider();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let host = listener.local_addr().expect("it is bound").to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    World { runtime, client: Client::default().timeout(Duration::from_secs(3)), host }
}

/// Reads a whole request, for a connection that is closed before would be reset, and answers it.
fn answer(mut stream: TcpStream) {
    let (mut request, mut chunk) = (Vec::new(), [0; 4096]);
    while !is_whole(&request) {
        match stream.read(&mut chunk) {
            Ok(0) | Err(_) => return,
            Ok(count) => request.extend_from_slice(&chunk[..count]),
        }
    }
    let answer = ANSWER.lock().expect("nobody panics with it").clone();
    // A client may go away before.
    drop(stream.write_all(&answer));
}

fn is_whole(request: &[u8]) -> bool {
    let Some(end) = request.windows(4).position(|four| four == b"\r\n\r\n") else { return false };
    let head = String::from_utf8_lossy(&request[..end]).to_ascii_lowercase();
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:")?.trim().parse().ok());
    request.len() >= end + 4 + length.unwrap_or(0)
}
