//! The document of `prune`.

use serde_json::{Value, json};

use crate::model::rfc3339;
use crate::prune::{DraftPlan, PrunePlan, Pruned, PrunedVersion, SkippedDraft};
use crate::retention::{Fate, Reason};

/// Returns what goes, why the rest stays, and what went where the plan was carried out.
pub fn prune(plan: &PrunePlan, pruned: Option<&Pruned>) -> Value {
    let reason = |(reason, versions): (&Reason, &u64)| json!({"reason": reason.as_str(), "versions": versions});
    let skipped = |SkippedDraft { label, reason }: &SkippedDraft| json!({"draft": label, "reason": reason});
    let damaged = pruned.iter().flat_map(|pruned| &pruned.damaged);
    json!({
        "applied": pruned.is_some(),
        "removed": pruned.map_or(0, |pruned| pruned.versions),
        "pictures_removed": pruned.map_or(0, |pruned| pruned.pictures.removed),
        "pictures_waiting": pruned.map_or(0, |pruned| pruned.pictures.waiting),
        "versions": plan.version_count,
        "pruned": plan.pruned().count(),
        "bytes": plan.pruned().map(|version| version.bytes).sum::<u64>(),
        "reasons": plan.reasons.iter().map(reason).collect::<Vec<_>>(),
        "drafts": plan.drafts.iter().map(draft).collect::<Vec<_>>(),
        "skipped": plan.skipped.iter().chain(damaged).map(skipped).collect::<Vec<_>>(),
    })
}

fn draft(plan: &DraftPlan) -> Value {
    let DraftPlan { draft, kept, pruned } = plan;
    let goes = |version: &PrunedVersion| {
        json!({
            "version": version.number,
            "observed_at": rfc3339(version.observed_at),
            "bytes": version.bytes,
        })
    };
    let stays = |fate: &Fate| {
        json!({
            "version": fate.number,
            "observed_at": rfc3339(fate.observed_at),
            "because": fate.reasons.iter().map(|reason| reason.as_str()).collect::<Vec<_>>(),
        })
    };
    json!({
        "account": draft.account,
        "media_id": draft.media_id,
        "id": draft.id,
        "title": draft.title,
        "pruned": pruned.iter().map(goes).collect::<Vec<_>>(),
        "kept": kept.iter().map(stays).collect::<Vec<_>>(),
    })
}
