//! Programs of the operator: the message as JSON on stdin, no shell, a bounded time, and hardly any of its output kept: it may hold secrets.

use std::ffi::OsStr;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::address::TargetError;
use super::answer::Answer;
use super::client::SHORT_WAIT;
use super::document::document;
use super::meaning::Meaning;
use super::message::Message;
use crate::process_group::ProcessGroup;
use crate::secret::hide_credentials;

/// How long the command may run.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// How long its output is waited for once it has ended: a process that it started may hold the pipe.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// The longest line that is kept of what it writes to stderr, in bytes: an error is a short line, a trace of a shell or a dump is not.
const LONGEST_LINE: usize = 160;

/// The exit status that asks for another try (EX_TEMPFAIL of sysexits.h).
const TRY_AGAIN: i32 = 75;

/// Where programs are searched: the environment of the daemon may hold secrets, so it is not passed on.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

pub(super) fn check(command: &[String]) -> Result<(), TargetError> {
    match command.first() {
        Some(program) if !program.trim().is_empty() => Ok(()),
        _ => Err(TargetError::NoCommand),
    }
}

/// Runs the command. When this returns, its whole process group has ended.
pub(super) async fn send(command: &[String], message: &Message, timeout: Duration) -> Answer {
    let mut child = match spawn(command, &message.kind) {
        Ok(child) => child,
        Err(error) => return Answer::parked(Meaning::CommandNotStarted).said(error.to_string()),
    };
    let group = ProcessGroup::of(&child);
    let last_line = LastLine::default();
    let reader = child.stderr.take().map(|stderr| tokio::spawn(last_line.clone().read(stderr)));
    let fed = feed(child.stdin.take(), document(message).to_string());
    let ended = tokio::time::timeout(timeout, async { tokio::join!(fed, child.wait()).1 }).await;
    drop(group);
    if let Some(reader) = reader {
        let stop = reader.abort_handle();
        if tokio::time::timeout(LAST_OUTPUT, reader).await.is_err() {
            stop.abort();
        }
    }
    let answer = read(ended, timeout);
    match last_line.text() {
        line if line.is_empty() => answer,
        line => answer.said(hide_credentials(&line)),
    }
}

fn spawn(command: &[String], kind: &str) -> io::Result<Child> {
    let mut words = command.iter();
    let program = words.next().map_or(OsStr::new(""), OsStr::new);
    Command::new(program)
        .args(words)
        .env_clear()
        .envs([("PATH", PATH), ("LANG", "C.UTF-8"), ("DRAFTKEEP_EVENT", kind)])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
}

/// A command that does not read its input is no failure; whether it could do its work, its exit status says.
async fn feed(stdin: Option<ChildStdin>, document: String) {
    let Some(mut stdin) = stdin else { return };
    if let Err(error) = stdin.write_all(document.as_bytes()).await {
        tracing::debug!(%error, "a command has not read the whole message");
    }
}

fn read(ended: Result<io::Result<ExitStatus>, tokio::time::error::Elapsed>, timeout: Duration) -> Answer {
    let status = match ended {
        Err(_) => return Answer::uncertain(Meaning::CommandTimedOut).code(timeout.as_secs().cast_signed()),
        Ok(Err(error)) => return Answer::uncertain(Meaning::CommandFailed).said(error.to_string()),
        Ok(Ok(status)) => status,
    };
    match status.code() {
        Some(0) => Answer::Delivered,
        Some(TRY_AGAIN) => Answer::later(SHORT_WAIT, Meaning::Busy).code(i64::from(TRY_AGAIN)),
        Some(code) => Answer::rejected(Meaning::CommandFailed).code(i64::from(code)),
        // A signal ended it, at a point that nobody knows.
        None => Answer::uncertain(Meaning::CommandFailed),
    }
}

/// The last line that a command writes, if it is a short one. The rest is read and dropped, so that it does not wait for a reader.
#[derive(Clone, Default)]
struct LastLine(Arc<Mutex<Line>>);

#[derive(Default)]
struct Line {
    /// Up to one byte more than is shown.
    bytes: Vec<u8>,
    is_complete: bool,
}

impl LastLine {
    async fn read(self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        loop {
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(length) => buffer[..length].iter().for_each(|byte| self.line().push(*byte)),
            }
        }
    }

    fn text(&self) -> String {
        let line = self.line();
        if line.bytes.len() > LONGEST_LINE { String::new() } else { String::from_utf8_lossy(&line.bytes).into_owned() }
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    fn push(&mut self, byte: u8) {
        match byte {
            b'\r' => {}
            // Blank lines at the end are no last line.
            b'\n' => self.is_complete = true,
            _ => {
                if std::mem::take(&mut self.is_complete) {
                    self.bytes.clear();
                }
                if self.bytes.len() <= LONGEST_LINE {
                    self.bytes.push(byte);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::message::samples::{huge, message};
    use super::*;

    async fn run(script: &str, message: &Message, timeout: Duration) -> Answer {
        send(&["sh", "-c", script].map(str::to_owned), message, timeout).await
    }

    #[tokio::test]
    async fn the_message_comes_on_stdin_and_the_exit_status_decides() {
        for (script, expected) in [
            ("exit 0", Answer::Delivered),
            ("grep -q '\"type\":\"draft.emptied\"' && test \"$DRAFTKEEP_EVENT\" = draft.emptied", Answer::Delivered),
            ("test -z \"$HOME$CARGO\"", Answer::Delivered),
            ("echo on stdout; exit 75", Answer::later(SHORT_WAIT, Meaning::Busy).code(75)),
            ("echo first >&2; echo no >&2; exit 3", Answer::rejected(Meaning::CommandFailed).code(3).said("no")),
            ("kill -9 $$", Answer::uncertain(Meaning::CommandFailed)),
        ] {
            assert_eq!(run(script, &message(), TIMEOUT).await, expected, "{script}");
        }
        assert_eq!(run("exit 0", &huge(), TIMEOUT).await, Answer::Delivered, "who reads nothing may succeed");
    }

    #[tokio::test]
    async fn what_cannot_be_started_is_parked() {
        let answer = send(&["/no/such/command".to_owned()], &message(), TIMEOUT).await;
        assert!(matches!(answer, Answer::Parked { reason } if reason.meaning == Meaning::CommandNotStarted));
        assert_eq!(check(&[String::new()]), Err(TargetError::NoCommand));
        assert_eq!(check(&[]), Err(TargetError::NoCommand));
    }

    #[tokio::test]
    async fn a_megabyte_of_output_is_read_and_dropped_and_a_long_line_is_none() {
        let said = async |script: &str| run(script, &message(), TIMEOUT).await.reason().unwrap().said.clone();
        assert_eq!(said("head -c 1000000 /dev/zero | tr '\\0' x >&2; exit 1").await, "");
        assert_eq!(said("head -c 1000000 /dev/zero | tr '\\0' '\\n' >&2; echo refused >&2; exit 1").await, "refused");
        let longest = "y".repeat(LONGEST_LINE);
        assert_eq!(said(&format!("echo {longest} >&2; exit 1")).await, longest);
        assert_eq!(said(&format!("echo {longest}y >&2; exit 1")).await, "");
    }

    #[tokio::test]
    async fn what_a_command_writes_shows_no_credential() {
        let script = "set -x; curl_() { false; }; curl_ -H 'Authorization: Bearer q8Jd02mKs91LxT4v' 'https://x.example/send?key=693a91f6' || exit 4";
        let said = run(script, &message(), TIMEOUT).await.reason().unwrap().said.clone();
        assert!(!said.contains("q8Jd02mKs91LxT4v") && !said.contains("693a91f6"), "{said}");
    }

    /// Returns whether a process is gone; a zombie is.
    fn has_ended(pid: &str) -> bool {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", pid.trim()));
        stat.map_or(true, |stat| stat.contains(") Z "))
    }

    async fn ends(pid: &str) -> bool {
        for _ in 0..2000 {
            if has_ended(pid) {
                return true;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        false
    }

    #[tokio::test]
    async fn a_command_that_never_ends_is_ended_with_its_children() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'; wait", file.display());
        let answer = run(&script, &message(), Duration::from_secs(1)).await;
        assert_eq!(answer, Answer::uncertain(Meaning::CommandTimedOut).code(1));
        assert!(ends(&std::fs::read_to_string(&file).unwrap()).await, "the sleep goes on");
    }

    #[tokio::test]
    async fn what_a_command_leaves_behind_is_ended() {
        // It holds the pipe, and is not waited for.
        let message = message();
        let answer = run("sleep 600 & echo $!", &message, TIMEOUT);
        assert_eq!(tokio::time::timeout(Duration::from_secs(20), answer).await.unwrap(), Answer::Delivered);
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("pid");
        let script = format!("sleep 600 & echo $! > '{}'", file.display());
        assert_eq!(run(&script, &message, TIMEOUT).await, Answer::Delivered);
        assert!(ends(&std::fs::read_to_string(&file).unwrap()).await, "the sleep goes on");
    }
}
