//! Why drafts left their box, by what they said and what was published. Pure.
//!
//! Nothing links a draft to the message that it became, so they are compared: as many articles, the same titles in the same
//! order, nothing that contradicts, and a time that fits. A message can be one draft only, so all drafts that could be it
//! compete, those that are missed for the first time and those that were published before included.
//!
//! The platform lists what was published without notification; what was mass-sent (群发) is in no list. So no list proves
//! that a draft was deleted: only a draft that could not have been published, not being finished, surely was.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::archive::MissingDraftContent;
use crate::canonical::picture_identity;
use crate::model::{Article, DraftState, Timestamp};
use crate::wechat::{PublishedArticle, PublishedMessage};

/// How far a message's time may lie outside the time in which the draft vanished: clocks differ, a draft was seen somewhat
/// before the end of the poll that saw it, and a message comes out somewhat after its draft has left (review, 原创声明).
///
/// Not more: a column of every week has the same title, author and cover each time.
pub(super) const SLACK: TimeDelta = TimeDelta::hours(1);

/// How long a draft may have been out of sight before it was missed, for its newest version to be what it last said. In more
/// time somebody may have added the cover and sent it.
const IN_SIGHT: TimeDelta = TimeDelta::minutes(15);

/// The messages that were published.
#[derive(Debug, Default)]
pub(super) struct PublishedWindow {
    pub(super) messages: Vec<PublishedMessage>,
    /// Whether it holds every message since the drafts were last seen.
    pub(super) is_complete: bool,
}

/// A draft and a message that says the same, at a time that fits. Sorts by how well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    fit: MatchScore,
    draft: usize,
    message: usize,
}

/// Less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MatchScore {
    /// Whether the draft was not said to be published before: its message is spoken for.
    is_new: bool,
    /// Seconds between the message and the time in which the draft vanished.
    distance: i64,
}

/// Returns why each of these drafts left its box, in their order; `now` is when they were missed, where that is not
/// written down yet.
pub(super) fn infer_departures(
    departed: &[MissingDraftContent],
    published: &PublishedWindow,
    now: Timestamp,
) -> Vec<DraftState> {
    let matches = matches(departed, &published.messages, now);
    let mut drafts_of = BTreeMap::new();
    let mut messages_of = BTreeMap::new();
    for found in &matches {
        if !drafts_of.contains_key(&found.message) && !messages_of.contains_key(&found.draft) {
            drafts_of.insert(found.message, *found);
            messages_of.insert(found.draft, found.message);
        }
    }
    // Of two drafts that a message fits equally well, nobody knows which one it was.
    let is_rivalled = |holder: &Candidate| {
        let equal = |found: &&Candidate| found.message == holder.message && found.fit == holder.fit;
        matches.iter().filter(equal).any(|rival| !messages_of.contains_key(&rival.draft))
    };
    let cause = |(place, draft): (usize, &MissingDraftContent)| match messages_of.get(&place) {
        Some(message) if is_rivalled(&drafts_of[message]) => DraftState::Gone,
        Some(_) => DraftState::Published,
        None if was_deleted(draft, published, now) => DraftState::Deleted,
        None => DraftState::Gone,
    };
    departed.iter().enumerate().map(cause).collect()
}

/// Pairs drafts and messages, the best fit first.
fn matches(departed: &[MissingDraftContent], messages: &[PublishedMessage], now: Timestamp) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (draft, left) in departed.iter().enumerate() {
        for (message, published) in messages.iter().enumerate() {
            let distance = distance(left, published, now).filter(|_| same_content(&left.articles, &published.articles));
            let fit = distance.map(|distance| MatchScore { is_new: left.state != DraftState::Published, distance });
            found.extend(fit.map(|fit| Candidate { fit, draft, message }));
        }
    }
    found.sort_unstable();
    found
}

/// Returns how many seconds lie between a message and the time in which a draft vanished; `None` where it cannot have been
/// that draft, or does not tell its time.
fn distance(draft: &MissingDraftContent, message: &PublishedMessage, now: Timestamp) -> Option<i64> {
    let at = message.update_time?;
    // The documentation calls it the time of the last update, which need not be that of the publication.
    if draft.saved == Some(at) {
        return Some(0);
    }
    let (from, to) = (draft.last_seen.timestamp(), draft.missing_since.unwrap_or(now).timestamp());
    let distance = (from - at).max(at - to).max(0);
    // Nothing is published before it is written.
    let is_written = draft.saved.is_none_or(|saved| saved <= at);
    (is_written && distance <= SLACK.num_seconds()).then_some(distance)
}

fn was_deleted(draft: &MissingDraftContent, published: &PublishedWindow, now: Timestamp) -> bool {
    let out_of_sight = draft.missing_since.unwrap_or(now) - draft.last_seen;
    let is_listed = || published.messages.iter().any(|message| same_content(&draft.articles, &message.articles));
    !draft.is_publishable && out_of_sight <= IN_SIGHT && published.is_complete && !is_listed()
}

fn same_content(draft: &[Article], message: &[PublishedArticle]) -> bool {
    !draft.is_empty()
        && draft.len() == message.len()
        && draft.iter().zip(message).all(|(article, published)| same_article(article, published))
}

fn same_article(article: &Article, published: &PublishedArticle) -> bool {
    let title = article.title.trim();
    !title.is_empty()
        && title == published.title.trim()
        && agree(&article.author, &published.author)
        && agree(&article.content_source_url, &published.content_source_url)
        && covers_agree(&article.cover, published)
}

/// Only what both have can contradict.
fn agree(one: &str, other: &str) -> bool {
    one.is_empty() || other.is_empty() || one == other
}

/// A draft's cover is known by its address or, where it has none, by its media_id.
fn covers_agree(cover: &str, published: &PublishedArticle) -> bool {
    if cover.contains("//") {
        agree(&picture_identity(cover), &picture_identity(&published.thumb_url))
    } else {
        agree(cover, &published.thumb_media_id)
    }
}

#[cfg(test)]
mod tests;
