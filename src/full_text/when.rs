//! When a sentence came into a draft, and when it went.

use super::error::SearchError;
use super::find::observed_at;
use super::searcher::Searcher;
use crate::archive::Reader;
use crate::model::Timestamp;
use crate::search::Phrase;

/// A time in which a draft said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The version that it came with, and when that was observed.
    pub came: (u64, Option<Timestamp>),
    /// The first version that did not have it any more; `None` while it is there.
    pub went: Option<(u64, Option<Timestamp>)>,
}

/// When a draft said it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Appearances {
    /// In their order; none where no version says it.
    pub all: Vec<Appearance>,
    /// The newest version that was searched.
    pub newest: u64,
    /// How many versions of the draft could not be read, and were not searched.
    pub unread: u64,
}

/// Tells when a draft said something.
pub fn when(reader: &Reader, searcher: &mut Searcher, draft: i64, phrase: &Phrase) -> Result<Appearances, SearchError> {
    let Some((versions, newest)) = searcher.index.versions_with(draft, phrase)? else {
        return Ok(Appearances::default());
    };
    let mut numbers = reader.version_numbers(draft)?;
    numbers.reverse();
    let at = |number: u64| (number, observed_at(reader, draft, number));
    let after = |last: u64| numbers.iter().copied().find(|number| *number > last);
    let all = versions.ranges().map(|range| Appearance {
        came: at(*range.start()),
        went: after(*range.end()).filter(|_| *range.end() < newest).map(at),
    });
    let all = all.collect();
    Ok(Appearances { all, newest, unread: searcher.index.unread(Some(draft))? })
}
