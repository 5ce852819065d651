//! When a sentence came into a draft, and when it went.

use std::ops::RangeInclusive;

use super::error::SearchError;
use super::find::{observed_at, readable_versions};
use super::searcher::Searcher;
use crate::archive::{Error, Reader};
use crate::model::Timestamp;
use crate::search::Phrase;

/// A time in which a draft said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The version that it came with, and when that was observed.
    pub came: (u64, Option<Timestamp>),
    /// The last version that has it.
    pub last: u64,
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
    let unread = searcher.index.unread_versions(draft)?;
    let read = readable_versions(reader, draft, &unread)?;
    let at = |number: u64| observed_at(reader, draft, number).map(|at| (number, at));
    // What a version says that cannot be read is not known: it went with the first one of which it is.
    let after = |last: u64| read.iter().copied().find(|number| (last + 1..=newest).contains(number));
    let appearance = |range: RangeInclusive<u64>| {
        let (first, last) = (*range.start(), *range.end());
        Ok(Appearance { came: at(first)?, last, went: after(last).map(at).transpose()? })
    };
    let all = versions.ranges().map(appearance).collect::<Result<_, Error>>()?;
    Ok(Appearances { all, newest, unread: unread.len() as u64 })
}
