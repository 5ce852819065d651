//! What counts: which of the saved versions an archive holds, how soon, and what that cost.

use std::collections::BTreeMap;

use crate::world::{DAY, World};

/// Seconds at the beginning that do not count, in which a policy may learn.
const WARM: f64 = 3.0 * DAY;

/// Seconds at the end whose saves do not count: there is not enough time left to see them.
const TAIL: f64 = 7200.0;

/// Which versions were read, and when first.
pub(crate) struct Captures(Vec<BTreeMap<usize, f64>>);

impl Captures {
    pub(crate) fn none(world: &World) -> Self {
        Self(vec![BTreeMap::new(); world.drafts.len()])
    }

    pub(crate) fn note(&mut self, draft: usize, version: usize, at: f64) {
        self.0[draft].entry(version).and_modify(|first| *first = first.min(at)).or_insert(at);
    }
}

/// What it cost, all days together.
#[derive(Clone, Copy, Default)]
pub(crate) struct Spent {
    /// Calls that the platform let pass.
    pub(crate) batchget: u64,
    pub(crate) get: u64,
    pub(crate) other: u64,
    /// Calls of ours that were one too many.
    pub(crate) refused: u64,
    /// In answers.
    pub(crate) bytes: u64,
    /// Calls of the user's own systems, and how many of them found the day's limit used up.
    pub(crate) foreign: u64,
    pub(crate) foreign_refused: u64,
}

/// How well a policy did. Shares are from 0 to 1, counts by the day.
#[derive(Clone, Copy, Default)]
pub(crate) struct Score {
    /// Share of sessions whose last text was read before it was overwritten or removed.
    pub(crate) finals: f64,
    /// Share of all versions that were read.
    pub(crate) versions: f64,
    /// Share of saves of which neither that version nor a later one of the draft was ever read.
    pub(crate) lost: f64,
    /// Seconds from a save until it, or a later version of the draft, was read: in the middle, and of 95 %.
    pub(crate) p50: f64,
    pub(crate) p95: f64,
    pub(crate) batchget: f64,
    pub(crate) get: f64,
    pub(crate) other: f64,
    pub(crate) megabytes: f64,
    pub(crate) refused: f64,
    /// Share of the calls of the user's own systems that were refused.
    pub(crate) foreign_refused: f64,
    /// Saves that count.
    pub(crate) saves: f64,
}

impl Score {
    pub(crate) fn of(world: &World, captures: &Captures, spent: &Spent) -> Self {
        let (mut finals, mut versions, mut delays) = (Share::default(), Share::default(), Vec::new());
        for (draft, read) in world.drafts.iter().zip(&captures.0) {
            let mut archived = f64::INFINITY;
            for (version, save) in draft.saves.iter().enumerate().rev() {
                let captured = read.get(&version);
                archived = captured.map_or(archived, |at| archived.min(*at));
                if save.at < WARM || save.at > world.end() - TAIL {
                    continue;
                }
                delays.push(archived - save.at);
                versions.count(captured.is_some());
                if save.is_final {
                    finals.count(captured.is_some());
                }
            }
        }
        delays.sort_by(f64::total_cmp);
        let days = f64::from(world.days);
        let daily = |calls: u64| calls as f64 / days;
        Self {
            finals: finals.value(),
            versions: versions.value(),
            lost: delays.iter().filter(|delay| delay.is_infinite()).count() as f64 / delays.len().max(1) as f64,
            p50: percentile(&delays, 0.5),
            p95: percentile(&delays, 0.95),
            batchget: daily(spent.batchget),
            get: daily(spent.get),
            other: daily(spent.other),
            megabytes: daily(spent.bytes) / 1e6,
            refused: daily(spent.refused),
            foreign_refused: spent.foreign_refused as f64 / spent.foreign.max(1) as f64,
            saves: delays.len() as f64 / (days - WARM / DAY),
        }
    }

    /// Returns the means. Of delays of which one is infinite, that is infinite.
    pub(crate) fn mean(scores: &[Self]) -> Self {
        let mean = |field: fn(&Self) -> f64| scores.iter().map(field).sum::<f64>() / scores.len() as f64;
        Self {
            finals: mean(|score| score.finals),
            versions: mean(|score| score.versions),
            lost: mean(|score| score.lost),
            p50: mean(|score| score.p50),
            p95: mean(|score| score.p95),
            batchget: mean(|score| score.batchget),
            get: mean(|score| score.get),
            other: mean(|score| score.other),
            megabytes: mean(|score| score.megabytes),
            refused: mean(|score| score.refused),
            foreign_refused: mean(|score| score.foreign_refused),
            saves: mean(|score| score.saves),
        }
    }
}

/// Returns the lower of the two values at a percentile of sorted ones.
fn percentile(sorted: &[f64], share: f64) -> f64 {
    let last = sorted.len().saturating_sub(1) as f64;
    sorted.get((last * share) as usize).copied().unwrap_or(f64::NAN)
}

#[derive(Default)]
struct Share {
    of: u64,
    hits: u64,
}

impl Share {
    fn count(&mut self, hit: bool) {
        self.of += 1;
        self.hits += u64::from(hit);
    }

    fn value(&self) -> f64 {
        self.hits as f64 / self.of.max(1) as f64
    }
}
