//! Articles as Markdown.

use htmd::HtmlToMarkdown;
use htmd::options::{BulletListMarker, HrStyle, Options};

use super::{body, named_fields, one_line, page};
use crate::model::Article;

/// Returns articles as Markdown, each under its title; pictures by their addresses.
pub fn markdown(articles: &[Article]) -> String {
    let converter = converter();
    let one = |article: &Article| {
        let html = page::write(&body::visible(article));
        // Reading from memory cannot fail; the converter's signature is that of any reader.
        let body = converter.convert(&html).unwrap_or_default();
        let parts = [heading(article), fields(article), body];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    articles.iter().map(one).collect::<Vec<_>>().join("\n\n---\n\n") + "\n"
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
    let title = one_line(&article.title);
    if title.is_empty() { title } else { format!("# {}", literal(&title)) }
}

fn fields(article: &Article) -> String {
    named_fields(article).map(|(name, value)| format!("- {name}: {}", field(value))).collect::<Vec<_>>().join("\n")
}

fn field(value: &str) -> String {
    let is_address = value.starts_with("http") && !value.contains([' ', '<', '>', '\n']);
    if is_address { format!("<{value}>") } else { literal(&one_line(value)) }
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
