//! When the next proof is due: once a night. Pure.

use chrono::{NaiveTime, TimeDelta};

use crate::config::{DEFAULT_ZONE, next_time_of_day};
use crate::model::Timestamp;

/// Proofs begin from this time on, in China: hardly anybody saves a draft then.
const FIRST: NaiveTime = NaiveTime::from_hms_opt(1, 0, 0).expect("a time of the day");

/// Each archive has a time of its own within so many minutes, so that a machine or a store with many archives does not read them all at once.
const SPREAD: u64 = 4 * 60;

/// The first proof of an archive comes so long after the start of the daemon, if the night is further away: the machine may be off then.
const FIRST_PROOF: TimeDelta = TimeDelta::hours(1);

/// Returns when the next proof is due. `archive_id` is the archive's own name, `last` is when the last one began, whatever it found. One that was
/// missed while no daemon ran is due at once. A last one in the future was begun by a clock that was set back since.
pub fn next_due(archive_id: &str, last: Option<Timestamp>, started_at: Timestamp, now: Timestamp) -> Timestamp {
    let started_at = started_at.min(now);
    match last {
        Some(last) => next_night(archive_id, last.min(now)),
        None => next_night(archive_id, started_at).min(started_at + FIRST_PROOF),
    }
}

/// Returns the archive's time of the night that comes next.
pub fn next_night(archive_id: &str, after: Timestamp) -> Timestamp {
    let time = FIRST + TimeDelta::minutes((spread(archive_id) % SPREAD) as i64);
    next_time_of_day(time, after, DEFAULT_ZONE)
}

/// The same for one archive on every machine (FNV-1a).
fn spread(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_proof_is_due_once_a_night_at_a_time_of_its_own() {
        let now = at("2026-09-01T12:00:00Z");
        let due = |last: &str, now| next_due("0123456789ab", Some(at(last)), at("2026-08-01T00:00:00Z"), now);
        let night = due("2026-08-31T20:30:00Z", now);
        assert!((at("2026-09-01T17:00:00Z")..at("2026-09-01T21:00:00Z")).contains(&night), "{night}");
        assert_eq!(due("2026-08-30T23:00:00Z", now) + TimeDelta::days(1), night, "it was missed: it is due at once");
        assert_eq!(due("2027-08-30T23:00:00Z", now), night, "the clock was ahead");
        let other = next_due("ba9876543210", Some(now), at("2026-08-01T00:00:00Z"), now);
        assert_ne!(other, night);
    }

    #[test]
    fn a_machine_that_is_off_at_night_proves_by_day() {
        let started = at("2026-09-01T02:00:00Z");
        let due = |last| next_due("0123456789ab", last, started, started);
        assert_eq!(due(None), started + FIRST_PROOF);
        assert!(due(Some(at("2026-08-30T02:00:00Z"))) < started);
        assert!(due(Some(at("2026-09-01T01:00:00Z"))) > started + TimeDelta::hours(12));
    }
}
