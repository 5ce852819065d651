//! Articles as people read them: plain text, an HTML page, Markdown.
//!
//! Pure: fields in, text out. Bodies may be as deep, as long and as broken as they like; every renderer is a loop over
//! the pieces that `html` reads, which nest properly and not too deeply.

mod attribute;
mod body;
mod columns;
mod frame;
mod html;
mod lines;
mod markdown;
mod page;
mod pictures;
mod plain_body;
mod style;
mod text;

pub(crate) use frame::frame_pieces;
pub use frame::{FRAME_POLICY, MARK_PREFIX, frame_body, frame_document};
pub(crate) use html::{Element, Piece, is_block, pieces};
pub use markdown::markdown;
pub(crate) use page::body_html;
pub use page::{fragment, page};
pub use pictures::Pictures;
pub use plain_body::{PICTURE, PlainBody, plain_body};
pub(crate) use style::declarations;

use crate::model::{Article, ArticleType};
use crate::sanitize;

/// Returns articles as plain text for a terminal or a pager: a small head, then the body, lines not wrapped.
///
/// Nothing in it steers the terminal.
pub fn text(articles: &[Article]) -> String {
    let one = |article: &Article| {
        let body = text::write(&body::with_all_pictures(body::visible(article)));
        let parts = [head(article, articles.len()), body];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let all = articles.iter().map(one).collect::<Vec<_>>().join("\n\n\n") + "\n";
    sanitize::lines(&all).into_owned()
}

/// Returns a body as plain text, the way [`text()`] shows it.
pub fn plain_text(content: &str, article_type: ArticleType) -> String {
    text::write(&body::with_all_pictures(body::visible_in(content, article_type)))
}

/// Returns the head of an article: its title, behind its position where there are several, and the fields that are not
/// empty.
fn head(article: &Article, articles: usize) -> String {
    let title = if article.title.is_empty() { "(no title)" } else { &article.title };
    let place = if articles > 1 { format!("[{}] ", article.position) } else { String::new() };
    let fields = named_fields(article).map(|(name, value)| format!("\n{name}: {}", sanitize::line(&one_line(value))));
    format!("{place}{}{}", sanitize::line(&one_line(title)), fields.collect::<String>())
}

/// Returns the fields beside the title that the article has, named as people call them.
fn named_fields(article: &Article) -> impl Iterator<Item = (&'static str, &str)> {
    let fields =
        [("Author", article.author.as_str()), ("Digest", &article.digest), ("Link", &article.content_source_url)];
    fields.into_iter().filter(|(_, value)| !value.is_empty())
}

/// Returns a value with a blank in the place of each run of white space.
fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
pub(crate) mod tests;
