//! What a person changed between two versions of a draft.
//!
//! Both documents are brought into canonical form and compared member by member, so that whatever changes a version's
//! hash shows as some change, and nothing else does: a [`Diff`] is empty exactly where the hashes are equal. Bodies are
//! compared as people read them, by words and characters. What a reader sees or uses is content: text, pictures, where links
//! lead, media, descriptions, what is struck out. What only changes how the same content looks is told apart from it.
//!
//! Pure, without a clock: effort is bounded by the sizes of the documents, and the same two always differ alike.

mod body;
mod chinese_names;
mod content;
mod counts;
mod element;
mod fields;
mod formatting;
mod formatting_change;
mod lines;
mod loss;
mod markup;
mod media;
mod pairs;
mod part_change;
mod parts;
mod rendered;
mod result;
mod runs;
mod summary;
#[cfg(test)]
mod tests;
mod text_style;
mod token_change;
mod tokens;

pub use body::{BodyChange, Run, RunKind};
pub(crate) use chinese_names::{name_in_chinese, value_in_chinese};
pub use content::Content;
pub use counts::Counts;
pub use formatting_change::{Extent, FormattingChange, formatting_names};
pub use loss::{Loss, loss};
pub(crate) use markup::LINK;
pub(crate) use media::{is_kind as is_media_kind, kind as media_kind};
pub use part_change::PartChange;
pub(crate) use part_change::told;
pub use parts::part_kinds;
pub use rendered::{Change, ChangeKind, RenderedDiff, View, Wording, change_of, rendered};
pub use result::{ArticleDiff, Diff, FieldChange, PicturesChange};

use crate::canonical::Malformed;
use content::Entry;
use pairs::Pair;

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
