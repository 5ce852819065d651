//! Drafts that are not tried for a while: those that could not be read or are still missing, twice as long after each try; and
//! those that were read so soon after a save that they are read once more. A draft that was saved since is tried at once.

use std::collections::BTreeMap;

use chrono::TimeDelta;

use crate::model::{MediaId, Timestamp, retry_delay};

/// How long a draft is not tried after the first try, and at most.
const FIRST: TimeDelta = TimeDelta::minutes(10);
const LONGEST: TimeDelta = TimeDelta::hours(6);

/// The tries of an account's drafts. If they are lost, each draft is tried once more.
#[derive(Clone, Debug, Default)]
pub(super) struct Backoff(BTreeMap<MediaId, Tries>);

#[derive(Clone, Copy, Debug)]
struct Tries {
    last: Timestamp,
    /// When the draft was last saved, as the platform said at the last try.
    saved: Option<i64>,
    /// Tries without success.
    count: u32,
    pause: TimeDelta,
}

impl Tries {
    /// A try in the future was dated by a clock that was set back since.
    fn is_waiting(&self, saved: Option<i64>, now: Timestamp) -> bool {
        let is_saved_since = saved.is_some() && self.saved.is_some() && saved != self.saved;
        !is_saved_since && (TimeDelta::zero()..self.pause).contains(&(now - self.last))
    }
}

impl Backoff {
    /// Returns whether a draft that was last saved at `saved` is not tried at `now`.
    pub(super) fn is_waiting(&self, media_id: &MediaId, saved: Option<i64>, now: Timestamp) -> bool {
        self.0.get(media_id).is_some_and(|tries| tries.is_waiting(saved, now))
    }

    /// Returns whether a draft was tried at `since` or later.
    pub(super) fn was_tried(&self, media_id: &MediaId, since: Timestamp) -> bool {
        self.0.get(media_id).is_some_and(|tries| tries.last >= since)
    }

    /// Records that a draft is tried at `now`. The pause doubles with each try.
    pub(super) fn record_try(&mut self, media_id: &MediaId, saved: Option<i64>, now: Timestamp) {
        let count = self.0.get(media_id).map_or(0, |tries| tries.count) + 1;
        self.0.insert(media_id.clone(), Tries { last: now, saved, count, pause: retry_delay(FIRST, LONGEST, count) });
    }

    /// Forgets the tries of a draft that was read.
    pub(super) fn forget(&mut self, media_id: &MediaId) {
        self.0.remove(media_id);
    }

    /// Returns when the next draft is to be read once more, if one is.
    pub(super) fn next_reading(&self, now: Timestamp) -> Option<Timestamp> {
        let read_again = self.0.values().filter(|tries| tries.count == 0 && tries.is_waiting(None, now));
        read_again.map(|tries| tries.last + tries.pause).min()
    }

    /// Records that a draft was read at `now`, and is to be read once more after a `pause`.
    pub(super) fn read_again_after(&mut self, media_id: &MediaId, pause: TimeDelta, now: Timestamp) {
        self.0.insert(media_id.clone(), Tries { last: now, saved: None, count: 0, pause });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_try_doubles_the_pause_up_to_hours_and_a_clock_set_back_ends_it() {
        let began: Timestamp = "2026-09-01T02:00:00Z".parse().unwrap();
        let draft = MediaId::new("D1");
        let mut backoff = Backoff::default();
        for minutes in [10, 20, 40, 80, 160, 320, 360, 360] {
            backoff.record_try(&draft, Some(7), began);
            let pause = TimeDelta::minutes(minutes);
            let is_waiting = |at| backoff.is_waiting(&draft, Some(7), at);
            assert!(is_waiting(began) && is_waiting(began + pause - FIRST / 10));
            assert!(!is_waiting(began + pause) && !is_waiting(began - FIRST));
        }
        assert!(backoff.was_tried(&draft, began) && backoff.is_waiting(&draft, None, began));
        assert!(!backoff.was_tried(&draft, began + FIRST));
        assert!(!backoff.is_waiting(&draft, Some(8), began), "it was saved since");
        backoff.forget(&draft);
        assert!(!backoff.is_waiting(&draft, Some(7), began));
        let soon = TimeDelta::seconds(3);
        backoff.read_again_after(&draft, soon, began);
        let is_waiting = |at| backoff.is_waiting(&draft, Some(7), at);
        assert!(is_waiting(began) && !is_waiting(began + soon));
        assert_eq!((backoff.next_reading(began), backoff.next_reading(began + soon)), (Some(began + soon), None));
    }
}
