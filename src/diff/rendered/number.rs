//! The changes of a body, numbered in the order in which they stand.

use std::ops::Range;

use super::align::Step;
use super::edits::Edit;
use super::side::{Leaf, Side};
use super::{Change, ChangeKind};
use crate::model::shortened;
use crate::render::PICTURE;

/// How many characters of what was added or removed are told of a change.
const LONGEST: usize = 80;

/// A block with what became of it.
pub(super) struct Block {
    pub(super) step: Step,
    /// The number of the change that the whole block belongs to; 0 if it stayed.
    pub(super) change: usize,
    /// What changed inside it, each with its number.
    pub(super) edits: Vec<(Edit, usize)>,
}

/// Numbers the changes of blocks from 1. Neighbours to which the same happened are one change.
pub(super) fn number(blocks: &mut [Block], older: &Side, newer: &Side) -> Vec<Change> {
    let mut numbering = Numbering { older, newer, changes: Vec::new(), goes_on: false };
    blocks.iter_mut().for_each(|block| numbering.block(block));
    numbering.changes.into_iter().map(Draft::finished).collect()
}

/// A change that others may still be added to.
struct Draft {
    change: Change,
    has_removed: bool,
    has_added: bool,
}

struct Numbering<'a> {
    older: &'a Side,
    newer: &'a Side,
    changes: Vec<Draft>,
    /// Whether the next block may go on with the last change.
    goes_on: bool,
}

impl Numbering<'_> {
    fn block(&mut self, block: &mut Block) {
        match block.step {
            Step::Removed { older, is_moved } => {
                self.begin(if is_moved { ChangeKind::MovedAway } else { ChangeKind::Replaced }, &[]);
                self.remove(older, None);
            }
            Step::Added { newer, is_moved } => {
                self.begin(if is_moved { ChangeKind::MovedHere } else { ChangeKind::Replaced }, &[]);
                self.add(newer, None);
            }
            Step::Kept { older, newer } => return self.edits(&mut block.edits, older, newer),
        }
        self.goes_on = true;
        block.change = self.changes.len();
    }

    /// Each edit is a change of its own, but for looks that whole blocks behind one another have in common.
    fn edits(&mut self, edits: &mut [(Edit, usize)], older: usize, newer: usize) {
        let all = self.newer.leaves[newer].shown();
        let is_whole = matches!(edits, [(edit, _)] if !edit.formatting.is_empty() && edit.newer == all);
        self.goes_on &= is_whole;
        for (edit, change) in edits {
            let kind = if edit.formatting.is_empty() { ChangeKind::Replaced } else { ChangeKind::Formatting };
            self.begin(kind, &edit.formatting);
            self.remove(older, Some(&edit.older));
            self.add(newer, Some(&edit.newer));
            *change = self.changes.len();
            self.goes_on = is_whole;
        }
    }

    /// Begins a change, unless the last one goes on.
    fn begin(&mut self, kind: ChangeKind, formatting: &[&'static str]) {
        let is_alike = |change: &Change| change.kind == kind && change.formatting == formatting;
        if !self.goes_on || !self.changes.last().is_some_and(|last| is_alike(&last.change)) {
            let (none, formatting) = (String::new, formatting.to_vec());
            let change = Change { kind, removed: none(), added: none(), formatting, refers_to: Vec::new() };
            self.changes.push(Draft { change, has_removed: false, has_added: false });
        }
    }

    /// Adds what was removed to the last change: a block of the older body, or a part of its text.
    fn remove(&mut self, leaf: usize, range: Option<&Range<usize>>) {
        let Some(Draft { change, has_removed, .. }) = self.changes.last_mut() else { return };
        *has_removed |= take(&self.older.leaves[leaf], range, &mut change.removed, &mut change.refers_to);
    }

    fn add(&mut self, leaf: usize, range: Option<&Range<usize>>) {
        let Some(Draft { change, has_added, .. }) = self.changes.last_mut() else { return };
        *has_added |= take(&self.newer.leaves[leaf], range, &mut change.added, &mut change.refers_to);
    }
}

/// Takes a part of a leaf into what is told of a change; returns whether there is any.
fn take(leaf: &Leaf, range: Option<&Range<usize>>, text: &mut String, refers_to: &mut Vec<String>) -> bool {
    let range = range.cloned().unwrap_or(0..leaf.body.text.len());
    for part in leaf.parts_in(&range) {
        let picture = part.picture.map(|at| leaf.body.pictures[at].as_str());
        let backgrounds = part.context.backgrounds.iter().map(String::as_str);
        for reference in picture.into_iter().chain(part.context.link.as_deref()).chain(backgrounds) {
            if !refers_to.iter().any(|it| it == reference) {
                refers_to.push(reference.to_owned());
            }
        }
    }
    let said = &leaf.body.text[range.clone()];
    // More is not shown; a character may take four bytes.
    if text.len() <= LONGEST * 4 {
        text.extend([&said.replace(PICTURE, ""), " "]);
    }
    !range.is_empty()
}

impl Draft {
    fn finished(self) -> Change {
        let kind = match (self.change.kind, self.has_removed, self.has_added) {
            (ChangeKind::Replaced, false, true) => ChangeKind::Added,
            (ChangeKind::Replaced, true, false) => ChangeKind::Removed,
            (kind, ..) => kind,
        };
        let [removed, added] =
            [&self.change.removed, &self.change.added].map(|text| shortened(text.trim(), LONGEST).into_owned());
        Change { kind, removed, added, ..self.change }
    }
}
