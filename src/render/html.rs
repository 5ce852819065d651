//! An article's body as a flat run of pieces that nest properly.
//!
//! The tags are read by html5ever's tokenizer, so entities, comments and odd spellings are those of the HTML standard.
//! No tree is built: a tree as deep as its input overflows the stack of whoever walks it, and the standard's repairs
//! can make it far larger than its input. One pass over the tokens closes what was left open, in time linear in the
//! body, and every renderer is a loop over the result.

use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::{
    BufferQueue, EndTag, StartTag, Tag, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts,
};
use html5ever::{Attribute, LocalName, QualName, ns};

use super::style;
use super::tags::{ended_by, ends_drawing, is_block, is_frame, is_void, unread};

/// How deep elements may nest. Real articles reach 39; beyond this the tags are left out and the text is kept, because each
/// list and each quotation that is open is written before every line.
const MAX_DEPTH: usize = 100;

/// A tag, a stand-alone element or a text, in reading order.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// Begins an element; its [`Piece::Close`] follows.
    Open(Element),
    /// Ends the innermost element that is open, named here.
    Close(LocalName),
    /// An element that holds nothing, such as `<br>`.
    Void(Element),
    /// Text, entities decoded.
    Text(StrTendril),
}

/// An element's name and attributes, in lower case.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Element {
    pub(crate) name: LocalName,
    pub(crate) attributes: Vec<Attribute>,
}

impl Element {
    /// Makes an element of our own.
    pub(crate) fn new(name: &str, attributes: &[(&str, &str)]) -> Self {
        let attribute = |(name, value): &(&str, &str)| Attribute {
            name: QualName::new(None, ns!(), LocalName::from(*name)),
            value: StrTendril::from(*value),
        };
        Self { name: LocalName::from(name), attributes: attributes.iter().map(attribute).collect() }
    }

    /// Returns an attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|attribute| &*attribute.name.local == name).map(|attribute| &*attribute.value)
    }

    /// Returns whether a reader never sees it: the platform ends bodies with a hidden `<mp-style-type>`, editors leave
    /// hidden sections of their own, and the platform's code blocks begin with a list that only counts their lines.
    pub(crate) fn is_hidden(&self) -> bool {
        &*self.name == "mp-style-type"
            || self.attribute("class").is_some_and(|class| class.contains("code-snippet__line-index"))
            || self.attribute("hidden").is_some()
            || self.declared("display").is_some_and(|value| value.eq_ignore_ascii_case("none"))
    }

    /// Returns what the element's `style` says last of a property.
    pub(super) fn declared(&self, property: &str) -> Option<&str> {
        let style = self.attribute("style")?;
        // Most styles say nothing of it, and need not be taken apart.
        if !style::mentions(style, property) {
            return None;
        }
        let named = style::declarations(style).into_iter().rev().find_map(|declaration| {
            let (name, value) = declaration.split_once(':')?;
            name.trim().eq_ignore_ascii_case(property).then_some(value)
        });
        named.map(|value| value.split('!').next().unwrap_or_default().trim())
    }

    /// Returns a picture's address. The platform keeps it in `data-src`; `src` may be a placeholder of one pixel.
    pub(crate) fn picture(&self) -> Option<&str> {
        let names: &[&str] = match &*self.name {
            "image" => &["data-src", "src", "href", "xlink:href"],
            _ => &["data-src", "src"],
        };
        names.iter().filter_map(|name| self.attribute(name)).find(|address| !address.trim().is_empty())
    }

    /// Returns the addresses of the pictures behind the element's text.
    pub(super) fn backgrounds(&self) -> Vec<&str> {
        let styles = ["background", "background-image"].into_iter().filter_map(|name| self.declared(name));
        let addresses = self.attribute("background").into_iter().chain(styles.flat_map(style::addresses));
        // A place within the page is a pattern of SVG.
        addresses.map(str::trim).filter(|address| !address.is_empty() && !address.starts_with('#')).collect()
    }
}

/// Reads a body. Scripts, style sheets and what else belongs to a page rather than to an article are left out.
pub(crate) fn pieces(html: &str) -> Vec<Piece> {
    let tokenizer = Tokenizer::new(Nesting::default(), TokenizerOpts::default());
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    // The sink never hands a script over, so the tokenizer never stops early.
    while !input.is_empty() {
        drop(tokenizer.feed(&input));
    }
    tokenizer.end();
    tokenizer.sink.0.into_inner().finish()
}

/// Puts a text in the place of each element for which `replacement` has one; an empty text leaves the element out.
pub(super) fn replaced(pieces: Vec<Piece>, replacement: impl Fn(&Element) -> Option<String>) -> Vec<Piece> {
    let mut depth_inside = 0_usize;
    let mut result = Vec::with_capacity(pieces.len());
    for piece in pieces {
        match &piece {
            Piece::Open(_) if depth_inside > 0 => depth_inside += 1,
            Piece::Close(_) if depth_inside > 0 => depth_inside -= 1,
            _ if depth_inside > 0 => {}
            Piece::Open(element) | Piece::Void(element) => match replacement(element) {
                Some(text) => {
                    depth_inside = usize::from(matches!(piece, Piece::Open(_)));
                    result.push(Piece::Text(text.into()));
                }
                None => result.push(piece),
            },
            _ => result.push(piece),
        }
    }
    result
}

/// Receives the tokens; the tokenizer hands them out by shared reference.
#[derive(Default)]
struct Nesting(RefCell<Builder>);

impl TokenSink for Nesting {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut builder = self.0.borrow_mut();
        match token {
            Token::CharacterTokens(text) => builder.text(text),
            Token::TagToken(tag) if tag.kind == StartTag => return builder.start(tag),
            Token::TagToken(tag) if tag.kind == EndTag => builder.end(&tag.name),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[derive(Default)]
struct Builder {
    pieces: Vec<Piece>,
    /// The elements that are open, outermost first; at most [`MAX_DEPTH`].
    open: Vec<LocalName>,
    /// How many elements beyond that are open, of which only the number is kept.
    too_deep: usize,
    /// The element whose text is being passed over.
    unread: Option<LocalName>,
}

impl Builder {
    fn text(&mut self, text: StrTendril) {
        if self.unread.is_none() {
            self.pieces.push(Piece::Text(text));
        }
    }

    fn start(&mut self, tag: Tag) -> TokenSinkResult<()> {
        if let Some(kind) = unread(&tag.name) {
            self.unread = Some(tag.name);
            return TokenSinkResult::RawData(kind);
        }
        if is_frame(&tag.name) {
            return TokenSinkResult::Continue;
        }
        let element = Element { name: tag.name, attributes: tag.attrs };
        if is_void(&element.name) {
            self.end_before(&element.name);
            self.pieces.push(Piece::Void(element));
        } else if self.too_deep > 0 {
            self.too_deep += 1;
        } else {
            self.end_before(&element.name);
            self.open(element);
        }
        TokenSinkResult::Continue
    }

    fn open(&mut self, element: Element) {
        if self.open.len() == MAX_DEPTH {
            self.too_deep = 1;
        } else {
            self.open.push(element.name.clone());
            self.pieces.push(Piece::Open(element));
        }
    }

    /// Ends the elements that a start tag ends without saying so.
    fn end_before(&mut self, next: &str) {
        let mut keep = self.drawing().filter(|_| ends_drawing(next)).unwrap_or(self.open.len());
        for (depth, open) in self.open[..keep].iter().enumerate().rev() {
            if ended_by(open, next) {
                keep = depth;
            } else if is_block(open) || matches!(&**open, "svg" | "foreignobject") {
                break;
            }
        }
        self.close_down_to(keep);
    }

    /// Returns the depth of the drawing that is being read. In a `foreignObject` stands HTML again.
    fn drawing(&self) -> Option<usize> {
        let html = self.open.iter().rposition(|open| &**open == "foreignobject").map_or(0, |depth| depth + 1);
        self.open[html..].iter().position(|open| &**open == "svg").map(|depth| html + depth)
    }

    fn end(&mut self, name: &LocalName) {
        if self.unread.is_some() {
            self.unread.take_if(|unread| unread == name);
        } else if is_void(name) || is_frame(name) {
            // `</br>` and the like end nothing.
        } else if self.too_deep > 0 {
            self.too_deep -= 1;
        } else if let Some(depth) = self.open.iter().rposition(|open| open == name) {
            self.close_down_to(depth);
        }
    }

    fn close_down_to(&mut self, depth: usize) {
        self.pieces.extend(self.open.drain(depth..).rev().map(Piece::Close));
    }

    fn finish(mut self) -> Vec<Piece> {
        self.close_down_to(0);
        self.pieces
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Writes pieces as tags, so that a test reads as HTML.
    fn shown(html: &str) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Open(element) => format!("<{}>", element.name),
            Piece::Close(name) => format!("</{name}>"),
            Piece::Void(element) => format!("<{}/>", element.name),
            Piece::Text(text) => text.to_string(),
        };
        pieces(html).iter().map(piece).collect()
    }

    #[test]
    fn pieces_nest_whatever_the_tags_do() {
        let cases = [
            ("<p>a<p>b", "<p>a</p><p>b</p>"),
            ("<p><span>a<section>b</section></p>c", "<p><span>a</span></p><section>b</section>c"),
            ("<ul><li>a<li>b<ul><li>c</ul></ul>", "<ul><li>a</li><li>b<ul><li>c</li></ul></li></ul>"),
            (
                "<table><tr><td>a<td>b<tr><td>c</table>",
                "<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>",
            ),
            ("<b>a<i>b</b>c</i>", "<b>a<i>b</i></b>c"),
            ("</p>a</br>b<br  />c", "ab<br/>c"),
            ("a<!-- <p> -->&lt;b&gt;&nbsp;&#x4e2d;", "a<b>\u{a0}中"),
            ("a<script>if (1 < 2) '<p>'</script>b<style>p{}</style>c<title>&amp;</title>d", "abcd"),
            ("<html><head><base href='//x'></head><body>a</body>", "a"),
            ("a<", "a<"),
            ("<p", ""),
            ("<svg><g>a<li>b</svg>c", "<svg><g>a</g></svg><li>bc</li>"),
            ("<p><svg><section><svg>a<p>b", "<p><svg><section><svg>a</svg></section></svg></p><p>b</p>"),
            (
                "<li><svg><tr>a<tr>b<foreignobject>c<li>d</svg>e",
                "<li><svg><tr>a</tr><tr>b<foreignobject>c<li>d</li></foreignobject></tr></svg>e</li>",
            ),
        ];
        for (html, expected) in cases {
            assert_eq!(shown(html), expected, "{html}");
        }
    }

    #[test]
    fn what_is_too_deep_keeps_its_text() {
        let html = format!("{}deep{}after", "<div>".repeat(10_000), "</div>".repeat(10_000));
        let read = pieces(&html);
        assert_eq!(read.len(), 2 * MAX_DEPTH + 2);
        assert!(matches!(&read[MAX_DEPTH], Piece::Text(text) if &**text == "deep"));
        assert!(matches!(read.last(), Some(Piece::Text(text)) if &**text == "after"));
    }

    #[test]
    fn hidden_elements_are_known_by_style_attribute_and_name() {
        let hidden = |html: &str| match &pieces(html)[0] {
            Piece::Open(element) => element.is_hidden(),
            other => panic!("{other:?} is no element"),
        };
        assert!(hidden("<p style='color: red; DISPLAY : none !important'>"));
        assert!(hidden("<section hidden>"));
        assert!(hidden("<mp-style-type data-value=3>"));
        assert!(!hidden("<p style='display: block'>"));
        assert!(!hidden("<p style='display:无'>"));
        assert!(!hidden("<p style='-x-display: none'>"));
    }
}
