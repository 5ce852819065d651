//! Articles as people read them: plain text, an HTML page, Markdown.
//!
//! Pure: fields in, text out. Bodies may be as deep, as long and as broken as they like; every renderer is a loop over
//! the pieces that `html` reads, which nest properly and not too deeply.

mod attribute;
mod body;
mod captions;
mod columns;
mod escape;
mod found;
mod frame;
mod head;
mod html;
mod lines;
mod markdown;
mod page;
mod paragraphs;
mod pictures;
mod plain_body;
mod style;
mod tags;
mod text;

pub use captions::captions;
pub use found::{FOUND, Marks, Sought};
pub(crate) use frame::frame_pieces;
pub use frame::{FRAME_POLICY, MARK_PREFIX, columns, frame_body, frame_document};
pub(crate) use html::{Element, Piece, pieces};
pub use markdown::markdown;
pub(crate) use page::body_html;
pub use page::{fragment, page};
pub use paragraphs::paragraphs;
pub use pictures::Pictures;
pub(crate) use plain_body::plain_body_of;
pub use plain_body::{PICTURE, PlainBody, plain_body};
pub(crate) use style::declarations;
pub(crate) use tags::is_block;

use crate::model::{Article, ArticleType};
use crate::sanitize;

/// Returns articles as plain text for a terminal or a pager: a small head, then the body, lines not wrapped.
///
/// Nothing in it steers the terminal.
pub fn text(articles: &[Article]) -> String {
    let one = |article: &Article| {
        let body = text::write(&body::with_all_pictures(body::visible(article)));
        let parts = [head::text(article, articles.len()), body];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("\n\n")
    };
    let all = articles.iter().map(one).collect::<Vec<_>>().join("\n\n\n") + "\n";
    sanitize::lines(&all).into_owned()
}

/// Returns a body as plain text, the way [`text()`] shows it.
pub fn plain_text(content: &str, article_type: ArticleType) -> String {
    text::write(&body::with_all_pictures(body::visible_in(content, article_type)))
}

#[cfg(test)]
pub(crate) mod tests;
