//! A body with all that its plain text does not show: looks, links, media, descriptions, hidden text.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::element::{self, identity, is_line_counter, written};
use super::text_style::{BoxStyle, Style, StyleCache, TextStyle};
use super::{media, tokens};
use crate::model::ArticleType;
use crate::render::{self, Element, PICTURE, Piece};

/// What a body is made of. Places are counted in characters that show; a picture and a medium are one each.
#[derive(Debug, Default)]
pub(super) struct Markup {
    /// The characters that show.
    pub(super) text: Vec<char>,
    /// The looks of the text in order, each with the place where it ends.
    pub(super) looks: Vec<(usize, Rc<TextStyle>)>,
    /// Before which characters a line begins, or a blank stands.
    pub(super) lines: BTreeSet<usize>,
    pub(super) blanks: BTreeSet<usize>,
    /// The boxes that begin before a character.
    pub(super) boxes: BTreeMap<usize, BoxStyle>,
    /// Every style, whether or not something inside it shows.
    pub(super) styles: Vec<Rc<Style>>,
    pub(super) parts: Vec<Part>,
}

/// Something that a reader sees or uses and that is no text: a link's target, a video, a description.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) what: &'static str,
    pub(super) value: String,
    pub(super) place: usize,
}

pub(super) const BACKGROUND: &str = "background";
pub(super) const CODE: &str = "code block";
pub(super) const DRAWING: &str = "drawing";
pub(super) const HIDDEN: &str = "hidden text";
pub(super) const DESCRIPTION: &str = "picture description";
/// What leads somewhere; its value says where.
pub(crate) const LINK: &str = "link";

impl Markup {
    /// Reads the pieces of a body.
    pub(super) fn read(pieces: &[Piece], article_type: ArticleType) -> Self {
        let mut reader = Reader { is_newspic: article_type == ArticleType::Newspic, ..Reader::default() };
        pieces.iter().for_each(|piece| reader.piece(piece));
        reader.markup
    }

    /// Returns the pictures that are shown and stand in no `<img>`: behind text, and in drawings.
    pub(super) fn backgrounds(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter(|part| part.what == BACKGROUND).map(|part| part.value.as_str())
    }
}

/// An element of which the inside is read otherwise than text.
#[derive(Debug)]
enum Inside {
    Hidden,
    Media(&'static str),
    Code,
    Drawing,
    /// HTML inside a drawing.
    Foreign,
    /// What only counts lines.
    Nothing,
}

#[derive(Default)]
struct Reader {
    markup: Markup,
    is_newspic: bool,
    /// The looks outside the open elements.
    outside: Vec<Rc<TextStyle>>,
    look: Rc<TextStyle>,
    /// The special elements that are open, each with how many elements were open before it, and what is collected of it.
    inside: Vec<(Inside, usize, Part)>,
    begins_line: bool,
    begins_blank: bool,
    cells: usize,
    styles: StyleCache,
}

impl Reader {
    fn piece(&mut self, piece: &Piece) {
        match piece {
            Piece::Open(element) => self.open(element),
            Piece::Close(name) => self.close(name),
            Piece::Void(element) => self.void(element),
            Piece::Text(text) => self.text(text),
        }
    }

    fn open(&mut self, element: &Element) {
        let depth = self.outside.len();
        self.outside.push(Rc::clone(&self.look));
        if self.is_collected(element) {
            return;
        }
        let inside = match &*element.name {
            _ if is_line_counter(element) => Some(Inside::Nothing),
            _ if element.is_hidden() => Some(Inside::Hidden),
            "svg" => Some(Inside::Drawing),
            "pre" => Some(Inside::Code),
            name => media::kind(name, element.attribute("class")).map(Inside::Media),
        };
        if !matches!(inside, Some(Inside::Nothing | Inside::Hidden)) {
            self.border(&element.name, true);
            self.dress(element);
            element::target(element).into_iter().for_each(|target| self.part(LINK, target));
        }
        if let Some(inside) = inside {
            let is_medium = matches!(inside, Inside::Media(_));
            let value =
                if is_medium || matches!(inside, Inside::Drawing) { written(element, false) } else { String::new() };
            self.inside.push((inside, depth, Part { what: "", value, place: self.markup.text.len() }));
            if is_medium {
                self.show(PICTURE);
            }
        }
    }

    /// Takes an element into what is collected around it; returns whether nothing else is to be read of it.
    fn is_collected(&mut self, element: &Element) -> bool {
        let depth = self.outside.len() - 1;
        let Some((inside, _, part)) = self.inside.last_mut() else { return false };
        match inside {
            Inside::Hidden => part.value.extend(element.picture().map(identity)),
            Inside::Media(_) => part.value += &written(element, false),
            Inside::Drawing if &*element.name == "foreignobject" => {
                part.value += &written(element, true);
                let none = Part { what: "", value: String::new(), place: 0 };
                self.inside.push((Inside::Foreign, depth, none));
            }
            Inside::Drawing => {
                part.value += &written(element, true);
                self.drawn_pictures(element);
            }
            Inside::Code if &*element.name == "code" || render::is_block(&element.name) => begin_line(&mut part.value),
            Inside::Code | Inside::Foreign => return false,
            Inside::Nothing => {}
        }
        !matches!(self.inside.last(), Some((Inside::Code, ..)))
    }

    fn drawn_pictures(&mut self, element: &Element) {
        let is_picture = matches!(&*element.name, "image" | "img");
        let address = ["href", "xlink:href", "src"].iter().find_map(|name| element.attribute(name));
        let style = self.styles.read(element);
        let (_, behind) = &*style;
        let all = address.filter(|_| is_picture).into_iter().chain(behind.iter().map(String::as_str));
        all.for_each(|address| self.part(BACKGROUND, identity(address)));
    }

    fn close(&mut self, name: &str) {
        self.look = self.outside.pop().unwrap_or_default();
        match self.inside.last_mut() {
            Some((inside, depth, _)) if *depth == self.outside.len() => {
                let shows = !matches!(inside, Inside::Hidden | Inside::Nothing);
                self.end_inside();
                if !shows {
                    return;
                }
            }
            Some((Inside::Code, _, part)) if name != "code" && render::is_block(name) => begin_line(&mut part.value),
            Some((Inside::Hidden | Inside::Nothing | Inside::Media(_) | Inside::Drawing, ..)) => return,
            _ => {}
        }
        self.border(name, false);
    }

    fn end_inside(&mut self) {
        let Some((inside, _, mut part)) = self.inside.pop() else { return };
        part.what = match inside {
            Inside::Hidden if part.value.is_empty() => return,
            Inside::Hidden => HIDDEN,
            Inside::Media(kind) => kind,
            Inside::Drawing => DRAWING,
            Inside::Code => {
                part.value = part.value.lines().map(str::trim_end).collect::<Vec<_>>().join("\n");
                CODE
            }
            Inside::Foreign | Inside::Nothing => return,
        };
        self.markup.parts.push(part);
    }

    fn void(&mut self, element: &Element) {
        self.outside.push(Rc::clone(&self.look));
        let is_collected = self.is_collected(element);
        self.outside.pop();
        if is_collected {
            return;
        }
        if element.is_hidden() {
            let hidden = element.picture().map(identity);
            return hidden.into_iter().for_each(|identity| self.part(HIDDEN, identity));
        }
        match &*element.name {
            // No style makes it look otherwise.
            "br" => return self.end_line(),
            "hr" => self.begins_line = true,
            name => {
                if let Some(kind) = media::kind(name, element.attribute("class")) {
                    self.part(kind, written(element, false));
                    return self.show(PICTURE);
                }
            }
        }
        let outside = Rc::clone(&self.look);
        self.dress(element);
        element::target(element).into_iter().for_each(|target| self.part(LINK, target));
        self.picture(element);
        self.look = outside;
        if &*element.name == "hr" {
            self.begins_line = true;
        }
    }

    fn picture(&mut self, element: &Element) {
        if &*element.name != "img" || element.picture().is_none_or(|address| address.trim().is_empty()) {
            return;
        }
        if let Some(description) = element::description(element) {
            self.part(DESCRIPTION, description);
        }
        self.show(PICTURE);
    }

    /// Takes in how an element makes its inside look.
    fn dress(&mut self, element: &Element) {
        if !TextStyle::is_touched_by(element) {
            return;
        }
        let style = self.styles.read(element);
        let (declarations, behind) = &*style;
        let behind = element.attribute("background").into_iter().chain(behind.iter().map(String::as_str));
        behind.for_each(|address| self.part(BACKGROUND, identity(address)));
        let (look, own) = self.look.inside(element, declarations);
        if look != *self.look {
            self.look = Rc::new(look);
        }
        if own.iter().any(|group| !group.is_empty()) {
            let there = self.markup.boxes.entry(self.markup.text.len()).or_default();
            for (there, own) in there.iter_mut().zip(own).filter(|(_, own)| !own.is_empty()) {
                *there += &(own + "|");
            }
        }
        if !declarations.is_empty() {
            self.markup.styles.push(style);
        }
    }

    fn text(&mut self, text: &str) {
        match self.inside.last_mut() {
            Some((Inside::Nothing, ..)) => return,
            Some((Inside::Hidden, _, part)) => {
                return part.value.extend(text.chars().filter(|c| !tokens::is_blank(*c)));
            }
            Some((Inside::Media(_), _, part)) => return part.value += text.trim(),
            Some((Inside::Code, _, part)) => part.value += &text.replace('\u{a0}', " "),
            _ => {}
        }
        let is_code = matches!(self.inside.last(), Some((Inside::Code, ..)));
        for character in text.chars() {
            match character {
                '\n' if self.is_newspic => self.end_line(),
                // An author's own is taken out of what is read, too.
                PICTURE => {}
                _ if !tokens::is_blank(character) => self.show(character),
                // The first line of a paragraph is indented by it.
                '\u{3000}' => drop(self.markup.blanks.insert(self.markup.text.len())),
                _ if character.is_whitespace() && !is_code => self.begins_blank = true,
                _ => {}
            }
        }
    }

    fn show(&mut self, character: char) {
        let place = self.markup.text.len();
        let is_first = place == 0;
        match (std::mem::take(&mut self.begins_line), std::mem::take(&mut self.begins_blank)) {
            _ if is_first => {}
            (true, _) => drop(self.markup.lines.insert(place)),
            (false, true) => drop(self.markup.blanks.insert(place)),
            (false, false) => {}
        }
        self.markup.text.push(character);
        match self.markup.looks.last_mut() {
            Some((end, look)) if *look == self.look => {
                *end = place + 1;
                // So that the next character need not compare every property: equal pointers are equal looks.
                *look = Rc::clone(&self.look);
            }
            _ => self.markup.looks.push((place + 1, Rc::clone(&self.look))),
        }
    }

    fn end_line(&mut self) {
        match self.inside.last_mut() {
            Some((Inside::Code, _, part)) => part.value.push('\n'),
            _ if self.cells > 0 => self.begins_blank = true,
            _ => self.begins_line = true,
        }
    }

    /// Lines begin and end at blocks; the cells of a table stand beside one another.
    fn border(&mut self, name: &str, opens: bool) {
        match name {
            "td" | "th" => {
                self.begins_blank = true;
                self.cells = if opens { self.cells + 1 } else { self.cells.saturating_sub(1) };
            }
            _ if !render::is_block(name) => {}
            _ if self.cells > 0 || matches!(self.inside.last(), Some((Inside::Code, ..))) => self.begins_blank = true,
            _ => self.begins_line = true,
        }
    }

    fn part(&mut self, what: &'static str, value: String) {
        self.markup.parts.push(Part { what, value, place: self.markup.text.len() });
    }
}

fn begin_line(code: &mut String) {
    if !code.is_empty() && !code.ends_with('\n') {
        code.push('\n');
    }
}
