//! Which block became which, which came, which went, and which only stands elsewhere.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use super::super::runs::hunks;
use super::super::tokens::Token;
use super::likeness::{ALIKE_MOVED, Features, MOST_COMPARED, Numbers, pairs};
use super::side::{RULE, Words};

/// What became of a block, in the order of the newer body; what was removed stands where it stood.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    Kept { older: usize, newer: usize },
    Removed { older: usize, is_moved: bool },
    Added { newer: usize, is_moved: bool },
}

/// Aligns the blocks of two bodies. `is_rough`: unequal blocks are not compared, for there are too many of them.
pub(super) fn align<'a>(older: &[Words<'a>], newer: &[Words<'a>], is_rough: bool) -> Vec<Step> {
    let tokens = |words: &'_ Words<'a>| words.tokens.clone();
    let (before, after): (Vec<_>, Vec<_>) = (older.iter().map(tokens).collect(), newer.iter().map(tokens).collect());
    let gaps = hunks(before.iter(), after.iter()).into_iter();
    let mut gaps: Vec<Gap> = gaps.map(|it| Gap { older: it.older, newer: it.newer, pairs: Vec::new() }).collect();
    let mut moved = Moved::default();
    moved.find_equal(&gaps, &before, &after);
    if !is_rough {
        let features = AllFeatures::of(&gaps, older, newer);
        gaps.iter_mut().for_each(|gap| gap.pair(&features, &moved));
        moved.find_alike(&gaps, &features);
    }
    steps(&gaps, &moved, older.len())
}

/// A stretch of blocks of which none stayed as it was, and those of them that were edited.
struct Gap {
    older: Range<usize>,
    newer: Range<usize>,
    pairs: Vec<(usize, usize)>,
}

/// The features of the blocks in gaps, by their places.
struct AllFeatures {
    older: HashMap<usize, Features>,
    newer: HashMap<usize, Features>,
}

impl AllFeatures {
    fn of<'a>(gaps: &[Gap], older: &[Words<'a>], newer: &[Words<'a>]) -> Self {
        let mut numbers = Numbers::default();
        let mut features = |words: &[Words<'a>], range: fn(&Gap) -> &Range<usize>| {
            let places = gaps.iter().flat_map(|gap| range(gap).clone());
            places.map(|at| (at, numbers.features(&words[at]))).collect()
        };
        Self { older: features(older, |gap| &gap.older), newer: features(newer, |gap| &gap.newer) }
    }
}

impl Gap {
    fn pair(&mut self, features: &AllFeatures, moved: &Moved) {
        let older: Vec<_> = self.older.clone().filter(|at| !moved.older.contains(at)).collect();
        let newer: Vec<_> = self.newer.clone().filter(|at| !moved.newer.contains(at)).collect();
        let of_older: Vec<_> = older.iter().map(|at| &features.older[at]).collect();
        let of_newer: Vec<_> = newer.iter().map(|at| &features.newer[at]).collect();
        self.pairs = pairs(&of_older, &of_newer).into_iter().map(|(a, b)| (older[a], newer[b])).collect();
    }
}

/// The blocks that were moved.
#[derive(Default)]
struct Moved {
    older: HashSet<usize>,
    newer: HashSet<usize>,
}

impl Moved {
    /// Finds what went from one place and came to another as it was. A sign alone, as between paragraphs, goes nowhere.
    fn find_equal(&mut self, gaps: &[Gap], before: &[Vec<Token<'_>>], after: &[Vec<Token<'_>>]) {
        let says_something = |tokens: &[Token<'_>]| {
            tokens.iter().any(|token| match token {
                Token::Picture(picture) => *picture != RULE,
                token => matches!(token, Token::Word(_)),
            })
        };
        let mut come = HashMap::<_, Vec<usize>>::new();
        for at in gaps.iter().rev().flat_map(|gap| gap.newer.clone().rev()) {
            come.entry(&after[at]).or_default().push(at);
        }
        for at in gaps.iter().flat_map(|gap| gap.older.clone()).filter(|at| says_something(&before[*at])) {
            if let Some(there) = come.get_mut(&before[at]).and_then(Vec::pop) {
                self.older.insert(at);
                self.newer.insert(there);
            }
        }
    }

    /// Finds what was hardly changed on its way, among what has no partner.
    fn find_alike(&mut self, gaps: &[Gap], features: &AllFeatures) {
        let (older, newer): (HashSet<_>, HashSet<_>) = gaps.iter().flat_map(|gap| gap.pairs.iter().copied()).unzip();
        let gone =
            gaps.iter().flat_map(|gap| gap.older.clone()).filter(|at| !older.contains(at) && !self.older.contains(at));
        let come =
            gaps.iter().flat_map(|gap| gap.newer.clone()).filter(|at| !newer.contains(at) && !self.newer.contains(at));
        let (gone, come): (Vec<_>, Vec<_>) = (gone.collect(), come.collect());
        if gone.len() * come.len() > MOST_COMPARED {
            return;
        }
        let all = gone.iter().flat_map(|a| come.iter().map(move |b| (*a, *b)));
        let alike = all.map(|(a, b)| (features.older[&a].likeness(&features.newer[&b]), a, b));
        let mut alike: Vec<_> = alike.filter(|(likeness, ..)| *likeness >= ALIKE_MOVED).collect();
        alike.sort_by(|(x, a, b), (y, c, d)| y.total_cmp(x).then((a, b).cmp(&(c, d))));
        for (_, a, b) in alike {
            if !self.older.contains(&a) && !self.newer.contains(&b) {
                self.older.insert(a);
                self.newer.insert(b);
            }
        }
    }
}

/// Puts everything in order: before each pair what was removed, then what was added.
fn steps(gaps: &[Gap], moved: &Moved, older_blocks: usize) -> Vec<Step> {
    let removed = |older| Step::Removed { older, is_moved: moved.older.contains(&older) };
    let added = |newer| Step::Added { newer, is_moved: moved.newer.contains(&newer) };
    let (mut steps, mut at) = (Vec::new(), (0, 0));
    for gap in gaps {
        steps.extend((at.0..gap.older.start).zip(at.1..).map(|(older, newer)| Step::Kept { older, newer }));
        at = (gap.older.start, gap.newer.start);
        for &(older, newer) in &gap.pairs {
            steps.extend((at.0..older).map(removed));
            steps.extend((at.1..newer).map(added));
            steps.push(Step::Kept { older, newer });
            at = (older + 1, newer + 1);
        }
        steps.extend((at.0..gap.older.end).map(removed));
        steps.extend((at.1..gap.newer.end).map(added));
        at = (gap.older.end, gap.newer.end);
    }
    steps.extend((at.0..older_blocks).zip(at.1..).map(|(older, newer)| Step::Kept { older, newer }));
    steps
}
