//! Leaves out of a body what stayed as it was, and says how much it is.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::draw::{Drawing, draw};
use super::{RenderedDiff, View, Wording};
use crate::render::{Element, Piece, is_block};

/// Draws only the blocks that changed, with one line in the place of those between them. A table that changed stays whole.
pub(super) fn only_changes(diff: &RenderedDiff, wording: &dyn Wording) -> Vec<Piece> {
    let drawing = draw(diff, View::OnlyChanges, wording);
    let ends = drawing.side.ends();
    let leaves = kept_leaves(&drawing, &ends);
    let places = leaves.iter().map(|leaf| drawing.side.leaves[*leaf].pieces.start);
    let kept = places.chain(drawing.inserted.keys().copied()).collect();
    let mut folding = Folding { drawing, leaves, kept, ends, wording, folded: 0, out: Vec::new() };
    let mut at = 0;
    while at < folding.drawing.side.pieces.len() {
        at = folding.piece(at);
    }
    folding.end_fold();
    let rest = folding.drawing.inserted.remove(&at);
    folding.out.extend(rest.unwrap_or_default());
    folding.out
}

/// Returns the leaves that are drawn: those with marks, and all of a table in which anything changed.
fn kept_leaves(drawing: &Drawing<'_>, ends: &HashMap<usize, usize>) -> BTreeSet<usize> {
    let side = drawing.side;
    let mut kept: BTreeSet<usize> = drawing.marks.keys().copied().collect();
    for (at, piece) in side.pieces.iter().enumerate() {
        let Piece::Open(element) = piece else { continue };
        if &*element.name == "table" {
            let leaves = side.leaves_in(at..ends[&at]);
            let is_changed = kept.range(leaves.clone()).next().is_some()
                || drawing.inserted.range(at + 1..=ends[&at]).next().is_some();
            kept.extend(leaves.filter(|_| is_changed));
        }
    }
    kept
}

struct Folding<'a> {
    drawing: Drawing<'a>,
    leaves: BTreeSet<usize>,
    /// The places of the pieces at which something is drawn.
    kept: BTreeSet<usize>,
    ends: HashMap<usize, usize>,
    wording: &'a dyn Wording,
    /// How many leaves were left out since the last that was not.
    folded: usize,
    out: Vec<Piece>,
}

impl Folding<'_> {
    /// Writes or leaves out the piece at a place, or the block that begins there; returns where the next one is.
    fn piece(&mut self, at: usize) -> usize {
        let side = self.drawing.side;
        if let Some(inserted) = self.drawing.inserted.remove(&at) {
            self.end_fold();
            self.out.extend(inserted);
        }
        if let Piece::Open(element) = &side.pieces[at]
            && is_block(&element.name)
        {
            let end = self.ends[&at];
            // What is inserted before it is written already.
            if self.kept.range(at + 1..=end).next().is_none() {
                self.folded += side.leaves_in(at..end).len();
                return end + 1;
            }
            if self.begins_at_once(at..end) && !is_part(&element.name) {
                self.end_fold();
            }
        }
        let leaf = side.leaves.partition_point(|leaf| leaf.pieces.end <= at);
        match side.leaves.get(leaf).is_some_and(|leaf| leaf.pieces.start == at) {
            true if self.leaves.contains(&leaf) => self.end_fold(),
            true => return self.fold_leaf(leaf),
            false => {}
        }
        if self.folded > 0 && matches!(&side.pieces[at], Piece::Void(element) if &*element.name == "br") {
            return at + 1;
        }
        self.drawing.write(&mut self.out, at)
    }

    /// Returns whether nothing is left out at the beginning of a block.
    fn begins_at_once(&self, pieces: Range<usize>) -> bool {
        let first_leaf = self.drawing.side.leaves_in(pieces.clone()).next();
        let first_inserted = self.drawing.inserted.range(pieces.start + 1..=pieces.end).next();
        let start = |leaf: usize| self.drawing.side.leaves[leaf].pieces.start;
        first_leaf
            .is_none_or(|leaf| self.leaves.contains(&leaf) || first_inserted.is_some_and(|(at, _)| *at <= start(leaf)))
    }

    /// Leaves out what a leaf shows; elements that go on outside of it stay.
    fn fold_leaf(&mut self, leaf: usize) -> usize {
        let side = self.drawing.side;
        let leaf = &side.leaves[leaf];
        let mut at = leaf.pieces.start;
        for part in &leaf.parts {
            self.out.extend_from_slice(&side.pieces[at..part.pieces.start]);
            at = part.pieces.end;
        }
        self.out.extend_from_slice(&side.pieces[at..leaf.pieces.end]);
        self.folded += 1;
        leaf.pieces.end
    }

    fn end_fold(&mut self) {
        let folded = std::mem::take(&mut self.folded);
        if folded > 0 {
            let line = Element::new("span", &[("class", "dk-fold")]);
            let close = Piece::Close(line.name.clone());
            self.out.extend([Piece::Open(line), Piece::Text(self.wording.unchanged(folded).into()), close]);
        }
    }
}

/// Returns whether a block stands among others of its own kind, and nothing else does.
fn is_part(name: &str) -> bool {
    matches!(name, "li" | "dt" | "dd" | "td" | "th" | "tr" | "tbody" | "thead" | "tfoot" | "summary" | "figcaption")
}
