//! A run of the daemon: what it waits for, and how it is stopped.

use std::io;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::program::{self, Program, STDERR};
use crate::stage::Stage;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// How long it has for a poll, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long it goes on after what was waited for: pictures, messages, copies and the mirror come after a poll.
const AFTERWARDS: Duration = Duration::from_millis(1500);

/// Runs the daemon: for each number it waits for a poll, and makes so many edits. `is_over` ends it early.
pub(crate) fn run(
    program: &Program,
    (work, said): (&Path, &Path),
    stage: &mut Stage,
    edits: &[usize],
    started: impl FnOnce(u32),
    is_over: &dyn Fn() -> bool,
) -> io::Result<Option<i32>> {
    let log = said.join(STDERR);
    let before = polls(&log);
    let mut child = program.start(work, said, &["run", "--log", "json"], None)?;
    started(child.id());
    let mut wanted = before;
    for edits in edits.iter().chain([&0]) {
        wanted += 1;
        let waited = Instant::now();
        while polls(&log) < wanted && !is_over() && child.try_wait()?.is_none() && waited.elapsed() < PATIENCE {
            sleep(PAUSE);
        }
        if waited.elapsed() >= PATIENCE && !is_over() {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other(format!("no poll within {PATIENCE:?}: {}", program::read(&log))));
        }
        stage.advance();
        stage.edit(*edits);
        if *edits == 0 {
            break;
        }
    }
    let waited = Instant::now();
    while child.try_wait()?.is_none() && waited.elapsed() < AFTERWARDS {
        sleep(PAUSE);
    }
    stop(&mut child)
}

/// Returns how many polls the log tells of.
fn polls(log: &Path) -> usize {
    program::read(log).matches("\"message\":\"polled\"").count()
}

fn stop(child: &mut Child) -> io::Result<Option<i32>> {
    if child.try_wait()?.is_none() {
        kill(Pid::from_raw(child.id() as i32), Signal::SIGTERM)?;
    }
    let waited = Instant::now();
    while waited.elapsed() < PATIENCE {
        if let Some(status) = child.try_wait()? {
            return Ok(status.code());
        }
        sleep(PAUSE);
    }
    child.kill()?;
    child.wait()?;
    Err(io::Error::other("the daemon does not stop"))
}
