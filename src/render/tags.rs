//! What the reader of a body must know of elements by their names (HTML, "Elements" and "Optional tags").

use html5ever::tokenizer::states::RawKind;

/// Returns whether a line ends before and after the element.
pub(crate) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "center"
            | "dd"
            | "details"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "li"
            | "main"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}

/// Returns whether the element holds nothing and has no end tag.
pub(super) fn is_void(name: &str) -> bool {
    matches!(name, "area" | "br" | "col" | "embed" | "hr" | "img" | "input" | "param" | "source" | "track" | "wbr")
}

/// Elements whose text is none of the article's, and how the tokenizer must read them.
pub(super) fn unread(name: &str) -> Option<RawKind> {
    match name {
        "script" => Some(RawKind::ScriptData),
        "style" | "noembed" | "noframes" => Some(RawKind::Rawtext),
        "title" => Some(RawKind::Rcdata),
        _ => None,
    }
}

/// Tags that frame a page and would reach beyond their article.
pub(super) fn is_frame(name: &str) -> bool {
    matches!(name, "html" | "head" | "body" | "meta" | "base" | "link")
}

/// Returns whether the start of `next` ends `open` without an end tag (HTML, "optional tags").
pub(super) fn ended_by(open: &str, next: &str) -> bool {
    match open {
        "p" => is_block(next),
        "li" => next == "li",
        "dt" | "dd" => matches!(next, "dt" | "dd"),
        "td" | "th" => matches!(next, "td" | "th" | "tr" | "tbody" | "tfoot"),
        "tr" => matches!(next, "tr" | "tbody" | "tfoot"),
        "thead" | "tbody" => matches!(next, "tbody" | "tfoot"),
        _ => false,
    }
}

/// Returns whether a start tag ends a drawing that is open, because it cannot be part of one (HTML, "The rules for parsing tokens
/// in foreign content").
pub(super) fn ends_drawing(next: &str) -> bool {
    matches!(
        next,
        "b" | "big"
            | "blockquote"
            | "br"
            | "center"
            | "code"
            | "dd"
            | "div"
            | "dl"
            | "dt"
            | "em"
            | "embed"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "hr"
            | "i"
            | "img"
            | "li"
            | "menu"
            | "nobr"
            | "ol"
            | "p"
            | "pre"
            | "ruby"
            | "s"
            | "small"
            | "span"
            | "strong"
            | "strike"
            | "sub"
            | "sup"
            | "table"
            | "tt"
            | "u"
            | "ul"
            | "var"
    )
}
