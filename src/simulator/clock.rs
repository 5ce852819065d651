//! The clock of the simulated platform.

/// The system's clock, or a stopped one; both can be moved forward.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SimulatedClock {
    pub(super) stopped_at: Option<i64>,
    pub(super) ahead: i64,
}

impl SimulatedClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator keeps a clock of its own, and this is where it reads the system's"
    )]
    pub(super) fn now(self) -> i64 {
        let system = || {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
        };
        self.stopped_at.unwrap_or_else(system) + self.ahead
    }
}

/// Returns the number of the day by which limits are counted. It begins at 00:00 UTC+8.
pub(super) fn quota_day(now: i64) -> i64 {
    (now + 8 * 3600).div_euclid(86_400)
}
