//! Stops the real program at any write, takes from it what a power loss takes, and looks at what is left.
//!
//! The program runs on a file system of this process ([`mount`]), which records every operation in order, together with what the program
//! says ([`recording`]). Afterwards the states are built that a stop or a power loss would have left at each position ([`disk`],
//! [`crash_states`]), and each is checked ([`check`]): the archive opens, is sound, and holds every version that was reported before.
//! A sample is done live: the program is stopped or gets an I/O error, and is run again ([`live`]).

mod arguments;
mod check;
mod crash_states;
mod daemon;
mod disk;
mod facts;
mod fault;
mod live;
mod look;
mod mount;
mod older_archive;
mod operation;
mod play;
mod problem;
mod program;
mod purpose;
mod recording;
mod scenario;
mod scenarios;
mod stage;
mod tree;

use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};

use arguments::{Arguments, USAGE};
use check::{Expected, versions_in};
use crash_states::{Wanted, check_all, store};
use facts::Facts;
use live::Live;
use play::{Place, play};
use problem::Tally;
use program::Program;
use purpose::Done;
use scenario::Scenario;

/// Cores of a machine of continuous integration.
const THREADS: usize = 2;

fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(error) => {
            eprintln!("{error}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    println!("seed {}", arguments.seed);
    println!("{:<14} {:<22} {:>7} {:>7} {:>8}", "scenario", "what happens", "points", "states", "problems");
    let (mut points, mut states, mut problems, mut as_expected) = (0, 0, 0, true);
    for scenario in scenarios::ALL.iter().filter(|scenario| arguments.wants(scenario.name)) {
        let tally = Tally::new(arguments.seed, &arguments.keep);
        if let Err(error) = run(scenario, &arguments, &tally) {
            eprintln!("{}: {error}", scenario.name);
            return ExitCode::from(2);
        }
        tally.print(scenario.name);
        points += tally.points();
        states += tally.states();
        problems += tally.problems();
        // With a disk that lies, the harness has to notice.
        as_expected &= (tally.problems() > 0) == arguments.ignore_syncs;
    }
    println!("{points} points, {states} different states checked, {problems} problems");
    if points == 0 {
        eprintln!("nothing was tried");
        return ExitCode::from(2);
    }
    ExitCode::from(u8::from(!as_expected))
}

fn run(scenario: &Scenario, arguments: &Arguments, tally: &Tally) -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let program = Program { binary: arguments.binary.clone() };
    let place = Place::new(scenario.name).map_err(text)?;
    let start = scenario::prepare(scenario, arguments.seed, &program, &place.path.join("start")).map_err(text)?;
    let mut stage = scenario::stage(scenario, arguments.seed).map_err(text)?;
    let drafts = stage.drafts();
    let played = play(scenario, &mut stage, &program, start, None).map_err(text)?;
    let (before, after) = (place.path.join("before"), place.path.join("after"));
    store(&played.start, &before).and_then(|()| store(&played.tree, &after)).map_err(text)?;
    let expected = Expected::of(&before, &after, played.runs.len())?;
    (scenario.purpose)(&Done {
        before: &before,
        after: &after,
        old: &versions_in(&before.join("archive.db"))?,
        new: &expected.at_the_end,
        facts: &Facts::of(&played.operations),
        runs: &played.runs,
        stage: &stage,
        drafts,
    })?;
    let wanted = Wanted {
        states: arguments.states,
        seed: arguments.seed,
        position: arguments.position,
        ignores_syncs: arguments.ignore_syncs,
        threads: THREADS,
    };
    check_all(scenario, &played, &expected, wanted, &place.path, tally);
    let live = Live {
        scenario,
        program: &program,
        start: &played.start,
        expected: &expected,
        operations: &played.operations,
        seed: arguments.seed,
        place: &place.path,
        tally,
    };
    let numbers = AtomicU64::new(0);
    std::thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let next =
                    || Some(numbers.fetch_add(1, Ordering::Relaxed)).filter(|number| *number < arguments.live as u64);
                std::iter::from_fn(next).for_each(|number| live.run(number));
            });
        }
    });
    Ok(())
}
