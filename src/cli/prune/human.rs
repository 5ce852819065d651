//! A plan of pruning, for people.

use chrono::TimeDelta;
use owo_colors::Style;

use super::super::context::CommandContext;
use super::super::error::CommandError;
use super::super::list::title;
use super::super::output::size;
use super::super::table::{Align, Column, TableRow};
use crate::archive::UnneededAssets;
use crate::model::{Timestamp, counted, grouped};
use crate::prune::{DraftPlan, PrunePlan, Pruned, PrunedVersion};
use crate::retention::Reason;

/// What goes is told by its age: up to so many days, and what that is called.
const AGES: [(i64, &str); 4] =
    [(30, "of the last 30 days"), (90, "30 to 90 days old"), (365, "90 days to a year old"), (i64::MAX, "older")];

/// Prints the plan, and what went where it was carried out.
pub(super) fn print(context: &CommandContext, plan: &PrunePlan, pruned: Option<&Pruned>) -> Result<(), CommandError> {
    let ui = &context.ui;
    if let Some(pruned) = pruned.filter(|pruned| pruned.versions == 0 && pruned.stayed > 0) {
        ui.status(&gone(pruned));
    } else if plan.drafts.is_empty() {
        let (versions, drafts) = (counted_grouped(plan.version_count, "version"), counted(plan.draft_count, "draft"));
        ui.status(&format!("Nothing would go: all that was looked at stays, {versions} of {drafts}."));
    } else {
        table(context, &plan.drafts, if pruned.is_some() { "GONE" } else { "GO" })?;
        ui.status(&pruned.map_or_else(|| totals(plan), gone));
        ui.status(&ages(plan, context.clock.now()));
    }
    if let Some(told) = pruned.and_then(|pruned| pictures(&pruned.pictures)) {
        ui.status(&told);
    }
    if let Some(kept) = reasons(plan) {
        ui.status(&kept);
    }
    if pruned.is_none() && !plan.drafts.is_empty() {
        ui.hint("Nothing was removed yet; to remove these versions for good, add --apply");
    }
    Ok(())
}

fn table(context: &CommandContext, drafts: &[DraftPlan], go: &str) -> Result<(), CommandError> {
    let columns = [
        Column { heading: "DRAFT", align: Align::Left },
        Column { heading: "VERSIONS", align: Align::Right },
        Column { heading: go, align: Align::Right },
        Column { heading: "BYTES", align: Align::Right },
        Column { heading: "WHICH", align: Align::Shortened },
        Column { heading: "TITLE", align: Align::Shortened },
    ];
    let row = |plan: &DraftPlan| TableRow {
        values: vec![
            format!("{}/{}", plan.draft.account, plan.draft.id),
            (plan.kept.len() + plan.pruned.len()).to_string(),
            plan.pruned.len().to_string(),
            plan.bytes().to_string(),
            ranges(&plan.pruned),
            title(&plan.draft.title),
        ],
        style: Style::new(),
    };
    context.ui.table(&columns, &drafts.iter().map(row).collect::<Vec<_>>())
}

/// Writes numbers as ranges, the oldest first: `1-3, 5, 7-12`.
fn ranges(newest_first: &[PrunedVersion]) -> String {
    let mut numbers: Vec<_> = newest_first.iter().map(|version| version.number).collect();
    numbers.reverse();
    let range = |run: &[u64]| match run {
        [only] => only.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    numbers.chunk_by(|a, b| a + 1 == *b).map(range).collect::<Vec<_>>().join(", ")
}

fn totals(plan: &PrunePlan) -> String {
    let (go, bytes) = (plan.pruned().count() as u64, plan.pruned().map(|version| version.bytes).sum());
    let (of, drafts) = (counted_grouped(plan.version_count, "version"), counted(plan.drafts.len() as u64, "draft"));
    format!("{} of {of} would go, of {drafts}: {} at most would become free.", grouped(go), size(bytes))
}

fn gone(pruned: &Pruned) -> String {
    let mut told =
        format!("{} removed; their room in the archive is used again.", counted_grouped(pruned.versions, "version"));
    if pruned.stayed > 0 {
        let stayed = counted_grouped(pruned.stayed, "version");
        told.push_str(&format!(" {stayed} stayed, for they were pinned or restored meanwhile."));
    }
    told
}

fn pictures(pictures: &UnneededAssets) -> Option<String> {
    let UnneededAssets { removed, bytes, waiting } = *pictures;
    let gone = (removed > 0).then(|| format!("{} removed, {}.", counted_grouped(removed, "picture"), size(bytes)));
    let waiting = (waiting > 0).then(|| {
        format!(
            "No version needs {} any more; pruning removes what is not needed for a week.",
            counted_grouped(waiting, "picture")
        )
    });
    let told: Vec<_> = gone.into_iter().chain(waiting).collect();
    (!told.is_empty()).then(|| told.join(" "))
}

fn counted_grouped(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(count))
}

/// Tells how old the versions are that go.
fn ages(plan: &PrunePlan, now: Timestamp) -> String {
    let mut counts = [0_u64; AGES.len()];
    for version in plan.pruned() {
        let days = (now - version.observed_at).max(TimeDelta::zero()).num_days();
        let age = AGES.iter().position(|(most, _)| days < *most).unwrap_or(AGES.len() - 1);
        counts[age] += 1;
    }
    let told = counts.iter().zip(AGES).filter(|(count, _)| **count > 0);
    let told: Vec<_> = told.map(|(count, (_, age))| format!("{} {age}", grouped(*count))).collect();
    format!("By age: {}.", told.join(", "))
}

/// Tells how many versions each reason keeps.
fn reasons(plan: &PrunePlan) -> Option<String> {
    let told = |(reason, count): (&Reason, &u64)| format!("{} {}", grouped(*count), in_words(*reason));
    let told: Vec<_> = plan.reasons.iter().map(told).collect();
    (!told.is_empty()).then(|| format!("Kept, some for several reasons: {}.", told.join(", ")))
}

fn in_words(reason: Reason) -> &'static str {
    match reason {
        Reason::Newest => "newest of their draft",
        Reason::Pinned => "pinned",
        Reason::Restored => "used by a restore",
        Reason::SessionEnd => "last of an editing session",
        Reason::Last => "by --keep-last",
        Reason::Within => "by --keep-within",
        Reason::Daily => "by --keep-daily",
        Reason::Weekly => "by --keep-weekly",
        Reason::Monthly => "by --keep-monthly",
    }
}
