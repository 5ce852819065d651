//! What was tried, what went wrong, and where it can be looked at.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many states that failed are kept of one scenario: the others hardly tell more.
const MOST_KEPT: usize = 10;

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Stopped,
    PowerLoss,
    TornWrite,
    /// The real program was stopped, and run again.
    RunAgain,
    /// An operation failed while the program ran.
    Fault,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Stopped => "stopped",
            Self::PowerLoss => "power loss",
            Self::TornWrite => "torn write",
            Self::RunAgain => "stopped and run again",
            Self::Fault => "I/O fault",
        })
    }
}

/// Where a state comes from.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) scenario: &'static str,
    /// How many operations were done.
    pub(crate) position: usize,
    pub(crate) kind: Kind,
    /// Which one of those of this kind there.
    pub(crate) number: u64,
    pub(crate) detail: String,
}

impl Label {
    pub(crate) fn new(scenario: &'static str, position: usize, kind: Kind, number: u64) -> Self {
        Self { scenario, position, kind, number, detail: String::new() }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { scenario, position, kind, number, detail } = self;
        write!(f, "{scenario}, position {position}, {kind} {number}{detail}")
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    points: u64,
    checked: u64,
    problems: u64,
}

/// The counts of a scenario.
pub(crate) struct Tally {
    seed: u64,
    keep: PathBuf,
    counts: Mutex<BTreeMap<Kind, Count>>,
}

impl Tally {
    pub(crate) fn new(seed: u64, keep: &Path) -> Self {
        Self { seed, keep: keep.to_owned(), counts: Mutex::default() }
    }

    fn counts(&self) -> MutexGuard<'_, BTreeMap<Kind, Count>> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn point(&self, kind: Kind) {
        self.counts().entry(kind).or_default().points += 1;
    }

    pub(crate) fn checked(&self, kind: Kind) {
        self.counts().entry(kind).or_default().checked += 1;
    }

    /// Tells of a problem, and keeps the state that has it.
    pub(crate) fn problem(&self, label: &Label, what: &str, store: impl FnOnce(&Path) -> io::Result<()>) {
        let mut counts = self.counts();
        counts.entry(label.kind).or_default().problems += 1;
        if counts.values().map(|count| count.problems).sum::<u64>() > MOST_KEPT as u64 {
            return;
        }
        let name = format!("{}-{}-{}-{:?}-{}", label.scenario, self.seed, label.position, label.kind, label.number);
        let kept = self.keep.join(name);
        let stored = match kept.exists() {
            true => fs::remove_dir_all(&kept),
            false => fs::create_dir_all(&self.keep),
        };
        let stored = stored.and_then(|()| store(&kept)).and_then(|()| fs::write(kept.join("PROBLEM"), what));
        match stored {
            Ok(()) => println!("  {label}: {what}\n    kept in {}", kept.display()),
            Err(error) => println!("  {label}: {what}\n    not kept: {error}"),
        }
    }

    pub(crate) fn problems(&self) -> u64 {
        self.counts().values().map(|count| count.problems).sum()
    }

    pub(crate) fn points(&self) -> u64 {
        self.counts().values().map(|count| count.points).sum()
    }

    pub(crate) fn states(&self) -> u64 {
        self.counts().values().map(|count| count.checked).sum()
    }

    pub(crate) fn print(&self, scenario: &str) {
        for (kind, Count { points, checked, problems }) in self.counts().iter() {
            println!("{scenario:<14} {kind:<22} {points:>7} {checked:>7} {problems:>8}");
        }
    }
}
