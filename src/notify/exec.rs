//! Programs of the operator: the message as JSON on stdin, no shell, a bounded time and a bounded output.

use std::ffi::OsStr;
use std::io;
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use nix::errno::Errno;
use nix::sys::signal::{Signal, killpg};
use nix::unistd::Pid;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};

use super::address::TargetError;
use super::answer::Answer;
use super::client::SHORT_WAIT;
use super::document::document;
use super::meaning::Meaning;
use super::message::Message;

/// How long the command may run.
pub(super) const TIMEOUT: Duration = Duration::from_secs(30);

/// How long its output is waited for once it has ended: a process that it started may hold the pipe.
const LAST_OUTPUT: Duration = Duration::from_millis(500);

/// How much of its output is kept, in bytes.
const LARGEST_OUTPUT: usize = 4096;

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
    let group = Group::of(&child);
    let output = Output::default();
    let readers = [
        child.stdout.take().map(|stdout| tokio::spawn(output.clone().keep(stdout))),
        child.stderr.take().map(|stderr| tokio::spawn(output.clone().keep(stderr))),
    ];
    let fed = feed(child.stdin.take(), document(message).to_string());
    let ended = tokio::time::timeout(timeout, async { tokio::join!(fed, child.wait()).1 }).await;
    drop(group);
    for reader in readers.into_iter().flatten() {
        let stop = reader.abort_handle();
        if tokio::time::timeout(LAST_OUTPUT, reader).await.is_err() {
            stop.abort();
        }
    }
    read(ended, timeout).said(output.text())
}

fn spawn(command: &[String], kind: &str) -> io::Result<Child> {
    let mut words = command.iter();
    let program = words.next().map_or(OsStr::new(""), OsStr::new);
    Command::new(program)
        .args(words)
        .env_clear()
        .envs([("PATH", PATH), ("LANG", "C.UTF-8"), ("DRAFTKEEP_EVENT", kind)])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
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

/// What a command writes, up to a limit. The rest is read and dropped, so that it does not wait for a reader.
#[derive(Clone, Default)]
struct Output(Arc<Mutex<Vec<u8>>>);

impl Output {
    async fn keep(self, mut from: impl AsyncRead + Unpin) {
        let mut buffer = [0; 4096];
        loop {
            match from.read(&mut buffer).await {
                Ok(0) | Err(_) => return,
                Ok(length) => {
                    let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
                    let room = LARGEST_OUTPUT - kept.len();
                    kept.extend_from_slice(&buffer[..length.min(room)]);
                }
            }
        }
    }

    fn text(&self) -> String {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

/// The process group of a command, killed when dropped: what it started ends with it, even if nobody waits any more.
struct Group(Option<Pid>);

impl Group {
    fn of(child: &Child) -> Self {
        Self(child.id().and_then(|id| i32::try_from(id).ok()).map(Pid::from_raw))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let Some(group) = self.0 else { return };
        match killpg(group, Signal::SIGKILL) {
            // Nobody of it is left.
            Ok(()) | Err(Errno::ESRCH) => {}
            Err(error) => tracing::debug!(%error, "cannot kill the processes of a command"),
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
            ("echo later; exit 75", Answer::later(SHORT_WAIT, Meaning::Busy).code(75).said("later\n")),
            ("echo no >&2; exit 3", Answer::rejected(Meaning::CommandFailed).code(3).said("no\n")),
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
    async fn a_megabyte_of_output_is_read_and_dropped() {
        let answer = run("head -c 1000000 /dev/zero | tr '\\0' x; exit 1", &message(), TIMEOUT).await;
        assert_eq!(answer.reason().unwrap().said.len(), LARGEST_OUTPUT);
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
