//! What a search found, marked in the article as it looks.
//!
//! A sentence may stand in several elements, such as a bold word in its middle. So the texts of a block are searched as one, and each of them gets its
//! own mark. The first mark of the place that is looked for has [`FOUND`] as its id.

use std::ops::Range;

use super::html::{Element, Piece};
use super::page::write;
use super::pictures::Pictures;
use super::tags::is_block;

/// The class of the marks, and the id of the place.
pub const FOUND: &str = "dk-found";

/// What is looked for.
pub struct Sought<'a> {
    /// Returns where it stands in a text, as ranges of bytes that do not overlap, in order.
    pub find: &'a dyn Fn(&str) -> Vec<Range<usize>>,
    /// Returns whether a text with something in it is the place that an address leads to.
    pub is_place: &'a dyn Fn(&str) -> bool,
}

/// Marks what is sought in the texts of one document, one after the other. The default marks nothing.
#[derive(Default)]
pub struct Marks<'a> {
    sought: Option<Sought<'a>>,
    has_place: bool,
}

impl<'a> Marks<'a> {
    pub fn new(sought: Sought<'a>) -> Self {
        Self { sought: Some(sought), has_place: false }
    }

    /// Returns whether the place was there.
    pub fn has_place(&self) -> bool {
        self.has_place
    }

    /// Returns a title as HTML.
    pub fn title(&mut self, title: &str) -> String {
        write(&self.body(vec![Piece::Text(title.into())]), &Pictures::default())
    }

    /// Returns a body with its marks.
    pub(super) fn body(&mut self, pieces: Vec<Piece>) -> Vec<Piece> {
        if self.sought.is_none() {
            return pieces;
        }
        let mut marked = Vec::with_capacity(pieces.len());
        let (mut block, mut drawings) = (Block::default(), 0_usize);
        for piece in pieces {
            match &piece {
                // A drawing shows no element of HTML.
                Piece::Open(element) if is_drawing(&element.name) => drawings += 1,
                Piece::Close(name) if is_drawing(name) => drawings = drawings.saturating_sub(1),
                Piece::Open(Element { name, .. }) | Piece::Close(name) | Piece::Void(Element { name, .. })
                    if is_block(name) =>
                {
                    self.end(&mut block, &mut marked);
                }
                _ => {}
            }
            block.push(piece, drawings > 0);
        }
        self.end(&mut block, &mut marked);
        marked
    }

    /// Writes a block, with what is found in it marked.
    fn end(&mut self, block: &mut Block, marked: &mut Vec<Piece>) {
        let Some(sought) = &self.sought else { return };
        let Block { pieces, texts, text } = std::mem::take(block);
        let ranges = (sought.find)(&text);
        let mut leads_here = !self.has_place && !ranges.is_empty() && (sought.is_place)(&text);
        self.has_place |= leads_here;
        let mut texts = texts.into_iter().peekable();
        for (place, piece) in pieces.into_iter().enumerate() {
            match (piece, texts.next_if(|(at, _)| *at == place)) {
                (Piece::Text(part), Some((_, start))) => {
                    let text = start..start + part.len();
                    let first = ranges.partition_point(|range| range.end <= text.start);
                    let found = ranges[first..].iter().map_while(|range| within(range, text.clone()));
                    split(&part, found, &mut leads_here, marked);
                }
                (piece, _) => marked.push(piece),
            }
        }
    }
}

/// The pieces of a block, and their texts as one.
#[derive(Default)]
struct Block {
    pieces: Vec<Piece>,
    /// The places of the texts among the pieces, and where each begins in `text`.
    texts: Vec<(usize, usize)>,
    text: String,
}

impl Block {
    fn push(&mut self, piece: Piece, is_drawn: bool) {
        match &piece {
            Piece::Text(part) if !is_drawn => {
                self.texts.push((self.pieces.len(), self.text.len()));
                self.text.push_str(part);
            }
            // What stands on both sides of it is no word.
            Piece::Void(element) if matches!(&*element.name, "br" | "img") => self.text.push('\n'),
            _ => {}
        }
        self.pieces.push(piece);
    }
}

/// Returns the part of a range that lies in a text, from the beginning of that text.
fn within(range: &Range<usize>, text: Range<usize>) -> Option<Range<usize>> {
    let (start, end) = (range.start.max(text.start), range.end.min(text.end));
    (start < end).then(|| start - text.start..end - text.start)
}

fn split(text: &str, found: impl Iterator<Item = Range<usize>>, leads_here: &mut bool, marked: &mut Vec<Piece>) {
    let mut at = 0;
    let push = |text: &str| (!text.is_empty()).then(|| Piece::Text(text.into()));
    for range in found {
        marked.extend(push(&text[at..range.start]));
        let id = std::mem::take(leads_here).then_some(("id", FOUND));
        let attributes: Vec<_> = [("class", FOUND)].into_iter().chain(id).collect();
        let element = Element::new("mark", &attributes);
        let end = Piece::Close(element.name.clone());
        marked.push(Piece::Open(element));
        marked.extend(push(&text[range.clone()]));
        marked.push(end);
        at = range.end;
    }
    marked.extend(push(&text[at..]));
}

fn is_drawing(name: &str) -> bool {
    matches!(name, "svg" | "math")
}

#[cfg(test)]
mod tests {
    use super::super::html::pieces;
    use super::*;

    fn marked(body: &str, sought: &str, place: &str) -> String {
        let find = |text: &str| text.match_indices(sought).map(|(at, found)| at..at + found.len()).collect();
        let sought = Sought { find: &find, is_place: &|text| text.contains(place) };
        write(&Marks::new(sought).body(pieces(body)), &Pictures::default())
    }

    #[test]
    fn a_sentence_is_marked_through_its_elements() {
        insta::assert_snapshot!(
            marked("<p>在凌<b>晨四</b>点，凌晨四点。</p>", "凌晨四点", ""),
            @r#"<p>在<mark class="dk-found" id="dk-found">凌</mark><b><mark class="dk-found">晨四</mark></b><mark class="dk-found">点</mark>，<mark class="dk-found">凌晨四点</mark>。</p>"#
        );
    }

    #[test]
    fn the_place_is_that_of_the_paragraph() {
        insta::assert_snapshot!(
            marked("<p>价格</p><section>二<p>价格涨</p>价格</section>价格<br>涨", "价格", "涨"),
            @r#"<p><mark class="dk-found">价格</mark></p><section>二<p><mark class="dk-found" id="dk-found">价格</mark>涨</p><mark class="dk-found">价格</mark></section><mark class="dk-found">价格</mark><br>涨"#
        );
    }

    #[test]
    fn nothing_is_found_across_blocks_breaks_and_in_drawings() {
        let body = "<p>一</p><p>二</p>一<br>二<svg><text>一二</text></svg>";
        assert_eq!(marked(body, "一二", ""), marked(body, "三", ""));
    }
}
