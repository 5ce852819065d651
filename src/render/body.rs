//! Reduces a body to what readers see: hidden parts are removed, cards are named, code blocks become plain lines.

use html5ever::LocalName;

use super::attribute;
use super::html::{self, Element, Piece};
use super::tags::is_block;
use crate::model::{Article, ArticleType, Language};

/// Reads an article's body as text and Markdown show it.
pub(super) fn visible(article: &Article) -> Vec<Piece> {
    visible_in(&article.content, article.article_type)
}

/// Reads a body that came without its article.
pub(super) fn visible_in(content: &str, article_type: ArticleType) -> Vec<Piece> {
    visible_of(html::pieces(content), article_type, Language::English)
}

/// Returns what readers see of the pieces of a body; cards are named in their language.
pub(super) fn visible_of(pieces: Vec<Piece>, article_type: ArticleType, language: Language) -> Vec<Piece> {
    let in_its_place = |element: &Element| match element.is_hidden() {
        true => Some(String::new()),
        false => card(element, language),
    };
    let shown = html::replaced(pieces, in_its_place);
    code_blocks(with_line_breaks(shown, article_type == ArticleType::Newspic))
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
        if !pictures.is_empty() && is_block(&element.name) {
            pictures.push(Piece::Void(Element::new("br", &[])));
        }
        pictures.extend(element.picture().filter(|_| &*element.name == "image").map(picture));
        result.push(piece);
        result.append(&mut pictures);
    }
    result
}

fn picture(address: &str) -> Piece {
    Piece::Void(Element::new("img", &[("data-src", address)]))
}

/// Makes breaks of the line ends that readers see: those of a newspic's text, for which `keeps_lines` is set, and those in
/// elements whose style keeps them. In other HTML they are blanks.
pub(super) fn with_line_breaks(pieces: Vec<Piece>, keeps_lines: bool) -> Vec<Piece> {
    let mut broken = Vec::with_capacity(pieces.len());
    let mut keeps = vec![keeps_lines];
    for piece in pieces {
        let keeps_here = keeps.last().copied().unwrap_or(keeps_lines);
        match piece {
            Piece::Text(text) if keeps_here => {
                for (index, line) in text.split('\n').enumerate() {
                    if index > 0 {
                        broken.push(Piece::Void(Element::new("br", &[])));
                    }
                    broken.push(Piece::Text(line.into()));
                }
                continue;
            }
            Piece::Open(ref element) => {
                let style = element.declared("white-space");
                keeps.push(style.map_or(keeps_here, |style| style.starts_with("pre") || style == "break-spaces"));
            }
            Piece::Close(_) => drop(keeps.pop()),
            _ => {}
        }
        broken.push(piece);
    }
    broken
}

/// Names a card that only the platform's own apps can draw.
pub(super) fn card(element: &Element, language: Language) -> Option<String> {
    let is_of_class = |name: &str| element.attribute("class").is_some_and(|class| class.contains(name));
    let (english, chinese, name) = match &*element.name {
        "mp-common-profile" | "mpprofile" => ("account", "公众号", element.attribute("data-nickname")),
        "mp-common-mpaudio" | "mpvoice" | "qqmusic" | "audio" => ("audio", "音频", element.attribute("name")),
        "mp-common-videosnap" | "mpvideosnap" | "video" => ("video", "视频", element.attribute("data-desc")),
        "mp-miniprogram" | "mp-weapp" => ("mini program", "小程序", element.attribute("data-miniprogram-nickname")),
        "mp-common-product" => ("product", "商品", None),
        "mp-common-sticker" => ("sticker", "表情", None),
        "iframe" if is_of_class("video") => ("video", "视频", None),
        "iframe" | "frame" | "object" | "embed" | "applet" => ("embedded page", "嵌入的网页", None),
        _ => return None,
    };
    let address = || {
        ["data-src", "src", "data", "poster"]
            .into_iter()
            .find_map(|name| element.attribute(name))
            .filter(|address| attribute::link(address).is_some())
    };
    Some(match (name.or_else(address).filter(|name| !name.is_empty()), language) {
        (Some(name), Language::English) => format!("[{english}: {name}]"),
        (Some(name), Language::Chinese) => format!("［{chinese}：{name}］"),
        (None, Language::English) => format!("[{english}]"),
        (None, Language::Chinese) => format!("［{chinese}］"),
    })
}

/// Turns each `<pre>`, and each `<code>` of several lines, into `<pre><code>` with one text, whatever its lines were made of:
/// `<br>`, one `<code>` a line (the platform's own editor), blocks, or plain line ends.
fn code_blocks(pieces: Vec<Piece>) -> Vec<Piece> {
    let mut result = Vec::with_capacity(pieces.len());
    let mut pieces = pieces.into_iter();
    while let Some(piece) = pieces.next() {
        let block = match &piece {
            Piece::Open(element) if matches!(&*element.name, "pre" | "code") => {
                let inside = inside(pieces.as_slice());
                code_block(element, inside).map(|block| (block, inside.len() + 1))
            }
            _ => None,
        };
        match block {
            Some((mut block, length)) => {
                result.append(&mut block);
                pieces.by_ref().take(length).for_each(drop);
            }
            None => result.push(piece),
        }
    }
    result
}

/// Returns the inside of an element that `pieces` begin with.
fn inside(pieces: &[Piece]) -> &[Piece] {
    let mut depth = 1_usize;
    let end = pieces.iter().position(|piece| {
        match piece {
            Piece::Open(_) => depth += 1,
            Piece::Close(_) => depth -= 1,
            _ => {}
        }
        depth == 0
    });
    &pieces[..end.unwrap_or(pieces.len())]
}

/// Returns a block of code, its pictures behind it; `None` for code within a line.
fn code_block(element: &Element, inside: &[Piece]) -> Option<Vec<Piece>> {
    let is_pre = &*element.name == "pre";
    let code = code_text(inside, is_pre);
    let code = trimmed(&code);
    if !is_pre && !code.contains('\n') {
        return None;
    }
    let elements = || [element].into_iter().chain(inside.iter().filter_map(opened));
    let class = elements().find_map(language).map(|language| format!("language-{language}"));
    let attributes: Vec<_> = class.iter().map(|class| ("class", class.as_str())).collect();
    let mut block = Vec::new();
    if !code.trim().is_empty() {
        block.extend([
            Piece::Open(Element::new("pre", &[])),
            Piece::Open(Element::new("code", &attributes)),
            Piece::Text(code.into()),
            Piece::Close(LocalName::from("code")),
            Piece::Close(LocalName::from("pre")),
        ]);
    }
    block.extend(inside.iter().filter(|piece| matches!(piece, Piece::Void(it) if &*it.name == "img")).cloned());
    Some(block)
}

fn opened(piece: &Piece) -> Option<&Element> {
    match piece {
        Piece::Open(element) => Some(element),
        _ => None,
    }
}

/// Returns the text of code by lines. Outside of `<pre>`, line ends are blanks.
fn code_text(inside: &[Piece], is_pre: bool) -> String {
    let mut code = String::new();
    let mut open = Vec::new();
    for piece in inside {
        match piece {
            Piece::Open(element) => {
                let is_block = is_block(&element.name) || element.declared("display") == Some("block");
                open.push(is_block);
                if is_block || &*element.name == "code" {
                    begin_line(&mut code);
                }
            }
            Piece::Close(_) if open.pop() == Some(true) => begin_line(&mut code),
            Piece::Void(element) if &*element.name == "br" => code.push('\n'),
            Piece::Text(text) if is_pre => code.push_str(&text.replace('\u{a0}', " ")),
            Piece::Text(text) => code.push_str(&text.replace(['\n', '\u{a0}'], " ")),
            _ => {}
        }
    }
    code
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
