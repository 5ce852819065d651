//! Finds out why drafts left their box, from their content and from what was published. Pure.
//!
//! Nothing links a draft to the message that was made from it, so they are compared: the same number of articles, the same titles
//! in the same order, no contradiction, and a time that fits. A message was made from one draft only, so all drafts that fit it
//! compete for it, those that were published before included.
//!
//! The platform lists what was published without notification, and not what was mass-sent (群发). So a list never proves that a
//! draft was deleted. Only a draft that could not be published, because it was not finished, was certainly deleted, if no message of that time is without
//! a draft. Which messages are of that time is not known where the platform's clock and this machine's differ.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::archive::MissingDraftContent;
use crate::canonical::picture_identity;
use crate::model::{Article, DraftState, Timestamp};
use crate::wechat::{PublishedArticle, PublishedMessage};

/// How far a message's time may lie outside the time in which the draft vanished: clocks differ, a draft was seen before the end of
/// its poll, and a message appears some time after its draft has left (review, 原创声明).
///
/// Not more: a weekly column has the same title, author and cover each time.
pub(super) const SLACK: TimeDelta = TimeDelta::hours(1);

/// A draft that was seen so short a time before it was missed has left with the content of its newest version. In more time somebody
/// may have added the cover and sent it.
const IN_SIGHT: TimeDelta = TimeDelta::minutes(15);

/// The messages that were published.
#[derive(Debug, Default)]
pub(super) struct PublishedWindow {
    pub(super) messages: Vec<PublishedMessage>,
    /// Whether it holds every message since the drafts were last seen.
    pub(super) is_complete: bool,
    /// Whether the platform's clock, by which messages have their times, and ours are known to agree.
    pub(super) clocks_agree: bool,
}

/// A draft and a message with the same content and a time that fits. The best match is the smallest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    fit: MatchScore,
    draft: usize,
    message: usize,
}

/// How well they match; less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct MatchScore {
    /// Whether the draft was not published before: a published draft has its message already.
    is_new: bool,
    /// Seconds between the message and the time in which the draft vanished.
    distance: i64,
}

/// Returns why each of these drafts left its box, in their order. `now` is when they were missed, if that is not recorded yet.
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
    // If a message fits two drafts equally well, it is not known from which one it was made.
    let is_rivalled = |holder: &Candidate| {
        let equal = |found: &&Candidate| found.message == holder.message && found.fit == holder.fit;
        matches.iter().filter(equal).any(|rival| !messages_of.contains_key(&rival.draft))
    };
    // Somebody may have finished a draft under another title and published it, with no poll between. The clock may have been set forward since
    // the draft was missed.
    let may_be = |draft: &MissingDraftContent| {
        let fits =
            |message: &PublishedMessage| message.update_time.is_none() || distance(draft, message, now).is_some();
        let mut others = published.messages.iter().enumerate().filter(|(message, _)| !drafts_of.contains_key(message));
        others.any(|(_, message)| fits(message))
    };
    let cause = |(place, draft): (usize, &MissingDraftContent)| match messages_of.get(&place) {
        Some(message) if is_rivalled(&drafts_of[message]) => DraftState::Gone,
        Some(_) => DraftState::Published,
        None if was_deleted(draft, published, now) && !may_be(draft) => DraftState::Deleted,
        None => DraftState::Gone,
    };
    departed.iter().enumerate().map(cause).collect()
}

/// Pairs drafts and messages, the best fit first.
fn matches(departed: &[MissingDraftContent], messages: &[PublishedMessage], now: Timestamp) -> Vec<Candidate> {
    let mut found = Vec::new();
    for (draft, left) in departed.iter().enumerate() {
        for (message, published) in messages.iter().enumerate() {
            let vanished = left.missing_since.unwrap_or(now);
            let distance =
                distance(left, published, vanished).filter(|_| same_content(&left.articles, &published.articles));
            let fit = distance.map(|distance| MatchScore { is_new: left.state != DraftState::Published, distance });
            found.extend(fit.map(|fit| Candidate { fit, draft, message }));
        }
    }
    found.sort_unstable();
    found
}

/// Returns the seconds between a message and the time in which a draft vanished, `until` at the latest; `None` if the message was not made from that draft,
/// or has no time.
fn distance(draft: &MissingDraftContent, message: &PublishedMessage, until: Timestamp) -> Option<i64> {
    let at = message.update_time?;
    // The documentation calls it the time of the last update, which may differ from the time of publication.
    if draft.saved == Some(at) {
        return Some(0);
    }
    let (from, to) = (draft.last_seen.timestamp(), until.timestamp());
    let distance = (from - at).max(at - to).max(0);
    // Nothing is published before it is saved.
    let is_written = draft.saved.is_none_or(|saved| saved <= at);
    (is_written && distance <= SLACK.num_seconds()).then_some(distance)
}

fn was_deleted(draft: &MissingDraftContent, published: &PublishedWindow, now: Timestamp) -> bool {
    let missing_since = draft.missing_since.unwrap_or(now);
    // Where a later time comes first, the clock was set back between them.
    let was_in_sight =
        (TimeDelta::zero()..=IN_SIGHT).contains(&(missing_since - draft.last_seen)) && missing_since <= now;
    let is_certain = published.is_complete && published.clocks_agree;
    let is_listed = || published.messages.iter().any(|message| same_content(&draft.articles, &message.articles));
    !draft.is_publishable && was_in_sight && is_certain && !is_listed()
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
