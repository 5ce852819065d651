//! The elements that mark changes.

use std::collections::HashSet;
use std::ops::Range;

use super::edits::Edit;
use super::side::{Leaf, RULE};
use super::{ChangeKind, RenderedDiff, View, Wording};
use crate::render::{Element, MARK_PREFIX, PICTURE, Piece};

/// The class of what stands for a rule that was removed.
pub(super) const RULE_CLASS: &str = "dk-rule";

/// A mark around a part of a leaf's text.
pub(super) struct Mark {
    pub(super) range: Range<usize>,
    /// What stands around it; none for a place at which something was removed.
    pub(super) element: Option<Element>,
    /// The id of the first such element.
    pub(super) id: Option<String>,
    /// What stands before it: that which was removed.
    pub(super) before: Vec<Piece>,
}

/// Makes the marks of a view, in order.
pub(super) struct Marker<'a> {
    pub(super) diff: &'a RenderedDiff,
    pub(super) view: View,
    pub(super) wording: &'a dyn Wording,
    /// The changes that have an element with their id.
    placed: HashSet<usize>,
}

impl<'a> Marker<'a> {
    pub(super) fn new(diff: &'a RenderedDiff, view: View, wording: &'a dyn Wording) -> Self {
        Self { diff, view, wording, placed: HashSet::new() }
    }

    /// Marks an edit inside a block; `None` where the view shows nothing of it.
    pub(super) fn edit(&mut self, edit: &Edit, change: usize, older: usize, newer: usize) -> Option<Mark> {
        let is_older = self.view == View::Older;
        let range = if is_older { edit.older.clone() } else { edit.newer.clone() };
        if !edit.formatting.is_empty() {
            let element = self.element("span", "dk-format", ChangeKind::Formatting, &edit.formatting);
            return Some(Mark { range, element: Some(element), id: self.id(change), before: Vec::new() });
        }
        let (older, newer) = (&self.diff.older.leaves[older], &self.diff.newer.leaves[newer]);
        let is_picture = is_picture(older, &edit.older) && is_picture(newer, &edit.newer);
        let class = |class: &str| format!("{class}{}", if is_picture { " dk-picture" } else { "" });
        let is_merged = matches!(self.view, View::Merged | View::OnlyChanges);
        let before = if is_merged && !edit.older.is_empty() {
            self.removed_words(older, &edit.older, &class("dk-del"), change)
        } else {
            Vec::new()
        };
        let element = (!range.is_empty()).then(|| match is_older {
            true => self.element("del", &class("dk-del"), ChangeKind::Removed, &[]),
            false => self.element("ins", &class("dk-ins"), ChangeKind::Added, &[]),
        });
        let id = element.as_ref().and_then(|_| self.id(change));
        (element.is_some() || !before.is_empty()).then_some(Mark { range, element, id, before })
    }

    /// Marks a whole block of the body that is drawn.
    pub(super) fn whole(&mut self, leaf: &Leaf, is_moved: bool, change: usize) -> Mark {
        let element = match (self.view, is_moved) {
            (View::Older, false) => self.element("del", "dk-del", ChangeKind::Removed, &[]),
            (View::Older, true) => self.element("del", "dk-del dk-moved", ChangeKind::MovedAway, &[]),
            (_, false) => self.element("ins", "dk-ins", ChangeKind::Added, &[]),
            (_, true) => self.element("ins", "dk-ins dk-moved", ChangeKind::MovedHere, &[]),
        };
        Mark { range: leaf.shown(), element: Some(element), id: self.id(change), before: Vec::new() }
    }

    /// Returns a block that was removed, with its own inline tags: it stands within any element that holds text.
    pub(super) fn removed_block(&mut self, older: usize, is_moved: bool, change: usize) -> Vec<Piece> {
        let (class, kind) = match is_moved {
            false => ("dk-del dk-block-del", ChangeKind::Removed),
            true => ("dk-del dk-moved dk-block-moved", ChangeKind::MovedAway),
        };
        let element = self.element("del", class, kind, &[]);
        let leaf = &self.diff.older.leaves[older];
        let inside = balanced(&self.diff.older.pieces[leaf.pieces.clone()]);
        self.around(element, change, inside)
    }

    /// Returns words and pictures that were removed, without tags.
    fn removed_words(&mut self, older: &Leaf, range: &Range<usize>, class: &str, change: usize) -> Vec<Piece> {
        let mut inside = Vec::new();
        for part in older.parts_in(range) {
            let (start, end) = (part.text.start.max(range.start), part.text.end.min(range.end));
            let pieces = &self.diff.older.pieces[part.pieces.clone()];
            match pieces {
                [Piece::Text(text)] => {
                    inside.push(Piece::Text(text[start - part.text.start..end - part.text.start].into()));
                }
                picture => inside.extend_from_slice(picture),
            }
        }
        let element = self.element("del", class, ChangeKind::Removed, &[]);
        self.around(element, change, inside)
    }

    fn around(&mut self, mut element: Element, change: usize, inside: Vec<Piece>) -> Vec<Piece> {
        with_id(&mut element, self.id(change));
        let end = Piece::Close(element.name.clone());
        [Piece::Open(element)].into_iter().chain(inside.into_iter().flat_map(movable)).chain([end]).collect()
    }

    fn element(&self, name: &str, class: &str, kind: ChangeKind, formatting: &[&'static str]) -> Element {
        Element::new(name, &[("class", class), ("title", &self.wording.mark(kind, formatting))])
    }

    /// Returns the id of a change, once.
    fn id(&mut self, change: usize) -> Option<String> {
        self.placed.insert(change).then(|| format!("dk-{change}"))
    }
}

/// Returns what shows a piece in another place: a rule would end the paragraph that it is put into.
fn movable(piece: Piece) -> Vec<Piece> {
    match piece {
        Piece::Void(element) if &*element.name == RULE => {
            let rule = Element::new("span", &[("class", RULE_CLASS)]);
            let end = Piece::Close(rule.name.clone());
            vec![Piece::Open(rule), end]
        }
        piece => vec![piece],
    }
}

/// Gives an element an id.
pub(super) fn with_id(element: &mut Element, id: Option<String>) {
    let id = id.map(|id| Element::new("", &[("id", &id)]).attributes);
    element.attributes.extend(id.into_iter().flatten());
}

/// Takes from pieces the ids of changes that stand in others as well.
pub(super) fn remove_ids_of(pieces: &mut [Piece], others: &[Piece]) {
    let id = |piece: &Piece| match piece {
        Piece::Open(element) | Piece::Void(element) => element.attribute("id").map(ToString::to_string),
        _ => None,
    };
    let taken: HashSet<String> = others.iter().filter_map(id).filter(|id| id.starts_with(MARK_PREFIX)).collect();
    for piece in pieces {
        let (Piece::Open(element) | Piece::Void(element)) = piece else { continue };
        element.attributes.retain(|attribute| &*attribute.name.local != "id" || !taken.contains(&*attribute.value));
    }
}

fn is_picture(leaf: &Leaf, range: &Range<usize>) -> bool {
    let text = leaf.body.text[range.clone()].trim();
    !text.is_empty() && text.chars().all(|character| character == PICTURE)
}

/// Returns pieces without the ends of elements that begin outside of them, and with those of all that begin in them.
fn balanced(pieces: &[Piece]) -> Vec<Piece> {
    let (mut kept, mut open) = (Vec::with_capacity(pieces.len()), Vec::new());
    for piece in pieces {
        match piece {
            Piece::Open(element) => open.push(element.name.clone()),
            Piece::Close(_) if open.pop().is_none() => continue,
            _ => {}
        }
        kept.push(piece.clone());
    }
    kept.extend(open.into_iter().rev().map(Piece::Close));
    kept
}
