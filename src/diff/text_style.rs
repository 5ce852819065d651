//! How text looks, by the tags and inline styles around it.

use std::collections::{BTreeMap, HashMap};
use std::rc::Rc;

use enum_map::{Enum, EnumMap};

use crate::render::{self, Element};

/// A property that text has from the elements around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Enum)]
pub(super) enum Property {
    Colour,
    BackgroundColour,
    FontSize,
    Font,
    Bold,
    Italics,
    Underline,
    Heading,
    Alignment,
    LineHeight,
    LetterSpacing,
    Indentation,
    Strikethrough,
    Superscript,
    Subscript,
}

use Property::*;

impl Property {
    pub(super) fn all() -> impl Iterator<Item = Self> {
        EnumMap::<Self, ()>::default().into_iter().map(|(property, ())| property)
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Colour => "colour",
            BackgroundColour => "background colour",
            FontSize => "font size",
            Font => "font",
            Bold => "bold",
            Italics => "italics",
            Underline => "underline",
            Heading => "heading",
            Alignment => "alignment",
            LineHeight => "line height",
            LetterSpacing => "letter spacing",
            Indentation => "indentation",
            Strikethrough => "strikethrough",
            Superscript => "superscript",
            Subscript => "subscript",
        }
    }

    /// Returns whether it changes what the text says: 99 that is struck out is no price, and 10² is not 102.
    pub(super) fn is_content(self) -> bool {
        matches!(self, Strikethrough | Superscript | Subscript)
    }
}

/// The value of each property, if something sets it. Styles are copied and compared at every element.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TextStyle(EnumMap<Property, Option<Rc<str>>>);

/// Declarations that belong to an element as a box, by what they change.
pub(super) const BOX_GROUPS: [&str; 4] = ["margins", "border", "size", "other styles"];

/// The box declarations of one element, by the index of their group.
pub(super) type BoxStyle = [String; BOX_GROUPS.len()];

impl TextStyle {
    /// Returns the value of a property; empty if nothing sets it.
    pub(super) fn get(&self, property: Property) -> &str {
        self.0[property].as_deref().unwrap_or_default()
    }

    /// Returns whether an element may change the style: it has attributes, or its tag has a style of its own.
    pub(super) fn is_touched_by(element: &Element) -> bool {
        !element.attributes.is_empty() || !of_tag(&element.name).is_empty()
    }

    /// Returns how the text inside an element looks, and the element's own box.
    pub(super) fn inside(&self, element: &Element, declarations: &Declarations) -> (Self, BoxStyle) {
        let mut look = self.clone();
        for (property, value) in of_tag(&element.name) {
            look.set(*property, value);
        }
        for (attribute, property) in
            [("align", Alignment), ("bgcolor", BackgroundColour), ("color", Colour), ("face", Font), ("size", FontSize)]
        {
            if let Some(value) = element.attribute(attribute) {
                look.set(property, &normalised(value));
            }
        }
        let mut own = BoxStyle::default();
        for attribute in ["width", "height"] {
            if let Some(value) = element.attribute(attribute) {
                own[2] += &format!("{attribute}={value};");
            }
        }
        for (name, value) in declarations {
            look.declare(self, name, value, &mut own);
        }
        (look, own)
    }

    fn set(&mut self, property: Property, value: &str) {
        self.0[property] = Some(value).filter(|value| !value.is_empty()).map(Rc::from);
    }

    fn declare(&mut self, outside: &Self, name: &str, value: &str, own: &mut BoxStyle) {
        let property = match name {
            "color" => Colour,
            "background" | "background-color" => BackgroundColour,
            "font-size" => FontSize,
            "font-family" | "font" => Font,
            "font-weight" => Bold,
            "font-style" => Italics,
            "text-align" => Alignment,
            "line-height" => LineHeight,
            "letter-spacing" | "word-spacing" => LetterSpacing,
            "text-indent" => Indentation,
            "text-decoration" | "text-decoration-line" => return self.decorate(outside, value),
            "vertical-align" if value == "super" => return self.set(Superscript, "yes"),
            "vertical-align" if value == "sub" => return self.set(Subscript, "yes"),
            _ => return own[group(name)] += &format!("{name}:{value};"),
        };
        let value = match (property, value) {
            (Bold, "bold" | "bolder" | "600" | "700" | "800" | "900") => "bold",
            (Bold | Italics, "normal" | "400") => "",
            (Italics, "oblique") => "italic",
            (_, value) => value,
        };
        self.set(property, value);
    }

    /// Lines through and under text go on through all that is inside; only those of the element's own tag can be taken away.
    fn decorate(&mut self, outside: &Self, value: &str) {
        if value.contains("line-through") {
            self.set(Strikethrough, "yes");
        }
        if value.contains("underline") {
            self.set(Underline, "yes");
        }
        if value == "none" {
            for property in [Strikethrough, Underline] {
                self.set(property, outside.get(property));
            }
        }
    }
}

fn group(name: &str) -> usize {
    let begins = |words: &[&str]| words.iter().any(|word| name.starts_with(word));
    match name {
        _ if begins(&["margin", "padding"]) => 0,
        _ if begins(&["border", "outline", "box-shadow"]) => 1,
        "width" | "height" | "min-width" | "max-width" | "min-height" | "max-height" => 2,
        _ => 3,
    }
}

/// Reads styles, each text once: an article has the same few over and over.
#[derive(Default)]
pub(super) struct StyleCache(HashMap<String, Rc<Style>>);

/// Declarations, and the addresses of the pictures in them.
pub(super) type Style = (Declarations, Vec<String>);

impl StyleCache {
    /// Reads the style of an element.
    pub(super) fn read(&mut self, element: &Element) -> Rc<Style> {
        let text = element.attribute("style").unwrap_or_default();
        match self.0.get(text) {
            Some(style) => Rc::clone(style),
            None => Rc::clone(self.0.entry(text.to_owned()).or_insert_with(|| Rc::new(style(text)))),
        }
    }
}

/// Returns what a tag does by itself.
fn of_tag(name: &str) -> &'static [(Property, &'static str)] {
    match name {
        "b" | "strong" => &[(Bold, "bold")],
        "i" | "em" | "cite" | "dfn" | "var" => &[(Italics, "italic")],
        "u" | "ins" => &[(Underline, "yes")],
        "s" | "del" | "strike" => &[(Strikethrough, "yes")],
        "sup" => &[(Superscript, "yes")],
        "sub" => &[(Subscript, "yes")],
        "mark" => &[(BackgroundColour, "yellow")],
        "small" => &[(FontSize, "smaller")],
        "big" => &[(FontSize, "larger")],
        "code" | "kbd" | "samp" | "tt" => &[(Font, "monospace")],
        "center" => &[(Alignment, "center")],
        "h1" => &[(Heading, "1"), (Bold, "bold")],
        "h2" => &[(Heading, "2"), (Bold, "bold")],
        "h3" => &[(Heading, "3"), (Bold, "bold")],
        "h4" => &[(Heading, "4"), (Bold, "bold")],
        "h5" => &[(Heading, "5"), (Bold, "bold")],
        "h6" => &[(Heading, "6"), (Bold, "bold")],
        _ => &[],
    }
}

/// The declarations of a style, the last one of a name; without pictures, see [`style`].
pub(super) type Declarations = BTreeMap<String, String>;

/// Reads a `style` attribute: its declarations, spelled alike where they mean the same, and the addresses of the pictures in it.
fn style(text: &str) -> Style {
    let (mut declarations, mut pictures) = (Declarations::new(), Vec::new());
    for (name, value) in render::declarations(text).into_iter().filter_map(|declaration| declaration.split_once(':')) {
        let value = without_pictures(value, &mut pictures);
        let value = normalised(&value);
        if !value.is_empty() {
            declarations.insert(name.trim().to_ascii_lowercase(), value);
        }
    }
    (declarations, pictures)
}

/// Takes each `url(…)` out of a value; what leads to a part of the page itself is no picture.
fn without_pictures(value: &str, pictures: &mut Vec<String>) -> String {
    // As long as the value, byte for byte.
    let lower = value.to_ascii_lowercase();
    let (mut rest, mut kept) = (value, String::with_capacity(value.len()));
    while let Some(at) = lower[value.len() - rest.len()..].find("url(") {
        let (address, behind) = rest[at + 4..].split_once(')').unwrap_or((&rest[at + 4..], ""));
        let address = address.trim().trim_matches(['"', '\'']).trim();
        if !address.is_empty() && !address.starts_with('#') {
            pictures.push(address.to_owned());
        }
        kept.push_str(&rest[..at]);
        rest = behind;
    }
    kept + rest
}

/// Returns a value without its quotes and with one blank in the place of several: the platform changes them.
fn normalised(value: &str) -> String {
    let plain = value.replace(['"', '\''], "").to_ascii_lowercase();
    plain.split_whitespace().collect::<Vec<_>>().join(" ").replace(", ", ",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn styles_that_mean_the_same_read_alike() {
        let (declarations, pictures) =
            style("COLOR: rgb(1, 2,  3);font-family:'A', \"b;c\" ; background:URL('|X;Y') #FFF");
        let expected = [("background", "#fff"), ("color", "rgb(1,2,3)"), ("font-family", "a,b;c")]
            .map(|(a, b)| (a.into(), b.into()));
        assert_eq!((declarations, pictures), (Declarations::from(expected), vec!["|X;Y".to_owned()]));
        assert_eq!(style("; : ;a;b:"), (Declarations::new(), vec![]));
        assert_eq!(style("background:url(#gradient)").1, Vec::<String>::new());
        assert_eq!(style("background:url(a").1, ["a"]);
    }
}
