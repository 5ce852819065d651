//! A server that sends the answers of a test, byte for byte, and records the requests.
//!
//! It implements just enough HTTP/1.1 over TCP for errors that no framework allows: a cut connection, a wrong length, an endless body.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// Answers with this status line's end, these headers and this body.
    Answer { status: &'static str, headers: String, body: Vec<u8> },
    /// Closes the connection without an answer.
    HangUp,
    /// Announces a longer body than it sends, then closes.
    CutShort(Vec<u8>),
    /// Sends zeros until the client has had enough.
    Endless,
    /// Waits for a permit, then does the other thing.
    Held(Arc<Semaphore>, Box<Reply>),
}

impl Reply {
    /// A correct answer of the platform, whose content type varies.
    pub(crate) fn ok(body: impl AsRef<[u8]>) -> Self {
        Self::with("200 OK", "Content-Type: text/plain\r\n", body)
    }

    pub(crate) fn with(status: &'static str, headers: &str, body: impl AsRef<[u8]>) -> Self {
        Self::Answer { status, headers: headers.to_owned(), body: body.as_ref().to_vec() }
    }

    /// This reply, once `gate` has a permit for it.
    pub(crate) fn held_by(self, gate: &Arc<Semaphore>) -> Self {
        Self::Held(Arc::clone(gate), Box::new(self))
    }

    pub(crate) fn errcode(code: i64, errmsg: &str) -> Self {
        Self::ok(serde_json::json!({ "errcode": code, "errmsg": errmsg }).to_string())
    }

    pub(crate) fn token(token: &str) -> Self {
        Self::ok(serde_json::json!({ "access_token": token, "expires_in": 7200 }).to_string())
    }
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    /// Method and target as in the request line.
    pub(crate) method: String,
    pub(crate) target: String,
    /// Names in lower case.
    pub(crate) headers: HashMap<String, String>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("a JSON body")
    }

    /// The token in the query string.
    pub(crate) fn token(&self) -> &str {
        self.target.split_once("?access_token=").map_or("", |(_, token)| token)
    }

    fn path(&self) -> &str {
        let path = self.target.split('?').next().unwrap_or_default();
        path.split_once("/cgi-bin/").map_or(path, |(_, path)| path)
    }
}

#[derive(Default)]
struct State {
    replies: Mutex<HashMap<String, VecDeque<Reply>>>,
    requests: Mutex<Vec<Request>>,
    connections: AtomicU64,
    bytes_sent: AtomicU64,
}

/// The server; it stops with the test's runtime.
pub(crate) struct Scripted {
    pub(crate) base: String,
    state: Arc<State>,
}

impl Scripted {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(State::default());
        tokio::spawn({
            let state = Arc::clone(&state);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    state.connections.fetch_add(1, Ordering::Relaxed);
                    tokio::spawn(serve(stream, Arc::clone(&state)));
                }
            }
        });
        Self { base, state }
    }

    /// Answers requests to `path` with `replies` in turn; the last one is repeated for ever.
    pub(crate) fn on(&self, path: &str, replies: impl IntoIterator<Item = Reply>) -> &Self {
        self.state.replies.lock().unwrap().insert(path.to_owned(), replies.into_iter().collect());
        self
    }

    /// Every request to `path` so far, in order.
    pub(crate) fn requests(&self, path: &str) -> Vec<Request> {
        let requests = self.state.requests.lock().unwrap();
        requests.iter().filter(|request| request.path() == path).cloned().collect()
    }

    /// The tokens that requests to `path` came with, in order.
    pub(crate) fn tokens(&self, path: &str) -> Vec<String> {
        self.requests(path).iter().map(|request| request.token().to_owned()).collect()
    }

    pub(crate) fn connections(&self) -> u64 {
        self.state.connections.load(Ordering::Relaxed)
    }

    /// How much of endless answers has left the server.
    pub(crate) fn bytes_sent(&self) -> u64 {
        self.state.bytes_sent.load(Ordering::Relaxed)
    }
}

/// A server that accepts every connection and never answers; it stops with the test's runtime.
pub(crate) struct Silent {
    pub(crate) base: String,
    connections: Arc<AtomicU64>,
}

impl Silent {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let connections = Arc::new(AtomicU64::new(0));
        let counted = Arc::clone(&connections);
        tokio::spawn(async move {
            let mut open = Vec::new();
            while let Ok((stream, _)) = listener.accept().await {
                counted.fetch_add(1, Ordering::Relaxed);
                open.push(stream);
            }
        });
        Self { base, connections }
    }

    pub(crate) fn connections(&self) -> u64 {
        self.connections.load(Ordering::Relaxed)
    }
}

impl State {
    fn reply(&self, path: &str) -> Reply {
        let mut replies = self.replies.lock().unwrap();
        let Some(queue) = replies.get_mut(path) else { return Reply::with("404 Not Found", "", "no script") };
        if queue.len() > 1 { queue.pop_front().unwrap() } else { queue[0].clone() }
    }
}

async fn serve(stream: TcpStream, state: Arc<State>) {
    let mut stream = BufReader::new(stream);
    while let Some(request) = receive(&mut stream).await {
        let mut reply = state.reply(request.path());
        let is_last = request.headers.get("connection").is_some_and(|connection| connection == "close");
        state.requests.lock().unwrap().push(request);
        while let Reply::Held(gate, then) = reply {
            gate.acquire().await.unwrap().forget();
            reply = *then;
        }
        match reply {
            Reply::Held(..) => unreachable!("a held reply was let go"),
            Reply::Answer { status, headers, body } => {
                let head = format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
                if stream.write_all(&[head.as_bytes(), &body].concat()).await.is_err() || is_last {
                    return;
                }
            }
            Reply::HangUp => return,
            Reply::CutShort(body) => {
                let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len() + 100);
                stream.write_all(&[head.as_bytes(), &body].concat()).await.unwrap();
                return;
            }
            Reply::Endless => return pour(&mut stream, &state).await,
        }
    }
}

/// A body that ends with the connection, which the client has to close.
async fn pour(stream: &mut BufReader<TcpStream>, state: &State) {
    let chunk = vec![b' '; 1 << 20];
    stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{").await.unwrap();
    while stream.write_all(&chunk).await.is_ok() {
        state.bytes_sent.fetch_add(chunk.len() as u64, Ordering::Relaxed);
    }
}

async fn receive(stream: &mut BufReader<TcpStream>) -> Option<Request> {
    let first = line(stream).await?;
    let mut words = first.split(' ').map(str::to_owned);
    let (method, target) = (words.next()?, words.next()?);
    let mut headers = HashMap::new();
    loop {
        let line = line(stream).await?;
        let Some((name, value)) = line.split_once(':') else { break };
        headers.insert(name.to_lowercase(), value.trim().to_owned());
    }
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some(Request { method, target, headers, body })
}

async fn line(stream: &mut BufReader<TcpStream>) -> Option<String> {
    let mut line = String::new();
    let length = stream.read_line(&mut line).await.ok()?;
    (length > 0).then(|| line.trim_end().to_owned())
}
