//! A drill that nobody looks at: when it is due, and what it does.

use std::path::Path;

use chrono::TimeDelta;

use super::choose::{NoDrill, choose};
use super::left::take_away_left;
use super::run::{DrillResult, obstacles};
use crate::archive::{ProofRecord, Reader};
use crate::model::Timestamp;
use crate::restore::{RestoreContext, RestoreError};
use crate::schedule::Schedule;

/// One that failed is made again after so long, if its schedule says no sooner: a day has calls of its own.
const RETRY: TimeDelta = TimeDelta::days(1);

/// Returns when the next drill is due after the last one, whoever made that. One that was missed while no daemon ran is due at once. A last one in
/// the future was begun by a clock that was set back since.
pub fn next_due(schedule: &Schedule, last: &ProofRecord, now: Timestamp) -> Timestamp {
    let tried_at = last.tried_at.min(now);
    let regular = schedule.next_after(tried_at);
    if last.failure.is_some() { regular.min(tried_at + RETRY) } else { regular }
}

/// Takes away what earlier drills left, and restores a version that `random` chooses; `None` where the archive holds no draft yet.
///
/// # Errors
///
/// If there is no drill; see [`NoDrill`].
pub async fn make(archive: &Path, random: u64, context: &RestoreContext<'_>) -> Result<Option<DrillResult>, NoDrill> {
    let reader = Reader::open(archive)?;
    if reader.max_draft_id()? == 0 {
        return Ok(None);
    }
    if let Some(issue) = obstacles(&reader, context.account, context.clock.now())?.first() {
        return Err(NoDrill::NotNow(issue.kind.to_string()));
    }
    take_away_left(&reader, context).await.map_err(NoDrill::Left)?;
    let drill = choose(&reader, context.account, random)?;
    Ok(Some(drill.run(context).await?))
}

impl NoDrill {
    /// Returns when it can be tried again, where nothing is wrong but that a draft may still appear.
    pub fn not_before(&self) -> Option<Timestamp> {
        match self {
            Self::Left(RestoreError::Unsettled { until, .. })
            | Self::Restore(RestoreError::Unsettled { until, .. }) => Some(*until),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Asia::Shanghai;

    use super::*;
    use crate::archive::{ProofKey, ProofKind};
    use crate::proof::{self, ProofFault, ProofFaultKind};

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_drill_is_due_by_its_schedule_and_a_day_after_one_that_failed() {
        let mondays = Schedule::parse("0 4 * * 1", Shanghai).unwrap();
        let key = ProofKey { kind: ProofKind::Drill, appid: "wx1".to_owned() };
        // A Tuesday.
        let (tried_at, now) = (at("2026-09-01T02:00:00Z"), at("2026-09-20T00:00:00Z"));
        let good = ProofRecord::good(key.clone(), tried_at, 1);
        let monday = at("2026-09-06T20:00:00Z");
        assert_eq!(next_due(&mondays, &good, now), monday, "missed: at once");
        let fault = ProofFault::new(ProofFaultKind::DraftNotMade, "shop", "");
        let failed = |at| proof::failed(key.clone(), at, 1, &fault);
        assert_eq!(next_due(&mondays, &failed(tried_at), now), tried_at + RETRY);
        assert_eq!(next_due(&mondays, &failed(monday - TimeDelta::hours(2)), now), monday);
        let ahead = ProofRecord::good(key, at("2030-01-01T00:00:00Z"), 1);
        assert_eq!(next_due(&mondays, &ahead, at("2026-09-06T00:00:00Z")), monday, "the clock was ahead");
    }
}
