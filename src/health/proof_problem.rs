//! What proofs found to be wrong. Pure.

use crate::archive::{ProofFailure, ProofKind, ProofRecord};
use crate::model::{ActiveCondition, Condition, ConditionDetails, ConditionReport, Timestamp};

/// A proof that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofProblem {
    pub kind: ProofKind,
    pub failure: ProofFailure,
    /// When the last one found nothing wrong.
    pub last_good: Option<Timestamp>,
}

/// Returns the proofs that failed.
pub fn proof_problems(proofs: &[ProofRecord]) -> Vec<ProofProblem> {
    let problem = |record: &ProofRecord| {
        let failure = record.failure.clone()?;
        Some(ProofProblem { kind: record.key.kind, failure, last_good: record.proven_at })
    };
    proofs.iter().filter_map(problem).collect()
}

/// Returns whether a proof failed, with the reasons.
pub fn proof_conditions(proofs: &[ProofRecord], now: Timestamp) -> ConditionReport {
    let problems = proof_problems(proofs);
    if problems.is_empty() {
        return ConditionReport::default();
    }
    let reasons: Vec<_> = problems.iter().map(|problem| problem.failure.reason.as_str()).collect();
    let (quantity, reason) = (Some(problems.len() as u64), Some(reasons.join("; ")));
    let details = ConditionDetails { quantity, reason, ..ConditionDetails::default() };
    let active = ActiveCondition { condition: Condition::ProofFailed, since: now, details };
    ConditionReport { active: vec![active], unknown: Vec::new() }
}

impl ProofProblem {
    /// Describes the problem; `time` formats a time.
    pub fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        let ProofFailure { since, reason, is_damage } = &self.failure;
        let what = match (self.kind, is_damage) {
            (ProofKind::Versions, true) => "a version is damaged",
            (ProofKind::Versions, false) => "versions cannot be proven",
            (ProofKind::Assets, true) => "a picture is damaged",
            (ProofKind::Assets, false) => "pictures cannot be proven",
            (ProofKind::Files, true) => "a version does not come back as files",
            (ProofKind::Files, false) => "no version can be restored to files",
            (ProofKind::Drafts, _) => "drafts of the box cannot be compared with the archive",
            (ProofKind::Drill, _) => "the drill failed",
        };
        let good =
            self.last_good.map_or_else(|| "it was never good".to_owned(), |at| format!("last good at {}", time(at)));
        if self.kind == ProofKind::Drill {
            return format!("the drill fails since {} ({good}): {reason}", time(*since));
        }
        format!("the proof of the night says since {} that {what} ({good}): {reason}", time(*since))
    }

    /// Returns the command to type.
    pub fn command(&self) -> &'static str {
        match (self.kind, self.failure.is_damage) {
            (ProofKind::Drill, false) => "draftkeep drill --account ACCOUNT",
            (ProofKind::Files, false) => "df -h \"${TMPDIR:-/tmp}\"",
            _ => "draftkeep verify",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::ProofKey;
    use crate::model::rfc3339;

    #[test]
    fn a_proof_that_failed_is_a_problem_and_a_condition_until_one_is_good() {
        let at: Timestamp = "2026-09-01T19:30:00Z".parse().unwrap();
        let key = ProofKey::of_archive(ProofKind::Versions);
        let failed = ProofRecord::failed(key.clone(), at, 7, "mag/3@2: it is gone".to_owned(), true);
        let problem = &proof_problems(std::slice::from_ref(&failed))[0];
        assert_eq!(
            problem.what(&rfc3339),
            "the proof of the night says since 2026-09-01T19:30:00.000Z that a version is damaged (it was never good): mag/3@2: it is gone"
        );
        assert_eq!(problem.command(), "draftkeep verify");
        assert_eq!(proof_conditions(&[failed], at).active.len(), 1);
        assert_eq!(proof_conditions(&[ProofRecord::good(key, at, 7)], at), ConditionReport::default());
    }
}
