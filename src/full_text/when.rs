//! When a sentence came into a draft, and when it went.

use std::ops::RangeInclusive;

use super::error::SearchError;
use super::find::{observed_at, readable_versions};
use super::searcher::Searcher;
use crate::archive::{Error, Reader, pruned_after, pruned_before};
use crate::model::Timestamp;
use crate::search::Phrase;

/// A time in which a draft said it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The version that it came with, and when that was observed.
    pub came: (u64, Option<Timestamp>),
    /// The versions before it that were pruned: it may have come with one of them.
    pub pruned_before: Option<RangeInclusive<u64>>,
    /// The last version that has it.
    pub last: u64,
    /// The first version that did not have it any more; `None` while it is there.
    pub went: Option<(u64, Option<Timestamp>)>,
    /// The versions after the last one that were pruned: it may have gone with one of them.
    pub pruned_after: Option<RangeInclusive<u64>>,
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
    /// Why what is told of the draft may be wrong.
    pub doubt: Option<String>,
}

/// Tells when a draft said something.
pub fn when(reader: &Reader, searcher: &mut Searcher, draft: i64, phrase: &Phrase) -> Result<Appearances, SearchError> {
    let Some((versions, newest)) = searcher.index.versions_with(draft, phrase)? else {
        return Ok(Appearances::default());
    };
    let (unread, pruned) = (searcher.index.unread_versions(draft)?, reader.pruned_ranges(draft)?);
    let read = readable_versions(reader, draft, &unread)?;
    let at = |number: u64| observed_at(reader, draft, number).map(|at| (number, at));
    // What a version says that cannot be read is not known: it went with the first one of which it is.
    let after = |last: u64| read.iter().copied().find(|number| (last + 1..=newest).contains(number));
    let appearance = |range: RangeInclusive<u64>| {
        let (first, last) = (*range.start(), *range.end());
        let went = after(last).map(at).transpose()?;
        let (pruned_before, pruned_after) = (pruned_before(&pruned, first), pruned_after(&pruned, last));
        Ok(Appearance { came: at(first)?, pruned_before, last, went, pruned_after })
    };
    let all = versions.ranges().map(appearance).collect::<Result<_, Error>>()?;
    Ok(Appearances { all, newest, unread: unread.len() as u64, doubt: reader.doubt_of(draft)? })
}
