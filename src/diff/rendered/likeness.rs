//! Which block of a gap became which: how alike two blocks are, and the best pairing that keeps their order.

use std::collections::HashMap;
use std::ops::Range;

use super::super::tokens::Token;
use super::side::{RULE, Words};

/// Blocks with less than this share of their words and neighbouring words in common are not the same block, rewritten.
const ALIKE: f64 = 0.4;

/// What is alone on both sides of a gap need have less in common.
const ALIKE_ALONE: f64 = 0.25;

/// So many words say too little for two blocks to be told apart by them.
const SHORT: usize = 8;

/// Two blocks that show nothing but pictures: one was put in the place of the other.
const BOTH_PICTURES: f64 = 0.5;

/// A block that comes elsewhere with hardly a change was moved.
pub(super) const ALIKE_MOVED: f64 = 0.8;

/// So many comparisons are made in one gap; in a larger one each block is compared with the next few.
pub(super) const MOST_COMPARED: usize = 4_096;

/// How many blocks those few are.
const NEXT: usize = 16;

/// What is counted of a block: its words, and each two neighbours.
pub(super) struct Features {
    /// In rising order.
    sorted: Vec<u64>,
    is_pictures: bool,
}

/// Numbers for tokens, the same for both sides.
#[derive(Default)]
pub(super) struct Numbers<'a>(HashMap<Token<'a>, u32>);

impl<'a> Numbers<'a> {
    pub(super) fn features(&mut self, words: &Words<'a>) -> Features {
        let mut number = |token: &Token<'a>| {
            // No text has so many words that their numbers run out.
            let next = u32::try_from(self.0.len()).unwrap_or(u32::MAX - 1);
            u64::from(*self.0.entry(*token).or_insert(next))
        };
        let numbers: Vec<u64> = words.tokens.iter().map(&mut number).collect();
        let alone = numbers.iter().map(|number| number << 32 | u64::from(u32::MAX));
        let mut sorted: Vec<u64> = alone.chain(numbers.windows(2).map(|two| two[0] << 32 | two[1])).collect();
        sorted.sort_unstable();
        let is_pictures = words.tokens.iter().all(|token| matches!(token, Token::Picture(picture) if *picture != RULE));
        Features { sorted, is_pictures }
    }
}

impl Features {
    /// The share that two blocks have in common, from 0 to 1 (Dice's coefficient).
    pub(super) fn likeness(&self, other: &Self) -> f64 {
        if self.is_pictures && other.is_pictures {
            return BOTH_PICTURES;
        }
        let (a, b) = (&self.sorted, &other.sorted);
        let dice = |common: usize| (2 * common) as f64 / (a.len() + b.len()).max(1) as f64;
        if dice(a.len().min(b.len())) < ALIKE_ALONE {
            return 0.0;
        }
        let (mut at, mut there, mut common) = (0, 0, 0);
        while at < a.len() && there < b.len() {
            match a[at].cmp(&b[there]) {
                std::cmp::Ordering::Less => at += 1,
                std::cmp::Ordering::Greater => there += 1,
                std::cmp::Ordering::Equal => (at, there, common) = (at + 1, there + 1, common + 1),
            }
        }
        dice(common)
    }
}

/// Pairs the blocks of a gap, in order. As many short ones as before are those before, such as the prices in a table.
pub(super) fn pairs(older: &[&Features], newer: &[&Features]) -> Vec<(usize, usize)> {
    let are_short = |blocks: &[&Features]| blocks.iter().all(|block| block.sorted.len() < 2 * SHORT);
    if older.len() == newer.len() && are_short(older) && are_short(newer) {
        return (0..older.len()).map(|at| (at, at)).collect();
    }
    let least = if older.len() == 1 && newer.len() == 1 { ALIKE_ALONE } else { ALIKE };
    match older.len() * newer.len() {
        0 => Vec::new(),
        size if size <= MOST_COMPARED => best(older, newer, least),
        _ => next(older, newer, least),
    }
}

/// Finds the pairing of the greatest likeness in all.
fn best(older: &[&Features], newer: &[&Features], least: f64) -> Vec<(usize, usize)> {
    let width = newer.len() + 1;
    // Of the blocks from a place on, of both sides: the likeness of each pair, and the greatest sum.
    let (mut like, mut sums) = (vec![0.0; older.len() * width], vec![0.0_f64; (older.len() + 1) * width]);
    for a in (0..older.len()).rev() {
        for b in (0..newer.len()).rev() {
            let at = a * width + b;
            like[at] = Some(older[a].likeness(newer[b])).filter(|likeness| *likeness >= least).unwrap_or(0.0);
            let paired = if like[at] > 0.0 { like[at] + sums[at + width + 1] } else { 0.0 };
            sums[at] = paired.max(sums[at + width]).max(sums[at + 1]);
        }
    }
    let (mut pairs, mut a, mut b) = (Vec::new(), 0, 0);
    while a < older.len() && b < newer.len() {
        let at = a * width + b;
        if like[at] > 0.0 && like[at] + sums[at + width + 1] >= sums[at] {
            pairs.push((a, b));
            (a, b) = (a + 1, b + 1);
        } else if sums[at + width] >= sums[at + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

/// Pairs each block with the likest of the next few.
fn next(older: &[&Features], newer: &[&Features], least: f64) -> Vec<(usize, usize)> {
    let (mut pairs, mut from) = (Vec::new(), 0);
    for (at, block) in older.iter().enumerate() {
        let few: Range<usize> = from..newer.len().min(from + NEXT);
        let likest = few.map(|there| (block.likeness(newer[there]), there));
        let likest = likest.filter(|(likeness, _)| *likeness >= least).max_by(|a, b| a.0.total_cmp(&b.0));
        if let Some((_, there)) = likest {
            pairs.push((at, there));
            from = there + 1;
        }
    }
    pairs
}
