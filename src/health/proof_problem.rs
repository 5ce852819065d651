//! What proofs found to be wrong. Pure.

use crate::archive::{ProofKind, ProofRecord};
use crate::model::{ActiveCondition, Condition, ConditionDetails, ConditionReport, Timestamp};
use crate::proof::{FailedProof, ProofFault, ProofFaultKind};

/// A proof that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProofProblem {
    pub failed: FailedProof,
    pub since: Timestamp,
    /// When the last one found nothing wrong.
    pub last_good: Option<Timestamp>,
}

/// Returns the proofs that failed.
pub fn proof_problems(proofs: &[ProofRecord]) -> Vec<ProofProblem> {
    let problem = |record: &ProofRecord| {
        let failure = record.failure.as_ref()?;
        let failed = FailedProof { kind: record.key.kind, fault: ProofFault::read(&failure.reason) };
        Some(ProofProblem { failed, since: failure.since, last_good: record.proven_at })
    };
    proofs.iter().filter_map(problem).collect()
}

/// Returns whether a proof failed, with the reasons.
pub fn proof_conditions(proofs: &[ProofRecord], now: Timestamp) -> ConditionReport {
    let problems = proof_problems(proofs);
    if problems.is_empty() {
        return ConditionReport::default();
    }
    let (quantity, failed) = (Some(problems.len() as u64), problems.into_iter().map(|problem| problem.failed));
    let reason = Some(FailedProof::write_all(&failed.collect::<Vec<_>>()));
    let details = ConditionDetails { quantity, reason, ..ConditionDetails::default() };
    let active = ActiveCondition { condition: Condition::ProofFailed, since: now, details };
    ConditionReport { active: vec![active], unknown: Vec::new() }
}

impl ProofProblem {
    /// Describes the problem; `time` formats a time.
    pub fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        let good =
            self.last_good.map_or_else(|| "it was never good".to_owned(), |at| format!("last good at {}", time(at)));
        let proof = if self.is_drill() { "the drill" } else { "the proof of the night" };
        format!("{proof} fails since {} ({good}): {}", time(self.since), self.failed.fault.text())
    }

    pub fn is_drill(&self) -> bool {
        self.failed.kind == ProofKind::Drill
    }

    /// Returns the command to type.
    pub fn command(&self) -> String {
        let fault = &self.failed.fault;
        match fault.kind {
            ProofFaultKind::NoTemporaryFiles => "df -h \"${TMPDIR:-/tmp}\"".to_owned(),
            _ if self.is_drill() && fault.about.is_empty() => "draftkeep drill --account ACCOUNT".to_owned(),
            _ if self.is_drill() => format!("draftkeep drill --account {}", fault.about),
            _ => "draftkeep verify".to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::ProofKey;
    use crate::model::rfc3339;
    use crate::proof;

    #[test]
    fn a_proof_that_failed_is_a_problem_and_a_condition_until_one_is_good() {
        let at: Timestamp = "2026-09-01T19:30:00Z".parse().unwrap();
        let key = ProofKey::of_archive(ProofKind::Versions);
        let fault = ProofFault::new(ProofFaultKind::VersionDamaged, "mag/3@2", "it is gone");
        let failed = proof::failed(key.clone(), at, 7, &fault);
        let problem = &proof_problems(std::slice::from_ref(&failed))[0];
        assert_eq!(
            problem.what(&rfc3339),
            "the proof of the night fails since 2026-09-01T19:30:00.000Z (it was never good): version mag/3@2 is damaged: it is gone"
        );
        assert_eq!(problem.command(), "draftkeep verify");
        let active = proof_conditions(&[failed], at).active.remove(0);
        let kept = r#"[{"about":"mag/3@2","fault":"version_damaged","more":0,"proof":"versions","said":"it is gone"}]"#;
        assert_eq!(active.details.reason.as_deref(), Some(kept));
        assert_eq!(proof_conditions(&[ProofRecord::good(key, at, 7)], at), ConditionReport::default());
    }
}
