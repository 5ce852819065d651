//! What is answered to which request.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;

use super::metrics::{self, Counters};
use super::readiness;
use super::settings::Settings;
use super::snapshot::StatusCache;
use crate::http_server::{Answer, Connections, Ends, Limits, Listener, host};

/// Connections that are served at the same time; others wait. A monitoring system needs one.
const MOST_CONNECTIONS: usize = 64;

/// How long a connection may be reused for further requests.
const MAX_CONNECTION_AGE: Duration = Duration::from_secs(30);

const TEXT: &str = "text/plain; charset=utf-8";
const INDEX: &str = "\
/healthz   is the daemon running?
/readyz    can it write, and is every account as fresh as its polls promise?
/metrics   metrics in Prometheus's text format
";

/// Answers requests. Cheap to clone.
#[derive(Clone)]
pub(super) struct Server(Arc<Inner>);

struct Inner {
    counters: Arc<Counters>,
    cache: StatusCache,
    settings: watch::Receiver<Settings>,
    connections: Connections,
}

impl Server {
    pub(super) fn new(counters: Arc<Counters>, cache: StatusCache, settings: watch::Receiver<Settings>) -> Self {
        let connections = Connections::new(Limits { connections: MOST_CONNECTIONS, age: MAX_CONNECTION_AGE });
        Self(Arc::new(Inner { counters, cache, settings, connections }))
    }

    /// Returns the connections that all its listeners share.
    pub(super) fn connections(&self) -> Connections {
        self.0.connections.clone()
    }

    /// Accepts and serves connections; never returns. Dropping the future closes them.
    pub(super) async fn serve(&self, listener: Listener) {
        self.0.connections.serve(listener, self.clone()).await;
    }

    fn is_allowed_host(&self, request: &Request<Incoming>, local: IpAddr) -> bool {
        host::is_allowed(request, local, &self.0.settings.borrow().hosts)
    }

    async fn page(&self, request: &Request<Incoming>) -> Response<Full<Bytes>> {
        if !matches!(*request.method(), Method::GET | Method::HEAD) {
            let mut refused = text(StatusCode::METHOD_NOT_ALLOWED, TEXT, "only GET and HEAD are allowed\n");
            refused.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            return refused;
        }
        let Inner { counters, cache, settings, .. } = &*self.0;
        let snapshot = async || {
            let accounts = Arc::clone(&settings.borrow().accounts);
            cache.snapshot(accounts).await
        };
        match request.uri().path() {
            "/healthz" => text(StatusCode::OK, TEXT, "alive\n"),
            "/readyz" => match readiness::failures(&*snapshot().await, &Arc::clone(&settings.borrow().invocation)) {
                reasons if reasons.is_empty() => text(StatusCode::OK, TEXT, "ready\n"),
                reasons => text(StatusCode::SERVICE_UNAVAILABLE, TEXT, reasons.join("\n") + "\n"),
            },
            "/metrics" => match metrics::render(counters, &*snapshot().await) {
                Ok(numbers) => text(StatusCode::OK, prometheus::TEXT_FORMAT, numbers),
                Err(error) => text(StatusCode::INTERNAL_SERVER_ERROR, TEXT, format!("{error}\n")),
            },
            "/" => text(StatusCode::OK, TEXT, INDEX),
            _ => text(StatusCode::NOT_FOUND, TEXT, format!("not found. Available:\n{INDEX}")),
        }
    }
}

impl Answer<Full<Bytes>> for Server {
    async fn answer(&self, request: Request<Incoming>, ends: Ends) -> Response<Full<Bytes>> {
        match ends.local.is_none_or(|local| self.is_allowed_host(&request, local)) {
            true => self.page(&request).await,
            false => text(StatusCode::MISDIRECTED_REQUEST, TEXT, host::UNKNOWN_HOST),
        }
    }
}

fn text(status: StatusCode, form: &'static str, body: impl Into<Bytes>) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(form));
    response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream};

    use super::*;
    use crate::archive::WriterHandle;
    use crate::clock::Clock;

    /// A server with a client that says `words`; what they share holds 64 bytes, or as many as the words are.
    async fn spoken(words: &str) -> (tempfile::TempDir, Server, DuplexStream, DuplexStream) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("archive.db");
        let clock = Clock::fixed("2026-09-01T02:00:00Z".parse().unwrap());
        let cache = StatusCache::new(WriterHandle::open(&path).unwrap(), path, clock.clone());
        let (_, settings) = watch::channel(Settings {
            listen: None,
            hosts: ["monitor.example".to_owned()].into(),
            accounts: Arc::default(),
            invocation: Arc::default(),
        });
        let server = Server::new(Arc::new(Counters::new(clock.now())), cache, settings);
        let (mut client, end) = tokio::io::duplex(words.len().max(64));
        client.write_all(words.as_bytes()).await.unwrap();
        (directory, server, end, client)
    }

    async fn serve_connection(server: &Server, end: DuplexStream, local: Option<IpAddr>) {
        let ends = Ends { local, peer: None };
        server.0.connections.serve_connection(end, ends, server.clone()).await;
    }

    #[tokio::test(start_paused = true)]
    async fn whoever_says_nothing_and_whoever_never_reads_is_cut_off() {
        for (words, seconds) in [("", 5), ("GET / HTTP/1.1\r\nHo", 5), ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", 35)] {
            let (_directory, server, end, _client) = spoken(words).await;
            let began = tokio::time::Instant::now();
            serve_connection(&server, end, None).await;
            assert_eq!(began.elapsed().as_secs(), seconds, "{words:?}");
        }
    }

    #[tokio::test]
    async fn only_what_is_there_is_answered() {
        for (line, status) in [
            ("GET / HTTP/1.1", "HTTP/1.1 200 OK"),
            ("HEAD /healthz HTTP/1.1", "HTTP/1.1 200 OK"),
            ("GET /metrics/ HTTP/1.1", "HTTP/1.1 404 Not Found"),
            ("GET /../etc/passwd HTTP/1.1", "HTTP/1.1 404 Not Found"),
            ("POST /metrics HTTP/1.1", "HTTP/1.1 405 Method Not Allowed"),
            ("garbage", "HTTP/1.1 400 Bad Request"),
        ] {
            let (_directory, server, end, client) = spoken(&format!("{line}\r\nConnection: close\r\n\r\n")).await;
            let (mut reader, _writer) = tokio::io::split(client);
            let mut answer = String::new();
            let (_, read) = tokio::join!(serve_connection(&server, end, None), reader.read_to_string(&mut answer));
            read.unwrap();
            assert!(answer.starts_with(status), "{line}: {answer}");
        }
    }

    #[tokio::test]
    async fn only_who_asks_by_a_name_of_this_machine_is_answered() {
        let local = Some("10.0.0.7".parse().unwrap());
        for (head, is_answered) in [
            ("GET /metrics HTTP/1.1\r\nHost: evil.example", false),
            ("GET /healthz HTTP/1.1\r\nHost: evil.example:8787", false),
            ("GET http://evil.example/ HTTP/1.1\r\nHost: localhost", false),
            ("GET / HTTP/1.1\r\nHost: 10.0.0.8:8787", false),
            ("GET / HTTP/1.1\r\nHost: localhost.evil.example", false),
            ("POST / HTTP/1.1\r\nHost: evil.example", false),
            ("GET / HTTP/1.1\r\nHost: 10.0.0.7:8787", true),
            ("GET / HTTP/1.1\r\nHost: LocalHost.:1", true),
            ("GET / HTTP/1.1\r\nHost: 127.0.0.2", true),
            ("GET / HTTP/1.1\r\nHost: [::1]:8787", true),
            ("GET / HTTP/1.1\r\nHost: Monitor.example", true),
            ("GET / HTTP/1.0", true),
        ] {
            let (_directory, server, end, client) = spoken(&format!("{head}\r\nConnection: close\r\n\r\n")).await;
            let (mut reader, _writer) = tokio::io::split(client);
            let mut answer = String::new();
            let (_, read) = tokio::join!(serve_connection(&server, end, local), reader.read_to_string(&mut answer));
            read.unwrap();
            assert_eq!(!answer.contains(" 421 "), is_answered, "{head}: {answer}");
        }
    }

    #[tokio::test]
    async fn a_head_without_end_is_refused() {
        let (_directory, server, end, client) = spoken("GET / HTTP/1.1\r\n").await;
        let (mut reader, mut writer) = tokio::io::split(client);
        let more = async {
            let header = "X: ".to_owned() + &"x".repeat(1000) + "\r\n";
            while writer.write_all(header.as_bytes()).await.is_ok() {}
        };
        let mut answer = String::new();
        let (_, _, read) = tokio::join!(serve_connection(&server, end, None), more, reader.read_to_string(&mut answer));
        read.unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{answer}");
    }
}
