//! Articles in a frame of their own within a page.
//!
//! A frame's document holds what somebody else wrote, so three walls stand around it: whoever serves it sends [`FRAME_POLICY`],
//! which lets nothing run and nothing be fetched from elsewhere; the filter of all pages leaves out whatever runs, loads or
//! leads to a script; and here, what is harmless in a page of its own is taken from an article that stands within another page:
//! a place on the screen of its own choosing, links that open inside the frame, and the names of the marks of a comparison.

use super::escape::escaped;
use super::found::Marks;
use super::html::{self, Element, Piece};
use super::page::body_html;
use super::pictures::Pictures;
use super::{body, style};
use crate::model::{Article, Language};

/// The `Content-Security-Policy` of a frame's document, as a header: a part of it counts for nothing inside the document.
pub const FRAME_POLICY: &str = "default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; form-action 'none'; \
                                base-uri 'none'; frame-ancestors 'self'; \
                                sandbox allow-popups allow-popups-to-escape-sandbox";

/// The prefix of the classes and ids by which a comparison marks what changed; an author's elements have none of them.
pub const MARK_PREFIX: &str = "dk-";

/// An article is as wide as on a phone, on white, whatever the page around it is. No colour stands alone: what was added is
/// underlined, what was removed struck out, formatting dotted, and a block that came or went has a bar at its side.
const STYLE: &str = "\
html{background:#fff;color:#1f2328}\
body{max-width:677px;margin:0 auto;padding:12px 16px;font:17px/1.6 system-ui,sans-serif;overflow-wrap:anywhere}\
img{max-width:100%!important;height:auto!important}pre{overflow-x:auto}table{max-width:100%}\
.lost{display:inline-block;max-width:100%;box-sizing:border-box;padding:1em;background:#eaeef2;color:#424a53;font-size:14px}\
.dk-ins,.dk-del,.dk-format,.dk-fold{scroll-margin:30vh 0}\
.dk-ins{background:#d7f5dd;color:#0a4d1c;text-decoration:underline 2px}\
.dk-del{background:#ffe3e0;color:#86061d;text-decoration:line-through 2px}\
.dk-moved{background:#ece4fb;color:#44228f}\
.dk-found{background:#fff3a3;color:#1f2328;scroll-margin:30vh 0}\
.dk-format{background:#fff3c4;color:#4d3800;border-bottom:2px dotted #7a5b00}\
.dk-block-ins{box-shadow:-4px 0 0 #fff,-8px 0 0 #1a7f37!important}\
.dk-block-del{box-shadow:-4px 0 0 #fff,-8px 0 0 #b42318!important}\
.dk-block-moved{box-shadow:-4px 0 0 #fff,-8px 0 0 #6e40c9!important}\
del.dk-block-del,del.dk-block-moved{display:block;margin:.4em 0}\
.dk-picture{display:inline-block;max-width:48%;vertical-align:top;padding:3px}\
.dk-del.dk-picture{outline:3px dashed #b42318;opacity:.75}.dk-ins.dk-picture{outline:3px solid #1a7f37}\
body:has(>.dk-columns){max-width:none}.dk-columns{display:grid;grid-template-columns:1fr 1fr;gap:28px}.dk-columns>div{min-width:0}\
@media(max-width:800px){.dk-columns{display:block}}\
.dk-side{margin:0 0 .6em;padding:.2em 0;border-bottom:2px solid #8c959f;color:#424a53;font-size:14px;font-weight:600}\
.dk-rule{display:block;margin:.6em 0;border-top:2px solid}\
.dk-fold{display:block;margin:.6em 0;padding:.2em;border:1px dashed #8c959f;color:#57606a;font-size:14px;text-align:center}\
:target{outline:3px solid #0969da;outline-offset:2px}";

/// Reads an article's body for a frame: what readers see of it, with nothing in it that a frame cannot stand. Cards are named in their
/// language.
pub(crate) fn frame_pieces(article: &Article, language: Language) -> Vec<Piece> {
    let mut pieces = body::visible_of(html::pieces(&article.content), article.article_type, language);
    for piece in &mut pieces {
        if let Piece::Open(element) | Piece::Void(element) = piece {
            tame(element);
        }
    }
    pieces
}

/// Returns an article's body as [`frame_document`] takes it: the pictures that stand before it, and what readers see of it, with its marks.
pub fn frame_body(article: &Article, pictures: &Pictures, language: Language, marks: &mut Marks<'_>) -> String {
    body_html(&marks.body(frame_pieces(article, language)), article.position, pictures)
}

/// Returns the whole document of a frame. `language` is that of the marks, such as `zh-CN`.
pub fn frame_document(body: &str, language: &str, title: &str) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n<title>{}</title>\n<style>{STYLE}</style>\n</head>\n\
         <body>\n{body}\n</body>\n</html>\n",
        escaped(language),
        escaped(title),
    )
}

/// Returns a body of [`frame_document`] that has several beside one another, or one below the other on a phone, each below its name.
/// One frame scrolls them together.
pub fn columns(bodies: &[(String, String)]) -> String {
    let column =
        |(name, body): &(String, String)| format!("<div><p class=\"dk-side\">{}</p>{body}</div>", escaped(name));
    let columns: String = bodies.iter().map(column).collect();
    format!("<div class=\"dk-columns\">{columns}</div>")
}

/// Takes from an element what a frame cannot stand.
fn tame(element: &mut Element) {
    let is_link = matches!(&*element.name, "a" | "area");
    element.attributes.retain(|attribute| {
        let is_name = matches!(&*attribute.name.local, "id" | "name");
        !(is_name && is_mark(attribute.value.trim()) || is_link && matches!(&*attribute.name.local, "target" | "rel"))
    });
    for attribute in &mut element.attributes {
        let plain = match &*attribute.name.local {
            "style" => match style::in_place(&attribute.value) {
                Some(style) => style,
                None => continue,
            },
            "class" if attribute.value.to_ascii_lowercase().contains(MARK_PREFIX) => {
                let names = attribute.value.split_whitespace().filter(|name| !is_mark(name));
                names.collect::<Vec<_>>().join(" ")
            }
            _ => continue,
        };
        attribute.value = plain.into();
    }
    // What is marked must be seen.
    if &*element.name == "details" && element.attribute("open").is_none() {
        element.attributes.append(&mut Element::new("", &[("open", "")]).attributes);
    }
    if is_link {
        let opens_outside = [("target", "_blank"), ("rel", "noopener noreferrer")];
        element.attributes.append(&mut Element::new("a", &opens_outside).attributes);
    }
}

fn is_mark(name: &str) -> bool {
    name.get(..MARK_PREFIX.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(MARK_PREFIX))
}
