//! What a reader sees of a body: hidden parts out, cards named, code blocks as plain lines.

use html5ever::tendril::StrTendril;
use html5ever::{Attribute, LocalName, QualName, ns};

use super::attribute;
use super::html::{self, Element, Piece};
use crate::model::{Article, ArticleType};

/// Reads an article's body as text and Markdown show it.
pub(super) fn visible(article: &Article) -> Vec<Piece> {
    visible_in(&article.content, article.article_type)
}

/// Reads a body that came without its article.
pub(super) fn visible_in(content: &str, article_type: ArticleType) -> Vec<Piece> {
    let in_its_place = |element: &Element| if element.is_hidden() { Some(String::new()) } else { card(element) };
    let shown = html::replaced(html::pieces(content), in_its_place);
    code_blocks(with_line_breaks(shown, article_type))
}

/// Makes an `img` of whatever else shows a picture: an `image` of SVG, a background. What stands before a background begins
/// on a line of its own.
pub(super) fn with_all_pictures(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut result = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Piece::Open(element) = &piece else {
            result.push(piece);
            continue;
        };
        let mut pictures: Vec<_> = element.backgrounds().into_iter().map(picture).collect();
        if !pictures.is_empty() && html::is_block(&element.name) {
            pictures.push(Piece::Void(self::element("br", None)));
        }
        pictures.extend(element.picture().filter(|_| &*element.name == "image").map(picture));
        result.push(piece);
        result.append(&mut pictures);
    }
    result
}

fn picture(address: &str) -> Piece {
    Piece::Void(element("img", Some(("data-src", address))))
}

/// Makes the line ends of a newspic's text what they are to its readers; in HTML they are blanks.
pub(super) fn with_line_breaks(pieces: Vec<Piece>, article_type: ArticleType) -> Vec<Piece> {
    if article_type == ArticleType::News {
        return pieces;
    }
    let mut broken = Vec::with_capacity(pieces.len());
    for piece in pieces {
        let Piece::Text(text) = piece else {
            broken.push(piece);
            continue;
        };
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                broken.push(Piece::Void(element("br", None)));
            }
            broken.push(Piece::Text(line.into()));
        }
    }
    broken
}

/// Names a card that only the platform's own apps can draw.
pub(super) fn card(element: &Element) -> Option<String> {
    let (kind, name) = match &*element.name {
        "mp-common-profile" | "mpprofile" => ("account", element.attribute("data-nickname")),
        "mp-common-mpaudio" | "mpvoice" | "qqmusic" | "audio" => ("audio", element.attribute("name")),
        "mp-common-videosnap" | "mpvideosnap" | "video" => ("video", element.attribute("data-desc")),
        "mp-miniprogram" | "mp-weapp" => ("mini program", element.attribute("data-miniprogram-nickname")),
        "mp-common-product" => ("product", None),
        "mp-common-sticker" => ("sticker", None),
        "iframe" if element.attribute("class").is_some_and(|class| class.contains("video")) => ("video", None),
        "iframe" | "frame" | "object" | "embed" | "applet" => ("embedded page", None),
        _ => return None,
    };
    let address = || {
        ["data-src", "src", "data", "poster"]
            .into_iter()
            .find_map(|name| element.attribute(name))
            .filter(|address| attribute::link(address).is_some())
    };
    Some(match name.or_else(address).filter(|name| !name.is_empty()) {
        Some(name) => format!("[{kind}: {name}]"),
        None => format!("[{kind}]"),
    })
}

/// Turns each `<pre>` into `<pre><code>` with one text, whatever its lines were made of: `<br>`, one `<code>` a line
/// (the platform's own editor), blocks, or plain line ends.
fn code_blocks(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut result = Vec::with_capacity(pieces.len());
    let mut pieces = pieces.into_iter();
    while let Some(piece) = pieces.next() {
        match piece {
            Piece::Open(pre) if &*pre.name == "pre" => code_block(&pre, &mut pieces, &mut result),
            other => result.push(other),
        }
    }
    result
}

fn code_block(pre: &Element, inside: &mut impl Iterator<Item = Piece>, result: &mut Vec<Piece>) {
    let mut language = language(pre);
    let (mut code, mut pictures) = (String::new(), Vec::new());
    let mut depth = 1_usize;
    for piece in inside {
        match piece {
            Piece::Open(element) => {
                depth += 1;
                if &*element.name == "code" || html::is_block(&element.name) {
                    begin_line(&mut code);
                    language = language.or_else(|| self::language(&element));
                }
            }
            Piece::Close(name) => {
                depth -= 1;
                if depth == 0 {
                    break;
                }
                if &*name != "code" && html::is_block(&name) {
                    begin_line(&mut code);
                }
            }
            Piece::Void(element) if &*element.name == "br" => code.push('\n'),
            Piece::Void(element) if &*element.name == "img" => pictures.push(Piece::Void(element)),
            Piece::Void(_) => {}
            Piece::Text(text) => code.push_str(&text.replace('\u{a0}', " ")),
        }
    }
    if !code.trim().is_empty() {
        let class = language.map(|language| format!("language-{language}"));
        result.extend([
            Piece::Open(element("pre", None)),
            Piece::Open(element("code", class.as_deref().map(|class| ("class", class)))),
            Piece::Text(trimmed(&code).into()),
            Piece::Close(LocalName::from("code")),
            Piece::Close(LocalName::from("pre")),
        ]);
    }
    // Code has no pictures in it; they stand behind it.
    result.append(&mut pictures);
}

fn begin_line(code: &mut String) {
    if !code.is_empty() && !code.ends_with('\n') {
        code.push('\n');
    }
}

/// Leaves out empty lines before and after; the first line keeps its indentation.
fn trimmed(code: &str) -> &str {
    let end = code.trim_end();
    let blank = end.len() - end.trim_start().len();
    let start = end[..blank].rfind('\n').map_or(0, |line_end| line_end + 1);
    &end[start..]
}

fn language(element: &Element) -> Option<String> {
    let of_class =
        |class: &str| class.split_whitespace().find_map(|name| name.strip_prefix("language-")).map(str::to_owned);
    let named = element.attribute("data-lang").map(str::to_owned);
    named
        .or_else(|| element.attribute("class").and_then(of_class))
        .filter(|name| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "+-#_".contains(c)))
}

fn element(name: &str, attribute: Option<(&str, &str)>) -> Element {
    let made = |(name, value): (&str, &str)| Attribute {
        name: QualName::new(None, ns!(), LocalName::from(name)),
        value: StrTendril::from(value),
    };
    Element { name: LocalName::from(name), attributes: attribute.map(made).into_iter().collect() }
}
