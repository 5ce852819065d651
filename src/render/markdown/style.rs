//! How a text looks, as far as Markdown has marks for it.

use super::super::html::Element;

/// How a text looks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Style {
    /// The link that it belongs to, by its number.
    pub(super) link: Option<usize>,
    pub(super) superscript: bool,
    pub(super) subscript: bool,
    pub(super) deleted: bool,
    pub(super) bold: bool,
    pub(super) italic: bool,
    pub(super) code: bool,
}

impl Style {
    /// Returns what two styles have in common.
    pub(super) fn and(self, other: Self) -> Self {
        Self {
            link: self.link.filter(|_| self.link == other.link),
            superscript: self.superscript && other.superscript,
            subscript: self.subscript && other.subscript,
            deleted: self.deleted && other.deleted,
            bold: self.bold && other.bold,
            italic: self.italic && other.italic,
            code: self.code && other.code,
        }
    }

    /// Returns how the text in an element looks, by its name and by its `style`. Most of the bold text of real articles is a
    /// `span` with a weight, and text that was pasted from other editors is a `b` without one.
    pub(super) fn within(self, element: &Element) -> Self {
        let named = match &*element.name {
            "b" | "strong" => Self { bold: true, ..self },
            "em" | "i" | "cite" | "dfn" | "var" => Self { italic: true, ..self },
            "del" | "s" | "strike" => Self { deleted: true, ..self },
            "sup" => Self { superscript: true, ..self },
            "sub" => Self { subscript: true, ..self },
            "code" | "kbd" | "samp" | "tt" => Self { code: true, ..self },
            // Headings are bold without a word.
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" | "th" => return self,
            _ => self,
        };
        Self {
            bold: element.declared("font-weight").and_then(is_bold).unwrap_or(named.bold),
            italic: element.declared("font-style").and_then(is_italic).unwrap_or(named.italic),
            deleted: named.deleted || is_struck(element),
            ..named
        }
    }
}

fn is_bold(weight: &str) -> Option<bool> {
    match &*weight.to_ascii_lowercase() {
        "bold" | "bolder" => Some(true),
        "normal" | "lighter" => Some(false),
        number => number.parse::<u16>().ok().map(|weight| weight >= 600),
    }
}

fn is_italic(style: &str) -> Option<bool> {
    match &*style.to_ascii_lowercase() {
        "italic" | "oblique" => Some(true),
        "normal" => Some(false),
        _ => None,
    }
}

fn is_struck(element: &Element) -> bool {
    let lines = ["text-decoration", "text-decoration-line"].map(|name| element.declared(name).unwrap_or_default());
    lines.iter().any(|line| line.contains("line-through"))
}
