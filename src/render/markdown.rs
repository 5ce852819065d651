//! Articles as Markdown.

mod blocks;
mod escape;
mod inline;
mod style;
mod table;
#[cfg(test)]
mod tests;

use super::body;
use super::head::{named_fields, one_line};
use super::pictures::Pictures;
use crate::model::Article;
use crate::sanitize;

/// Returns articles as Markdown, each under its title, with the pictures at hand; a picture at WeChat's own hosts by its
/// address, any other by its address as text. Nothing in it steers a terminal.
pub fn markdown(articles: &[Article], pictures: &Pictures) -> String {
    let one = |article: &Article| {
        let body = blocks::write(&body::with_all_pictures(body::visible(article)), pictures);
        let before = pictures.before(article.position).iter().map(|file| format!("![]({file})"));
        let parts = [heading(article), fields(article)].into_iter().chain(before).chain([body]);
        parts.filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let all = articles.iter().map(one).collect::<Vec<_>>().join("\n\n---\n\n") + "\n";
    sanitize::lines(&all).into_owned()
}

fn heading(article: &Article) -> String {
    let title = sanitize::line(&one_line(&article.title)).into_owned();
    if title.is_empty() { title } else { format!("# {}", escape::heading(&escape::text(&title))) }
}

fn fields(article: &Article) -> String {
    named_fields(article).map(|(name, value)| format!("- {name}: {}", field(value))).collect::<Vec<_>>().join("\n")
}

fn field(value: &str) -> String {
    let is_address = value.starts_with("http") && !value.contains([' ', '<', '>', '\n']);
    if is_address { format!("<{value}>") } else { escape::text(&sanitize::line(&one_line(value))) }
}
