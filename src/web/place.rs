//! The place in an article that a search leads to.

use super::address::form_urlencoded;
use crate::render::FOUND;
use crate::search::Passage;

/// The id of where the article begins on a page.
pub(super) const ARTICLE: &str = "article";

/// So many characters tell one paragraph from another.
const NEAR: usize = 24;

/// What is marked in an article, and which of the marks is shown first.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// The question of a search: what it finds is marked.
    pub(super) find: Option<String>,
    /// The text from the place on.
    pub(super) near: Option<String>,
}

impl Place {
    /// Returns the place of a passage that answers a question.
    pub(super) fn of(question: &str, passage: &Passage) -> Self {
        let near = passage.ranges.first().map(|range| passage.text[range.start..].chars().take(NEAR).collect());
        Self { find: Some(question.to_owned()), near }
    }

    /// Returns the address of a page that shows the place.
    pub(super) fn page(&self, page: &str) -> String {
        format!("{}#{ARTICLE}", self.address(page))
    }

    /// Returns the address of a frame that shows the place.
    pub(super) fn frame(&self, frame: &str) -> String {
        let address = self.address(frame);
        if self.find.is_some() { format!("{address}#{FOUND}") } else { address }
    }

    fn address(&self, path: &str) -> String {
        let given = [("find", &self.find), ("near", &self.near)].into_iter();
        let given = given.filter_map(|(name, text)| Some(format!("{name}={}", form_urlencoded(text.as_deref()?))));
        let query = given.collect::<Vec<_>>().join("&");
        if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
    }
}
