//! What a person changed between two versions of a draft.
//!
//! Both documents are brought into canonical form and compared member by member, so that whatever changes a version's
//! hash shows as some change, and nothing else does: a [`Diff`] is empty exactly where the hashes are equal. Bodies are
//! compared as people read them, by words and characters. What a reader sees or uses is content: text, pictures, where links
//! lead, media, descriptions, what is struck out. What only changes how the same content looks is told apart from it.
//!
//! Pure, without a clock: effort is bounded by the sizes of the documents, and the same two always differ alike.

mod body;
mod content;
mod counts;
mod element;
mod fields;
mod formatting;
mod lines;
mod markup;
mod media;
mod pairs;
mod parts;
mod rendered;
mod runs;
mod summary;
#[cfg(test)]
mod tests;
mod text_style;
mod tokens;

pub use body::{BodyChange, Run, RunKind};
pub use content::Content;
pub use counts::Counts;
pub(crate) use formatting::{NOTHING_THAT_SHOWS, SPACING};
pub(crate) use markup::LINK;
pub(crate) use media::{is_kind as is_media_kind, kind as media_kind};
pub use parts::PartChange;
pub use rendered::{Change, ChangeKind, RenderedDiff, View, Wording, formatting_names, rendered};

use crate::canonical::Malformed;
use content::Entry;
use pairs::Pair;

/// What changed from one version to another. The words `older` and `newer` follow the order in which the two were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diff {
    /// The articles in which something changed: in the order of the newer version, removed ones at the end.
    pub articles: Vec<ArticleDiff>,
    /// Changes outside the articles.
    pub other: Vec<FieldChange>,
    /// How many articles there were.
    pub older_articles: usize,
    /// How many articles there are.
    pub newer_articles: usize,
}

/// What changed in one article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArticleDiff {
    /// Its position in the older version, from 0; `None` if it was added.
    pub older: Option<usize>,
    /// Its position in the newer version, from 0; `None` if it was removed.
    pub newer: Option<usize>,
    /// Its newer title, or the older one where it was removed.
    pub title: String,
    /// Whether it stands in another order among the others than before.
    pub moved: bool,
    /// The changed fields. For an added or removed article, all that it has.
    pub fields: Vec<FieldChange>,
    /// The change of the picture list of a newspic.
    pub pictures: Option<PicturesChange>,
    /// The change of `content`.
    pub body: Option<BodyChange>,
}

/// A field whose value changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldChange {
    /// `title`, `author`, `digest`, `link`, `cover`, `comments`, `fans-only comments`, `type`, or `other: ` and the
    /// platform's name for it.
    pub name: String,
    /// The value before, `None` if there was none: text as it reads, a cover as its picture's identity, the switches as
    /// `on` and `off`, everything else as canonical JSON.
    pub older: Option<String>,
    /// The value after, written alike.
    pub newer: Option<String>,
}

/// How the picture list of a newspic changed; pictures by their media_ids, or by their addresses where they have none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PicturesChange {
    pub added: Vec<String>,
    pub removed: Vec<String>,
    /// Whether those that stayed stand in another order.
    pub reordered: bool,
}

/// Compares two documents as received.
///
/// # Errors
///
/// If one of them is no draft, see [`crate::canonical::canonicalise`].
pub fn diff(older: &[u8], newer: &[u8]) -> Result<Diff, Malformed> {
    Ok(between(&Content::read(older)?, &Content::read(newer)?))
}

/// Compares two contents, each read once for all its comparisons.
pub fn between(older: &Content, newer: &Content) -> Diff {
    let pairs = pairs::pairs(&older.articles, &newer.articles);
    let article = |pair: &Pair| {
        let [older, newer] = [pair.older.map(|at| &older.articles[at]), pair.newer.map(|at| &newer.articles[at])];
        article(pair, older, newer)
    };
    Diff {
        articles: pairs.iter().filter_map(article).collect(),
        other: fields::outer(&older.outer, &newer.outer),
        older_articles: older.articles.len(),
        newer_articles: newer.articles.len(),
    }
}

/// Compares the two sides of a pair; `None` if nothing changed.
fn article(pair: &Pair, older: Option<&Entry>, newer: Option<&Entry>) -> Option<ArticleDiff> {
    let unchanged = older.zip(newer).is_some_and(|(older, newer)| older.hash == newer.hash);
    if unchanged && !pair.moved {
        return None;
    }
    let title = newer.or(older).map(|entry| entry.article.title.clone()).unwrap_or_default();
    let nothing = Entry::nothing();
    let (older, newer) = (older.unwrap_or(&nothing), newer.unwrap_or(&nothing));
    Some(ArticleDiff {
        older: pair.older,
        newer: pair.newer,
        title,
        moved: pair.moved,
        fields: fields::changes(older, newer),
        pictures: fields::pictures(older, newer),
        body: body::change(older, newer),
    })
}

impl Diff {
    /// Returns whether nothing changed.
    pub fn is_empty(&self) -> bool {
        self.articles.is_empty() && self.other.is_empty()
    }
}
