//! Fields that change although nobody saved, and covers that only one of two endpoints has.
//!
//! Unknown fields count as content. But the platform may begin to send a field with another value at each reading, and then every
//! reading would make a version. So these are the rules:
//!
//! - A difference after a save (`update_time` has changed) is a version. So is a difference in a known field, at any time.
//! - If nobody saved since the last reading and only unknown fields differ, the draft is read again before anything is stored. If
//!   the second reading has the same values, it is a version: the platform sends a new field.
//! - A field whose value changes or disappears without a save has flipped. After two flips, in any drafts or readings, it is
//!   volatile: without a save, a difference in it alone is no version. A field that appears has not flipped.
//!
//! The operator can decide otherwise: fields in `ignore_fields` never make a version; fields in `watch_fields` always do, and are
//! never volatile.
//!
//! Nothing is lost: every change by a person changes `update_time`, and differences are left out only while it is the same. A
//! field that has another value at each reading makes no version if the draft can be read again, otherwise one. A field that
//! changes once a day makes one version before it is volatile. A field that appears and stays makes one version of each draft.

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

/// The content of a draft as read.
pub(super) struct Reading {
    pub(super) fetched: DraftResponse,
    pub(super) canonical: Canonical,
}

/// The result of comparing a reading with the newest version.
enum Comparison {
    /// No difference that counts.
    Same,
    New,
    /// Nobody saved, and only unknown fields differ: some had another value before, and some are new.
    Doubtful {
        changed: BTreeSet<String>,
        appeared: BTreeSet<String>,
    },
}

/// Returns whether a reading must be stored as a version. The returned reading may be a later one.
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
        // In doubt, it is stored.
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
    // The last reading made no version, or is the newest version. If it was read within a second of a save, it may have been saved
    // again with the same time.
    let is_unsaved = update_time.is_some() && known.read_time == update_time;
    let was_saved = update_time.is_some() && !is_unsaved && known.version_time != update_time;
    let (account, id) = (run.context.account, media_id.clone());
    let newest = match run.context.archive.run(move |writer| writer.newest_document(account, &id)).await {
        // The damage is reported when the next version is added.
        Err(archive::Error::Damaged(_)) => return Ok(Comparison::New),
        newest => newest?,
    };
    let Some(newest) = newest else { return Ok(Comparison::New) };
    let Ok(kept) = canonical::canonicalise(&newest) else { return Ok(Comparison::New) };
    let (kept_as, read_as) = ((&newest[..], &kept), (&reading.fetched.document[..], &reading.canonical));
    let Some(mut differing) = canonical::content_fields(kept_as, read_as, is_unsaved) else {
        return Ok(Comparison::New);
    };
    differing.retain(|field| !run.context.fields.ignored.contains(field));
    if !was_saved {
        let is_volatile =
            |field: &String| run.known.state.volatile.contains(field) && !run.context.fields.watched.contains(field);
        differing.retain(|field| !is_volatile(field));
    }
    if differing.is_empty() {
        return Ok(Comparison::Same);
    }
    // If something else differs too, somebody has saved within the same second.
    if !is_unsaved
        || differing.iter().any(|field| canonical::is_known_field(field) || run.context.fields.watched.contains(field))
    {
        return Ok(Comparison::New);
    }
    let held = canonical::field_names(&kept.bytes).unwrap_or_default();
    let (changed, appeared) = differing.into_iter().partition(|field| held.contains(field));
    Ok(Comparison::Doubtful { changed, appeared })
}

/// Reads a draft again, if the call is allowed.
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
        // It left the box meanwhile. The next poll will find out.
        Err(Error { kind: ErrorKind::NotFound | ErrorKind::NoArticles, .. }) => None,
        Err(error) => {
            run.on_call_failed(Some(media_id.clone()), &error);
            None
        }
    }
}

/// Counts the flips of fields, and marks those that flipped too often as volatile.
fn record_flips(run: &mut PollRun<'_>, media_id: &MediaId, fields: &BTreeSet<String>) {
    for field in fields {
        let flips = run.known.state.flips.entry(field.clone()).or_default();
        *flips += 1;
        if *flips >= FLIPS && run.known.state.volatile.insert(field.clone()) {
            tracing::warn!(
                account = %run.context.name, %media_id, field,
                "a field changes although nobody saves; without a save it makes no version from now on"
            );
        }
    }
}
