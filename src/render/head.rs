//! What stands above the body of an article: its title and its fields.

use crate::model::Article;
use crate::sanitize;

/// Returns the head of an article: its title, behind its position where there are several, and the fields that are not
/// empty.
pub(super) fn text(article: &Article, articles: usize) -> String {
    let title = if article.title.is_empty() { "(no title)" } else { &article.title };
    let place = if articles > 1 { format!("[{}] ", article.position) } else { String::new() };
    let fields = named_fields(article).map(|(name, value)| format!("\n{name}: {}", sanitize::line(&one_line(value))));
    format!("{place}{}{}", sanitize::line(&one_line(title)), fields.collect::<String>())
}

/// Returns the fields beside the title that the article has, named as people call them.
pub(super) fn named_fields(article: &Article) -> impl Iterator<Item = (&'static str, &str)> {
    let fields =
        [("Author", article.author.as_str()), ("Digest", &article.digest), ("Link", &article.content_source_url)];
    fields.into_iter().filter(|(_, value)| !value.is_empty())
}

/// Returns a value with a blank in the place of each run of white space.
pub(super) fn one_line(value: &str) -> String {
    value.split_whitespace().collect::<Vec<_>>().join(" ")
}
