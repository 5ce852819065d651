//! A run of a scenario in the mounted file system.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use crate::daemon;
use crate::fault::Fault;
use crate::mount::Mounted;
use crate::operation::Operation;
use crate::program::{self, Ended, Program, STDERR, STDOUT};
use crate::recording::{SAID, WORK};
use crate::scenario::{Scenario, Step, configure};
use crate::stage::Stage;
use crate::tree::Tree;

/// What was done, and what is there afterwards.
pub(crate) struct Played {
    /// What was there before.
    pub(crate) start: Tree,
    pub(crate) operations: Vec<Operation>,
    /// What is there now.
    pub(crate) tree: Tree,
    pub(crate) runs: Vec<Ended>,
    /// Whether the fault came that was asked for.
    pub(crate) came: bool,
}

/// A place for mounts and states.
pub(crate) struct Place {
    pub(crate) path: PathBuf,
}

impl Place {
    /// In memory: states are written and read thousands of times.
    pub(crate) fn new(name: &str) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = Path::new("/dev/shm").join(format!("draftkeep-crash-{}-{name}-{number}", std::process::id()));
        fs::create_dir(&path)?;
        Ok(Self { path })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            eprintln!("{} stays: {error}", self.path.display());
        }
    }
}

/// Plays the steps of a scenario until they are done, or a run has met the fault.
pub(crate) fn play(
    scenario: &Scenario,
    stage: &mut Stage,
    program: &Program,
    start: Tree,
    fault: Option<Fault>,
) -> io::Result<Played> {
    let place = Place::new("mount")?;
    let mounted = Mounted::new(start, &place.path)?;
    let (work, said) = (place.path.join(WORK), place.path.join(SAID));
    configure(scenario, stage, &work)?;
    // The configuration is there before the program is.
    let start = mounted.begin(fault);
    let mut runs = Vec::new();
    for step in scenario.steps {
        stage.advance();
        stage.perform(*step);
        if matches!(step, Step::Run(_) | Step::Daemon(..)) {
            runs.push(run(*step, &mounted, program, stage, &work, &said)?);
        }
        if mounted.recording().faults.came {
            break;
        }
    }
    let mut recording = mounted.recording();
    let operations = std::mem::take(&mut recording.operations);
    let (tree, came) = (recording.tree.clone(), recording.faults.came);
    drop(recording);
    drop(mounted);
    Ok(Played { start, operations, tree, runs, came })
}

fn run(
    step: Step,
    mounted: &Mounted,
    program: &Program,
    stage: &mut Stage,
    work: &Path,
    said: &Path,
) -> io::Result<Ended> {
    let before = [STDOUT, STDERR].map(|name| program::read(said.join(name)).len());
    let started = |process| mounted.recording().faults.set_process(process);
    let code = match step {
        Step::Daemon(steps, told) => {
            let is_over = || mounted.recording().faults.came;
            daemon::run(program, (work, said), stage, (steps, told), started, &is_over)?
        }
        Step::Run(arguments) => {
            let mut child = program.start(work, said, arguments, stage.time().as_deref())?;
            started(child.id());
            child.wait()?.code()
        }
        _ => None,
    };
    let output = [(STDOUT, before[0]), (STDERR, before[1])];
    let output = output.map(|(name, from)| program::read(said.join(name)).split_off(from)).concat();
    if let Some(code) = code {
        mounted.recording().end_run(code);
    }
    Ok(Ended { code, output })
}
