//! Articles as one HTML page that opens in a browser from a file.

use super::html::{self, Element, Piece};
use super::{body, named_fields};
use crate::model::Article;

/// What the page may do: show pictures and styles, nothing else. An article's scripts must not run with the rights of a
/// local file.
const POLICY: &str = "default-src 'none'; img-src {files}http: https: data:; style-src 'unsafe-inline'; \
                      base-uri 'none'; form-action 'none'";

/// As wide as a phone that shows articles, in the platform's text size; pictures never wider than that.
const STYLE: &str = "body{max-width:677px;margin:2em auto;padding:0 1em;font:17px/1.6 system-ui,sans-serif;\
                     overflow-wrap:break-word}img{max-width:100%!important;height:auto!important}\
                     pre{overflow-x:auto}dl{color:#666;font-size:14px}dd{margin:0}hr{margin:3em 0}";

/// Returns a complete page of the articles.
///
/// Pictures are fetched without a Referer, because the platform's picture hosts answer a foreign one with a placeholder.
pub fn page(articles: &[Article]) -> String {
    page_under(&POLICY.replace("{files}", ""), articles)
}

/// Returns a page as [`page`] does, which may show pictures that lie beside it as well.
pub fn page_beside_pictures(articles: &[Article]) -> String {
    // Browsers do not agree whether a file is of its own origin.
    page_under(&POLICY.replace("{files}", "'self' file: "), articles)
}

fn page_under(policy: &str, articles: &[Article]) -> String {
    let title = articles.first().map_or("", |article| &article.title);
    let bodies: Vec<_> = articles.iter().map(article_element).collect();
    format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}\n</body>\n</html>\n",
        escaped(title),
        bodies.join("\n<hr>\n"),
    )
}

fn article_element(article: &Article) -> String {
    let fields: String =
        named_fields(article).map(|(name, value)| format!("<dd>{name}: {}</dd>", escaped(value))).collect();
    let details = if fields.is_empty() { fields } else { format!("<dl>{fields}</dl>\n") };
    format!("<article>\n<h1>{}</h1>\n{details}{}\n</article>", escaped(&article.title), fragment(article))
}

/// Returns an article's body as a part of a page: tags nest, nothing can run, and cards are named.
pub fn fragment(article: &Article) -> String {
    let shown = html::replaced(html::pieces(&article.content), body::card);
    write(&body::with_line_breaks(shown, article.article_type))
}

/// Writes pieces as HTML.
pub(super) fn write(pieces: &[Piece]) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Open(element) | Piece::Void(element) => write_tag(&mut out, element),
            Piece::Close(name) => out.extend(["</", name, ">"]),
            Piece::Text(text) => out.push_str(&escaped(text)),
        }
    }
    out
}

fn write_tag(out: &mut String, element: &Element) {
    let is_picture = &*element.name == "img";
    out.extend(["<", &element.name]);
    for attribute in &element.attributes {
        let name: &str = &attribute.name.local;
        if is_kept(name) && !(is_picture && matches!(name, "src" | "data-src" | "srcset")) {
            write_attribute(out, name, &attribute.value);
        }
    }
    if is_picture && let Some(address) = element.picture() {
        let scheme = if address.starts_with("//") { "https:" } else { "" };
        write_attribute(out, "src", &format!("{scheme}{address}"));
    }
    out.push('>');
}

/// Leaves out event handlers, and names that HTML has no way to write.
fn is_kept(name: &str) -> bool {
    !name.starts_with("on")
        && !name.contains(|c: char| c.is_control() || matches!(c, '"' | '\'' | '<' | '>' | '/' | '='))
}

fn write_attribute(out: &mut String, name: &str, value: &str) {
    out.extend([" ", name, "=\"", &escaped(value), "\""]);
}

/// Escapes text for element content and attribute values.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\u{a0}' => out.push_str("&nbsp;"),
            '\n' | '\t' => out.push(character),
            // HTML has no place for them, and a terminal that shows the page must not obey them.
            control if control.is_control() => out.push('\u{fffd}'),
            other => out.push(other),
        }
    }
    out
}
