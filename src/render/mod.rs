//! Articles as people read them: plain text, an HTML page, Markdown.
//!
//! Pure: fields in, text out. Bodies may be as deep, as long and as broken as they like; every renderer is a loop over
//! the pieces that `html` reads, which nest properly and not too deeply.

mod body;
mod html;
mod markdown;
mod page;
mod reading;
mod text;

pub use markdown::markdown;
pub use page::{fragment, page, page_beside_pictures};
pub use reading::{PICTURE, Reading, reading};

use crate::model::{Article, ArticleType};

/// Returns articles as plain text for a terminal or a pager: a small head, then the body, lines not wrapped.
///
/// Characters that could steer a terminal are still in it; whoever prints replaces them.
pub fn text(articles: &[Article]) -> String {
    let one = |article: &Article| {
        let body = text::write(&body::visible(article));
        let parts = [head(article, articles.len()), body];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    articles.iter().map(one).collect::<Vec<_>>().join("\n\n\n") + "\n"
}

/// Returns a body as plain text, the way [`text()`] shows it.
pub fn plain_text(content: &str, article_type: ArticleType) -> String {
    text::write(&body::visible_in(content, article_type))
}

/// Returns the head of an article: its title, behind its position where there are several, and the fields that are not
/// empty.
fn head(article: &Article, articles: usize) -> String {
    let title = if article.title.is_empty() { "(no title)" } else { &article.title };
    let place = if articles > 1 { format!("[{}] ", article.position) } else { String::new() };
    let fields = named_fields(article).map(|(name, value)| format!("\n{name}: {}", one_line(value)));
    format!("{place}{}{}", one_line(title), fields.collect::<String>())
}

/// Returns the fields beside the title that the article has, named as people call them.
fn named_fields(article: &Article) -> impl Iterator<Item = (&'static str, &str)> {
    let fields =
        [("Author", article.author.as_str()), ("Digest", &article.digest), ("Link", &article.content_source_url)];
    fields.into_iter().filter(|(_, value)| !value.is_empty())
}

fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests;
