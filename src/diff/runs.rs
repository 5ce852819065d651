//! What of one sequence of tokens became what of another: first by lines, then by tokens inside the lines that changed,
//! then without the confetti that characters happen to have in common.

use std::hash::Hash;
use std::ops::Range;

use imara_diff::{Algorithm, Diff, InternedInput, Interner};

use super::lines::{Lines, Moved, Side};
use super::token_change::Change;
use super::tokens::Token;

/// Stretches of so many tokens, both sides together, are compared by histogram: 20,000 unrelated characters take 4 ms.
/// Shorter ones by Myers' algorithm, which reads better and whose cost grows with the square of the differences. Longer
/// ones as well, more than two articles as long as the platform takes (20,000 characters): there histogram's worst case,
/// every second word another, takes seconds, while Myers' is cut short by its heuristics.
const HISTOGRAM: Range<usize> = 4_000..50_000;

/// A change that is longer than what stands unchanged between it and the next one swallows it, but never more words or
/// characters than this: a phrase that stayed is seen to have stayed.
const PHRASE: usize = 8;

/// Of a paragraph that was rewritten, less than one part in so many stayed, by chance.
const HARDLY: usize = 5;

/// What changed.
#[derive(Debug)]
pub(super) struct Changes {
    /// In order.
    pub(super) all: Vec<Change>,
    pub(super) paragraphs_moved: usize,
}

/// Returns the changes that make `newer` of `older`.
pub(super) fn changes(older: &[Token<'_>], newer: &[Token<'_>]) -> Changes {
    let (of_older, of_newer) = (Lines::of(older), Lines::of(newer));
    let blocks = hunks(of_older.keys(), of_newer.keys());
    let moved = Moved::find(&of_older, &of_newer, &blocks);
    let mut all = Vec::new();
    let mut done = (0, 0);
    for block in blocks {
        all.extend(of_older.other_ends(&of_newer, done, block.older.start));
        done = (block.older.end, block.newer.end);
        let start = (of_older.start(block.older.start), of_newer.start(block.newer.start));
        let before = of_older.told_apart(block.older, |line| moved.older[line].then_some((Side::Older, line)));
        let after = of_newer.told_apart(block.newer, |line| moved.newer[line].then_some((Side::Newer, line)));
        let inside = hunks(before.into_iter(), after.into_iter()).into_iter();
        all.extend(inside.map(|change| change.at(start.0, start.1)));
    }
    all.extend(of_older.other_ends(&of_newer, done, of_older.ranges.len()));
    let apart = joined(all).into_iter().flat_map(|change| moved.apart(&change, &of_older, &of_newer)).collect();
    Changes { all: ChangeMerger { older, newer }.tidied(apart), paragraphs_moved: moved.count }
}

/// Joins changes that touch.
fn joined(changes: Vec<Change>) -> Vec<Change> {
    let mut joined = Vec::<Change>::with_capacity(changes.len());
    for change in changes {
        match joined.last_mut() {
            Some(last) if last.older.end == change.older.start && last.newer.end == change.newer.start => {
                *last = last.to(&change);
            }
            _ => joined.push(change),
        }
    }
    joined
}

/// Returns the stretches in which two sequences differ.
pub(super) fn hunks<T: Eq + Hash>(older: impl Iterator<Item = T>, newer: impl Iterator<Item = T>) -> Vec<Change> {
    let mut input = InternedInput { before: Vec::new(), after: Vec::new(), interner: Interner::new(0) };
    input.update_before(older);
    input.update_after(newer);
    let size = input.before.len() + input.after.len();
    let algorithm = if HISTOGRAM.contains(&size) { Algorithm::Histogram } else { Algorithm::Myers };
    let mut diff = Diff::compute(algorithm, &input);
    diff.postprocess_no_heuristic(&input);
    let range = |range: Range<u32>| range.start as usize..range.end as usize;
    diff.hunks().map(|hunk| Change { older: range(hunk.before), newer: range(hunk.after), moved: false }).collect()
}

impl Change {
    fn at(self, older: usize, newer: usize) -> Self {
        Self {
            older: self.older.start + older..self.older.end + older,
            newer: self.newer.start + newer..self.newer.end + newer,
            ..self
        }
    }

    /// Joins a change with a later one and all that is between them.
    fn to(&self, later: &Self) -> Self {
        Self { older: self.older.start..later.older.end, newer: self.newer.start..later.newer.end, moved: false }
    }
}

/// Joins changes to what a person would have marked.
struct ChangeMerger<'a> {
    older: &'a [Token<'a>],
    newer: &'a [Token<'a>],
}

impl ChangeMerger<'_> {
    fn tidied(&self, changes: Vec<Change>) -> Vec<Change> {
        let mut result = Vec::<Change>::with_capacity(changes.len());
        // The first change of the paragraph.
        let mut first = 0;
        for mut change in changes {
            if result.last().is_some_and(|before| self.is_apart(before, &change)) {
                self.rewritten(&mut result, first, change.older.start);
                first = result.len();
            }
            while result.len() > first && self.is_confetti_between(&result[result.len() - 1], &change) {
                change = result.pop().unwrap_or_else(|| change.clone()).to(&change);
            }
            result.push(change);
        }
        self.rewritten(&mut result, first, self.older.len());
        result
    }

    /// Returns whether a line break or a picture stands unchanged between two changes: those are never swallowed. Nor is a
    /// paragraph that was moved.
    fn is_apart(&self, before: &Change, after: &Change) -> bool {
        before.moved || after.moved || self.older[before.older.end..after.older.start].iter().any(is_border)
    }

    fn is_confetti_between(&self, before: &Change, after: &Change) -> bool {
        let kept = weight(&self.older[before.older.end..after.older.start]);
        let length =
            |change: &Change| weight(&self.older[change.older.clone()]).max(weight(&self.newer[change.newer.clone()]));
        let only_adds = before.older.is_empty() && after.older.is_empty();
        let only_removes = before.newer.is_empty() && after.newer.is_empty();
        !only_adds && !only_removes && kept <= PHRASE && kept < length(before).min(length(after))
    }

    /// Makes the changes from `first` on one change, where hardly anything is left of the paragraph they are in. Takes nothing
    /// from the changes beside them, the next of which begins at `next`.
    fn rewritten(&self, changes: &mut Vec<Change>, first: usize, next: usize) {
        let (Some(start), Some(end)) = (changes.get(first), changes.last()) else { return };
        if start.moved {
            return;
        }
        let taken = first.checked_sub(1).map_or(0, |before| changes[before].older.end);
        let before = self.older[taken..start.older.start].iter().rev().take_while(|token| !is_border(token)).count();
        let after = self.older[end.older.end..next].iter().take_while(|token| !is_border(token)).count();
        let whole = Change {
            older: start.older.start - before..end.older.end + after,
            newer: start.newer.start - before..end.newer.end + after,
            moved: false,
        };
        let (older, newer) = (weight(&self.older[whole.older.clone()]), weight(&self.newer[whole.newer.clone()]));
        let removed: usize = changes[first..].iter().map(|change| weight(&self.older[change.older.clone()])).sum();
        if (older - removed) * HARDLY < older.min(newer) {
            changes.truncate(first);
            changes.push(whole);
        }
    }
}

fn is_border(token: &Token<'_>) -> bool {
    matches!(token, Token::LineBreak | Token::Picture(_))
}

/// Counts what shows.
fn weight(tokens: &[Token<'_>]) -> usize {
    tokens.iter().filter(|token| !token.is_blank()).count()
}
