//! An article's body as it looks, with what changed marked in its place.
//!
//! Both bodies are taken apart into leaf blocks ([`side`]), which are aligned ([`align`], [`likeness`]); blocks that stayed are
//! compared by words and looks ([`edits`]), the changes are numbered ([`number`]), and one of several views is drawn of them
//! ([`mark`], [`draw`], [`fold`]). What is drawn is written by `render`, as every page is: nothing in it runs or loads anything.
//!
//! The marks are elements of our own, and stand inside texts and around pictures: `<ins class="dk-ins">` and
//! `<del class="dk-del">`, `<span class="dk-format">` where the same words look otherwise. Blocks that came and went have a class
//! besides, `dk-block-ins`, `dk-block-del` and `dk-block-moved`. The first element of a change has its number as an id: `dk-3`. A
//! view that does not show a change has no such element, as the newer body alone has none for what was removed.
//!
//! # The list of changes beside the article
//!
//! Each entry of an [`ArticleDiff`](super::ArticleDiff) belongs to a place:
//! - its `fields` (title, digest, cover, author, link, switches) stand outside the body, and so do the `pictures` of a newspic;
//! - `pictures_added`, `pictures_removed` and `pictures_moved` of its body are identities of pictures, and the values of a part
//!   of the kind `link` are targets: [`change_of`] has the number of the change in which either stands;
//! - media, drawings and hidden text have no place that is marked, but for the names that stand for them in the text.

mod align;
mod draw;
mod edits;
mod fold;
mod likeness;
mod mark;
mod number;
mod side;
mod tag;
#[cfg(test)]
mod tests;

use super::runs::hunks;
use crate::model::{Article, Language};
use crate::render::{Pictures, body_html};
use edits::Form;
use number::Block;
use side::Side;
use tag::TagNumbers;

/// Bodies of more bytes, both together, are compared by whole blocks alone.
const MOST_BYTES: usize = 2_000_000;

/// So are bodies of more blocks.
const MOST_BLOCKS: usize = 20_000;

/// Two bodies compared, of which several views can be drawn.
pub struct RenderedDiff {
    /// What changed, in order. The number of the first one is 1.
    pub changes: Vec<Change>,
    /// How many tags were added, removed or written otherwise, whether or not that shows. The platform's editor does it.
    pub tags_rewritten: usize,
    /// Whether the bodies are so large that only whole blocks were compared, which were added, removed and moved.
    pub is_rough: bool,
    older: Side,
    newer: Side,
    blocks: Vec<Block>,
}

/// A change of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    /// The beginning of what is not there any more.
    pub removed: String,
    /// The beginning of what was not there before.
    pub added: String,
    /// What of the looks changed, see [`formatting_names`](super::formatting_names); empty unless that is all.
    pub formatting: Vec<&'static str>,
    /// The identities of the pictures in it and behind it, and the targets of its links; older and newer ones.
    pub refers_to: Vec<String>,
}

/// What happened at one place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ChangeKind {
    Added,
    Removed,
    /// Something stands in the place of something else.
    Replaced,
    /// Something stands here that stood elsewhere.
    MovedHere,
    /// Something stood here that stands elsewhere.
    MovedAway,
    /// The same words and pictures look otherwise, or lead elsewhere.
    Formatting,
}

/// What is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum View {
    /// The newer body, and in it what was removed.
    Merged,
    /// The same, without the blocks that stayed as they were.
    OnlyChanges,
    /// The older body alone, what was removed from it marked.
    Older,
    /// The newer body alone, what was added to it marked.
    Newer,
}

/// The words of a view, in the reader's language.
pub trait Wording {
    /// Says what a mark means: `added`. For formatting, with what of the looks changed.
    fn mark(&self, kind: ChangeKind, formatting: &[&'static str]) -> String;

    /// Says that so many blocks stayed as they were.
    fn unchanged(&self, blocks: usize) -> String;
}

/// Compares the bodies of two articles. Cards that only the platform's apps draw are named in `language`.
pub fn rendered(older: &Article, newer: &Article, language: Language) -> RenderedDiff {
    let is_long = older.content.len() + newer.content.len() > MOST_BYTES;
    let (older, newer) = (Side::read(older, language), Side::read(newer, language));
    let is_rough = is_long || older.leaves.len() + newer.leaves.len() > MOST_BLOCKS;
    let mut blocks = blocks(&older, &newer, is_rough);
    let changes = number::number(&mut blocks, &older, &newer);
    let tags_rewritten = if is_rough { 0 } else { tags_rewritten(&older, &newer) };
    RenderedDiff { changes, tags_rewritten, is_rough, older, newer, blocks }
}

impl RenderedDiff {
    /// Draws a view. `pictures` has those of both bodies, and those that stand before the body which is drawn.
    pub fn html(&self, view: View, pictures: &Pictures, wording: &dyn Wording) -> String {
        let pieces = match view {
            View::OnlyChanges => fold::only_changes(self, wording),
            view => draw::draw(self, view, wording).into_pieces(),
        };
        let side = if view == View::Older { &self.older } else { &self.newer };
        body_html(&pieces, side.position, pictures)
    }

    /// Draws the older body and the newer one for one document, in which the id of a change stands once. Takes for each what
    /// [`Self::html`] takes.
    pub fn sides(&self, pictures: [&Pictures; 2], wording: &dyn Wording) -> [String; 2] {
        let mut older = draw::draw(self, View::Older, wording).into_pieces();
        let newer = draw::draw(self, View::Newer, wording).into_pieces();
        mark::remove_ids_of(&mut older, &newer);
        let [before, after] = pictures;
        [body_html(&older, self.older.position, before), body_html(&newer, self.newer.position, after)]
    }

    /// Counts the changes of a kind.
    pub fn count(&self, kind: ChangeKind) -> usize {
        self.changes.iter().filter(|change| change.kind == kind).count()
    }

    /// Returns whether readers read the same in both bodies, however it looks.
    pub fn is_same_text(&self) -> bool {
        self.changes.len() == self.count(ChangeKind::Formatting)
    }
}

/// Returns the number of the first change in which a picture stands, or a link that leads to a target.
pub fn change_of(changes: &[Change], picture_or_target: &str) -> Option<usize> {
    let refers = |change: &Change| change.refers_to.iter().any(|it| it == picture_or_target);
    changes.iter().position(refers).map(|at| at + 1)
}

fn blocks(older: &Side, newer: &Side, is_rough: bool) -> Vec<Block> {
    let [before, after] = [older, newer].map(|side| side.leaves.iter().map(side::Leaf::words).collect::<Vec<_>>());
    let form = |step: &align::Step| match *step {
        align::Step::Kept { older: a, newer: b } if !is_rough => {
            let older = Form { leaf: &older.leaves[a], words: &before[a] };
            edits::edits(older, Form { leaf: &newer.leaves[b], words: &after[b] })
        }
        _ => Vec::new(),
    };
    let steps = align::align(&before, &after, is_rough).into_iter();
    steps
        .map(|step| Block { edits: form(&step).into_iter().map(|edit| (edit, 0)).collect(), step, change: 0 })
        .collect()
}

fn tags_rewritten(older: &Side, newer: &Side) -> usize {
    let mut numbers = TagNumbers::default();
    let [before, after] = [older, newer].map(|side| side.tags().map(|tag| numbers.number(tag)).collect::<Vec<_>>());
    hunks(before.iter(), after.iter()).iter().map(|change| change.older.len().max(change.newer.len())).sum()
}
