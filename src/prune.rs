//! Pruning: which versions of which drafts would go, and why the others stay.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use crate::archive::{Draft, Error, Filter, Reader};
use crate::model::{DraftState, Timestamp};
use crate::retention::{Candidate, Fate, Reason, Rules, choose};

/// What is to be pruned.
pub struct PruneRequest<'a> {
    pub rules: &'a Rules,
    /// `None`: drafts of all accounts.
    pub accounts: Option<BTreeSet<String>>,
    /// Only drafts in these states; none: in any.
    pub states: Vec<DraftState>,
    /// The time zone of an account's days, weeks and months.
    pub zone: &'a dyn Fn(&str) -> Tz,
}

/// What would go.
#[derive(Debug, Default)]
pub struct PrunePlan {
    /// The drafts of which a version goes.
    pub drafts: Vec<DraftPlan>,
    /// Drafts that stay as they are because they are damaged.
    pub skipped: Vec<SkippedDraft>,
    /// How many drafts and versions were looked at.
    pub draft_count: u64,
    pub version_count: u64,
    /// How many versions each reason keeps. Several may keep one.
    pub reasons: BTreeMap<Reason, u64>,
}

/// A draft of which a version goes.
#[derive(Debug)]
pub struct DraftPlan {
    pub draft: Draft,
    /// Newest first.
    pub kept: Vec<Fate>,
    /// Newest first.
    pub pruned: Vec<PrunedVersion>,
}

/// A version that goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PrunedVersion {
    pub number: u64,
    pub observed_at: Timestamp,
    /// What its document takes, in bytes.
    pub bytes: u64,
}

/// A draft that stays as it is.
#[derive(Debug)]
pub struct SkippedDraft {
    /// As it is typed.
    pub label: String,
    pub reason: String,
}

impl PrunePlan {
    /// Returns the versions that go, of all drafts.
    pub fn pruned(&self) -> impl Iterator<Item = &PrunedVersion> {
        self.drafts.iter().flat_map(|draft| &draft.pruned)
    }
}

impl DraftPlan {
    /// Returns what the documents of the versions that go take, in bytes.
    pub fn bytes(&self) -> u64 {
        self.pruned.iter().map(|version| version.bytes).sum()
    }
}

/// Plans which versions go; writes nothing.
///
/// # Errors
///
/// If the archive cannot be read for another reason than damage.
pub fn plan(reader: &Reader, request: &PruneRequest<'_>, now: Timestamp) -> Result<PrunePlan, Error> {
    // With a clock that runs ahead, nothing would be recent.
    let now = reader.newest_poll()?.map_or(now, |newest| now.min(newest));
    let (drafts, damaged) = reader.readable_drafts(&Filter::default())?;
    let mut plan = PrunePlan::default();
    for damage in damaged {
        plan.skipped.push(SkippedDraft { label: damage.typed_id(), reason: damage.reason });
    }
    for draft in drafts.into_iter().filter(|draft| is_asked(draft, request)) {
        match candidates(reader, &draft)? {
            Ok(candidates) => plan.add(draft, &candidates, request, now),
            Err(reason) => plan.skipped.push(SkippedDraft { label: format!("{}/{}", draft.account, draft.id), reason }),
        }
    }
    Ok(plan)
}

fn is_asked(draft: &Draft, request: &PruneRequest<'_>) -> bool {
    let is_of_account = request.accounts.as_ref().is_none_or(|accounts| accounts.contains(&draft.account));
    is_of_account && (request.states.is_empty() || request.states.contains(&draft.state))
}

/// A version, and what its document takes, in bytes.
type Stored = (Candidate, u64);

/// Returns the versions of a draft, or why it stays as it is.
fn candidates(reader: &Reader, draft: &Draft) -> Result<Result<Vec<Stored>, String>, Error> {
    let found = || -> Result<Result<Vec<Stored>, String>, Error> {
        let damaged = reader.damaged_versions(draft.id)?.len() as u64 + draft.unnumbered;
        if damaged > 0 {
            return Ok(Err(format!("damaged versions: {damaged}")));
        }
        let stored = reader.prune_candidates(draft.id)?;
        Ok(Ok(stored.into_iter().map(|stored| (stored.candidate, stored.bytes)).collect()))
    };
    match found() {
        Err(Error::Damaged(reason)) => Ok(Err(reason)),
        found => found,
    }
}

impl PrunePlan {
    fn add(&mut self, draft: Draft, stored: &[Stored], request: &PruneRequest<'_>, now: Timestamp) {
        let candidates: Vec<_> = stored.iter().map(|(candidate, _)| *candidate).collect();
        let fates = choose(&candidates, request.rules, (request.zone)(&draft.account), now);
        self.draft_count += 1;
        self.version_count += fates.len() as u64;
        for reason in fates.iter().flat_map(|fate| &fate.reasons) {
            *self.reasons.entry(*reason).or_default() += 1;
        }
        let (mut kept, mut pruned) = (Vec::new(), Vec::new());
        for (fate, (_, bytes)) in fates.into_iter().zip(stored) {
            if fate.is_kept() {
                kept.push(fate);
            } else {
                pruned.push(PrunedVersion { number: fate.number, observed_at: fate.observed_at, bytes: *bytes });
            }
        }
        if !pruned.is_empty() {
            self.drafts.push(DraftPlan { draft, kept, pruned });
        }
    }
}
