//! How many messages came lately.

/// The times of the messages of the last minute, and until when nothing is taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Rate {
    times: Vec<i64>,
    silent_until: i64,
}

impl Rate {
    /// Counts a message at `now`. Returns whether more than `limit` came in `seconds`; then, nothing is taken for `penalty` seconds.
    pub(super) fn is_exceeded(&mut self, now: i64, limit: usize, seconds: i64, penalty: i64) -> bool {
        if now < self.silent_until {
            return true;
        }
        self.times.retain(|time| now - time < 60);
        self.times.push(now);
        let is_exceeded = self.times.iter().filter(|time| now - **time < seconds).count() > limit;
        if is_exceeded {
            self.times.pop();
            self.silent_until = now + penalty;
        }
        is_exceeded
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_many_are_refused_until_the_window_has_passed() {
        let mut rate = Rate::default();
        assert!((0..20).all(|second| !rate.is_exceeded(second, 20, 60, 0)));
        assert!(rate.is_exceeded(30, 20, 60, 0));
        assert!(!rate.is_exceeded(60, 20, 60, 0), "the first one is a minute old");
        assert!(rate.is_exceeded(60, 20, 60, 600));
        assert!(rate.is_exceeded(659, 20, 60, 600));
        assert!(!rate.is_exceeded(660, 20, 60, 600));
    }
}
