//! A run of the daemon: what it waits for, and how it is stopped.

use std::io;
use std::path::Path;
use std::process::Child;
use std::thread::sleep;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::program::{self, Program, STDERR};
use crate::scenario::Step;
use crate::stage::Stage;

/// What its log says at the end of a poll.
pub(crate) const POLLED: &str = "\"message\":\"polled\"";

/// The pause between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// How long it has for a poll, and to stop. Beside other work, a poll takes many seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// How long it goes on after what was waited for: pictures, the index and the mirror come after a poll.
const AFTERWARDS: Duration = Duration::from_millis(1500);

/// Runs the daemon: waits for a poll before each step and at the end, then for what it has to tell. `is_over` ends it early.
pub(crate) fn run(
    program: &Program,
    (work, said): (&Path, &Path),
    stage: &mut Stage,
    (steps, told): (&[Step], &[&str]),
    started: impl FnOnce(u32),
    is_over: &dyn Fn() -> bool,
) -> io::Result<Option<i32>> {
    let log = said.join(STDERR);
    let mut before = program::read(&log);
    let mut child = program.start(work, said, &["run", "--log", "json"], None)?;
    started(child.id());
    for step in steps.iter().map(Some).chain([None]) {
        wait(&mut child, &log, &before, &[POLLED], is_over)?;
        before = program::read(&log);
        stage.advance();
        step.into_iter().for_each(|step| stage.perform(*step));
    }
    wait(&mut child, &log, "", told, is_over)?;
    let waited = Instant::now();
    while child.try_wait()?.is_none() && waited.elapsed() < AFTERWARDS {
        sleep(PAUSE);
    }
    stop(&mut child)
}

/// Waits until the log tells all this behind what it told before.
fn wait(child: &mut Child, log: &Path, before: &str, told: &[&str], is_over: &dyn Fn() -> bool) -> io::Result<()> {
    let waited = Instant::now();
    loop {
        let now = program::read(log);
        let is_told = told.iter().all(|told| now[before.len()..].contains(told));
        if is_told || is_over() || child.try_wait()?.is_some() {
            return Ok(());
        }
        if waited.elapsed() > PATIENCE {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other(format!("the daemon does not tell {told:?} within {PATIENCE:?}: {now}")));
        }
        sleep(PAUSE);
    }
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
