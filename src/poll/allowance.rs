//! On whose behalf an account is polled, and how much of a daily limit such a poll may use.

/// How much of a daily limit a poll may use that somebody asked for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Allowance {
    /// What the configuration lets polls use, of endpoints that are not blocked: a job may ask for it as often as the daemon
    /// polls.
    #[default]
    Share,
    /// All that the platform takes. Somebody knows that an endpoint may be usable again.
    All,
}

/// On whose behalf an account is polled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trigger {
    /// Somebody asked for it.
    Manual(Allowance),
    /// The daemon, which keeps to its share.
    Scheduled,
}

impl Trigger {
    /// Tells whether an endpoint that the platform refused a short time ago is not tried again.
    pub(super) fn respects_blocks(self) -> bool {
        self != Self::Manual(Allowance::All)
    }
}
