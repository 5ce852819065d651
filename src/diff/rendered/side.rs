//! One of two bodies, taken apart into what is compared: leaf blocks, and in each its words and pictures.
//!
//! A leaf block is what stands on lines of its own: a stretch of pieces in which no block begins or ends and no line breaks. So a
//! text has the same leaves whether its lines are paragraphs, nested sections, or parted by `<br>`. What shows nothing is none.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::super::element;
use super::super::text_style::{StyleCache, TextStyle};
use super::super::tokens::{Token, is_blank, shows, tokens};
use super::tag::tag;
use crate::model::{Article, Language};
use crate::render::{self, Element, PICTURE, Piece, PlainBody};

/// What a rule across the page is known by, which is compared as a picture is.
pub(super) const RULE: &str = "hr";

/// A body's pieces, and the leaf blocks in them.
pub(super) struct Side {
    pub(super) pieces: Vec<Piece>,
    pub(super) leaves: Vec<Leaf>,
    /// The position of its article.
    pub(super) position: usize,
}

pub(super) struct Leaf {
    /// From the border of a block before it to the one behind it.
    pub(super) pieces: Range<usize>,
    /// What it shows. The text is as long as that of its pieces, byte for byte, each picture being one [`PICTURE`].
    pub(super) body: PlainBody,
    /// What shows, in order.
    pub(super) parts: Vec<Part>,
}

/// A text piece, or all pieces of a picture.
pub(super) struct Part {
    pub(super) pieces: Range<usize>,
    /// Where it stands in the text of its leaf.
    pub(super) text: Range<usize>,
    pub(super) context: Context,
    /// Its place in the leaf's list of pictures, if it is one.
    pub(super) picture: Option<usize>,
}

/// What a part has from the elements around it.
#[derive(Clone, Default)]
pub(super) struct Context {
    pub(super) style: Rc<TextStyle>,
    /// Where it leads to.
    pub(super) link: Option<Rc<str>>,
    /// The identities of the pictures behind it: those of the innermost element that has any.
    pub(super) backgrounds: Rc<[String]>,
}

/// The tokens of a leaf that show something, each with its place in the leaf's text.
pub(super) struct Words<'a> {
    pub(super) tokens: Vec<Token<'a>>,
    pub(super) places: Vec<Range<usize>>,
}

impl Side {
    pub(super) fn read(article: &Article, language: Language) -> Self {
        let pieces = with_lines_apart(render::frame_pieces(article, language));
        let mut reader = Reader::default();
        let mut at = 0;
        while at < pieces.len() {
            at = reader.piece(&pieces, at);
        }
        reader.end_leaf(pieces.len());
        Self { leaves: reader.leaves, pieces, position: article.position }
    }

    /// Returns the elements that its tags begin.
    pub(super) fn tags(&self) -> impl Iterator<Item = &Element> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Open(element) | Piece::Void(element) => Some(element),
            _ => None,
        })
    }

    /// Returns where each element that a piece opens is closed: the place of its [`Piece::Close`].
    pub(super) fn ends(&self) -> HashMap<usize, usize> {
        let (mut open, mut ends) = (Vec::new(), HashMap::new());
        for (at, piece) in self.pieces.iter().enumerate() {
            match piece {
                Piece::Open(_) => open.push(at),
                Piece::Close(_) => ends.extend(open.pop().map(|start| (start, at))),
                _ => {}
            }
        }
        ends
    }

    /// Returns the leaves that begin in a stretch of pieces.
    pub(super) fn leaves_in(&self, pieces: Range<usize>) -> Range<usize> {
        let first_from = |place: usize| self.leaves.partition_point(|leaf| leaf.pieces.start < place);
        first_from(pieces.start)..first_from(pieces.end)
    }
}

impl Leaf {
    pub(super) fn words(&self) -> Words<'_> {
        let tokens = tokens(&self.body);
        let (of_tokens, of_places) = (Vec::with_capacity(tokens.len()), Vec::with_capacity(tokens.len()));
        let (mut words, mut at) = (Words { tokens: of_tokens, places: of_places }, 0);
        for token in tokens {
            let end = at + token.length();
            if !token.is_blank() {
                words.tokens.push(token);
                words.places.push(at..end);
            }
            at = end;
        }
        words
    }

    /// Returns the range of the text without the blanks around it.
    pub(super) fn shown(&self) -> Range<usize> {
        let text = self.body.text.as_str();
        text.len() - text.trim_start_matches(is_blank).len()..text.trim_end_matches(is_blank).len()
    }

    /// Returns the part that holds a place of the text.
    pub(super) fn part_at(&self, place: usize) -> usize {
        self.parts.partition_point(|part| part.text.end <= place)
    }

    /// Returns the parts of which something stands in a range of the text.
    pub(super) fn parts_in(&self, range: &Range<usize>) -> impl Iterator<Item = &Part> {
        self.parts[self.part_at(range.start)..].iter().take_while(|part| part.text.start < range.end)
    }
}

impl Context {
    /// Makes it that of an element's inside.
    fn enter(&mut self, element: &Element, styles: &mut StyleCache) {
        if TextStyle::is_touched_by(element) {
            let style = styles.read(element);
            let (declarations, addresses) = &*style;
            let (inside, _) = self.style.inside(element, declarations);
            if inside != *self.style {
                self.style = Rc::new(inside);
            }
            let addresses = element.attribute("background").into_iter().chain(addresses.iter().map(String::as_str));
            let backgrounds: Rc<[String]> = addresses.map(element::identity).collect();
            if !backgrounds.is_empty() {
                self.backgrounds = backgrounds;
            }
        }
        if let Some(target) = element::target(element) {
            self.link = Some(target.into());
        }
    }
}

/// Puts each line of code into a piece of its own, its line end at its end.
fn with_lines_apart(pieces: Vec<Piece>) -> Vec<Piece> {
    let (mut apart, mut code) = (Vec::with_capacity(pieces.len()), 0_usize);
    for piece in pieces {
        match &piece {
            Piece::Open(element) if &*element.name == "pre" => code += 1,
            Piece::Close(name) if &**name == "pre" => code -= 1,
            Piece::Text(text) if code > 0 => {
                apart.extend(text.split_inclusive('\n').map(|line| Piece::Text(line.into())));
                continue;
            }
            _ => {}
        }
        apart.push(piece);
    }
    apart
}

#[derive(Default)]
struct Reader {
    leaves: Vec<Leaf>,
    /// Where the present leaf begins, and what is in it so far.
    start: usize,
    body: PlainBody,
    parts: Vec<Part>,
    /// The context outside of each open element.
    outside: Vec<Context>,
    context: Context,
    code: usize,
    styles: StyleCache,
}

impl Reader {
    /// Reads the piece at a place; returns where the next one is.
    fn piece(&mut self, pieces: &[Piece], at: usize) -> usize {
        match &pieces[at] {
            Piece::Open(element) if &*element.name == "svg" => return self.drawing(pieces, at),
            Piece::Open(element) => self.open(element, at),
            Piece::Close(name) => self.close(name, at),
            Piece::Void(element) => self.void(element, at),
            Piece::Text(text) => {
                let start = self.body.text.len();
                // An author's own marks of pictures are blanks here, and line ends are none: both as long as what they stand for.
                self.body.text.extend(text.chars().map(|character| match character {
                    PICTURE => '\u{3000}',
                    '\n' => ' ',
                    other => other,
                }));
                self.part(at..at + 1, start, None);
                if self.code > 0 && text.ends_with('\n') {
                    self.end_leaf(at + 1);
                }
            }
        }
        at + 1
    }

    fn open(&mut self, element: &Element, at: usize) {
        self.outside.push(self.context.clone());
        self.context.enter(element, &mut self.styles);
        self.code += usize::from(&*element.name == "pre");
        if render::is_block(&element.name) {
            self.end_leaf(at);
            self.start = at + 1;
        }
    }

    fn close(&mut self, name: &str, at: usize) {
        self.context = self.outside.pop().unwrap_or_default();
        self.code -= usize::from(name == "pre");
        if render::is_block(name) {
            self.end_leaf(at);
            self.start = at + 1;
        }
    }

    fn void(&mut self, element: &Element, at: usize) {
        match &*element.name {
            "br" => {
                self.end_leaf(at);
                self.start = at + 1;
            }
            "hr" => {
                self.end_leaf(at);
                self.picture(at..at + 1, RULE.to_owned());
                self.end_leaf(at + 1);
            }
            "img" => {
                if let Some(address) = element.picture() {
                    self.picture(at..at + 1, element::identity(address));
                }
            }
            _ => {}
        }
    }

    /// Takes a drawing as one picture: what is in it is no HTML.
    fn drawing(&mut self, pieces: &[Piece], at: usize) -> usize {
        let mut depth = 0_usize;
        let length = pieces[at..].iter().position(|piece| {
            match piece {
                Piece::Open(_) => depth += 1,
                Piece::Close(_) => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let end = length.map_or(pieces.len(), |length| at + length + 1);
        let said = pieces[at..end].iter().map(|piece| match piece {
            Piece::Open(element) | Piece::Void(element) => tag(element, &mut self.styles),
            Piece::Text(text) => text.to_string(),
            Piece::Close(_) => String::new(),
        });
        let said = said.collect();
        self.picture(at..end, said);
        end
    }

    fn picture(&mut self, pieces: Range<usize>, identity: String) {
        let start = self.body.text.len();
        self.body.text.push(PICTURE);
        self.body.pictures.push(identity);
        self.part(pieces, start, Some(self.body.pictures.len() - 1));
    }

    fn part(&mut self, pieces: Range<usize>, start: usize, picture: Option<usize>) {
        let text = start..self.body.text.len();
        self.parts.push(Part { pieces, text, context: self.context.clone(), picture });
    }

    fn end_leaf(&mut self, end: usize) {
        let (body, parts) = (std::mem::take(&mut self.body), std::mem::take(&mut self.parts));
        let leaf = Leaf { pieces: self.start..end, body, parts };
        if shows(&leaf.body.text) {
            self.leaves.push(leaf);
        }
        self.start = end;
    }
}
