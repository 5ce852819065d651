//! How fresh an archive the polling keeps, beside the usual ways to poll: two weeks of a draft box in virtual time, by the
//! call limits of a new account.
//!
//! `cargo bench --bench freshness -- --help`; the accounts and their habits are made up ([`generator`]), or come from
//! files. What there is to compare with is a model without HTTP ([`baseline`]); this program talks to the simulated platform
//! ([`ours`]).

#![expect(clippy::print_stdout, reason = "a bench prints its figures")]

mod baseline;
mod generator;
mod model;
mod ours;
mod platform;
mod score;
mod world;

use std::path::PathBuf;
use std::sync::Mutex;
use std::sync::mpsc::{self, Sender};
use std::thread;

use clap::Parser;

use crate::generator::{Foreign, Size, generate};
use crate::score::Score;
use crate::world::World;

/// How large accounts are, and how busy.
const SIZES: [Size; 5] = [
    Size { drafts: 10, sessions: 4.0 },
    Size { drafts: 50, sessions: 8.0 },
    Size { drafts: 100, sessions: 12.0 },
    Size { drafts: 300, sessions: 20.0 },
    Size { drafts: 1000, sessions: 40.0 },
];

/// The account that is looked at with other systems beside ours.
const SHARED: usize = 100;

/// Those systems: some calls over the day; the same and a job in the afternoon.
const FOREIGN: [Foreign; 2] = [Foreign { daily: 300.0, burst: 0 }, Foreign { daily: 300.0, burst: 400 }];

/// Above the rows. Calls and refusals of ours are those of a day; what was refused of theirs is a share.
const HEAD: &str = "                     final %  vers %  lost %  p50 s  p95 s  batchget   get  other  MB/day  refused  theirs %  saves";

type Policy = fn(&World, &[f64]) -> Score;

const POLICIES: [(&str, Policy); 5] = [
    ("cron each 5 min", baseline::cron),
    ("draft/get in turn", baseline::in_turn),
    ("even sweeps", baseline::sweeps),
    ("ours", ours::run),
    ("oracle", baseline::oracle),
];

/// Measures how fresh an archive the polling keeps.
#[derive(Parser)]
struct Options {
    /// Days; the first three do not count.
    #[arg(long, default_value_t = 14, value_parser = clap::value_parser!(u32).range(4..))]
    days: u32,
    /// So many accounts of each size.
    #[arg(long, default_value_t = 3)]
    seeds: u64,
    /// Numbers of drafts: of 10, 50, 100, 300 and 1000.
    #[arg(long, value_delimiter = ',')]
    sizes: Option<Vec<usize>>,
    /// 10 and 100 drafts, one account each.
    #[arg(long)]
    quick: bool,
    /// Take the events from files events-DRAFTS-SEED.jsonl of this folder.
    #[arg(long, value_name = "DIR")]
    events: Option<PathBuf>,
    /// Only policies whose name contains this.
    #[arg(long, value_name = "TEXT", default_value = "")]
    only: String,
    /// Leave accounts out that other systems use as well.
    #[arg(long)]
    no_shared: bool,
    /// Tell of each account.
    #[arg(long)]
    each: bool,
    /// What Cargo says to every bench.
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Returns the accounts to look at, the largest first: they take longest.
    fn cases(&self) -> Vec<Case> {
        let quick = [10, 100];
        let is_wanted = |drafts: usize| match &self.sizes {
            Some(sizes) => sizes.contains(&drafts),
            None => !self.quick || quick.contains(&drafts),
        };
        let mut cases = Vec::new();
        for size in SIZES.into_iter().rev().filter(|size| is_wanted(size.drafts)) {
            cases.push(Case { size, foreign: None });
            if size.drafts == SHARED && !self.quick && !self.no_shared {
                cases.extend(FOREIGN.map(|foreign| Case { size, foreign: Some(foreign) }));
            }
        }
        cases
    }

    fn seeds(&self) -> u64 {
        if self.quick { 1 } else { self.seeds }
    }

    fn policies(&self) -> impl Iterator<Item = &'static (&'static str, Policy)> {
        POLICIES.iter().filter(|(name, _)| name.contains(&self.only))
    }
}

/// A kind of account.
#[derive(Clone, Copy)]
struct Case {
    size: Size,
    foreign: Option<Foreign>,
}

impl Case {
    /// Lets all policies work on one account of this kind.
    fn run(self, seed: u64, options: &Options) -> Vec<Score> {
        let world = match &options.events {
            None => generate(self.size, options.days, seed),
            Some(folder) => {
                World::read(&folder.join(format!("events-{}-{seed}.jsonl", self.size.drafts)), options.days)
            }
        };
        let foreign = self.foreign.map(|foreign| foreign.calls(options.days, seed)).unwrap_or_default();
        options.policies().map(|(_, policy)| policy(&world, &foreign)).collect()
    }

    fn title(self) -> String {
        let Size { drafts, sessions } = self.size;
        let beside = match self.foreign {
            None => String::new(),
            Some(Foreign { daily, burst: 0 }) => format!(", beside other systems' {daily} calls a day"),
            Some(Foreign { daily, burst }) => {
                format!(", beside other systems' {daily} calls a day and {burst} more at 15:00")
            }
        };
        format!("{drafts} drafts, {sessions} sessions a day{beside}")
    }
}

fn main() {
    let options = Options::parse();
    let cases = options.cases();
    let mut jobs = cases.iter().enumerate().flat_map(|(case, _)| (0..options.seeds()).map(move |seed| (case, seed)));
    let jobs = Mutex::new(&mut jobs as &mut (dyn Iterator<Item = (usize, u64)> + Send));
    let (results, done) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            let results = results.clone();
            scope.spawn(|| work(&cases, &jobs, &options, results));
        }
        drop(results);
        let mut scores = vec![Vec::new(); cases.len()];
        for (case, seed, result) in done {
            scores[case].push((seed, result));
            if scores[case].len() as u64 == options.seeds() {
                scores[case].sort_by_key(|(seed, _)| *seed);
                tell(cases[case], &scores[case], &options);
            }
        }
    });
}

type Jobs<'a> = Mutex<&'a mut (dyn Iterator<Item = (usize, u64)> + Send)>;

/// Does jobs until there are none.
#[expect(clippy::needless_pass_by_value, reason = "the channel ends with its last sender")]
fn work(cases: &[Case], jobs: &Jobs<'_>, options: &Options, results: Sender<(usize, u64, Vec<Score>)>) {
    loop {
        let job = jobs.lock().expect("no worker panics while it takes a job").next();
        let Some((case, seed)) = job else { return };
        let scores = cases[case].run(seed, options);
        results.send((case, seed, scores)).expect("somebody waits for all results");
    }
}

/// Prints the table of one kind of account.
fn tell(case: Case, results: &[(u64, Vec<Score>)], options: &Options) {
    println!("\n{}", case.title());
    println!("{HEAD}");
    for (place, (name, _)) in options.policies().enumerate() {
        let scores: Vec<Score> = results.iter().map(|(_, scores)| scores[place]).collect();
        row(name, &Score::mean(&scores));
        if options.each {
            results.iter().zip(&scores).for_each(|((seed, _), score)| row(&format!("  seed {seed}"), score));
        }
    }
}

fn row(name: &str, score: &Score) {
    let seconds = |delay: f64| if delay.is_finite() { format!("{delay:.0}") } else { "never".to_owned() };
    println!(
        "{name:<20} {:>7.1} {:>7.1} {:>7.1} {:>6} {:>6} {:>9.0} {:>5.0} {:>6.0} {:>7.0} {:>8.0} {:>9.1} {:>6.0}",
        score.finals * 100.0,
        score.versions * 100.0,
        score.lost * 100.0,
        seconds(score.p50),
        seconds(score.p95),
        score.batchget,
        score.get,
        score.other,
        score.megabytes,
        score.refused,
        score.foreign_refused * 100.0,
        score.saves,
    );
}
