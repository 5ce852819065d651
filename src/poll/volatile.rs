//! Fields that change although nobody saved.
//!
//! Fields that nobody knows yet count as content. Should the platform begin to send one that is another at each read, every
//! read would make a version; so one that differs while the time of the last save does not is quarantined for the account.
//! What people are known to change is never quarantined.

use std::collections::BTreeSet;

use super::round::Round;
use crate::archive;
use crate::canonical::{self, Canonical};
use crate::model::MediaId;

/// Tells whether what was read differs from the newest version in nothing but fields that change by themselves.
pub(super) async fn explains(
    round: &mut Round<'_>,
    media_id: &MediaId,
    update_time: Option<i64>,
    read: &Canonical,
) -> Result<bool, archive::Error> {
    let Some(known) = round.known.get(media_id) else { return Ok(false) };
    let is_unsaved = update_time.is_some() && known.version_time == update_time;
    if !is_unsaved && round.memory.volatile.is_empty() {
        return Ok(false);
    }
    let (account, id) = (round.account, media_id.clone());
    let newest = match round.archive.run(move |writer| writer.newest_document(account, &id)).await {
        // The poll tells it where the next version is to be added to it.
        Err(archive::Error::Damaged(_)) => return Ok(false),
        newest => newest?,
    };
    let differing = newest
        .and_then(|document| canonical::canonicalise(&document).ok())
        .and_then(|newest| canonical::differing(&newest.bytes, &read.bytes).ok())
        .unwrap_or_default();
    let is_quarantined = |field: &String| round.memory.volatile.contains(field);
    let (volatile, content): (BTreeSet<_>, BTreeSet<_>) = differing
        .into_iter()
        .partition(|field| is_quarantined(field) || is_unsaved && !canonical::is_known_field(field));
    // Where something else differs as well, somebody has saved within the same second.
    if !content.is_empty() {
        return Ok(false);
    }
    let new: Vec<&String> = volatile.difference(&round.memory.volatile).collect();
    if !new.is_empty() {
        tracing::warn!(account = %round.name, %media_id, fields = ?new, "fields change although nobody saved: they make no versions from now on");
    }
    let explains = !volatile.is_empty();
    round.memory.volatile.extend(volatile);
    Ok(explains)
}
