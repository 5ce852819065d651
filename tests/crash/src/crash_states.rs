//! The states that a run can leave behind, at every instant of it, and the threads that check them.

use std::collections::HashSet;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use draftkeep::simulator::Random;

use crate::check::{Expected, check};
use crate::disk::{Disk, Loss};
use crate::facts::Facts;
use crate::look;
use crate::operation::Operation;
use crate::play::Played;
use crate::problem::{Kind, Label, Tally};
use crate::recording::WORK;
use crate::scenario::Scenario;
use crate::tree::Tree;

/// Behind the end of a run everything is reported, so more is tried there.
const AT_THE_END: usize = 60;

/// How many of each kind are wanted.
#[derive(Clone, Copy)]
pub(crate) struct Wanted {
    pub(crate) states: usize,
    pub(crate) seed: u64,
    /// Only at this position.
    pub(crate) position: Option<usize>,
    pub(crate) ignores_syncs: bool,
    pub(crate) threads: usize,
}

struct State {
    label: Label,
    tree: Tree,
    facts: Arc<Facts>,
}

/// Builds the states of a run and checks them.
pub(crate) fn check_all(
    scenario: &Scenario,
    played: &Played,
    expected: &Expected,
    wanted: Wanted,
    place: &Path,
    tally: &Tally,
) {
    let (sender, receiver) = sync_channel(2 * wanted.threads);
    let (receiver, number) = (Mutex::new(receiver), AtomicU64::new(0));
    std::thread::scope(|scope| {
        for _ in 0..wanted.threads {
            scope.spawn(|| check_some(scenario, expected, &receiver, &number, place, tally));
        }
        let mut builder = Builder::new(scenario, played, wanted, tally, sender);
        builder.build();
    });
}

fn check_some(
    scenario: &Scenario,
    expected: &Expected,
    states: &Mutex<Receiver<State>>,
    number: &AtomicU64,
    place: &Path,
    tally: &Tally,
) {
    loop {
        let next = states.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(State { label, tree, facts }) = next else { return };
        let directory = place.join(number.fetch_add(1, Ordering::Relaxed).to_string());
        let writer_first = (label.position as u64 + label.number).is_multiple_of(2);
        let checked =
            store(&tree, &directory).map_err(|error| format!("the state cannot be written: {error}")).and_then(|()| {
                let state = look::State { directory: &directory, facts: &facts, expected };
                check(scenario, &state, writer_first)
            });
        tally.checked(label.kind);
        if let Err(what) = checked {
            // As it was before it was opened.
            tally.problem(&label, &what, |kept| store(&tree, kept));
        }
        if let Err(error) = fs::remove_dir_all(&directory) {
            eprintln!("{} stays: {error}", directory.display());
        }
    }
}

/// Writes what the program's directory holds.
pub(crate) fn store(tree: &Tree, directory: &Path) -> io::Result<()> {
    let work = tree.find_path(WORK).ok_or_else(|| io::Error::other("the directory of the program is gone"))?;
    tree.store(work, directory)
}

struct Builder<'a> {
    scenario: &'a Scenario,
    played: &'a Played,
    wanted: Wanted,
    tally: &'a Tally,
    sender: SyncSender<State>,
    facts: Arc<Facts>,
    /// How often something was reported.
    reports: usize,
    seen: HashSet<(u64, usize)>,
}

impl<'a> Builder<'a> {
    fn new(
        scenario: &'a Scenario,
        played: &'a Played,
        wanted: Wanted,
        tally: &'a Tally,
        sender: SyncSender<State>,
    ) -> Self {
        let (facts, seen) = (Arc::default(), HashSet::new());
        Self { scenario, played, wanted, tally, sender, facts, reports: 0, seen }
    }

    fn build(&mut self) {
        let mut tree = self.played.start.clone();
        let mut disk = Disk::new(self.played.start.clone(), self.wanted.ignores_syncs);
        let length = self.played.operations.len();
        for (position, operation) in self.played.operations.iter().enumerate() {
            tree.apply(operation);
            disk.apply(operation);
            if self.facts_learn(operation) {
                self.reports += 1;
            }
            let position = position + 1;
            if self.wanted.position.is_none_or(|wanted| wanted == position) {
                self.at(position, length, operation, &tree, &disk);
            }
        }
    }

    fn facts_learn(&mut self, operation: &Operation) -> bool {
        matches!(operation, Operation::Said(_) | Operation::Ended(_)) && Arc::make_mut(&mut self.facts).learn(operation)
    }

    fn at(&mut self, position: usize, length: usize, operation: &Operation, tree: &Tree, disk: &Disk) {
        let mut random = Random::of(&format!("{} {} {position}", self.wanted.seed, self.scenario.name));
        // Half of the states are stops, as long as there are positions for them.
        if random.chance(self.wanted.states as f64 / 2.0 / length as f64) || self.wanted.position.is_some() {
            self.send(Label::new(self.scenario.name, position, Kind::Stopped, 0), tree);
        }
        if !disk.is_at_risk() {
            return;
        }
        let share = self.wanted.states as f64 / 2.0 / length as f64;
        let ends = matches!(operation, Operation::Ended(_));
        let some = share as usize + usize::from(random.chance(share.fract()));
        let some = if ends || self.wanted.position.is_some() { some.max(AT_THE_END) } else { some };
        for number in 0..some as u64 {
            let loss = match random.below(10) {
                0..3 => Loss::Tail,
                3..7 => Loss::Any,
                _ if disk.has_pending_write() => Loss::Torn,
                _ => Loss::Any,
            };
            let kind = if loss == Loss::Torn { Kind::TornWrite } else { Kind::PowerLoss };
            let left = disk.after(loss, &mut random);
            self.send(Label::new(self.scenario.name, position, kind, number), &left);
        }
    }

    /// Has a state checked, unless it was checked before with the same reports.
    fn send(&mut self, label: Label, tree: &Tree) {
        self.tally.point(label.kind);
        let fingerprint = tree.fingerprint(tree.find_path(WORK).unwrap_or_default());
        if !self.seen.insert((fingerprint, self.reports)) {
            return;
        }
        let state = State { label, tree: tree.clone(), facts: Arc::clone(&self.facts) };
        if self.sender.send(state).is_err() {
            eprintln!("nobody checks states any more");
        }
    }
}
