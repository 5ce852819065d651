//! Who asked for a poll, and how much of a daily limit it may use.

/// How much of a daily limit a poll by command may use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// The share that the configuration gives to polls, of endpoints that are not blocked. A job may poll as often as the daemon.
    #[default]
    Share,
    /// All that the platform allows, blocked endpoints included: somebody knows that they may be usable again.
    All,
}

/// Who asked for a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// A person or a job.
    Manual(Allowance),
    /// The daemon, which uses its share only.
    Scheduled,
}

impl Trigger {
    /// Returns whether endpoints that the platform refused a short time ago are left out.
    pub(super) fn respects_blocks(self) -> bool {
        self != Self::Manual(Allowance::All)
    }
}
