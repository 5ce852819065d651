//! What is wrong with the mirror. Pure.

use crate::archive::Event;
use crate::model::{Condition, EventKind, Timestamp};

/// A mirror that is not up to date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MirrorProblem {
    pub since: Timestamp,
    /// What was wrong when it began.
    pub reason: String,
}

/// Returns what is wrong with the mirror, by the conditions that are open.
pub fn mirror_problem(open: &[Event]) -> Option<MirrorProblem> {
    let began = open.iter().find(|event| event.kind == EventKind::Began(Condition::MirrorFailed))?;
    Some(MirrorProblem { since: began.at, reason: began.details.reason.clone().unwrap_or_default() })
}

impl MirrorProblem {
    /// Brings the mirror up to date, or says what to do.
    pub const COMMAND: &str = "draftkeep mirror";

    /// Describes the problem; `time` formats a time.
    pub fn what(&self, time: &dyn Fn(Timestamp) -> String) -> String {
        format!("the mirror is not up to date since {}: {}", time(self.since), self.reason)
    }
}
