//! What a search finds: drafts with their titles and times, each from the archive.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::RangeInclusive;

use super::error::SearchError;
use super::searcher::Searcher;
use crate::archive::{Draft, Error, Filter, Reader, pruned_after, pruned_before};
use crate::model::{DraftState, Timestamp};
use crate::search::{DraftHit, Field, Passage, Query, Scope};

/// Which drafts are shown, by whether they still say it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Presence {
    #[default]
    Any,
    /// A version says it, and the newest does not.
    Lost,
    /// The newest version says it, and the draft is in its box.
    Live,
}

/// What is looked for, and where.
#[derive(Clone, Debug)]
pub struct SearchRequest {
    pub query: Query,
    /// Parts of articles; none: all.
    pub fields: Vec<Field>,
    /// `None`: drafts of all accounts.
    pub accounts: Option<BTreeSet<String>>,
    pub draft: Option<i64>,
    /// Versions that were observed then or later.
    pub since: Option<Timestamp>,
    /// Versions that were observed before.
    pub until: Option<Timestamp>,
    pub presence: Presence,
    /// How many drafts are told.
    pub limit: usize,
}

/// A draft that says it, or said it.
#[derive(Clone, Debug)]
pub struct Hit {
    pub draft: Draft,
    pub found: DraftHit,
    /// When the first version was observed that says it.
    pub first_seen: Option<Timestamp>,
    /// When it was seen there last: the newest look at the draft, or when the last version that says it was observed.
    pub last_seen: Option<Timestamp>,
    /// The versions right before the first one that were pruned: they may have said it too.
    pub pruned_before: Option<RangeInclusive<u64>>,
    /// Likewise those right after the last one.
    pub pruned_after: Option<RangeInclusive<u64>>,
    /// The versions that can be read, in their order.
    versions: Vec<u64>,
}

impl Hit {
    /// Returns the first and the last version that says it; those between need not.
    pub fn hull(&self) -> (u64, u64) {
        self.found.hull()
    }

    /// Returns whether what it tells may be wrong.
    fn is_doubtful(&self, reader: &Reader) -> Result<bool, Error> {
        let (draft, (first, last)) = (self.draft.id, self.hull());
        Ok(reader.doubt_beside_versions(draft)?.is_some()
            || reader.doubt_of_version(draft, first)?.is_some()
            || reader.doubt_of_version(draft, last)?.is_some())
    }

    /// Returns the version that does not have a passage any more, the one after those that have it.
    pub fn gone_with(&self, passage: &Passage) -> Option<u64> {
        self.versions.iter().copied().find(|number| passage.is_gone && *number > passage.last)
    }
}

/// What was found.
#[derive(Debug)]
pub struct Found {
    pub hits: Vec<Hit>,
    /// Whether there may be more drafts.
    pub has_more: bool,
    /// Whether no word began like that, and it was found inside of words.
    pub is_inside_words: bool,
    /// How many versions could not be read, and were not searched.
    pub unread: u64,
    /// How many drafts cannot be read, so that it is not known whether they belong to what is asked for.
    pub unreadable_drafts: u64,
    /// How many of the hits tell of a draft of which something may be wrong.
    pub doubtful: u64,
    /// How many versions of the drafts that were searched are not there any more, because they were pruned.
    pub pruned: u64,
    /// When the newest version was observed that was searched; `None` where there is none.
    pub indexed_through: Option<Timestamp>,
}

impl Searcher {
    /// Looks for what is asked.
    pub fn find(&mut self, reader: &Reader, request: &SearchRequest) -> Result<Found, SearchError> {
        let (drafts, mut unreadable_drafts) = drafts(reader, request)?;
        let scope = Scope { fields: request.fields.clone(), drafts };
        let through = self.index.state()?.and_then(|state| state.through.parse().ok());
        let mut accepted = Vec::new();
        let unread = self.index.unread_of_drafts()?;
        let answer = self.index.answer(&request.query, &scope, request.limit, |found| {
            let hit = hit(reader, found, request, &unread, &mut unreadable_drafts)?;
            let is_accepted = hit.is_some();
            accepted.extend(hit);
            Ok::<_, SearchError>(is_accepted)
        })?;
        // They were accepted in this order, without their passages.
        let hits: Vec<Hit> = accepted.into_iter().zip(answer.hits).map(|(hit, found)| Hit { found, ..hit }).collect();
        let (has_more, is_inside_words) = (answer.has_more, answer.is_inside_words);
        let unread = match request.draft {
            Some(draft) => unread.get(&draft).map_or(0, BTreeSet::len),
            None => unread.values().map(BTreeSet::len).sum(),
        };
        let pruned = reader.pruned_counts()?.into_iter();
        let pruned = pruned.filter(|(draft, _)| scope.drafts.as_ref().is_none_or(|drafts| drafts.contains(draft)));
        let pruned = pruned.map(|(_, count)| count).sum();
        let mut doubtful = 0;
        for hit in &hits {
            doubtful += u64::from(hit.is_doubtful(reader)?);
        }
        let (unread, indexed_through) = (unread as u64, through);
        Ok(Found { hits, has_more, is_inside_words, unread, unreadable_drafts, doubtful, pruned, indexed_through })
    }
}

/// Returns the drafts that are searched, where these are not all, and how many of which it is not known.
fn drafts(reader: &Reader, request: &SearchRequest) -> Result<(Option<BTreeSet<i64>>, u64), SearchError> {
    if let Some(draft) = request.draft {
        return Ok((Some(BTreeSet::from([draft])), 0));
    }
    let Some(accounts) = &request.accounts else { return Ok((None, reader.lost_drafts()?.len() as u64)) };
    let (drafts, damaged) = reader.readable_drafts(&Filter::default())?;
    let asked_for = drafts.into_iter().filter(|draft| accounts.contains(&draft.account)).map(|draft| draft.id);
    Ok((Some(asked_for.collect()), damaged.len() as u64))
}

/// Returns the hit with what the archive knows; `None` where the request does not ask for it, or the draft cannot be read, which is counted.
fn hit(
    reader: &Reader,
    found: &DraftHit,
    request: &SearchRequest,
    unread: &BTreeMap<i64, BTreeSet<u64>>,
    unreadable_drafts: &mut u64,
) -> Result<Option<Hit>, SearchError> {
    let is_current = found.is_current();
    if request.presence == Presence::Lost && is_current || request.presence == Presence::Live && !is_current {
        return Ok(None);
    }
    let filter = Filter { id: Some(found.draft), ..Filter::default() };
    let (mut drafts, damaged) = reader.readable_drafts(&filter)?;
    let Some(draft) = drafts.pop() else {
        *unreadable_drafts += u64::from(!damaged.is_empty());
        return Ok(None);
    };
    let is_there = matches!(draft.state, DraftState::Live | DraftState::Missing);
    if request.presence == Presence::Live && !is_there || !is_in_time(reader, found, request)? {
        return Ok(None);
    }
    let versions = readable_versions(reader, found.draft, unread.get(&found.draft).unwrap_or(&BTreeSet::new()))?;
    let (pruned, (first, last)) = (reader.pruned_ranges(found.draft)?, found.hull());
    let (pruned_before, pruned_after) = (pruned_before(&pruned, first), pruned_after(&pruned, last));
    let (found, first_seen, last_seen) = (found.clone(), None, None);
    let mut hit = Hit { draft, found, first_seen, last_seen, pruned_before, pruned_after, versions };
    hit.first_seen = observed_at(reader, hit.found.draft, first)?;
    hit.last_seen = match is_current {
        true => Some(hit.draft.last_seen),
        false => observed_at(reader, hit.found.draft, last)?,
    };
    Ok(Some(hit))
}

/// Returns whether a version that says it was observed in the time that is asked for.
fn is_in_time(reader: &Reader, found: &DraftHit, request: &SearchRequest) -> Result<bool, SearchError> {
    let SearchRequest { since, until, .. } = request;
    if since.is_none() && until.is_none() {
        return Ok(true);
    }
    let numbers = reader.version_numbers(found.draft)?;
    for number in numbers.into_iter().filter(|number| found.versions.contains(*number)) {
        let Some(at) = observed_at(reader, found.draft, number)? else { continue };
        if since.is_none_or(|since| at >= since) && until.is_none_or(|until| at < until) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Returns the versions of a draft that can be read, in their order.
pub(super) fn readable_versions(reader: &Reader, draft: i64, unread: &BTreeSet<u64>) -> Result<Vec<u64>, Error> {
    let mut numbers = reader.version_numbers(draft)?;
    numbers.retain(|number| !unread.contains(number));
    numbers.reverse();
    Ok(numbers)
}

/// Returns when a version was observed; `None` where its row is damaged.
pub(super) fn observed_at(reader: &Reader, draft: i64, number: u64) -> Result<Option<Timestamp>, Error> {
    match reader.version(draft, number) {
        Ok(version) => Ok(Some(version.observed_at)),
        Err(Error::Damaged(_)) => Ok(None),
        Err(error) => Err(error),
    }
}
