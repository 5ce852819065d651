//! What is wrong with an account, in a sentence for editors. The operator reads the details with `draftkeep status`.

use super::texts::filled;
use super::time;
use crate::archive::{CopyState, EndpointBlock, HeldDrafts};
use crate::health::{Problem, ProofProblem, QuotaExhausted, TargetProblem, TargetProblemKind};
use crate::model::Language;
use crate::wechat::what_failed;

/// Says what is wrong.
pub(super) fn sentence(problem: &Problem, language: Language) -> String {
    let texts = language.texts();
    match problem {
        Problem::OtherAppid { .. } => texts.problem_other_appid.to_owned(),
        Problem::ConfigRefused(_) => texts.problem_config.to_owned(),
        Problem::NeverPolled { .. } => texts.problem_never_polled.to_owned(),
        Problem::Overdue { since, .. } => filled(texts.problem_overdue, time::exact(*since)),
        Problem::DraftsOverdue { drafts, .. } => filled(texts.problem_drafts_overdue, drafts),
        Problem::DraftsFailing { drafts, .. } => filled(texts.problem_drafts_failing, drafts),
        Problem::ListOverdue { .. } => texts.problem_list_overdue.to_owned(),
        Problem::PollsBroken { since, .. } => filled(texts.problem_broken, time::exact(*since)),
        Problem::PollInFuture { .. } | Problem::ClockSkew { .. } => texts.problem_clock.to_owned(),
        Problem::Blocked(EndpointBlock { until, .. }) => filled(texts.problem_blocked, time::exact(*until)),
        Problem::NotStored { drafts, .. } => filled(texts.problem_not_stored, drafts),
        Problem::Damaged { .. } => texts.problem_damaged.to_owned(),
        Problem::HeldBack(HeldDrafts { drafts, .. }) => filled(texts.problem_held_back, drafts),
        Problem::UnfinishedRestore(_) => texts.problem_restore.to_owned(),
        Problem::PollsFailing { exhausted: Some(QuotaExhausted { .. }), .. } => texts.problem_spent.to_owned(),
        Problem::PollsFailing { since, kind, code, .. } => {
            let failing = filled(texts.problem_failing, time::exact(*since));
            match kind {
                Some(kind) => format!("{failing}{}{}", texts.colon, what_failed(*kind, *code, language)),
                None => failing,
            }
        }
    }
}

/// Says that copies of the archive fail. Where they are is nothing for editors.
pub(super) fn of_copy(state: &CopyState, language: Language) -> String {
    let texts = language.texts();
    match &state.good {
        Some(good) => filled(texts.problem_copy, time::exact(good.made_at)),
        None => texts.problem_no_copy.to_owned(),
    }
}

/// Says that something of the archive is damaged, or that this cannot be proven. Which, is nothing for editors.
pub(super) fn of_proof(problem: &ProofProblem, language: Language) -> String {
    let texts = language.texts();
    let text = match problem.failed.fault.kind {
        _ if problem.is_drill() => texts.problem_drill,
        kind if kind.is_damage() => texts.problem_proof,
        _ => texts.problem_no_proof,
    };
    filled(text, time::exact(problem.since))
}

/// Says what is wrong with a target of messages.
pub(super) fn of_target(problem: &TargetProblem, language: Language) -> String {
    let texts = language.texts();
    let text = match problem.kind {
        TargetProblemKind::Parked => texts.problem_target_parked,
        TargetProblemKind::Stuck => texts.problem_target_stuck,
        TargetProblemKind::PingFailing => texts.problem_ping,
    };
    filled(text, &problem.target)
}
