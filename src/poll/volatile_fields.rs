//! Fields that change although nobody saved, and covers that only one of two endpoints tells.
//!
//! Fields that nobody knows yet count as content. The platform may begin to send one that is another at each read, and every
//! read would make a version. So this is the rule:
//!
//! - What differs after a save (`update_time` has moved) is a version, whatever it is. So are fields that people are known to
//!   change, at any time.
//! - Where nobody has saved since the draft was read, and only unknown fields differ, the draft is read again before anything
//!   is stored. What then stays as it is is a version: the platform sends a new field, or knows better.
//! - A field that had a value and has another one, or none, without a save, has flipped. After two flips, in whichever drafts
//!   or reads, it is volatile: without a save, what differs in it alone is no version. To appear is not to flip.
//!
//! The operator may know better: fields that the configuration names in `ignore_fields` never make a version, and those in
//! `watch_fields` always do and are never volatile.
//!
//! Nothing is lost: what a person changed moves `update_time`, and only what is compared within one value of it is ever left
//! out. A field that is another one at each read makes no version where it may be read again, else one. A field that
//! changes once a day makes one version before it is volatile. A field that appears and stays makes one for each draft.

use std::collections::BTreeSet;

use super::run::PollRun;
use crate::archive;
use crate::canonical::{self, Canonical};
use crate::model::{Endpoint, MediaId};
use crate::wechat::{DraftResponse, Error, ErrorKind};

/// So many flips make a field volatile.
pub(super) const FLIPS: u64 = 2;

/// How often a draft is read again at most, before it is stored.
const READINGS: u32 = 3;

/// What was read of a draft.
pub(super) struct Reading {
    pub(super) fetched: DraftResponse,
    pub(super) canonical: Canonical,
}

/// What a reading is, beside the newest version.
enum Comparison {
    /// The same, as far as it matters.
    Same,
    New,
    /// Nobody saved, and these fields differ, which nobody knows: those that had another value before, and those that are
    /// new.
    Doubtful {
        changed: BTreeSet<String>,
        appeared: BTreeSet<String>,
    },
}

/// Tells whether a reading is to be stored as a version; it may be a later one than the one given.
pub(super) async fn resolve(
    run: &mut PollRun<'_>,
    media_id: &MediaId,
    mut reading: Reading,
) -> Result<(Reading, bool), archive::Error> {
    for _ in 0..READINGS {
        let doubtful = match compare(run, media_id, &reading).await? {
            Comparison::Same => return Ok((reading, false)),
            Comparison::New => return Ok((reading, true)),
            Comparison::Doubtful { changed, appeared } => {
                record_flips(run, media_id, &changed);
                changed.union(&appeared).cloned().collect::<BTreeSet<_>>()
            }
        };
        if doubtful.is_subset(&run.known.state.volatile) {
            return Ok((reading, false));
        }
        // In doubt it is stored.
        let Some(again) = read_again(run, media_id).await else { return Ok((reading, true)) };
        let differing = canonical::diff_fields(&reading.canonical.bytes, &again.canonical.bytes).unwrap_or_default();
        let was_saved = again.fetched.update_time != reading.fetched.update_time;
        reading = again;
        if differing.is_empty() || was_saved {
            return Ok((reading, true));
        }
        record_flips(run, media_id, &differing.into_iter().filter(|field| doubtful.contains(field)).collect());
    }
    Ok((reading, true))
}

async fn compare(run: &mut PollRun<'_>, media_id: &MediaId, reading: &Reading) -> Result<Comparison, archive::Error> {
    let Some(known) = run.known.drafts.get(media_id) else { return Ok(Comparison::New) };
    if known.hash == Some(reading.canonical.hash()) {
        return Ok(Comparison::Same);
    }
    let update_time = reading.fetched.update_time;
    // What was read last made no version, or is the newest one. Read within the second of a save it may have been saved
    // once more without another time.
    let is_unsaved = update_time.is_some() && known.read_time == update_time;
    let was_saved = update_time.is_some() && !is_unsaved && known.version_time != update_time;
    let (account, id) = (run.context.account, media_id.clone());
    let newest = match run.context.archive.run(move |writer| writer.newest_document(account, &id)).await {
        // The poll tells it where the next version is to be added to it.
        Err(archive::Error::Damaged(_)) => return Ok(Comparison::New),
        newest => newest?,
    };
    let Some(newest) = newest else { return Ok(Comparison::New) };
    let Ok(kept) = canonical::canonicalise(&newest) else { return Ok(Comparison::New) };
    let mut differing = canonical::diff_fields(&kept.bytes, &reading.canonical.bytes).unwrap_or_default();
    let covers_agree = || canonical::covers_agree(&newest, &reading.fetched.document, is_unsaved).unwrap_or(false);
    if differing.is_empty() || differing.contains("thumb_url") && !covers_agree() {
        return Ok(Comparison::New);
    }
    differing.remove("thumb_url");
    differing.retain(|field| !run.context.fields.ignored.contains(field));
    if !was_saved {
        let is_volatile =
            |field: &String| run.known.state.volatile.contains(field) && !run.context.fields.watched.contains(field);
        differing.retain(|field| !is_volatile(field));
    }
    if differing.is_empty() {
        return Ok(Comparison::Same);
    }
    // Where something else differs as well, somebody has saved within the same second.
    if !is_unsaved
        || differing.iter().any(|field| canonical::is_known_field(field) || run.context.fields.watched.contains(field))
    {
        return Ok(Comparison::New);
    }
    let held = canonical::field_names(&kept.bytes).unwrap_or_default();
    let (changed, appeared) = differing.into_iter().partition(|field| held.contains(field));
    Ok(Comparison::Doubtful { changed, appeared })
}

/// Reads a draft once more, where that may be done.
async fn read_again(run: &mut PollRun<'_>, media_id: &MediaId) -> Option<Reading> {
    if run.is_halted() || !run.can_call(Endpoint::DraftGet) {
        return None;
    }
    let client = run.context.client;
    match run.cancellable(client.draft_get(media_id)).await? {
        Ok(fetched) => {
            run.on_call_succeeded(Endpoint::DraftGet);
            let canonical = canonical::canonicalise(&fetched.document).ok()?;
            Some(Reading { fetched, canonical })
        }
        // It left the box meanwhile; the next poll finds out.
        Err(Error { kind: ErrorKind::NotFound | ErrorKind::NoArticles, .. }) => None,
        Err(error) => {
            run.on_call_failed(Some(media_id.clone()), &error);
            None
        }
    }
}

/// Counts fields that changed without a save, and sets those aside that did so too often.
fn record_flips(run: &mut PollRun<'_>, media_id: &MediaId, fields: &BTreeSet<String>) {
    for field in fields {
        let flips = run.known.state.flips.entry(field.clone()).or_default();
        *flips += 1;
        if *flips >= FLIPS && run.known.state.volatile.insert(field.clone()) {
            tracing::warn!(
                account = %run.context.name, %media_id, field,
                "a field changes although nobody saves: without a save it makes no version from now on"
            );
        }
    }
}
