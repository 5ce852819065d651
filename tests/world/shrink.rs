//! Makes the list of steps of a world that fails as short as it can be while the world still fails.

use crate::steps::Step;
use crate::world::Broken;

/// So many worlds are tried.
const TRIES: usize = 200;

/// Returns the shortest list that was found, and which rule it breaks.
pub(crate) fn shrink(
    mut steps: Vec<Step>,
    mut broken: Broken,
    fails: impl Fn(&[Step]) -> Option<(usize, Broken)>,
) -> (Vec<Step>, Broken) {
    let (mut tries, mut length) = (0, steps.len().div_ceil(2));
    while length > 0 && tries < TRIES {
        let (mut at, before) = (0, steps.len());
        while at < steps.len() && tries < TRIES {
            let without: Vec<Step> = [&steps[..at], &steps[steps.len().min(at + length)..]].concat();
            tries += 1;
            match fails(&without) {
                Some((taken, why)) => {
                    (steps, broken) = (without, why);
                    steps.truncate(taken);
                }
                None => at += length,
            }
        }
        if steps.len() == before {
            length /= 2;
        }
    }
    (steps, broken)
}
