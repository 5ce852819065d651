//! Articles as Markdown.

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, HrStyle, Options};

use super::html::{Element, Piece};
use super::pictures::Pictures;
use super::{attribute, body, named_fields, one_line, page};
use crate::model::Article;
use crate::sanitize;

/// Returns articles as Markdown, each under its title, with the pictures at hand; a picture at WeChat's own hosts by its
/// address, any other by its address as text. Nothing in it steers a terminal.
pub fn markdown(articles: &[Article], pictures: &Pictures) -> String {
    let converter = converter();
    let shown = |address: &str| pictures.shown_in_markdown(address).map(|address| attribute::encoded(&address));
    let one = |article: &Article| {
        let pieces: Vec<_> = body::visible(article).into_iter().map(described).collect();
        let html = page::write(&pieces, &shown, pictures);
        // Reading from memory cannot fail; the converter's signature is that of any reader.
        let body = converter.convert(&html).unwrap_or_default();
        let before = pictures.before(article).iter().map(|file| format!("![]({file})"));
        let parts = [heading(article), fields(article)].into_iter().chain(before).chain([body]);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let all = articles.iter().map(one).collect::<Vec<_>>().join("\n\n---\n\n") + "\n";
    sanitize::lines(&all).into_owned()
}

/// Escapes the descriptions of pictures and links, which the converter takes as they are.
fn described(piece: Piece) -> Piece {
    let escaped = |mut element: Element| {
        let described = |name: &str| matches!(name, "alt" | "title");
        for attribute in element.attributes.iter_mut().filter(|attribute| described(&attribute.name.local)) {
            attribute.value = literal(&one_line(&attribute.value)).into();
        }
        element
    };
    match piece {
        Piece::Open(element) => Piece::Open(escaped(element)),
        Piece::Void(element) => Piece::Void(escaped(element)),
        other => other,
    }
}

fn converter() -> HtmlToMarkdown {
    let options = Options {
        bullet_list_marker: BulletListMarker::Dash,
        ul_bullet_spacing: 1,
        ol_number_spacing: 1,
        hr_style: HrStyle::Dashes,
        ..Options::default()
    };
    HtmlToMarkdown::builder().options(options).build()
}

fn heading(article: &Article) -> String {
    let title = sanitize::line(&one_line(&article.title)).into_owned();
    if title.is_empty() { title } else { format!("# {}", literal(&title)) }
}

fn fields(article: &Article) -> String {
    named_fields(article).map(|(name, value)| format!("- {name}: {}", field(value))).collect::<Vec<_>>().join("\n")
}

fn field(value: &str) -> String {
    let is_address = value.starts_with("http") && !value.contains([' ', '<', '>', '\n']);
    if is_address { format!("<{value}>") } else { literal(&sanitize::line(&one_line(value))) }
}

/// Escapes what Markdown would read as markup in a line that is not at its beginning.
fn literal(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    for character in line.chars() {
        if matches!(character, '\\' | '*' | '_' | '`' | '[' | ']' | '<' | '#') {
            out.push('\\');
        }
        out.push(character);
    }
    out
}
