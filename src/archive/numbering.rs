//! The versions of a draft are numbered 1, 2, 3 …, but for those that were pruned or lost.

use super::lost_version::LostVersion;
use super::pruned::PrunedRange;

/// What is wrong with the numbers of a draft's versions.
#[derive(Debug, PartialEq, Eq)]
pub enum NumberingFault {
    /// From the first to the last, none is there.
    Missing { first: u64, last: u64 },
    /// A version was pruned, and is there, or is told twice to be gone.
    Pruned(u64),
}

/// Compares the numbers of the versions that are there, in any order, with those that need not be.
pub fn numbering_faults(there: &[u64], pruned: &[PrunedRange], lost: &[LostVersion]) -> Vec<NumberingFault> {
    let one = |number| (number, number);
    let single = there.iter().copied().chain(lost.iter().map(|version| version.number)).map(one);
    let mut known: Vec<_> = single.chain(pruned.iter().map(|range| (range.first, range.last))).collect();
    known.sort_unstable();
    known.dedup();
    let (mut faults, mut next) = (Vec::new(), 1);
    for (first, last) in known {
        if first > next {
            faults.push(NumberingFault::Missing { first: next, last: first - 1 });
        } else if first < next {
            faults.push(NumberingFault::Pruned(first));
        }
        next = next.max(last.saturating_add(1));
    }
    faults
}
