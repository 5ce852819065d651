//! What changed inside a block that stayed: its words, and how the same words look.

use std::ops::Range;

use super::super::markup::{BACKGROUND, LINK};
use super::super::runs;
use super::super::text_style::Property;
use super::super::tokens::Token;
use super::side::{Leaf, Part, Words};

/// A change inside a block. Ranges are of bytes of the texts of the two leaves.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Edit {
    pub(super) older: Range<usize>,
    pub(super) newer: Range<usize>,
    /// Where the words are the same: what of their looks is not.
    pub(super) formatting: Vec<&'static str>,
}

/// One of the two forms of a block.
#[derive(Clone, Copy)]
pub(super) struct Form<'a> {
    pub(super) leaf: &'a Leaf,
    pub(super) words: &'a Words<'a>,
}

/// Returns the edits that make one form of a block of the other, in order.
pub(super) fn edits(older: Form<'_>, newer: Form<'_>) -> Vec<Edit> {
    let changes = changes(older.words, newer.words);
    let (mut edits, mut done) = (Vec::new(), (0, 0));
    for (before, after) in changes {
        edits.extend(formatting(older, newer, done, before.start - done.0));
        done = (before.end, after.end);
        let (was, is) = (range(older, &before), range(newer, &after));
        // Where nothing comes in their place, the blank before the words goes with them.
        let was = if is.is_empty() { point(older, before.start).start..was.end } else { was };
        edits.push(Edit { older: was, newer: is, formatting: Vec::new() });
    }
    edits.extend(formatting(older, newer, done, older.words.tokens.len() - done.0));
    edits
}

/// Returns the words that changed. One word that stayed by chance between two that were replaced is replaced with them.
fn changes(older: &Words<'_>, newer: &Words<'_>) -> Vec<(Range<usize>, Range<usize>)> {
    if older.tokens == newer.tokens {
        return Vec::new();
    }
    let mut joined = Vec::<(Range<usize>, Range<usize>)>::new();
    for change in runs::changes(&older.tokens, &newer.tokens).all {
        let is_replaced = |older: &Range<usize>, newer: &Range<usize>| !older.is_empty() && !newer.is_empty();
        match joined.last_mut() {
            Some((before, after))
                if change.older.start - before.end == 1
                    && !matches!(older.tokens[before.end], Token::Picture(_))
                    && is_replaced(before, after)
                    && is_replaced(&change.older, &change.newer) =>
            {
                (before.end, after.end) = (change.older.end, change.newer.end);
            }
            _ => joined.push((change.older, change.newer)),
        }
    }
    joined
}

/// Returns where words stand in the text.
fn range(form: Form<'_>, words: &Range<usize>) -> Range<usize> {
    let places = &form.words.places;
    match words.is_empty() {
        true => point(form, words.start),
        false => places[words.start].start..places[words.end - 1].end,
    }
}

/// Returns the place between two words, close behind the first.
fn point(form: Form<'_>, word: usize) -> Range<usize> {
    let places = &form.words.places;
    let place = match word.checked_sub(1) {
        Some(before) => places[before].end,
        None => places.first().map_or(0, |first| first.start),
    };
    place..place
}

/// Compares the looks of `count` words that are the same, from two places on.
fn formatting(older: Form<'_>, newer: Form<'_>, from: (usize, usize), count: usize) -> Vec<Edit> {
    let mut edits = Vec::<Edit>::new();
    // The last two parts that were compared: most words stand in the same two as the word before.
    let mut last = (usize::MAX, usize::MAX, Vec::new());
    let mut goes_on = false;
    for at in 0..count {
        let (before, after) = (&older.words.places[from.0 + at], &newer.words.places[from.1 + at]);
        let parts = (older.leaf.part_at(before.start), newer.leaf.part_at(after.start));
        if (last.0, last.1) != parts {
            last = (parts.0, parts.1, differing(&older.leaf.parts[parts.0], &newer.leaf.parts[parts.1]));
        }
        match edits.last_mut() {
            Some(edit) if goes_on && edit.formatting == last.2 => {
                (edit.older.end, edit.newer.end) = (before.end, after.end);
            }
            _ if !last.2.is_empty() => {
                edits.push(Edit { older: before.clone(), newer: after.clone(), formatting: last.2.clone() });
            }
            _ => {}
        }
        goes_on = !last.2.is_empty();
    }
    edits
}

/// Names what differs in how two parts look, and in where they lead.
fn differing(older: &Part, newer: &Part) -> Vec<&'static str> {
    let (older, newer) = (&older.context, &newer.context);
    let properties = Property::all().filter(|property| older.style.get(*property) != newer.style.get(*property));
    let link = (older.link != newer.link).then_some(LINK);
    let background = (older.backgrounds != newer.backgrounds).then_some(BACKGROUND);
    properties.map(Property::as_str).chain(link).chain(background).collect()
}
