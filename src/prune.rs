//! Pruning: which versions of which drafts go, and why the others stay; and their going.

use std::collections::{BTreeMap, BTreeSet};

use chrono_tz::Tz;

use crate::archive::{Draft, Error, Filter, Reader, UnneededAssets, Writer};
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

    /// Leaves in the plan what went when it was carried out.
    pub fn keep_what_went(&mut self, pruned: &Pruned) {
        for plan in &mut self.drafts {
            let gone = pruned.numbers.get(&plan.draft.id);
            plan.pruned.retain(|version| gone.is_some_and(|gone| gone.contains(&version.number)));
        }
        self.drafts.retain(|plan| !plan.pruned.is_empty());
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

/// So many versions go in one transaction, so that no poll waits for long.
const AT_ONCE: usize = 64;

/// Versions of a draft that go in one transaction.
#[derive(Clone, Debug)]
pub struct PruneStep {
    /// The number of the draft.
    pub draft: i64,
    /// As it is typed.
    pub label: String,
    /// The numbers of the versions, the oldest first.
    pub numbers: Vec<u64>,
}

impl PrunePlan {
    /// Returns the steps of the plan. The versions of a draft go from the oldest on: where this is cut off anywhere, a new plan
    /// holds exactly the rest.
    pub fn steps(&self) -> impl Iterator<Item = PruneStep> {
        self.drafts.iter().flat_map(|plan| {
            let oldest_first: Vec<u64> = plan.pruned.iter().rev().map(|version| version.number).collect();
            let label = format!("{}/{}", plan.draft.account, plan.draft.id);
            let step =
                |numbers: &[u64]| PruneStep { draft: plan.draft.id, label: label.clone(), numbers: numbers.to_vec() };
            oldest_first.chunks(AT_ONCE).map(step).collect::<Vec<_>>()
        })
    }
}

/// What went.
#[derive(Debug, Default)]
pub struct Pruned {
    /// How many versions.
    pub versions: u64,
    /// Which, by the number of their draft.
    pub numbers: BTreeMap<i64, BTreeSet<u64>>,
    /// How many stayed after all: they were pinned or restored since the plan was made.
    pub stayed: u64,
    /// Drafts that were found to be damaged: what had not gone before stays.
    pub damaged: Vec<SkippedDraft>,
    /// What became of the pictures that no version needs any more.
    pub pictures: UnneededAssets,
}

impl Pruned {
    /// Adds what became of a step.
    ///
    /// # Errors
    ///
    /// What is no damage of its draft.
    pub fn add(&mut self, step: &PruneStep, result: Result<Vec<u64>, Error>) -> Result<(), Error> {
        match result {
            Ok(numbers) => {
                self.versions += numbers.len() as u64;
                self.stayed += (step.numbers.len() - numbers.len()) as u64;
                self.numbers.entry(step.draft).or_default().extend(numbers);
            }
            Err(Error::Damaged(reason)) => self.damaged.push(SkippedDraft { label: step.label.clone(), reason }),
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Adds what became of some pictures. Returns whether there may be more to go.
    pub fn add_pictures(&mut self, done: UnneededAssets) -> bool {
        self.pictures.removed += done.removed;
        self.pictures.bytes += done.bytes;
        self.pictures.waiting = done.waiting;
        done.removed > 0
    }

    /// Returns whether a draft was found to be damaged.
    pub fn is_damaged(&self, label: &str) -> bool {
        self.damaged.iter().any(|draft| draft.label == label)
    }
}

/// Carries a plan out, in one short transaction a step: a daemon may run beside it. Then pictures go that no version has needed for a week. `on_progress` is called with the number of versions
/// after each.
///
/// # Errors
///
/// If the archive cannot be written; what went before is gone.
pub fn apply(
    writer: &mut Writer,
    plan: &PrunePlan,
    now: Timestamp,
    on_progress: &mut dyn FnMut(u64),
) -> Result<Pruned, Error> {
    let mut pruned = Pruned::default();
    for step in plan.steps() {
        if pruned.is_damaged(&step.label) {
            continue;
        }
        let result = writer.prune(step.draft, &step.numbers, now);
        pruned.add(&step, result)?;
        on_progress(pruned.versions);
    }
    while pruned.add_pictures(writer.remove_unneeded_assets(now)?) {}
    Ok(pruned)
}
