//! Fields that change although nobody saved, and covers that only one of two interfaces tells.
//!
//! Fields that nobody knows yet count as content. Should the platform begin to send one that is another at each read, every
//! read would make a version; so one that differs while the time of the last save does not is quarantined for the account.
//! What people are known to change is never quarantined.

use std::collections::BTreeSet;

use super::round::Round;
use crate::archive;
use crate::canonical::{self, Canonical};
use crate::model::MediaId;

/// Tells whether what was read differs from the newest version in nothing but fields that change by themselves, and covers
/// that one of the two leaves out.
pub(super) async fn explains(
    round: &mut Round<'_>,
    media_id: &MediaId,
    update_time: Option<i64>,
    document: &[u8],
    read: &Canonical,
) -> Result<bool, archive::Error> {
    let Some(known) = round.known.get(media_id) else { return Ok(false) };
    // What was read last made no version, or is the newest one; and a later save has another time.
    let is_unsaved = update_time.is_some() && known.read_time == update_time;
    let (account, id) = (round.account, media_id.clone());
    let newest = match round.archive.run(move |writer| writer.newest_document(account, &id)).await {
        // The poll tells it where the next version is to be added to it.
        Err(archive::Error::Damaged(_)) => return Ok(false),
        newest => newest?,
    };
    let Some(newest) = newest else { return Ok(false) };
    let differing = canonical::canonicalise(&newest)
        .and_then(|newest| canonical::differing(&newest.bytes, &read.bytes))
        .unwrap_or_default();
    let is_cover = |field: &String| field == "thumb_url";
    if differing.is_empty()
        || differing.iter().any(is_cover) && !canonical::covers_agree(&newest, document, is_unsaved).unwrap_or(false)
    {
        return Ok(false);
    }
    let is_quarantined = |field: &String| round.memory.volatile.contains(field);
    let (volatile, content): (BTreeSet<_>, BTreeSet<_>) = differing
        .into_iter()
        .filter(|field| !is_cover(field))
        .partition(|field| is_quarantined(field) || is_unsaved && !canonical::is_known_field(field));
    // Where something else differs as well, somebody has saved within the same second.
    if !content.is_empty() {
        return Ok(false);
    }
    let new: Vec<&String> = volatile.difference(&round.memory.volatile).collect();
    if !new.is_empty() {
        tracing::warn!(account = %round.name, %media_id, fields = ?new, "fields change although nobody saved: they make no versions from now on");
    }
    round.memory.volatile.extend(volatile);
    Ok(true)
}
