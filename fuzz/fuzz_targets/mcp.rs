//! Messages of an agent: each call of a tool is answered once, every answer is the protocol's, and the tools go on answering.
//!
//! An input is lines. One that begins with the name of a tool calls it with the rest of the line, as in `get_draft {"draft": "mag/1"}`; any
//! other one is sent as it is.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::time::Duration;

use draftkeep::mcp::serve_on;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::runtime::Runtime;

use crate::archive::{directory, make};

const TOOLS: [&str; 6] = ["list_drafts", "get_draft", "history", "diff", "search", "when"];

/// More lines than an input needs to confuse.
const MOST_LINES: usize = 8;

/// The identifier of the last message, which no input is likely to have.
const LAST: &str = "the last one";

/// The longest answer: a part of a draft, or a page of a list.
const LONGEST_ANSWER: usize = 200_000;

struct Archive {
    runtime: Runtime,
    path: PathBuf,
    _place: TempDir,
}

static ARCHIVE: OnceLock<Archive> = OnceLock::new();

pub fn run(data: &[u8]) {
    let lines: Vec<Vec<u8>> = data.split(|byte| *byte == b'\n').take(MOST_LINES).enumerate().map(message).collect();
    // Another message may cancel a call, or have its identifier.
    let are_calls = lines.iter().all(|line| line.starts_with(CALL.as_bytes()));
    let calls = lines.iter().filter_map(|line| serde_json::from_slice::<Value>(line).ok());
    let calls: Vec<Value> = calls.filter(|call| are_calls && call["params"]["arguments"].is_object()).collect();
    let Archive { runtime, path, .. } = ARCHIVE.get_or_init(begin);
    let asked = async { tokio::time::timeout(Duration::from_secs(20), ask(path.clone(), &lines, &calls)).await };
    let answers = runtime.block_on(asked).expect("the tools answer in time");
    for answer in &answers {
        assert_eq!(answer["jsonrpc"], "2.0", "{answer}");
        let text = answer.to_string();
        assert!(text.len() < LONGEST_ANSWER, "{text}");
        assert!(!text.contains("a fault of draftkeep"), "{text}");
    }
    for call in calls {
        let own = answers.iter().filter(|answer| answer["id"] == call["id"]).count();
        assert_eq!(own, 1, "{call} was not answered once: {answers:?}");
    }
}

const CALL: &str = r#"{"jsonrpc":"2.0","id":"call "#;

/// Makes a message of a line of the input.
fn message((at, line): (usize, &[u8])) -> Vec<u8> {
    let call = TOOLS.iter().find_map(|tool| Some((tool, line.strip_prefix(tool.as_bytes())?)));
    let Some((tool, arguments)) = call else { return line.to_vec() };
    let start = format!("{CALL}{at}\",\"method\":\"tools/call\",\"params\":{{\"name\":\"{tool}\",\"arguments\":");
    [start.as_bytes(), arguments, b"}}"].concat()
}

/// Sends the lines, and returns what comes back until the calls and the last message are answered.
async fn ask(archive: PathBuf, lines: &[Vec<u8>], calls: &[Value]) -> Vec<Value> {
    let (ours, theirs) = tokio::io::duplex(1 << 20);
    let (input, output) = tokio::io::split(theirs);
    let serving = tokio::spawn(serve_on(input, output, archive, None));
    let (from, mut to) = tokio::io::split(ours);
    let client = json!({ "name": "fuzz", "version": "1" });
    let hello = json!({ "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client });
    let hello = json!({ "jsonrpc": "2.0", "id": "hello", "method": "initialize", "params": hello }).to_string();
    let begun = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }).to_string();
    let last = json!({ "jsonrpc": "2.0", "id": LAST, "method": "ping" }).to_string();
    let all = [&[hello.into_bytes(), begun.into_bytes()], lines, &[last.into_bytes()]].concat();
    let sent = [all.join(&b'\n'), b"\n".to_vec()].concat();
    to.write_all(&sent).await.expect("the tools read");
    let mut answers: Vec<Value> = Vec::new();
    let mut read = BufReader::new(from).lines();
    let is_answered = |id: &Value, answers: &[Value]| answers.iter().any(|answer| answer["id"] == *id);
    while !is_answered(&LAST.into(), &answers) || calls.iter().any(|call| !is_answered(&call["id"], &answers)) {
        let line = read.next_line().await.expect("what is written is text");
        let Some(line) = line else { panic!("the tools ended: {answers:?}") };
        answers.push(serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}")));
    }
    drop((read, to));
    serving.await.expect("the tools do not panic").expect("the protocol was spoken");
    answers
}

fn begin() -> Archive {
    let place = directory();
    let path = place.path().join("archive.db");
    make(&path);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    Archive { runtime, path, _place: place }
}
