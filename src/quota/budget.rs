//! Today's budget of an endpoint.

/// The limit of an endpoint and its usage today.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Calls per day, of all systems together.
    pub limit: u64,
    /// The number of them that polls may make.
    pub polling_limit: u64,
    /// Calls of this program today, of all its processes.
    pub own: u64,
    /// Calls of other systems today, as far as is known.
    pub other: u64,
    /// Whether the endpoint is blocked now.
    pub is_blocked: bool,
}

impl Budget {
    /// Returns how many calls the platform would still accept.
    pub fn left(&self) -> u64 {
        if self.is_blocked { 0 } else { self.limit.saturating_sub(self.own.saturating_add(self.other)) }
    }

    /// Returns how many of them polls may make.
    pub fn left_to_polling(&self) -> u64 {
        self.polling_limit.saturating_sub(self.own).min(self.left())
    }
}
