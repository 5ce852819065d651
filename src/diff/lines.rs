//! Texts by lines, and lines that were moved as they are.

use std::collections::HashMap;
use std::ops::Range;

use super::token_change::Change;
use super::tokens::Token;

/// Which of two texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Side {
    Older,
    Newer,
}

/// The lines of a text. An empty line belongs to the one before it: empty lines are alike everywhere, and say nothing about
/// which line became which.
pub(super) struct Lines<'a> {
    pub(super) tokens: &'a [Token<'a>],
    pub(super) ranges: Vec<Range<usize>>,
}

impl<'a> Lines<'a> {
    pub(super) fn of(tokens: &'a [Token<'a>]) -> Self {
        let (mut ranges, mut start) = (Vec::<Range<usize>>::new(), 0);
        for line in tokens.split_inclusive(|token| *token == Token::LineBreak) {
            let end = start + line.len();
            match ranges.last_mut() {
                Some(before) if line.iter().all(is_empty) => before.end = end,
                _ => ranges.push(start..end),
            }
            start = end;
        }
        Self { tokens, ranges }
    }

    /// Returns what each line says, without what is empty at its end.
    pub(super) fn keys(&self) -> impl Iterator<Item = &'a [Token<'a>]> {
        (0..self.ranges.len()).map(|line| self.key(line))
    }

    fn key(&self, line: usize) -> &'a [Token<'a>] {
        let line = &self.tokens[self.ranges[line].clone()];
        &line[..line.iter().rposition(|token| !is_empty(token)).map_or(0, |last| last + 1)]
    }

    /// Returns the tokens of lines, each with the mark of its line: what has another mark is not equal.
    pub(super) fn told_apart(
        &self,
        lines: Range<usize>,
        mark: impl Fn(usize) -> Option<(Side, usize)>,
    ) -> Vec<(Token<'a>, Option<(Side, usize)>)> {
        let line = |line: usize| self.tokens[self.ranges[line].clone()].iter().map(move |token| (*token, line));
        lines.flat_map(line).map(|(token, line)| (token, mark(line))).collect()
    }

    /// Returns where a line begins.
    pub(super) fn start(&self, line: usize) -> usize {
        self.ranges.get(line).map_or(self.tokens.len(), |range| range.start)
    }

    /// Returns the changes of the empty ends of lines that were kept: from `first`, a line of each text, to `end` of the older.
    pub(super) fn other_ends(&self, newer: &Self, first: (usize, usize), end: usize) -> Vec<Change> {
        let kept = (first.0..end).zip(first.1..);
        let ends = |lines: &Self, line: usize, length: usize| lines.ranges[line].start + length..lines.ranges[line].end;
        let change = |(before, after): (usize, usize)| {
            let length = self.key(before).len();
            let (older, new) = (ends(self, before, length), ends(newer, after, length));
            let differs = self.tokens[older.clone()] != newer.tokens[new.clone()];
            differs.then_some(Change { older, newer: new, moved: false })
        };
        kept.filter_map(change).collect()
    }
}

/// Returns whether a token is in empty lines, too: those of quotations have a mark.
fn is_empty(token: &Token<'_>) -> bool {
    token.is_blank() || *token == Token::Sign(">")
}

/// Which lines were moved.
pub(super) struct Moved {
    pub(super) older: Vec<bool>,
    pub(super) newer: Vec<bool>,
    pub(super) count: usize,
}

impl Moved {
    /// Finds the lines that went from one place and came to another. Pictures that were moved are told by themselves.
    pub(super) fn find(older: &Lines<'_>, newer: &Lines<'_>, blocks: &[Change]) -> Self {
        let mut moved =
            Self { older: vec![false; older.ranges.len()], newer: vec![false; newer.ranges.len()], count: 0 };
        let (before, after): (Vec<_>, Vec<_>) = (older.keys().collect(), newer.keys().collect());
        let mut come = HashMap::<_, Vec<usize>>::new();
        for line in blocks.iter().rev().flat_map(|block| block.newer.clone().rev()) {
            come.entry(after[line]).or_default().push(line);
        }
        for line in blocks.iter().flat_map(|block| block.older.clone()) {
            let has_words = before[line].iter().any(|token| matches!(token, Token::Word(_)));
            if let Some(there) = come.get_mut(before[line]).filter(|_| has_words).and_then(Vec::pop) {
                (moved.older[line], moved.newer[there]) = (true, true);
                moved.count += 1;
            }
        }
        moved
    }

    /// Takes a change apart where lines in it were moved.
    pub(super) fn apart(&self, change: &Change, older: &Lines<'_>, newer: &Lines<'_>) -> Vec<Change> {
        let before = stretches(&change.older, older, &self.older);
        let after = stretches(&change.newer, newer, &self.newer);
        let (mut parts, mut at) = (Vec::new(), (change.older.start, change.newer.start));
        let (mut before, mut after) = (before.into_iter().peekable(), after.into_iter().peekable());
        while before.peek().is_some() || after.peek().is_some() {
            let gone = before.next_if(|(_, is_moved)| !is_moved).map_or(at.0..at.0, |(range, _)| range);
            let come = after.next_if(|(_, is_moved)| !is_moved).map_or(at.1..at.1, |(range, _)| range);
            at = (gone.end, come.end);
            parts.push(Change { older: gone, newer: come, moved: false });
            if let Some((range, _)) = before.next_if(|(_, is_moved)| *is_moved) {
                at.0 = range.end;
                parts.push(Change { older: range, newer: at.1..at.1, moved: true });
            }
            if let Some((range, _)) = after.next_if(|(_, is_moved)| *is_moved) {
                at.1 = range.end;
                parts.push(Change { older: at.0..at.0, newer: range, moved: true });
            }
        }
        parts.retain(|part| !part.older.is_empty() || !part.newer.is_empty());
        parts
    }
}

/// Takes a stretch of tokens apart into what is in lines that were moved and what is not.
fn stretches(range: &Range<usize>, lines: &Lines<'_>, moved: &[bool]) -> Vec<(Range<usize>, bool)> {
    let first = lines.ranges.partition_point(|line| line.end <= range.start);
    let mut stretches = Vec::<(Range<usize>, bool)>::new();
    for (line, is_moved) in
        lines.ranges[first..].iter().zip(&moved[first..]).take_while(|(line, _)| line.start < range.end)
    {
        let part = line.start.max(range.start)..line.end.min(range.end);
        match stretches.last_mut() {
            Some((last, was_moved)) if was_moved == is_moved => last.end = part.end,
            _ => stretches.push((part, *is_moved)),
        }
    }
    stretches
}
