//! The clock of the simulated platform.

/// The system's clock, a stopped one, or one that somebody else keeps; each can be moved forward.
#[derive(Default)]
pub(super) struct SimulatedClock {
    pub(super) kept_by: Keeper,
    pub(super) ahead: i64,
}

/// Who tells the time, in Unix seconds.
#[derive(Default)]
pub(super) enum Keeper {
    #[default]
    System,
    StoppedAt(i64),
    Other(Box<dyn Fn() -> i64 + Send>),
}

impl SimulatedClock {
    #[expect(
        clippy::disallowed_methods,
        reason = "the simulator keeps a clock of its own, and this is where it reads the system's"
    )]
    pub(super) fn now(&self) -> i64 {
        let system = || {
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_or(0, |since| since.as_secs() as i64)
        };
        let now = match &self.kept_by {
            Keeper::System => system(),
            Keeper::StoppedAt(at) => *at,
            Keeper::Other(now) => now(),
        };
        now + self.ahead
    }
}

/// Returns the number of the day by which limits are counted. It begins at 00:00 UTC+8.
pub(super) fn quota_day(now: i64) -> i64 {
    (now + 8 * 3600).div_euclid(86_400)
}
