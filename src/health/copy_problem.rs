//! What is wrong with copies of the archive. Pure.

use crate::archive::CopyState;
use crate::copies::{CopyFault, PlaceFault};
use crate::invocation::for_the_shell;
use crate::model::{ActiveCondition, Condition, ConditionDetails, ConditionReport, Timestamp};

/// A place whose last copy failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyProblem {
    pub fault: PlaceFault,
    pub since: Timestamp,
    /// When the newest copy was made that was proven.
    pub last_good: Option<Timestamp>,
}

/// Returns what is wrong with the copies.
pub fn copy_problems(copies: &[CopyState]) -> Vec<CopyProblem> {
    let problem = |state: &CopyState| {
        let failure = state.failure.as_ref()?;
        Some(CopyProblem {
            fault: PlaceFault { place: state.place.clone(), fault: CopyFault::read(&failure.reason) },
            since: failure.since,
            last_good: state.good.as_ref().map(|good| good.made_at),
        })
    };
    copies.iter().filter_map(problem).collect()
}

/// Returns whether copies fail, with the reasons.
pub fn copy_conditions(copies: &[CopyState], now: Timestamp) -> ConditionReport {
    let problems = copy_problems(copies);
    if problems.is_empty() {
        return ConditionReport::default();
    }
    let (quantity, places) = (Some(problems.len() as u64), problems.into_iter().map(|problem| problem.fault));
    let reason = Some(PlaceFault::write_all(&places.collect::<Vec<_>>()));
    let details = ConditionDetails { quantity, reason, ..ConditionDetails::default() };
    let active = ActiveCondition { condition: Condition::CopyFailed, since: now, details };
    ConditionReport { active: vec![active], unknown: Vec::new() }
}

impl CopyProblem {
    /// Describes the problem; `time` formats a time.
    pub fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        let (place, since) = (&self.fault.place, time(self.since));
        let last =
            self.last_good.map_or_else(|| "there is none".to_owned(), |at| format!("the newest is of {}", time(at)));
        format!("copies to {place} fail since {since}; {last}: {}", self.fault.text())
    }

    /// Returns the command to type.
    pub fn command(&self) -> String {
        format!("draftkeep copy {}", for_the_shell(&self.fault.place))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{CopyFailure, GoodCopy};
    use crate::model::rfc3339;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_copy_that_fails_is_a_problem_and_a_condition_until_one_is_good() {
        let (made_at, since) = (at("2026-08-31T19:30:00Z"), at("2026-09-01T19:30:00Z"));
        let good = GoodCopy { name: "one".to_owned(), made_at, proven_at: made_at, size: 1, sha256: None };
        let failure = CopyFailure { since, count: 3, reason: "full".to_owned() };
        let state =
            CopyState { place: "/mnt/nas".to_owned(), tried_at: since, good: Some(good), failure: Some(failure) };
        let problems = copy_problems(std::slice::from_ref(&state));
        assert_eq!(
            problems[0].what(&rfc3339),
            "copies to /mnt/nas fail since 2026-09-01T19:30:00.000Z; the newest is of 2026-08-31T19:30:00.000Z: /mnt/nas is full"
        );
        assert_eq!(problems[0].command(), "draftkeep copy /mnt/nas");
        let active = copy_conditions(std::slice::from_ref(&state), since).active.remove(0);
        assert_eq!(active.details.reason.as_deref(), Some(r#"[{"fault":"full","place":"/mnt/nas","said":""}]"#));
        let good = CopyState { failure: None, ..state };
        assert_eq!(copy_conditions(&[good], since), ConditionReport::default());
    }
}
