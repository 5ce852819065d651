//! What is wrong with a target of messages, or with a dead man's switch. Pure.

use chrono::TimeDelta;

use crate::archive::{DaemonReport, OutboxTarget};
use crate::model::{ActiveCondition, Condition, ConditionDetails, ConditionKey, ConditionReport, Language, Timestamp};
use crate::notify::Reason;

/// What was to be sent so long ago, and was not, is stuck. Failed sends are repeated several times until then.
const STUCK_AFTER: TimeDelta = TimeDelta::minutes(15);

/// A target that somebody waits for in vain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TargetProblem {
    /// The name of its `[[notify]]`.
    pub target: String,
    pub kind: TargetProblemKind,
    pub since: Timestamp,
    /// What it answered last, if it did, as [`Reason`] writes it.
    pub answer: Option<String>,
}

/// What is wrong with a target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TargetProblemKind {
    /// It refused for good, so nothing is sent to it.
    Parked,
    /// What was to be sent at that time still waits.
    Stuck,
    /// The dead man's switch was not reached.
    PingFailing,
}

impl TargetProblemKind {
    /// Returns the word of the JSON output.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Parked => "parked",
            Self::Stuck => "stuck",
            Self::PingFailing => "failing",
        }
    }
}

/// Returns what is wrong with the targets: those of messages as the archive knows them, then the dead man's switches.
pub fn target_problems(targets: &[OutboxTarget], report: &DaemonReport, now: Timestamp) -> Vec<TargetProblem> {
    let failing = report.pings.iter().filter_map(|ping| Some((ping, ping.failing()?)));
    let pings = failing.map(|(ping, failing)| TargetProblem {
        target: ping.name.clone(),
        kind: TargetProblemKind::PingFailing,
        since: failing.since,
        answer: Some(failing.answer.clone()),
    });
    targets.iter().filter_map(|target| of_messages(target, now)).chain(pings).collect()
}

/// Returns the targets that messages do not reach.
pub fn target_conditions(targets: &[OutboxTarget], now: Timestamp) -> ConditionReport {
    let active = targets.iter().filter_map(|target| of_messages(target, now)).filter_map(condition).collect();
    // One that refuses for good was perhaps stuck before. That goes on, for messages do not reach it yet.
    let parked = targets.iter().filter(|target| target.parked_at.is_some());
    let unknown =
        parked.map(|target| ConditionKey { condition: Condition::TargetStuck, target: Some(target.name.clone()) });
    ConditionReport { active, unknown: unknown.collect() }
}

fn condition(problem: TargetProblem) -> Option<ActiveCondition> {
    let condition = match problem.kind {
        TargetProblemKind::Parked => Condition::TargetParked,
        TargetProblemKind::Stuck => Condition::TargetStuck,
        TargetProblemKind::PingFailing => return None,
    };
    let (target, reason) = (Some(problem.target), problem.answer);
    let details = ConditionDetails { target, reason, ..ConditionDetails::default() };
    Some(ActiveCondition { condition, since: problem.since, details })
}

fn of_messages(target: &OutboxTarget, now: Timestamp) -> Option<TargetProblem> {
    let stuck = target.wanted_at.filter(|since| now - *since > STUCK_AFTER);
    let (kind, since) = match (target.parked_at, stuck) {
        (Some(since), _) => (TargetProblemKind::Parked, since),
        (None, Some(since)) => (TargetProblemKind::Stuck, since),
        (None, None) => return None,
    };
    Some(TargetProblem { target: target.name.clone(), kind, since, answer: target.answer.clone() })
}

impl TargetProblem {
    /// Describes the problem; `time` formats a time.
    pub fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        let (target, since) = (&self.target, time(self.since));
        let what = match self.kind {
            TargetProblemKind::Parked => format!("nothing is sent to {target} since {since}, for it refused for good"),
            TargetProblemKind::Stuck => format!("what was to be sent to {target} at {since} still waits"),
            TargetProblemKind::PingFailing => format!("the ping {target} does not arrive since {since}"),
        };
        match self.answer() {
            Some(answer) => format!("{what}: {}", answer.trim_end_matches('.')),
            None => what,
        }
    }

    /// Returns what it answered last, in words.
    pub fn answer(&self) -> Option<String> {
        self.answer.as_ref().map(|kept| Reason::in_words(kept, Language::English))
    }

    /// Returns the command to type.
    pub fn command(&self) -> String {
        let target = &self.target;
        match self.kind {
            TargetProblemKind::Parked => format!("draftkeep notify test {target} && draftkeep notify retry {target}"),
            TargetProblemKind::Stuck | TargetProblemKind::PingFailing => format!("draftkeep notify test {target}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::{PingFailure, PingStatus};

    fn at(minute: i64) -> Timestamp {
        "2026-09-01T02:00:00Z".parse::<Timestamp>().unwrap() + TimeDelta::minutes(minute)
    }

    fn target() -> OutboxTarget {
        OutboxTarget {
            name: "editors".to_owned(),
            waiting: 1,
            waiting_since: Some(at(0)),
            wanted_at: Some(at(0)),
            due_at: Some(at(60)),
            parked_at: None,
            last_sent_at: None,
            answer: Some("No answer came.".to_owned()),
            failed_at: Some(at(1)),
        }
    }

    fn found(target: OutboxTarget, now: Timestamp) -> Vec<String> {
        let problems = target_problems(&[target], &DaemonReport::default(), now);
        problems.iter().map(|problem| problem.what(&crate::model::rfc3339)).collect()
    }

    #[test]
    fn what_waits_is_stuck_a_quarter_of_an_hour_after_it_was_to_be_sent() {
        assert!(found(target(), at(15)).is_empty());
        assert_eq!(
            found(target(), at(16)),
            ["what was to be sent to editors at 2026-09-01T02:00:00.000Z still waits: No answer came"]
        );
        let held = OutboxTarget { wanted_at: Some(at(600)), ..target() };
        assert!(found(held, at(500)).is_empty(), "quiet hours hold it");
        let parked = OutboxTarget { parked_at: Some(at(2)), answer: None, ..target() };
        assert_eq!(
            found(parked, at(3)),
            ["nothing is sent to editors since 2026-09-01T02:02:00.000Z, for it refused for good"]
        );
    }

    #[test]
    fn a_ping_that_fails_is_a_problem() {
        let failure = PingFailure { since: at(0), answer: "No answer came.".to_owned(), is_over: false };
        let ping = PingStatus { name: "watch".to_owned(), arrived_at: None, proven_at: None, failure: Some(failure) };
        let report = DaemonReport { pings: vec![ping], ..DaemonReport::default() };
        let problems = target_problems(&[], &report, at(1));
        assert_eq!(problems[0].command(), "draftkeep notify test watch");
        assert_eq!(
            problems[0].what(&crate::model::rfc3339),
            "the ping watch does not arrive since 2026-09-01T02:00:00.000Z: No answer came"
        );
    }
}
