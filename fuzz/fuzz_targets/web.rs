//! Requests to the pages: each is answered with a page of ours that has its headers, and shows no tag that the request has.
//!
//! An input has the parts method and target, headers, and body. A proxy that is trusted names the user, so pages behind the login are
//! reached too.

use std::sync::OnceLock;

use draftkeep::archive::WriterHandle;
use draftkeep::clock::Clock;
use draftkeep::config::Config;
use draftkeep::full_text::SharedSearcher;
use draftkeep::http_server::Listener;
use draftkeep::web::{Web, WebContext};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::archive::{directory, make, now};
use crate::parts::parts;

/// A tag that no page of ours has.
const MARK: &str = "<zz9";

struct Site {
    runtime: Runtime,
    address: std::net::SocketAddr,
    /// Held as long as pages are served.
    _web: Web,
    _place: TempDir,
}

static SITE: OnceLock<Site> = OnceLock::new();

pub fn run(data: &[u8]) {
    let [start, headers, body] = parts(data);
    let length = body.len();
    let ours =
        format!("\r\nhost: drafts.example.com\r\nremote-user: editor\r\ncontent-length: {length}\r\nconnection: close");
    let end_of_line: &[u8] = if headers.is_empty() { b"" } else { b"\r\n" };
    let request = [start, b" HTTP/1.1", ours.as_bytes(), end_of_line, headers, b"\r\n\r\n", body].concat();
    let site = SITE.get_or_init(begin);
    let answer = site.runtime.block_on(ask(site.address, &request));
    let answer = String::from_utf8_lossy(&answer);
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        // A request that is none may get no answer.
        assert!(answer.is_empty(), "{answer}");
        return;
    };
    check(&head.to_ascii_lowercase(), body);
}

fn check(head: &str, body: &str) {
    let status = head.split(' ').nth(1).unwrap_or_default();
    assert!(!status.starts_with('5'), "{head}\n{body}");
    assert!(!body.contains(MARK), "{body}");
    // What hyper refuses does not come as far as the pages.
    if !head.contains("content-security-policy") {
        assert!(matches!(status, "400" | "414" | "431"), "{head}");
        return;
    }
    for header in ["x-content-type-options: nosniff", "referrer-policy: ", "cache-control: "] {
        assert!(head.contains(header), "{header} is not in {head}");
    }
    let elsewhere = head.lines().filter_map(|line| line.strip_prefix("location: ")).find(|to| !to.starts_with('/'));
    assert_eq!(elsewhere, None);
}

async fn ask(address: std::net::SocketAddr, request: &[u8]) -> Vec<u8> {
    let mut stream = TcpStream::connect(address).await.expect("the pages are served");
    let mut answer = Vec::new();
    // A server that refuses early does not read to the end.
    drop(stream.write_all(request).await);
    drop(stream.shutdown().await);
    drop(stream.read_to_end(&mut answer).await);
    answer
}

fn begin() -> Site {
    let place = directory();
    make(&place.path().join("archive.db"));
    let config = Config::from_text(&place.path().join("config.toml"), CONFIG).expect("a configuration");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let (web, address) = runtime.block_on(async {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let context = WebContext {
            archive: WriterHandle::open(&config.archive).expect("the archive opens"),
            clock: Clock::fixed(now()),
            stop: CancellationToken::new(),
            tasks: TaskTracker::new(),
            searcher: SharedSearcher::default(),
        };
        (Web::open(&config, vec![Listener::tcp(listener).expect("a listener")], context), address)
    });
    Site { runtime, address, _web: web, _place: place }
}

const CONFIG: &str = r#"
archive = "archive.db"
[web]
public_url      = "https://drafts.example.com"
trusted_proxies = ["127.0.0.1"]
user_header     = "Remote-User"
link_ttl        = "72h"
[[account]]
name   = "mag"
appid  = "wx0123456789abcdef"
secret = { file = "mag.secret" }
"#;
