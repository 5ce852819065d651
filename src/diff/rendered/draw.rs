//! Puts the marks of the changes into a body.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::align::Step;
use super::mark::{Mark, Marker, with_id};
use super::side::{Part, Side};
use super::{RenderedDiff, View, Wording};
use crate::render::{Element, Piece, is_block};

/// A body, and what is to be drawn into it.
pub(super) struct Drawing<'a> {
    pub(super) side: &'a Side,
    /// The marks of each leaf that has any, in order.
    pub(super) marks: BTreeMap<usize, Vec<Mark>>,
    /// What stands before a piece, though it is not of this body.
    pub(super) inserted: BTreeMap<usize, Vec<Piece>>,
    /// The classes of the blocks that are marked as a whole, by the pieces that open them.
    classes: HashMap<usize, &'static str>,
}

/// Places what a view shows.
pub(super) fn draw<'a>(diff: &'a RenderedDiff, view: View, wording: &'a dyn Wording) -> Drawing<'a> {
    let is_older = view == View::Older;
    let side = if is_older { &diff.older } else { &diff.newer };
    let mut marker = Marker::new(diff, view, wording);
    let mut drawing = Drawing { side, marks: BTreeMap::new(), inserted: BTreeMap::new(), classes: HashMap::new() };
    // The leaves that are marked as a whole, and whether they were moved; and where a removed block is drawn.
    let (mut whole, mut behind) = (HashMap::new(), 0);
    for block in &diff.blocks {
        let (leaf, marks) = match block.step {
            Step::Kept { older, newer } => {
                let edits = block.edits.iter();
                let marks = edits.filter_map(|(edit, change)| marker.edit(edit, *change, older, newer)).collect();
                (if is_older { older } else { newer }, marks)
            }
            Step::Removed { older: leaf, is_moved } if is_older => {
                whole.insert(leaf, is_moved);
                (leaf, vec![marker.whole(&side.leaves[leaf], is_moved, block.change)])
            }
            Step::Added { newer: leaf, is_moved } if !is_older => {
                whole.insert(leaf, is_moved);
                (leaf, vec![marker.whole(&side.leaves[leaf], is_moved, block.change)])
            }
            Step::Removed { older, is_moved } if view != View::Newer => {
                let removed = marker.removed_block(older, is_moved, block.change);
                drawing.inserted.entry(behind).or_default().extend(removed);
                continue;
            }
            _ => continue,
        };
        if !marks.is_empty() {
            drawing.marks.insert(leaf, marks);
        }
        behind = place_behind(side, leaf);
    }
    drawing.classes = classes(side, &whole, is_older);
    drawing
}

/// Returns before which piece something stands that follows a leaf: behind its block, but inside what may hold only its own
/// kind, such as the cells of a table.
fn place_behind(side: &Side, leaf: usize) -> usize {
    let end = side.leaves[leaf].pieces.end;
    let closes = side.pieces[end..].iter().map_while(|piece| match piece {
        Piece::Close(name) => Some(name),
        _ => None,
    });
    match closes.enumerate().find(|(_, name)| is_block(name)) {
        Some((at, name)) => {
            let is_plain = matches!(&**name, "p" | "div" | "section" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
            end + at + usize::from(is_plain)
        }
        None => end,
    }
}

/// Returns the classes of the outermost blocks in which all that shows was added, or removed.
fn classes(side: &Side, whole: &HashMap<usize, bool>, is_older: bool) -> HashMap<usize, &'static str> {
    let (ends, mut classes, mut done) = (side.ends(), HashMap::new(), 0);
    for (at, piece) in side.pieces.iter().enumerate() {
        let Piece::Open(element) = piece else { continue };
        let Some(end) = ends.get(&at).copied().filter(|_| at >= done && is_block(&element.name)) else { continue };
        let mut leaves = side.leaves_in(at..end);
        if leaves.is_empty() || !leaves.clone().all(|leaf| whole.contains_key(&leaf)) {
            continue;
        }
        let is_moved = leaves.all(|leaf| whole[&leaf]);
        classes.insert(
            at,
            if is_moved {
                "dk-block-moved"
            } else if is_older {
                "dk-block-del"
            } else {
                "dk-block-ins"
            },
        );
        done = end;
    }
    classes
}

impl Drawing<'_> {
    /// Writes the body, its marks and what is inserted.
    pub(super) fn into_pieces(mut self) -> Vec<Piece> {
        let mut out = Vec::with_capacity(self.side.pieces.len() + self.side.pieces.len() / 4);
        let mut at = 0;
        while at < self.side.pieces.len() {
            at = self.write(&mut out, at);
        }
        out.extend(self.inserted.remove(&at).unwrap_or_default());
        out
    }

    /// Writes the piece at a place, or all pieces of a leaf that begins there and has marks; returns where the next one is.
    pub(super) fn write(&mut self, out: &mut Vec<Piece>, at: usize) -> usize {
        out.extend(self.inserted.remove(&at).unwrap_or_default());
        let side = self.side;
        let starts_here = |leaf: &usize| side.leaves[*leaf].pieces.start == at;
        if let Some(entry) = self.marks.first_entry().filter(|entry| starts_here(entry.key())) {
            let (leaf, marks) = entry.remove_entry();
            write_leaf(out, side, leaf, marks);
            return side.leaves[leaf].pieces.end;
        }
        out.push(match (&side.pieces[at], self.classes.get(&at)) {
            (Piece::Open(element), Some(class)) => Piece::Open(with_class(element, class)),
            (piece, _) => piece.clone(),
        });
        at + 1
    }
}

fn with_class(element: &Element, class: &str) -> Element {
    let class = format!("{} {class}", element.attribute("class").unwrap_or_default());
    let mut element = element.clone();
    element.attributes.retain(|attribute| &*attribute.name.local != "class");
    element.attributes.append(&mut Element::new("", &[("class", class.trim())]).attributes);
    element
}

/// Writes the pieces of a leaf with marks around parts of its text.
fn write_leaf(out: &mut Vec<Piece>, side: &Side, leaf: usize, mut marks: Vec<Mark>) {
    let leaf = &side.leaves[leaf];
    let (mut at, mut first) = (leaf.pieces.start, 0);
    for part in &leaf.parts {
        out.extend_from_slice(&side.pieces[at..part.pieces.start]);
        while first < marks.len() && is_behind(&marks[first], part.text.start) {
            first += 1;
        }
        write_part(out, side, part, &mut marks[first..]);
        at = part.pieces.end;
    }
    out.extend_from_slice(&side.pieces[at..leaf.pieces.end]);
}

/// Returns whether a mark ends before a place.
fn is_behind(mark: &Mark, place: usize) -> bool {
    mark.range.end <= place && mark.before.is_empty()
}

fn write_part(out: &mut Vec<Piece>, side: &Side, part: &Part, marks: &mut [Mark]) {
    let pieces = &side.pieces[part.pieces.clone()];
    let mut done = part.text.start;
    for mark in marks {
        let is_point = mark.range.is_empty();
        let (start, end) = (mark.range.start.max(done), mark.range.end.min(part.text.end));
        let is_here = if is_point { mark.range.start <= part.text.end } else { start < end };
        if !is_here {
            break;
        }
        write_plain(out, pieces, part, done..start);
        out.append(&mut mark.before);
        if let Some(element) = mark.element.as_ref().filter(|_| start < end) {
            let mut element = element.clone();
            with_id(&mut element, mark.id.take());
            let close = Piece::Close(element.name.clone());
            out.push(Piece::Open(element));
            write_plain(out, pieces, part, start..end);
            out.push(close);
        }
        done = start.max(end);
    }
    write_plain(out, pieces, part, done..part.text.end);
}

/// Writes a stretch of a part: of a text what stands in it, of a picture all.
fn write_plain(out: &mut Vec<Piece>, pieces: &[Piece], part: &Part, range: Range<usize>) {
    if range.is_empty() {
        return;
    }
    let start = part.text.start;
    match pieces {
        [Piece::Text(text)] => out.push(Piece::Text(text[range.start - start..range.end - start].into())),
        picture => out.extend_from_slice(picture),
    }
}
