//! The whole program in simulated worlds. Each is made up from a seed: accounts, people who edit, faults of the platform and the
//! network, restarts, kills and clocks that somebody sets. After every step, the rules of [`rules`] are checked against what truly happened
//! ([`truth`]). Time is virtual, HTTP and the archive are real.
//!
//! `tests/world/run` runs many of them. `DRAFTKEEP_WORLD_SEED=7` repeats one and prints its steps.

mod alarms;
mod answers;
mod disturbances;
mod editor;
mod health;
mod keeper;
mod outages;
mod program;
mod quota;
mod restores;
mod rules;
mod setting;
mod shrink;
mod steps;
mod tally;
mod truth;
mod world;

use std::any::Any;
use std::io::Write as _;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use draftkeep::simulator::Random;
use steps::Step;
use tally::Tally;
use world::{Broken, World};

/// Worlds of a usual test run; `tests/world/run` asks for more.
const FEW: u64 = 4;

/// Every so many worlds, one is run twice, and it is told where the same seed made another archive: the steps are the same, but where four
/// drafts are asked for at once, the kernel decides whose answer comes first.
const TWICE: u64 = 10;

/// So many worlds are enough for everything that can happen to happen.
const MANY: u64 = 100;

/// How a world ended: the digest of its archive and what happened, or the step in which a rule was broken, and which.
type Outcome = Result<(String, Tally), (usize, Broken)>;

#[test]
fn every_rule_holds_in_every_world() {
    if let Some(seed) = number("DRAFTKEEP_WORLD_SEED") {
        // With what the program says to that.
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(std::io::stderr)
            .without_time()
            .init();
        return say(&examine(seed, true).unwrap_or_else(|story| panic!("{story}")).to_string());
    }
    let (first, worlds) = (number("DRAFTKEEP_WORLD_FIRST").unwrap_or(1), number("DRAFTKEEP_WORLDS").unwrap_or(FEW));
    let (broken, tally) = run_all(first, worlds);
    if worlds > FEW {
        say(&format!("{worlds} worlds: {tally}"));
    }
    assert!(broken.is_empty(), "rules were broken in the worlds {broken:?}, as told above");
    assert!(worlds < MANY || tally.missing().is_empty(), "in {worlds} worlds there were no {:?}", tally.missing());
}

/// Returns the worlds in which a rule was broken, and what happened in the others.
fn run_all(first: u64, worlds: u64) -> (Vec<u64>, Tally) {
    let (next, ended) = (AtomicU64::new(first), Mutex::new((Vec::new(), Tally::default())));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + worlds {
                        return;
                    }
                    if seed > first && (seed - first).is_multiple_of(100) {
                        say(&format!("{} of {worlds} worlds begun", seed - first));
                    }
                    let examined = examine(seed, false);
                    let (broken, tally) = &mut *ended.lock().expect("no thread panics with it");
                    match examined {
                        Ok(happened) => tally.merge(&happened),
                        Err(story) => {
                            say(&story);
                            broken.push(seed);
                        }
                    }
                }
            });
        }
    });
    ended.into_inner().expect("no thread panics with it")
}

/// Runs a world, some twice. Returns what happened; where a rule is broken, the shortest way there.
fn examine(seed: u64, is_told: bool) -> Result<Tally, String> {
    let steps = steps::steps(&mut Random::new(seed ^ 0x57e9_5eed));
    let (at, broken) = match run(seed, &steps, is_told) {
        Ok((digest, tally)) => {
            if seed.is_multiple_of(TWICE) {
                compare(seed, &digest, run(seed, &steps, false));
            }
            return Ok(tally);
        }
        Err(broken) => broken,
    };
    say(&format!("world {seed}, step {at}: {broken}\nlooking for a shorter way there …"));
    let fails = |steps: &[Step]| run(seed, steps, false).err();
    let taken = steps[..steps.len().min(at)].to_vec();
    let (shortest, why) = shrink::shrink(taken, broken.clone(), fails);
    let list: String = shortest.iter().map(|step| format!("    {step:?},\n")).collect();
    let length = shortest.len();
    Err(format!("world {seed}, step {at}: {broken}\nthe shortest way ({length} steps) ends with: {why}\n[\n{list}]"))
}

/// Tells where a second run of a world ended otherwise.
fn compare(seed: u64, digest: &str, again: Outcome) {
    let again = again.map(|(digest, _)| digest);
    if again.as_deref() != Ok(digest) {
        say(&format!("world {seed}: the second run made another archive: {again:?}"));
    }
}

/// Runs a world with these steps to its end.
fn run(seed: u64, steps: &[Step], is_told: bool) -> Outcome {
    let mut at = 0;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let story = async {
        let mut world = World::new(seed).await;
        if is_told {
            say(&format!("{:#?}", world.config));
        }
        for step in steps {
            at += 1;
            if is_told {
                say(&format!("{at}: {} {step:?}", world.clock.now().format("%d %H:%M:%S")));
            }
            world.take(step).await?;
        }
        at += 1;
        world.settle(is_told).await
    };
    let told =
        catch_unwind(AssertUnwindSafe(|| runtime.block_on(story))).unwrap_or_else(|panic| Err(panicked(&*panic)));
    told.map_err(|broken| (at, broken))
}

fn panicked(panic: &(dyn Any + Send)) -> Broken {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    format!("a panic: {}", text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_default())
}

/// Prints a line; past the capture of output, so that it is seen at once.
fn say(line: &str) {
    std::io::stderr().write_all(format!("{line}\n").as_bytes()).expect("stderr");
}

fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|value| value.parse().expect("a number"))
}
