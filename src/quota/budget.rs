//! What is left of a limit today.

/// One endpoint's limit, and what was used of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Budget {
    /// Calls a day, of everybody together.
    pub limit: u64,
    /// The most of them that polling may make.
    pub polling_limit: u64,
    /// Made today by us, by every process.
    pub own: u64,
    /// Made today by the account's other systems, as far as was told.
    pub other: u64,
    /// Whether the platform has closed the endpoint for now.
    pub is_closed: bool,
}

impl Budget {
    /// Returns how many calls the platform would still take.
    pub fn left(&self) -> u64 {
        if self.is_closed { 0 } else { self.limit.saturating_sub(self.own.saturating_add(self.other)) }
    }

    /// Returns how many of them polling may make.
    pub fn left_to_polling(&self) -> u64 {
        self.polling_limit.saturating_sub(self.own).min(self.left())
    }
}
