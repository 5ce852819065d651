//! The documents of `search` and `when`.

use std::ops::RangeInclusive;

use serde_json::{Value, json};

use crate::archive::Draft;
use crate::full_text::{Appearance, Appearances, Found, Hit};
use crate::model::{Timestamp, rfc3339};
use crate::search::Passage;

/// Returns what was found, and how far the index goes.
pub fn search(found: &Found) -> Value {
    json!({
        "indexed_through": found.indexed_through.map(rfc3339),
        "inside_words": found.is_inside_words,
        "more": found.has_more,
        "unread": found.unread,
        "unreadable_drafts": found.unreadable_drafts,
        "doubtful": found.doubtful,
        "pruned": found.pruned,
        "hits": found.hits.iter().map(hit).collect::<Vec<_>>(),
    })
}

fn hit(hit: &Hit) -> Value {
    let (draft, (first, last)) = (&hit.draft, hit.hull());
    let best = hit.found.passages.first();
    let snippet = best.map(Passage::snippet);
    // Programs count characters, not bytes.
    let ranges = snippet.iter().flat_map(|snippet| {
        let count = |at: usize| snippet.text[..at].chars().count();
        snippet.ranges.iter().map(move |range| [count(range.start), count(range.end)])
    });
    let ranges: Vec<_> = ranges.collect();
    json!({
        "account": draft.account,
        "media_id": draft.media_id,
        "id": draft.id,
        "title": draft.title,
        "state": draft.state.as_str(),
        "first_version": first,
        "last_version": last,
        "first_seen": hit.first_seen.map(rfc3339),
        "last_seen": hit.last_seen.map(rfc3339),
        "pruned_before": hit.pruned_before.as_ref().map(range),
        "pruned_after": hit.pruned_after.as_ref().map(range),
        "current": hit.found.is_current(),
        "places": hit.found.count,
        "in": best.map(|passage| passage.field.as_str()),
        "article": best.map(|passage| passage.article),
        "snippet": snippet.map(|snippet| snippet.text),
        "ranges": ranges,
    })
}

/// The first and the last number.
fn range(versions: &RangeInclusive<u64>) -> [u64; 2] {
    [*versions.start(), *versions.end()]
}

/// Returns when a draft said something.
pub fn when(draft: &Draft, sentence: &str, said: &Appearances) -> Value {
    let version = |(number, at): (u64, Option<Timestamp>)| json!({ "version": number, "observed_at": at.map(rfc3339) });
    let one = |Appearance { came, pruned_before, last, went, pruned_after }: &Appearance| {
        json!({
            "came": version(*came),
            "pruned_before": pruned_before.as_ref().map(range),
            "last_version": last,
            "went": went.map(version),
            "pruned_after": pruned_after.as_ref().map(range),
        })
    };
    json!({
        "account": draft.account,
        "id": draft.id,
        "state": draft.state.as_str(),
        "sentence": sentence,
        "newest_version": said.newest,
        "unread": said.unread,
        "doubt": said.doubt,
        "current": said.all.last().is_some_and(|last| last.went.is_none()),
        "appearances": said.all.iter().map(one).collect::<Vec<_>>(),
    })
}
