//! What the program is asked to do while it is stopped: scenarios of steps.

use std::fs;
use std::io;
use std::path::Path;

use crate::daemon;
use crate::look::Look;
use crate::older_archive::make_older;
use crate::program::Program;
use crate::purpose::{Ending, Purpose};
use crate::recording::{SAID, WORK};
use crate::stage::Stage;
use crate::tree::Tree;

/// One step of a scenario.
#[derive(Clone, Copy)]
pub(crate) enum Step {
    /// So many random edits in the draft box.
    Edit(usize),
    /// The draft with this title loses its text.
    Spoil(&'static str),
    /// A run of the program to its end. `config.toml` is its configuration.
    Run(&'static [&'static str]),
    /// A run of the daemon: before each of these steps it waits until the daemon has polled, and at the end once more, and until the daemon
    /// has told all this.
    Daemon(&'static [Step], &'static [&'static str]),
    MakeDirectory(&'static str),
    Move(&'static str, &'static str),
    /// Gives the archive the form of an older program's, with this schema.
    MakeOlder(usize),
}

pub(crate) struct Scenario {
    pub(crate) name: &'static str,
    /// Lines of the configuration.
    pub(crate) config: &'static str,
    /// Lines of the account.
    pub(crate) schedule: &'static str,
    /// Whether clocks are the system's.
    pub(crate) real_time: bool,
    /// Done before anything is recorded.
    pub(crate) before: &'static [Step],
    /// Recorded, and stopped: edits and runs.
    pub(crate) steps: &'static [Step],
    /// What has to be done without an error afterwards, whatever happened.
    pub(crate) again: &'static [Step],
    /// What these may say where they do not end with 0.
    pub(crate) again_refusals: &'static [&'static str],
    /// What the platform has to hold then, where nobody edits meanwhile.
    pub(crate) ending: Ending,
    pub(crate) look: Look,
    pub(crate) purpose: Purpose,
}

/// What the program says where random edits take away many drafts between two polls. All that it read is recorded, and it ends with 3.
pub(crate) const TOO_MANY_WENT: &str = "too many to believe";

/// Makes the directory in which a scenario begins, and returns what is in it.
pub(crate) fn prepare(scenario: &Scenario, seed: u64, program: &Program, scratch: &Path) -> io::Result<Tree> {
    let mut stage = Stage::new(seed, scenario.real_time)?;
    let (work, said) = (scratch.join(WORK), scratch.join(SAID));
    fs::create_dir_all(&work)?;
    configure(scenario, &stage, &work)?;
    for step in scenario.before {
        perform(*step, &mut stage, program, &work, &[])?;
    }
    fs::create_dir(&said)?;
    for name in [crate::program::STDOUT, crate::program::STDERR] {
        fs::write(said.join(name), "")?;
    }
    let tree = Tree::load(scratch)?;
    fs::remove_dir_all(scratch)?;
    Ok(tree)
}

/// Returns a platform as it is when a scenario begins.
pub(crate) fn stage(scenario: &Scenario, seed: u64) -> io::Result<Stage> {
    let mut stage = Stage::new(seed, scenario.real_time)?;
    for step in scenario.before {
        stage.advance();
        stage.perform(*step);
    }
    Ok(stage)
}

pub(crate) fn configure(scenario: &Scenario, stage: &Stage, work: &Path) -> io::Result<()> {
    fs::write(work.join("config.toml"), stage.config(scenario.config, scenario.schedule))
}

/// Performs a step outside of the mounted file system. A run has to end with 0, or to say one of `refusals`.
pub(crate) fn perform(
    step: Step,
    stage: &mut Stage,
    program: &Program,
    work: &Path,
    refusals: &[&str],
) -> io::Result<()> {
    stage.advance();
    stage.perform(step);
    match step {
        Step::Run(arguments) => {
            let ended = program.run(work, arguments, stage.time().as_deref())?;
            let is_refused = ended.code.is_some() && refusals.iter().any(|refusal| ended.output.contains(refusal));
            if !ended.is_done() && !is_refused {
                return Err(io::Error::other(format!("{arguments:?}: {ended:?}")));
            }
        }
        Step::MakeDirectory(name) => fs::create_dir(work.join(name))?,
        Step::Move(from, to) => fs::rename(work.join(from), work.join(to))?,
        Step::MakeOlder(schema) => make_older(&work.join("archive.db"), schema)?,
        Step::Daemon(steps, told) => {
            let said = work.with_extension("said");
            fs::create_dir_all(&said)?;
            let code = daemon::run(program, (work, &said), stage, (steps, told), |_| {}, &|| false)?;
            if code != Some(0) {
                let said = crate::program::read(said.join(crate::program::STDERR));
                return Err(io::Error::other(format!("the daemon ended with {code:?}: {said}")));
            }
            fs::remove_dir_all(&said)?;
        }
        Step::Edit(_) | Step::Spoil(_) => {}
    }
    Ok(())
}
