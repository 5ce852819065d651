//! Which articles of a version and of the current draft are the same.

use serde_json::{Map, Value};

use crate::canonical;
use crate::model::article_number;
use crate::restore::error::RestoreError;

/// Checks that both have the same number of articles, with the same types.
pub(super) fn same_shape(source: &[u8], live: &[u8]) -> Result<(), RestoreError> {
    let shape = |error: canonical::Malformed| RestoreError::OtherShape(error.to_string());
    let (wanted, now) = (canonical::articles(source).map_err(shape)?, canonical::articles(live).map_err(shape)?);
    if wanted.len() != now.len() {
        let what = format!("the version has {} articles and the draft has {} now", wanted.len(), now.len());
        return Err(RestoreError::OtherShape(format!("{what}, and the platform adds and removes none")));
    }
    match wanted.iter().zip(&now).find(|(wanted, now)| wanted.article_type != now.article_type) {
        Some((wanted, now)) => {
            let (number, kind, other) =
                (article_number(wanted.position), wanted.article_type.as_str(), now.article_type.as_str());
            Err(RestoreError::OtherShape(format!("article {number} is {kind} in the version and {other} in the draft")))
        }
        None => Ok(()),
    }
}

/// Returns the positions of the articles that differ.
pub(super) fn differing(source: &[u8], live: &[u8]) -> Result<Vec<usize>, canonical::Malformed> {
    let (source, live) = (canonical::fields(source)?, canonical::fields(live)?);
    let differs = |position: &usize| live.get(*position).is_none_or(|now| !is_same(&source[*position], now));
    Ok((0..source.len()).filter(differs).collect())
}

/// Returns whether two articles as received have the same canonical content.
pub(super) fn is_same(one: &Map<String, Value>, other: &Map<String, Value>) -> bool {
    let hash = |article: &Map<String, Value>| {
        let document = serde_json::json!({ "news_item": [article] }).to_string();
        canonical::canonicalise(document.as_bytes()).map(|canonical| canonical.hash()).ok()
    };
    hash(one).is_some() && hash(one) == hash(other)
}
