//! Articles as one HTML page that opens in a browser from a file.

use super::escape::escaped;
use super::head::named_fields;
use super::html::{self, Element, Piece};
use super::pictures::Pictures;
use super::{attribute, body};
use crate::model::{Article, ArticleType, Language};
use crate::sanitize;

/// What the page may do: show pictures that are in it or beside it, and styles. Nothing is fetched from the net, and an
/// article's scripts do not run with the rights of a local file. Browsers do not agree whether a file is of its own origin.
const POLICY: &str = "default-src 'none'; img-src 'self' file: data:; style-src 'unsafe-inline'; base-uri 'none'; \
                      form-action 'none'";

/// As wide as a phone that shows articles, in the platform's text size; pictures never wider than that.
const STYLE: &str = "body{max-width:677px;margin:2em auto;padding:0 1em;font:17px/1.6 system-ui,sans-serif;\
                     overflow-wrap:break-word}img{max-width:100%!important;height:auto!important}\
                     pre{overflow-x:auto}.lost{color:#b4580a;font-size:14px}dl{color:#666;font-size:14px}dd{margin:0}hr{margin:3em 0}";

/// Returns a complete page of the articles, which loads nothing but the pictures at hand.
pub fn page(articles: &[Article], pictures: &Pictures) -> String {
    let title = articles.first().map_or("", |article| &article.title);
    let bodies: Vec<_> = articles.iter().map(|article| article_element(article, pictures)).collect();
    let page = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{}\n</body>\n</html>\n",
        escaped(&sanitize::line(title)),
        bodies.join("\n<hr>\n"),
    );
    // Whatever turns text around, in a body too, is named, for the page may be looked at in a terminal.
    sanitize::lines(&page).replace("<U+", "&lt;U+")
}

fn article_element(article: &Article, pictures: &Pictures) -> String {
    let safe = |text: &str| escaped(&sanitize::line(text));
    let fields: String =
        named_fields(article).map(|(name, value)| format!("<dd>{name}: {}</dd>", safe(value))).collect();
    let details = if fields.is_empty() { fields } else { format!("<dl>{fields}</dl>\n") };
    format!(
        "<article>\n<h1>{}</h1>\n{details}{}\n</article>",
        safe(&article.title),
        fragment(article, pictures, Language::English)
    )
}

/// Returns an article's body as a part of a page: tags nest, nothing can run or be loaded, and cards are named.
pub fn fragment(article: &Article, pictures: &Pictures, language: Language) -> String {
    let shown = html::replaced(html::pieces(&article.content), |element| body::card(element, language));
    // A browser knows the styles that keep lines by itself.
    let shown = match article.article_type {
        ArticleType::News => shown,
        ArticleType::Newspic => body::with_line_breaks(shown, true),
    };
    body_html(&shown, article.position, pictures)
}

/// Writes the pieces of the article at a position as HTML, behind the pictures that stand before its body. Whatever the pieces say, nothing
/// can run or be loaded.
pub(crate) fn body_html(pieces: &[Piece], position: usize, pictures: &Pictures) -> String {
    let before = pictures.before(position).iter().map(|file| format!("<p><img src=\"{}\"></p>", escaped(file)));
    before.chain([write(pieces, pictures)]).collect()
}

/// Writes pieces as HTML.
pub(super) fn write(pieces: &[Piece], pictures: &Pictures) -> String {
    let mut out = String::new();
    for piece in pieces {
        match piece {
            Piece::Open(element) | Piece::Void(element) if is_picture(&element.name) => {
                write_picture(&mut out, element, pictures);
            }
            Piece::Open(element) | Piece::Void(element) => write_tag(&mut out, element, pictures),
            Piece::Close(name) if is_picture(name) || attribute::is_left_out(name) => {}
            Piece::Close(name) => out.extend(["</", name, ">"]),
            Piece::Text(text) => out.push_str(&escaped(text)),
        }
    }
    out
}

/// Outside of SVG, `image` is an old spelling of `img` to browsers.
fn is_picture(name: &str) -> bool {
    matches!(name, "img" | "image")
}

fn write_picture(out: &mut String, element: &Element, pictures: &Pictures) {
    let is_svg = &*element.name == "image";
    let Some(address) = element.picture() else { return };
    match pictures.shown(address) {
        Ok(address) => {
            out.extend(["<", &element.name]);
            attribute::write_harmless(out, element, &Pictures::default());
            attribute::write(out, if is_svg { "href" } else { "src" }, &address);
            out.push_str(if is_svg { "/>" } else { ">" });
        }
        Err(text) if is_svg => out.extend(["<text y=\"1em\">", &escaped(&text), "</text>"]),
        Err(text) => write_lost(out, &text),
    }
}

fn write_tag(out: &mut String, element: &Element, pictures: &Pictures) {
    if attribute::is_left_out(&element.name) {
        return;
    }
    out.extend(["<", &element.name]);
    let lost = attribute::write_harmless(out, element, pictures);
    out.push('>');
    lost.iter().for_each(|text| write_lost(out, text));
}

/// Writes what stands in the place of something that is not at hand.
fn write_lost(out: &mut String, text: &str) {
    out.extend(["<span class=\"lost\">", &escaped(text), "</span>"]);
}
