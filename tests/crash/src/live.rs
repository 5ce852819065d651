//! The program, stopped or refused something while it runs, and run again.

use std::fs;
use std::path::Path;

use draftkeep::simulator::Random;

use crate::check::{Expected, Versions, check};
use crate::crash_states::store;
use crate::disk::{Disk, Loss};
use crate::facts::Facts;
use crate::fault::{Failure, Fault};
use crate::look::State;
use crate::operation::{Class, Operation};
use crate::play::{Played, play};
use crate::problem::{Kind, Label, Tally};
use crate::program::{Ended, Program};
use crate::scenario::{Scenario, Step, perform, stage};
use crate::tree::Tree;

/// The exit code of a damaged archive. An I/O error is none.
const DAMAGED: i32 = 5;

pub(crate) struct Live<'a> {
    pub(crate) scenario: &'a Scenario,
    pub(crate) program: &'a Program,
    pub(crate) start: &'a Tree,
    pub(crate) expected: &'a Expected,
    /// What is done without a fault.
    pub(crate) operations: &'a [Operation],
    pub(crate) seed: u64,
    pub(crate) place: &'a Path,
    pub(crate) tally: &'a Tally,
}

impl Live<'_> {
    /// Runs the scenario once, with a fault that the number chooses.
    pub(crate) fn run(&self, number: u64) {
        let mut random = Random::of(&format!("{} {} live {number}", self.seed, self.scenario.name));
        let fault = self.choose(&mut random);
        let kind = if fault.failure == Failure::Stop { Kind::RunAgain } else { Kind::Fault };
        let class = fault.class.map_or("operation", Class::as_str);
        let lasts = if fault.lasts { ", and all later ones" } else { "" };
        let mut label = Label::new(self.scenario.name, fault.number, kind, number);
        label.detail = format!(" ({} at {class} {}{lasts})", fault.failure.as_str(), fault.number);
        let directory = self.place.join(format!("live-{number}"));
        let mut left = None;
        let outcome = self.try_fault(fault, &mut random, &directory, &mut label, &mut left);
        match (outcome, left) {
            (Ok(false), _) => {}
            (Ok(true), _) => self.count(kind),
            (Err(what), left) => {
                self.count(kind);
                let keep = |kept: &Path| left.as_ref().map_or_else(|| fs::create_dir(kept), |left| store(left, kept));
                self.tally.problem(&label, &what, keep);
            }
        }
        if directory.exists()
            && let Err(error) = fs::remove_dir_all(&directory)
        {
            eprintln!("{} stays: {error}", directory.display());
        }
    }

    fn count(&self, kind: Kind) {
        self.tally.point(kind);
        self.tally.checked(kind);
    }

    fn choose(&self, random: &mut Random) -> Fault {
        let count = |class: Option<Class>| {
            let counts =
                |operation: &&Operation| operation.class().is_some_and(|is| class.is_none_or(|class| class == is));
            self.operations.iter().filter(counts).count()
        };
        if random.chance(0.5) {
            return Fault { class: None, number: random.below(count(None)), failure: Failure::Stop, lasts: true };
        }
        let classes: Vec<Class> = Class::ALL.into_iter().filter(|class| count(Some(*class)) > 0).collect();
        let class = *random.pick(&classes);
        let failures: &[Failure] = match class {
            Class::Write => &[Failure::NoSpace, Failure::InputOutput, Failure::Short],
            Class::Create | Class::Rename => &[Failure::NoSpace, Failure::InputOutput],
            Class::Sync | Class::Truncate | Class::Remove => &[Failure::InputOutput],
        };
        let (number, lasts) = (random.below(count(Some(class))), random.chance(0.4));
        Fault { class: Some(class), number, failure: *random.pick(failures), lasts }
    }

    /// Returns whether the fault came.
    fn try_fault(
        &self,
        fault: Fault,
        random: &mut Random,
        directory: &Path,
        label: &mut Label,
        left: &mut Option<Tree>,
    ) -> Result<bool, String> {
        let text = |error: std::io::Error| error.to_string();
        let mut stage = stage(self.scenario, self.seed).map_err(text)?;
        let drafts = stage.drafts();
        let played = play(self.scenario, &mut stage, self.program, self.start.clone(), Some(fault)).map_err(text)?;
        if !played.came {
            return Ok(false);
        }
        let last = played.runs.last().ok_or("nothing was run")?;
        let mut tree = played.tree.clone();
        if fault.failure != Failure::Stop {
            is_sensible(last).map_err(|what| format!("{what}: {last:?}"))?;
        }
        // What a sync that failed was to keep must not have been reported.
        if (fault.failure == Failure::Stop || fault.class == Some(Class::Sync)) && random.chance(0.5) {
            tree = after_power_loss(&played, random);
            label.detail.push_str(" and a power loss");
        }
        let facts = Facts::of(&played.operations);
        let tree = left.insert(tree);
        fs::create_dir(directory).map_err(text)?;
        let (checked, work) = (directory.join("checked"), directory.join("work"));
        store(tree, &checked).and_then(|()| store(tree, &work)).map_err(text)?;
        let unfinished = Expected { at_the_end: Versions::new(), runs: usize::MAX, ..self.expected.clone() };
        let is_daemon = self.scenario.steps.iter().any(|step| matches!(step, Step::Daemon(..)));
        // What runs that went on beside the fault say to be done is done.
        let is_done = !is_daemon && played.runs.iter().all(Ended::is_done);
        let expected = if is_done { self.expected } else { &unfinished };
        let state = State { directory: &checked, facts: &facts, expected };
        check(self.scenario, &state, random.chance(0.5))
            .map_err(|what| format!("{what}; the program said: {last:?}"))?;
        let verify = Step::Run(&["verify"]);
        let is_new = facts.versions.is_empty() && self.expected.always.is_empty();
        perform(verify, &mut stage, self.program, &work, if is_new { &["there is no archive"] } else { &[] })
            .map_err(text)?;
        for step in self.scenario.again {
            perform(*step, &mut stage, self.program, &work, self.scenario.again_refusals).map_err(text)?;
        }
        if !self.scenario.again.is_empty() {
            perform(verify, &mut stage, self.program, &work, &[]).map_err(text)?;
            let state = State { directory: &work, expected: &unfinished, ..state };
            check(self.scenario, &state, false).map_err(|what| format!("after another run: {what}"))?;
        }
        let edits = |step: &Step| matches!(step, Step::Edit(_) | Step::Daemon(..));
        if !self.scenario.steps.iter().any(edits) {
            (self.scenario.ending)(&stage, drafts)?;
        }
        Ok(true)
    }
}

fn after_power_loss(played: &Played, random: &mut Random) -> Tree {
    let mut disk = Disk::new(played.start.clone(), false);
    played.operations.iter().for_each(|operation| disk.apply(operation));
    disk.after(*random.pick(&[Loss::Tail, Loss::Any, Loss::Torn]), random)
}

/// Checks how the program ended where the file system refused something.
fn is_sensible(ended: &Ended) -> Result<(), String> {
    if ended.output.contains("panicked") {
        return Err("it panicked".to_owned());
    }
    if ended.output.contains("archive is damaged") || ended.code == Some(DAMAGED) {
        return Err("it says that the archive is damaged".to_owned());
    }
    let says_why = ["Error: ", "Warning: ", " ERROR ", " WARN "].iter().any(|word| ended.output.contains(word));
    match ended.code {
        // What it promised then is checked like every promise.
        Some(0) => Ok(()),
        Some(code) if !says_why => Err(format!("it ended with {code} and does not say why")),
        Some(_) => Ok(()),
        None => Err("it was killed".to_owned()),
    }
}
