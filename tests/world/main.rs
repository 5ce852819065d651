//! The whole program in simulated worlds. Each is made up from a seed: accounts, people who edit, faults of the platform and the
//! network, restarts, kills and clocks that somebody sets. After every step, the rules of [`rules`] are checked against what truly happened
//! ([`truth`]). Time is virtual, HTTP and the archive are real.
//!
//! `tests/world/run` runs many of them. `DRAFTKEEP_WORLD_SEED=7` repeats one and prints its steps.

mod alarms;
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
use world::{Broken, World};

/// Worlds of a usual test run; `tests/world/run` asks for more.
const FEW: u64 = 4;

/// Every so many worlds, one is run twice, and it is told where the same seed made another archive: the steps are the same, but where four
/// drafts are asked for at once, the kernel decides whose answer comes first.
const TWICE: u64 = 10;

/// How a world ended: the digest of its archive, or the step in which a rule was broken, and which.
type Outcome = Result<String, (usize, Broken)>;

#[test]
fn every_rule_holds_in_every_world() {
    if let Some(seed) = number("DRAFTKEEP_WORLD_SEED") {
        // With what the program says to that.
        tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(std::io::stderr)
            .without_time()
            .init();
        return examine(seed, true).unwrap_or_else(|story| panic!("{story}"));
    }
    let (first, worlds) = (number("DRAFTKEEP_WORLD_FIRST").unwrap_or(1), number("DRAFTKEEP_WORLDS").unwrap_or(FEW));
    let (next, broken) = (AtomicU64::new(first), Mutex::new(Vec::new()));
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
                    if let Err(story) = examine(seed, false) {
                        say(&story);
                        broken.lock().expect("no thread panics with it").push(seed);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().expect("no thread panics with it");
    assert!(broken.is_empty(), "rules were broken in the worlds {broken:?}, as told above");
}

/// Runs a world, some twice. Where a rule is broken, returns the shortest way there.
fn examine(seed: u64, is_told: bool) -> Result<(), String> {
    let steps = steps::steps(&mut Random::new(seed ^ 0x57e9_5eed));
    let outcome = run(seed, &steps, is_told);
    if outcome.is_ok() && seed.is_multiple_of(TWICE) {
        let again = run(seed, &steps, false);
        if again != outcome {
            say(&format!("world {seed}: the second run made another archive: {again:?}"));
        }
    }
    let Err((at, broken)) = outcome else { return Ok(()) };
    say(&format!("world {seed}, step {at}: {broken}\nlooking for a shorter way there …"));
    let fails = |steps: &[Step]| run(seed, steps, false).err();
    let taken = steps[..steps.len().min(at)].to_vec();
    let (shortest, why) = shrink::shrink(taken, broken.clone(), fails);
    let list: String = shortest.iter().map(|step| format!("    {step:?},\n")).collect();
    let length = shortest.len();
    Err(format!("world {seed}, step {at}: {broken}\nthe shortest way ({length} steps) ends with: {why}\n[\n{list}]"))
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
