//! Which articles of a version and of the current draft are the same.

use crate::canonical;
use crate::model::article_number;
use crate::restore::error::ShapeMismatch;

/// Checks that both have the same number of articles, with the same types.
pub(super) fn same_shape(source: &[u8], live: &[u8]) -> Result<(), ShapeMismatch> {
    let (wanted, now) = (canonical::articles(source)?, canonical::articles(live)?);
    if wanted.len() != now.len() {
        return Err(ShapeMismatch::Count { version: wanted.len(), draft: now.len() });
    }
    match wanted.iter().zip(&now).find(|(wanted, now)| wanted.article_type != now.article_type) {
        Some((wanted, now)) => Err(ShapeMismatch::Type {
            number: article_number(wanted.position),
            version: wanted.article_type,
            draft: now.article_type,
        }),
        None => Ok(()),
    }
}

/// Returns the positions of the articles that differ.
pub(super) fn differing(source: &[u8], live: &[u8]) -> Result<Vec<usize>, canonical::Malformed> {
    let (source, live) = (canonical::fields(source)?, canonical::fields(live)?);
    let differs =
        |position: &usize| live.get(*position).is_none_or(|now| !canonical::is_same_article(&source[*position], now));
    Ok((0..source.len()).filter(differs).collect())
}
