//! What follows from the answer to a message.

use chrono::TimeDelta;

use crate::model::{Timestamp, retry_delay};

/// The wait after the first failure; it doubles with each further one.
const FIRST_WAIT: TimeDelta = TimeDelta::seconds(5);

/// The longest wait, whatever the target asks for: a target that is back is used again within the hour.
pub const LONGEST_WAIT: TimeDelta = TimeDelta::hours(1);

/// The wait before a message is sent again of which nobody knows whether it arrived.
const DOUBT_WAIT: TimeDelta = TimeDelta::seconds(60);

/// How often a message is sent of which nobody knows whether it arrived, where the target cannot tell that it has it already.
const MAX_DOUBTS: u32 = 2;

/// How sending a message ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    Sent,
    /// It did not arrive. The target may have said when to try again.
    Failed {
        wait: Option<TimeDelta>,
    },
    /// It was sent, and no answer came.
    Uncertain,
    /// The target refuses every message, until somebody changes something.
    Parked,
    /// The target refuses this message.
    Rejected,
}

/// What becomes of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    Sent,
    /// It is sent again, at that time.
    Again(Timestamp),
    /// It is sent again when the target is no longer parked.
    Parked,
    /// Nobody knows whether it arrived, and it is not sent again.
    Uncertain,
    Rejected,
}

/// Decides what becomes of a message that was sent `tries` times, of which `doubts` are without an answer, this one included. `knows_ids`:
/// the target drops a message that it has already.
pub fn next(outcome: Outcome, tries: u32, doubts: u32, knows_ids: bool, now: Timestamp) -> Next {
    match outcome {
        Outcome::Sent => Next::Sent,
        Outcome::Failed { wait } => Next::Again(now + backoff(tries).max(wait.unwrap_or_default()).min(LONGEST_WAIT)),
        Outcome::Uncertain if knows_ids || doubts < MAX_DOUBTS => Next::Again(now + backoff(tries).max(DOUBT_WAIT)),
        Outcome::Uncertain => Next::Uncertain,
        Outcome::Parked => Next::Parked,
        Outcome::Rejected => Next::Rejected,
    }
}

fn backoff(tries: u32) -> TimeDelta {
    retry_delay(FIRST_WAIT, LONGEST_WAIT, tries)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_sent_until_it_arrived_or_may_have_arrived_twice() {
        let now: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let after = |outcome, tries, doubts, knows_ids| match next(outcome, tries, doubts, knows_ids, now) {
            Next::Again(at) => Ok((at - now).num_seconds()),
            other => Err(other),
        };
        let failed = Outcome::Failed { wait: None };
        let waits = [1, 2, 3, 10, 1000].map(|tries| after(failed, tries, 0, false));
        assert_eq!(waits, [Ok(5), Ok(10), Ok(20), Ok(2560), Ok(3600)]);
        let asked = Outcome::Failed { wait: Some(TimeDelta::seconds(630)) };
        assert_eq!(after(asked, 1, 0, false), Ok(630));
        assert_eq!(after(Outcome::Uncertain, 1, 1, false), Ok(60));
        assert_eq!(after(Outcome::Uncertain, 2, 2, false), Err(Next::Uncertain));
        assert_eq!(after(Outcome::Uncertain, 9, 9, true), Ok(1280));
        assert_eq!(after(Outcome::Parked, 1, 0, true), Err(Next::Parked));
    }
}
