//! When the next copy of a place is due: by its schedule, and sooner after one that failed. Pure.

use chrono::TimeDelta;

use crate::archive::CopyState;
use crate::model::{Timestamp, retry_delay};
use crate::schedule::Schedule;

/// The wait after a copy that failed: a machine of the network may just start anew. It doubles.
const FIRST_RETRY: TimeDelta = TimeDelta::minutes(10);
const LONGEST_RETRY: TimeDelta = TimeDelta::hours(6);

/// Returns when the next copy is due. A place that has none yet gets one at once, and so does one that missed its time while no daemon ran.
/// A last copy in the future was begun by a clock that was set back since.
pub fn next_due(schedule: &Schedule, state: Option<&CopyState>, now: Timestamp) -> Timestamp {
    let Some(state) = state else { return now };
    let tried_at = state.tried_at.min(now);
    let regular = schedule.next_after(tried_at);
    match &state.failure {
        Some(failure) => regular.min(tried_at + retry_delay(FIRST_RETRY, LONGEST_RETRY, failure.count)),
        None => regular,
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;
    use crate::archive::CopyFailure;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_copy_is_due_by_its_schedule_and_sooner_after_a_failure() {
        let schedule = Schedule::parse("30 3 * * *", Shanghai).unwrap();
        let now = at("2026-09-01T12:00:00Z");
        assert_eq!(next_due(&schedule, None, now), now, "the first one at once");
        let state = |tried_at, failures| CopyState {
            place: "/mnt".to_owned(),
            tried_at: at(tried_at),
            good: None,
            failure: (failures > 0).then(|| CopyFailure { since: now, count: failures, reason: "full".to_owned() }),
        };
        let due = |tried_at, failures| next_due(&schedule, Some(&state(tried_at, failures)), now);
        assert_eq!(due("2026-08-31T19:30:00Z", 0), at("2026-09-01T19:30:00Z"));
        assert_eq!(due("2026-08-30T19:30:00Z", 0), at("2026-08-31T19:30:00Z"), "it was missed: once, and now");
        assert_eq!(due("2030-01-01T00:00:00Z", 0), at("2026-09-01T19:30:00Z"), "the clock was ahead");
        let after = |failures| due("2026-09-01T10:00:00Z", failures) - at("2026-09-01T10:00:00Z");
        assert_eq!((after(1), after(3)), (FIRST_RETRY, FIRST_RETRY * 4));
        assert_eq!(after(100), LONGEST_RETRY);
    }
}
